"""A new course: its folder, with what the instructor edits from then on."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scaffolder.classroom import course as course_file
from scaffolder.classroom import demo, roster, versions
from scaffolder.classroom.course import ID, Course, check_host, find_course
from scaffolder.classroom.importers import import_roster
from scaffolder.errors import Refusal
from scaffolder.roadmap import catalogue
from scaffolder.templating import source

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HOST = "repos/{id}.git"
_IGNORED = (
    "# Lo que scaffold puede rehacer, y los repositorios si están aquí.\n.scaffold/\nrepos/\n"
)
_DEMO = """\
# Un curso de prueba: sus estudiantes son inventados, y «distribute» hace también su trabajo.
demo = true
"""
_TEXT = """\
# El curso. Lo escribió «scaffold class init»; desde ahora es tuyo: edítalo a mano.
format = 1
course = {course}
# Dónde está cada repositorio: una carpeta (desde aquí) o una dirección de Git con {{id}},
# "github:ORGANIZACIÓN" o "gitlab:GRUPO".
host = {host}
{demo}
[template]
project = {project}
{source}
# Las respuestas a las preguntas de la plantilla, las mismas para toda la clase. Una sección
# puede tener otras: ponlas en [answers.NOMBRE-DE-LA-SECCIÓN].
[answers]
{answers}
# Hasta cuándo cuenta lo entregado.
# [due]
# at = 2027-03-01T23:59:00+01:00
# grace = "15m"

# Lo que vale cada requisito. credit: "all" (todas sus pruebas) o "proportional".
# [points]
# R1 = 2
# credit = "all"
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the course shall be.

    Args:
        project: its id, number or short name; the demo has one of its own.
        host: as in `course.toml`; folders beside it if None.
        source: as in `scaffold new --source`.
        roster: a list of students to import.
        demo: fill it with three invented students.
    """

    project: str | None = None
    host: str | None = None
    source: str | None = None
    ref: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    roster: Path | None = None
    demo: bool = False


def create_course(folder: Path, wish: Wish) -> tuple[Course, int]:
    """Make the folder of a course, all of it or nothing.

    Returns:
        The course, and how many students it has.

    Raises:
        Refusal: something stands there, or what is wished for makes no sense.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - `resolve` would follow a link at its end
    _refuse_folder(folder)
    if what := check_host(wish.host or _HOST):
        raise Refusal(f"--host {what}.", "Ejemplos: /srv/git/{id}.git, github:ORGANIZACIÓN")
    if wish.demo and (wish.source or wish.roster):
        reason = "--demo trae sus plantillas y sus estudiantes."
        raise Refusal(reason, "Quita --source y --roster, o quita --demo.")
    if wish.ref and not wish.source:
        reason = "--ref dice la versión de una fuente, y no hay ninguna."
        raise Refusal(reason, "Añade --source con la dirección o la carpeta de la fuente.")
    students = demo.STUDENTS if wish.demo else import_roster(wish.roster) if wish.roster else ()
    project = _project(wish)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".scaffold-", dir=folder.parent) as temporary:
        made = Path(temporary, "course")
        made.mkdir()
        text = _text(folder, wish, project)
        (made / course_file.FILE).write_text(text, encoding="utf-8", newline="\n")
        (made / ".gitignore").write_text(_IGNORED, encoding="utf-8", newline="\n")
        roster.write_roster(made, students)
        if wish.demo:
            demo.write_templates(made / demo.TEMPLATES, project)
        _read_again(made)
        if folder.exists():
            for entry in made.iterdir():
                entry.rename(folder / entry.name)
        else:
            made.rename(folder)
    return find_course(folder), len(students)


def _read_again(made: Path) -> None:
    """See that what was written can be read: the words of a command line may hold anything."""
    try:
        find_course(made)
    except Refusal as refusal:
        reason = refusal.reason
        raise Refusal(reason, "Revisa lo que has dado con --host, --source o --data.") from None


def _refuse_folder(folder: Path) -> None:
    if not ID.fullmatch(folder.name):
        raise Refusal(
            f"«{folder.name}» no vale de nombre de curso.",
            "Usa minúsculas sin acentos, cifras, «.», «_» y «-», hasta 39: backend-27",
        )
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise Refusal(f"«{folder}» ya existe y no es una carpeta.", "Elige otro nombre.")
    if folder.exists() and any(folder.iterdir()):
        raise Refusal(f"«{folder}» ya existe y no está vacía.", "Elige otro nombre.")


def _project(wish: Wish) -> str:
    """The id of the project, which the source has."""
    with source.resolve(wish.source, wish.ref) as found:
        roadmap = catalogue.load(found.root)
        ready = [project.id for project in roadmap.projects if found.has(project.id)]
        if wish.project is None and not wish.demo:
            raise Refusal("Falta decir qué proyecto.", f"Añade --project: {', '.join(ready)}.")
        project = roadmap.find(wish.project or demo.PROJECT)
        if project.id not in ready:
            reason = f"{project.id} todavía no tiene plantilla."
            raise Refusal(reason, f"Las que están listas: {', '.join(ready) or 'ninguna'}.")
    return project.id


def _text(folder: Path, wish: Wish, project: str) -> str:
    where, ref = wish.source, wish.ref
    if wish.demo:
        where, ref = demo.TEMPLATES, demo.FIRST
    elif where is not None and Path(where).expanduser().exists():
        where = versions.relative(Path(where).expanduser(), folder)
    lines = {"source": where, "ref": ref}
    named = "".join(f"{key} = {_quoted(text)}\n" for key, text in lines.items() if text)
    return _TEXT.format(
        course=_quoted(folder.name),
        host=_quoted(wish.host or _HOST),
        demo=_DEMO if wish.demo else "",
        project=_quoted(project),
        source=named,
        answers="".join(f"{_key(key)} = {_quoted(text)}\n" for key, text in wish.answers.items()),
    )


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
