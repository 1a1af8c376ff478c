"""`course.toml`: every section is checked, and a mistake is told by its line and key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scaffolder.classroom.course import Course, find_course
from scaffolder.errors import Refusal
from tests.helpers import build_file_tree

WHOLE = """\
format = 1
course = "backend-27"
host = "repos/{id}.git"

[template]
project = "proyecto-7-blog"

[answers]
linter = "ruff"

[answers.tarde]
linter = "black-flake8"

[due]
at = 2027-03-01T23:59:00+01:00
grace = "15m"

[points]
R1 = 2
R2 = 3
credit = "proportional"

[hidden]
R2 = "Se prueba con datos que no has visto"

[sandbox]
engine = "docker"
memory = "1G"
pids = 32
seconds = 60

[dependencies]
policy = "allowlist"
allow = ["httpx"]
"""


def read(folder: Path, text: str) -> Course:
    """A course of that text."""
    build_file_tree(folder, {"course.toml": text})
    return find_course(folder)


def test_every_section_is_read(tmp_path: Path) -> None:
    """What is written is what is known."""
    course = read(tmp_path, WHOLE)
    assert course.folder == tmp_path
    assert course.answers_of(course.variant("tarde")) == {"linter": "black-flake8"}
    assert course.answers_of(course.variant("mañana")) == {"linter": "ruff"}
    assert course.due is not None
    assert course.due.at == datetime(2027, 3, 1, 22, 59, tzinfo=UTC)
    assert course.due.grace == timedelta(minutes=15)
    assert course.points.worth == {"R1": 2, "R2": 3}
    assert course.points.credit == "proportional"
    assert course.hidden == {"R2": "Se prueba con datos que no has visto"}
    assert (course.sandbox.engine, course.sandbox.pids) == ("docker", 32)
    assert course.dependencies.allow == ("httpx",)


def test_the_course_is_found_from_a_folder_below(tmp_path: Path) -> None:
    """As with Git."""
    read(tmp_path, WHOLE)
    (tmp_path / "hidden" / "más").mkdir(parents=True)
    assert find_course(tmp_path / "hidden" / "más").name == "backend-27"


def test_no_course_is_told(tmp_path: Path) -> None:
    """With how to make one."""
    with pytest.raises(Refusal) as caught:
        find_course(tmp_path)
    assert "scaffold class init" in caught.value.next_step


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("format = 1\n", "", "«format» falta"),
        ("format = 1", "format = 2", "línea 1: «format» es 2"),
        ('course = "backend-27"', 'course = "Backend 27"', "línea 2: «course» es «Backend 27»"),
        ('course = "backend-27"', "course = 27", "línea 2: «course» tiene que ser un texto"),
        ("{id}", "{otro}", "línea 3: «host» tiene que decir dónde"),
        ('project = "proyecto-7-blog"', "", "línea 5: «template.project» falta"),
        ('"ruff"', "true", "línea 9: «answers.linter» tiene que ser un texto"),
        ('"black-flake8"', "3", "línea 12: «answers.tarde.linter» tiene que ser"),
        ("+01:00", "", "línea 15: «due.at» tiene que ser una fecha con hora y zona"),
        ('"15m"', '"un rato"', "línea 16: «due.grace» tiene que ser un tiempo"),
        ("R1 = 2", "R1 = -2", "línea 19: «points.R1» tiene que ser un número entero"),
        ("R1 = 2", "uno = 2", "línea 19: «points.uno» no es un requisito"),
        ('"proportional"', '"half"', "línea 21: «points.credit» es «half»"),
        ('R2 = "Se prueba', 'R2 = "" # "Se prueba', "línea 24: «hidden.R2» tiene que ser"),
        ('"docker"', '"podman"', "línea 27: «sandbox.engine» es «podman»"),
        ('"1G"', '"1 gigabyte"', "línea 28: «sandbox.memory» es «1 gigabyte»"),
        ("pids = 32", "pids = 0", "línea 29: «sandbox.pids» tiene que ser"),
        ("seconds = 60", "segundos = 60", "línea 30: «sandbox.segundos» no es una clave"),
        ('"allowlist"', '"wheels"', "línea 34: «dependencies.allow» solo vale"),
        ("[due]", "[deu]", "línea 14: «deu» no es una clave conocida"),
        ("[due]", "[due", "no es TOML válido (línea 14"),
    ],
)
def test_a_mistake_is_told_by_line_and_key(tmp_path: Path, old: str, new: str, place: str) -> None:
    """One sentence in Spanish, with the file to mend."""
    assert WHOLE.count(old) >= 1
    with pytest.raises(Refusal) as caught:
        read(tmp_path, WHOLE.replace(old, new, 1))
    assert place in caught.value.reason
    assert str(tmp_path / "course.toml") in caught.value.next_step
