"""Every test gets its own home, Git configuration and caches."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scaffolder import cli
from tests import costs
from tests.costs import Spent
from tests.helpers import build_template_root
from tests.proof.starters import PROJECTS


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


def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as there are cores: tests wait a third of their time."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


_STARTED = pytest.StashKey[Spent]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Take the time when a test begins, its fixtures included."""
    item.stash[_STARTED] = Spent.so_far()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with a test's last phase what it has spent."""
    report = yield
    if call.when == "teardown":
        spent = Spent.so_far() - item.stash[_STARTED]
        report.user_properties.append((costs.PROPERTY, (spent.clock, spent.processor)))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End a run with where its minutes went, what it has measured, and what it left out."""
    reports = [report for several in terminalreporter.stats.values() for report in several]
    recorded = [
        (report.nodeid, *pair)
        for report in reports
        for pair in getattr(report, "user_properties", ())
    ]
    spent: dict[tuple[str, str], Spent] = {}
    for nodeid, name, value in recorded:
        if name == costs.PROPERTY:
            part = costs.part_of(nodeid, PROJECTS)
            spent[part] = spent.get(part, Spent()) + Spent(*value)
    if sum(spent.values(), Spent()).clock >= costs.WORTH_TELLING:
        terminalreporter.section("where the minutes went")
        for line in costs.table(spent):
            terminalreporter.write_line(line)
        if seconds := os.environ.get(costs.INSTALLATION):
            terminalreporter.write_line(f"services installed: {float(seconds) / 60:.1f}")
    figures = (str(value) for _, name, value in recorded if name == "measured")
    _section(terminalreporter, "measured", figures)
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
