"""One run at a time in a folder of a Git directory, on whatever disk it lies.

The system's own lock ends with its process, so it is the first choice. Network disks and
some mounts have none: there a file that only one can make stands for it, and says who made
it, so that what a killed process left is known for stale.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from scaffolder.errors import Refusal

_LOCK = "lock"
_OWNER = "owner.json"
_ATTEMPTS = 10
_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
_TIME_TO_WRITE = 10.0
"""Seconds: an owner's file that says nothing is either being written, or was left by a crash."""


class FolderLock:
    """A lock on a folder, which it makes.

    Args:
        folder: the folder; while it is locked, its owner may do there what it likes.
        what: what is locked, for people.
    """

    def __init__(self, folder: Path, what: Path) -> None:
        self.folder = folder
        self._what = what
        self._file = -1
        self._owner = folder / _OWNER
        self._is_owner = False

    @property
    def files(self) -> set[str]:
        """The names of its own files in the folder."""
        return {_LOCK, _OWNER}

    def acquire(self) -> None:
        """Keep others out.

        Raises:
            Refusal: somebody else has it.
            OSError: the folder can't be written.
        """
        for _ in range(_ATTEMPTS):
            self.folder.mkdir(exist_ok=True)
            try:
                file = os.open(self.folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o644)
            except FileNotFoundError:  # whoever had it has just cleared it away
                continue
            try:
                locked = _lock(file)
                if locked is False:
                    raise self._taken("")
                if (locked or self._own()) and self._is_still(file):
                    self._file = file
                    return
            finally:
                if self._file != file:
                    os.close(file)
        raise Refusal(f"No puedo bloquear «{self.folder}».", "Vuelve a intentarlo.")

    def release(self, *, keep: bool = False) -> None:
        """Let others in.

        Args:
            keep: leave the folder to the next one.
        """
        if self._is_owner:
            self._owner.unlink(missing_ok=True)
            self._is_owner = False
        os.close(self._file)
        self._file = -1
        if not keep:
            (self.folder / _LOCK).unlink(missing_ok=True)
            with suppress(OSError):
                self.folder.rmdir()

    def _is_still(self, file: int) -> bool:
        """Whether the open file is the one that others find under its name."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(file), (self.folder / _LOCK).stat())
        return False

    def _own(self) -> bool:
        """Make the owner's file; whether this went well, or is to be tried again.

        Raises:
            Refusal: somebody else has made it, and is still there.
        """
        me = {"host": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid())}
        try:
            with self._owner.open("x", encoding="utf-8") as file:
                json.dump(me, file)
        except FileNotFoundError:
            return False
        except FileExistsError:
            with suppress(FileNotFoundError):
                self._remove_if_stale()
            return False
        self._is_owner = True
        return True

    def _remove_if_stale(self) -> None:
        text = self._owner.read_text(encoding="utf-8")
        try:
            owner = json.loads(text)
            host, pid, started = str(owner["host"]), int(owner["pid"]), str(owner["started"])
        except (ValueError, KeyError, TypeError):
            if time.time() - self._owner.stat().st_mtime < _TIME_TO_WRITE:
                raise self._taken("") from None
        else:
            if host != socket.gethostname():
                raise self._taken(f" en otro equipo ({host}, proceso {pid})")
            if _is_running(pid, started):
                raise self._taken(f" (proceso {pid})")
        aside = self._owner.with_name(f"{_OWNER}.{os.getpid()}")
        self._owner.rename(aside)
        if aside.read_text(encoding="utf-8") != text:  # somebody was quicker, and is alive
            aside.rename(self._owner)
            raise self._taken("")
        aside.unlink()

    def _taken(self, by_whom: str) -> Refusal:
        left = f" Si no hay ninguna, borra «{self._owner}»." if by_whom else ""
        return Refusal(
            f"Otra actualización de «{self._what}» está en marcha{by_whom}.",
            f"Espera a que acabe.{left}",
        )


def _lock(file: int) -> bool | None:
    """Lock an open file; False if somebody else has, None where the disk has no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - only on some systems

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - only on some systems

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _TAKEN else None
    return True


def _is_running(pid: int, started: str) -> bool:
    """Whether a process of this machine is still there, and not another one by its number."""
    if sys.platform == "win32":
        return True  # there, asking a process is ending it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return started == _started(pid)


def _started(pid: int) -> str:
    """When a process started, in the system's own count; empty where it doesn't tell."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return told.rpartition(")")[2].split()[19]
