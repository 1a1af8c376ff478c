"""What an update would do to many repositories, computed on their mirrors: nothing is touched.

Sixty-four at a time share their Git processes, for those are the cost: two tell where the
histories stand, two read the trees, one merges. They read all mirrors through one throw-away
directory (`Objects`), which has no configuration and no attributes but ours. Where that fails
for one of them (a damaged object, say), each is looked at alone, so that it spoils nobody's.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom.plan import RepoPlan, State
from scaffolder.errors import Refusal, refusal_of
from scaffolder.git.batch import Line, find_lines, learn_trees
from scaffolder.git.lineage import version_key
from scaffolder.git.object_format import signature
from scaffolder.git.objects import ObjectCache, Objects
from scaffolder.starter import checklist
from scaffolder.update.history import is_news
from scaffolder.update.merge import (
    MINE,
    Answer,
    Sides,
    TemplateChange,
    compare,
    merge_many,
    read_merged,
    write_sides,
)
from scaffolder.update.plan import message, settle, touched

if TYPE_CHECKING:
    from scaffolder.classroom.mirror import Mirror
    from scaffolder.git.lineage import Base
    from scaffolder.git.object_format import Entries
    from scaffolder.update.notes import Resolution

AT_ONCE = 64
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
class _Merge:
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


class Planner:
    """Plans for the repositories of one course.

    Args:
        store: the folder of the template store's objects.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._attributes: dict[tuple[str, str, str], str] = {}
        self._changes: dict[tuple[str, str], tuple[TemplateChange, bool]] = {}

    @contextmanager
    def plans(self, copies: Sequence[Copy], folder: Path) -> Iterator[tuple[list[RepoPlan], Path]]:
        """Plan some repositories.

        Args:
            folder: where to work.

        Yields:
            A plan for each, in their order; and the folder of new objects, which hold the
            merges, for as long as the context lasts.
        """
        with tempfile.TemporaryDirectory(prefix="plan-", dir=folder) as name:
            cache = ObjectCache(attributes=self._attributes)
            objects = replace(Objects.create(Path(name, "git")), cache=cache)
            yield self._plan(objects, copies), objects.folder / "objects"

    def _plan(self, objects: Objects, copies: Sequence[Copy]) -> list[RepoPlan]:
        if not copies:
            return []
        stores = [copy.mirror.objects for copy in copies]
        objects = objects.with_alternates(self._store, *stores)
        try:
            return self._together(objects, copies)
        except Exception as error:  # noqa: BLE001 - one repository must not stop the rest
            raise_if_ours(error)
            if len(copies) > 1:
                return [plan for copy in copies for plan in self._plan(objects, [copy])]
            return [_failed(copies[0], error)]

    def _together(self, objects: Objects, copies: Sequence[Copy]) -> list[RepoPlan]:
        there = [copy for copy in copies if copy.mirror.head]
        heads = list(dict.fromkeys(copy.mirror.head for copy in there))
        projects = {copy.target.claim.template for copy in there}
        lines = find_lines(
            objects,
            heads,
            lambda base: base.claim.template in projects and not base.claim.path,
        )
        plans = {copy.id: _nothing_there(copy) for copy in copies}
        merges: list[_Merge] = []
        known: list[tuple[Copy, Line, Base]] = []
        for copy in there:
            line = lines[copy.mirror.head]
            if line.base is None:
                plans[copy.id] = _without_base(copy)
            elif (plan := self._without_merge(objects, copy, line, line.base)) is not None:
                plans[copy.id] = plan
            else:
                known.append((copy, line, line.base))
        learn_trees(objects, [(base.claim.tree, line.tree) for _, line, base in known])
        for copy, line, base in known:
            change, _ = self._change(objects, base, copy.target)
            ours = objects.entries(line.tree)
            sides = write_sides(objects, change, line.tree, ours)
            merges.append(_Merge(copy, base, change, ours, line.tree, sides))
        for plan in _merged(objects, merges):
            plans[plan.id] = plan
        return [plans[copy.id] for copy in copies]

    def _without_merge(
        self, objects: Objects, copy: Copy, line: Line, base: Base
    ) -> RepoPlan | None:
        """The plan of a repository that has the version, in one way or another."""
        plan = _about(copy, base)
        target = copy.target.claim
        if base.claim.id == target.id:
            return plan
        same = base.claim.source == target.source
        if same and version_key(base.claim.version) > version_key(target.version):
            return replace(plan, new=base.claim.version)
        _, news = self._change(objects, base, copy.target)
        if news or not same:
            return None
        if base.flattened:  # by a squash; from its own tree on, history can go on
            return _anchored(objects, copy, base, line.tree)
        return plan

    def _change(self, objects: Objects, base: Base, target: Base) -> tuple[TemplateChange, bool]:
        """What a template changed, and whether that is any news; found out once."""
        key = base.claim.tree, target.claim.tree
        if key not in self._changes:
            change = compare(objects, *key)
            self._changes[key] = change, is_news(objects, change)
        change, news = self._changes[key]
        objects.cache.trees[key[0]], objects.cache.trees[key[1]] = change.base, change.theirs
        return change, news


