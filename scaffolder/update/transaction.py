"""Files exchanged in a work tree, so that whatever happens can be taken back.

New files are first written, complete, into a waiting room; then each old file moves in there
and the new one takes its place, by renaming alone: no disk fills up halfway, and no file is
ever half written. A journal beside them lets the next run finish, or take back, what a
killed one began.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOME = "scaffold-update"
_JOURNAL = "journal.json"
_DONE = "done"
_LOCK = "lock"
_ATTEMPTS = 10


@dataclass(frozen=True)
class Journal:
    """What an update was about to do.

    Args:
        head: the commit that it started from.
        tip: the commit that the branch ends at.
        removed: paths whose old file moves away.
        placed: paths that get a new file.
        looks: time and size of each new file, to tell it from one edited since.
        made: folders that are made on the way.
        texts: files to write into the Git directory at the end, in this order.
    """

    head: str
    tip: str
    removed: list[str]
    placed: list[str]
    looks: dict[str, list[int]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


class ChangedMeanwhileError(Exception):
    """A file changed in the very moment in which it was to be replaced."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Exchange:
    """An exchange of files in a work tree; one at a time.

    Args:
        top: the root of the work tree.
        git_dir: its Git directory.
    """

    def __init__(self, top: Path, git_dir: Path) -> None:
        self.top = top
        self.home = git_dir / _HOME
        # A rename can't cross disks: a linked work tree may be on another one.
        same_disk = git_dir.stat().st_dev == top.stat().st_dev
        self.room = self.home if same_disk else top / f".{_HOME}"
        self.new = self.room / "new"
        self.old = self.room / "old"
        self._lock = -1

    @property
    def is_left_over(self) -> bool:
        """Whether an exchange is under way, or was cut off."""
        return self.home.exists()

    def begin(self) -> Journal | None:
        """Keep others out.

        Returns:
            The journal of an exchange that was cut off, if there was one.

        Raises:
            Refusal: another one is under way.
        """
        for _ in range(_ATTEMPTS):
            self.home.mkdir(exist_ok=True)
            try:
                lock = os.open(self.home / _LOCK, os.O_CREAT | os.O_RDWR, 0o644)
            except FileNotFoundError:
                continue
            if not _try_lock(lock):
                os.close(lock)
                raise Refusal(
                    f"Otra actualización de «{self.top}» está en marcha.", "Espera a que acabe."
                )
            with suppress(OSError):
                if os.path.samestat(os.fstat(lock), (self.home / _LOCK).stat()):
                    self._lock = lock
                    return self._read()
            os.close(lock)
        raise Refusal(f"No puedo bloquear «{self.home}».", "Vuelve a intentarlo.")

    def record(self, journal: Journal) -> Journal:
        """Write the journal; from here on, a killed run leaves something to take back.

        Args:
            journal: what is about to be done; looks and made folders are filled in.

        Returns:
            The journal as written.
        """
        for path in journal.placed:
            look = os.lstat(self.new / path)
            journal.looks[path] = [look.st_mtime_ns, look.st_size]
        journal.made.extend(self._missing_folders(journal.placed))
        partial = self.home / f"{_JOURNAL}.partial"
        with partial.open("w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(asdict(journal), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.home / _JOURNAL)
        return journal

    def move(self, journal: Journal, looks: Mapping[str, os.stat_result]) -> None:
        """Exchange the files.

        Args:
            journal: which.
            looks: what the old files looked like when it was seen that they are saved.

        Raises:
            ChangedMeanwhileError: one of them changed since, or a new one is in the way.
            OSError: a file could not be moved.
        """
        for path in journal.removed:
            source, target = self.top / path, self.old / path
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
            if path not in looks or not _same(os.lstat(target), looks[path]):
                raise ChangedMeanwhileError(path)
        self._prune(journal.removed)
        for path in journal.placed:
            target = self.top / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(target):
                raise ChangedMeanwhileError(path)
            (self.new / path).rename(target)

    def undo(self, journal: Journal) -> list[str]:
        """Put everything back as it was.

        Args:
            journal: which exchange.

        Returns:
            Files that somebody edited since: they stay beside the old ones, as `NAME.tuyo`.
        """
        kept = []
        for path in reversed(journal.placed):
            target, back = self.top / path, self.new / path
            if os.path.lexists(back) or not os.path.lexists(target):
                continue
            look = os.lstat(target)
            if [look.st_mtime_ns, look.st_size] == journal.looks.get(path):
                back.parent.mkdir(parents=True, exist_ok=True)
                target.rename(back)
            else:
                aside = target.with_name(f"{target.name}.tuyo")
                while os.path.lexists(aside):
                    aside = aside.with_name(f"{aside.name}2")
                target.rename(aside)
                kept.append(aside.relative_to(self.top).as_posix())
        for folder in sorted(journal.made, reverse=True):
            with suppress(OSError):
                (self.top / folder).rmdir()
        for path in reversed(journal.removed):
            if os.path.lexists(self.old / path):
                (self.top / path).parent.mkdir(parents=True, exist_ok=True)
                (self.old / path).rename(self.top / path)
        return kept

    def mark_done(self) -> None:
        """Say that the exchange holds: the next run finishes it and doesn't take it back."""
        (self.home / _JOURNAL).rename(self.home / _DONE)

    @property
    def is_done(self) -> bool:
        """Whether it was said that the exchange holds."""
        return (self.home / _DONE).exists()

    def end(self, *, keep: bool = False) -> None:
        """Clear the waiting room away and let others in.

        Args:
            keep: leave what is there to the next run, which will finish it.
        """
        if keep:
            os.close(self._lock)
            return
        for folder in (self.new, self.old):
            shutil.rmtree(folder, ignore_errors=True)
        for entry in list(self.home.iterdir()):
            if entry.name != _LOCK:
                entry.unlink(missing_ok=True)
        if self.room != self.home:
            shutil.rmtree(self.room, ignore_errors=True)
        os.close(self._lock)
        self._lock = -1
        (self.home / _LOCK).unlink(missing_ok=True)
        with suppress(OSError):
            self.home.rmdir()

    def _read(self) -> Journal | None:
        for name in (_JOURNAL, _DONE):
            with suppress(FileNotFoundError):
                text = (self.home / name).read_text(encoding="utf-8", errors="surrogateescape")
                return Journal(**json.loads(text))
        return None

    def _missing_folders(self, paths: list[str]) -> list[str]:
        missing = {
            parent
            for path in paths
            for parent in map(Path.as_posix, Path(path).parents)
            if parent != "." and not (self.top / parent).is_dir()
        }
        return sorted(missing)

    def _prune(self, paths: list[str]) -> None:
        """Remove the folders that are empty now, as Git does; never the one we stand in."""
        here = Path.cwd()
        for path in paths:
            for parent in (self.top / path).parents:
                if parent in (self.top, here, *here.parents):
                    break
                try:
                    parent.rmdir()
                except OSError:
                    break


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_mtime_ns, one.st_size, one.st_ino) == (
        other.st_mtime_ns,
        other.st_size,
        other.st_ino,
    )


def _try_lock(file: int) -> bool:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - only on some systems

        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415 - only on some systems

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
