"""`scaffold update`: template changes into repositories that people have worked in."""

from __future__ import annotations

import glob
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.commands import parse_data
from scaffolder.console.output import is_interactive
from scaffolder.errors import DONE

if TYPE_CHECKING:
    from scaffolder.update.result import Request, Result


@click.command("update", options_metavar="[OPCIONES]")
@click.argument("repos", nargs=-1, metavar="[REPO]...")
@click.option("--check", is_flag=True, help="Solo dice si hay algo nuevo (sale con 1 si lo hay).")
@click.option("--diff", is_flag=True, help="Solo enseña qué cambiaría, línea a línea.")
@click.option("--branch", is_flag=True, help="Deja la actualización en una rama, sin tocar nada.")
@click.option("--adopt", is_flag=True, help="Une a su plantilla un proyecto que la perdió.")
@click.option("--yes", is_flag=True, help="Con --adopt, no pregunta.")
@click.option("--data", multiple=True, metavar="CLAVE=VALOR", help="Cambia una respuesta.")
@click.option("--source", "where", metavar="FUENTE", help="Otra carpeta o dirección Git.")
@click.option("--ref", metavar="VERSIÓN", help="De esa fuente, una etiqueta, rama o commit.")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(  # noqa: PLR0913 - one for each of its options
    *,
    repos: Sequence[str],
    check: bool,
    diff: bool,
    branch: bool,
    adopt: bool,
    yes: bool,
    data: Sequence[str],
    where: str | None,
    ref: str | None,
    as_json: bool,
) -> int:
    """Trae los cambios de la plantilla a tu repositorio.

    REPO es la carpeta de un proyecto; puedes dar varias. Sin ella, la carpeta en la que
    estás. Lo que has escrito no se pierde: donde la plantilla y tú cambiasteis lo mismo,
    decide el dueño del archivo (.gitattributes) o decides tú, y siempre dice cómo deshacerlo.
    """
    from scaffolder.update import report  # noqa: PLC0415 - slow to import
    from scaffolder.update.result import Mode, Request  # noqa: PLC0415 - likewise

    if sum((check or diff, branch, adopt)) > 1:
        raise click.UsageError("--check, --branch y --adopt no se pueden juntar.")
    mode = Mode.LOOK if check or diff else Mode.BRANCH if branch else Mode.ADOPT if adopt else None
    request = Request(mode or Mode.APPLY, parse_data(data), where, ref, diff=diff, sure=yes)
    results = _run(_folders(repos), request)
    if adopt and not as_json and is_interactive():
        results = _ask_again(results, request)
    if as_json:
        report.print_document(results)
    elif len(results) == 1:
        report.print_one(results[0], request)
    else:
        report.print_table(results)
    return max((result.exit_code(check=check) for result in results), default=DONE)


def _folders(repos: Sequence[str]) -> list[Path]:
    """The folders that were named; patterns too, where the shell leaves them to us."""
    folders = []
    for name in repos or ["."]:
        matches = [] if Path(name).exists() else sorted(glob.glob(name))  # noqa: PTH207 - absolute, too
        folders += [Path(match) for match in matches if Path(match).is_dir()] or [Path(name)]
    return folders


def _run(folders: Sequence[Path], request: Request) -> list[Result]:
    from scaffolder.update.run import update  # noqa: PLC0415 - slow to import

    if len(folders) == 1 or not sys.stderr.isatty():
        return update(folders, request)
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import MofNCompleteColumn, Progress  # noqa: PLC0415 - slow to import

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Actualizando", total=len(folders))
        return update(folders, request, lambda _: bar.advance(task))


def _ask_again(results: Sequence[Result], request: Request) -> list[Result]:
    from scaffolder.update import report  # noqa: PLC0415 - slow to import
    from scaffolder.update.result import Status  # noqa: PLC0415 - likewise

    answered = []
    for result in results:
        if result.status is Status.UNSURE:
            report.print_one(result, request)
            if click.confirm(f"¿Lo uno a la plantilla {result.new}?"):
                answered += _run([result.folder], replace(request, sure=True))
                continue
        answered.append(result)
    return answered
