"""What is asked of an update, and what it came to in one repository: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from scaffolder.console.output import typed
from scaffolder.errors import BUG, DONE, NO, REFUSED
from scaffolder.starter import checklist

if TYPE_CHECKING:
    from scaffolder.update.notes import Note


class Mode(StrEnum):
    """What is done with an update once it is computed."""

    APPLY = "apply"
    LOOK = "look"
    BRANCH = "branch"
    ADOPT = "adopt"


@dataclass(frozen=True)
class Request:
    """What the user asks for.

    Args:
        mode: what to do with an update.
        data: answers that change.
        where: the source, if another than the recorded one.
        ref: its version, if another than the newest.
        diff: make the patch, too.
        sure: adopt a repository even with a version that it did not begin with.
    """

    mode: Mode = Mode.APPLY
    data: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    ref: str | None = None
    diff: bool = False
    sure: bool = False

    def command(self, *options: str) -> str:
        """The command that asks for the same source, version and answers, typed from wherever.

        Args:
            options: what to add.
        """
        words = [*options]
        for key, value in self.data.items():
            words += ["--data", f"{key}={value}"]
        if self.where:
            folder = Path(self.where).expanduser()
            words += ["--source", str(folder.resolve()) if folder.exists() else self.where]
        if self.ref:
            words += ["--ref", self.ref]
        return " ".join(["scaffold update", *map(typed, words)])

    def again(self, **changes: Any) -> str:  # noqa: ANN401 - fields of its own
        """The command that asks for the same once more, but for some of its fields."""
        changed = replace(self, **changes)
        return changed.command(*(("--adopt",) if changed.mode is Mode.ADOPT else ()))


class Status(StrEnum):
    """How it ended; the words are part of the JSON output."""

    UP_TO_DATE = "up-to-date"
    WAITING = "waiting"  # there is an update, and it was only asked for
    UPDATED = "updated"
    CONFLICTS = "conflicts"  # in the work tree, to be resolved; with --branch, none was made
    BRANCH = "branch"
    ADOPTED = "adopted"
    UNSURE = "unsure"  # to be adopted with another version than its own, if the user says yes
    REFUSED = "refused"
    FAILED = "failed"


class End(NamedTuple):
    """What a status is called, and the exit code that it amounts to."""

    words: str
    code: int


ENDS = {
    Status.UP_TO_DATE: End("Al día", DONE),
    Status.WAITING: End("Hay una actualización", DONE),  # but with `--check` the answer is no
    Status.UPDATED: End("Actualizado", DONE),
    Status.CONFLICTS: End("Faltan decisiones tuyas", NO),
    Status.BRANCH: End("Actualización en una rama", DONE),
    Status.ADOPTED: End("Unido a su plantilla", DONE),
    Status.UNSURE: End("Sin unir todavía", REFUSED),
    Status.REFUSED: End("No se ha tocado nada", REFUSED),
    Status.FAILED: End("scaffold ha fallado", BUG),
}


@dataclass(frozen=True)
class Result:
    """What an update of one repository came to.

    Args:
        folder: as the user named it.
        path: the project's folder inside the repository; empty at the top.
        old: the template version that it had.
        new: the template version that it was compared with.
        files: what changes, by path: `added`, `changed` or `deleted`.
        requirements: ticked requirements whose tests changed.
        ticked: requirements whose boxes were committed on the way.
        new_date: the date in uv.toml moved.
        dependencies: pyproject.toml changed.
        template: the new template commit.
        commit: the commit that the branch is at.
        reverted: the commit that took the last update back; `?` if it can't be named.
        recovered: what a killed run had left was put in order first.
        kept: the files that hold what was edited since that run.
        differs: what a repository to be adopted has otherwise than the template.
        missing: files of the version that it has, which it can't do without and doesn't have.
        error: the bug, if it was one.
        home: the project's folder, once it is known.
        nameless: Git knows no name for the learner's commits.
    """

    folder: Path
    status: Status
    project: str = ""
    path: str = ""
    source: str = ""
    old: str = ""
    new: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    conflicts: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    new_date: bool = False
    dependencies: bool = False
    template: str = ""
    commit: str = ""
    branch: str = ""
    reverted: str = ""
    recovered: bool = False
    kept: tuple[str, ...] = ()
    diff: str = ""
    differs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""
    next_step: str = ""
    error: BaseException | None = None
    home: Path | None = None
    nameless: bool = False

    @property
    def undo(self) -> tuple[str, ...]:
        """The commands that bring the repository back, to be typed in the project's folder.

        `scaffold check` may tick a box at any moment, and Git goes back over no changed file:
        where the update changed REQUISITOS.md too, it is put out of the way first. During a
        merge Git has no stash; there `git add` makes the file one that going back restores.
        """
        boxes = checklist.FILE
        boxes_changed = self.files.get(f"{self.path}/{boxes}" if self.path else boxes) == "changed"
        back = ("git reset --quiet HEAD~1",) if self.ticked else ()
        if self.status is Status.UPDATED:
            aside = (f"git stash push --quiet -- {boxes}",) if boxes_changed else ()
            return (*aside, "git reset --keep ORIG_HEAD", *back)
        if self.status is Status.CONFLICTS and not self.branch:
            aside = (f"git add {boxes}",) if boxes_changed else ()
            return (*aside, "git merge --abort", *back)
        if self.status is Status.BRANCH:
            return (f"git branch -D {self.branch}",)
        if self.status is Status.ADOPTED:
            return (f"git reset {'--keep' if self.files else '--soft'} ORIG_HEAD",)
        return ()

    def exit_code(self, *, check: bool) -> int:
        """The exit code that it amounts to; with `check`, an update that waits is a no."""
        return NO if self.status is Status.WAITING and check else ENDS[self.status].code
