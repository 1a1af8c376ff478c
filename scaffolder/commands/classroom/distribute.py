"""`scaffold class distribute`: the project into every student's hands."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from scaffolder.commands.classroom import in_course, only, open_course
from scaffolder.commands.classroom.show import exit_code, print_table, progress_bar, tell_failures
from scaffolder.console.output import print_json

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.distribute import Delivery

_WORDS = {
    "delivered": "entregado",
    "already": "ya lo tenía",
    "pending": "por entregar",
    "failed": "ha fallado",
}


@click.command("distribute", options_metavar="[OPCIONES]")
@click.option("--dry-run", is_flag=True, help="Solo mira y dice qué haría.")
@only
@in_course
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(*, dry_run: bool, only: Sequence[str], folder: str | None, as_json: bool) -> int:
    """Reparte el proyecto: un repositorio para cada estudiante o equipo.

    Todos empiezan por el mismo commit. A quien ya lo tiene no le toca nada, así que puedes
    repetir la orden cuando quieras: sigue donde se quedó. Sale con 1 si alguno ha fallado.
    """
    from scaffolder.classroom.distribute import State, distribute  # noqa: PLC0415 - slow to import

    course, repos = open_course(folder, only)
    title = "Mirando" if dry_run else "Repartiendo"
    with progress_bar(title, len(repos)) as done:
        deliveries = distribute(course, repos, dry_run=dry_run, progress=done)
    if as_json:
        print_json(_json(deliveries, dry_run=dry_run))
    else:
        _tell(course, deliveries, dry_run=dry_run)
    return exit_code(deliveries, well=all(d.state is not State.FAILED for d in deliveries))


def _json(deliveries: Sequence[Delivery], *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "repos": [
            {
                "id": delivery.repo.id,
                "students": [student.id for student in delivery.repo.students],
                "state": delivery.state.value,
                "url": delivery.url,
                "commit": delivery.commit,
                "reason": delivery.reason,
                "next_step": delivery.next_step,
            }
            for delivery in deliveries
        ],
        "summary": dict(sorted(Counter(d.state.value for d in deliveries).items())),
    }


def _tell(course: Course, deliveries: Sequence[Delivery], *, dry_run: bool) -> None:
    inside = f"{course.folder}{os.sep}"
    rows = [(d.repo.id, _WORDS[d.state], d.url.removeprefix(inside)) for d in deliveries]
    print_table(("Repositorio", "Resultado", "Dirección"), rows)
    counts = Counter(_WORDS[delivery.state] for delivery in deliveries)
    print()
    print(" · ".join(f"{words}: {count}" for words, count in counts.most_common()))
    failed = [(d.repo.id, d.reason, d.next_step) for d in deliveries if d.reason]
    tell_failures(failed)
    if dry_run and not failed:
        print("\nNo he tocado nada. Para repartir, escribe: scaffold class distribute")
