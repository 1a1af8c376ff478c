"""`scaffold class update`: template changes into every student's repository."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.commands.classroom import in_course, only, open_course
from scaffolder.commands.classroom.show import print_table, progress_bar, tell_failures
from scaffolder.console.output import print_json
from scaffolder.errors import DONE, NO

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.plan import RepoPlan
    from scaffolder.classroom.update import Request

_STATES = {
    "current": "al día",
    "clean": "sin choques",
    "touched": "se resuelve solo",
    "conflict": "hay que decidir",
    "behind-base": "sin plantilla",
    "unreachable": "no responde",
    "broken": "no se puede leer",
}
_DONE = {
    "pushed": "actualizado",
    "branch": "en una rama",
    "published": "ya estaba en su rama",
    "refused": "rechazado",
}
_SHOWN = 3


@click.command("update", options_metavar="[OPCIONES]")
@click.option("--check", is_flag=True, help="Solo dice qué haría (sale con 1 si espera algo).")
@click.option("--plan", "planned", metavar="ARCHIVO", help="Hace justo lo que dice ese plan.")
@click.option("--branch", is_flag=True, help="En una rama y su petición, sin tocar main.")
@only
@in_course
@click.option("--json", "as_json", is_flag=True, help="En JSON; con --check, es el plan.")
def command(  # noqa: PLR0913 - one for each of its options
    *,
    check: bool,
    planned: str | None,
    branch: bool,
    only: Sequence[str],
    folder: str | None,
    as_json: bool,
) -> int:
    """Lleva la versión nueva de la plantilla a cada repositorio de la clase.

    Nadie pierde una línea. Donde la plantilla y alguien cambiaron lo mismo, decide el dueño
    del archivo (.gitattributes); si es de los dos, ese repositorio no se toca, y con --branch
    recibe una petición con el conflicto a la vista. Sale con 1 si queda algo por hacer.
    """
    from scaffolder.classroom.plan import read_plan  # noqa: PLC0415 - slow to import
    from scaffolder.classroom.update import Request, update  # noqa: PLC0415 - likewise

    if planned and (check or only):
        raise click.UsageError("--plan no se puede juntar con --check ni con --only.")
    course, repos = open_course(folder, only)
    plan = read_plan(Path(planned), course) if planned else None
    request = Request(check, branch, plan)
    with progress_bar("Mirando" if check else "Actualizando", len(repos)) as done:
        results = update(course, repos, request, done)
    if as_json:
        print_json(_json(course, results, request))
    else:
        _tell(results, request)
    return DONE if all(result.is_settled(check=check) for result in results) else NO


def _json(course: Course, results: Sequence[RepoPlan], request: Request) -> dict[str, object]:
    from scaffolder.classroom.plan import KIND, as_json, counted  # noqa: PLC0415 - slow to import

    return {
        "kind": KIND,
        "course": course.name,
        "check": request.check,
        "repos": [as_json(result) for result in results],
        "summary": counted(results),
    }


def _tell(results: Sequence[RepoPlan], request: Request) -> None:
    rows = [(result.id, _word(result), _detail(result)) for result in results]
    print_table(("Repositorio", "Estado", "Detalle"), rows)
    words = [_word(result) for result in results]
    print()
    print(" · ".join(f"{word}: {words.count(word)}" for word in dict.fromkeys(words)))
    tell_failures([(r.id, r.reason, r.next_step) for r in results if r.reason])
    _tell_next(results, request)


def _tell_next(results: Sequence[RepoPlan], request: Request) -> None:
    """The commands that go on from here."""
    states = {result.state.value for result in results if not result.done}
    if request.check and states & {"clean", "touched"}:
        print("\nPara llevarlo a main: scaffold class update")
    if "conflict" in states:
        print(
            "\nDonde hay que decidir no toco nada. Para que decidan en una petición:\n"
            "  scaffold class update --branch"
        )


def _word(result: RepoPlan) -> str:
    return _DONE.get(result.done.value) or _STATES[result.state.value]


def _detail(result: RepoPlan) -> str:
    parts = []
    if result.old and result.old != result.new:
        parts.append(f"{result.old} → {result.new}")
    elif result.new:
        parts.append(result.new)
    if result.anchored:
        parts.append("su historia se une de nuevo a la plantilla")
    paths = list(result.paths)
    if paths:
        more = f" y {len(paths) - _SHOWN} más" if len(paths) > _SHOWN else ""
        parts.append(", ".join(paths[:_SHOWN]) + more)
    if result.branch:
        parts.append(result.request or result.branch)
    if result.again:
        parts.append("planeado de nuevo: alguien había subido algo")
    return " · ".join(parts)
