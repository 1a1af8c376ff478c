"""How much memory and how many processes a pod may have, kept by the kernel's control groups.

A group is a folder of the kernel's: version 2 of the interface (one tree) or version 1 (a tree
for each resource), as the machine has it; see the kernel's admin-guide/cgroup-v2 and
cgroup-v1. One must be allowed to make one: as root, or where systemd delegates it.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from scaffolder.errors import Refusal

_ROOT = Path("/sys/fs/cgroup")
_ENDS_WITHIN = 5.0
_SIZE = re.compile(r"(\d+)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a submission may use.

    Args:
        memory: bytes, of all that the student's code starts.
        pids: processes and threads, of the same.
        seconds: until its tests are ended.
    """

    memory: int = 512 * 2**20
    pids: int = 256
    seconds: float = 300.0


TESTER = Limits(memory=2 * 2**30, pids=1024)
"""What the tests themselves may use: a hundred clients at once are threads of theirs."""


def bytes_of(size: str) -> int:
    """A size as people write it (`512M`, `1 GiB`), in bytes.

    Raises:
        ValueError: it is none.
    """
    found = _SIZE.fullmatch(size.strip())
    if found is None or not int(found[1]):
        raise ValueError(size)
    return int(found[1]) << 10 * " KMGT".index(found[2].upper() or " ")


@dataclass(frozen=True, slots=True)
class Group:
    """A control group: one folder, or one for each resource; a process is in all of them."""

    folders: tuple[Path, ...]

    @property
    def doors(self) -> tuple[Path, ...]:
        """The files through which a process enters, by writing `0`."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def entering(self, command: Sequence[str]) -> list[str]:
        """The command that first puts itself into the group."""
        enter = "".join(f'echo 0 > "{door}" && ' for door in self.doors)
        return ["/bin/sh", "-c", f'{enter}exec "$@"', "sh", *command]

    def pids(self) -> set[int]:
        """The processes that are in it."""
        found: set[int] = set()
        for door in self.doors:
            with suppress(OSError):
                found |= set(map(int, door.read_text().split()))
        return found

    def peak(self) -> int:
        """The most memory that it has used, in bytes; 0 where the kernel doesn't tell."""
        return self._number("memory.peak", "memory.max_usage_in_bytes")

    def kill(self) -> None:
        """End all that is in it, and wait until nothing is."""
        until = time.monotonic() + _ENDS_WITHIN
        while (left := self.pids()) and time.monotonic() < until:
            for pid in left:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)

    def make(self, limits: Limits) -> None:
        """Make it, with these limits.

        Raises:
            OSError: the kernel doesn't let us.
        """
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)
        self._limit(limits.memory, "memory.max", "memory.limit_in_bytes")
        self._limit(limits.pids, "pids.max")
        # Memory that is put aside on a disk would count for nothing.
        with suppress(OSError):
            self._limit(0, "memory.swap.max")
        with suppress(OSError):
            self._limit(limits.memory, "memory.memsw.limit_in_bytes")

    def remove(self) -> None:
        """End all that is in it, and remove it."""
        self.kill()
        for folder in self.folders:
            _remove(folder)

    def _number(self, *names: str) -> int:
        for name in names:
            for folder in self.folders:
                with suppress(OSError, ValueError):
                    return int((folder / name).read_text())
        return 0

    def _limit(self, value: int, *names: str) -> None:
        files = [folder / name for folder in self.folders for name in names]
        there = [file for file in files if file.exists()]
        if not there:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), names[0])
        there[0].write_text(str(value), encoding="ascii")


@dataclass(frozen=True, slots=True)
class Groups:
    """A pod's two groups: who judges can't be starved by who is judged."""

    tester: Group
    program: Group


@contextmanager
def groups(limits: Limits) -> Iterator[Groups]:
    """A pod's groups, new; whatever is left in them is ended, and they are removed.

    Args:
        limits: of the student's programs; the tester's are `TESTER`.

    Raises:
        Refusal: this machine lets nobody make one, or not with these limits.
    """
    name = f"scaffold-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    parents = _version_2(name) or _version_1(name)
    if not parents:
        raise _none("aquí no se puede crear ningún grupo de control")
    _remove_abandoned(parents)
    made = Groups(
        *(Group(tuple(parent / kind for parent in parents)) for kind in ("tester", "program"))
    )
    try:
        for parent in parents:
            parent.mkdir()
            if (control := parent / "cgroup.subtree_control").exists():
                control.write_text("+memory +pids", encoding="ascii")
        made.tester.make(TESTER)
        made.program.make(limits)
    except OSError as error:
        _remove_all(made, parents)
        raise _none(str(error)) from error
    try:
        yield made
    finally:
        _remove_all(made, parents)


def _remove_abandoned(parents: Sequence[Path]) -> None:
    """Remove the groups that a killed process left, with whatever is in them."""
    for parent in parents:
        for folder in parent.parent.glob("scaffold-*-*"):
            owner = folder.name.split("-")[1]
            if owner.isdecimal() and not Path("/proc", owner).exists():
                for kind in ("tester", "program"):
                    Group((folder / kind,)).remove()
                _remove(folder)


def _remove_all(made: Groups, parents: Sequence[Path]) -> None:
    made.tester.remove()
    made.program.remove()
    for parent in parents:
        _remove(parent)


def _remove(folder: Path) -> None:
    for _ in range(200):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:  # the last process is not quite gone
            time.sleep(0.01)
        else:
            return


def _version_2(name: str) -> tuple[Path, ...]:
    """In the one tree, beside this process: where it may, it lets the controllers through."""
    try:
        line = next(
            line for line in Path("/proc/self/cgroup").read_text().splitlines() if "0::" in line
        )
        home = _ROOT / line.removeprefix("0::").lstrip("/")
        parents = [home, *home.parents]
        for parent in parents[: parents.index(_ROOT) + 1]:
            enabled = set((parent / "cgroup.subtree_control").read_text().split())
            if {"memory", "pids"} <= enabled and os.access(parent, os.W_OK):
                return (parent / name,)
    except (OSError, StopIteration, ValueError):
        pass
    return ()


def _version_1(name: str) -> tuple[Path, ...]:
    """A folder below this process's own group, for each of the two resources."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        of = {kind: path for _, kinds, path in (line.split(":", 2) for line in lines)
              for kind in kinds.split(",")}  # fmt: skip
        folders = [_ROOT / kind / of[kind].lstrip("/") / name for kind in ("memory", "pids")]
    except (OSError, KeyError, ValueError):
        return ()
    return tuple(folders) if all(os.access(f.parent, os.W_OK) for f in folders) else ()


def _none(why: str) -> Refusal:
    return Refusal(
        f"Este sistema no deja limitar la memoria y los procesos de una entrega ({why}).",
        'Prueba con engine = "docker" en [sandbox], o califica como root o en un Linux con '
        "systemd.",
    )
