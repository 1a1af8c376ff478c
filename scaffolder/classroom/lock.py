"""`course.lock`: what was handed out, so that whoever runs the next command goes on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course

FILE = "course.lock"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the template that the class got.

    Args:
        source: as template commits record it.
        commits: by variant (`Course.variant`), the id of its template commit; each has the
            one of the version before as its parent, and the first has none.
    """

    version: str
    source: str
    commits: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lock:
    """What `course.lock` says.

    Args:
        lineage: the versions handed out, oldest first; empty before the first hand-out.
        rest: keys that are somebody else's business (tests, environment); they are kept.
    """

    lineage: tuple[Version, ...] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)

    def first(self, variant: str) -> str:
        """The id of everyone's first commit; empty before the first hand-out."""
        return next((v.commits[variant] for v in self.lineage if variant in v.commits), "")

    def newest(self, variant: str) -> str:
        """The id of the newest template commit; empty before the first hand-out."""
        found = (v.commits[variant] for v in reversed(self.lineage) if variant in v.commits)
        return next(found, "")

    def version_of(self, commit: str) -> str:
        """The version of a template commit of the lineage; empty where it is none."""
        return next((v.version for v in self.lineage if commit in v.commits.values()), "")


def read_lock(course: Course) -> Lock:
    """The course's lock; an empty one where there is none yet.

    Raises:
        Refusal: it can't be read, or is of a newer format.
    """
    raise NotImplementedError


def write_lock(course: Course, lock: Lock) -> None:
    """Write the course's lock, all of it or nothing."""
    raise NotImplementedError