def _merged(objects: Objects, merges: Sequence[_Merge]) -> Iterator[RepoPlan]:
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
            yield _failed(merge.copy, error)


def _wanted(merge: _Merge, answer: Answer) -> Iterator[tuple[str, str]]:
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


def _read_ahead(objects: Objects, merges: Sequence[_Merge], answers: Sequence[Answer]) -> set[str]:
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


def _settled(objects: Objects, merge: _Merge, answer: Answer) -> RepoPlan:
    labels = (merge.sides.mine, merge.sides.theirs)
    merged = read_merged(objects, merge.change, merge.sides, answer, labels)
    resolution, tree = settle(objects, merge.change, merge.ours, merged)
    plan = replace(
        _about(merge.copy, merge.base),
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
        return _anchored(objects, merge.copy, merge.base, tree)
    return replace(plan, commit=_commit(objects, merge.copy, merge.base, tree))


def _named(merge: _Merge, path: str) -> str:
    """A path with the sides of a conflict as people know them: Git was given ids."""
    ours = path.replace(f"~{merge.sides.mine}", f"~{MINE}")
    return ours.replace(f"~{merge.sides.theirs}", f"~plantilla-{merge.copy.target.claim.version}")


def _state(resolution: Resolution) -> State:
    if resolution.conflicts:
        return State.CONFLICT
    return State.TOUCHED if resolution.notes else State.CLEAN


def _about(copy: Copy, base: Base) -> RepoPlan:
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


def _anchored(objects: Objects, copy: Copy, base: Base, tree: str) -> RepoPlan:
    commit = _commit(objects, copy, base, tree)
    return replace(_about(copy, base), state=State.CLEAN, commit=commit, anchored=True)


def _commit(objects: Objects, copy: Copy, base: Base, tree: str) -> str:
    """Write the merge. It is dated by the template, so that whoever makes it makes the same."""
    who = signature(git.NAME, git.EMAIL, copy.target.moment)
    parents = [copy.mirror.head, copy.target.claim.id]
    text = message(base.claim, copy.target.claim.version)
    return objects.write_commit(tree, parents, who, who, text)


def _nothing_there(copy: Copy) -> RepoPlan:
    return RepoPlan(
        copy.id,
        State.BEHIND_BASE,
        reason="no tiene rama main",
        next_step="Si no lo has repartido, hazlo: scaffold class distribute",
    )


def _without_base(copy: Copy) -> RepoPlan:
    return RepoPlan(
        copy.id,
        State.BEHIND_BASE,
        head=copy.mirror.head,
        new=copy.target.claim.version,
        template=copy.target.claim.id,
        reason="su historia no tiene ningún commit de la plantilla del que partir",
        next_step="Que lo una quien lo tiene, en su clon: scaffold update --adopt, y git push",
    )


def _too_large(copy: Copy, path: str) -> RepoPlan:
    return _failed(
        copy,
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


def _failed(copy: Copy, error: Exception) -> RepoPlan:
    plan = RepoPlan(copy.id, State.BROKEN, head=copy.mirror.head)
    refusal = refusal_of(error)
    if refusal is not None:
        return replace(plan, reason=refusal.reason, next_step=refusal.next_step)
    if isinstance(error, git.GitError):
        return replace(
            plan,
            reason="Git no puede leer lo que tiene",
            next_step=f"Borra {copy.mirror.folder} y repite.",
        )
    return replace(plan, reason=f"es culpa de scaffold ({error!r})", error=error)
