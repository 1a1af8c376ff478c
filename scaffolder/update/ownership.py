"""Who wins where a learner and a template changed the same thing.

The template itself says it, in its `.gitattributes`: `scaffold-owner=template`, `=learner`,
or nothing, which means shared. This is one function over Git's list of conflict stages and
not a merge driver: drivers never see a deleted file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from scaffolder import requirements
from scaffolder.render import ANSWERS_FILE
from scaffolder.update.objects import FILES, SUBMODULE, Entries, Entry, Objects, decoded, encoded
from scaffolder.update.threeway import MINE, Merged, TemplateChange, merge_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ATTRIBUTE = "scaffold-owner"


class Owner(StrEnum):
    """Whose a file is when both changed the same of it."""

    TEMPLATE = "template"
    LEARNER = "learner"
    SHARED = "shared"


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


@dataclass(frozen=True)
class _Case:
    """One conflict: a path and an entry on each side that has it, and Git's names for it."""

    base: tuple[str, Entry] | None
    mine: tuple[str, Entry] | None
    theirs: tuple[str, Entry] | None
    names: frozenset[str]
    blocked: bool = False

    @property
    def path(self) -> str:
        side = self.theirs or self.mine or self.base
        return side[0] if side else min(self.names)


def owners(objects: Objects, tree: str, paths: Iterable[str]) -> dict[str, Owner]:
    """Whose some paths are, by the `.gitattributes` of a template.

    Args:
        objects: where the tree is.
        tree: the id of the template's tree.
        paths: the paths to ask for.
    """
    wanted = list(dict.fromkeys(paths))
    if not wanted:
        return {}
    env = {"GIT_INDEX_FILE": str(objects.folder / "attributes-index")}
    objects.git("read-tree", tree, env=env)
    stream = b"".join(encoded(path) + b"\0" for path in wanted)
    command = ("check-attr", "--cached", "-z", "--stdin", ATTRIBUTE)
    fields = objects.git(*command, input=stream, env=env).stdout.split(b"\0")
    known = {owner.value: owner for owner in Owner}
    return {
        decoded(path): known.get(value.decode("utf-8", "replace"), Owner.SHARED)
        for path, value in zip(fields[0::3], fields[2::3], strict=False)
    }


def resolve(  # noqa: PLR0913, PLR0917 - the sides and what Git made of them
    objects: Objects,
    change: TemplateChange,
    ours: Entries,
    merged: Merged,
    label: str,
    occupied: Callable[[str], bool] = lambda _: False,
) -> Outcome:
    """Settle what can be settled of a merge's conflicts.

    Args:
        objects: where everything is; new contents are written there.
        change: what the template changed.
        ours: the learner's files.
        merged: what Git made of both.
        label: what conflict markers call the template's side.
        occupied: tells whether a path that no tree has is taken in the work tree.

    Returns:
        The outcome. Without open conflicts, it is complete.
    """
    cases = list(_cases(change, ours, merged, label))
    whose = owners(objects, change.theirs_tree, (case.path for case in cases))
    desk = _Desk(objects, merged, label, occupied)
    desk.special_files(change, ours)
    for case in sorted(cases, key=lambda case: case.blocked):
        if case.names & desk.stages.keys():
            desk.settle(case, whose[case.path], change)
    return Outcome(desk.entries, desk.stages, tuple(_told(desk.notes, change, ours, merged, desk)))


