"""A bare copy of each student's repository, which reads the template's objects from the store.

One each, and not one for all: what a fetch costs grows with the references of the repository
that it goes to.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom import remote
from scaffolder.errors import GitError, Refusal
from scaffolder.git.repository import create_bare_repository

if TYPE_CHECKING:
    from subprocess import CompletedProcess

    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.roster import Repo

OURS = "refs/heads/scaffold/"
"""What the names of the branches that we push begin with."""

_FETCH = (
    *("-c", "fetch.fsckObjects=true", "-c", "fetch.unpackLimit=1"),
    *("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head"),
    *("--no-auto-maintenance", "--no-recurse-submodules", "--no-show-forced-updates"),
)
_REFS = (f"+{remote.BRANCH}:{remote.BRANCH}", f"+{OURS}*:{OURS}*")
_MOST_PACKS = 20
_NO_MAIN = f"couldn't find remote ref {remote.BRANCH}"
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Mirror:
    """A copy of a repository as it was a moment ago.

    Args:
        folder: its Git directory.
        head: the id of the commit of `main`; empty where there is none.
    """

    folder: Path
    head: str

    @property
    def objects(self) -> Path:
        """The folder of its objects."""
        return self.folder / "objects"

    def tip(self, ref: str) -> str:
        """The id that a reference is at; empty where there is no such reference."""
        return _read_ref(self.folder, ref)


def fetch(course: Course, repo: Repo, host: Host) -> Mirror:
    """Bring the copy up to date with the host: `main` and our branches, and nothing else.

    A copy that can't be used any more (a killed run, a bad disk) is made anew.

    Raises:
        BrokenError: the repository is there, and what it has can't be used.
        Refusal: it can't be reached, or is not there.
    """
    folder = open_mirror(course, repo.id)
    done = _fetch(folder, repo, host)
    if done.returncode and remote.is_broken(done) and (folder / remote.BRANCH).exists():
        shutil.rmtree(folder)
        folder = open_mirror(course, repo.id)
        done = _fetch(folder, repo, host)
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode and _NO_MAIN in said:
        (folder / remote.BRANCH).unlink(missing_ok=True)
        return Mirror(folder, "")
    if done.returncode:
        raise remote.refusal(GitError(["fetch"], done.returncode, said))
    if len(list((folder / "objects" / "pack").glob("*.idx"))) > _MOST_PACKS:
        git.isolated("repack", "-a", "-d", "-l", "-q", env={"GIT_DIR": str(folder)})
    return Mirror(folder, _read_ref(folder, remote.BRANCH))


def _fetch(folder: Path, repo: Repo, host: Host) -> CompletedProcess[bytes]:
    url = host.url(repo)
    careful = remote.careful(url, "upload-pack")
    words = (*_FETCH, *careful, "--", url, *_REFS)
    return remote.run(host.options, *words, seconds=remote.MOVE_SECONDS, git_dir=folder)


def _read_ref(folder: Path, ref: str) -> str:
    """A reference as its file says: a process for each would cost more than the rest."""
    with suppress(OSError):
        found = (folder / ref).read_text(encoding="ascii", errors="replace").strip()
        if _ID.fullmatch(found):
            return found
    return ""


def open_mirror(course: Course, repo: str) -> Path:
    """The folder of a copy, made if it is missing, or was left half made.

    Raises:
        Refusal: there is no template store yet.
    """
    folder = course.mirror(repo)
    if (folder / "HEAD").exists():
        return folder
    if not (course.store / "objects").is_dir():
        raise Refusal("Todavía no has repartido nada.", "Escribe: scaffold class distribute")
    shutil.rmtree(folder, ignore_errors=True)
    return create_bare_repository(folder, branch="none", alternate="../../../store/objects")
