"""A course on this disk, driven through the command line as its instructor drives it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import Done, Scaffold
from tests.helpers import git
from tests.update.sandbox import TemplateRepo


@dataclass(frozen=True)
class Ground:
    """A course.

    Args:
        folder: where its `course.toml` is.
        templates: what it hands out.
        scaffold: runs a command line.
    """

    folder: Path
    templates: TemplateRepo
    scaffold: Scaffold

    def enrol(self, *ids: str) -> None:
        """Let the class be these students."""
        text = "\n".join(["id,name,email,username,section,team", *(f"{i},,,,," for i in ids)])
        self.roster.write_text(text + "\n", encoding="utf-8")

    @property
    def roster(self) -> Path:
        """The file of the students."""
        return self.folder / "roster.csv"

    @property
    def lineage(self) -> list[dict[str, Any]]:
        """The versions that `course.lock` names."""
        found: list[dict[str, Any]] = json.loads((self.folder / "course.lock").read_text())[
            "lineage"
        ]
        return found

    def repo(self, name: str) -> Path:
        """A student's bare repository, where the host is a folder of the course."""
        return self.folder / "repos" / f"{name}.git"

    def head(self, name: str) -> str:
        """The commit of a student's `main`."""
        return git(self.repo(name), "rev-parse", "refs/heads/main")

    def run(self, *arguments: object) -> Done:
        """A command of `scaffold class` in the course."""
        command, *rest = arguments
        return self.scaffold("class", command, "--course", self.folder, *rest)

    def distribute(self, *arguments: object) -> dict[str, str]:
        """Hand out; how each repository came out of it."""
        done = self.run("distribute", "--json", *arguments)
        return {repo["id"]: repo["state"] for repo in done.json()["repos"]}

    def status(self, *arguments: object) -> dict[str, dict[str, Any]]:
        """How each repository is."""
        done = self.run("status", "--json", *arguments)
        return {repo["id"]: repo for repo in done.json()["repos"]}

    def work(self, name: str, folder: Path, files: dict[str, str]) -> str:
        """Do a student's work in a clone, push it, and return its commit."""
        if not folder.exists():
            git(folder.parent, "clone", "-q", str(self.repo(name)), str(folder))
        for file, text in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
        git(folder, "add", "--all")
        git(folder, "commit", "-q", "-m", "Mi trabajo")
        git(folder, "push", "-q", "origin", "HEAD:main")
        return git(folder, "rev-parse", "HEAD")
