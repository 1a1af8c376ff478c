"""What is run of a submission: the student's files, and the template's in place of its own.

Whose a file is says the template of the course, never the student's `.gitattributes`. Nothing
is checked out by Git, so that no filter, hook or link of theirs has a say.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scaffolder.starter import checklist
from scaffolder.update.ownership import Owner, owners

if TYPE_CHECKING:
    from pathlib import Path

    from scaffolder.git.object_format import Entries
    from scaffolder.git.objects import Objects

TESTS = "tests/requisitos"
MOST = 100 * 2**20
"""Bytes of a submission. Who needs more has put something in that isn't a program."""
_LONG_AGO = 1_600_000_000
"""Every file's date: byte code of the tests is then valid in every pod."""
_LINK = "120000"
_SUBMODULE = "160000"


class TooLargeError(Exception):
    """A submission that has more than `MOST` bytes."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What is run, and what was seen while it was put together.

    Args:
        archive: the repository's files, as an uncompressed tar.
        claimed: the requirements that the student has ticked.
        tamper: protected paths that differ from the student's own version of the template.
        untouched: nothing of the student's differs from what they were given.
    """

    archive: bytes
    claimed: tuple[str, ...]
    tamper: tuple[str, ...]
    untouched: bool


def compose(
    objects: Objects, template: str, given: str, tree: str, hidden: Mapping[str, bytes]
) -> Submission:
    """Put a submission together.

    Args:
        objects: where the trees are.
        template: the id of the tree of the course's template: its tests judge.
        given: the id of the tree of the student's own version of it.
        tree: the id of the student's tree.
        hidden: further tests, by file name.

    Raises:
        TooLargeError: it is.
        GitError: an object is missing or damaged.
    """
    ours, theirs, first = (_safe(objects.entries(name)) for name in (template, tree, given))
    whose = owners(objects, template, [*ours, *theirs, *first])
    protected = {path for path, owner in whose.items() if owner is Owner.TEMPLATE}
    chosen: Entries = {
        path: entry for path, entry in ours.items() if path in protected or path == checklist.FILE
    } | {
        path: entry
        for path, entry in theirs.items()
        if path not in protected and path != checklist.FILE and _is_student_s(path)
    }
    chosen = {
        path: entry for path, entry in chosen.items() if entry.mode not in {_LINK, _SUBMODULE}
    }
    contents = objects.read(entry.id for entry in chosen.values())
    if sum(len(contents[entry.id]) for entry in chosen.values()) > MOST:
        raise TooLargeError
    files = {path: contents[entry.id] for path, entry in chosen.items()}
    files |= {f"{TESTS}/{name}": content for name, content in hidden.items()}
    return Submission(
        archive=_archive(files, {path for path, entry in chosen.items() if entry.mode == "100755"}),
        claimed=_claimed(objects, theirs),
        tamper=tuple(sorted(p for p in protected if first.get(p) != theirs.get(p))),
        untouched=all(
            first.get(path) == theirs.get(path)
            for path in {*first, *theirs}
            if path not in protected and path != checklist.FILE
        ),
    )


def _claimed(objects: Objects, tree: Entries) -> tuple[str, ...]:
    entry = tree.get(checklist.FILE)
    if entry is None or entry.mode in {_LINK, _SUBMODULE}:
        return ()
    text = objects.read([entry.id])[entry.id].decode("utf-8", "replace")
    return tuple(box.id for box in checklist.parse(text) if box.ticked)


def _is_student_s(path: str) -> bool:
    """Whether a path is part of the program: the student's own tests judge nothing."""
    return not path.startswith("tests/")


def _safe(entries: Entries) -> Entries:
    """The files whose path stays in its folder; a tree made by hand may hold any name."""

    def is_safe(path: str) -> bool:
        parts = path.split("/")
        return not any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts)

    return {path: entry for path, entry in entries.items() if is_safe(path)}


def _archive(files: Mapping[str, bytes], programs: Iterable[str]) -> bytes:
    runs = set(programs)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(files):
            about = tarfile.TarInfo(path)
            about.size, about.mtime = len(files[path]), _LONG_AGO
            about.mode = 0o755 if path in runs else 0o644
            archive.addfile(about, io.BytesIO(files[path]))
    return stream.getvalue()


def unpack(archive: bytes, folder: Path) -> None:
    """Write a submission's files.

    Args:
        folder: an empty one.
    """
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
