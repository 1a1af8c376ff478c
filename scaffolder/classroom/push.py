"""Pushes into students' repositories: never over what is there, and told apart when refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.classroom import remote
from scaffolder.errors import GitError

if TYPE_CHECKING:
    from scaffolder.classroom.hosts import Host

_PUSH = (
    *("-c", "push.pushOption="),
    *("push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed"),
    "--recurse-submodules=no",
)
_MOVED = ("stale info", "non-fast-forward", "fetch first", "cannot lock ref", "failed to update")
_REJECTED = "!"


class Outcome(StrEnum):
    """How a push ended."""

    DONE = "done"
    MOVED = "moved"  # somebody was quicker: the reference is not where it was
    REFUSED = "refused"  # the host doesn't want it


@dataclass(frozen=True, slots=True)
class Move:
    """A reference that is to go from one commit to another.

    Args:
        old: where it must be at that moment; empty: nowhere.
    """

    ref: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a push.

    Args:
        reason: the host's words, where it is not done.
    """

    outcome: Outcome
    reason: str = ""


def push(  # noqa: PLR0913 - what goes where, and how
    host: Host,
    git_dir: Path,
    url: str,
    move: Move,
    *,
    objects: Path | None = None,
    options: Sequence[str] = (),
) -> Pushed:
    """Move one reference of a repository, if it is where it was seen.

    What comes after it is a child of what it was at, so that nothing is ever overwritten: the
    lease is for who rewound it meanwhile, which a plain push would undo in silence.

    Args:
        git_dir: the repository that has the commits.
        objects: a further folder of objects that they may be in.
        options: further options of `git push` (a pull request to be opened).

    Raises:
        Refusal: the host can't be reached.
    """
    done = remote.run(
        host.options,
        *(*_PUSH, f"--force-with-lease={move.ref}:{move.old}", *options),
        *remote.careful(url, "receive-pack"),
        *("--", url, f"{move.new}:{move.ref}"),
        seconds=remote.MOVE_SECONDS,
        git_dir=git_dir,
        env={"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects)} if objects else {},
    )
    said = done.stderr.decode("utf-8", "replace")
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        flag, _, rest = line.partition("\t")
        if flag == _REJECTED:
            why = rest.partition("\t")[2]
            moved = any(words in why for words in _MOVED)
            told = remote.reason(said, why.partition("(")[2].rstrip(")"))
            return Pushed(Outcome.MOVED if moved else Outcome.REFUSED, told)
    if done.returncode:
        raise remote.refusal(GitError(["push"], done.returncode, said))
    return Pushed(Outcome.DONE)
