"""A bare copy of each student's repository, which reads the template's objects from the store.

One each, and not one for all: what a fetch costs grows with the references of the repository
that it goes to.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom import remote
from scaffolder.errors import GitError, Refusal

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.roster import Repo

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_WHOLE = "scaffold-whole"
"""A file that says that the folder was made to its end."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A copy of a repository as it was a moment ago.

    Args:
        folder: its Git directory.
        head: the id of the commit of `main`; empty where there is none.
    """

    folder: Path
    head: str


def fetch(course: Course, repo: Repo, host: Host) -> Mirror:
    """Bring the copy up to date with the host: all branches, no tags.

    Raises:
        Refusal: the repository can't be reached, or is not there.
    """
    folder = open_mirror(course, repo.id)
    done = remote.run(
        host.options,
        *("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head"),
        *("--no-auto-maintenance", "--no-recurse-submodules", "--", host.url(repo)),
        "+refs/heads/*:refs/heads/*",
        seconds=remote.MOVE_SECONDS,
        git_dir=folder,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        raise remote.refusal(GitError(["fetch"], done.returncode, said))
    return Mirror(folder, head_of(folder))


def head_of(folder: Path) -> str:
    """The commit of `main` in a copy; empty where there is none."""
    env = {"GIT_DIR": str(folder)}
    found = git.isolated("rev-parse", "--verify", "-q", remote.BRANCH, env=env, check=False)
    return git.text(found)


def open_mirror(course: Course, repo: str) -> Path:
    """The folder of a copy, made if it is missing, or was left half made.

    Raises:
        Refusal: there is no template store yet.
    """
    folder = course.mirror(repo)
    if (folder / _WHOLE).exists():
        return folder
    if not (course.store / "objects").is_dir():
        raise Refusal("Todavía no has repartido nada.", "Escribe: scaffold class distribute")
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("objects/info", "objects/pack", "refs/heads"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "HEAD").write_text(f"ref: {remote.BRANCH}\n", encoding="ascii")
    (folder / "config").write_text(_CONFIG, encoding="ascii")
    alternates = folder / "objects" / "info" / "alternates"
    alternates.write_text("../../../store/objects\n", encoding="ascii")
    (folder / _WHOLE).write_bytes(b"")
    return folder
