"""The learner's notebook of the route: `ruta.toml` and `RUTA.md`.

`RUTA.md` is written by Copier from the catalogue and then belongs to the learner. Bringing
it up to date takes the new text and keeps every tick, note and line that they added.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffolder import git
from scaffolder.errors import Refusal
from scaffolder.starter import discovery

if TYPE_CHECKING:
    from scaffolder.roadmap.catalogue import Catalogue, Topic

SETTINGS = "ruta.toml"
NOTEBOOK = "RUTA.md"

_BOX = re.compile(
    r"^(?P<head>\s{0,3}[-*+]\s+\[)(?P<mark>[ xX])(?P<rest>\]\s+\*\*(?P<name>.+?)\*\*.*)$"
)
_HEADING = re.compile(r"^#{1,6} ")
_LINK = re.compile(r"^\s*[-*+] \[(?P<title>[^]]+)\]\([^)]+\)\s*$")
_IGNORED = "# Cada proyecto es su propio repositorio: aquí se guarda solo el cuaderno.\n/*/\n"


@dataclass(frozen=True, slots=True)
class Journal:
    """A workspace, as its settings tell.

    Args:
        folder: where it is.
        name: the learner's name, or empty.
        phase: the phase that they are in, or None where they don't say.
    """

    folder: Path
    name: str
    phase: int | None


def enclosing(folder: Path) -> Journal | None:
    """The workspace that a folder is in, or is.

    Args:
        folder: where to start.

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
    journal = enclosing(folder)
    if journal:
        known = [phase.number for phase in catalogue.phases]
        if journal.phase is not None and journal.phase not in known:
            file = journal.folder / SETTINGS
            reason = f"En {file}, fase = {journal.phase} no es ninguna del roadmap."
            raise Refusal(reason, f"Escribe ahí una de {known[0]} a {known[-1]}.")
        return journal.folder, journal.phase
    current = discovery.enclosing(folder)
    return (current.parent if current else folder), None


def _read(file: Path) -> Journal:
    mend = f"Corrígelo, o bórralo y escribe: scaffold init {file.parent}"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"No entiendo {file}: {error}.", mend) from None
    name, phase = data.get("nombre", ""), data.get("fase")
    if not isinstance(name, str) or not (phase is None or type(phase) is int):
        raise Refusal(f"En {file}, «nombre» es un texto y «fase» un número.", mend)
    return Journal(file.parent, name, phase)


def open_journal(
    templates: Path, catalogue: Catalogue, folder: Path, name: str, phase: int
) -> tuple[str, ...]:
    """Make a workspace, or bring one up to date.

    Args:
        templates: the template root.
        catalogue: its roadmap.
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
        _render(templates / "ruta", fresh, data)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            written = []
            if not (folder / SETTINGS).exists():
                _replace(folder / SETTINGS, (fresh / SETTINGS).read_bytes())
                written.append(SETTINGS)
            notebook = folder / NOTEBOOK
            text = (fresh / NOTEBOOK).read_text(encoding="utf-8")
            old = notebook.read_bytes().decode("utf-8-sig") if notebook.exists() else None
            new = text if old is None else merge(old, text)
            if new != old:
                _replace(notebook, new.encode())
                written.append(NOTEBOOK)
        except UnicodeDecodeError:
            reason = f"{folder / NOTEBOOK} no está en UTF-8, y no lo toco."
            raise Refusal(reason, "Guárdalo como UTF-8 con tu editor.") from None
    return tuple(written)


def start_repository(folder: Path) -> bool:
    """Make the workspace a Git repository that leaves the projects alone.

    Args:
        folder: the workspace.

    Returns:
        Whether it was made now.
    """
    if (folder / ".git").exists():
        return False
    ignore = folder / ".gitignore"
    if not ignore.exists():
        _replace(ignore, _IGNORED.encode())
    git.isolated("init", "--quiet", "--initial-branch=main", "--template=", cwd=folder)
    return True


def merge(ours: str, fresh: str) -> str:
    """The fresh text with the learner's ticks, and every line of theirs that it lacks.

    Args:
        ours: the learner's notebook.
        fresh: the notebook as it would be written today.

    Returns:
        The merged text, with the learner's line ends.
    """
    newline = "\r\n" if "\r\n" in ours else "\n"
    mine = list(_blocks(ours))
    own = dict(reversed(mine))
    known = {key for key, _ in _blocks(fresh)}
    result: list[str] = []
    for key, lines in _blocks(fresh):
        result += _with_ours(lines, own.get(key, []))
        # What the learner wrote behind this, under heads of their own, stays behind it.
        places = [number for number, (name, _) in enumerate(mine) if name == key]
        for number in range(places[0] + 1, len(mine)) if places else ():
            if mine[number][0] in known:
                break
            result += mine[number][1]
    return newline.join([*result, ""])


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The lines by the box or heading that they stand under, with its name."""
    name = ""
    lines: list[str] = []
    for line in text.splitlines():
        box = _BOX.match(line)
        if box or _HEADING.match(line):
            yield name, lines
            name, lines = _name(box["name"]) if box else line.strip(), []
        lines.append(line)
    yield name, lines


def _name(title: str) -> str:
    """What a box is known by: a topic's number, or the words."""
    number = re.match(r"\d+\.\d+", title)
    return number[0] if number else title.strip()


def _with_ours(fresh: list[str], ours: list[str]) -> list[str]:
    """A fresh block with the tick of ours, and behind it the lines that only ours has."""
    result = list(fresh)
    head = _BOX.match(ours[0]) if ours else None
    box = _BOX.match(fresh[0]) if fresh else None
    if head and box and head["mark"] != " ":
        result[0] = f"{box['head']}x{box['rest']}"
    known = {line.strip() for line in fresh}
    titles = {match["title"] for line in fresh if (match := _LINK.match(line))}
    for line in ours[1:] if head or (ours and _HEADING.match(ours[0])) else ours:
        link = _LINK.match(line)
        moved = link is not None and link["title"] in titles
        ours_alone = line.strip() and line.strip() not in known and not moved
        if ours_alone and not line.lstrip("-*+ ").startswith(("Se practica en", "Solo lectura")):
            place = len(result)
            while place and not result[place - 1].strip():
                place -= 1
            result.insert(place, line)
    return result


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
        "introduccion": catalogue.progress.intro,
        "metricas": list(catalogue.progress.metrics),
        "recomendaciones": list(catalogue.progress.recommendations),
    }


def _practice(catalogue: Catalogue, topic: Topic) -> str:
    """Where a topic is practised, or why it is for reading."""
    projects = [f"`{p.id}`" for p in catalogue.projects if topic.id in p.topics]
    if projects:
        return f"Se practica en {', '.join(projects)}"
    return "Solo lectura: ningún proyecto lo practica"


def _render(root: Path, into: Path, data: dict[str, Any]) -> None:
    import copier  # noqa: PLC0415 - slow to import

    copier.run_copy(
        str(root), into, data=data, settings=copier.Settings(), defaults=True, quiet=True
    )


def _replace(file: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    new = file.with_name(f".{file.name}.scaffold")
    new.write_bytes(data)
    new.replace(file)
