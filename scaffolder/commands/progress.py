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
    from scaffolder.learner.progress import Progress, ProjectProgress


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
    summary = progress.summarize(catalogue.load(source.embedded().root), repos)
    if html:
        from scaffolder.learner import page  # noqa: PLC0415 - only where it is wanted

        page.write(html, summary)
    if as_json:
        print_json(_json(summary, unread))
        return
    if html:
        print(f"La página está en {html}: ábrela con tu navegador.")
    else:
        _show(summary, folder)
    tell_unread(unread, folder)


def _show(summary: Progress, folder: Path) -> None:
    for phase, entries in summary.phases:
        head = f"Fase {phase.number} · {phase.title} ({phase.duration})"
        click.secho(wrapped(head), bold=True)
        for entry in entries:
            bar = "#" * entry.done + "." * (entry.total - entry.done)
            count = f"{entry.done}/{entry.total}"
            line = f"  {entry.project.number:>2}  {entry.project.short:<15} [{bar:<8}] {count:>4}"
            word, colour = progress.STATES[entry.state]
            end = f"  {word}" if entry.state == "finished" else _where(entry, folder)
            click.echo(click.style(line, fg=colour) + end)
    for repo in summary.elsewhere:
        place = _shown(repo.path, folder)
        print(f"  {repo.project}: {len(repo.done)} de {len(repo.boxes)}, en {place}")
    print()
    projects = sum(len(entries) for _, entries in summary.phases)
    print(f"{summary.finished} de {projects} proyectos hechos.")
    if summary.remaining:
        word = "falta" if summary.remaining == 1 else "faltan"
        print(f"Para los {summary.needed} que pide el roadmap te {word} {summary.remaining}.")
    elif summary.needed:
        print(f"Ya tienes los {summary.needed} que pide el roadmap para considerarte senior.")


def _where(entry: ProjectProgress, folder: Path) -> str:
    return f"  {_shown(entry.repo.path, folder)}" if entry.repo else ""


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _json(summary: Progress, unread: list[tuple[Path, Refusal]]) -> dict[str, object]:
    return {
        "finished": summary.finished,
        "needed": summary.needed,
        "remaining": summary.remaining,
        "phases": [
            {
                "number": phase.number,
                "title": phase.title,
                "duration": phase.duration,
                "projects": [_project_json(entry) for entry in entries],
            }
            for phase, entries in summary.phases
        ],
        "elsewhere": [
            {"id": repo.project, "path": str(repo.path), "done": len(repo.done)}
            for repo in summary.elsewhere
        ],
        "unreadable": unread_json(unread),
    }


def _project_json(entry: ProjectProgress) -> dict[str, object]:
    times = progress.dates(entry.repo.path) if entry.repo else progress.Dates("", "", {})
    return {
        "id": entry.project.id,
        "number": entry.project.number,
        "title": entry.project.title,
        "state": entry.state,
        "path": str(entry.repo.path) if entry.repo else None,
        "done": entry.done,
        "total": entry.total,
        "begun": times.begun or None,
        "last": times.last or None,
        "requirements": [
            {
                "id": box.id,
                "title": box.title,
                "done": box.ticked,
                "date": times.ticked.get(box.id),
            }
            for box in (entry.repo.boxes if entry.repo else ())
        ],
    }
