"""Merges of many repositories in one process, and the plan that comes out of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom.plan import RepoPlan, State
from scaffolder.errors import Refusal, refusal_of
from scaffolder.git.batch import learn_trees
from scaffolder.git.object_format import signature
from scaffolder.starter import checklist
from scaffolder.update.merge import (
    MINE,
    Answer,
    Sides,
    TemplateChange,
    merge_many,
    read_merged,
)
from scaffolder.update.plan import message, settle, touched

if TYPE_CHECKING:
    from scaffolder.classroom.mirror import Mirror
    from scaffolder.git.lineage import Base
    from scaffolder.git.object_format import Entries
    from scaffolder.git.objects import Objects
    from scaffolder.update.notes import Resolution

_FULL = re.compile(r"No space left on device|[Dd]isk quota exceeded|Out of diskspace")
_LARGE = 20_000_000
"""Bytes of a file in conflict that are not read into memory any more."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A repository to be planned.

    Args:
        id: its id.
        mirror: its copy here, as its host has it.
        target: the version that it is to get; its template commit is in the store.
    """

    id: str
    mirror: Mirror
    target: Base


@dataclass(frozen=True)
class Merge:
    """A merge under way.

    Args:
        ours: the students' files.
        tree: the id of their tree.
    """

    copy: Copy
    base: Base
    change: TemplateChange
    ours: Entries
    tree: str
    sides: Sides


def merge_all(objects: Objects, merges: Sequence[Merge]) -> Iterator[RepoPlan]:
    """Merge all in one process, and settle each as ownership says.

    Args:
        objects: where everything is; the merges are written there.
    """
    if not merges:
        return
    answers = merge_many(objects, [merge.sides for merge in merges])
    pairs = zip(merges, answers, strict=True)
    learn_trees(objects, [(merge.tree, answer.tree) for merge, answer in pairs])
    large = _read_ahead(objects, merges, answers)
    for merge, answer in zip(merges, answers, strict=True):
        try:
            too_large = next((path for path, id_ in _wanted(merge, answer) if id_ in large), "")
            yield (
                _too_large(merge.copy, too_large) if too_large else _settled(objects, merge, answer)
            )
        except Exception as error:  # noqa: BLE001 - one repository must not stop the rest
            raise_if_ours(error)
            yield failed(merge.copy.id, merge.copy.mirror, error)


def _wanted(merge: Merge, answer: Answer) -> Iterator[tuple[str, str]]:
    """The contents that settling a merge will read, by path."""
    for path, stages in answer.stages.items():
        for entry in stages.values():
            yield path, entry.id
    sides = [
        tree.get(checklist.FILE) for tree in (merge.change.base, merge.ours, merge.change.theirs)
    ]
    if len(set(sides)) == len(sides):
        for side in filter(None, sides):
            yield checklist.FILE, side.id


def _read_ahead(objects: Objects, merges: Sequence[Merge], answers: Sequence[Answer]) -> set[str]:
    """Read in one process what all will need; those that are too large for that are returned."""
    pairs = zip(merges, answers, strict=True)
    wanted = {id_ for merge, answer in pairs for _, id_ in _wanted(merge, answer)}
    wanted -= objects.cache.blobs.keys()
    if not wanted:
        return set()
    asked = "".join(f"{name}\n" for name in wanted).encode("ascii")
    told = objects.git("cat-file", "--batch-check=%(objectname) %(objectsize)", input=asked)
    sizes = dict(line.split(" ", 1) for line in told.stdout.decode("ascii").splitlines())
    large = {name for name, size in sizes.items() if size.isdecimal() and int(size) > _LARGE}
    missing = {name for name, size in sizes.items() if not size.isdecimal()}  # of a submodule
    objects.read(wanted - large - missing)
    return large


def _settled(objects: Objects, merge: Merge, answer: Answer) -> RepoPlan:
    labels = (merge.sides.mine, merge.sides.theirs)
    merged = read_merged(objects, merge.change, merge.sides, answer, labels)
    resolution, tree = settle(objects, merge.change, merge.ours, merged)
    plan = replace(
        about(merge.copy, merge.base),
        state=_state(resolution),
        files={
            path: "added" if old is None else "deleted" if new is None else "changed"
            for path, (old, new) in touched("", merge.ours, resolution.entries).items()
        },
        notes=tuple(
            replace(note, path=_named(merge, note.path), other=_named(merge, note.other))
            for note in resolution.notes
        ),
        conflicts=tuple(sorted(_named(merge, path) for path in resolution.conflicts)),
    )
    if resolution.conflicts:
        return replace(plan, files={})
    if tree == merge.tree:  # it came in without its commit
        return anchored(objects, merge.copy, merge.base, tree)
    return replace(plan, commit=_commit(objects, merge.copy, merge.base, tree))


def _named(merge: Merge, path: str) -> str:
    """A path with the sides of a conflict as people know them: Git was given ids."""
    ours = path.replace(f"~{merge.sides.mine}", f"~{MINE}")
    return ours.replace(f"~{merge.sides.theirs}", f"~plantilla-{merge.copy.target.claim.version}")


def _state(resolution: Resolution) -> State:
    if resolution.conflicts:
        return State.CONFLICT
    return State.TOUCHED if resolution.notes else State.CLEAN


def about(copy: Copy, base: Base) -> RepoPlan:
    """What is known of every repository whose history tells its version."""
    claim, target = base.claim, copy.target.claim
    return RepoPlan(
        copy.id,
        State.CURRENT,
        head=copy.mirror.head,
        base=claim.id,
        old=claim.version,
        new=target.version,
        template=target.id,
    )


def anchored(objects: Objects, copy: Copy, base: Base, tree: str) -> RepoPlan:
    """The plan of a repository that only has to be joined to the template again."""
    commit = _commit(objects, copy, base, tree)
    return replace(about(copy, base), state=State.CLEAN, commit=commit, anchored=True)


def _commit(objects: Objects, copy: Copy, base: Base, tree: str) -> str:
    """Write the merge. It is dated by the template, so that whoever makes it makes the same."""
    who = signature(git.NAME, git.EMAIL, copy.target.moment)
    parents = [copy.mirror.head, copy.target.claim.id]
    text = message(base.claim, copy.target.claim.version)
    return objects.write_commit(tree, parents, who, who, text)


def _too_large(copy: Copy, path: str) -> RepoPlan:
    return failed(
        copy.id,
        copy.mirror,
        Refusal(
            f"«{path}» choca con la plantilla, y es demasiado grande para mezclarlo",
            "Pide que lo quite del repositorio (git rm), y repite.",
        ),
    )


def raise_if_ours(error: Exception) -> None:
    """Stop everything where an error is this machine's and no repository's: a full disk, say.

    Raises:
        Refusal: it is.
    """
    full = isinstance(error, git.GitError) and _FULL.search(error.stderr)
    refusal = refusal_of(error) if full or isinstance(error, OSError) else None
    if refusal is not None:
        raise refusal from None


def failed(repo: str, mirror: Mirror, error: Exception) -> RepoPlan:
    """What an error in one repository comes to."""
    plan = RepoPlan(repo, State.BROKEN, head=mirror.head)
    refusal = refusal_of(error)
    if refusal is not None:
        return replace(plan, reason=refusal.reason, next_step=refusal.next_step)
    if isinstance(error, git.GitError):
        return replace(
            plan,
            reason="Git no puede leer lo que tiene",
            next_step=f"Borra {mirror.folder} y repite.",
        )
    return replace(plan, reason=f"es culpa de scaffold ({error!r})", error=error)
