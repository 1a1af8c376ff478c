"""A class of hundreds whose histories are written straight into their repositories.

One release of the template meets every kind of thing that a student can have done to it.
What a student did is told by its kinds, and from these follows what must become of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffolder.git.object_format import Entry, signature
from scaffolder.git.objects import ObjectCache, Objects
from tests.update.sandbox import PICTURE, Edit, lines
from tests.update.scenarios import both, drop, edit, move, write

Files = dict[str, tuple[str, bytes]]
Change = Callable[[Files, str], object]

EXTRAS: dict[str, str | bytes] = {
    "docs/lejos.md": lines("Lejos"),
    "docs/uso.md": lines("Uso"),
    "docs/viejo.md": lines("Viejo"),
    "docs/borrado.md": lines("Borrado"),
    "docs/renombrado.md": lines("Renombrado"),
    "docs/carpeta": lines("Carpeta"),
    "docs/logo.png": PICTURE,
    "src/uno.py": lines("# Uno"),
    "src/dos.py": lines("# Dos"),
    "src/tres.py": lines("# Tres"),
    "tests/requisitos/test_r3_uno.py": lines("# Tres"),
    "tests/requisitos/test_r4_dos.py": lines("# Cuatro"),
    "tests/requisitos/dato.bin": PICTURE,
}
RELEASE: Edit = both(
    edit("docs/guia.md", 5, "SUYO"),
    edit("docs/lejos.md", 5, "SUYO"),
    move("docs/uso.md", "docs/manual.md"),
    drop("docs/viejo.md"),
    edit("docs/borrado.md", 5, "SUYO"),
    edit("docs/renombrado.md", 5, "SUYO"),
    both(drop("docs/carpeta"), write("docs/carpeta/dentro.md", "SUYO\n")),
    write("docs/logo.png", PICTURE + b"SUYO"),
    write("docs/nuevo.md", "SUYO\n"),
    edit("src/recetas.py", 5, "SUYO"),
    drop("src/uno.py"),
    edit("src/dos.py", 5, "SUYO"),
    edit("tests/requisitos/test_r1_guardar.py", 5, "SUYO"),
    edit("tests/requisitos/test_r2_buscar.py", 5, "SUYO"),
    drop("tests/requisitos/test_r3_uno.py"),
    write("tests/requisitos/dato.bin", PICTURE + b"SUYO"),
    edit("REQUISITOS.md", 4, "SUYO"),
)


def _append(path: str, line: int) -> Change:
    def change(files: Files, word: str) -> None:
        mode, content = files[path]
        rows = content.decode().split("\n")
        rows[line - 1] += f" {word}"
        files[path] = (mode, "\n".join(rows).encode())

    return change


def _drop(path: str) -> Change:
    return lambda files, _: files.pop(path)


def _write(path: str, start: bytes = b"") -> Change:
    def change(files: Files, word: str) -> None:
        files[path] = ("100644", start + f"{word}\n".encode())

    return change


def _move(path: str, to: str) -> Change:
    def change(files: Files, word: str) -> None:
        files[to] = files.pop(path)
        _append(to, 25)(files, word)

    return change


@dataclass(frozen=True)
class Kind:
    """A way of meeting the template's change.

    Args:
        change: what the student does; their word goes in.
        state: what that alone makes of the repository.
        lost: the word may go, if its file is told (the template owns its lines).
    """

    change: Change
    state: str
    lost: bool = False


KINDS: Mapping[str, Kind] = {
    "a file of their own": Kind(_write("src/mio.py"), "clean"),
    "other lines of a shared file": Kind(_append("docs/lejos.md", 25), "clean"),
    "a moved file": Kind(_move("docs/renombrado.md", "docs/otro/nombre.md"), "clean"),
    "a file that the template moved": Kind(_append("docs/uso.md", 5), "touched"),
    "the same lines of their file": Kind(_append("src/recetas.py", 5), "touched"),
    "the same lines of the template's": Kind(
        _append("tests/requisitos/test_r1_guardar.py", 5), "touched", lost=True
    ),
    "their file, which the template dropped": Kind(_append("src/uno.py", 5), "touched"),
    "their file, dropped by them": Kind(_drop("src/dos.py"), "touched"),
    "the template's file, dropped by them": Kind(
        _drop("tests/requisitos/test_r2_buscar.py"), "touched"
    ),
    "the template's file, dropped by it": Kind(
        _append("tests/requisitos/test_r3_uno.py", 5), "touched"
    ),
    "the template's binary": Kind(_write("tests/requisitos/dato.bin", PICTURE), "touched"),
    "boxes and notes": Kind(_append("REQUISITOS.md", 7), "touched"),
    "the same lines of a shared file": Kind(_append("docs/guia.md", 5), "conflict"),
    "a shared file, which the template dropped": Kind(_append("docs/viejo.md", 5), "conflict"),
    "a shared file, dropped by them": Kind(_drop("docs/borrado.md"), "conflict"),
    "a shared binary": Kind(_write("docs/logo.png", PICTURE), "conflict"),
    "a file that both added": Kind(_write("docs/nuevo.md"), "conflict"),
    "a file where the template has a folder": Kind(_append("docs/carpeta", 5), "conflict"),
}
ORDER = ("clean", "touched", "conflict")


@dataclass(frozen=True)
class Student:
    """What somebody did.

    Args:
        words: by kind, what they wrote.
        head: their last commit.
    """

    words: Mapping[str, str]
    head: str

    @property
    def state(self) -> str:
        """What must become of it."""
        return max((KINDS[kind].state for kind in self.words), key=ORDER.index, default="clean")


class Population:
    """The repositories of a class, written without a process."""

    def __init__(self, repos: Path) -> None:
        self._repos = repos
        self._cache = ObjectCache()

    def let_work(self, name: str, kinds: list[str], commits: int = 1) -> Student:
        """Let somebody do things of some kinds, in so many commits."""
        server = self._repos / f"{name}.git"
        objects = Objects(server, cache=self._cache)
        ref = server / "refs" / "heads" / "main"
        head = ref.read_text().strip()
        tree = objects.git("rev-parse", f"{head}^{{tree}}").stdout.decode().strip()
        entries = dict(objects.entries(tree))
        contents = objects.read(entry.id for entry in entries.values())
        files = {path: (entry.mode, contents[entry.id]) for path, entry in entries.items()}
        words = {kind: f"{name}-{number}-MÍO" for number, kind in enumerate(kinds)}
        for kind, word in words.items():
            KINDS[kind].change(files, word)
        who = signature(name, f"{name}@example.org", 1_800_000_000)
        for number in range(commits):
            if number == commits - 1:
                entries = {
                    path: Entry(mode, objects.write_blob(content))
                    for path, (mode, content) in files.items()
                }
                tree = objects.write_tree(entries)
            head = objects.write_commit(tree, [head], who, who, f"Paso {number}\n")
        ref.write_text(f"{head}\n")
        return Student(words, head)

    def files(self, name: str, commit: str) -> dict[str, bytes]:
        """The files of a commit."""
        objects = Objects(self._repos / f"{name}.git", cache=self._cache)
        entries = objects.entries(f"{commit}^{{tree}}")
        contents = objects.read(entry.id for entry in entries.values())
        return {path: contents[entry.id] for path, entry in entries.items()}


def draw(seed: int) -> list[str]:
    """Some kinds, at random: each alone first, then together."""
    names = list(KINDS)
    if seed < len(names):
        return [names[seed]]
    chance = random.Random(seed)  # noqa: S311 - no secret
    return chance.sample(names, chance.choice([0, 1, 2, 2, 3, 4]))
