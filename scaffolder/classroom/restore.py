"""Template commits that the store has lost: made again, or fetched from a student's repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scaffolder.classroom import mirror, remote, store
from scaffolder.errors import Refusal
from scaffolder.templating import source

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.lock import Lock, Version
    from scaffolder.classroom.roster import Repo

_RESCUED = "rescued"


def restore(course: Course, lock: Lock, variant: str, repos: Sequence[Repo], host: Host) -> None:
    """Get the newest template commit of a variant back, with those before it.

    Raises:
        Refusal: the source doesn't have its versions any more, and nobody has the commit.
    """
    commit, folder = lock.newest(variant), store.open_store(course)
    if _made_again(course, lock, variant):
        return
    for repo in repos:
        url = host.url(repo)
        done = remote.run(
            host.options,
            *("-c", "fetch.fsckObjects=true", "fetch", "--quiet", "--no-tags"),
            *("--no-write-fetch-head", *remote.careful(url, "upload-pack"), "--", url),
            f"{remote.BRANCH}:{store.REFS}/{_RESCUED}/main",
            f"{mirror.OURS}*:{store.REFS}/{_RESCUED}/*",
            seconds=remote.MOVE_SECONDS,
            git_dir=folder,
        )
        found = done.returncode == 0 and store.holds(folder, commit)
        if found:
            store.keep(folder, commit)
        store.drop(folder, _RESCUED)
        if found:
            return
    raise Refusal(
        f"No puedo rehacer el commit {commit[:10]} de la plantilla {lock.version_of(commit)}: ni "
        "la fuente la tiene ya, ni la tiene ningún estudiante.",
        "Usa el scaffold o la fuente de entonces (course.lock dice cuáles), o recupera .scaffold/.",
    )


def _made_again(course: Course, lock: Lock, variant: str) -> bool:
    """Whether rendering again gives the commits of a variant, each on the one before."""
    parent = ""
    for version in lock.lineage:
        if variant in version.commits:
            if not _same(course, version, variant, parent):
                return False
            parent = version.commits[variant]
    return True


def _same(course: Course, version: Version, variant: str, parent: str) -> bool:
    """Whether the source still has a version that gives the same commit."""
    where, ref = course.source, course.template.ref
    refs = [ref, f"v{version.version}", version.version] if where else [None]
    for name in dict.fromkeys(refs):
        try:
            with source.resolve(where, name) as found:
                if found.version == version.version:
                    made = store.write_version(course, found, variant, parent)
                    return made.id == version.commits[variant]
        except Refusal:
            continue
    return False
