"""Every test gets its own home, Git configuration and caches."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scaffolder import cli
from tests.helpers import build_template_root


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: nothing of the person who runs the tests plays a part, nor of Git's."""
    folder = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_", "SCAFFOLD_")) or name in {"CI", "VIRTUAL_ENV"}:
            monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that every worker of this run sees: what one has made, all have."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


Scaffold = Callable[..., Done]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def scaffold(here: Path, capsys: pytest.CaptureFixture[str]) -> Scaffold:
    """Run a command line in `here`, as a person would; nobody is at a terminal."""
    assert here.is_dir()

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return call


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small template root of an instructor's, with an eighteenth project."""
    return build_template_root(tmp_path / "root")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End a run with the figures it has measured, and with what it left out and how to get it."""
    reports = [report for several in terminalreporter.stats.values() for report in several]
    recorded = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    _section(terminalreporter, "measured", (str(v) for name, v in recorded if name == "measured"))
    skipped = [
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple)
    ]
    counted = (f"{skipped.count(reason)} tests: {reason}" for reason in set(skipped))
    _section(terminalreporter, "left out", counted)


def _section(terminalreporter: pytest.TerminalReporter, title: str, lines: Iterable[str]) -> None:
    found = sorted(set(lines))
    if found:
        terminalreporter.section(title)
        for line in found:
            terminalreporter.write_line(line)
