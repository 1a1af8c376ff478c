"""What an update would do to one repository, computed without touching it.

`settle` is the part that knows nothing of a work tree: trees in, a resolution out. `Plan` is
that and what a work tree adds: boxes that are ticked there, files that stand in the way.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scaffolder.errors import Refusal
from scaffolder.git.object_format import Entries, Entry, signature
from scaffolder.git.template_commits import write_template_commit
from scaffolder.starter import checklist
from scaffolder.update.merge import Merged, TemplateChange, merge
from scaffolder.update.notes import Kind, Resolution
from scaffolder.update.resolver import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from scaffolder.git.lineage import Base
    from scaffolder.git.objects import Objects
    from scaffolder.git.template_commits import TemplateCommit
    from scaffolder.update.project import GeneratedProject

Touched = dict[str, tuple[Entry | None, Entry | None]]
"""What changes in a repository: by path, the file before and after."""


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
        base: the template version that it starts from.
        template: the version that it goes to.
        ours: the learner's files, seen from the project's folder.
        resolution: what becomes of them.
        ticks: boxes to be committed first, since the update changes the file that they are in.
        template_commit: the new template commit.
        before: the tree that the update starts from, with those boxes.
        after: the tree that it ends in; with conflict markers where there are any.
    """

    project: GeneratedProject
    base: Base
    template: Template
    change: TemplateChange
    ours: Entries
    resolution: Resolution
    ticks: Ticks | None
    template_commit: str
    before: str
    after: str

    @property
    def start(self) -> str:
        """What the repository's paths of the project's files begin with."""
        return self.project.path + "/" if self.project.path else ""

    @property
    def touched(self) -> Touched:
        """What the update changes in the repository."""
        return touched(self.start, self.ours, self.resolution.entries)

    @property
    def message(self) -> str:
        """The text of the merge commit."""
        return message(self.base.claim, self.template.version)

    def commit_ticks(self) -> str:
        """Write the commit that holds the boxes alone; return its id, or the head's."""
        head = self.project.repo.head
        if self.ticks is None:
            return head
        text = f"Marca {', '.join(self.ticks.ids)} en {checklist.FILE}\n"
        return write_merge(self.project, self.before, [head], text)

    def commit_merge(self, tip: str) -> str:
        """Write the merge commit, whose parents are `tip` and the template commit."""
        return write_merge(self.project, self.after, [tip, self.template_commit], self.message)


def message(base: TemplateCommit, version: str) -> str:
    """The text of the commit that merges a version of the template into a learner's work."""
    step = f"de {base.version} a {version}" if base.version != version else f"({version})"
    return f"Actualiza la plantilla {base.template} {step}\n"


def make_plan(
    project: GeneratedProject,
    base: Base,
    template: Template,
    change: TemplateChange,
    *,
    with_ticks: bool = True,
) -> Plan:
    """Compute an update; only objects outside the repository are written.

    Args:
        project: the project.
        base: the template version to start from.
        template: the version to go to.
        change: what differs between the two.
        with_ticks: take in the boxes that are ticked and not yet committed.

    Raises:
        Refusal: the project's folder is not in the current commit.
    """
    objects = project.objects
    head_tree, ours_tree = own_trees(project)
    plain = ours = objects.entries(ours_tree)
    ticks = _ticks(project.folder, objects, ours) if with_ticks else None
    name = checklist.FILE
    if ticks:
        ours = {**plain, name: Entry(plain[name].mode, objects.write_blob(ticks.content))}
        ours_tree = objects.write_tree(ours)
    merged = merge(objects, change, ours_tree, ours, template.label)
    resolution, tree = settle(
        objects, change, ours, merged, lambda path: _exists(project.folder / path)
    )
    before = objects.graft(head_tree, project.path, ours_tree)
    if ticks and resolution.entries.get(name) == ours[name] and name not in resolution.conflicts:
        # The update leaves that file alone, and so the boxes stay as they are: uncommitted.
        resolution = replace(resolution, entries={**resolution.entries, name: plain[name]})
        tree = objects.write_tree(resolution.entries)
        ours, ticks, before = plain, None, head_tree
    return Plan(
        project=project,
        base=base,
        template=template,
        change=change,
        ours=ours,
        resolution=resolution,
        ticks=ticks,
        template_commit=follow(objects, base, template, project.path),
        before=before,
        after=objects.graft(head_tree, project.path, tree),
    )


def settle(
    objects: Objects,
    change: TemplateChange,
    ours: Entries,
    merged: Merged,
    occupied: Callable[[str], bool] = lambda _: False,
) -> tuple[Resolution, str]:
    """Settle a merge as ownership says, and see that nothing of the learner's is lost.

    Arguments and errors as in `resolver.resolve`; no work tree is needed.

    Returns:
        What becomes of the files, and the id of their tree.
    """
    resolution = resolve(objects, change, ours, merged, occupied)
    _check_that_nothing_vanished(change, ours, resolution)
    if merged.tree and resolution.entries == merged.entries:
        return resolution, merged.tree
    return resolution, objects.write_tree(resolution.entries)


def follow(objects: Objects, base: Base, template: Template, path: str) -> str:
    """Write the new template commit, for a project at a path, and return its id.

    It stands on the base; where that is flattened, on a commit that is written for it.
    """
    parent = base.claim.id
    if base.flattened:
        parent = write_template_commit(objects, base.claim, base.moment)
    claim = replace(
        base.claim,
        version=template.version,
        source=template.source,
        tree=template.tree,
        path=path,
    )
    return write_template_commit(objects, claim, template.moment, [parent])


def touched(start: str, before: Entries, after: Entries) -> Touched:
    """What differs between two states of a project's files, whose paths begin with `start`."""
    return {
        start + path: (before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    }


def own_trees(project: GeneratedProject) -> tuple[str, str]:
    """The trees of the current commit: the repository's, and the project's.

    Raises:
        Refusal: the project's folder is not in the current commit.
    """
    if not project.path:
        return project.repo.tree, project.repo.tree
    head = project.repo.head
    asked = project.objects.git("rev-parse", f"{head}:", f"{head}:{project.path}", check=False)
    found = asked.stdout.decode("ascii", "replace").split()
    if asked.returncode:
        raise Refusal(
            f"«{project.folder}» no está guardado en Git.",
            "Guárdalo antes: git add -A, y git commit",
        )
    return found[0], found[1]


def write_merge(project: GeneratedProject, tree: str, parents: list[str], text: str) -> str:
    """Write a commit of the learner's and return its id.

    It is never signed: that would start a program that the repository may choose.
    """
    now = int(time.time())
    who = signature(*project.repo.identity, now, time.strftime("%z", time.localtime(now)))
    return project.objects.write_commit(tree, parents, who, who, text)


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
    changed = checklist.ticked_otherwise(saved, disk)
    if not changed:
        return None
    ticked = [box.id for box in checklist.parse(disk) if box.ticked]
    untick = [key for key in changed if key not in ticked]
    return Ticks(checklist.mark(saved, tick=ticked, untick=untick).encode(), changed)


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _check_that_nothing_vanished(
    change: TemplateChange, ours: Entries, resolution: Resolution
) -> None:
    """A last look: a file that the learner wrote or edited is there, or its absence is told."""
    told = {note.path for note in resolution.notes} | set(resolution.conflicts)
    lost = [
        path
        for path, entry in ours.items()
        if entry != change.base.get(path)
        and path not in resolution.entries
        and path not in told
        and not any(
            note.kind is Kind.REPLACED and path.startswith(note.path + "/")
            for note in resolution.notes
        )
    ]
    if lost:
        raise AssertionError(f"the merge would lose {lost}")
