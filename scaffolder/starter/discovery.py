"""The generated repositories below a folder, and how far each has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scaffolder.errors import Refusal
from scaffolder.starter import checklist
from scaffolder.starter.answers import ANSWERS_FILE, Answers, read_answers

_DEPTH = 4
_SKIPPED = {"node_modules", "venv", "__pycache__", "site-packages"}


@dataclass(frozen=True, slots=True)
class Starter:
    """A generated repository, as its files tell.

    Args:
        answers: what it remembers of its making.
    """

    path: Path
    answers: Answers
    boxes: tuple[checklist.Box, ...]

    @property
    def project(self) -> str:
        """The id of its project."""
        return self.answers.project

    @property
    def done(self) -> tuple[checklist.Box, ...]:
        """The requirements that are promised."""
        return tuple(box for box in self.boxes if box.ticked)

    @property
    def open(self) -> tuple[checklist.Box, ...]:
        """The requirements that are still to do."""
        return tuple(box for box in self.boxes if not box.ticked)

    @property
    def finished(self) -> bool:
        """Whether every requirement is promised."""
        return bool(self.boxes) and not self.open


def read_starter(folder: Path) -> Starter:
    """The generated repository in a folder.

    Raises:
        Refusal: there is none, or its files can't be read.
    """
    answers = read_answers(folder)
    if answers is None:
        raise Refusal(
            f"«{folder}» no es un repositorio hecho por scaffold: no tiene {ANSWERS_FILE}.",
            "Entra en la carpeta de uno de tus proyectos.",
        )
    file = folder / checklist.FILE
    try:
        text = checklist.decode(file.read_bytes(), str(file))
    except FileNotFoundError:
        raise Refusal(
            f"No encuentro {file}.",
            f"Recupéralo con «git checkout HEAD -- {checklist.FILE}».",
        ) from None
    except OSError as error:
        raise Refusal(f"No puedo leer {file}: {error.strerror}.") from None
    return Starter(folder, answers, checklist.parse(text))


def enclosing(folder: Path) -> Path | None:
    """The generated repository that a folder is in, or is.

    Args:
        folder: where to start; it may be the repository's root.
    """
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ANSWERS_FILE).is_file():
            return candidate
    return None


def find_starters(
    folder: Path, unreadable: Callable[[Path, Refusal], None] = lambda *_: None
) -> list[Starter]:
    """The generated repositories below a folder, in the order of their paths.

    Those whose files can't be read are left out, and told. Hidden folders, environments and what is
    deeper than four folders are not looked at, nor is the inside of a repository.

    Args:
        folder: where to look; it may be a repository itself.
        unreadable: told of each repository that can't be read, and why.
    """
    repos = []
    for root in _roots(folder, _DEPTH):
        try:
            repos.append(read_starter(root))
        except Refusal as refusal:
            unreadable(root, refusal)
    return repos


def _roots(folder: Path, depth: int) -> Iterator[Path]:
    try:
        found = (folder / ANSWERS_FILE).is_file()
        look = not found and depth > 0
        children = sorted(e for e in folder.iterdir() if e.is_dir()) if look else []
    except OSError:
        return
    if found:
        yield folder
    for child in children:
        hidden = child.name.startswith(".") or child.name in _SKIPPED
        if not hidden and not child.is_symlink():
            yield from _roots(child, depth - 1)
