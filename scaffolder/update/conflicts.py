"""Git's list of conflict stages, put together to the conflicts that a person would name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from scaffolder.git.object_format import SUBMODULE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffolder.git.object_format import Entries, Entry
    from scaffolder.update.merge import Merged, TemplateChange


class ConflictKind(StrEnum):
    """What sort of thing happened to both sides."""

    CROSSED = "several moves cross"
    FILE_AND_FOLDER = "one side has a file where the other has a folder"
    SUBMODULE = "one side has another repository there"
    SEPARATE_LINES = "both changed the text, and not the same lines"
    SAME_LINES = "both changed the same lines"
    MOVED_APART = "both moved it, to different places"
    NO_LINES = "both changed it, and there are no lines to choose between"
    COLLIDED = "two files ended at one name, and the template's holds edits of the learner's"
    DELETED_BY_TEMPLATE = "the learner changed it"
    DELETED_BY_LEARNER = "the template changed it"


@dataclass(frozen=True)
class Conflict:
    """A path and an entry on each side that has it, and Git's names for it.

    Args:
        base: what the template had.
        mine: what the learner has.
        theirs: what the template has now.
        names: the paths of Git's list that it is about.
        blocked: one side has a folder where the other has a file.
        crossed: several moves cross, so that it can only be left open.
    """

    base: tuple[str, Entry] | None
    mine: tuple[str, Entry] | None
    theirs: tuple[str, Entry] | None
    names: frozenset[str]
    blocked: bool = False
    crossed: bool = False

    @property
    def path(self) -> str:
        """The path whose owner decides: the template's, if it has one."""
        side = self.theirs or self.mine or self.base
        return side[0] if side else min(self.names)

    @property
    def is_moved_apart(self) -> bool:
        """Whether both sides have it, at different paths."""
        return bool(self.mine and self.theirs and self.mine[0] != self.theirs[0])

    def kind(self, change: TemplateChange, *, is_text: bool, merges: bool) -> ConflictKind | None:
        """What sort of conflict it is; None for what neither side has any more.

        Args:
            change: what the template changed.
            is_text: both sides, and the old one if there is any, are texts.
            merges: the texts have no changed line in common.
        """
        if self.crossed:
            return ConflictKind.CROSSED
        if self.mine and self.theirs and not self.blocked:
            sides = self.mine[1], self.theirs[1]
            return self._kind_of_both(*sides, change, is_text=is_text, merges=merges)
        if self.blocked and (self.mine or self.theirs):
            return ConflictKind.FILE_AND_FOLDER
        if self.mine or self.theirs:
            by_template = ConflictKind.DELETED_BY_TEMPLATE
            return by_template if self.mine else ConflictKind.DELETED_BY_LEARNER
        return None

    def _kind_of_both(
        self, mine: Entry, theirs: Entry, change: TemplateChange, *, is_text: bool, merges: bool
    ) -> ConflictKind:
        # The template's side of a file that has no old version, and is not what the template
        # has there, was moved to that name with the learner's edits in it.
        collided = self.base is None and change.theirs.get(self.path) != theirs
        alone = not (self.is_moved_apart or collided) and len(self.names) == 1
        if is_text and merges and alone:
            return ConflictKind.SEPARATE_LINES
        if SUBMODULE in {mine.mode, theirs.mode}:
            return ConflictKind.SUBMODULE
        if collided:
            return ConflictKind.COLLIDED
        if self.is_moved_apart:
            return ConflictKind.MOVED_APART
        return ConflictKind.SAME_LINES if is_text and self.base else ConflictKind.NO_LINES


def find_conflicts(change: TemplateChange, ours: Entries, merged: Merged) -> Iterator[Conflict]:
    """Put Git's conflicting paths together.

    Args:
        change: what the template changed.
        ours: the learner's files.
        merged: what Git made of both.
    """
    left = dict(merged.stages)
    for message in merged.messages:
        if message.kind == "CONFLICT (rename/rename)" and len(message.paths) == 3:  # noqa: PLR2004 - old, mine, new
            old, mine, new = message.paths
            names = [name for name in (old, mine, new) if name in left]
            stages = {name: left.pop(name) for name in names}
            if not {2, 3} <= {stage for found in stages.values() for stage in found}:
                left |= stages
                continue
            alone = [set(stages.get(name, ())) for name in (old, mine, new)] == [{1}, {2}, {3}]
            whole = old in change.base and mine in ours and new in change.theirs
            yield Conflict(
                (old, change.base[old]) if old in change.base else None,
                (mine, ours[mine] if mine in ours else _any(stages, 2)),
                (new, change.theirs[new] if new in change.theirs else _any(stages, 3)),
                frozenset(names),
                crossed=not (alone and whole),
            )
    blocked = {
        path
        for message in merged.messages
        if message.kind == "CONFLICT (file/directory)"
        for path in message.paths
    }
    known = change.base.keys() | change.theirs.keys() | ours.keys()
    suffix = re.compile(f"~({'|'.join(map(re.escape, merged.labels))})(_\\d+)?$")
    together: dict[str, list[str]] = {}
    for name in left:
        plain = name if name in known else suffix.sub("", name)
        together.setdefault(plain, []).append(name)
    for path, names in together.items():
        sides: dict[int, tuple[str, Entry]] = {}
        for name in names:
            sides |= {stage: (path, entry) for stage, entry in left[name].items()}
        yield Conflict(
            sides.get(1),
            sides.get(2),
            sides.get(3),
            frozenset(names),
            blocked=any(name in blocked for name in names),
        )


def _any(stages: Mapping[str, Mapping[int, Entry]], stage: int) -> Entry:
    return next(found[stage] for found in stages.values() if stage in found)
