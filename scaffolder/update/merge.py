"""The three-way merge of two trees, as Git does it, and nothing written but objects.

`git merge-tree` (2.38 and newer) merges without a work tree. One thing it can't be told on
its command line is how alike two files must be to count as one that moved. Where the
*template* drops a file and adds another, anything below 95 % is a different file: otherwise
a learner's edits to the dropped one would end inside a look-alike. So the content of those
new files is hidden from Git behind placeholders while it merges.

Objects and trees in, a `Merged` out: no work tree, reference or index plays a part. `merge`
is one merge in one process; who merges hundreds calls `write_sides` for each, gives all to
`merge_many`, and has each answer read by `read_merged`.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.git.object_format import FILES, Entries, Entry, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scaffolder.git.objects import Objects

MINE = "tuyo"
"""What conflict markers call the learner's side."""
SIMILARITY = "95%"

_MERGE = (
    *("-c", "merge.directoryRenames=true", "-c", "merge.renames=true"),
    *("merge-tree", "--write-tree", "--messages", "-z"),
)
_SIGNATURE = "scaffold <scaffold@localhost> 0 +0000"
_BINARY_WINDOW = 8000
_USAGE = 129
"""The exit code of a Git that doesn't know an option."""


@dataclass(frozen=True)
class TemplateChange:
    """What a template changed between two versions.

    Args:
        base_tree: the id of the old tree.
        base: its files.
        theirs_tree: the id of the new tree.
        theirs: its files.
        moved: new path by old path, of what the template moved.
        hidden: the new files that must not look like a dropped one.
    """

    base_tree: str
    base: Entries
    theirs_tree: str
    theirs: Entries
    moved: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @property
    def paths(self) -> list[str]:
        """Every path that differs, sorted."""
        both = self.base.keys() | self.theirs.keys()
        return sorted(path for path in both if self.base.get(path) != self.theirs.get(path))


