"""`scaffold` alone: where am I?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.console.output import print_json, typed_path, wrapped
from scaffolder.errors import DONE, Refusal
from scaffolder.learner import recommendation, workspace
from scaffolder.roadmap import catalogue
from scaffolder.starter import discovery
from scaffolder.templating import source

if TYPE_CHECKING:
    from scaffolder.learner.recommendation import Step
    from scaffolder.roadmap.catalogue import Catalogue
    from scaffolder.starter.discovery import Starter


def where(*, as_json: bool) -> int:
    """Tell the learner's projects, their requirements, and what comes next.

    Returns:
        The exit code.
    """
    here = Path.cwd()
    current = discovery.enclosing(here)
    unread: list[tuple[Path, Refusal]] = []
    templates = source.embedded()
    roadmap = catalogue.load(templates.root)
    folder, at = workspace.around(here, roadmap)
    around = discovery.find_starters(folder, lambda path, why: unread.append((path, why)))
    repos = [repo for repo in around if repo.path.is_relative_to(here)]
    if current:
        repos = [discovery.read_starter(current)]
    step = recommendation.next_step(roadmap, templates, around, at=at)
    if as_json:
        print_json(
            {
                "projects": [repo_json(repo) for repo in repos],
                "next": step_json(step),
                "unreadable": unread_json(unread),
            }
        )
        return DONE
    for repo in repos:
        _show(roadmap, repo, here, detailed=current is not None)
    if not repos:
        print("Aquí no hay ningún proyecto tuyo todavía.")
    print()
    if step:
        phase = roadmap.phase(step.project.phase)
        print(f"Estás en la fase {phase.number} · {phase.title} ({phase.duration})")
    tell_step(step)
    tell_unread(unread, here)
    return DONE


def unread_json(unread: Sequence[tuple[Path, Refusal]]) -> list[dict[str, str]]:
    """What could not be read, in the shape that `--json` promises."""
    return [{"path": str(path), "reason": why.reason} for path, why in unread]


def tell_unread(unread: Sequence[tuple[Path, Refusal]], folder: Path) -> None:
    """Say which repositories could not be read, and why."""
    for path, why in unread:
        shown = path.relative_to(folder) if path.is_relative_to(folder) else path
        click.echo(f"No cuento {shown}: {why.reason}", err=True)


def repo_json(repo: Starter) -> dict[str, object]:
    """A repository in the shape that `--json` promises."""
    return {
        "id": repo.project,
        "path": str(repo.path),
        "version": repo.answers.version,
        "done": [box.id for box in repo.done],
        "open": [box.id for box in repo.open],
    }


def step_json(step: Step | None) -> dict[str, object] | None:
    """The next step in the shape that `--json` promises."""
    if step is None:
        return None
    return {
        "project": step.project.id,
        "title": step.project.title,
        "phase": step.project.phase,
        "path": str(step.repo.path) if step.repo else None,
        "reason": step.reason,
    }


def tell_step(step: Step | None) -> None:
    """Print what comes next, why, and the command for it."""
    if step is None:
        print("Has cumplido todo lo que hay por aquí. ¡Enhorabuena!")
        return
    click.secho(f"Sigue con {step.project.id} · {step.project.title}", bold=True)
    print(wrapped(step.reason, "  "))
    if step.repo is None:
        print(f"  scaffold new {step.project.id}")
    elif step.repo.path != Path.cwd():
        print(f"  cd {typed_path(step.repo.path)}")


def _show(roadmap: Catalogue, repo: Starter, here: Path, *, detailed: bool) -> None:
    project = roadmap.get(repo.project)
    title = f"{repo.project} · {project.title}" if project else repo.project
    phase = f" (fase {project.phase})" if project else ""
    place = "" if detailed else f"  en {repo.path.relative_to(here)}/"
    count = f"{len(repo.done)} de {len(repo.boxes)} requisitos"
    click.secho(f"{title}{phase}: {count}{place}", bold=True)
    for box in repo.boxes if detailed else ():
        print(f"  [{'x' if box.ticked else ' '}] {box.id} {box.title}")
