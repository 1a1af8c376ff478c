"""`scaffold list`: the roadmap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from scaffolder.console.output import print_json
from scaffolder.roadmap import catalogue
from scaffolder.templating import source

if TYPE_CHECKING:
    from scaffolder.roadmap.catalogue import Phase, Project
    from scaffolder.templating.source import Source

_Row = tuple[str, dict[str, Any]]
_FAINT = {"dim": True}


@click.command("list", options_metavar="[OPCIONES]")
@click.option("--phase", type=int, metavar="N", help="Solo esa fase, con sus enlaces.")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
@click.option("--source", "where", metavar="FUENTE", help="Otra carpeta o dirección Git.")
@click.option("--ref", metavar="VERSIÓN", help="De esa fuente, una etiqueta, rama o commit.")
def command(*, phase: int | None, as_json: bool, where: str | None, ref: str | None) -> None:
    """Enseña el roadmap: fases, temas y proyectos.

    Con --phase, además los enlaces de cada tema y los requisitos de cada proyecto.
    """
    with source.resolve(where, ref) as templates:
        roadmap = catalogue.load(templates.root)
        phases = [roadmap.phase(phase)] if phase is not None else list(roadmap.phases)
        if as_json:
            print_json({"phases": [_phase(entry) for entry in phases]})
        else:
            for line, style in _rows(phases, templates, detailed=phase is not None):
                click.secho(line, **style)


def _phase(phase: Phase) -> dict[str, object]:
    """A phase in the shape that `--json` promises."""
    return {
        "number": phase.number,
        "title": phase.title,
        "duration": phase.duration,
        "topics": [
            {
                "id": topic.id,
                "title": topic.title,
                "links": [{"title": link.title, "url": link.url} for link in topic.links],
            }
            for topic in phase.topics
        ],
        "projects": [
            {
                "id": project.id,
                "number": project.number,
                "title": project.title,
                "description": project.description,
                "requirements": [
                    {"id": requirement.id, "title": requirement.title}
                    for requirement in project.requirements
                ],
            }
            for project in phase.projects
        ],
    }


def _rows(phases: Sequence[Phase], templates: Source, *, detailed: bool) -> Iterator[_Row]:
    """The lines to print, each with its style on a terminal."""
    for number, phase in enumerate(phases):
        if number:
            yield "", {}
        title = f"Fase {phase.number} · {phase.title} ({phase.duration})"
        yield title, {"bold": True, "fg": "cyan"}
        for topic in phase.topics:
            yield f"  {topic.id}  {topic.title}", {}
            if detailed:
                links = [f"{link.title}: {link.url}" for link in topic.links]
                yield from ((f"       {line}", _FAINT) for line in (*links, *topic.notes))
        if phase.projects:
            yield "", {}
        for project in phase.projects:
            yield from _project_rows(project, ready=templates.has(project.id), detailed=detailed)
    if not all(templates.has(project.id) for phase in phases for project in phase.projects):
        yield "", {}
        yield "· todavía sin plantilla", _FAINT


def _project_rows(project: Project, *, ready: bool, detailed: bool) -> Iterator[_Row]:
    name = f"{project.number:>3}  {project.id:<27} {project.title}"
    yield f"{' ' if ready else '·'} {name}", {"bold": True} if ready else _FAINT
    if detailed:
        yield f"       {project.description}", {}
        for requirement in project.requirements:
            yield f"       {requirement.id} {requirement.title}", _FAINT
