"""Workshops and repositories that are made once and copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.update.workshop import Workshop, build, build_mini


@pytest.fixture(scope="session")
def _first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workshop, Path]:
    folder = tmp_path_factory.mktemp("update")
    workshop = build(folder / "workshop")
    return workshop, workshop.new(folder / "repo")


@pytest.fixture
def workshop(_first: tuple[Workshop, Path], tmp_path: Path) -> Workshop:
    """A template root at version 0.1.0."""
    return _first[0].copy(tmp_path / "workshop")


@pytest.fixture
def repo(_first: tuple[Workshop, Path], here: Path) -> Path:
    """A repository of version 0.1.0."""
    destination = here / "mi proyecto"
    shutil.copytree(_first[1], destination, symlinks=True)
    return destination


@pytest.fixture(scope="session")
def _small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workshop, Path]:
    folder = tmp_path_factory.mktemp("mini")
    workshop = build_mini(folder / "workshop")
    return workshop, workshop.new(folder / "repo")


@pytest.fixture
def mini(_small: tuple[Workshop, Path], tmp_path: Path) -> Workshop:
    """A small template root at version 0.1.0."""
    return _small[0].copy(tmp_path / "mini")


@pytest.fixture
def small(_small: tuple[Workshop, Path], here: Path) -> Path:
    """A repository of the small root's version 0.1.0."""
    destination = here / "recetas"
    shutil.copytree(_small[1], destination, symlinks=True)
    return destination


FakeGit = Callable[[str], Path]


@pytest.fixture
def fake_git(here: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGit:
    """Put a shell script in the place of Git; `$GIT` in it is the real one."""
    real = shutil.which("git")

    def make(script: str) -> Path:
        folder = here / "fake-bin"
        folder.mkdir()
        fake = folder / "git"
        fake.write_text(f"#!/bin/sh\nGIT='{real}'\n{script}\n")
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return folder

    return make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The drill takes minutes: the quick subset leaves it out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.proof)
