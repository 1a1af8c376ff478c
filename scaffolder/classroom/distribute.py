"""Hand the project out: everyone's first commit has one id, and is pushed where none is yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.roster import Repo


class State(StrEnum):
    """How a repository came out of it."""

    DELIVERED = "delivered"
    ALREADY = "already"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one repository.

    Args:
        url: its address.
        commit: the template commit that it got, or would get.
        reason: of a failure, what is wrong; with its repair, `next_step`.
    """

    repo: Repo
    state: State
    url: str = ""
    commit: str = ""
    reason: str = ""
    next_step: str = ""


def distribute(
    course: Course,
    repos: Sequence[Repo],
    *,
    dry_run: bool = False,
    progress: Callable[[Delivery], None] = lambda _: None,
) -> list[Delivery]:
    """Give every repository the project, unless it has it. One failure doesn't stop the rest.

    Args:
        dry_run: only look at the hosts and say what would be done.
        progress: is told of each as it is done, from another thread.

    Returns:
        A result for each, in the order of the repositories.

    Raises:
        Refusal: nothing can be done for anybody (no template, an answer that is not valid).
    """
    raise NotImplementedError
