"""Whether a template has anything new, and whether the learner sent the last of it back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scaffolder.starter import checklist
from scaffolder.starter.answers import ANSWERS_FILE
from scaffolder.update.ownership import Owner, owners
from scaffolder.update.plan import own_trees

if TYPE_CHECKING:
    from scaffolder.git.lineage import Base
    from scaffolder.git.objects import Objects
    from scaffolder.update.merge import TemplateChange
    from scaffolder.update.project import GeneratedProject

_VERSION_LINE = b"_commit:"
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40,64})", re.MULTILINE)


def is_news(objects: Objects, change: TemplateChange) -> bool:
    """Whether a template changed more than the number of its version."""
    if change.paths != [ANSWERS_FILE]:
        return bool(change.paths)
    sides = [tree[ANSWERS_FILE].id for tree in (change.base, change.theirs) if ANSWERS_FILE in tree]
    texts = objects.read(sides)
    told = {
        tuple(line for line in texts[side].splitlines() if not line.startswith(_VERSION_LINE))
        for side in sides
    }
    return len(sides) == 1 or len(told) > 1


def find_missing(project: GeneratedProject, base: Base) -> tuple[str, ...]:
    """The files of the base that a project can't do without, and doesn't have."""
    there = project.objects.entries(own_trees(project)[1])
    files = project.objects.entries(base.claim.tree)
    missing = [path for path in files if path not in there]
    whose = owners(project.objects, base.claim.tree, missing)
    needed = {ANSWERS_FILE, checklist.FILE}
    return tuple(path for path in missing if path in needed or whose[path] is Owner.TEMPLATE)


def find_revert(project: GeneratedProject, base: Base) -> str | None:
    """Whether the learner took back the update that brought the base, which their history has last.

    Returns:
        The commit that took it back, `""` if it can't be named, or None where nothing was.
    """
    objects, head = project.objects, project.repo.head
    if base.flattened or not base.older:
        return None
    older = objects.git(
        "rev-parse", "-q", "--verify", f"{base.older}:{base.claim.path}", check=False
    )
    if older.returncode:
        return None
    old = objects.entries(older.stdout.decode("ascii").strip())
    new, ours = objects.entries(base.claim.tree), objects.entries(own_trees(project)[1])
    changed = [path for path in old.keys() | new.keys() if old.get(path) != new.get(path)]
    back = [path for path in changed if ours.get(path) == old.get(path)]
    if ANSWERS_FILE not in back or 2 * len(back) < len(changed):
        return None
    log = objects.git(
        *("log", "-z", "--no-show-signature", "--format=%H%n%B", "--fixed-strings"),
        *("--grep=This reverts commit ", "--end-of-options", head),
    )
    for entry in log.stdout.decode("utf-8", "replace").split("\0"):
        commit, _, text = entry.partition("\n")
        for reverted in _REVERTS.findall(text):
            parents = objects.git("rev-parse", "-q", "--verify", f"{reverted}^2", check=False)
            if parents.stdout.decode().strip() == base.claim.id:
                return commit
    return ""
