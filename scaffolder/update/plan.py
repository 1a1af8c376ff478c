"""What an update would do to one repository, computed without touching it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scaffolder.errors import Refusal
from scaffolder.git.objects import Entries, Entry, Objects, signature
from scaffolder.git.template_commits import write_template_commit
from scaffolder.starter import checklist
from scaffolder.update.merge import TemplateChange, merge
from scaffolder.update.notes import Kind, Outcome
from scaffolder.update.ownership import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scaffolder.git.lineage import Base
    from scaffolder.git.repository import Repository
    from scaffolder.update.project import Project


@dataclass(frozen=True)
class Template:
    """A rendered template version, as a tree in an object folder that all repositories share.

    Args:
        tree: the id of the rendered tree.
        version: its version.
        source: what is recorded of its source.
        moment: the version's date, in seconds since 1970.
    """

    tree: str
    version: str
    source: str
    moment: int

    @property
    def label(self) -> str:
        """Its name on conflict markers and branches."""
        return f"plantilla-{self.version}"


@dataclass(frozen=True)
class Ticks:
    """Boxes that the learner ticked, or unticked, and has not committed yet.

    Args:
        content: REQUISITOS.md with them.
        ids: the requirements.
    """

    content: bytes
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """An update of one repository.

    Args:
        project: the project.
        base: the template version that it starts from.
        template: the version that it goes to.
        objects: where all that is new has been written.
        change: what the template changed.
        ours: the learner's files, seen from the project's folder.
        outcome: what becomes of them.
        ticks: boxes to be committed first, since the update changes the file that they are in.
        template_commit: the new template commit.
        before: the tree that the update starts from, with those boxes.
        after: the tree that it ends in; with conflict markers where there are any.
    """

    project: Project
    base: Base
    template: Template
    objects: Objects
    change: TemplateChange
    ours: Entries
    outcome: Outcome
    ticks: Ticks | None
    template_commit: str
    before: str
    after: str

    @property
    def start(self) -> str:
        """What the repository's paths of the project's files begin with."""
        return self.project.path + "/" if self.project.path else ""

    @property
    def touched(self) -> dict[str, tuple[Entry | None, Entry | None]]:
        """What the update changes in the repository: by path, the file before and after."""
        new = self.outcome.entries
        return {
            self.start + path: (self.ours.get(path), new.get(path))
            for path in sorted(self.ours.keys() | new.keys())
            if self.ours.get(path) != new.get(path)
        }

    @property
    def message(self) -> str:
        """The text of the merge commit."""
        name, old, new = self.base.claim.template, self.base.claim.version, self.template.version
        step = f"de {old} a {new}" if old != new else f"({new})"
        return f"Actualiza la plantilla {name} {step}\n"

    def commit_ticks(self) -> str:
        """Write the commit that holds the boxes alone; return its id, or the head's."""
        head = self.project.repo.head
        if self.ticks is None:
            return head
        text = f"Marca {', '.join(self.ticks.ids)} en {checklist.FILE}\n"
        return self._commit(self.before, [head], text)

    def commit_merge(self, tip: str) -> str:
        """Write the merge commit and return its id.

        Args:
            tip: its first parent; the template commit is the second.
        """
        return self._commit(self.after, [tip, self.template_commit], self.message)

    def _commit(self, tree: str, parents: list[str], text: str) -> str:
        return write_merge(self.objects, self.project.repo, tree, parents, text)


