"""What was done to each repository: it only saves time, the remote is the truth.

One JSON object a line, appended and fsynced: `{"op", "id", "key", "state", "at"}`. A killed
run may leave its last line torn; it is ignored, and the next line starts afresh.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "op": str,
    "id": str,
    "key": str,
    "state": str,
    "at": (int, float),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done.

    Args:
        op: what: `create`, `push`, `invite`…
        id: the repository's.
        key: what it was done with (a commit, a user name): with another key it is to be done.
        at: when, in seconds since 1970.
    """

    op: str
    id: str
    key: str
    state: str
    at: float


class Journal:
    """The journal of a course; threads may use it at once.

    Args:
        file: where it is, or will be; its folder is made.
        clock: the time in seconds since 1970.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self.entries = list(_read(file))
        self._last = {(entry.op, entry.id): entry for entry in self.entries}

    def has(self, op: str, repo: str, key: str) -> bool:
        """Whether that was the last thing of its kind that was done there, and went well."""
        last = self._last.get((op, repo))
        return last is not None and (last.key, last.state) == (key, "done")

    def last(self, op: str, repo: str) -> Entry | None:
        """The last thing of that kind that was done there."""
        return self._last.get((op, repo))

    def add(self, op: str, repo: str, key: str, state: str = "done") -> None:
        """Write down that something was done; it is on the disk when this returns."""
        entry = Entry(op, repo, key, state, round(self._clock(), 3))
        line = json.dumps(asdict(entry), ensure_ascii=False)
        with self._lock:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                torn = _is_torn(file)
                os.write(file, f"{chr(10) if torn else ''}{line}\n".encode())
                os.fsync(file)
            finally:
                os.close(file)
            self.entries.append(entry)
            self._last[op, repo] = entry


def _is_torn(file: int) -> bool:
    """Whether the last line has no end: whoever wrote it was killed."""
    size = os.fstat(file).st_size
    if not size:
        return False
    os.lseek(file, size - 1, os.SEEK_SET)
    return os.read(file, 1) != b"\n"


def _read(file: Path) -> list[Entry]:
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            data = json.loads(line)
        except ValueError:  # torn, or nothing
            continue
        if isinstance(data, dict) and all(
            isinstance(data.get(key), kind) for key, kind in _FIELDS.items()
        ):
            found.append(Entry(**{key: data[key] for key in _FIELDS}))
    return found
