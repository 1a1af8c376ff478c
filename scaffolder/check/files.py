"""What a learner edits in a repository, and which requirements it concerns.

The files are looked at again and again instead of waiting for the system's events: those
don't come from network disks nor into containers, and systems run out of them. A repository
has some hundred files, so a look takes milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from scaffolder.starter import checklist

Files = Mapping[Path, bytes]
"""By path in the repository, a digest of what each file holds."""

_SKIPPED = {"venv", "__pycache__", "node_modules", "build", "dist"}
_WRITTEN = re.compile(r"uv\.lock|4913|.*(~|\.pyc|\.tmp|\.sw[a-z]|\.log|\.(db|sqlite3?)(-[a-z]+)?)")
_TEST = re.compile(r"test_r(\d+)_.*\.py")
_CODE = {".py", ".toml", ".ini", ".cfg"}
_BIG = 2**20  # bytes from which a file is known by its size and time alone
_FRESH = 10**8  # nanoseconds in which a file may change twice and keep its time


class Looker:
    """Looks at the files of a repository; what has not changed is not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[Path, tuple[tuple[int, int], bytes]] = {}

    def look(self) -> Files:
        """The files as they are now; one that goes meanwhile is not among them."""
        known: dict[Path, tuple[tuple[int, int], bytes]] = {}
        found: dict[Path, bytes] = {}
        now = time.time_ns()
        for entry in _edited(self._folder):
            path = Path(entry.path)
            try:
                state = entry.stat()
                stamp = (state.st_mtime_ns, state.st_size)
                before = self._known.get(path)
                if before and before[0] == stamp:
                    digest = before[1]
                elif state.st_size > _BIG:
                    digest = repr(stamp).encode()
                else:
                    digest = hashlib.sha256(path.read_bytes()).digest()
            except OSError:
                continue
            if abs(now - state.st_mtime_ns) > _FRESH:
                known[path] = stamp, digest
            found[path.relative_to(self._folder)] = digest
        self._known = known
        return found


def _edited(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The files that a learner may have edited: no caches, environments, data or prose."""
    try:
        with os.scandir(folder) as entries:
            inside = list(entries)
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in inside):
        return
    for entry in inside:
        name = entry.name
        if name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if name not in _SKIPPED and not name.endswith("_cache"):
                yield from _edited(Path(entry.path))
        elif not _WRITTEN.fullmatch(name) and (name == checklist.FILE or name[-3:] != ".md"):
            yield entry


def is_code(file: Path) -> bool:
    """Whether only a person changes a file of that kind: a program writes data."""
    return file.suffix in _CODE


def concerning(files: Files, requirement: str) -> Files:
    """What a requirement's verdict depends on: all but other requirements' tests and the boxes."""
    return {
        file: digest
        for file, digest in files.items()
        if _requirement_of(file) in {"", requirement} and file != Path(checklist.FILE)
    }


def _requirement_of(file: Path) -> str:
    """The one requirement that a file tests; empty where it may concern all."""
    test = _TEST.fullmatch(file.name)
    return f"R{test[1]}" if test and file.parent == Path("tests", "requisitos") else ""


def changed(before: Files, after: Files) -> set[Path]:
    """The files that came, went or hold something else."""
    return {file for file in before.keys() | after.keys() if before.get(file) != after.get(file)}
