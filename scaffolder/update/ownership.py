"""Who wins where a learner and a template changed the same thing.

The template itself says it, in its `.gitattributes`: `scaffold-owner=template`, `=learner`,
or nothing, which means shared. This is one function over Git's list of conflict stages and
not a merge driver: drivers never see a deleted file.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from scaffolder.git.objects import FILES, SUBMODULE, Entries, Entry, Objects, decoded, encoded
from scaffolder.starter import checklist
from scaffolder.starter.answers import ANSWERS_FILE
from scaffolder.update.conflicts import Case, find_cases
from scaffolder.update.merge import MINE, Merged, TemplateChange, merge_text
from scaffolder.update.notes import Kind, Note, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ATTRIBUTE = "scaffold-owner"


class Owner(StrEnum):
    """Whose a file is when both changed the same of it."""

    TEMPLATE = "template"
    LEARNER = "learner"
    SHARED = "shared"


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
    cases = list(find_cases(change, ours, merged, label))
    whose = owners(objects, change.theirs_tree, (case.path for case in cases))
    desk = _Desk(objects, merged, label, occupied)
    desk.special_files(change, ours)
    for case in sorted(cases, key=lambda case: case.blocked):
        if case.names & desk.stages.keys():
            desk.settle(case, whose[case.path], change)
    desk.notes += [*_moves(change, ours, merged, desk)]
    desk.notes += [*_untold(desk)]
    notes = sorted(desk.notes, key=lambda note: (note.path, note.kind))
    return Outcome(desk.entries, desk.stages, tuple(notes))


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
        name = checklist.FILE
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
        content = checklist.merge(base, own, theirs).encode()
        self.put(name, Entry(new.mode, self.objects.write_blob(content)), {name})
        self.notes.append(Note(Kind.REQUIREMENTS, name))

    def settle(self, case: Case, owner: Owner, change: TemplateChange) -> None:
        """Decide one conflict, or leave it open and say why."""
        if case.tangled and case.mine and case.theirs:
            self.notes.append(Note(Kind.CONFLICT_MOVED, case.mine[0], case.theirs[0]))
        elif case.blocked:
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
            if self.is_free(name):
                return name
        raise AssertionError(path)

    def is_free(self, path: str) -> bool:
        """Whether a file may stand at a path."""
        above = {"/".join(path.split("/")[:n]) for n in range(1, path.count("/") + 1)}
        below = path + "/"
        taken = any(p == path or p in above or p.startswith(below) for p in self.entries)
        return not taken and not self.occupied(path)

    def _both(
        self,
        case: Case,
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
            aside = min(case.names - {mine[0]}, default="")
            kind = Kind.CONFLICT_BLOCKED if aside else Kind.CONFLICT_WHOLE
            self.notes.append(Note(kind, mine[0], aside))
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

    def _dropped(self, case: Case, owner: Owner, mine: tuple[str, Entry]) -> None:
        if owner is Owner.TEMPLATE:
            self._aside(Kind.DROPPED, mine, case.names)
        elif owner is Owner.LEARNER:
            self.put(mine[0], mine[1], case.names)
            self.notes.append(Note(Kind.KEPT, mine[0]))
        else:
            self.notes.append(Note(Kind.CONFLICT_DELETED_BY_TEMPLATE, mine[0]))

    def _deleted(self, case: Case, owner: Owner, theirs: tuple[str, Entry]) -> None:
        if owner is Owner.TEMPLATE:
            self.put(theirs[0], theirs[1], case.names)
            self.notes.append(Note(Kind.RESTORED, theirs[0]))
        elif owner is Owner.LEARNER:
            self.put(theirs[0], None, case.names)
            self.notes.append(Note(Kind.LEFT_OUT, theirs[0]))
        else:
            self.notes.append(Note(Kind.CONFLICT_DELETED_BY_LEARNER, theirs[0]))

    def _file_and_folder(self, case: Case, owner: Owner) -> None:
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
        self, case: Case, mine: Entry, theirs: Entry, favour: str = ""
    ) -> tuple[bytes, bool] | None:
        sides = [side for side in (case.base and case.base[1], mine, theirs) if side]
        if any(side.mode not in FILES for side in sides):
            return None
        contents = self.objects.read(side.id for side in sides)
        base = contents[case.base[1].id] if case.base else b""
        return merge_text(base, contents[mine.id], contents[theirs.id], self.label, favour)

    def _blob(self, mode: str, content: bytes) -> Entry:
        return Entry(mode, self.objects.write_blob(content))


def _mode(case: Case, mine: Entry, theirs: Entry, owner: Owner) -> str:
    if case.base is None:
        return theirs.mode if owner is Owner.TEMPLATE else mine.mode
    return theirs.mode if theirs.mode != case.base[1].mode else mine.mode


def _moves(change: TemplateChange, ours: Entries, merged: Merged, desk: _Desk) -> Iterator[Note]:
    """What went somewhere else without a conflict."""
    about = {note.path for note in desk.notes}
    for old, new in change.moved.items():
        edited = old in ours and ours[old] != change.base[old]
        if edited and old not in about and new in desk.entries:
            yield Note(Kind.MOVED, old, new)
    for message in merged.messages:
        if message.kind == "Path updated due to directory rename" and len(message.paths) == 2:  # noqa: PLR2004 - old and new
            new, old = message.paths
            entry = change.theirs.get(old) or ours.get(old)
            if new not in desk.entries and new not in desk.stages and entry is not None:
                # Something stood in its way there, and Git forgot it.
                new = old if desk.is_free(old) else desk.free(old)
                desk.entries[new] = entry
            if new != old:
                yield Note(Kind.FOLLOWED, old, new)


def _untold(desk: _Desk) -> Iterator[Note]:
    """Open conflicts that no note is about."""
    told = {path for note in desk.notes for path in (note.path, note.other)}
    for path, stages in desk.stages.items():
        if path not in told and not any(path.startswith(f"{other}~") for other in told):
            yield Note(Kind.CONFLICT_LEFT if set(stages) == {1} else Kind.CONFLICT_WHOLE, path)
