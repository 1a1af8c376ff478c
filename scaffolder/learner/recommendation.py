"""Which project comes next, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scaffolder.roadmap.catalogue import Catalogue, Project
    from scaffolder.starter.discovery import Starter
    from scaffolder.templating.source import Source


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next.

    Args:
        repo: where it was begun, or None where it is still to begin.
        reason: why this one, one Spanish sentence.
    """

    project: Project
    repo: Starter | None
    reason: str


def next_step(
    catalogue: Catalogue,
    source: Source,
    repos: Sequence[Starter],
    phase: int | None = None,
    *,
    at: int | None = None,
) -> Step | None:
    """The project to work on next.

    One that was begun comes first, then the next of the phase that the learner is in: the
    one they name, or the first that still has something to do from where they have begun.

    Args:
        source: says which projects have a template.
        phase: only projects of this phase.
        at: the phase that they are in, if they say so.

    Returns:
        The step, or None where everything that there is to do is done.
    """
    begun = best_by_project(catalogue, repos)
    current = phase or at or min((catalogue.projects[n].phase for n in begun), default=1)
    for number, repo in begun.items():
        project = catalogue.projects[number]
        if not repo.finished and (phase is None or project.phase == phase):
            missing = _joined([box.id for box in repo.open])
            lack = "falta" if len(repo.open) == 1 else "faltan"
            return Step(project, repo, f"Ya lo empezaste y te {lack} {missing}.")
    for project in catalogue.projects:
        new = catalogue.projects.index(project) not in begun
        fits = project.phase == phase if phase else project.phase >= current
        if new and fits and source.has(project.id):
            return Step(project, None, _reason(catalogue, project, len(begun)))
    return None


def best_by_project(catalogue: Catalogue, repos: Sequence[Starter]) -> dict[int, Starter]:
    """The learner's repositories by their project's place in the roadmap, in that order.

    Of two of one project, the one that has come further counts.
    """
    found: dict[int, Starter] = {}
    for repo in repos:
        project = catalogue.get(repo.project)
        if project is None:
            continue
        number = catalogue.projects.index(project)
        if number not in found or len(repo.done) > len(found[number].done):
            found[number] = repo
    return dict(sorted(found.items()))


def _reason(catalogue: Catalogue, project: Project, begun: int) -> str:
    phase = catalogue.phase(project.phase)
    place = [entry.id for entry in phase.projects].index(project.id) + 1
    topics = [catalogue.topics[topic].title for topic in project.topics]
    practised = f", y practica {_joined(topics)}" if topics else ""
    start = "Empiezas por aquí: es" if not begun else "Es"
    return (
        f"{start} el proyecto {place} de {len(phase.projects)} de la fase {phase.number}"
        f" ({phase.title}){practised}. El roadmap da a esa fase {phase.duration}."
        f"{_built_on(catalogue, project)}"
    )


def _built_on(catalogue: Catalogue, project: Project) -> str:
    """What of the phase before it takes for granted: what is practised there."""
    before = [p for p in catalogue.phases if p.number < project.phase and p.projects]
    if not before:
        return ""
    practised = {topic for entry in before[-1].projects for topic in entry.topics}
    topics = [topic.title for topic in before[-1].topics if topic.id in practised]
    told = f": {_joined(topics)}" if topics else ""
    return f" Se apoya en la fase {before[-1].number} ({before[-1].title}){told}."


def _joined(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} y {words[-1]}"
