"""`scaffold class`: the instructor's side, a module for each of its commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.commands.lazy import LazyGroup

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.roster import Repo

COMMANDS = {
    "init": "Crea la carpeta de un curso.",
    "roster": "Trae la lista de la clase desde otra herramienta.",
    "distribute": "Reparte el proyecto: un repositorio para cada estudiante o equipo.",
    "status": "Dice cómo va cada repositorio.",
    "collect": "Recoge lo entregado: apunta qué commit cuenta.",
    "grade": "Califica lo recogido, sin fiarse de ello.",
    "update": "Lleva la versión nueva de la plantilla a cada repositorio.",
}


@click.group(
    "class",
    cls=LazyGroup,
    table=COMMANDS,
    package="scaffolder.commands.classroom",
    invoke_without_command=True,
    options_metavar="[OPCIONES]",
    subcommand_metavar="[ORDEN] [ARGUMENTOS]...",
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Reparte un proyecto a una clase, y la mantiene al día.

    Todo vive en la carpeta del curso: course.toml dice qué se reparte y dónde, y roster.csv
    a quién. Las órdenes se escriben dentro de ella, o con --course CARPETA.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


in_course = click.option(
    "--course", "folder", metavar="CARPETA", help="La carpeta del curso, si no estás en ella."
)
only = click.option("--only", multiple=True, metavar="ID", help="Solo ese repositorio; se repite.")


def open_course(folder: str | None, chosen: Sequence[str] = ()) -> tuple[Course, tuple[Repo, ...]]:
    """The course, and its repositories or those that were chosen.

    Raises:
        Refusal: there is no course, nobody is in it, or something in its files is wrong.
    """
    from scaffolder.classroom import course, roster  # noqa: PLC0415 - `--help` needs none of it
    from scaffolder.console.output import notice  # noqa: PLC0415 - likewise
    from scaffolder.errors import Refusal  # noqa: PLC0415 - likewise

    found = course.find_course(Path(folder or "."))
    repos = roster.repos_of(roster.read_roster(found.folder))
    if not repos:
        raise Refusal(
            f"{roster.FILE} no tiene a nadie todavía.",
            "Añade una fila por estudiante, o tráelos: scaffold class roster ARCHIVO",
        )
    for section in set(found.variants) - {repo.section for repo in repos}:
        notice(f"Nadie en {roster.FILE} está en la sección «{section}» de course.toml.")
    known = {repo.id for repo in repos}
    for name in chosen:
        if name not in known:
            raise Refusal(f"En {roster.FILE} no hay ningún «{name}».", "Revisa cómo se escribe.")
    return found, tuple(repo for repo in repos if not chosen or repo.id in chosen)
