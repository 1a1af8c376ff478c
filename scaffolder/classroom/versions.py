"""Which template commits the class gets: those of `course.lock`, or the first ones."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.classroom import store
from scaffolder.classroom.lock import Lock, Version, read_lock, write_lock
from scaffolder.classroom.restore import restore
from scaffolder.errors import Refusal
from scaffolder.git.objects import Objects
from scaffolder.templating import source
from scaffolder.update.history import is_news
from scaffolder.update.merge import compare
from scaffolder.update.sources import refuse_if_older

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.roster import Repo
    from scaffolder.git.lineage import Base
    from scaffolder.templating.source import Source


def prepare(
    course: Course, variants: Sequence[str], repos: Sequence[Repo], host: Host, *, write: bool
) -> dict[str, str]:
    """The template commit for each variant, in the store.

    What `course.lock` names stays for ever, so that whoever joins late begins as everyone
    did; what it does not name is rendered now, and written there.

    Args:
        repos: where a commit can be fetched that the store has lost.
        write: write `course.lock`; else it is only known what would be handed out.

    Raises:
        Refusal: a commit can't be made (again).
    """
    lock = read_lock(course)
    folder = store.open_store(course)
    commits = {variant: lock.newest(variant) for variant in variants}
    for variant, commit in commits.items():
        if commit and not store.holds(folder, commit):
            restore(course, lock, variant, repos, host)
    new = [variant for variant, commit in commits.items() if not commit]
    if new:
        with source.resolve(course.source, course.template.ref) as found:
            for variant in new:
                _refuse_another_version(lock, found)
                made = store.write_version(course, found, variant)
                commits[variant] = made.id
        if write:
            write_lock(course, _with(lock, found, {variant: commits[variant] for variant in new}))
    return commits


def newest(
    course: Course, variants: Sequence[str], repos: Sequence[Repo], host: Host, *, write: bool
) -> dict[str, Base]:
    """What each variant is to be brought to: what the source has now, if that is any news.

    Args:
        repos: as in `prepare`.
        write: write `course.lock`; else it is only known what would be handed out.

    Raises:
        Refusal: nothing was handed out yet, or the source is older than the class.
    """
    lock = read_lock(course)
    missing = [variant for variant in variants if not lock.newest(variant)]
    if missing:
        raise Refusal(
            "Todavía no has repartido nada"
            + (f" a la sección {missing[0]}." if missing[0] else "."),
            "Escribe: scaffold class distribute",
        )
    known = prepare(course, variants, repos, host, write=False)
    folder = store.open_store(course)
    found = {variant: store.read_version(folder, commit) for variant, commit in known.items()}
    new: dict[str, str] = {}
    with source.resolve(course.source, course.template.ref) as taken:
        for variant, base in found.items():
            refuse_if_older(taken, base.claim.source, base.claim.version)
            made = store.write_version(course, taken, variant, base.claim.id)
            objects = Objects(folder)
            change = compare(objects, base.claim.tree, made.tree)
            if is_news(objects, change) or made.source != base.claim.source:
                new[variant] = made.id
                found[variant] = store.read_version(folder, made.id)
    if write:
        _record(course, lock, found, new)
    return found


def again(
    course: Course,
    commits: Mapping[str, str],
    variants: Sequence[str],
    repos: Sequence[Repo],
    host: Host,
) -> dict[str, Base]:
    """What each variant was to be brought to by a plan, and is now.

    Args:
        commits: by variant, the template commit that the plan names, if it names one.

    Raises:
        Refusal: it can't be had any more.
    """
    lock, folder = read_lock(course), store.open_store(course)
    if any(not store.holds(folder, commit) for commit in commits.values()):  # of another machine
        newest(course, variants, repos, host, write=False)
    lost = [commit for commit in commits.values() if not store.holds(folder, commit)]
    if lost:
        raise Refusal(
            f"El plan lleva a una plantilla ({lost[0][:10]}) que ya no es la de la fuente.",
            "Haz otro plan: scaffold class update --check --json > plan.json",
        )
    known = prepare(course, variants, repos, host, write=False)
    named = {variant: commits.get(variant) or known[variant] for variant in variants}
    found = {variant: store.read_version(folder, commit) for variant, commit in named.items()}
    new = {variant: commit for variant, commit in commits.items() if not lock.version_of(commit)}
    _record(course, lock, found, new)
    return found


def _record(course: Course, lock: Lock, found: Mapping[str, Base], new: Mapping[str, str]) -> None:
    """Write the versions that the class gets now into `course.lock`, before anybody has them."""
    for name in dict.fromkeys(found[variant].claim.version for variant in new):
        commits = {v: new[v] for v in new if found[v].claim.version == name}
        of = next(found[variant].claim.source for variant in commits)
        lock = replace(lock, lineage=(*lock.lineage, Version(name, of, commits)))
    if new:
        write_lock(course, lock)


def relative(folder: Path, course: Path) -> str:
    """A source's folder as `course.toml` names it: from the course's, or whole on another disk."""
    try:
        return Path(os.path.relpath(folder.resolve(), course.resolve())).as_posix()
    except ValueError:
        return str(folder.resolve())


def _with(lock: Lock, found: Source, commits: dict[str, str]) -> Lock:
    """A lock whose last version has further commits."""
    if not lock.lineage:
        return replace(lock, lineage=(Version(found.version, found.recorded, commits),))
    *before, last = lock.lineage
    return replace(lock, lineage=(*before, replace(last, commits={**last.commits, **commits})))


def _refuse_another_version(lock: Lock, found: Source) -> None:
    """See that a variant that comes late begins with the version that the class has."""
    if lock.lineage and lock.lineage[-1].version != found.version:
        raise Refusal(
            f"La clase tiene la plantilla {lock.lineage[-1].version}, y la fuente ya va por la "
            f"{found.version}: la sección nueva no puede empezar por otra.",
            "Pon al día la clase antes (scaffold class update), o di la versión con «ref».",
        )