class _Desk:
    """The files and open conflicts while they are being settled."""

    def __init__(
        self, objects: Objects, merged: Merged, label: str, occupied: Callable[[str], bool]
    ) -> None:
        self.objects = objects
        self.label = label
        self.occupied = occupied
        self.entries = dict(merged.entries)
        self.stages = dict(merged.stages)
        self.notes: list[Note] = []

    def special_files(self, change: TemplateChange, ours: Entries) -> None:
        """The answers file is always the template's; REQUISITOS.md merges by requirement."""
        answers = change.theirs.get(ANSWERS_FILE)
        moved_away = ANSWERS_FILE not in self.entries and ANSWERS_FILE not in self.stages
        if answers is not None and not moved_away:
            self.put(ANSWERS_FILE, answers, {ANSWERS_FILE})
            if ours.get(ANSWERS_FILE) not in (change.base.get(ANSWERS_FILE), answers):
                self.notes.append(Note(Kind.ANSWERS, ANSWERS_FILE))
        name = requirements.FILE
        sides = [tree.get(name) for tree in (change.base, ours, change.theirs)]
        old, mine, new = sides
        if mine is None or new is None or len({mine, new, old}) < 3 or name not in self.entries:  # noqa: PLR2004 - all three differ
            return
        contents = self.objects.read(side.id for side in sides if side)
        texts = [contents[side.id] if side else b"" for side in sides]
        try:
            base, own, theirs = (text.decode("utf-8") for text in texts)
        except UnicodeDecodeError:
            return
        content = requirements.merge(base, own, theirs).encode()
        self.put(name, Entry(new.mode, self.objects.write_blob(content)), {name})
        self.notes.append(Note(Kind.REQUIREMENTS, name))

    def settle(self, case: _Case, owner: Owner, change: TemplateChange) -> None:
        """Decide one conflict, or leave it open and say why."""
        if case.blocked:
            self._file_and_folder(case, owner)
        elif case.mine and case.theirs:
            self._both(case, owner, case.mine, case.theirs, change)
        elif case.mine:
            self._dropped(case, owner, case.mine)
        elif case.theirs:
            self._deleted(case, owner, case.theirs)

    def put(self, path: str, entry: Entry | None, names: Iterable[str], aside: str = "") -> None:
        """Replace Git's names of a conflict by the one file that settles it."""
        for name in names:
            self.entries.pop(name, None)
            self.stages.pop(name, None)
        if entry is not None:
            self.entries[aside or path] = entry

    def free(self, path: str) -> str:
        """A name beside a path that nothing has: `NAME.tuyo`, or with a number after it."""
        for number in range(1, 1000):
            name = f"{path}.{MINE}{number if number > 1 else ''}"
            below = name + "/"
            taken = name in self.entries or any(p.startswith(below) for p in self.entries)
            if not taken and not self.occupied(name):
                return name
        raise AssertionError(path)

    def _both(
        self,
        case: _Case,
        owner: Owner,
        mine: tuple[str, Entry],
        theirs: tuple[str, Entry],
        change: TemplateChange,
    ) -> None:
        moved_apart = mine[0] != theirs[0]
        # Two files that ended at one name: the template's side holds learner's edits too.
        collided = case.base is None and change.theirs.get(theirs[0]) != theirs[1]
        mode = _mode(case, mine[1], theirs[1], owner)
        text = self._text(case, mine[1], theirs[1])
        simple = not moved_apart and not collided and len(case.names) == 1
        if text and text[1] and simple:
            self.put(mine[0], self._blob(mode, text[0]), case.names)
            return
        favour = {Owner.TEMPLATE: "theirs", Owner.LEARNER: "ours"}.get(owner, "")
        if text and favour:
            text = self._text(case, mine[1], theirs[1], favour)
        if SUBMODULE in (mine[1].mode, theirs[1].mode):
            self.notes.append(Note(Kind.CONFLICT_WHOLE, mine[0]))
        elif owner is Owner.TEMPLATE:
            if text and case.base:
                self.put(theirs[0], self._blob(mode, text[0]), case.names)
                kind = Kind.MOVED if moved_apart else Kind.TEMPLATE_LINES
                self.notes.append(Note(kind, mine[0], theirs[0] if moved_apart else ""))
            else:
                self._aside(Kind.REPLACED, mine, case.names)
                self.entries[theirs[0]] = theirs[1]
        elif owner is Owner.LEARNER and not collided:
            kept = self._blob(mode, text[0]) if text and case.base else mine[1]
            self.put(mine[0], kept, case.names)
            other = theirs[0] if moved_apart else ""
            self.notes.append(Note(Kind.LEARNER_LINES, mine[0], other))
        elif text and simple:
            self.entries[mine[0]] = self._blob(mode, text[0])
            self.notes.append(Note(Kind.CONFLICT_BOTH, mine[0]))
        else:
            whole = Kind.CONFLICT_BOTH if text else Kind.CONFLICT_WHOLE
            kind = Kind.CONFLICT_MOVED if moved_apart else whole
            self.notes.append(Note(kind, mine[0], theirs[0] if moved_apart else ""))

    def _dropped(self, case: _Case, owner: Owner, mine: tuple[str, Entry]) -> None:
        if owner is Owner.TEMPLATE:
            self._aside(Kind.DROPPED, mine, case.names)
        elif owner is Owner.LEARNER:
            self.put(mine[0], mine[1], case.names)
            self.notes.append(Note(Kind.KEPT, mine[0]))
        else:
            self.notes.append(Note(Kind.CONFLICT_DELETED_BY_TEMPLATE, mine[0]))

    def _deleted(self, case: _Case, owner: Owner, theirs: tuple[str, Entry]) -> None:
        if owner is Owner.TEMPLATE:
            self.put(theirs[0], theirs[1], case.names)
            self.notes.append(Note(Kind.RESTORED, theirs[0]))
        elif owner is Owner.LEARNER:
            self.put(theirs[0], None, case.names)
            self.notes.append(Note(Kind.LEFT_OUT, theirs[0]))
        else:
            self.notes.append(Note(Kind.CONFLICT_DELETED_BY_LEARNER, theirs[0]))

    def _file_and_folder(self, case: _Case, owner: Owner) -> None:
        """One side has a file where the other has a folder."""
        side = case.mine or case.theirs
        if side is None:
            return
        path, entry = side
        below = [name for name in self.entries if name.startswith(f"{path}/")]
        if not below:
            self.put(path, entry, case.names)
            if case.mine and case.base:
                self.notes.append(Note(Kind.KEPT, path))
        elif owner is not Owner.TEMPLATE:
            self.notes.append(Note(Kind.CONFLICT_BLOCKED, path, min(case.names)))
        elif case.mine:
            self._aside(Kind.REPLACED, case.mine, case.names)
        else:
            folder = self.free(path)
            for name in below:
                self.entries[folder + name[len(path) :]] = self.entries.pop(name)
                self.stages.pop(name, None)
            self.put(path, entry, case.names)
            self.notes.append(Note(Kind.REPLACED, path, folder))

    def _aside(self, kind: Kind, mine: tuple[str, Entry], names: Iterable[str]) -> None:
        name = self.free(mine[0])
        self.put(mine[0], mine[1], names, aside=name)
        self.notes.append(Note(kind, mine[0], name))

    def _text(
        self, case: _Case, mine: Entry, theirs: Entry, favour: str = ""
    ) -> tuple[bytes, bool] | None:
        sides = [side for side in (case.base and case.base[1], mine, theirs) if side]
        if any(side.mode not in FILES for side in sides):
            return None
        contents = self.objects.read(side.id for side in sides)
        base = contents[case.base[1].id] if case.base else b""
        return merge_text(base, contents[mine.id], contents[theirs.id], self.label, favour)

    def _blob(self, mode: str, content: bytes) -> Entry:
        return Entry(mode, self.objects.write_blob(content))


