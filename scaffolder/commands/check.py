"""`scaffold check`: are the requirements met?"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from scaffolder.check.states import STATES
from scaffolder.check.verdicts import common_cause
from scaffolder.console.output import print_json
from scaffolder.errors import DONE, NO, Refusal
from scaffolder.roadmap import catalogue
from scaffolder.starter import discovery
from scaffolder.templating import source

if TYPE_CHECKING:
    from scaffolder.check.verdicts import Verdict
    from scaffolder.starter.discovery import Starter


@click.command("check", options_metavar="[OPCIONES]")
@click.argument("repo", required=False, metavar="[REPO]", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Exige todos los requisitos.")
@click.option("--untick", is_flag=True, help="Desmarca los que has prometido y no se cumplen.")
@click.option("--watch", "watching", is_flag=True, help="Otra vez cada vez que guardas.")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
@click.option("--junit", metavar="ARCHIVO", type=click.Path(path_type=Path), help="JUnit XML.")
@click.option("--timeout", type=float, metavar="SEGUNDOS", help="Límite para cada requisito.")
def command(  # noqa: PLR0913 - one for each of its options
    *,
    repo: Path | None,
    everything: bool,
    untick: bool,
    watching: bool,
    as_json: bool,
    junit: Path | None,
    timeout: float | None,
) -> int:
    """Comprueba los requisitos y marca en REQUISITOS.md los que cumples.

    Lo que has marcado es una promesa: si no se cumple, acaba con el código 1. Con --all,
    también si queda alguno sin cumplir. En CI (variable CI) no escribe nada.
    """
    from scaffolder.check import environment, processes, runner  # noqa: PLC0415 - slow to import

    folder = discovery.enclosing(repo or Path.cwd())
    if folder is None:
        raise Refusal(
            f"«{repo or Path.cwd()}» no está en ningún repositorio hecho por scaffold.",
            "Entra en la carpeta de uno de tus proyectos.",
        )
    learner = discovery.read_starter(folder)
    if not learner.boxes:
        raise Refusal("REQUISITOS.md no tiene ninguna casilla.", "Escribe: scaffold update")
    python = environment.find_python(folder, os.environ)
    limit = timeout or processes.SECONDS
    writes = os.environ.get("CI", "").lower() in {"", "0", "false"}
    if watching:
        quiet = as_json or bool(junit) or not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout))
        _watch(learner, python, limit, untick=untick, writes=writes, quiet=quiet)
        return DONE
    if _is_terminal(sys.stderr) and not as_json:
        click.secho(f"Comprobando {len(learner.boxes)} requisitos…", dim=True, err=True)
    verdicts = runner.check(learner, python, _needs(learner), processes.Processes(limit))
    ticked: tuple[str, ...] = ()
    unticked: tuple[str, ...] = ()
    if writes:
        ticked, unticked = runner.record(folder, verdicts, untick=untick)
    if junit:
        from scaffolder.check.junit import write_junit  # noqa: PLC0415 - only where it is wanted

        write_junit(junit, learner.project, verdicts)
    if as_json:
        print_json(_json(learner, verdicts, ticked, unticked))
    else:
        _show(learner, verdicts)
        _tell(verdicts, ticked, unticked)
    return _exit_code(verdicts, unticked, everything=everything)


def _watch(  # noqa: PLR0913 - what to watch, and what to do with what is seen
    repo: Starter, python: Path, limit: float, *, untick: bool, writes: bool, quiet: bool
) -> None:
    if quiet:
        raise Refusal("--watch es para una terminal, sin --json ni --junit.", "Quita --watch.")
    from scaffolder.check import runner  # noqa: PLC0415 - slow to import
    from scaffolder.check.watch import watch  # noqa: PLC0415 - slow to import

    def record(verdicts: Sequence[Verdict]) -> None:
        if writes:
            runner.record(repo.path, verdicts, untick=untick)

    watch(repo.path, python, _needs(repo), limit=limit, record=record)


def _needs(repo: Starter) -> Mapping[str, Sequence[str]]:
    """What each requirement leans on: the catalogue says so, or what was recorded of another."""
    if repo.answers.source != source.EMBEDDED:
        return repo.answers.needs
    project = catalogue.load(source.embedded().root).get(repo.project)
    return {entry.id: entry.needs for entry in project.requirements} if project else {}


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; one that was closed before we began is None."""
    return stream is not None and stream.isatty()


def _exit_code(verdicts: Sequence[Verdict], unticked: Sequence[str], *, everything: bool) -> int:
    if common_cause(verdicts):
        return NO
    for verdict in verdicts:
        promised = verdict.box.ticked and verdict.box.id not in unticked
        if everything and verdict.state != "met":
            return NO
        if promised and verdict.state in {"failing", "error"}:
            return NO
    return DONE


def _json(
    repo: Starter, verdicts: Sequence[Verdict], ticked: Sequence[str], unticked: Sequence[str]
) -> dict[str, object]:
    return {
        "project": repo.project,
        "path": str(repo.path),
        "requirements": [
            {
                "id": verdict.box.id,
                "title": verdict.box.title,
                "state": verdict.state,
                "promised": verdict.box.ticked,
                "passed": verdict.passed,
                "total": verdict.total,
                "problem": verdict.problem,
                "hint": verdict.hint,
                "blocked_by": list(verdict.blocked_by),
                "learn": [{"title": title, "url": url} for title, url in verdict.links],
                "tests": [
                    {
                        "test": outcome.test,
                        "criterion": outcome.criterion,
                        "outcome": outcome.outcome,
                        "message": outcome.message,
                        "seconds": outcome.seconds,
                    }
                    for outcome in verdict.outcomes
                ],
            }
            for verdict in verdicts
        ],
        "ticked": list(ticked),
        "unticked": list(unticked),
    }


def _show(repo: Starter, verdicts: Sequence[Verdict]) -> None:
    click.secho(repo.project, bold=True)
    for verdict in verdicts:
        state = STATES[verdict.state]
        word = click.style(f"{state.word:<14}", fg=state.colour, bold=True)
        count = f"{verdict.passed} de {verdict.total}"
        click.echo(f"  {verdict.box.id:<4}{word}{count:>9}  {verdict.box.title}")
        if verdict.blocked_by and not verdict.problem:
            print(f"      bloqueado por {', '.join(verdict.blocked_by)}")
        elif verdict.state != "met":
            _explain(verdict)


def _explain(verdict: Verdict) -> None:
    """The first criterion that is not met, why, and where the roadmap teaches it."""
    learn = [f"Se aprende en: {title} {url}" for title, url in verdict.links]
    for line in (*verdict.reason, *learn):
        print(
            textwrap.fill(
                line,
                100,
                initial_indent=" " * 6,
                subsequent_indent=" " * 8,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def _tell(verdicts: Sequence[Verdict], ticked: Sequence[str], unticked: Sequence[str]) -> None:
    met = sum(verdict.state == "met" for verdict in verdicts)
    print(f"\n{met} de {len(verdicts)} requisitos cumplidos.")
    if cause := common_cause(verdicts):
        click.secho(f"Ninguno se ha podido comprobar: {cause}", fg=STATES["error"].colour)
    if ticked:
        click.secho(f"Marcados ahora en REQUISITOS.md: {', '.join(ticked)}.", fg="green")
    if unticked:
        print(f"Desmarcados en REQUISITOS.md: {', '.join(unticked)}.")
