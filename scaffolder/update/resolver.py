"""Conflicts settled as ownership says, over Git's list of conflict stages.

Entries and stages in, a `Resolution` out: it needs objects and the two sides' entries, and
neither a repository nor a work tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scaffolder.git.object_format import FILES, Entries, Entry
from scaffolder.starter import checklist
from scaffolder.starter.answers import ANSWERS_FILE
from scaffolder.update.conflicts import Conflict, ConflictKind, find_conflicts
from scaffolder.update.merge import MINE, Merged, TemplateChange, merge_text
from scaffolder.update.notes import Kind, Note, Resolution
from scaffolder.update.ownership import ACTIONS, Action, Owner, owners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scaffolder.git.objects import Objects


def resolve(
    objects: Objects,
    change: TemplateChange,
    ours: Entries,
    merged: Merged,
    occupied: Callable[[str], bool] = lambda _: False,
) -> Resolution:
    """Settle what can be settled of a merge's conflicts.

    Args:
        objects: where everything is; new contents are written there.
        change: what the template changed.
        ours: the learner's files.
        merged: what Git made of both.
        occupied: tells whether a path that no tree has is taken all the same: by a file of
            the work tree, where there is one.

    Returns:
        What becomes of the files. Without open conflicts, it is complete.

    Raises:
        Refusal: the learner's REQUISITOS.md is in an encoding that can't be merged.
    """
    conflicts = list(find_conflicts(change, ours, merged))
    whose = owners(objects, change.theirs_tree, (conflict.path for conflict in conflicts))
    resolver = _Resolver(objects, merged, occupied)
    resolver.special_files(change, ours)
    for conflict in sorted(conflicts, key=lambda conflict: conflict.blocked):
        if conflict.names & resolver.stages.keys():
            resolver.settle(conflict, whose[conflict.path], change)
    resolver.notes += [*_moves(change, ours, merged, resolver)]
    resolver.notes += [*_untold(resolver)]
    notes = sorted(resolver.notes, key=lambda note: (note.path, note.kind))
    return Resolution(resolver.entries, resolver.stages, tuple(notes))


class _Text(NamedTuple):
    """Three versions of a text, merged: with conflict markers unless it is complete."""

    content: bytes
    complete: bool


class _Resolver:
    """The files and open conflicts while they are being settled."""

    def __init__(self, objects: Objects, merged: Merged, occupied: Callable[[str], bool]) -> None:
        self.objects = objects
        self.label = merged.labels[1]
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
        base, own, theirs = map(checklist.decode, texts)
        content = checklist.merge(base, own, theirs).encode()
        self.put(name, Entry(new.mode, self.objects.write_blob(content)), {name})
        self.notes.append(Note(Kind.REQUIREMENTS, name))

    def settle(self, conflict: Conflict, owner: Owner, change: TemplateChange) -> None:
        """Decide one conflict, or leave it open and say why."""
        text = self._text(conflict)
        kind = conflict.kind(
            change, is_text=text is not None, merges=text is not None and text.complete
        )
        if kind is None or (kind is ConflictKind.FILE_AND_FOLDER and self._has_room(conflict)):
            return
        action, mode = ACTIONS[kind, owner], _mode(conflict, owner)
        if action is Action.OPEN:
            self._leave_open(conflict, kind, mode, text)
        elif action is Action.MAKE_ROOM:
            self._make_room(conflict)
        elif conflict.mine and conflict.theirs:
            self._settle_both(action, conflict, mode)
        elif conflict.mine:
            self._settle_mine(action, conflict, conflict.mine)
        elif conflict.theirs:
            path, entry = conflict.theirs
            back = action is Action.RESTORE
            self.put(path, entry if back else None, conflict.names)
            self.notes.append(Note(Kind.RESTORED if back else Kind.LEFT_OUT, path))

    def put(self, path: str, entry: Entry | None, names: Iterable[str]) -> None:
        """Replace Git's names of a conflict by the one file that settles it."""
        for name in names:
            self.entries.pop(name, None)
            self.stages.pop(name, None)
        if entry is not None:
            self.entries[path] = entry

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

    def _settle_both(self, action: Action, conflict: Conflict, mode: str) -> None:
        mine, theirs = conflict.mine, conflict.theirs
        if mine is None or theirs is None:
            return
        other = theirs[0] if conflict.is_moved_apart else ""
        favour = {Action.TEMPLATE_LINES: "theirs", Action.LEARNER_LINES: "ours"}.get(action, "")
        # Without an old version to compare with, lines can't be told apart: whole files then.
        lines = action is Action.MERGE or (favour and conflict.base)
        text = self._text(conflict, favour) if lines else None
        if action is Action.MERGE and text:
            self.put(mine[0], self._blob(mode, text), conflict.names)
        elif action is Action.TEMPLATE_LINES and text:
            self.put(theirs[0], self._blob(mode, text), conflict.names)
            self.notes.append(Note(Kind.MOVED if other else Kind.TEMPLATE_LINES, mine[0], other))
        elif action in {Action.TEMPLATE_LINES, Action.TEMPLATE_FILE}:
            self._aside(Kind.REPLACED, mine, conflict.names)
            self.entries[theirs[0]] = theirs[1]
        else:
            kept = self._blob(mode, text) if text else mine[1]
            self.put(mine[0], kept, conflict.names)
            self.notes.append(Note(Kind.LEARNER_LINES, mine[0], other))

    def _settle_mine(self, action: Action, conflict: Conflict, mine: tuple[str, Entry]) -> None:
        if action is Action.ASIDE:
            self._aside(Kind.DROPPED, mine, conflict.names)
        else:
            self.put(mine[0], mine[1], conflict.names)
            self.notes.append(Note(Kind.KEPT, mine[0]))

    def _has_room(self, conflict: Conflict) -> bool:
        """Whether the folder in a file's way is empty by now, so that the file stands there."""
        side = conflict.mine or conflict.theirs
        if side is None or self._below(side[0]):
            return False
        self.put(side[0], side[1], conflict.names)
        if conflict.mine and conflict.base:
            self.notes.append(Note(Kind.KEPT, side[0]))
        return True

    def _make_room(self, conflict: Conflict) -> None:
        if conflict.mine:
            self._aside(Kind.REPLACED, conflict.mine, conflict.names)
        elif conflict.theirs:
            path, entry = conflict.theirs
            folder = self.free(path)
            for name in self._below(path):
                self.entries[folder + name[len(path) :]] = self.entries.pop(name)
                self.stages.pop(name, None)
            self.put(path, entry, conflict.names)
            self.notes.append(Note(Kind.REPLACED, path, folder))

    def _leave_open(
        self, conflict: Conflict, kind: ConflictKind, mode: str, text: _Text | None
    ) -> None:
        mine, theirs = conflict.mine, conflict.theirs
        side = mine or theirs
        if side is None:
            return
        other = ""
        if kind is ConflictKind.SUBMODULE:
            other = min(conflict.names - {side[0]}, default="")
            told = Kind.CONFLICT_BLOCKED if other else Kind.CONFLICT_WHOLE
        elif kind is ConflictKind.FILE_AND_FOLDER:
            told, other = Kind.CONFLICT_BLOCKED, min(conflict.names)
        elif mine is None:
            told = Kind.CONFLICT_DELETED_BY_LEARNER
        elif theirs is None:
            told = Kind.CONFLICT_DELETED_BY_TEMPLATE
        elif conflict.is_moved_apart or kind is ConflictKind.CROSSED:
            told, other = Kind.CONFLICT_MOVED, theirs[0]
        else:
            told = Kind.CONFLICT_BOTH if text else Kind.CONFLICT_WHOLE
            if text and kind is not ConflictKind.COLLIDED and len(conflict.names) == 1:
                self.entries[mine[0]] = self._blob(mode, text)
        self.notes.append(Note(told, side[0], other))

    def _below(self, path: str) -> list[str]:
        return [name for name in self.entries if name.startswith(f"{path}/")]

    def _aside(self, kind: Kind, mine: tuple[str, Entry], names: Iterable[str]) -> None:
        name = self.free(mine[0])
        self.put(name, mine[1], names)
        self.notes.append(Note(kind, mine[0], name))

    def _text(self, conflict: Conflict, favour: str = "") -> _Text | None:
        """Both sides' text; None where one has none, or it is no text."""
        if conflict.mine is None or conflict.theirs is None:
            return None
        base = conflict.base and conflict.base[1]
        mine, theirs = conflict.mine[1], conflict.theirs[1]
        sides = [side for side in (base, mine, theirs) if side]
        if any(side.mode not in FILES for side in sides):
            return None
        contents = self.objects.read(side.id for side in sides)
        old = contents[base.id] if base else b""
        merged = merge_text(old, contents[mine.id], contents[theirs.id], self.label, favour)
        return merged and _Text(*merged)

    def _blob(self, mode: str, text: _Text) -> Entry:
        return Entry(mode, self.objects.write_blob(text.content))


