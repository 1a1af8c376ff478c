"""GitHub: Git for what is in repositories, `gh api` for repositories, people and requests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from scaffolder.classroom.hosts.budget import GITHUB, Budget
from scaffolder.classroom.hosts.forge import Forge, Program, Response
from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.journal import Journal
    from scaffolder.classroom.roster import Repo

_SPENT = "api"
_OK = range(200, 300)
_NOT_FOUND = 404
_INVALID = 422


class GitHub:
    """Repositories `ORG/COURSE-ID` of an organisation.

    Args:
        owner: the organisation.
        journal: tells what was spent of the hour's budget, and is told of what is spent.
        budget: what may be done in a minute and an hour; GitHub's own limits if None.
    """

    def __init__(
        self, course: Course, owner: str, journal: Journal, budget: Budget | None = None
    ) -> None:
        self._course = course
        self._owner = owner
        self._site = os.environ.get("GH_HOST") or "github.com"
        spent = [entry.at for entry in journal.entries if entry.op == _SPENT]
        self._forge = Forge(
            Program("gh", "https://cli.github.com", self._site),
            budget or Budget(GITHUB, spent),
            lambda call: journal.add(_SPENT, "", call),
        )

    @property
    def options(self) -> Sequence[str]:
        """`gh` as one more that knows the password, behind those whom Git asks anyway."""
        helper = f"credential.https://{self._site}.helper=!gh auth git-credential"
        return ("-c", helper)

    def url(self, repo: Repo) -> str:
        """Its https address: that is what `gh` has the login for."""
        return f"https://{self._site}/{self._owner}/{self._name(repo)}.git"

    def create(self, repo: Repo) -> None:
        """Make an empty private repository, unless it is there."""
        name = self._name(repo)
        fields: dict[str, str | bool | int] = {"name": name, "private": True}
        answer = self._forge.change("POST", f"orgs/{self._owner}/repos", fields)
        if answer.status in _OK or (answer.status == _INVALID and "already" in answer.message):
            return
        if answer.status == _NOT_FOUND:
            raise Refusal(
                f"GitHub no conoce la organización «{self._owner}», o no puedes crear ahí",
                "Revisa «host» en course.toml y tus permisos en ella.",
            )
        raise self._refused("crear el repositorio", answer)

    def invite(self, repo: Repo) -> None:
        """Invite its students who have a user name, with leave to push."""
        for student in repo.students:
            if not student.username:
                continue
            path = f"{self._path(repo)}/collaborators/{quote(student.username, safe='')}"
            if self._forge.get(path).status in _OK:
                continue
            answer = self._forge.change("PUT", path, {"permission": "push"})
            if answer.status == _NOT_FOUND:
                raise Refusal(
                    f"está entregado, pero GitHub no conoce a «{student.username}»",
                    "Corrige su «username» en roster.csv y repite la orden.",
                )
            if answer.status not in _OK:
                raise self._refused(f"invitar a «{student.username}»", answer)

    def push_options(self, branch: str, title: str) -> Sequence[str]:
        """None: GitHub opens no request on a push."""
        del branch, title
        return ()

    def open_pr(self, repo: Repo, branch: str, title: str, text: str) -> str:
        """Open a pull request, or find the one that is open."""
        path = f"{self._path(repo)}/pulls"
        fields = {"title": title, "head": branch, "base": "main", "body": text}
        answer = self._forge.change("POST", path, fields)
        if answer.status in _OK and isinstance(answer.body, dict):
            return str(answer.body.get("html_url", ""))
        if answer.status == _INVALID and "already exists" in answer.message:
            return next((str(pull.get("html_url", "")) for pull in self._open(repo, branch)), "")
        raise self._refused("abrir la petición", answer)

    def close_pr(self, repo: Repo, branch: str) -> None:
        """Close the pull request of a branch, if one is open."""
        for pull in self._open(repo, branch):
            path = f"{self._path(repo)}/pulls/{pull.get('number')}"
            answer = self._forge.change("PATCH", path, {"state": "closed"})
            if answer.status not in _OK:
                raise self._refused("cerrar la petición", answer)

    def _open(self, repo: Repo, branch: str) -> list[dict[str, object]]:
        head = quote(f"{self._owner}:{branch}", safe="")
        answer = self._forge.get(f"{self._path(repo)}/pulls?state=open&head={head}")
        return answer.body if isinstance(answer.body, list) else []

    def _name(self, repo: Repo) -> str:
        return f"{self._course.name}-{repo.id}"

    def _path(self, repo: Repo) -> str:
        return f"repos/{self._owner}/{self._name(repo)}"

    def _refused(self, what: str, answer: Response) -> Refusal:
        return Refusal(
            f"GitHub no deja {what} ({answer.message[:200]})",
            f"Revisa tus permisos en «{self._owner}» (gh auth status) y vuelve a intentarlo.",
        )
