"""What an update tells about single files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffolder.git.objects import Entries, Entry


class Kind(StrEnum):
    """What a note tells about a path; the words are part of the JSON output."""

    TEMPLATE_LINES = "template-lines"  # the template's lines stand where both changed
    LEARNER_LINES = "learner-lines"  # the learner's stand, and the template's are left out
    RESTORED = "restored"  # the learner had deleted it, and it is back
    REPLACED = "replaced"  # the template's is in place, the learner's is kept at `other`
    DROPPED = "dropped"  # the template dropped it, the learner's is kept at `other`
    KEPT = "kept"  # the template dropped it, and the learner's stays
    LEFT_OUT = "left-out"  # the learner had deleted it, and it stays so
    MOVED = "moved"  # the template moved it to `other`, with the learner's changes
    FOLLOWED = "followed"  # it went to `other`, since its folder moved there
    ANSWERS = "answers"  # the learner's edits to the answers file do not count
    REQUIREMENTS = "requirements"  # merged by requirement
    CONFLICT_BOTH = "conflict-both"
    CONFLICT_WHOLE = "conflict-whole"  # a binary file or a link: there are no lines to choose
    CONFLICT_DELETED_BY_LEARNER = "conflict-deleted-by-you"
    CONFLICT_DELETED_BY_TEMPLATE = "conflict-deleted-by-template"
    CONFLICT_MOVED = "conflict-moved"
    CONFLICT_LEFT = "conflict-left"  # the old name of something that both moved
    CONFLICT_BLOCKED = "conflict-file-and-folder"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the learner is told about one path."""

    kind: Kind
    path: str
    other: str = ""


@dataclass(frozen=True)
class Outcome:
    """What an update makes of a learner's files.

    Args:
        entries: the resulting files; those in conflict hold conflict markers.
        conflicts: the open conflicts, as Git's index holds them.
        notes: what to tell, sorted by path.
    """

    entries: Entries
    conflicts: Mapping[str, Mapping[int, Entry]]
    notes: tuple[Note, ...]
