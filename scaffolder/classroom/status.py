"""How each repository of the class is, as it stands on its host now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom import mirror, remote, store
from scaffolder.classroom.hosts import host_of
from scaffolder.classroom.journal import Journal
from scaffolder.classroom.lock import read_lock
from scaffolder.classroom.parallel import for_each
from scaffolder.errors import Refusal, refusal_of
from scaffolder.git.repository import check_git
from scaffolder.starter import checklist

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.lock import Lock
    from scaffolder.classroom.roster import Repo


class State(StrEnum):
    """What can be said of a repository."""

    WORKING = "working"
    UNTOUCHED = "untouched"
    MISSING = "missing"
    FOREIGN = "foreign"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one repository is.

    Args:
        head: the id of the commit of its `main`.
        version: of the template that it has; `behind` if the class has a newer one.
        ahead: commits of theirs, the template's and merges left out.
        ticked: the requirements that they have promised, of `total`.
        last: when the newest of their commits was made, as they say; empty before the first.
        reason: why nothing can be said of it; with its repair, `next_step`.
        error: what was raised, where it is nobody's fault but ours.
    """

    repo: Repo
    state: State
    url: str = ""
    head: str = ""
    version: str = ""
    behind: bool = False
    ahead: int = 0
    ticked: tuple[str, ...] = ()
    total: int = 0
    last: str = ""
    reason: str = ""
    next_step: str = ""
    error: Exception | None = None


def look_at_class(
    course: Course,
    repos: Sequence[Repo],
    progress: Callable[[Standing], None] = lambda _: None,
) -> list[Standing]:
    """Look at every repository; nothing but our own copies of them changes.

    Args:
        progress: is told of each as it is done, from another thread.

    Returns:
        How each is, in the order of the repositories.

    Raises:
        Refusal: nothing was handed out yet.
    """
    check_git()
    lock = read_lock(course)
    if not lock.lineage:
        raise Refusal("Todavía no has repartido nada.", "Escribe: scaffold class distribute")
    store.open_store(course)
    host = host_of(course, Journal(course.journal))

    def one(repo: Repo) -> Standing:
        standing = _look(course, lock, host, repo)
        progress(standing)
        return standing

    return for_each(one, repos)


def _look(course: Course, lock: Lock, host: Host, repo: Repo) -> Standing:
    about = Standing(repo, State.UNREACHABLE, host.url(repo))
    try:
        copy = _fetched(course, host, repo, about.url)
        if not copy or not copy.head:
            return replace(about, state=State.MISSING)
        return _standing(about, lock, course.variant(repo.section), copy)
    except Exception as error:  # noqa: BLE001 - one repository must not stop the rest
        refusal = refusal_of(error)
        if refusal is None:
            return replace(about, reason=f"es culpa de scaffold ({error!r})", error=error)
        return replace(about, reason=refusal.reason, next_step=refusal.next_step)


def _fetched(course: Course, host: Host, repo: Repo, url: str) -> mirror.Mirror | None:
    """Our copy of a repository, brought up to date; None where there is none to copy."""
    try:
        return mirror.fetch(course, repo, host)
    except Refusal:
        if remote.look(url, host.options).exists:
            raise
        return None


def _standing(about: Standing, lock: Lock, variant: str, copy: mirror.Mirror) -> Standing:
    known = [v.commits[variant] for v in lock.lineage if variant in v.commits]
    history = _history(copy)
    held = [commit for commit in known if commit in history]
    if not held:
        return replace(
            about,
            state=State.FOREIGN,
            head=copy.head,
            reason="su main no viene del primer commit de la clase",
            next_step="Si lo ha rehecho, «scaffold update --adopt» lo une de nuevo.",
        )
    ours = _reached(history, held)
    own = [c for name, c in history.items() if name not in ours and len(c.parents) < 2]  # noqa: PLR2004 - a merge has two
    boxes = checklist.parse(_file(copy, checklist.FILE))
    return replace(
        about,
        state=State.WORKING if own else State.UNTOUCHED,
        head=copy.head,
        version=lock.version_of(held[-1]),
        behind=held[-1] != known[-1],
        ahead=len(own),
        ticked=tuple(box.id for box in boxes if box.ticked),
        total=len(boxes),
        last=datetime.fromtimestamp(max(c.at for c in own), UTC).isoformat() if own else "",
    )


@dataclass(frozen=True, slots=True)
class _Commit:
    """A commit of a history, made `at` seconds after 1970, as its maker says."""

    at: int
    parents: tuple[str, ...]


def _history(copy: mirror.Mirror) -> dict[str, _Commit]:
    env = {"GIT_DIR": str(copy.folder), "GIT_NO_LAZY_FETCH": "1"}
    log = git.isolated("log", "--no-show-signature", "--format=%H %ct %P", copy.head, env=env)
    lines = (line.split(" ") for line in git.text(log).splitlines())
    return {name: _Commit(int(at), tuple(filter(None, more))) for name, at, *more in lines}


def _reached(history: dict[str, _Commit], tips: Sequence[str]) -> set[str]:
    """The commits that some commits come from, themselves too."""
    found: set[str] = set()
    waiting = list(tips)
    while waiting:
        name = waiting.pop()
        if name not in found and name in history:
            found.add(name)
            waiting += history[name].parents
    return found


def _file(copy: mirror.Mirror, name: str) -> str:
    """The text of a file at the tip; empty where it is missing, or in no known encoding."""
    env = {"GIT_DIR": str(copy.folder), "GIT_NO_LAZY_FETCH": "1"}
    done = git.isolated("cat-file", "blob", f"{copy.head}:{name}", env=env, check=False)
    try:
        return checklist.decode(done.stdout, name) if done.returncode == 0 else ""
    except Refusal:
        return done.stdout.decode("utf-8", "replace")
