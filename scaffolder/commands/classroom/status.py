"""`scaffold class status`: how the class is getting on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from scaffolder.commands.classroom import in_course, only, open_course
from scaffolder.commands.classroom.show import exit_code, print_table, progress_bar, tell_failures
from scaffolder.console.output import print_json

if TYPE_CHECKING:
    from scaffolder.classroom.status import Standing

_WORDS = {
    "working": "trabajando",
    "untouched": "sin empezar",
    "missing": "sin repartir",
    "foreign": "de otro sitio",
    "unreachable": "no responde",
}


@click.command("status", options_metavar="[OPCIONES]")
@only
@in_course
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(*, only: Sequence[str], folder: str | None, as_json: bool) -> int:
    """Dice cómo va cada repositorio.

    Qué versión de la plantilla tiene, cuántos commits ha hecho, qué requisitos ha marcado y
    cuándo fue el último commit. Sale con 1 si de alguno no se sabe o falta por repartir.
    """
    from scaffolder.classroom.status import State, look_at_class  # noqa: PLC0415 - slow to import

    course, repos = open_course(folder, only)
    with progress_bar("Mirando", len(repos)) as done:
        standings = look_at_class(course, repos, done)
    if as_json:
        print_json(_json(standings))
    else:
        _tell(standings)
    well = {State.WORKING, State.UNTOUCHED}
    return exit_code(standings, well=all(standing.state in well for standing in standings))


def _json(standings: Sequence[Standing]) -> dict[str, object]:
    return {
        "repos": [
            {
                "id": standing.repo.id,
                "students": [student.id for student in standing.repo.students],
                "state": standing.state.value,
                "url": standing.url,
                "head": standing.head,
                "version": standing.version,
                "behind": standing.behind,
                "ahead": standing.ahead,
                "ticked": list(standing.ticked),
                "requirements": standing.total,
                "last": standing.last,
                "reason": standing.reason,
                "next_step": standing.next_step,
            }
            for standing in standings
        ],
        "summary": dict(sorted(Counter(s.state.value for s in standings).items())),
    }


def _tell(standings: Sequence[Standing]) -> None:
    header = ("Repositorio", "Estado", "Plantilla", "Commits", "Requisitos", "Último commit")
    print_table(header, [_row(standing) for standing in standings])
    counts = Counter(_WORDS[standing.state] for standing in standings)
    print()
    print(" · ".join(f"{words}: {count}" for words, count in counts.most_common()))
    tell_failures([(s.repo.id, s.reason, s.next_step) for s in standings if s.reason])
    if counts[_WORDS["missing"]]:
        print("\nA quien le falta se lo entrega: scaffold class distribute")
    if any(standing.behind for standing in standings):
        print("\nLas que llevan «<» se ponen al día con: scaffold class update --check")


def _row(standing: Standing) -> tuple[str, ...]:
    if not standing.version:
        return (standing.repo.id, _WORDS[standing.state], "", "", "", "")
    done = f"{len(standing.ticked)}/{standing.total}"
    return (
        standing.repo.id,
        _WORDS[standing.state],
        f"{standing.version} <" if standing.behind else standing.version,
        str(standing.ahead),
        f"{done} {' '.join(standing.ticked)}".strip(),
        standing.last[:10],
    )
