"""`scaffold class roster`: the list of the class, out of another tool."""

from __future__ import annotations

from pathlib import Path

import click

from scaffolder.commands.classroom import in_course
from scaffolder.console.output import print_json


@click.command("roster", options_metavar="[OPCIONES]")
@click.argument("file", metavar="ARCHIVO")
@in_course
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(*, file: str, folder: str | None, as_json: bool) -> None:
    """Trae la lista de la clase desde otra herramienta.

    ARCHIVO es la lista de GitHub Classroom, de Classroom 50 o de RepoBee (students.txt o
    students.yml), o un CSV con columnas como las de roster.csv; se reconoce por su primera
    línea. Quien ya está se queda como está, con lo que tuviera vacío relleno. Si una fila
    está mal, no cambia nada.
    """
    from scaffolder.classroom.course import find_course  # noqa: PLC0415 - `--help` needs none of it
    from scaffolder.classroom.importers import import_roster, joined  # noqa: PLC0415 - likewise
    from scaffolder.classroom.roster import FILE, read_roster, repos_of, write_roster  # noqa: PLC0415 - likewise

    course = find_course(Path(folder or "."))
    known = read_roster(course.folder) if (course.folder / FILE).exists() else ()
    students = joined(known, import_roster(Path(file)))
    write_roster(course.folder, students)
    new, repos = len(students) - len(known), len(repos_of(students))
    if as_json:
        print_json({"students": len(students), "new": new, "repositories": repos})
        return
    print(f"{FILE}: {len(students)} estudiantes ({new} nuevos), {repos} repositorios.")
