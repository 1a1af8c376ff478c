"""A course with real repositories, and students who work in them: the ground of every test."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from scaffolder import cli
from tests.helpers import git
from tests.update.sandbox import Edit, TemplateRepo, commit

GUIDE = "docs/guia.md"
"""A file that both own."""
MINE = "src/recetas.py"
TEST = "tests/requisitos/test_r1_guardar.py"
NAMES = ("ana", "bea", "carla", "dani", "eva", "fer", "gael", "hugo", "ines", "juan")


def quietly(*words: object) -> int:
    """Run a command of `scaffold` for what it does."""
    with redirect_stdout(io.StringIO()):
        return cli.run([str(word) for word in words])


@dataclass(frozen=True)
class Class:
    """A course whose repositories are bare folders beside it.

    Args:
        folder: the course's.
        template_repo: where its template comes from.
    """

    folder: Path
    template_repo: TemplateRepo

    def server(self, name: str) -> Path:
        """A student's repository, as the host has it."""
        return self.folder / "repos" / f"{name}.git"

    def head(self, name: str, ref: str = "main") -> str:
        """The commit that a branch of a student's repository is at; empty where there is none."""
        listing = git(
            self.server(name), "for-each-ref", "--format=%(objectname)", f"refs/heads/{ref}"
        )
        return listing.strip()

    def text(self, name: str, path: str, ref: str = "main") -> str:
        """A file of a branch of a student's repository."""
        return git(self.server(name), "show", f"{ref}:{path}")

    def clone(self, name: str) -> Path:
        """The student's own clone, brought up to date."""
        clone = self.folder.parent / f"clone-{name}"
        if clone.exists():
            git(clone, "pull", "-q", "--no-rebase", "--no-edit")
        else:
            git(self.folder.parent, "clone", "-q", str(self.server(name)), str(clone))
        return clone

    def heads(self) -> dict[str, str]:
        """Every branch of every repository, and where it is."""
        found = {}
        for server in sorted(self.folder.glob("repos/*.git")):
            for line in git(server, "for-each-ref").splitlines():
                found[f"{server.name} {line.split()[2]}"] = line.split()[0]
        return found

    def work(self, name: str, *edits: Edit, message: str = "Mi trabajo") -> str:
        """A student edits, commits and pushes.

        Returns:
            The commit.
        """
        clone = self.clone(name)
        for edit in edits:
            edit(clone)
        made = commit(clone, message)
        git(clone, "push", "-q", "origin", "HEAD:main")
        return made


def make_class(folder: Path, template_repo: TemplateRepo, *names: str) -> Class:
    """Make a course and hand its project out.

    Args:
        folder: where the course goes.
        names: the students.
    """
    made = quietly(
        *("class", "init", folder, "--project", template_repo.project),
        *("--source", template_repo.root, "--host", "repos/{id}.git"),
    )
    assert made == 0
    rows = "".join(f"{name},,,,,\n" for name in names)
    (folder / "roster.csv").write_text(f"id,name,email,username,section,team\n{rows}")
    assert quietly("class", "distribute", "--course", folder) == 0
    return Class(folder, template_repo)
