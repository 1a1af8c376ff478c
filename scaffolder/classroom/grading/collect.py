"""Which commit of each repository counts: recorded once, and kept through every regrade.

How late it came is told by when it was collected. What commits say of their own dates is the
student's to write, and is not asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom import mirror
from scaffolder.classroom.files import write_whole
from scaffolder.classroom.hosts import host_of
from scaffolder.classroom.journal import Journal
from scaffolder.classroom.parallel import for_each
from scaffolder.errors import Refusal, refusal_of

if TYPE_CHECKING:
    from pathlib import Path

    from scaffolder.classroom.course import Course, Due
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.roster import Repo

FILE = "collected.json"
FORMAT = 1
REF = "refs/scaffold/collected"


@dataclass(frozen=True, slots=True)
class Collected:
    """What was collected of one repository.

    Args:
        id: the repository's.
        commit: the id of the commit that counts; empty where there was nothing.
        collected_at: when, in ISO 8601 with its offset.
        late_s: seconds after the due time and its grace; 0 in time, or without one.
        reason: why there is nothing; with its repair, `next_step`.
    """

    id: str
    commit: str = ""
    collected_at: str = ""
    late_s: int = 0
    reason: str = ""
    next_step: str = ""


def read_collected(folder: Path) -> dict[str, Collected]:
    """What was collected so far, by repository; nothing before the first time.

    Raises:
        Refusal: the file can't be read, or is of a newer format.
    """
    file = folder / FILE
    try:
        data = json.loads(file.read_bytes())
        found = [Collected(**entry) for entry in data["submissions"]]
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        raise Refusal(
            f"No entiendo {file}.", f"Recupéralo con «git checkout HEAD -- {FILE}», o de una copia."
        ) from None
    if data.get("format") != FORMAT:
        raise Refusal(
            f"{FILE} es de un scaffold más nuevo que este.",
            "Actualiza scaffold: uv tool upgrade scaffolder-roadmap",
        )
    return {entry.id: entry for entry in found}


def collect(
    course: Course,
    repos: Sequence[Repo],
    now: datetime,
    *,
    again: bool,
    progress: Callable[[Collected], None] = lambda _: None,
) -> list[Collected]:
    """Fetch every repository and record the commit that its `main` is at.

    Whoever has been collected stays as they are; who was missing is tried again.

    Args:
        now: with its time zone.
        again: collect those anew, too, that have been.
    """
    known = read_collected(course.folder)
    host = host_of(course, Journal(course.journal))

    def one(repo: Repo) -> Collected:
        before = known.get(repo.id)
        found = before if before and before.commit and not again else _one(course, host, repo, now)
        progress(found)
        return found

    collected = for_each(one, repos)
    _write(course.folder, known | {entry.id: entry for entry in collected})
    return collected


def _one(course: Course, host: Host, repo: Repo, now: datetime) -> Collected:
    entry = Collected(repo.id, collected_at=now.isoformat(timespec="seconds"))
    try:
        copy = mirror.fetch(course, repo, host)
        if not copy.head:
            return replace(entry, reason="no tiene nada entregado en main")
        env = {"GIT_DIR": str(copy.folder)}
        git.isolated("update-ref", f"{REF}/{copy.head}", copy.head, env=env)
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        return replace(entry, reason=refusal.reason, next_step=refusal.next_step)
    return replace(entry, commit=copy.head, late_s=lateness(course.due, now))


def lateness(due: Due | None, received: datetime) -> int:
    """Seconds after the due time; 0 in time, within its grace, or without one.

    Args:
        received: with its time zone.
    """
    if due is None or received <= due.at + due.grace:
        return 0
    return int((received - due.at).total_seconds())


def _write(folder: Path, entries: Mapping[str, Collected]) -> None:
    rows = [asdict(entries[name]) for name in sorted(entries)]
    text = json.dumps({"format": FORMAT, "submissions": rows}, indent=2, ensure_ascii=False)
    write_whole(folder / FILE, text.encode() + b"\n")
