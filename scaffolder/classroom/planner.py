"""What an update would do to many repositories, computed on their mirrors: nothing is touched.

Sixty-four at a time share their Git processes, for those are the cost: two tell where the
histories stand, two read the trees, one merges. They read all mirrors through one throw-away
directory (`Objects`), which has no configuration and no attributes but ours. Where that fails
for one of them (a damaged object, say), each is looked at alone, so that it spoils nobody's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.classroom.merges import (
    Copy,
    Merge,
    about,
    anchored,
    failed,
    merge_all,
    raise_if_ours,
)
from scaffolder.classroom.plan import RepoPlan, State
from scaffolder.git.batch import Line, find_lines, learn_trees
from scaffolder.git.lineage import version_key
from scaffolder.git.objects import ObjectCache, Objects
from scaffolder.update.history import is_news
from scaffolder.update.merge import TemplateChange, compare, write_sides

if TYPE_CHECKING:
    from scaffolder.classroom.own_answers import OwnAnswers
    from scaffolder.git.lineage import Base

AT_ONCE = 64


class Planner:
    """Plans for the repositories of one course.

    Args:
        store: the folder of the template store's objects.
        own: finds versions for those whose answers are not the class's.
        folder: where to work.
    """

    def __init__(self, store: Path, own: OwnAnswers, folder: Path) -> None:
        self._store = store
        self._own = own
        self._folder = folder
        self._attributes: dict[tuple[str, str, str], str] = {}
        self._changes: dict[tuple[str, str], tuple[TemplateChange, bool]] = {}

    @contextmanager
    def plans(self, copies: Sequence[Copy]) -> Iterator[tuple[list[RepoPlan], Path]]:
        """Plan some repositories.

        Yields:
            A plan for each, in their order; and the folder of new objects, which hold the
            merges, for as long as the context lasts.
        """
        with tempfile.TemporaryDirectory(prefix="plan-", dir=self._folder) as name:
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
            return [failed(copies[0].id, copies[0].mirror, error)]

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
        merges: list[Merge] = []
        known: list[tuple[Copy, Line, Base]] = []
        for whose in there:
            copy = whose
            line = lines[copy.mirror.head]
            if line.base is None:
                plans[copy.id] = _without_base(copy)
                continue
            plan = _has_it(copy, line.base)
            if plan is None:
                copy = replace(copy, target=self._own.target(objects, line.base, copy.target))
                plan = self._without_news(objects, copy, line, line.base)
            if plan is not None:
                plans[copy.id] = plan
            else:
                known.append((copy, line, line.base))
        learn_trees(objects, [(base.claim.tree, line.tree) for _, line, base in known])
        for copy, line, base in known:
            change, _ = self._change(objects, base, copy.target)
            ours = objects.entries(line.tree)
            sides = write_sides(objects, change, line.tree, ours)
            merges.append(Merge(copy, base, change, ours, line.tree, sides))
        for plan in merge_all(objects, merges):
            plans[plan.id] = plan
        return [plans[copy.id] for copy in copies]

    def _without_news(
        self, objects: Objects, copy: Copy, line: Line, base: Base
    ) -> RepoPlan | None:
        """The plan of a repository that has all of the version, in another way."""
        _, news = self._change(objects, base, copy.target)
        if news or base.claim.source != copy.target.claim.source:
            return None
        if base.flattened:  # by a squash; from its own tree on, history can go on
            return anchored(objects, copy, base, line.tree)
        return about(copy, base)

    def _change(self, objects: Objects, base: Base, target: Base) -> tuple[TemplateChange, bool]:
        """What a template changed, and whether that is any news; found out once."""
        key = base.claim.tree, target.claim.tree
        if len(self._changes) > AT_ONCE:  # everybody's own
            self._changes.clear()
        if key not in self._changes:
            change = compare(objects, *key)
            self._changes[key] = change, is_news(objects, change)
        change, news = self._changes[key]
        objects.cache.trees[key[0]], objects.cache.trees[key[1]] = change.base, change.theirs
        return change, news


def _has_it(copy: Copy, base: Base) -> RepoPlan | None:
    """The plan of a repository that has the version, or a newer one of the same source."""
    plan, target = about(copy, base), copy.target.claim
    if base.claim.id == target.id:
        return plan
    same = base.claim.source == target.source
    newer = version_key(base.claim.version) > version_key(target.version)
    return replace(plan, new=base.claim.version) if same and newer else None


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
