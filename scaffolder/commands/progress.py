"""`scaffold progress`: the 17 as a map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.commands.where import tell_unread, unread_json
from scaffolder.console.output import print_json, wrapped
from scaffolder.errors import Refusal
from scaffolder.learner import progress
from scaffolder.roadmap import catalogue
from scaffolder.starter import discovery
from scaffolder.templating import source

if TYPE_CHECKING:
    from scaffolder.learner.progress import Map, Stop

_COLOURS = {"finished": "green", "begun": "yellow", "open": None}


@click.command("progress", options_metavar="[OPCIONES]")
@click.argument("folder", required=False, metavar="[CARPETA]", type=click.Path(path_type=Path))
@click.option("--html", metavar="ARCHIVO", type=click.Path(path_type=Path), help="En una página.")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(*, folder: Path | None, html: Path | None, as_json: bool) -> None:
    """Enseña los proyectos del roadmap y hasta dónde has llegado.

    Mira los repositorios que hay en la carpeta; nada se guarda en otro sitio.
    """
    folder = folder or Path.cwd()
    if not folder.is_dir():
        raise Refusal(f"«{folder}» no es una carpeta.", "Di la carpeta de tus proyectos.")
    unread: list[tuple[Path, Refusal]] = []
    repos = discovery.find_starters(folder, lambda path, why: unread.append((path, why)))
    chart = progress.chart(catalogue.load(source.embedded().root), repos)
    if html:
        from scaffolder.learner import page  # noqa: PLC0415 - only where it is wanted

        page.write(html, chart)
    if as_json:
        print_json(_json(chart, unread))
        return
    if html:
        print(f"La página está en {html}: ábrela con tu navegador.")
    else:
        _show(chart, folder)
    tell_unread(unread, folder)


def _show(chart: Map, folder: Path) -> None:
    for phase, stops in chart.phases:
        head = f"Fase {phase.number} · {phase.title} ({phase.duration})"
        click.secho(wrapped(head), bold=True)
        for stop in stops:
            bar = "#" * stop.done + "." * (stop.total - stop.done)
            count = f"{stop.done}/{stop.total}"
            line = f"  {stop.project.number:>2}  {stop.project.short:<15} [{bar:<8}] {count:>4}"
            end = "  hecho" if stop.state == "finished" else _where(stop, folder)
            click.echo(click.style(line, fg=_COLOURS[stop.state]) + end)
    for repo in chart.elsewhere:
        place = _shown(repo.path, folder)
        print(f"  {repo.project}: {len(repo.done)} de {len(repo.boxes)}, en {place}")
    print()
    projects = sum(len(stops) for _, stops in chart.phases)
    print(f"{chart.finished} de {projects} proyectos hechos.")
    if chart.remaining:
        word = "falta" if chart.remaining == 1 else "faltan"
        print(f"Para los {chart.needed} que pide el roadmap te {word} {chart.remaining}.")
    elif chart.needed:
        print(f"Ya tienes los {chart.needed} que pide el roadmap para considerarte senior.")


def _where(stop: Stop, folder: Path) -> str:
    return f"  {_shown(stop.repo.path, folder)}" if stop.repo else ""


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _json(chart: Map, unread: list[tuple[Path, Refusal]]) -> dict[str, object]:
    return {
        "finished": chart.finished,
        "needed": chart.needed,
        "remaining": chart.remaining,
        "phases": [
            {
                "number": phase.number,
                "title": phase.title,
                "duration": phase.duration,
                "projects": [_stop_json(stop) for stop in stops],
            }
            for phase, stops in chart.phases
        ],
        "elsewhere": [
            {"id": repo.project, "path": str(repo.path), "done": len(repo.done)}
            for repo in chart.elsewhere
        ],
        "unreadable": unread_json(unread),
    }


def _stop_json(stop: Stop) -> dict[str, object]:
    times = progress.dates(stop.repo.path) if stop.repo else progress.Dates("", "", {})
    return {
        "id": stop.project.id,
        "number": stop.project.number,
        "title": stop.project.title,
        "state": stop.state,
        "path": str(stop.repo.path) if stop.repo else None,
        "done": stop.done,
        "total": stop.total,
        "begun": times.begun or None,
        "last": times.last or None,
        "requirements": [
            {
                "id": box.id,
                "title": box.title,
                "done": box.ticked,
                "date": times.ticked.get(box.id),
            }
            for box in (stop.repo.boxes if stop.repo else ())
        ],
    }
