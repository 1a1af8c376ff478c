"""GitLab: a push makes the repository and asks for merges; `glab api` lets people in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from scaffolder.classroom.hosts.budget import Budget
from scaffolder.classroom.hosts.forge import Forge, Program, Response
from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.journal import Journal
    from scaffolder.classroom.roster import Repo

_OK = range(200, 300)
_ALREADY = 409
_DEVELOPER = 30


class GitLab:
    """Projects `GROUP/COURSE-ID` of a group.

    Args:
        owner: the group, with those around it.
        journal: is told of each call that changes something.
    """

    def __init__(self, course: Course, owner: str, journal: Journal) -> None:
        self._course = course
        self._owner = owner
        self._site = os.environ.get("GITLAB_HOST") or "gitlab.com"
        self._forge = Forge(
            Program("glab", "https://gitlab.com/gitlab-org/cli", self._site),
            Budget(()),
            lambda call: journal.add("api", "", call),
        )

    @property
    def options(self) -> Sequence[str]:
        """`glab` as one more that knows the password, behind those whom Git asks anyway."""
        helper = f"credential.https://{self._site}.helper=!glab auth git-credential"
        return ("-c", helper)

    def url(self, repo: Repo) -> str:
        """Its https address: that is what `glab` has the login for."""
        return f"https://{self._site}/{self._owner}/{self._course.name}-{repo.id}.git"

    def create(self, repo: Repo) -> None:
        """Nothing: the first push makes a private project."""

    def invite(self, repo: Repo) -> None:
        """Make its students who have a user name members of the project, as developers."""
        for student in repo.students:
            if not student.username:
                continue
            found = self._forge.get(f"users?username={quote(student.username, safe='')}")
            people = found.body if isinstance(found.body, list) else []
            if not people:
                raise Refusal(
                    f"está entregado, pero GitLab no conoce a «{student.username}»",
                    "Corrige su «username» en roster.csv y repite la orden.",
                )
            fields = {"user_id": int(people[0]["id"]), "access_level": _DEVELOPER}
            answer = self._forge.change("POST", f"{self._path(repo)}/members", fields)
            if answer.status not in {*_OK, _ALREADY}:
                raise self._refused(f"añadir a «{student.username}»", answer)

    def push_options(self, branch: str, title: str) -> Sequence[str]:
        """A merge request with the push."""
        del branch
        asked = (
            "merge_request.create",
            "merge_request.target=main",
            f"merge_request.title={title}",
        )
        return tuple(word for option in asked for word in ("-o", option))

    def open_pr(self, repo: Repo, branch: str, title: str, text: str) -> str:
        """Give the merge request that the push has opened its text, or open one."""
        for request in self._open(repo, branch):
            path = f"{self._path(repo)}/merge_requests/{request.get('iid')}"
            answer = self._forge.change("PUT", path, {"description": text})
            if answer.status not in _OK:
                raise self._refused("escribir la petición", answer)
            return str(request.get("web_url", ""))
        fields = {"source_branch": branch, "target_branch": "main", "title": title}
        answer = self._forge.change(
            "POST", f"{self._path(repo)}/merge_requests", {**fields, "description": text}
        )
        if answer.status in _OK and isinstance(answer.body, dict):
            return str(answer.body.get("web_url", ""))
        raise self._refused("abrir la petición", answer)

    def close_pr(self, repo: Repo, branch: str) -> None:
        """Close the merge request of a branch, if one is open."""
        for request in self._open(repo, branch):
            path = f"{self._path(repo)}/merge_requests/{request.get('iid')}"
            answer = self._forge.change("PUT", path, {"state_event": "close"})
            if answer.status not in _OK:
                raise self._refused("cerrar la petición", answer)

    def _open(self, repo: Repo, branch: str) -> list[dict[str, object]]:
        query = f"state=opened&source_branch={quote(branch, safe='')}"
        answer = self._forge.get(f"{self._path(repo)}/merge_requests?{query}")
        return answer.body if isinstance(answer.body, list) else []

    def _path(self, repo: Repo) -> str:
        return f"projects/{quote(f'{self._owner}/{self._course.name}-{repo.id}', safe='')}"

    def _refused(self, what: str, answer: Response) -> Refusal:
        return Refusal(
            f"GitLab no deja {what} ({answer.message[:200]})",
            f"Revisa tus permisos en «{self._owner}» (glab auth status) y vuelve a intentarlo.",
        )
