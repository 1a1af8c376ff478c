"""`scaffold init`: the learner's workspace."""

from __future__ import annotations

from pathlib import Path

import click

from scaffolder.commands import refuse_unreadable
from scaffolder.console.output import is_interactive, print_json, typed_path
from scaffolder.errors import Refusal
from scaffolder.learner import workspace
from scaffolder.roadmap import catalogue
from scaffolder.templating import source


@click.command("init", options_metavar="[OPCIONES]")
@click.argument("folder", required=False, metavar="[CARPETA]", type=click.Path(path_type=Path))
@click.option("--name", metavar="NOMBRE", help="Cómo te llamas.")
@click.option("--phase", type=int, metavar="N", help="En qué fase del roadmap estás.")
@click.option("--git", "as_repository", is_flag=True, help="Guarda el cuaderno con Git.")
@click.option("--defaults", is_flag=True, help="No pregunta nada.")
@click.option("--json", "as_json", is_flag=True, help="En JSON; no pregunta nada.")
def command(  # noqa: PLR0913 - one for each of its options
    *,
    folder: Path | None,
    name: str | None,
    phase: int | None,
    as_repository: bool,
    defaults: bool,
    as_json: bool,
) -> None:
    """Prepara la carpeta de tu ruta: ruta.toml (quién eres) y RUTA.md (qué hay que aprender).

    En una que ya existe pone RUTA.md al día, y conserva tus marcas y tus notas.
    """
    refuse_unreadable(name or "")
    folder = (folder or Path.cwd()).resolve()
    if folder.exists() and not folder.is_dir():
        raise Refusal(f"«{folder}» no es una carpeta.", "Di otra: scaffold init CARPETA")
    root = source.embedded().root
    roadmap = catalogue.load(root)
    if phase is not None:
        roadmap.phase(phase)
    new = not (folder / workspace.SETTINGS).exists()
    if new and is_interactive() and not (defaults or as_json):
        name = _ask_name() if name is None else name
        phase = _ask_phase(roadmap) if phase is None else phase
    written = workspace.write_workspace(root, roadmap, folder, name or "", phase or 1)
    started = as_repository and workspace.start_repository(folder)
    if as_json:
        made = {"path": str(folder), "new": new, "written": list(written), "repository": started}
        print_json(made)
        return
    if not new and (name is not None or phase is not None):
        print(f"{workspace.SETTINGS} ya existía y no lo cambio: edítalo tú.")
    _tell(folder, written, new=new, started=started)


def _tell(folder: Path, written: tuple[str, ...], *, new: bool, started: bool) -> None:
    if new:
        click.secho(f"Tu ruta está en {folder}", bold=True)
    elif written:
        print(f"Al día: {', '.join(written)}. Tus marcas y tus notas siguen ahí.")
    else:
        print("Ya estaba al día.")
    if started:
        print("Es un repositorio Git que guarda el cuaderno y deja fuera tus proyectos.")
    if new:
        print("\nAhora escribe:")
        if folder != Path.cwd():
            print(f"  cd {typed_path(folder)}")
        print("  scaffold next")


def _ask_name() -> str:
    import questionary  # noqa: PLC0415 - slow to import

    answer: str = questionary.text("¿Cómo te llamas?", qmark="?").unsafe_ask()
    return answer.strip()


def _ask_phase(roadmap: catalogue.Catalogue) -> int:
    import questionary  # noqa: PLC0415 - slow to import

    titles = {f"Fase {p.number} · {p.title}": p.number for p in roadmap.phases}
    asked = questionary.select(
        "¿En qué fase estás?", list(titles), qmark="?", instruction="(elige con las flechas)"
    )
    return titles[asked.unsafe_ask()]
