"""A bare copy of each student's repository, which reads the template's objects from the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.roster import Repo


@dataclass(frozen=True, slots=True)
class Mirror:
    """A copy of a repository as it was a moment ago.

    Args:
        folder: its Git directory.
        head: the id of the commit of `main`; empty where there is none.
    """

    folder: Path
    head: str


def fetch(course: Course, repo: Repo, host: Host) -> Mirror:
    """Bring the copy up to date with the host.

    Raises:
        Refusal: the repository can't be reached, or is not there.
    """
    raise NotImplementedError
