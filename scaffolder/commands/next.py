"""`scaffold next`: which project fits now, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.commands.where import step_json, tell_step, tell_unread, unread_json
from scaffolder.console.output import print_json
from scaffolder.learner import recommendation, workspace
from scaffolder.roadmap import catalogue
from scaffolder.starter import discovery
from scaffolder.templating import source

if TYPE_CHECKING:
    from scaffolder.errors import Refusal


@click.command("next", options_metavar="[OPCIONES]")
@click.option("--phase", type=int, metavar="N", help="La fase en la que estás.")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(*, phase: int | None, as_json: bool) -> None:
    """Dice qué proyecto te toca ahora, y por qué.

    Mira los repositorios que hay en esta carpeta y lo que has marcado en sus REQUISITOS.md.
    """
    templates = source.embedded()
    roadmap = catalogue.load(templates.root)
    if phase is not None:
        roadmap.phase(phase)
    folder, at = workspace.around(Path.cwd(), roadmap)
    unread: list[tuple[Path, Refusal]] = []
    repos = discovery.find_starters(folder, lambda path, why: unread.append((path, why)))
    step = recommendation.next_step(roadmap, templates, repos, phase, at=at)
    if as_json:
        print_json({"next": step_json(step), "unreadable": unread_json(unread)})
    else:
        tell_step(step)
        tell_unread(unread, Path.cwd())
