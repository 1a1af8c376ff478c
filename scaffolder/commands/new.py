"""`scaffold new`: the repository of a project."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scaffolder.commands import parse_data
from scaffolder.console.output import is_interactive, print_json, typed_path, wrapped
from scaffolder.errors import Refusal
from scaffolder.roadmap import catalogue
from scaffolder.templating import source

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from scaffolder.new.generate import Generated
    from scaffolder.roadmap.catalogue import Catalogue, Project
    from scaffolder.templating.source import Source

_LONGEST_NAME = 200


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of the projects that have a template."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only for shells

    del ctx, param
    templates = source.embedded()
    return [
        CompletionItem(project.id, help=project.title)
        for project in catalogue.load(templates.root).projects
        if project.id.startswith(incomplete) and templates.has(project.id)
    ]


@click.command("new", options_metavar="[OPCIONES]")
@click.argument("project", required=False, metavar="[PROYECTO]", shell_complete=_complete)
@click.argument("destination", required=False, metavar="[CARPETA]")
@click.option("--defaults", is_flag=True, help="No pregunta nada.")
@click.option("--data", multiple=True, metavar="CLAVE=VALOR", help="Responde a una pregunta.")
@click.option("--phase", type=int, metavar="N", help="Sin PROYECTO, elige entre los de esa fase.")
@click.option("--in-repo", is_flag=True, help="Lo añade al repositorio Git en el que estás.")
@click.option("--source", "where", metavar="FUENTE", help="Otra carpeta o dirección Git.")
@click.option("--ref", metavar="VERSIÓN", help="De esa fuente, una etiqueta, rama o commit.")
@click.option("--json", "as_json", is_flag=True, help="En JSON; no pregunta nada.")
def command(  # noqa: PLR0913 - one for each of its options
    *,
    project: str | None,
    destination: str | None,
    defaults: bool,
    data: Sequence[str],
    phase: int | None,
    in_repo: bool,
    where: str | None,
    ref: str | None,
    as_json: bool,
) -> None:
    """Crea el repositorio de un proyecto.

    PROYECTO es su nombre (proyecto-7-blog), su número (7) o su nombre corto (blog); sin él,
    te ayuda a elegir. CARPETA es dónde; si no la dices, una con el nombre del proyecto.
    """
    from scaffolder.new.generate import check_destination, generate  # noqa: PLC0415 - slow to import

    answers = parse_data(data)
    ask = is_interactive() and not (defaults or as_json)
    with source.resolve(where, ref) as templates:
        roadmap = catalogue.load(templates.root)
        chosen = roadmap.find(project) if project else _choose(roadmap, templates, phase, ask=ask)
        if not templates.has(chosen.id):
            reason = f"{chosen.id} todavía no tiene plantilla."
            raise Refusal(reason, f"Las que están listas: {_ready(roadmap, templates)}.")
        if destination == "":
            raise Refusal("La carpeta no tiene nombre.", "Ponle uno: scaffold new PROYECTO CARPETA")
        place = check_destination(Path(destination or chosen.id), in_repo=in_repo)
        suggested = _suggested() if ask else {}
        made = generate(templates, chosen, place, answers, ask=ask, suggested=suggested)
    if as_json:
        print_json(_json(chosen, made, templates))
    else:
        _tell(chosen, made, templates.version)


def _choose(roadmap: Catalogue, templates: Source, phase: int | None, *, ask: bool) -> Project:
    """Ask for the phase, then for the project, with the one that fits at the top."""
    from scaffolder.learner import recommendation, workspace  # noqa: PLC0415 - only where it asks
    from scaffolder.starter import discovery  # noqa: PLC0415 - only where it asks

    if phase is not None:
        roadmap.phase(phase)
    ready = [
        project
        for project in roadmap.projects
        if templates.has(project.id) and phase in {None, project.phase}
    ]
    if not ready:
        reason = "Ahí no hay ninguna plantilla."
        raise Refusal(reason, f"Las que están listas: {_ready(roadmap, templates)}.")
    if not ask:
        reason = "Falta decir qué proyecto, y aquí no hay nadie a quien preguntar."
        raise Refusal(reason, f"Escribe «scaffold new PROYECTO»: {_ready(roadmap, templates)}.")
    folder, at = workspace.around(Path.cwd(), roadmap)
    repos = discovery.find_starters(folder)
    step = recommendation.next_step(roadmap, templates, repos, phase, at=at)
    if phase is None:
        phases = [entry for entry in roadmap.phases if {p.phase for p in ready} & {entry.number}]
        titles = {f"Fase {entry.number} · {entry.title}": entry.number for entry in phases}
        fits = next(
            (t for t, number in titles.items() if step and number == step.project.phase), None
        )
        phase = titles[_select("¿En qué fase estás?", list(titles), fits)]
        step = recommendation.next_step(roadmap, templates, repos, phase)
    names = {f"{p.number} · {p.title}: {p.description}": p for p in ready if p.phase == phase}
    fits = next((n for n, p in names.items() if step and p == step.project), None)
    if fits and step:
        click.secho(wrapped(f"Te recomiendo {step.project.title}. {step.reason}"), dim=True)
    return names[_select("¿Qué proyecto?", list(names), fits)]


def _select(question: str, choices: Sequence[str], default: str | None) -> str:
    import questionary  # noqa: PLC0415 - slow to import

    asked = questionary.select(
        question, list(choices), default=default, qmark="?", instruction="(elige con las flechas)"
    )
    answer: str = asked.unsafe_ask()
    return answer


def _ready(roadmap: Catalogue, templates: Source) -> str:
    return ", ".join(p.id for p in roadmap.projects if templates.has(p.id)) or "ninguna"


def _suggested() -> Mapping[str, str]:
    """The author's name that Git knows, to be offered as the answer."""
    from scaffolder import git  # noqa: PLC0415 - only where it asks

    known = git.run("config", "user.name", check=False)
    name = git.text(known).strip()
    usable = known.returncode == 0 and name.isprintable() and len(name) <= _LONGEST_NAME
    return {"autor": name} if name and usable else {}


def _json(project: Project, made: Generated, templates: Source) -> dict[str, object]:
    """What was made, in the shape that `--json` promises."""
    return {
        "project": project.id,
        "title": project.title,
        "path": str(made.destination),
        "files": made.files,
        "source": templates.recorded,
        "version": templates.version,
        "commit": made.commit,
        "inside": str(made.inside) if made.inside else None,
    }


def _tell(project: Project, made: Generated, version: str) -> None:
    click.secho(f"Listo: {project.title}, en {_shown(made.destination)}", bold=True)
    where = f", dentro de {made.inside}" if made.inside else ""
    print(f"  {made.files} archivos · plantilla {version} · commit {made.commit[:7]}{where}")
    print("\nAhora escribe:")
    here = made.destination == Path.cwd()
    print(f"  cd {typed_path(_shown(made.destination))}" if not here else "  uv sync")
    print("  uv run pytest")
    if shutil.which("uv") is None:
        print("\nTe falta uv: https://docs.astral.sh/uv/getting-started/installation/")


def _shown(folder: Path) -> str:
    """A folder as one would type it here."""
    return (
        str(folder.relative_to(here)) if folder.is_relative_to(here := Path.cwd()) else str(folder)
    )
