"""Files exchanged in a work tree, so that whatever happens can be taken back.

New files are first written, complete, into a staging folder; then each old file moves in
there and the new one takes its place, by renaming alone: no disk fills up halfway, and no
file is ever half written. A journal beside them lets the next run finish, or take back, what
a killed one began.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.git.lock import FolderLock

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = "scaffold-update"
_JOURNAL = "journal.json"
_DONE = "done"


@dataclass(frozen=True)
class FileJournal:
    """What a transaction was about to do.

    Args:
        head: the commit that it started from.
        tip: the commit that the branch ends at.
        removed: paths whose old file moves away.
        placed: paths that get a new file.
        fingerprints: time and size of each new file, to tell it from one edited since.
        made: folders that are made on the way.
        texts: files to write into the Git directory at the end, in this order.
    """

    head: str
    tip: str
    removed: list[str]
    placed: list[str]
    fingerprints: dict[str, list[int]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


class ChangedMeanwhileError(Exception):
    """A file changed in the very moment in which it was to be replaced."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class FileTransaction:
    """An exchange of files in a work tree; one at a time.

    Args:
        top: the root of the work tree.
        git_dir: its Git directory.
    """

    def __init__(self, top: Path, git_dir: Path) -> None:
        self.top = top
        self.folder = git_dir / _FOLDER
        # A rename can't cross disks: a linked work tree may be on another one.
        same_disk = git_dir.stat().st_dev == top.stat().st_dev
        self.staging = self.folder if same_disk else top / f".{_FOLDER}"
        self.new = self.staging / "new"
        self.old = self.staging / "old"
        self._lock = FolderLock(self.folder, top)

    @property
    def is_left_over(self) -> bool:
        """Whether a transaction is under way, or was cut off."""
        return self.folder.exists()

    def begin(self) -> FileJournal | None:
        """Keep others out.

        Returns:
            The journal of a transaction that was cut off, if there was one.

        Raises:
            Refusal: another one is under way.
        """
        self._lock.acquire()
        try:
            return self._read()
        except BaseException:
            self._lock.release(keep=True)
            raise

    def record(self, journal: FileJournal) -> FileJournal:
        """Write the journal; from here on, a killed run leaves something to take back.

        Returns:
            The journal as written, with fingerprints and the folders that will be made.
        """
        found = {path: os.lstat(self.new / path) for path in journal.placed}
        journal = replace(
            journal,
            fingerprints={path: [look.st_mtime_ns, look.st_size] for path, look in found.items()},
            made=self._missing_folders(journal.placed),
        )
        partial = self.folder / f"{_JOURNAL}.partial"
        with partial.open("w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(asdict(journal), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.folder / _JOURNAL)
        return journal

    def move(self, journal: FileJournal, fingerprints: Mapping[str, os.stat_result]) -> None:
        """Exchange the files.

        Args:
            journal: which.
            fingerprints: of the old files, from when it was seen that they are saved.

        Raises:
            ChangedMeanwhileError: one of them changed since, or a new one is in the way.
            OSError: a file could not be moved.
        """
        for path in journal.removed:
            source, target = self.top / path, self.old / path
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
            if path not in fingerprints or not _same(os.lstat(target), fingerprints[path]):
                raise ChangedMeanwhileError(path)
        self._prune(journal.removed)
        for path in journal.placed:
            target = self.top / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(target):
                raise ChangedMeanwhileError(path)
            (self.new / path).rename(target)

    def undo(self, journal: FileJournal) -> list[str]:
        """Put everything back as it was.

        Returns:
            Files that somebody edited since: they stay beside the old ones, as `NAME.tuyo`.
        """
        kept = []
        for path in reversed(journal.placed):
            target, back = self.top / path, self.new / path
            if os.path.lexists(back) or not os.path.lexists(target):
                continue
            look = os.lstat(target)
            if [look.st_mtime_ns, look.st_size] == journal.fingerprints.get(path):
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
        (self.folder / _JOURNAL).rename(self.folder / _DONE)

    @property
    def is_done(self) -> bool:
        """Whether it was said that the exchange holds."""
        return (self.folder / _DONE).exists()

    def end(self, *, keep: bool = False) -> None:
        """Clear the staging folder away and let others in.

        Args:
            keep: leave what is there to the next run, which will finish it.
        """
        if not keep:
            for folder in (self.new, self.old):
                shutil.rmtree(folder, ignore_errors=True)
            for entry in list(self.folder.iterdir()):
                if entry.name not in self._lock.files:
                    entry.unlink(missing_ok=True)
            if self.staging != self.folder:
                shutil.rmtree(self.staging, ignore_errors=True)
        self._lock.release(keep=keep)

    def _read(self) -> FileJournal | None:
        for name in (_JOURNAL, _DONE):
            with suppress(FileNotFoundError):
                text = (self.folder / name).read_text(encoding="utf-8", errors="surrogateescape")
                found = json.loads(text)
                if "looks" in found:  # what a killed run of version 0.1.0 left
                    found["fingerprints"] = found.pop("looks")
                return FileJournal(**found)
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
        around: tuple[Path, ...] = ()
        with suppress(FileNotFoundError):  # the folder that we stand in may be gone
            around = (Path.cwd(), *Path.cwd().parents)
        for path in paths:
            for parent in (self.top / path).parents:
                if parent in (self.top, *around):
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
