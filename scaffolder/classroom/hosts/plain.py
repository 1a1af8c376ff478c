"""Plain Git: folders of this machine, servers by ssh, and whatever else Git can speak to."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom import remote
from scaffolder.errors import GitError, Refusal
from scaffolder.git.repository import create_bare_repository

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.roster import Repo

_SSH = re.compile(r"ssh://(?P<server>[^/:]+)(:(?P<port>\d+))?(?P<path>/.*)")
_BARE = {"HEAD", "branches", "config", "description", "hooks", "info", "objects", "refs"}
_INIT = ("init", "--quiet", "--bare", "--initial-branch=main")


class PlainHost:
    """Repositories at addresses made of one pattern.

    Args:
        course: names the pattern; a relative folder begins at the course's.
    """

    options: Sequence[str] = ()

    def __init__(self, course: Course) -> None:
        self._folder = course.folder
        self._pattern = course.host

    def url(self, repo: Repo) -> str:
        """The pattern with the repository's id in it."""
        address = self._pattern.replace("{id}", repo.id)
        if "://" in address or not remote.is_folder(address):
            return address
        return str(self._folder / Path(address).expanduser())

    def create(self, repo: Repo) -> None:
        """Make an empty repository in a folder, here or by ssh; elsewhere a push has to do it."""
        url = self.url(repo)
        if remote.is_folder(url):
            folder = Path(remote.folder_of(url))
            _refuse_what_is_no_repository(folder)
            create_bare_repository(folder)
        elif url.startswith("ssh://") or "://" not in url:
            _create_by_ssh(url)

    def invite(self, repo: Repo) -> None:
        """Nobody: who may read a folder or a server is its owner's business."""

    def push_options(self, branch: str, title: str) -> Sequence[str]:
        """None: a server knows branches, no requests."""
        del branch, title
        return ()

    def open_pr(self, repo: Repo, branch: str, title: str, text: str) -> str:
        """Nothing: the branch is all there is."""
        del repo, branch, title, text
        return ""

    def close_pr(self, repo: Repo, branch: str) -> None:
        """Nothing."""


def _refuse_what_is_no_repository(folder: Path) -> None:
    """See that a folder holds nothing but what a killed run may have left."""
    if folder.is_dir() and any(entry.name not in _BARE for entry in folder.iterdir()):
        raise Refusal(
            f"en «{folder}» ya hay otra cosa, y no es un repositorio sin copia de trabajo",
            "Muévelo de ahí, o cambia «host» en course.toml.",
        )


def _create_by_ssh(url: str) -> None:
    match = _SSH.fullmatch(url)
    if match:
        server, port, path = match["server"], match["port"], match["path"]
        path = path.removeprefix("/") if path.startswith("/~") else path
    else:
        server, _, path = url.partition(":")
        port = None
    home, slash, rest = path.partition("/") if path.startswith("~") else ("", "", path)
    where = home + slash + shlex.quote(rest)  # a home is the other shell's to find
    flags = ["-p", port] if port else []
    command = [*_ssh(), *flags, server, f"git {' '.join(_INIT)} {where}"]
    if server.startswith("-"):
        raise Refusal(f"«{server}» no es un servidor", "Corrige «host» en course.toml.")
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=remote.LOOK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise remote.refusal(GitError(_INIT, git.TIMED_OUT, "")) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        raise remote.refusal(GitError(_INIT, done.returncode, said))


def _ssh() -> list[str]:
    """The program for ssh that Git would take."""
    named = os.environ.get("GIT_SSH_COMMAND", "")
    if not named:
        named = git.text(git.run("config", "core.sshCommand", check=False))
    return shlex.split(named) if named else [os.environ.get("GIT_SSH", "ssh")]
