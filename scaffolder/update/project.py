"""The generated project that an update is about: where it stands and which version it has."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scaffolder.console.output import typed
from scaffolder.errors import Refusal
from scaffolder.git.lineage import Base, choose_base, find_bases
from scaffolder.git.repository import Repository, open_repository
from scaffolder.starter.answers import ANSWERS_FILE, Answers, parse_answers, read_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from scaffolder.git.objects import Objects


@dataclass(frozen=True)
class GeneratedProject:
    """A generated project in a repository.

    Args:
        repo: the repository.
        objects: its objects, and room for new ones outside it.
        path: the project's folder inside it, with `/`; empty at the top.
        base: the template version that an update starts from; None where it was lost.
        answers: what the project was made of; None where nothing tells.
    """

    repo: Repository
    objects: Objects
    path: str
    base: Base | None
    answers: Answers | None

    @property
    def folder(self) -> Path:
        """Where it is on the disk."""
        return self.repo.top / self.path

    @property
    def name(self) -> str:
        """The id of its project; empty where nothing tells."""
        if self.base:
            return self.base.claim.template
        return self.answers.project if self.answers else ""


def locate(folder: Path, objects_of: Callable[[Repository], Objects]) -> GeneratedProject:
    """Find the project that a folder is, or is in.

    Args:
        folder: the folder.
        objects_of: opens a repository's objects.

    Raises:
        Refusal: there is no repository, no project, or one would have to choose.
    """
    repo = open_repository(folder)
    objects = objects_of(repo)
    bases = find_bases(objects, repo.head)
    path, candidates = _choose_path(repo, bases)
    written = _read(repo.top / path)
    names = [base.claim.template for base in candidates]
    name = written.project if written and written.project in names else names[0] if names else ""
    base = choose_base(objects, [base for base in candidates if base.claim.template == name])
    return GeneratedProject(repo, objects, path, base, written)


def recorded_answers(objects: Objects, base: Base) -> Answers:
    """The answers that a template version was rendered with.

    They come from the template's own tree: what the learner did to the file plays no part.

    Raises:
        Refusal: the tree holds none.
    """
    entry = objects.entries(base.claim.tree).get(ANSWERS_FILE)
    if entry is not None:
        with suppress(ValueError):
            answers = parse_answers(objects.read([entry.id])[entry.id])
            if answers.project == base.claim.template:
                return answers
    raise Refusal(
        f"El commit de la plantilla ({base.claim.id[:7]}) no guarda las respuestas del proyecto.",
        "Ese commit no lo escribió scaffold. Empieza de nuevo con: scaffold update --adopt",
    )


def _choose_path(repo: Repository, bases: Sequence[Base]) -> tuple[str, list[Base]]:
    """The project's folder, and the template versions that belong to it."""
    answers = _nearest_answers(repo)
    written = _read(repo.top / answers) if answers is not None else None
    paths = list(dict.fromkeys(base.claim.path for base in bases))
    around = [path for path in paths if _is_within(repo.inside, path)]
    nearest = max(around, key=len, default=None)
    if answers is not None and (nearest is None or len(answers) > len(nearest)):
        gone = [
            base
            for base in bases
            if written
            and base.claim.template == written.project
            and not (repo.top / base.claim.path / ANSWERS_FILE).exists()
        ]
        return answers, gone
    below = [
        path
        for path in paths
        if path != nearest
        and _is_within(path, repo.inside)
        and (repo.top / path / ANSWERS_FILE).is_file()
    ]
    here = nearest is not None and (repo.top / nearest / ANSWERS_FILE).is_file()
    if len(below) == 1 and not here:
        nearest = below[0]
    if nearest is not None:
        return nearest, [base for base in bases if base.claim.path == nearest]
    if below:
        raise Refusal(
            f"En «{repo.folder}» hay varios proyectos: {', '.join(below)}.",
            f"Di cuáles: scaffold update {' '.join(map(typed, below))}",
        )
    return repo.inside, []


def _nearest_answers(repo: Repository) -> str | None:
    """The folder of the nearest answers file, from the named folder upwards."""
    parts = repo.inside.split("/") if repo.inside else []
    for count in range(len(parts), -1, -1):
        path = "/".join(parts[:count])
        if (repo.top / path / ANSWERS_FILE).is_file():
            return path
    return None


def _is_within(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(folder + "/")


def _read(folder: Path) -> Answers | None:
    try:
        return read_answers(folder)
    except Refusal:
        return None
