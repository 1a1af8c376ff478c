"""The commands' frame: help, a light start, a terminal, being stopped, bugs told as bugs."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import click
import pytest

from scaffolder.classroom.push import push
from scaffolder.commands.classroom import COMMANDS
from tests.classroom.conftest import NewCourse
from tests.conftest import Scaffold
from tests.test_cli import COMMAND, ENGLISH


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_in_spanish(scaffold: Scaffold, name: str) -> None:
    """Each is called as its module is, and says what it does."""
    command = import_module(f"scaffolder.commands.classroom.{name}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    done = scaffold("class", name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Uso: scaffold class {name}")
    assert not ENGLISH.search(done.out)


def test_without_a_command_it_lists_them(scaffold: Scaffold) -> None:
    """As with `--help`."""
    done = scaffold("class")
    assert (done.code, done.out) == (0, scaffold("class", "--help").out)
    for name, text in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(text.split(':')[0])}", done.out, re.MULTILINE)


def test_help_stays_light() -> None:
    """Neither the overview nor the class's own imports what does the work."""
    for arguments in (["--help"], ["class", "--help"]):
        code = f"import sys; from scaffolder import cli; cli.run({arguments}); print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        loaded = done.stdout.splitlines()[-1].split()
        assert not [name for name in loaded if name.startswith("scaffolder.classroom")]
        assert ("scaffolder.commands.classroom" in loaded) == (arguments[0] == "class")


def test_a_section_that_nobody_is_in_is_told(new_course: NewCourse) -> None:
    """Else a slip would give everyone the usual answers in silence."""
    ground = new_course("ana")
    with (ground.folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write('[answers.trade]\nlinter = "black-flake8"\n')
    done = ground.run("distribute")
    assert (done.code, done.err) == (
        0,
        "Nadie en roster.csv está en la sección «trade» de course.toml.\n",
    )


def test_words_that_make_no_course(scaffold: Scaffold, here: Path) -> None:
    """An answer of two lines can't be written down; nothing is left."""
    done = scaffold("class", "init", "curso", "--project", "1", "--data", "nombre=dos\nlíneas")
    assert done.code == 2
    assert "«answers.nombre» tiene que ser un texto de una línea" in done.err
    assert ".scaffold-" not in done.err
    assert list(here.iterdir()) == []


def test_on_a_terminal(new_course: NewCourse) -> None:
    """A bar while it works, a table at the end."""
    ground = new_course(*(f"e{number}" for number in range(9)))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "class", "distribute", "--course", str(ground.folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    told = b""
    try:
        while part := os.read(ours, 65536):
            told += part
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    text = told.decode()
    assert "Repartiendo" in text
    assert "9/9" in text
    assert "entregado: 9" in text


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_stopped_by_hand(new_course: NewCourse, number: int, code: int) -> None:
    """What has begun is finished, nothing else begins, and the next run goes on."""
    names = [f"e{number:03}" for number in range(150)]
    ground = new_course(*names)
    process = subprocess.Popen(
        [*COMMAND, "class", "distribute", "--course", str(ground.folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not ground.repo(names[5]).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    began = time.monotonic()
    _, err = process.communicate()
    assert time.monotonic() - began < 10
    assert process.returncode == code
    assert "Traceback" not in err
    made = len(list((ground.folder / "repos").iterdir()))
    assert 5 < made < len(names)
    some = ground.distribute("--only", names[0], "--only", names[-1])
    assert some == {names[0]: "already", names[-1]: "delivered"}


def test_a_bug_in_one_repository_is_told_as_one(
    new_course: NewCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3 with a report, no traceback, and the others have theirs."""

    def broken(*args: object, **kwargs: object) -> object:
        if "leo" in str(args[2]):
            raise KeyError("leo")
        return push(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("scaffolder.classroom.distribute.push", broken)
    ground = new_course("ana", "leo")
    done = ground.run("distribute")
    assert done.code == 3
    assert "entregado: 1 · ha fallado: 1" in done.out
    assert "leo: es culpa de scaffold" in done.err
    assert "Traceback" not in done.err
    [report] = re.findall(r"adjunta (\S+) a tu aviso", done.err)
    assert "KeyError" in Path(report).read_text()
