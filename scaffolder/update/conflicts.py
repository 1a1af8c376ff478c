"""Git's list of conflict stages, put together to the conflicts that a person would name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scaffolder.update.merge import MINE, Merged, TemplateChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffolder.git.objects import Entries, Entry


@dataclass(frozen=True)
class Case:
    """One conflict: a path and an entry on each side that has it, and Git's names for it.

    Args:
        base: what the template had.
        mine: what the learner has.
        theirs: what the template has now.
        names: the paths of Git's list that it is about.
        blocked: one side has a folder where the other has a file.
        tangled: several moves cross, so that it can only be left open.
    """

    base: tuple[str, Entry] | None
    mine: tuple[str, Entry] | None
    theirs: tuple[str, Entry] | None
    names: frozenset[str]
    blocked: bool = False
    tangled: bool = False

    @property
    def path(self) -> str:
        """The path whose owner decides: the template's, if it has one."""
        side = self.theirs or self.mine or self.base
        return side[0] if side else min(self.names)


def find_cases(change: TemplateChange, ours: Entries, merged: Merged, label: str) -> Iterator[Case]:
    """Put Git's conflicting paths together.

    Args:
        change: what the template changed.
        ours: the learner's files.
        merged: what Git made of both.
        label: what conflict markers call the template's side.

    Yields:
        The conflicts.
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
            yield Case(
                (old, change.base[old]) if old in change.base else None,
                (mine, ours[mine] if mine in ours else _any(stages, 2)),
                (new, change.theirs[new] if new in change.theirs else _any(stages, 3)),
                frozenset(names),
                tangled=not (alone and whole),
            )
    blocked = {
        path
        for message in merged.messages
        if message.kind == "CONFLICT (file/directory)"
        for path in message.paths
    }
    known = change.base.keys() | change.theirs.keys() | ours.keys()
    suffix = re.compile(f"~({re.escape(MINE)}|{re.escape(label)})(_\\d+)?$")
    together: dict[str, list[str]] = {}
    for name in left:
        plain = name if name in known else suffix.sub("", name)
        together.setdefault(plain, []).append(name)
    for path, names in together.items():
        sides: dict[int, tuple[str, Entry]] = {}
        for name in names:
            sides |= {stage: (path, entry) for stage, entry in left[name].items()}
        yield Case(
            sides.get(1),
            sides.get(2),
            sides.get(3),
            frozenset(names),
            blocked=any(name in blocked for name in names),
        )


def _any(stages: Mapping[str, Mapping[int, Entry]], stage: int) -> Entry:
    return next(found[stage] for found in stages.values() if stage in found)
