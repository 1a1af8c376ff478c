"""A small course that is made once and copied for each test."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.classroom.update.ground import NAMES, Class, make_class
from tests.conftest import Done, Scaffold
from tests.update.sandbox import build_mini


@pytest.fixture(scope="session")
def _first(tmp_path_factory: pytest.TempPathFactory) -> Class:
    folder = tmp_path_factory.mktemp("class")
    return make_class(folder / "curso-27", build_mini(folder / "plantillas"), *NAMES[:6])


@pytest.fixture
def course(_first: Class, here: Path) -> Class:
    """A class of six that was handed version 0.1.0 of a small template."""
    root = _first.folder.parent
    shutil.copytree(root, here, symlinks=True, dirs_exist_ok=True)
    template_repo = dataclasses.replace(_first.template_repo, root=here / "plantillas")
    return Class(here / "curso-27", template_repo)


Update = Callable[..., Done]


@pytest.fixture
def update(scaffold: Scaffold, course: Class) -> Update:
    """`scaffold class update` of the course."""

    def call(*arguments: object) -> Done:
        return scaffold("class", "update", "--course", course.folder, *arguments)

    return call


@pytest.fixture
def git_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """A Git that writes down what it is asked for; what it returns are the commands since."""
    real = shutil.which("git")
    folder = tmp_path / "logging-git"
    folder.mkdir()
    log = folder / "log"
    fake = folder / "git"
    fake.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >>'{log}'\nexec '{real}' \"$@\"\n")
    fake.chmod(0o755)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{folder}:{path}")

    def commands() -> list[str]:
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    return commands
