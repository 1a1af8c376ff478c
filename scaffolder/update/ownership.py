"""Whose a file is, and so whose work wins where a learner and a template changed the same thing.

The template itself says it, in its `.gitattributes`: `scaffold-owner=template`, `=learner`,
or nothing, which means shared. What follows from that is one table over the kinds of
conflict, and not a merge driver: drivers never see a deleted file, and run nowhere without a
work tree.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from scaffolder.update.conflicts import ConflictKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scaffolder.git.objects import Objects

ATTRIBUTE = "scaffold-owner"


class Owner(StrEnum):
    """Whose a file is when both changed the same of it."""

    TEMPLATE = "template"
    LEARNER = "learner"
    SHARED = "shared"


class Action(StrEnum):
    """What becomes of a conflict. «Aside» is a copy beside it, `NAME.tuyo`."""

    MERGE = "both sides' lines"
    TEMPLATE_LINES = "both sides' lines; of those that both changed, the template's"
    LEARNER_LINES = "both sides' lines; of those that both changed, the learner's"
    TEMPLATE_FILE = "the template's file, the learner's aside"
    LEARNER_FILE = "the learner's file"
    ASIDE = "no file, the learner's aside"
    RESTORE = "the template's file"
    LEAVE_OUT = "no file"
    MAKE_ROOM = "the template's file or folder, what the learner has in its place aside"
    OPEN = "the learner decides, as after any merge of Git's"


# fmt: off
_WHOLE_TABLE = {
    # what happened                    the template's         the learner's          shared
    ConflictKind.SEPARATE_LINES:      (Action.MERGE,          Action.MERGE,          Action.MERGE),
    ConflictKind.SAME_LINES:          (Action.TEMPLATE_LINES, Action.LEARNER_LINES,  Action.OPEN),
    ConflictKind.MOVED_APART:         (Action.TEMPLATE_LINES, Action.LEARNER_LINES,  Action.OPEN),
    ConflictKind.NO_LINES:            (Action.TEMPLATE_FILE,  Action.LEARNER_FILE,   Action.OPEN),
    # Both files hold work of the learner's: neither may win in silence.
    ConflictKind.COLLIDED:            (Action.TEMPLATE_FILE,  Action.OPEN,           Action.OPEN),
    ConflictKind.DELETED_BY_TEMPLATE: (Action.ASIDE,          Action.LEARNER_FILE,   Action.OPEN),
    ConflictKind.DELETED_BY_LEARNER:  (Action.RESTORE,        Action.LEAVE_OUT,      Action.OPEN),
    ConflictKind.FILE_AND_FOLDER:     (Action.MAKE_ROOM,      Action.OPEN,           Action.OPEN),
    # A submodule's content is not here, and of crossing moves no side is known for certain.
    ConflictKind.SUBMODULE:           (Action.OPEN,           Action.OPEN,           Action.OPEN),
    ConflictKind.CROSSED:             (Action.OPEN,           Action.OPEN,           Action.OPEN),
}
# fmt: on

ACTIONS = {
    (kind, owner): action
    for kind, row in _WHOLE_TABLE.items()
    for owner, action in zip(Owner, row, strict=True)
}


def owners(objects: Objects, tree: str, paths: Iterable[str]) -> dict[str, Owner]:
    """Whose some paths are, by the `.gitattributes` of a template; no work tree is needed.

    Args:
        objects: where the tree is.
        tree: the id of the template's tree: never the learner's, who might own everything then.
        paths: the paths to ask for.
    """
    known = {owner.value: owner for owner in Owner}
    found = objects.attributes(tree, ATTRIBUTE, paths)
    return {path: known.get(value, Owner.SHARED) for path, value in found.items()}
