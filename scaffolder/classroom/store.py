"""The class's own template commits, in one bare repository that all mirrors read from."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffolder import git
from scaffolder.errors import Refusal
from scaffolder.git.lineage import find_bases
from scaffolder.git.objects import Objects
from scaffolder.git.repository import create_bare_repository
from scaffolder.git.template_commits import (
    TemplateCommit,
    neutral_objects,
    write_rendered_tree,
    write_template_commit,
)
from scaffolder.roadmap import catalogue
from scaffolder.starter.answers import ANSWERS_FILE, parse_answers

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.git.lineage import Base
    from scaffolder.templating.source import Source

REFS = "refs/scaffold"


def open_store(course: Course) -> Path:
    """The course's store, made if it is missing: a bare repository's Git directory."""
    return create_bare_repository(course.store)


def holds(store: Path, commit: str) -> bool:
    """Whether the store has a commit, whole."""
    env = {"GIT_DIR": str(store), "GIT_NO_LAZY_FETCH": "1"}
    return (
        git.isolated("cat-file", "-e", f"{commit}^{{tree}}", env=env, check=False).returncode == 0
    )


def keep(store: Path, commit: str) -> None:
    """Give a commit of the store a reference, so that it stays."""
    env = {"GIT_DIR": str(store)}
    git.isolated("update-ref", f"{REFS}/{commit}", commit, env=env)


def drop(store: Path, folder: str) -> None:
    """Take the references of the store below a name away (see `REFS`)."""
    env = {"GIT_DIR": str(store)}
    listed = git.isolated("for-each-ref", "--format=%(refname)", f"{REFS}/{folder}/", env=env)
    for name in git.text(listed).splitlines():
        git.isolated("update-ref", "-d", name, env=env)


def descends(git_dir: Path, ancestor: str, commit: str) -> bool:
    """Whether a commit has another in its history."""
    env = {"GIT_DIR": str(git_dir), "GIT_NO_LAZY_FETCH": "1"}
    asked = ("merge-base", "--is-ancestor", ancestor, commit)
    return git.isolated(*asked, env=env, check=False).returncode == 0


def write_version(course: Course, source: Source, variant: str, parent: str = "") -> TemplateCommit:
    """Render the course's project for a variant, and put it into the store as a template commit.

    The same source, answers and parent give the same id on every machine. A reference,
    `refs/scaffold/<id>`, keeps it.

    Args:
        variant: see `Course.variant`.
        parent: the template commit that it follows; empty for the first.

    Raises:
        Refusal: an answer is not valid, or the source lacks the project.
    """
    from scaffolder.templating.render import render  # noqa: PLC0415 - slow to import

    roadmap = catalogue.load(source.root)
    project = roadmap.find(course.template.project)
    if not source.has(project.id):
        ready = ", ".join(p.id for p in roadmap.projects if source.has(p.id)) or "ninguna"
        raise Refusal(
            f"{project.id} todavía no tiene plantilla.", f"Las que están listas: {ready}."
        )
    store = open_store(course)
    recorded: Mapping[str, Any] = {}
    if parent:
        older, recorded = _known(store, parent)
        source = source.known_as(older.claim.source)
    with tempfile.TemporaryDirectory(prefix="scaffold-class-") as folder:
        tree = Path(folder, "tree")
        render(source, project.id, tree, course.answers_of(variant), recorded=recorded)
        with neutral_objects(store) as objects:
            built = write_rendered_tree(objects, tree)
            claim = TemplateCommit("", project.id, source.version, source.recorded, built)
            parents = [parent] if parent else []
            commit = write_template_commit(objects, claim, source.moment, parents)
    keep(store, commit)
    # Every push reads it: out of one pack that is a fifth of the work.
    git.isolated("repack", "-a", "-d", "-q", env={"GIT_DIR": str(store)})
    return TemplateCommit(commit, project.id, source.version, source.recorded, built)


def read_version(store: Path, commit: str) -> Base:
    """A template commit of the store.

    Raises:
        Refusal: it isn't there, or is none.
    """
    with suppress(git.GitError):
        for base in find_bases(Objects(store), commit):
            if base.claim.id == commit and not base.flattened:
                return base
    raise Refusal(
        f"El almacén del curso no tiene el commit {commit[:10]} de la plantilla.",
        "Borra .scaffold/ y repite: se rehace con lo que hay en el servidor.",
    )


def _known(store: Path, commit: str) -> tuple[Base, Mapping[str, Any]]:
    """A version of the store, and the answers that it was rendered with."""
    base, objects = read_version(store, commit), Objects(store)
    entry = objects.entries(base.claim.tree)[ANSWERS_FILE]
    return base, parse_answers(objects.read([entry.id])[entry.id]).values
