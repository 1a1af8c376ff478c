"""Hand the project out: everyone's first commit has one id, and is pushed where none is yet.

The remote is the truth, and is asked first; the journal saves asking twice. So the command
may be killed at any moment and typed again: what is there stays, what is missing follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from scaffolder.classroom import mirror, remote, store, versions
from scaffolder.classroom.alone import alone
from scaffolder.classroom.hosts import host_of
from scaffolder.classroom.journal import Journal
from scaffolder.classroom.lock import read_lock
from scaffolder.classroom.parallel import for_each
from scaffolder.classroom.push import Move, Outcome, push
from scaffolder.errors import Refusal, refusal_of
from scaffolder.git.repository import check_git

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.lock import Lock
    from scaffolder.classroom.roster import Repo


class State(StrEnum):
    """How a repository came out of it."""

    DELIVERED = "delivered"
    ALREADY = "already"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one repository.

    Args:
        url: its address.
        commit: the template commit that it got, or would get.
        reason: of a failure, what is wrong; with its repair, `next_step`.
        error: of a failure that is nobody's but ours, what was raised.
    """

    repo: Repo
    state: State
    url: str = ""
    commit: str = ""
    reason: str = ""
    next_step: str = ""
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Round:
    """What all repositories of one call share."""

    course: Course
    host: Host
    journal: Journal
    lock: Lock
    commits: Mapping[str, str]
    dry_run: bool


def distribute(
    course: Course,
    repos: Sequence[Repo],
    *,
    dry_run: bool = False,
    progress: Callable[[Delivery], None] = lambda _: None,
) -> list[Delivery]:
    """Give every repository the project, unless it has it. One failure doesn't stop the rest.

    Args:
        dry_run: only look at the hosts and say what would be done.
        progress: is told of each as it is done, from another thread.

    Returns:
        A result for each, in the order of the repositories.

    Raises:
        Refusal: nothing can be done for anybody (no template, an answer that is not valid).
    """
    check_git()
    with nullcontext() if dry_run else alone(course):
        return _distribute(course, repos, dry_run=dry_run, progress=progress)


def _distribute(
    course: Course,
    repos: Sequence[Repo],
    *,
    dry_run: bool,
    progress: Callable[[Delivery], None],
) -> list[Delivery]:
    journal = Journal(course.journal)
    host = host_of(course, journal)
    variants = dict.fromkeys(course.variant(repo.section) for repo in repos)
    commits = versions.prepare(course, list(variants), repos, host, write=not dry_run)
    around = _Round(course, host, journal, read_lock(course), commits, dry_run)

    def one(repo: Repo) -> Delivery:
        delivery = _tried(repo, around)
        progress(delivery)
        return delivery

    return for_each(one, repos)


def _tried(repo: Repo, around: _Round) -> Delivery:
    """Hand out to one; whatever happens there is its result."""
    commit = around.commits[around.course.variant(repo.section)]
    about = Delivery(repo, State.FAILED, around.host.url(repo), commit)
    try:
        state = _hand_out(about, around)
        if around.course.demo and not around.dry_run:
            _play(about, around)
        return replace(about, state=state)
    except Exception as error:  # noqa: BLE001 - one repository must not stop the rest
        refusal = refusal_of(error)
        if refusal is None:
            return replace(about, reason=f"es culpa de scaffold ({error!r})", error=error)
        return replace(about, reason=refusal.reason, next_step=refusal.next_step)


def _hand_out(about: Delivery, around: _Round) -> State:
    repo, host, journal = about.repo, around.host, around.journal
    head = remote.look(about.url, host.options)
    if head.commit:
        _refuse_what_is_not_ours(about, head.commit, around)
        if not around.dry_run:
            _invite(repo, around)
        return State.ALREADY
    if head.others:
        raise Refusal(
            "ese repositorio ya tiene otras ramas, y ninguna es main",
            "Mira qué es; si sobra, bórralo o cambia el «id» en roster.csv.",
        )
    if around.dry_run:
        return State.PENDING
    if not head.exists:
        host.create(repo)
        journal.add("create", repo.id, about.url)
    # «If there is no main yet»: who was quicker, a student or another instructor, stays.
    move, state = Move(remote.BRANCH, "", about.commit), State.DELIVERED
    pushed = push(host, around.course.store, about.url, move)
    if pushed.outcome is not Outcome.DONE:
        there = remote.look(about.url, host.options)
        if not there.commit:  # nobody was quicker: the server could not, or would not
            raise remote.rejected(pushed.reason)
        _refuse_what_is_not_ours(about, there.commit, around)
        state = State.ALREADY
    journal.add("push", repo.id, about.commit)
    _invite(repo, around)
    return state


def _play(about: Delivery, around: _Round) -> None:
    """In a course for trying, do the student's work where it is not done yet."""
    from scaffolder.classroom import demo  # noqa: PLC0415 - seldom needed

    if remote.look(about.url, around.host.options).commit == about.commit:
        demo.play(around.course, about.repo, about.commit, around.host)


def _invite(repo: Repo, around: _Round) -> None:
    """Let the students in whom the host knows, once."""
    names = " ".join(student.username for student in repo.students if student.username)
    if names and not around.journal.has("invite", repo.id, names):
        around.host.invite(repo)
        around.journal.add("invite", repo.id, names)


def _refuse_what_is_not_ours(about: Delivery, head: str, around: _Round) -> None:
    """See that a repository's `main` comes from the course's first commit.

    Raises:
        Refusal: it is another project, or another course's.
    """
    first = around.lock.first(around.course.variant(about.repo.section)) or about.commit
    known = head in {first, about.commit} or bool(around.lock.version_of(head))
    if known or around.journal.last("push", about.repo.id):
        return
    copy = mirror.fetch(around.course, about.repo, around.host)
    if not store.descends(copy.folder, first, copy.head or head):
        raise Refusal(
            "ese repositorio ya tiene otro contenido, y no lo piso",
            "Mira qué es; si sobra, bórralo o cambia el «id» en roster.csv.",
        )
    around.journal.add("push", about.repo.id, first)