def _mode(conflict: Conflict, owner: Owner) -> str:
    """The mode of a file that both have: of the side that changed it, or else the owner's."""
    if conflict.mine is None or conflict.theirs is None:
        return ""
    mine, theirs = conflict.mine[1].mode, conflict.theirs[1].mode
    if conflict.base is None:
        return theirs if owner is Owner.TEMPLATE else mine
    return theirs if theirs != conflict.base[1].mode else mine


def _moves(
    change: TemplateChange, ours: Entries, merged: Merged, resolver: _Resolver
) -> Iterator[Note]:
    """What went somewhere else without a conflict."""
    about = {note.path for note in resolver.notes}
    for old, new in change.moved.items():
        edited = old in ours and ours[old] != change.base[old]
        if edited and old not in about and new in resolver.entries:
            yield Note(Kind.MOVED, old, new)
    for message in merged.messages:
        if message.kind == "Path updated due to directory rename" and len(message.paths) == 2:  # noqa: PLR2004 - old and new
            new, old = message.paths
            entry = change.theirs.get(old) or ours.get(old)
            if new not in resolver.entries and new not in resolver.stages and entry is not None:
                # Something stood in its way there, and Git forgot it.
                new = old if resolver.is_free(old) else resolver.free(old)
                resolver.entries[new] = entry
            if new != old:
                yield Note(Kind.FOLLOWED, old, new)


def _untold(resolver: _Resolver) -> Iterator[Note]:
    """Open conflicts that no note is about."""
    told = {path for note in resolver.notes for path in (note.path, note.other)}
    for path, stages in resolver.stages.items():
        if path not in told and not any(path.startswith(f"{other}~") for other in told):
            yield Note(Kind.CONFLICT_LEFT if set(stages) == {1} else Kind.CONFLICT_WHOLE, path)
