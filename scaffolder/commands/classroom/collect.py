"""`scaffold class collect`: which commit of each repository counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from scaffolder.commands.classroom import in_course, only, open_course
from scaffolder.commands.classroom.show import print_table, progress_bar, tell_failures
from scaffolder.console.output import print_json
from scaffolder.errors import DONE, NO, Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from scaffolder.classroom.course import Course
    from scaffolder.classroom.grading.collect import Collected


@click.command("collect", options_metavar="[OPCIONES]")
@click.option(
    "--at", metavar="due", type=click.Choice(["now", "due"]), default="now", show_default=True,
    help="«due»: solo si el plazo de course.toml ya ha pasado.",
)  # fmt: skip
@click.option("--again", is_flag=True, help="También lo que ya se había recogido.")
@only
@in_course
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(*, at: str, again: bool, only: Sequence[str], folder: str | None, as_json: bool) -> int:
    """Recoge lo entregado: apunta qué commit cuenta de cada repositorio.

    Lo que se recoge una vez ya no cambia, ni aunque califiques de nuevo; a quien no tenía
    nada se le vuelve a mirar. El retraso cuenta desde que se recoge: las fechas de los commits
    las escribe cada cual. Sale con 1 si falta alguno.
    """
    from datetime import datetime  # noqa: PLC0415 - `--help` needs none of it

    from scaffolder.classroom.grading.collect import collect  # noqa: PLC0415 - slow to import
    from scaffolder.classroom.grading.rules import read_rules  # noqa: PLC0415 - likewise
    from scaffolder.classroom.sandbox.probe import check_machine  # noqa: PLC0415 - likewise

    course, repos = open_course(folder, only)
    now = datetime.now().astimezone()
    if at == "due":
        _check_due(course, now)
    with progress_bar("Recogiendo", len(repos)) as done:
        collected = collect(course, repos, now, again=again, progress=done)
    try:
        check_machine()
    except Refusal as refusal:
        tell_failures([("Aquí no se puede calificar", refusal.reason, refusal.next_step)])
    else:
        # From here on nothing needs the network: packages and expected tests are there.
        read_rules(course).kit(course.store.parent).python()
    if as_json:
        print_json({"submissions": [asdict(entry) for entry in collected]})
    else:
        _tell(collected)
    return DONE if all(entry.commit for entry in collected) else NO


def _check_due(course: Course, now: datetime) -> None:
    if course.due is None:
        raise Refusal("course.toml no dice cuándo acaba el plazo.", "Escribe «at» en [due].")
    ends = course.due.at + course.due.grace
    if now < ends:
        raise Refusal(
            f"El plazo acaba el {ends.isoformat(' ', 'minutes')}, y aún no ha pasado.",
            "Repite entonces, o recoge lo que hay ahora: scaffold class collect",
        )


def _tell(collected: Sequence[Collected]) -> None:
    rows = [
        (e.id, e.commit[:10] or "nada", f"{e.late_s // 60} min tarde" if e.late_s else "")
        for e in collected
    ]
    print_table(("Repositorio", "Commit", ""), rows)
    tell_failures([(e.id, e.reason, e.next_step) for e in collected if e.reason])
    print("\nPara calificarlo, escribe: scaffold class grade")