def _mode(case: _Case, mine: Entry, theirs: Entry, owner: Owner) -> str:
    if case.base is None:
        return theirs.mode if owner is Owner.TEMPLATE else mine.mode
    return theirs.mode if theirs.mode != case.base[1].mode else mine.mode


def _cases(change: TemplateChange, ours: Entries, merged: Merged, label: str) -> Iterator[_Case]:
    """Git's conflicting paths, put together to conflicts."""
    left = dict(merged.stages)
    for message in merged.messages:
        if message.kind == "CONFLICT (rename/rename)" and len(message.paths) == 3:  # noqa: PLR2004 - old, mine, new
            old, mine, new = message.paths
            if {old, mine, new} <= left.keys() and old in change.base:
                for name in (old, mine, new):
                    del left[name]
                yield _Case(
                    (old, change.base[old]),
                    (mine, ours[mine]),
                    (new, change.theirs[new]),
                    frozenset({old, mine, new}),
                )
    blocked = {
        path
        for message in merged.messages
        if message.kind == "CONFLICT (file/directory)"
        for path in message.paths
    }
    known = change.base.keys() | change.theirs.keys() | ours.keys()
    suffix = re.compile(f"~({re.escape(MINE)}|{re.escape(label)})(_\\d+)?$")
    together: dict[str, list[str]] = {}
    for name in left:
        plain = name if name in known else suffix.sub("", name)
        together.setdefault(plain, []).append(name)
    for path, names in together.items():
        sides: dict[int, tuple[str, Entry]] = {}
        for name in names:
            sides |= {stage: (path, entry) for stage, entry in left[name].items()}
        yield _Case(
            sides.get(1),
            sides.get(2),
            sides.get(3),
            frozenset(names),
            blocked=any(name in blocked for name in names),
        )


def _told(
    notes: Iterable[Note],
    change: TemplateChange,
    ours: Entries,
    merged: Merged,
    desk: _Desk,
) -> list[Note]:
    """All notes: those of the conflicts, and what moved without one."""
    told = list(notes)
    about = {note.path for note in told}
    for old, new in change.moved.items():
        edited = old in ours and ours[old] != change.base[old]
        if edited and old not in about and new in desk.entries:
            told.append(Note(Kind.MOVED, old, new))
    for message in merged.messages:
        if message.kind == "Path updated due to directory rename" and len(message.paths) == 2:  # noqa: PLR2004 - old and new
            new, old = message.paths
            told.append(Note(Kind.FOLLOWED, old, new))
    return sorted(told, key=lambda note: (note.path, note.kind))
