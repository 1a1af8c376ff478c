"""The class's own template commits, in one bare repository that all mirrors read from."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.errors import Refusal
from scaffolder.git.template_commits import (
    TemplateCommit,
    neutral_objects,
    write_rendered_tree,
    write_template_commit,
)
from scaffolder.roadmap import catalogue

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.templating.source import Source

REFS = "refs/scaffold"


def open_store(course: Course) -> Path:
    """The course's store, made if it is missing: a bare repository's Git directory."""
    folder = course.store
    if not (folder / "HEAD").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        init = ("init", "--quiet", "--bare", "--initial-branch=main", "--template=", "--")
        git.isolated(*init, str(folder))
    return folder


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


def drop(store: Path, name: str) -> None:
    """Take a reference of the store away (see `REFS`), if it is there."""
    env = {"GIT_DIR": str(store)}
    git.isolated("update-ref", "-d", f"{REFS}/{name}", env=env, check=False)


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
    with tempfile.TemporaryDirectory(prefix="scaffold-class-") as folder:
        tree = Path(folder, "tree")
        render(source, project.id, tree, course.answers_of(variant))
        with neutral_objects(store) as objects:
            built = write_rendered_tree(objects, tree)
            claim = TemplateCommit("", project.id, source.version, source.recorded, built)
            parents = [parent] if parent else []
            commit = write_template_commit(objects, claim, source.moment, parents)
    keep(store, commit)
    # Every push reads it: out of one pack that is a fifth of the work.
    git.isolated("repack", "-a", "-d", "-q", env={"GIT_DIR": str(store)})
    return TemplateCommit(commit, project.id, source.version, source.recorded, built)
