"""An update told to a beginner: what happened, what was kept, what to do, how to undo it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from scaffolder.console.output import typed_path
from scaffolder.starter import checklist
from scaffolder.starter.answers import ANSWERS_FILE
from scaffolder.templating.source import EMBEDDED
from scaffolder.update.notes import OPEN, SETTLED, Note
from scaffolder.update.result import ENDS, Mode, Request, Result, Status
from scaffolder.update.sources import UPGRADE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SHOWN = 12

_CHANGES = {"added": "nuevo", "changed": "cambia", "deleted": "se va"}


def headline(result: Result) -> str:
    """One line: how it ended."""
    name = result.project or str(result.folder)
    if result.status is Status.UP_TO_DATE and result.missing:
        return f"Al día: {name} tiene la plantilla {result.new}, pero le faltan archivos de ella."
    if result.status is Status.UP_TO_DATE:
        return f"Al día: {name} tiene todo lo de la plantilla {result.new}."
    if result.status is Status.REFUSED:
        return result.reason
    if result.status is Status.ADOPTED:
        return f"{ENDS[result.status].words}: {name}, plantilla {result.new}."
    versions = f"de {result.old} a {result.new}" if result.old != result.new else result.new
    return f"{ENDS[result.status].words}: {name}, {versions}."


def message_lines(result: Result, request: Request) -> Iterator[tuple[str, str]]:
    """The whole text after the headline; its commands are to be typed in the project's folder.

    Yields:
        Lines, each with its style: `head`, `command` or nothing.
    """
    yield from _state(result, request)
    if result.next_step:
        yield result.next_step, ""
    if result.missing:
        yield from _listed(list(result.missing))
        yield "Para recuperarlos:", ""
        yield from _go(result)
        paths = " ".join(map(typed_path, result.missing))
        yield f"git checkout {result.template[:10]} -- {paths}", "command"
    if result.status is Status.UP_TO_DATE and result.source == EMBEDDED:
        yield f"Las plantillas nuevas llegan con scaffold: {UPGRADE}", ""
    if result.status in {Status.UP_TO_DATE, Status.ADOPTED, Status.UNSURE, Status.REFUSED}:
        return
    yield from _open(result)
    yield from _files(result)
    yield from _kept(result)
    if request.mode is Mode.LOOK:
        yield "", ""
        yield "Para traerlo", "head"
        yield from _go(result)
        yield request.command(), "command"
    else:
        yield from _next(result, request)


def _state(result: Result, request: Request) -> Iterator[tuple[str, str]]:
    if result.recovered:
        yield "Antes he puesto en orden lo que dejó a medias una actualización interrumpida.", ""
        if result.kept:
            yield f"Lo que habías cambiado después está en {', '.join(result.kept)}.", ""
    if result.reverted:
        named = result.reverted != "?"
        yield f"La actualización a {result.old} la deshiciste, y sus cambios siguen fuera.", ""
        if named:
            yield f"  Para recuperarlos: git revert {result.reverted[:10]}", ""
        if named and result.status is not Status.UP_TO_DATE:
            yield (
                f"  (si se para en {ANSWERS_FILE}: git checkout --ours {ANSWERS_FILE}, git add",
                "",
            )
            yield f"  {ANSWERS_FILE} y git revert --continue)", ""
    if result.status is Status.ADOPTED:
        if result.files:
            yield "Ha vuelto lo que faltaba de la plantilla:", ""
            yield from _listed(sorted(result.files))
        else:
            yield "Ningún archivo ha cambiado: solo sabe ya de dónde viene.", ""
        yield from _differences(result)
        yield "", ""
        yield "Qué hacer ahora", "head"
        yield from _go(result)
        yield Request(where=request.where).command(), "command"
        yield from _undo(result)
    if result.status is Status.UNSURE:
        began = (
            f"empezó con la plantilla {result.old}, que no está aquí"
            if result.old
            else "no dice con qué versión empezó"
        )
        yield f"Este proyecto {began}. La que más se le parece es la {result.new}.", ""
        yield from _differences(result)
        yield "Si te parece bien:", ""
        yield from _go(result)
        yield request.command("--adopt", "--yes"), "command"


def _differences(result: Result) -> Iterator[tuple[str, str]]:
    if result.differs:
        yield f"Lo que tienes distinto de la plantilla {result.new} contará como tuyo:", ""
        yield from _listed(list(result.differs))


def _open(result: Result) -> Iterator[tuple[str, str]]:
    notes = [note for note in result.notes if note.kind in OPEN]
    if not notes:
        return
    yield "", ""
    yield ("Por decidir" if result.status is Status.CONFLICTS else "Habrá que decidir"), "head"
    for note in notes:
        yield f"  {note.path}: {_filled(OPEN[note.kind], note, result)}", ""


def _files(result: Result) -> Iterator[tuple[str, str]]:
    files = {path: what for path, what in result.files.items() if path not in result.conflicts}
    if not files:
        if not result.conflicts:
            yield "Tus archivos ya estaban así: solo queda apuntado.", ""
        return
    yield "", ""
    yield f"Qué cambia ({len(files)} {'archivo' if len(files) == 1 else 'archivos'})", "head"
    yield from _listed([f"{path} ({_CHANGES[what]})" for path, what in files.items()])


def _kept(result: Result) -> Iterator[tuple[str, str]]:
    notes = [note for note in result.notes if note.kind in SETTLED]
    if notes:
        yield "", ""
        yield "Lo que conviene que sepas", "head"
        for note in notes:
            yield f"  {note.path}: {_filled(SETTLED[note.kind], note, result)}", ""
    if result.ticked:
        boxes = ", ".join(result.ticked)
        yield f"  Tus casillas sin guardar ({boxes}) están ya en un commit tuyo.", ""


def _next(result: Result, request: Request) -> Iterator[tuple[str, str]]:
    yield "", ""
    yield "Qué hacer ahora", "head"
    yield from _go(result)
    in_branch = result.status is Status.BRANCH
    if result.status is Status.CONFLICTS and result.branch:
        yield "  Así no puedo hacer la rama. Decídelo en tu copia:", ""
        yield request.command(), "command"
        return
    if result.status is Status.CONFLICTS:
        yield "  Decide cada archivo de arriba. Cuando acabes, guárdalos:", ""
        paths = sorted(_here(result, path) for path in result.conflicts)
        shown = all(path.isprintable() for path in paths)
        yield f"git add {' '.join(map(typed_path, paths)) if shown else '--update'}", "command"
        if result.nameless:
            yield 'git config --global user.name "Tu nombre"', "command"
            yield "git config --global user.email TU-CORREO", "command"
        yield "git commit --no-edit", "command"
    if in_branch:
        yield "  Súbela, abre un pull request y fusiónalo con «merge commit»:", ""
        yield "  con «squash» o «rebase», la próxima actualización no sabría de dónde partir.", ""
        yield f"git push -u origin {result.branch}", "command"
    if result.new_date:
        yield "  La plantilla permite versiones más nuevas de las bibliotecas:", ""
        yield "uv lock --upgrade", "command"
    if result.dependencies or result.new_date:
        yield "uv sync", "command"
    if result.requirements:
        names = ", ".join(result.requirements)
        yield f"  Han cambiado las pruebas de {names}, que tienes marcado como hecho.", ""
        yield "  Si ahora fallan, no has roto nada: la plantilla pide algo más.", ""
        yield "scaffold check", "command"
    if not (in_branch or result.requirements or result.conflicts):
        yield "uv run pytest", "command"
    yield from _undo(result)


def _undo(result: Result) -> Iterator[tuple[str, str]]:
    if result.undo:
        yield "", ""
        yield "Para dejarlo todo como estaba", "head"
        yield from _until_when(result)
        for command in result.undo:
            yield command, "command"


def _until_when(result: Result) -> Iterator[tuple[str, str]]:
    """How long the undo can be typed, and what becomes of what was written meanwhile."""
    if result.status is Status.UPDATED:
        yield "  Vale hasta tu próximo commit, y mientras no cambies a mano esos archivos.", ""
        # By its words: its id is another one wherever the same is done.
        yield '  Después de un commit: git revert -m 1 ":/Actualiza la plantilla"', ""
        if any(command.startswith("git stash") for command in result.undo):
            yield f"  Lo que cambies en {checklist.FILE} queda aparte (git stash pop).", ""
    elif result.status is Status.CONFLICTS:
        yield "  Vale hasta que lo guardes; lo que escribas antes en esos archivos se pierde.", ""
    elif result.status is Status.ADOPTED:
        yield "  Vale hasta tu próximo commit.", ""


def _go(result: Result) -> Iterator[tuple[str, str]]:
    """How to get to the project's folder, for who is somewhere else."""
    if result.home is None:
        return
    try:
        here = os.path.realpath(os.curdir)
        folder = os.path.relpath(os.path.realpath(result.home), here)
    except (ValueError, OSError):  # another drive of Windows; or where we are is gone
        folder = str(result.home)
    if folder == os.curdir:
        return
    yield f"cd {typed_path(folder)}", "command"


def _filled(text: str, note: Note, result: Result) -> str:
    mine = "ORIG_HEAD" if result.commit and not result.branch else "HEAD"
    return text.format(
        path=typed_path(note.path),
        here=typed_path(_here(result, note.path)),
        other=note.other,
        mine=mine,
        template=result.template[:10],
    )


def _here(result: Result, path: str) -> str:
    """A path of the repository, seen from the project's folder."""
    return path.removeprefix(f"{result.path}/") if result.path else path


def _listed(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines[:_SHOWN]:
        yield f"  {line}", ""
    if len(lines) > _SHOWN:
        yield f"  y {len(lines) - _SHOWN} más", ""


def in_short(result: Result) -> str:
    """What a table has room for."""
    if result.status is Status.REFUSED:
        return result.reason
    if result.status is Status.UP_TO_DATE:
        return result.new
    parts = [f"{result.old} → {result.new}"] if result.new else []
    if result.conflicts:
        parts.append(", ".join(result.conflicts))
    if result.branch:
        parts.append(result.branch)
    return " · ".join(parts)
