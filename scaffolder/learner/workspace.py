"""The learner's notebook of the route: `ruta.toml` and `RUTA.md`.

`RUTA.md` is written by Copier from the catalogue and then belongs to the learner. Bringing
it up to date takes the new text and keeps every tick, note and line that they added.
"""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffolder.errors import Refusal
from scaffolder.git.repository import create_repository
from scaffolder.starter import checklist, discovery
from scaffolder.templating.render import render_plain

if TYPE_CHECKING:
    from scaffolder.roadmap.catalogue import Catalogue, Topic

SETTINGS = "ruta.toml"
NOTEBOOK = "RUTA.md"

_IGNORED = "# Cada proyecto es su propio repositorio: aquí se guarda solo el cuaderno.\n/*/\n"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace, as its settings tell.

    Args:
        name: the learner's name, or empty.
        phase: the phase that they are in, or None where they don't say.
    """

    folder: Path
    name: str
    phase: int | None


def enclosing(folder: Path) -> Workspace | None:
    """The workspace that a folder is in, or is.

    Raises:
        Refusal: there is one, and its settings make no sense.
    """
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        file = candidate / SETTINGS
        if file.is_file():
            return _read(file)
    return None


def around(folder: Path, catalogue: Catalogue) -> tuple[Path, int | None]:
    """Where to look for the learner's projects from a folder, and the phase that they say.

    Args:
        folder: where they are: in a workspace, beside their projects or in one of them.
        catalogue: the roadmap, which knows the phases.

    Raises:
        Refusal: the settings make no sense, or name a phase that there is not.
    """
    workspace = enclosing(folder)
    if workspace:
        known = [phase.number for phase in catalogue.phases]
        if workspace.phase is not None and workspace.phase not in known:
            file = workspace.folder / SETTINGS
            reason = f"En {file}, fase = {workspace.phase} no es ninguna del roadmap."
            raise Refusal(reason, f"Escribe ahí una de {known[0]} a {known[-1]}.")
        return workspace.folder, workspace.phase
    current = discovery.enclosing(folder)
    return (current.parent if current else folder), None


def _read(file: Path) -> Workspace:
    mend = f"Corrígelo, o bórralo y escribe: scaffold init {file.parent}"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"No entiendo {file}: {error}.", mend) from None
    name, phase = data.get("nombre", ""), data.get("fase")
    if not isinstance(name, str) or not (phase is None or type(phase) is int):
        raise Refusal(f"En {file}, «nombre» es un texto y «fase» un número.", mend)
    return Workspace(file.parent, name, phase)


def write_workspace(
    templates: Path, catalogue: Catalogue, folder: Path, name: str, phase: int
) -> tuple[str, ...]:
    """Make a workspace, or bring one up to date.

    Args:
        folder: where; it is made if missing.
        name: the learner's name, for new settings.
        phase: the phase that they are in, for new settings.

    Returns:
        The names of the files that were written.

    Raises:
        Refusal: a file can't be read or written.
    """
    data = _data(catalogue) | {"nombre": name, "fase": phase}
    with tempfile.TemporaryDirectory(prefix="scaffold-") as temporary:
        fresh = Path(temporary) / "cuaderno"
        render_plain(templates / "ruta", fresh, data)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            written = []
            if not (folder / SETTINGS).exists():
                _replace(folder / SETTINGS, (fresh / SETTINGS).read_bytes())
                written.append(SETTINGS)
            notebook = folder / NOTEBOOK
            text = (fresh / NOTEBOOK).read_text(encoding="utf-8")
            old = notebook.read_bytes().decode("utf-8-sig") if notebook.exists() else None
            new = text if old is None else checklist.refresh(old, text)
            if new != old:
                _replace(notebook, new.encode())
                written.append(NOTEBOOK)
        except UnicodeDecodeError:
            reason = f"{folder / NOTEBOOK} no está en UTF-8, y no lo toco."
            raise Refusal(reason, "Guárdalo como UTF-8 con tu editor.") from None
    return tuple(written)


def start_repository(folder: Path) -> bool:
    """Make the workspace a Git repository that leaves the projects alone.

    Returns:
        Whether it was made now.
    """
    if (folder / ".git").exists():
        return False
    ignore = folder / ".gitignore"
    if not ignore.exists():
        _replace(ignore, _IGNORED.encode())
    create_repository(folder)
    return True


def _data(catalogue: Catalogue) -> dict[str, Any]:
    """The catalogue as Copier takes it."""
    return {
        "fases": [
            {
                "number": phase.number,
                "title": phase.title,
                "duration": phase.duration,
                "topics": [
                    {
                        "id": topic.id,
                        "title": topic.title,
                        "links": [{"title": link.title, "url": link.url} for link in topic.links],
                        "notes": list(topic.notes),
                        "practice": _practice(catalogue, topic),
                    }
                    for topic in phase.topics
                ],
            }
            for phase in catalogue.phases
        ],
        "introduccion": catalogue.goals.intro,
        "metricas": list(catalogue.goals.metrics),
        "recomendaciones": list(catalogue.goals.recommendations),
    }


def _practice(catalogue: Catalogue, topic: Topic) -> str:
    """Where a topic is practised, or why it is for reading."""
    projects = [f"`{p.id}`" for p in catalogue.projects if topic.id in p.topics]
    if projects:
        return f"Se practica en {', '.join(projects)}"
    return "Solo lectura: ningún proyecto lo practica"


def _replace(file: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    new = file.with_name(f".{file.name}.scaffold")
    new.write_bytes(data)
    new.replace(file)
