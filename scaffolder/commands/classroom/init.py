"""`scaffold class init`: the folder of a course."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from scaffolder.commands import parse_data
from scaffolder.console.output import print_json, typed_path


@click.command("init", options_metavar="[OPCIONES]")
@click.argument("name", metavar="CARPETA")
@click.option("--project", metavar="PROYECTO", help="Qué se reparte: proyecto-7-blog, 7 o blog.")
@click.option("--host", metavar="DÓNDE", help="Dónde están los repositorios: véase abajo.")
@click.option("--source", metavar="FUENTE", help="Plantillas de otra carpeta o dirección Git.")
@click.option("--ref", metavar="VERSIÓN", help="De esa fuente, una etiqueta, rama o commit.")
@click.option("--data", multiple=True, metavar="CLAVE=VALOR", help="Responde a una pregunta.")
@click.option("--roster", metavar="ARCHIVO", help="La lista de la clase, de otra herramienta.")
@click.option("--demo", is_flag=True, help="Con tres estudiantes inventados, para probar.")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(  # noqa: PLR0913 - one for each of its options
    *,
    name: str,
    project: str | None,
    host: str | None,
    source: str | None,
    ref: str | None,
    data: Sequence[str],
    roster: str | None,
    demo: bool,
    as_json: bool,
) -> None:
    """Crea la carpeta de un curso.

    El curso se llama como su CARPETA. Los repositorios están donde diga --host: una carpeta o
    una dirección con {id} («/srv/git/{id}.git», «ssh://git@servidor/{id}.git»),
    «github:ORGANIZACIÓN» o «gitlab:GRUPO»; si no lo dices, en carpetas junto al curso, sin
    cuentas ni servidor.
    """
    from scaffolder.classroom.create import Wish, create_course  # noqa: PLC0415 - `--help` needs none of it

    wish = Wish(
        project=project,
        host=host,
        source=source,
        ref=ref,
        answers=parse_data(data),
        roster=Path(roster) if roster else None,
        demo=demo,
    )
    course, students = create_course(Path(name), wish)
    if as_json:
        made = {"path": str(course.folder), "course": course.name, "host": course.host}
        print_json({**made, "project": course.template.project, "students": students})
        return
    click.secho(f"El curso {course.name} está en {course.folder}", bold=True)
    print("\nAhora escribe:")
    if course.folder != Path.cwd():
        print(f"  cd {typed_path(name)}")
    if not students:
        print(
            "  (en roster.csv, una fila por estudiante; o tráelos: scaffold class roster ARCHIVO)"
        )
    print("  scaffold class distribute --dry-run")
    print("  scaffold class distribute")
