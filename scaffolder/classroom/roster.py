"""Who is in the class: `roster.csv`, and the repositories that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = "roster.csv"
COLUMNS = ("id", "name", "email", "username", "section", "team")


@dataclass(frozen=True, slots=True)
class Student:
    """A row of the roster.

    Args:
        id: `[a-z0-9][a-z0-9._-]{0,38}`, unique: it names folders and repositories.
        username: the name on the forge; empty where there is none.
        section: part of the class; it may have answers of its own.
        team: the students of one team share a repository of that id.
    """

    id: str
    name: str = ""
    email: str = ""
    username: str = ""
    section: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository of the class: a student's, or a team's.

    Args:
        id: the team's, or the student's.
        section: of everyone in it.
    """

    id: str
    students: tuple[Student, ...]
    section: str = ""


def read_roster(folder: Path) -> tuple[Student, ...]:
    """Read and check `roster.csv`.

    Raises:
        Refusal: it can't be read, or one of its rows is wrong: which, and what.
    """
    raise NotImplementedError


def repos_of(students: Sequence[Student]) -> tuple[Repo, ...]:
    """The repositories of some students, in the order of the roster."""
    teams: dict[str, list[Student]] = {}
    for student in students:
        teams.setdefault(student.team or student.id, []).append(student)
    return tuple(Repo(name, tuple(them), them[0].section) for name, them in teams.items())
