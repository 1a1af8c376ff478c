"""The class's own template commits, in one bare repository that all mirrors read from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.git.template_commits import TemplateCommit
    from scaffolder.templating.source import Source

REFS = "refs/scaffold"


def open_store(course: Course) -> Path:
    """The course's store, made if it is missing: a bare repository's Git directory."""
    raise NotImplementedError


def write_version(course: Course, source: Source, variant: str, parent: str = "") -> TemplateCommit:
    """Render the course's project for a variant, and put it into the store as a template commit.

    The same source, answers and parent give the same id on every machine. A reference,
    `refs/scaffold/<id>`, keeps it.

    Args:
        variant: see `Course.variant`.
        parent: the template commit that it follows; empty for the first.

    Raises:
        Refusal: an answer is not valid, or the source lacks the project.
    """
    raise NotImplementedError
