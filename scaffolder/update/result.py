"""What an update of one repository came to, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from scaffolder.errors import BUG, DONE, NO, REFUSED

if TYPE_CHECKING:
    from pathlib import Path

    from scaffolder.update.notes import Note


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


@dataclass(frozen=True)
class Result:
    """What an update of one repository came to.

    Args:
        folder: the folder that the user named.
        status: how it ended.
        project: the project's id.
        path: the project's folder inside the repository; empty at the top.
        source: what is recorded of where its template comes from.
        old: the template version that it had.
        new: the template version that it was compared with.
        files: what changes, by path: `added`, `changed` or `deleted`.
        notes: what there is to know about single files.
        conflicts: the files that wait for a decision.
        requirements: ticked requirements whose tests changed.
        ticked: requirements whose boxes were committed on the way.
        new_date: the date in uv.toml moved.
        dependencies: pyproject.toml changed.
        template: the new template commit.
        commit: the commit that the branch is at.
        branch: the branch that was made.
        reverted: the commit that took the last update back; `?` if it can't be named.
        recovered: what a killed run had left was put in order first.
        kept: the files that hold what was edited since that run.
        diff: the changes as a patch.
        differs: what a repository to be adopted has otherwise than the template.
        reason: why not.
        next_step: what to do about it.
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
    files: dict[str, str] = field(default_factory=dict)
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
    reason: str = ""
    next_step: str = ""
    error: BaseException | None = None
    home: Path | None = None
    nameless: bool = False

    @property
    def undo(self) -> tuple[str, ...]:
        """The commands that bring the repository back to what it was."""
        back = ("git reset --quiet HEAD~1",) if self.ticked else ()
        if self.status is Status.UPDATED:
            return ("git reset --keep ORIG_HEAD", *back)
        if self.status is Status.CONFLICTS and not self.branch:
            return ("git merge --abort", *back)
        if self.status is Status.BRANCH:
            return (f"git branch -D {self.branch}",)
        if self.status is Status.ADOPTED:
            return ("git reset --soft ORIG_HEAD",)
        return ()

    def exit_code(self, *, check: bool) -> int:
        """The exit code that it amounts to.

        Args:
            check: it was only asked whether an update waits.
        """
        if self.status in {Status.REFUSED, Status.UNSURE}:
            return REFUSED
        if self.status is Status.FAILED:
            return BUG
        waits = self.status is Status.WAITING and check
        return NO if waits or self.status is Status.CONFLICTS else DONE

    def as_json(self) -> dict[str, object]:
        """The shape that `--json` promises."""
        return {
            "folder": str(self.folder),
            "status": self.status.value,
            "project": self.project,
            "path": self.path,
            "source": self.source,
            "from": self.old,
            "to": self.new,
            "files": [{"path": path, "change": what} for path, what in self.files.items()],
            "notes": [
                {"kind": note.kind.value, "path": note.path, "other": note.other}
                for note in self.notes
            ],
            "conflicts": list(self.conflicts),
            "requirements": list(self.requirements),
            "ticked": list(self.ticked),
            "uv_lock": self.new_date,
            "dependencies": self.dependencies,
            "template": self.template,
            "commit": self.commit,
            "branch": self.branch,
            "reverted": self.reverted,
            "recovered": self.recovered,
            "diff": self.diff,
            "differs": list(self.differs),
            "undo": list(self.undo),
            "reason": self.reason,
            "next_step": self.next_step,
        }
