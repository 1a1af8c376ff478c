"""`scaffold next`: which project fits now, and why."""

from __future__ import annotations

from pathlib import Path

import click

from scaffolder import catalogue, journal, route, source, workspace
from scaffolder.commands.where import step_json, tell_step
from scaffolder.output import print_json


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
    folder, at = journal.around(Path.cwd())
    step = route.next_step(roadmap, templates, workspace.find_repos(folder), phase, at=at)
    if as_json:
        print_json({"next": step_json(step)})
    else:
        tell_step(step)