def make_plan(  # noqa: PLR0913 - what is merged into what
    project: Project,
    base: Base,
    template: Template,
    objects: Objects,
    change: TemplateChange,
    *,
    with_ticks: bool = True,
) -> Plan:
    """Compute an update; only objects outside the repository are written.

    Args:
        project: the project.
        base: the template version to start from.
        template: the version to go to.
        objects: where all trees are, and new ones go.
        change: what the template changed.
        with_ticks: take in the boxes that are ticked and not yet committed.

    Raises:
        Refusal: the project's folder is not in the current commit.
    """
    head_tree, ours_tree = own_trees(objects, project)
    plain = ours = objects.entries(ours_tree)
    ticks = _ticks(project.folder, objects, ours) if with_ticks else None
    name = checklist.FILE
    if ticks:
        ours = {**plain, name: Entry(plain[name].mode, objects.write_blob(ticks.content))}
        ours_tree = objects.write_tree(ours)
    merged = merge(objects, change, ours_tree, ours, template.label)
    outcome = resolve(
        objects, change, ours, merged, template.label, lambda path: _exists(project.folder / path)
    )
    before = objects.graft(head_tree, project.path, ours_tree)
    if ticks and outcome.entries.get(name) == ours[name] and name not in outcome.conflicts:
        # The update leaves that file alone, and so the boxes stay as they are: uncommitted.
        outcome = replace(outcome, entries={**outcome.entries, name: plain[name]})
        ours, ticks, before = plain, None, head_tree
    _check_that_nothing_vanished(change, ours, outcome)
    commit = _template_commit(objects, project, base, template)
    settled = outcome.entries != merged.entries or not merged.tree
    tree = objects.write_tree(outcome.entries) if settled else merged.tree
    after = objects.graft(head_tree, project.path, tree)
    return Plan(
        project=project,
        base=base,
        template=template,
        objects=objects,
        change=change,
        ours=ours,
        outcome=outcome,
        ticks=ticks,
        template_commit=commit,
        before=before,
        after=after,
    )


def own_trees(objects: Objects, project: Project) -> tuple[str, str]:
    """The trees of the current commit: the repository's, and the project's.

    Args:
        objects: where they are.
        project: the project.

    Raises:
        Refusal: the project's folder is not in the current commit.
    """
    if not project.path:
        return project.repo.tree, project.repo.tree
    head = project.repo.head
    asked = objects.git("rev-parse", f"{head}:", f"{head}:{project.path}", check=False)
    found = asked.stdout.decode("ascii", "replace").split()
    if asked.returncode:
        raise Refusal(
            f"«{project.folder}» no está guardado en Git.",
            "Guárdalo antes: git add -A, y git commit",
        )
    return found[0], found[1]


def _template_commit(objects: Objects, project: Project, base: Base, template: Template) -> str:
    """The new template commit, on top of the base, or of one that stands for a flattened base."""
    parent = base.claim.id
    if base.flattened:
        parent = write_template_commit(objects, base.claim, base.moment)
    claim = replace(
        base.claim,
        version=template.version,
        source=template.source,
        tree=template.tree,
        path=project.path,
    )
    return write_template_commit(objects, claim, template.moment, [parent])


def write_merge(
    objects: Objects, repo: Repository, tree: str, parents: list[str], text: str
) -> str:
    """Write a commit of the learner's and return its id.

    It is never signed: that would start a program that the repository may choose.

    Args:
        objects: where it goes.
        repo: the repository that it is for.
        tree: its tree.
        parents: the commits that it follows.
        text: its message.
    """
    now = int(time.time())
    who = signature(*repo.identity, now, time.strftime("%z", time.localtime(now)))
    return objects.write_commit(tree, parents, who, who, text)


def _ticks(folder: Path, objects: Objects, ours: Mapping[str, Entry]) -> Ticks | None:
    """What REQUISITOS.md on the disk has beyond the current commit, if that is boxes alone."""
    entry = ours.get(checklist.FILE)
    if entry is None:
        return None
    try:
        disk = (folder / checklist.FILE).read_bytes().decode("utf-8")
        saved = objects.read([entry.id])[entry.id].decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    then = {box.id: box.ticked for box in checklist.parse(saved)}
    now = {box.id: box.ticked for box in checklist.parse(disk)}
    changed = tuple(key for key, ticked in now.items() if then.get(key) != ticked)
    on, off = ([key for key, ticked in now.items() if ticked is wanted] for wanted in (True, False))
    told = checklist.mark(saved, tick=on, untick=off)
    if not changed or told.splitlines() != disk.splitlines():
        return None
    return Ticks(told.encode(), changed)


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _check_that_nothing_vanished(change: TemplateChange, ours: Entries, outcome: Outcome) -> None:
    """A last look: a file that the learner wrote or edited is there, or its absence is told."""
    told = {note.path for note in outcome.notes} | set(outcome.conflicts)
    lost = [
        path
        for path, entry in ours.items()
        if entry != change.base.get(path)
        and path not in outcome.entries
        and path not in told
        and not any(
            note.kind is Kind.REPLACED and path.startswith(note.path + "/")
            for note in outcome.notes
        )
    ]
    if lost:
        raise AssertionError(f"the merge would lose {lost}")
