"""`scaffold class init`: a folder that is a course, all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.classroom.course import find_course
from tests.conftest import Scaffold
from tests.update.sandbox import TemplateRepo


def test_a_course_is_written_as_it_is_read(
    scaffold: Scaffold, here: Path, templates: TemplateRepo
) -> None:
    """What was asked for stands in `course.toml`; a folder of templates is named from there."""
    done = scaffold(
        *("class", "init", "otro/curso-27", "--project", "18", "--source", templates.root),
        *("--ref", "v0.1.0", "--host", "ssh://git@servidor/{id}.git"),
        *("--data", "linter=black-flake8", "--data", 'nombre=Mi "curso"'),
    )
    assert (done.code, done.err) == (0, "")
    course = find_course(here / "otro" / "curso-27")
    assert (course.name, course.host) == ("curso-27", "ssh://git@servidor/{id}.git")
    assert course.template.project == templates.project
    assert course.template.source == "../../../plantillas"
    assert course.template.ref == "v0.1.0"
    assert course.answers == {"linter": "black-flake8", "nombre": 'Mi "curso"'}
    assert (course.folder / "roster.csv").read_text() == "id,name,email,username,section,team\n"
    assert ".scaffold/" in (course.folder / ".gitignore").read_text()


def test_it_says_what_to_type_next(scaffold: Scaffold, here: Path) -> None:
    """Of an empty class, that somebody is missing."""
    done = scaffold("class", "init", "curso", "--project", "tareas")
    assert done.code == 0, done.err
    assert "  cd curso\n" in done.out
    assert "scaffold class roster ARCHIVO" in done.out
    assert "  scaffold class distribute --dry-run\n" in done.out
    assert (here / "curso" / "course.toml").is_file()


def test_json(scaffold: Scaffold, here: Path) -> None:
    """The documented keys."""
    done = scaffold("class", "init", "curso", "--demo", "--json")
    assert done.json() == {
        "format": 1,
        "path": str(here / "curso"),
        "course": "curso",
        "host": "repos/{id}.git",
        "project": "proyecto-1-tareas",
        "students": 3,
    }


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["curso"], "Falta decir qué proyecto."),
        (["Mi curso", "--project", "1"], "«Mi curso» no vale de nombre de curso."),
        (["curso", "--project", "1", "--host", "repos"], "tiene que decir dónde va el nombre"),
        (["curso", "--project", "1", "--host", "repos/{id}/{curso}"], "dónde va el nombre"),
        (["curso", "--project", "1", "--host", "github:"], "no dice bien de quién"),
        (["curso", "--project", "1", "--host", "--upload-pack=x/{id}"], "no es una carpeta"),
        (["curso", "--project", "1", "--host", "ext::sh -c {id}"], "no es una carpeta"),
        (["curso", "--project", "99"], "No conozco ningún proyecto «99»."),
        (["curso", "--demo", "--source", "."], "--demo trae sus plantillas"),
        (["curso", "--project", "1", "--ref", "v1"], "--ref dice la versión de una fuente"),
        (["curso", "--project", "1", "--roster", "nadie.csv"], "No puedo leer nadie.csv"),
    ],
)
def test_a_refusal_leaves_nothing_behind(
    scaffold: Scaffold, here: Path, arguments: list[str], reason: str
) -> None:
    """Exit code 2, the reason and the next step, and an empty folder."""
    done = scaffold("class", "init", *arguments)
    assert (done.code, done.out) == (2, "")
    first, second = done.err.splitlines()
    assert reason in first
    assert second
    assert list(here.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(scaffold: Scaffold, here: Path) -> None:
    """An empty one may be filled."""
    (here / "curso").mkdir()
    assert scaffold("class", "init", "curso", "--project", "1").code == 0
    before = (here / "curso" / "course.toml").read_bytes()
    done = scaffold("class", "init", "curso", "--project", "2")
    assert done.code == 2
    assert "no está vacía" in done.err
    assert (here / "curso" / "course.toml").read_bytes() == before
