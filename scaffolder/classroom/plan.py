"""What an update of a class comes to: a state for each repository, and the plan as a document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from scaffolder.classroom.course import Course
    from scaffolder.update.notes import Note

FORMAT = 1
KIND = "class-update"


class State(StrEnum):
    """How a repository stands to the newest template; the words are part of the JSON output."""

    CURRENT = "current"
    CLEAN = "clean"  # the update meets nothing of the students'
    TOUCHED = "touched"  # both changed the same, and the owner of the file decides
    CONFLICT = "conflict"  # both changed the same of a file that both own
    BEHIND_BASE = "behind-base"  # no template commit of the course is in its history
    UNREACHABLE = "unreachable"
    BROKEN = "broken"


class Done(StrEnum):
    """What was done about it; the words are part of the JSON output."""

    NOTHING = ""
    PUSHED = "pushed"
    BRANCH = "branch"
    PUBLISHED = "published"  # the branch was there already
    REFUSED = "refused"  # the host, or somebody's commits on the branch


MERGES = {State.CLEAN, State.TOUCHED}
"""What can be pushed as it is."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a plan that was made before says of a repository.

    Args:
        head: the commit that its `main` was at.
        template: the template commit that it was to get.
        commit: the merge that was to be pushed.
    """

    id: str
    state: State
    head: str
    template: str
    commit: str


@dataclass(frozen=True)
class RepoPlan:
    """An update of one repository, and what became of it.

    Args:
        id: the repository's.
        head: the commit that its `main` was at; empty where it has none, or can't be reached.
        base: the template commit that the update starts from.
        old: that one's version.
        new: the version that it goes to.
        template: that one's template commit.
        commit: the merge of both, which is to be pushed; empty where there is none.
        files: what changes, by path: `added`, `changed` or `deleted`.
        anchored: nothing changes but the history: the version came in without its commit.
        reason: what is wrong, and the next step to take.
        again: the plan was made anew, for somebody had pushed since.
        error: the bug, if it was one.
    """

    id: str
    state: State
    head: str = ""
    base: str = ""
    old: str = ""
    new: str = ""
    template: str = ""
    commit: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    conflicts: tuple[str, ...] = ()
    anchored: bool = False
    reason: str = ""
    next_step: str = ""
    again: bool = False
    done: Done = Done.NOTHING
    branch: str = ""
    request: str = ""
    error: Exception | None = field(default=None, compare=False)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that its state is about."""
        if self.state is State.CONFLICT:
            return self.conflicts
        if self.state is State.TOUCHED:
            return tuple(dict.fromkeys(note.path for note in self.notes))
        return tuple(self.files)

    def is_settled(self, *, check: bool) -> bool:
        """Whether nobody waits for anything; with `check`, an update that waits does."""
        if check or self.state not in {State.CLEAN, State.TOUCHED, State.CONFLICT}:
            return self.state is State.CURRENT
        return self.done in {Done.PUSHED, Done.BRANCH, Done.PUBLISHED}


def as_json(plan: RepoPlan) -> dict[str, object]:
    """One repository in the document."""
    return {
        "id": plan.id,
        "state": plan.state.value,
        "done": plan.done.value,
        "head": plan.head,
        "base": plan.base,
        "from": plan.old,
        "to": plan.new,
        "template": plan.template,
        "commit": plan.commit,
        "paths": list(plan.paths),
        "files": [{"path": path, "change": what} for path, what in plan.files.items()],
        "notes": [
            {"kind": note.kind.value, "path": note.path, "other": note.other} for note in plan.notes
        ],
        "conflicts": list(plan.conflicts),
        "anchored": plan.anchored,
        "again": plan.again,
        "branch": plan.branch,
        "request": plan.request,
        "reason": plan.reason,
        "next_step": plan.next_step,
    }


def read_plan(file: Path, course: Course) -> dict[str, Promise]:
    """Read the document that `--check --json` printed.

    Returns:
        What it says of each repository, by its id.

    Raises:
        Refusal: it can't be read, or is no plan of this course.
    """
    again = "Haz otro: scaffold class update --check --json > plan.json"
    try:
        data = json.loads(file.read_text(encoding="utf-8-sig"))
        found = [_promise(row) for row in data["repos"]]
        fits = (data["format"], data["kind"], data["course"]) == (FORMAT, KIND, course.name)
    except OSError as error:
        why = error.strerror or "no se deja"
        raise Refusal(f"No puedo leer el plan «{file}»: {why}.", again) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        found, fits = [], False
    if not fits:
        raise Refusal(f"«{file}» no es un plan del curso {course.name}.", again)
    return {promise.id: promise for promise in found}


def _promise(row: Mapping[str, Any]) -> Promise:
    name, head, template, commit = (_text(row[key]) for key in ("id", "head", "template", "commit"))
    return Promise(name, State(row["state"]), head, template, commit)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def counted(plans: Sequence[RepoPlan]) -> dict[str, int]:
    """How many repositories are in each state, in the states' own order."""
    counts = {state: sum(plan.state is state for plan in plans) for state in State}
    return {state.value: count for state, count in counts.items() if count}
