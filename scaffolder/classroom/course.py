"""A course: what its instructor writes in `course.toml`, and where its files are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

FILE = "course.toml"
FOLDER = ".scaffold"
"""What can be made again: the template store, mirrors, the journal, results."""


@dataclass(frozen=True, slots=True)
class Template:
    """Which project the class gets, and where its template comes from.

    Args:
        source: as in `scaffold new --source`; the embedded templates if None.
        ref: of that source, the tag, branch or commit; the newest version if None.
    """

    project: str
    source: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When work counts: until `at`, and without a remark until `grace` later."""

    at: datetime
    grace: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What a submission may use while it is graded."""

    engine: str = "bwrap"
    memory: str = "512M"
    pids: int = 64
    seconds: int = 300


@dataclass(frozen=True, slots=True)
class Points:
    """What a requirement is worth; `proportional` gives a part for a part of its tests."""

    points: Mapping[str, int] = field(default_factory=dict)
    credit: str = "all"


@dataclass(frozen=True)
class Course:
    """One project for one class.

    Args:
        folder: where `course.toml` is, absolute.
        name: the course's short name, fit for a repository's.
        host: where repositories are: a pattern with `{id}`, or `github:ORG`, `gitlab:GROUP`.
        answers: to the template's questions, the same for everyone.
        variants: by section, the answers that differ there.
        demo: its students are invented; `distribute` plays their work.
    """

    folder: Path
    name: str
    host: str
    template: Template
    answers: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    due: Due | None = None
    points: Points = Points()
    hidden: Mapping[str, str] = field(default_factory=dict)
    sandbox: Sandbox = Sandbox()
    dependencies: str = "course"
    demo: bool = False

    @property
    def store(self) -> Path:
        """The bare repository with the class's template commits."""
        return self.folder / FOLDER / "store"

    @property
    def journal(self) -> Path:
        """The file of `journal.Journal`."""
        return self.folder / FOLDER / "journal.jsonl"

    def mirror(self, repo: str) -> Path:
        """The bare copy of a student's repository.

        Args:
            repo: its id.
        """
        return self.folder / FOLDER / "mirror" / f"{repo}.git"

    def variant(self, section: str) -> str:
        """The key of a section's answers: its name where it has its own, else empty."""
        return section if section in self.variants else ""

    def answers_of(self, variant: str) -> Mapping[str, str]:
        """The answers of a variant (see `variant`)."""
        return {**self.answers, **self.variants.get(variant, {})}


def find_course(folder: Path) -> Course:
    """The course that a folder is in, or is.

    Raises:
        Refusal: there is none, or something in its `course.toml` is wrong, told by its place.
    """
    raise NotImplementedError
