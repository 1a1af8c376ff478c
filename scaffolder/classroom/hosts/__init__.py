"""Where the class's repositories are: a folder, a server, or a forge.

Git moves what is in them. A host says their addresses and does what Git can't, in four
verbs; a forge's own program (`gh`, `glab`) holds the login, and we never see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scaffolder.classroom.course import Course
    from scaffolder.classroom.journal import Journal
    from scaffolder.classroom.roster import Repo


class Host(Protocol):
    """A place for repositories. Each verb may be called again: done twice is done once."""

    @property
    def options(self) -> Sequence[str]:
        """Options for every Git command that speaks to it (`-c …`), before the command."""
        ...

    def url(self, repo: Repo) -> str:
        """The address of a repository, as Git takes it."""
        ...

    def create(self, repo: Repo) -> None:
        """Make an empty repository, unless it is there.

        Raises:
            Refusal: it can't be made; nothing of it is there.
        """
        ...

    def invite(self, repo: Repo) -> None:
        """Let its students in, as far as the host knows people.

        Raises:
            Refusal: somebody can't be invited.
        """
        ...

    def push_options(self, branch: str, title: str) -> Sequence[str]:
        """Options for `git push` that make it open a pull request; none where Git can't."""
        ...

    def open_pr(self, repo: Repo, branch: str, title: str, text: str) -> str:
        """Ask the students to merge a branch that was pushed.

        Returns:
            The request's address; empty where the host has none: the branch is all there is.

        Raises:
            Refusal: it can't be opened.
        """
        ...

    def close_pr(self, repo: Repo, branch: str) -> None:
        """Close the request of a branch, if one is open.

        Raises:
            Refusal: it can't be closed.
        """
        ...


def host_of(course: Course, journal: Journal) -> Host:
    """The host that a course names.

    Args:
        journal: tells how much of a forge's budget was spent lately.

    Raises:
        Refusal: it makes no sense, or the program for it is missing.
    """
    forge, colon, owner = course.host.partition(":")
    if colon and forge == "github":
        from scaffolder.classroom.hosts.github import GitHub  # noqa: PLC0415 - the one of several

        return GitHub(course, owner, journal)
    if colon and forge == "gitlab":
        from scaffolder.classroom.hosts.gitlab import GitLab  # noqa: PLC0415 - likewise

        return GitLab(course, owner, journal)
    from scaffolder.classroom.hosts.plain import PlainHost  # noqa: PLC0415 - likewise

    return PlainHost(course)
