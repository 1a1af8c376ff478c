"""A new repository out of a template: resolve, render, commit, place.

Everything is made in a folder beside the destination and moved at the end, so that a
failure or Ctrl-C at any moment leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.console import signals
from scaffolder.errors import Refusal
from scaffolder.git.repository import create_repository, open_repository, work_tree_around
from scaffolder.git.template_commits import (
    TemplateCommit,
    neutral_objects,
    write_rendered_tree,
    write_template_commit,
)
from scaffolder.new import nested
from scaffolder.templating.render import render

if TYPE_CHECKING:
    from scaffolder.git.repository import Repository
    from scaffolder.roadmap.catalogue import Project
    from scaffolder.templating.source import Source

_AGE = 10
"""Seconds by which files are older than the index: Git then trusts it without reading them."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What was made.

    Args:
        inside: the root of the repository that it became a part of, if any.
    """

    destination: Path
    files: int
    commit: str
    inside: Path | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """A place where a repository may stand, looked at before anything is made.

    Args:
        path: its folder, absolute.
        exists: it is there, and empty.
        around: the work tree that it would stand in, if any.
    """

    path: Path
    exists: bool
    around: Path | None


def check_destination(path: Path, *, in_repo: bool) -> Destination:
    """See whether a repository may stand somewhere.

    Args:
        in_repo: it shall be part of the repository around it.

    Raises:
        Refusal: something stands there, or the place is in a repository and `in_repo` is
            not said, or the other way round.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would follow a link at its end
    other = "Elige otra carpeta: scaffold new PROYECTO CARPETA"
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise Refusal(f"«{path}» ya existe y no es una carpeta.", other)
    exists = path.is_dir()
    if exists and any(path.iterdir()):
        raise Refusal(f"«{path}» ya existe y no está vacía.", other)
    around = work_tree_around(path)
    if in_repo and around is None:
        raise Refusal(
            f"«{path.parent}» no está en ningún repositorio Git.",
            "Quita --in-repo: el proyecto tendrá su propio repositorio.",
        )
    if around and not in_repo and not nested.ignores(around, path):
        raise Refusal(
            f"«{path}» está dentro de otro repositorio Git ({around}).",
            "Sal de él, o añade --in-repo para que el proyecto sea una carpeta suya.",
        )
    return Destination(path, exists, around if in_repo else None)


def generate(  # noqa: PLR0913 - what to make, where, with what
    source: Source,
    project: Project,
    destination: Destination,
    data: Mapping[str, str],
    *,
    ask: bool = False,
    suggested: Mapping[str, str] | None = None,
) -> Generated:
    """Make a new repository.

    Args:
        data: answers to the template's questions.
        ask: ask at the terminal for the answers that `data` does not give.
        suggested: what is offered as the answer when asking.

    Returns:
        What was made.

    Raises:
        Refusal: something stands in the way; nothing was made.
    """
    around = open_repository(destination.around, unborn=True) if destination.around else None
    path = nested.check(around, destination.path) if around else ""
    with _beside(destination) as folder, ThreadPoolExecutor(1) as pool:
        tree, repo = folder / "tree", folder / "repo"
        # While Python imports Copier, the other core makes the repository.
        git_dir = pool.submit(_git_dir, repo, around)
        if ask:
            git_dir.result()  # what is missing is told before the questions
        render(source, project.id, tree, data, ask=ask, suggested=suggested)
        files = _age(tree)
        index = None if around else repo / ".git" / "index"
        with neutral_objects(git_dir.result()) as objects:
            built = write_rendered_tree(objects, tree, index)
            claim = TemplateCommit("", project.id, source.version, source.recorded, built, path)
            commit = write_template_commit(objects, claim, source.moment)
        if around:
            nested.graft(around, path, commit, lambda: _place(tree, destination))
        else:
            # Said, not found: Git does not trust what it finds on a disk that names no owners.
            git.isolated("update-ref", "refs/heads/main", commit, env={"GIT_DIR": f"{repo}/.git"})
            (repo / ".git").rename(tree / ".git")
            _place(tree, destination)
    return Generated(destination.path, files, commit, destination.around)


def _git_dir(repo: Path, around: Repository | None) -> Path:
    """The Git directory that the commit goes to: a fresh one, or that of the work tree around."""
    if around:
        return around.common_dir
    return create_repository(repo)


@contextmanager
def _beside(destination: Destination) -> Iterator[Path]:
    """A temporary folder on the destination's disk; folders made on the way go with it."""
    parent = destination.path if destination.exists else destination.path.parent
    missing = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    try:
        try:
            parent.mkdir(parents=True, exist_ok=True)
            temporary = tempfile.TemporaryDirectory(
                prefix=".scaffold-", dir=parent, ignore_cleanup_errors=True
            )
        except FileNotFoundError:  # what a system says of a place that is no folder of a disk
            raise Refusal(f"No puedo crear nada en «{parent}».", "Elige otra carpeta.") from None
        with temporary as name:
            yield Path(name)
    finally:
        for folder in missing:
            with suppress(OSError):  # not empty: it holds what was made
                folder.rmdir()


def _age(tree: Path) -> int:
    """Make every file a little older than the index that is about to be written.

    Git reads a file again, through the filters of whoever looks, if it may have changed
    since the index was written; one that is older it does not.

    Returns:
        How many files there are.
    """
    count = 0
    for parent, _, names in os.walk(tree):
        for name in names:
            file = Path(parent, name)
            if not file.is_symlink():
                then = file.stat().st_mtime - _AGE
                with suppress(PermissionError):  # some shares: Git will read the file once
                    os.utime(file, (then, then))
            count += 1
    return count


def _place(tree: Path, destination: Destination) -> None:
    """Move the finished folder to its place: all of it, or nothing."""
    with signals.ignored():
        if not destination.exists:
            tree.rename(destination.path)
            return
        moved: list[Path] = []
        try:
            for entry in list(tree.iterdir()):
                target = destination.path / entry.name
                entry.rename(target)
                moved.append(target)
        except OSError:
            for target in moved:
                remove(target)
            raise


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it, as far as it goes.

    Args:
        path: what to remove; it may be gone already.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
