"""The new index of an update, made beside the old one; and Git's own lock on the index."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from scaffolder.errors import GitError, Refusal
from scaffolder.git.object_format import Entry, encoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from scaffolder.git.repository import Repository

_OUR_LOCK = b"scaffold update\n"


class NewIndex:
    """An index that is not the repository's yet.

    Args:
        repo: the repository.
        file: where it is.
    """

    def __init__(self, repo: Repository, file: Path) -> None:
        self.repo = repo
        self.file = file
        self.env = {"GIT_INDEX_FILE": str(file)}

    def prepare(self, committed: Mapping[str, Entry], before: str, after: str) -> None:
        """Copy the old index and bring it from one tree to another, as a merge does.

        Args:
            committed: entries of the first tree that the old index doesn't have yet.
            before: the id of the first tree.
            after: the id of the second.
        """
        shutil.copyfile(self.repo.git_dir / "index", self.file)
        self._feed([_line(path, entry) for path, entry in committed.items()])
        whole = ("-c", "core.splitIndex=false")
        self.repo.git(*whole, "read-tree", "-i", "-m", before, after, env=self.env)

    def open_conflicts(self, conflicts: Mapping[str, Mapping[int, Entry]]) -> None:
        """Put open conflicts in, as Git leaves them: by path, the entries of their stages."""
        nothing = "0" * len(self.repo.head)
        lines = []
        for path, stages in conflicts.items():
            lines.append(_line(path, Entry("0", nothing)))
            lines += [_line(path, entry, stage) for stage, entry in sorted(stages.items())]
        self._feed(lines)

    def refresh(self) -> None:
        """Let it know the files as they are on the disk."""
        done = self.repo.git("update-index", "-q", "--refresh", env=self.env, check=False)
        if done.returncode not in (0, 1):
            error = done.stderr.decode("utf-8", "replace")
            raise GitError(["update-index"], done.returncode, error)

    def _feed(self, lines: list[bytes]) -> None:
        if lines:
            command = ("-c", "core.splitIndex=false", "update-index", "-z", "--index-info")
            self.repo.git(*command, input=b"\0".join(lines) + b"\0", env=self.env)


def _line(path: str, entry: Entry, stage: int = 0) -> bytes:
    return f"{entry.mode} {entry.id} {stage}\t".encode() + encoded(path)


@contextmanager
def index_lock(repo: Repository, draft: Path) -> Iterator[None]:
    """Keep every other Git away from the index, as Git itself does.

    Args:
        repo: the repository.
        draft: a file to write first, so that the lock is never there without saying whose it is.

    Raises:
        Refusal: another Git has locked it.
    """
    lock = repo.git_dir / "index.lock"
    draft.write_bytes(_OUR_LOCK)
    try:
        try:
            os.link(draft, lock)
        except FileExistsError:
            raise
        except OSError:  # a disk without hard links
            with lock.open("xb") as file:
                file.write(_OUR_LOCK)
    except FileExistsError:
        raise Refusal(
            f"Otro programa está usando Git en «{repo.top}».",
            f"Espera a que acabe; si no hay ninguno, borra «{lock}».",
        ) from None
    try:
        yield
    finally:
        break_index_lock(repo)


def break_index_lock(repo: Repository) -> None:
    """Remove the lock that an update has left; another program's stays."""
    lock = repo.git_dir / "index.lock"
    with suppress(FileNotFoundError):
        if lock.read_bytes() == _OUR_LOCK:
            lock.unlink()
