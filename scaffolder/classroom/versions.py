"""Which template commits the class gets: those of `course.lock`, or the first ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.classroom import remote, store
from scaffolder.classroom.lock import Lock, Version, read_lock, write_lock
from scaffolder.errors import Refusal
from scaffolder.templating import source

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.roster import Repo
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
    for commit in filter(None, commits.values()):
        if not store.holds(folder, commit):
            _restore(course, lock, commit, repos, host)
    new = [variant for variant, commit in commits.items() if not commit]
    if new:
        with source.resolve(where(course), course.template.ref) as found:
            for variant in new:
                _refuse_another_version(lock, found)
                made = store.write_version(course, found, variant)
                commits[variant] = made.id
        if write:
            write_lock(course, _with(lock, found, {variant: commits[variant] for variant in new}))
    return commits


def where(course: Course) -> str | None:
    """The course's source, as `templating.source` takes it: a folder begins at the course's."""
    named = course.template.source
    if named is None or "://" in named or not (course.folder / named).exists():
        return named
    return str(course.folder / named)


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


def _restore(course: Course, lock: Lock, commit: str, repos: Sequence[Repo], host: Host) -> None:
    """Get a template commit back that the store has lost: out of the source, or of a student's.

    Raises:
        Refusal: nobody has it.
    """
    for number, version in enumerate(lock.lineage):
        for variant, recorded in version.commits.items():
            if recorded == commit and _made_again(course, lock, number, variant):
                return
    folder = store.open_store(course)
    for repo in repos:
        done = remote.run(
            host.options,
            *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", host.url(repo)),
            f"{remote.BRANCH}:{store.REFS}/rescued",
            seconds=remote.MOVE_SECONDS,
            git_dir=folder,
        )
        found = done.returncode == 0 and store.holds(folder, commit)
        if found:
            store.keep(folder, commit)
        store.drop(folder, "rescued")
        if found:
            return
    last = lock.lineage[-1]
    raise Refusal(
        f"No puedo rehacer el commit {commit[:10]} de la plantilla {last.version}: ni la fuente "
        "la tiene ya, ni la tiene ningún estudiante.",
        "Usa el scaffold o la fuente de entonces (course.lock dice cuáles), o recupera .scaffold/.",
    )


def _made_again(course: Course, lock: Lock, number: int, variant: str) -> bool:
    """Whether rendering again gives the commits of a variant up to some version."""
    if number:  # later versions need the earlier sources too
        return False
    version = lock.lineage[number]
    try:
        with source.resolve(where(course), course.template.ref) as found:
            if (found.version, found.recorded) != (version.version, version.source):
                return False
            return store.write_version(course, found, variant).id == version.commits[variant]
    except Refusal:
        return False
