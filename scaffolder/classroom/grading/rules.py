"""By what a class is graded: tests, packages, requirements; fixed in `course.lock`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.check.report import Test
from scaffolder.classroom import store
from scaffolder.classroom.grading import environment, submission
from scaffolder.classroom.grading.judge import Kit, tests_of
from scaffolder.classroom.grading.results import Scheme
from scaffolder.classroom.lock import read_lock, write_lock
from scaffolder.errors import Refusal
from scaffolder.git.objects import Objects
from scaffolder.starter import checklist

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course, Points
    from scaffolder.git.object_format import Entries

HIDDEN = "hidden"
KEY = "grading"
"""The key in `course.lock`."""


@dataclass(frozen=True)
class Rules:
    """By what a class is graded: the same for everyone, and for every regrade.

    Args:
        tree: the id of the template's tree, by variant.
        titles: of the requirements, by id.
        tests: those that there are, the hidden ones too.
        hidden: their files' contents, by name.
        environment: as `environment.resolve` gave it.
        tests_sha256: of all that judges.
        archive: the template's files and the hidden tests: what fills a cache of byte code.
    """

    tree: Mapping[str, str]
    titles: Mapping[str, str]
    tests: tuple[Test, ...]
    hidden: Mapping[str, bytes]
    environment: Mapping[str, str]
    tests_sha256: str
    archive: bytes

    def scheme(self, points: Points) -> Scheme:
        """What there is to get, with a course's points."""
        return Scheme(self.titles, self.tests, points, self.hidden_files)

    def kit(self, home: Path | None) -> Kit:
        """What a machine needs to judge by these rules.

        Args:
            home: where it may keep what it makes; the user's cache if None.
        """
        return Kit(self.environment, self.archive, "" if home is None else str(home))

    @property
    def hidden_files(self) -> tuple[str, ...]:
        """The hidden tests, as paths in the repository."""
        return tuple(f"{submission.TESTS}/{name}" for name in sorted(self.hidden))


def read_rules(course: Course) -> Rules:
    """By what the class is graded; what is missing in `course.lock` is resolved and written.

    Raises:
        Refusal: nothing was handed out, or a hidden test has no reason.
    """
    lock = read_lock(course)
    if not lock.lineage:
        raise Refusal("Todavía no has repartido nada.", "Escribe: scaffold class distribute")
    bases = {v: store.read_version(course.store, lock.newest(v)) for v in lock.lineage[-1].commits}
    objects = Objects(course.store)
    trees = {variant: base.claim.tree for variant, base in bases.items()}
    files = _files(objects, objects.entries(next(iter(trees.values()))))
    hidden = _hidden(course)
    boxes = checklist.parse(checklist.decode(files[checklist.FILE]))
    judging = {p: c for p, c in files.items() if p.startswith("tests/") or p == "conftest.py"}
    digest = _digest(judging | {f"{HIDDEN}/{name}": content for name, content in hidden.items()})
    archive = _template_archive(objects, trees, hidden)
    known = lock.rest.get(KEY, {})
    if known.get("tests_sha256") != digest:
        resolved = environment.resolve(files)
        found, said = tests_of(Kit(resolved, archive, str(course.store.parent)))
        if not found:
            raise Refusal(f"No encuentro las pruebas de la plantilla: {said[-500:]}")
        known = {
            "tests_sha256": digest,
            environment.KEY: resolved,
            "tests": [[t.test, t.requirement, t.criterion, t.advisory] for t in found],
        }
        write_lock(course, replace(lock, rest={**lock.rest, KEY: known}))
    tests = tuple(Test(*row) for row in known["tests"])
    titles = {box.id: box.title for box in boxes}
    return Rules(trees, titles, tests, hidden, known[environment.KEY], digest, archive)


def _template_archive(
    objects: Objects, trees: Mapping[str, str], hidden: Mapping[str, bytes]
) -> bytes:
    tree = next(iter(trees.values()))
    return submission.compose(objects, tree, tree, tree, hidden).archive


def _files(objects: Objects, entries: Entries) -> dict[str, bytes]:
    contents = objects.read(entry.id for entry in entries.values())
    return {path: contents[entry.id] for path, entry in entries.items()}


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
    return digest.hexdigest()


def _hidden(course: Course) -> dict[str, bytes]:
    """The hidden tests, by file name; each requirement that has some says why."""
    folder = course.folder / HIDDEN
    found: dict[str, bytes] = {}
    for file in sorted(folder.glob("test_r*_*.py")) if folder.is_dir() else ():
        requirement = "R" + file.name.removeprefix("test_r").split("_")[0]
        if requirement not in course.hidden:
            raise Refusal(
                f"«{file.name}» es una prueba oculta, y course.toml no dice por qué.",
                f'Añade en [hidden]: {requirement} = "el motivo, que lo leerá tu clase"',
            )
        found[f"{file.stem}_oculta.py"] = file.read_bytes()
    return found
