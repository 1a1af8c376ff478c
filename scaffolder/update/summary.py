"""What there is to tell about an update, out of its plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scaffolder.starter import checklist
from scaffolder.update.notes import Note

if TYPE_CHECKING:
    from scaffolder.update.plan import Plan

_TESTS = re.compile(r"tests/requisitos/test_r(\d+)_[^/]*\.py")
_DATE = re.compile(rb"^exclude-newer\s*=.*$", re.MULTILINE)


def summarize(plan: Plan, *, diff: bool) -> dict[str, Any]:
    """The fields of a `Result` that a plan decides; with `diff`, the patch too."""
    touched = plan.touched
    files = {
        path: "added" if old is None else "deleted" if new is None else "changed"
        for path, (old, new) in touched.items()
    }
    return {
        "files": files,
        "notes": tuple(
            Note(note.kind, plan.start + note.path, note.other and plan.start + note.other)
            for note in plan.resolution.notes
        ),
        "conflicts": tuple(sorted(plan.start + path for path in plan.resolution.conflicts)),
        "requirements": _renewed(plan),
        "ticked": plan.ticks.ids if plan.ticks else (),
        "new_date": _date(plan),
        "dependencies": plan.start + "pyproject.toml" in files,
        "template": plan.template_commit,
        "diff": _patch(plan) if diff else "",
    }


def _renewed(plan: Plan) -> tuple[str, ...]:
    """The ticked requirements whose tests the update changes."""
    entry = plan.resolution.entries.get(checklist.FILE)
    if entry is None:
        return ()
    text = plan.project.objects.read([entry.id])[entry.id].decode("utf-8", "replace")
    ticked = [box.id for box in checklist.parse(text) if box.ticked]
    changed = {
        f"R{match[1]}"
        for path in plan.change.paths
        if (match := _TESTS.fullmatch(path))
        and plan.ours.get(path) != plan.resolution.entries.get(path)
    }
    return tuple(name for name in ticked if name in changed)


def _date(plan: Plan) -> bool:
    """Whether the day up to which versions of packages are looked for has moved."""
    sides = [tree.get("uv.toml") for tree in (plan.ours, plan.resolution.entries)]
    contents = plan.project.objects.read(side.id for side in sides if side)
    old, new = (_DATE.findall(contents[side.id]) if side else [] for side in sides)
    return old != new


def _patch(plan: Plan) -> str:
    command = ("diff-tree", "-p", "-r", "--no-ext-diff", "--no-textconv", "--find-renames")
    done = plan.project.objects.git(*command, plan.before, plan.after)
    return done.stdout.decode("utf-8", "replace")