@dataclass(frozen=True)
class Message:
    """One thing that Git told of a merge: a stable kind, and the paths that it is about."""

    kind: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What Git printed of one merge.

    Args:
        tree: the id of the merged tree.
        stages: as in `Merged`.
        messages: likewise.
    """

    tree: str
    stages: Mapping[str, Mapping[int, Entry]]
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Merged:
    """What Git made of two trees.

    Args:
        entries: the merged files; where there is a conflict, with its markers.
        stages: the open conflicts as Git's index holds them: by path, then 1 (old),
            2 (the learner's), 3 (the template's).
        messages: what Git told.
        labels: what Git was told to call the learner's side and the template's.
        tree: the id of the entries' tree; empty where it would have to be written.
    """

    entries: dict[str, Entry]
    stages: dict[str, dict[int, Entry]]
    messages: tuple[Message, ...]
    labels: tuple[str, str]
    tree: str = ""


@dataclass(frozen=True)
class Sides:
    """What is given to Git to be merged.

    Args:
        mine: the id of a commit of the learner's tree.
        theirs: the id of a commit of the template's.
        masks: the placeholders in both, by path.
    """

    mine: str
    theirs: str
    masks: Mapping[str, Entry]


def compare(objects: Objects, base: str, theirs: str) -> TemplateChange:
    """Find what a template changed between two trees, given by their ids."""
    old, new = objects.entries(base), objects.entries(theirs)
    dropped, added = old.keys() - new.keys(), new.keys() - old.keys()
    if not dropped or not added:
        return TemplateChange(base, old, theirs, new)
    moved = _moves(objects, base, theirs, old, new)
    empty = objects.id_of("blob", b"")
    hidden = {
        path
        for path in added - set(moved.values())
        if new[path].mode in FILES and new[path].id != empty
    }
    return TemplateChange(base, old, theirs, new, moved, frozenset(hidden))


def merge(
    objects: Objects, change: TemplateChange, ours_tree: str, ours: Entries, label: str
) -> Merged:
    """Merge a template's change into a learner's files.

    Args:
        objects: where everything is; the result is written there.
        change: what the template changed.
        ours_tree: the id of the learner's tree.
        ours: its files.
        label: what conflict markers call the template's side; a valid reference name.

    Raises:
        GitError: Git could not merge at all.
    """
    sides = write_sides(objects, change, ours_tree, ours)
    objects.name(MINE, sides.mine)
    objects.name(label, sides.theirs)
    return read_merged(objects, change, sides, _ask(objects, MINE, label), (MINE, label))


def merge_many(objects: Objects, sides: Sequence[Sides]) -> list[Answer]:
    """Have Git merge many pairs of sides, in one process if this Git can (2.39 and newer).

    Raises:
        GitError: Git could not merge one of them at all.
    """
    pairs = "".join(f"{side.mine} {side.theirs}\n" for side in sides)
    done = objects.git(*_MERGE, "--stdin", input=pairs.encode("ascii"), check=False)
    if done.returncode == _USAGE:
        return [_ask(objects, side.mine, side.theirs) for side in sides]
    if done.returncode not in (0, 1):
        raise git.GitError(["merge-tree"], done.returncode, done.stderr.decode("utf-8", "replace"))
    fields = iter(done.stdout.split(b"\0"))
    answers = []
    for _ in sides:
        next(fields)  # whether it is clean, which the stages tell too
        answers.append(_parse(fields))
    return answers


def _ask(objects: Objects, mine: str, theirs: str) -> Answer:
    done = objects.git(*_MERGE, mine, theirs, check=False)
    if done.returncode not in (0, 1):
        raise git.GitError(["merge-tree"], done.returncode, done.stderr.decode("utf-8", "replace"))
    return _parse(iter(done.stdout.split(b"\0")))


def write_sides(objects: Objects, change: TemplateChange, ours_tree: str, ours: Entries) -> Sides:
    """Write the commits that Git is to merge: the old template's tree is the parent of both.

    Arguments as in `merge`.
    """
    masks = {path: _mask(objects, path, change.theirs[path]) for path in change.hidden}
    same = {path: masks[path] for path in masks if ours.get(path) == change.theirs[path]}
    if same:
        ours_tree = objects.write_tree({**ours, **same})
    theirs = objects.write_tree({**change.theirs, **masks}) if masks else change.theirs_tree
    base = objects.write_commit(change.base_tree, (), _SIGNATURE, _SIGNATURE, "\n")
    mine, its = (
        objects.write_commit(tree, (base,), _SIGNATURE, _SIGNATURE, "\n")
        for tree in (ours_tree, theirs)
    )
    return Sides(mine, its, masks)


def read_merged(
    objects: Objects,
    change: TemplateChange,
    sides: Sides,
    answer: Answer,
    labels: tuple[str, str],
) -> Merged:
    """Read what Git made of two sides.

    Args:
        objects: where the merged tree is.
        change: what the template changed.
        sides: what was merged.
        answer: what it printed.
        labels: the names, or ids, under which Git was given the sides.
    """
    seen = {mask.id: change.theirs[path] for path, mask in sides.masks.items()}

    def unmasked(entry: Entry) -> Entry:
        return Entry(entry.mode, seen[entry.id].id) if entry.id in seen else entry

    entries = {path: unmasked(entry) for path, entry in objects.entries(answer.tree).items()}
    shown = {
        path: {stage: unmasked(entry) for stage, entry in found.items()}
        for path, found in answer.stages.items()
    }
    tree = "" if sides.masks else answer.tree
    return Merged(entries, shown, answer.messages, labels, tree)


def merge_text(
    base: bytes, ours: bytes, theirs: bytes, label: str, favour: str = ""
) -> tuple[bytes, bool] | None:
    """Merge three versions of a text.

    A learner's editor may have turned all line ends into CRLF: that is no difference, and
    the result keeps them.

    Args:
        base: the old version; empty where there was none.
        ours: the learner's.
        theirs: the template's.
        label: what conflict markers call the template's side.
        favour: `ours` or `theirs`: who wins where both changed the same lines.

    Returns:
        The merged text, and whether no conflict is left in it; None for what is not text.
    """
    if any(is_binary(content) for content in (base, ours, theirs)):
        return None
    crlf = b"\r\n" in ours and b"\r\n" not in theirs
    if crlf:
        base, ours = base.replace(b"\r\n", b"\n"), ours.replace(b"\r\n", b"\n")
    with tempfile.TemporaryDirectory(prefix="scaffold-merge-") as name:
        files = [Path(name, side) for side in ("ours", "base", "theirs")]
        for file, content in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(content)
        flags = ["-p", "-L", MINE, "-L", "antes", "-L", label, *([f"--{favour}"] if favour else [])]
        done = git.isolated("merge-file", *flags, *map(str, files), cwd=Path(name), check=False)
    if done.returncode > 127:  # noqa: PLR2004 - below, it is the number of conflicts
        raise git.GitError(["merge-file"], done.returncode, done.stderr.decode("utf-8", "replace"))
    text = done.stdout.replace(b"\n", b"\r\n") if crlf else done.stdout
    return text, done.returncode == 0


def is_binary(content: bytes) -> bool:
    """Whether Git would take a content for binary."""
    return b"\0" in content[:_BINARY_WINDOW]


def _moves(objects: Objects, base: str, theirs: str, old: Entries, new: Entries) -> dict[str, str]:
    """The files that a template moved: nearly equal, and not one of several look-alikes."""
    listing = objects.git(
        *("diff-tree", "-r", "-z", "--raw", "--no-abbrev", f"-M{SIMILARITY}", "-l0"),
        *("--diff-filter=R", base, theirs),
    )
    fields = listing.stdout.split(b"\0")[:-1]
    pairs = [(decoded(fields[n + 1]), decoded(fields[n + 2])) for n in range(0, len(fields), 3)]
    copies = Counter(entry.id for entry in old.values())
    twins = Counter(entry.id for path, entry in new.items() if path not in old)
    dropped = old.keys() - new.keys() - {source for source, _ in pairs}
    orphans = {PurePosixPath(path).name for path in dropped}
    return {
        source: target
        for source, target in pairs
        if copies[old[source].id] == 1
        and twins[new[target].id] == 1
        # Git pairs files of one name first: a dropped namesake would take this one's place.
        and (
            PurePosixPath(source).name == (name := PurePosixPath(target).name)
            or name not in orphans
        )
    }


def _mask(objects: Objects, path: str, entry: Entry) -> Entry:
    content = f"scaffold {entry.id} {path}\n".encode("utf-8", "surrogateescape")
    return Entry(entry.mode, objects.write_blob(content))


def _parse(fields: Iterator[bytes]) -> Answer:
    """Read what `merge-tree -z --messages` prints of one merge."""
    tree = next(fields).decode("ascii").strip()
    stages: dict[str, dict[int, Entry]] = {}
    for line in fields:
        if not line.strip():
            break
        about, path = line.split(b"\t", 1)
        mode, name, stage = about.decode("ascii").split(" ")
        stages.setdefault(decoded(path), {})[int(stage)] = Entry(mode, name)
    return Answer(tree, stages, tuple(_messages(fields)))


def _messages(fields: Iterator[bytes]) -> Iterator[Message]:
    for count in fields:
        if not re.fullmatch(rb"\s*\d+", count):
            return
        paths = tuple(decoded(next(fields)) for _ in range(int(count)))
        kind = next(fields).decode("ascii", "replace")
        yield Message(kind, paths)
        next(fields)  # the words for people
