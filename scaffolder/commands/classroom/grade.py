"""`scaffold class grade`: what was collected, judged where it can do no harm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.commands.classroom import in_course, only, open_course
from scaffolder.commands.classroom.show import print_table, progress_bar, tell_failures
from scaffolder.console.output import print_json
from scaffolder.errors import DONE, NO, Refusal

if TYPE_CHECKING:
    from scaffolder.classroom.grading.changes import Change
    from scaffolder.classroom.grading.results import Result

_WORDS = {
    "graded": "calificado",
    "not-started": "sin empezar",
    "missing": "sin entregar",
    "infrastructure-error": "sin calificar",
}


@click.command("grade", options_metavar="[OPCIONES]")
@click.option("--again", is_flag=True, help="También lo que ya está calificado.")
@click.option("--diff", is_flag=True, help="Califica de nuevo, y solo dice qué cambiaría.")
@click.option("--shard", metavar="I/N", help="Solo esa parte de la clase, de N.")
@click.option("--merge", multiple=True, metavar="CARPETA", help="Trae resultados de otra máquina.")
@click.option("--cluster", metavar="DIRECCIÓN", help="En un clúster de Dask que ya está en marcha.")
@only
@in_course
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    again: bool,
    diff: bool,
    shard: str | None,
    merge: Sequence[str],
    cluster: str | None,
    only: Sequence[str],
    folder: str | None,
    as_json: bool,
) -> int:
    """Califica lo recogido.

    Cada entrega se ejecuta encerrada y sin red, y la juzgan las pruebas de la plantilla desde
    fuera. Lo que falla por culpa de la máquina nunca es un cero: se dice, y al repetir la
    orden se sigue por ahí. Sale con 1 si algo ha quedado sin calificar.
    """
    from scaffolder.classroom.grading import changes, result_files  # noqa: PLC0415 - for `--help`
    from scaffolder.classroom.grading import grade as grading  # noqa: PLC0415 - likewise
    from scaffolder.classroom.grading.collect import read_collected  # noqa: PLC0415 - likewise
    from scaffolder.classroom.grading.shards import merge_results, shard_of  # noqa: PLC0415

    course, repos = open_course(folder, only)
    if merge:
        results = merge_results(course, [Path(place) for place in merge])
        return _end(results, as_json=as_json)
    collected = read_collected(course.folder)
    chosen = [collected[repo.id] for repo in repos if repo.id in collected]
    if not chosen:
        raise Refusal("Todavía no has recogido nada.", "Escribe: scaffold class collect")
    chosen = shard_of(chosen, shard)
    sections = {repo.id: repo.section for repo in repos}
    kept = result_files.read_all(result_files.folder_of(course))
    before = {result.student: result for result in kept}
    with (
        grading.judges(course, cluster) as judging,
        progress_bar("Calificando", len(chosen)) as done,
    ):
        plan = grading.Plan(chosen, sections, again=again or diff, keep=not diff)
        results = grading.grade(course, plan, judging, done)
    if diff:
        return _tell_changes(changes.between(before, results), as_json=as_json)
    return _end(results, as_json=as_json)


def _end(results: Sequence[Result], *, as_json: bool) -> int:
    if as_json:
        print_json({"results": [result.as_json() for result in results]})
    else:
        _tell(results)
    failed = any(result.state.value == "infrastructure-error" for result in results)
    return NO if failed else DONE


def _tell(results: Sequence[Result]) -> None:
    rows = [
        (
            result.student,
            _WORDS[result.state.value],
            "" if result.score is None else f"{result.score:g}/{result.max:g}",
            " ".join(r.id for r in result.requirements if r.passed),
            " ".join(r.id for r in result.requirements if r.broken),
        )
        for result in results
    ]
    header = ("Repositorio", "Estado", "Puntos", "Cumplidos", "Prometidos que fallan")
    print_table(header, rows)
    counts = Counter(_WORDS[result.state.value] for result in results)
    print()
    print(" · ".join(f"{words}: {count}" for words, count in counts.most_common()))
    tell_failures([(r.student, r.reason, r.next_step) for r in results if r.reason])


def _tell_changes(found: Sequence[Change], *, as_json: bool) -> int:
    if as_json:
        print_json({"changes": [change.as_json() for change in found]})
    elif not found:
        print("Al calificar de nuevo no cambiaría nada.")
    else:
        rows = [(c.student, c.requirement, c.before, c.after, c.cause) for c in found]
        print_table(("Repositorio", "Requisito", "Antes", "Después", "Por qué"), rows)
        print("\nPara que valga, escribe: scaffold class grade --again")
    return NO if found else DONE
