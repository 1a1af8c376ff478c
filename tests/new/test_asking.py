"""`scaffold new` at a terminal: what it asks, in which words, and what becomes of the answers."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scaffolder.starter.answers import read_answers
from tests.helpers import build_file_tree, tree

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")

COMMAND = [sys.executable, "-c", "from scaffolder.cli import main; main()"]
ENTER, UP, DOWN, CTRL_C, BACKSPACE = "\r", "\x1b[A", "\x1b[B", "\x03", "\x7f"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


class Terminal:
    """A person at a terminal: they read until they see what they wait for, then type."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        master, slave = pty.openpty()
        self._master = master
        self._shown = ""
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
            start_new_session=True,
        )
        os.close(slave)

    def sees(self, text: str) -> None:
        """Wait for a text that was not there before."""
        deadline = time.monotonic() + 60
        while text not in self._shown:
            assert time.monotonic() < deadline, f"no «{text}» in:\n{self._shown}"
            if not self._read():
                pytest.fail(f"it ended without «{text}»:\n{self._shown}")
        self._shown = self._shown.partition(text)[2]

    def types(self, *keys: str) -> None:
        """Press keys."""
        os.write(self._master, "".join(keys).encode())

    def ends(self) -> int:
        """Wait for the end."""
        while self._read():
            pass
        return self.process.wait(60)

    def close(self) -> None:
        """Leave nothing running."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], 1)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the other end is closed
            return False
        self._shown += CONTROL.sub("", data.decode("utf-8", "replace"))
        return bool(data)


@pytest.fixture
def at_terminal(here: Path) -> Iterator[Callable[..., Terminal]]:
    """Start a command at a terminal."""
    terminals: list[Terminal] = []

    def start(*arguments: object) -> Terminal:
        terminals.append(Terminal(here, *arguments))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def test_asks_for_phase_project_and_answers(
    at_terminal: Callable[..., Terminal], here: Path, home: Path, root: Path
) -> None:
    """Everything in Spanish; Git's name is offered as the author; the template's check speaks."""
    build_file_tree(home, {".gitconfig": "[user]\nname = Ana Gómez\n"})
    person = at_terminal("new", "--source", root)
    person.sees("¿En qué fase estás? (elige con las flechas)")
    person.types(ENTER)
    person.sees("Te recomiendo Recetario. Empiezas por aquí")
    person.sees("¿Qué proyecto? (elige con las flechas)")
    person.types(ENTER)
    person.sees("nombre")
    person.types(BACKSPACE * len("Recetario"), ENTER)
    person.sees("El nombre no puede estar vacío.")
    person.types("Mis recetas", ENTER)
    person.sees("Ana Gómez")
    person.types(ENTER)
    person.sees("(elige con las flechas)")
    person.types(DOWN, ENTER)
    person.sees("Listo: Recetario")
    assert person.ends() == 0
    answers = read_answers(here / "proyecto-18-recetas")
    assert answers is not None
    assert answers.values == {
        "nombre": "Mis recetas",
        "autor": "Ana Gómez",
        "linter": "black-flake8",
    }


def test_asks_nothing_with_defaults_and_does_not_look_for_a_name(
    at_terminal: Callable[..., Terminal], here: Path, home: Path, root: Path
) -> None:
    """`--defaults` gives the same on every machine."""
    build_file_tree(home, {".gitconfig": "[user]\nname = Ana Gómez\n"})
    person = at_terminal("new", "18", "--defaults", "--source", root)
    person.sees("Listo: Recetario")
    assert person.ends() == 0
    answers = read_answers(here / "proyecto-18-recetas")
    assert answers is not None
    assert answers.values["autor"] == "Estudiante"


def test_does_not_ask_what_was_said(
    at_terminal: Callable[..., Terminal], here: Path, root: Path
) -> None:
    """`--data` answers its question."""
    said = ["--data", "nombre=Uno", "--data", "autor=Dos"]
    person = at_terminal("new", "18", "--source", root, *said)
    person.sees("linter")
    person.types(ENTER)
    person.sees("Listo: Recetario")
    assert person.ends() == 0
    assert (here / "proyecto-18-recetas/README.md").read_text() == "# Uno\n\nDe Dos, con ruff.\n"


@pytest.mark.parametrize("question", ["¿En qué fase estás?", "nombre"])
def test_ctrl_c_at_a_question_leaves_nothing(
    at_terminal: Callable[..., Terminal], here: Path, root: Path, question: str
) -> None:
    """Whoever changes their mind finds everything as it was."""
    project = [] if "fase" in question else ["18"]
    person = at_terminal("new", *project, "--source", root)
    person.sees(question)
    person.types(CTRL_C)
    person.sees("Interrumpido.")
    assert person.ends() == 130
    assert tree(here) == []


def test_shows_colour_at_a_terminal(at_terminal: Callable[..., Terminal], root: Path) -> None:
    """And the same words as elsewhere."""
    person = at_terminal("list", "--source", root)
    person.sees("Fase 1 · Inicio (1 mes)")
    person.sees("18  proyecto-18-recetas         Recetario")
    assert person.ends() == 0
