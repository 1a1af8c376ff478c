"""Template roots and repositories that are made once and copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Done, Scaffold
from tests.update.sandbox import TemplateRepo, build, build_mini


@pytest.fixture(scope="session")
def _first(tmp_path_factory: pytest.TempPathFactory) -> tuple[TemplateRepo, Path]:
    folder = tmp_path_factory.mktemp("update")
    template_repo = build(folder / "template_repo")
    return template_repo, template_repo.new(folder / "repo")


@pytest.fixture
def template_repo(_first: tuple[TemplateRepo, Path], tmp_path: Path) -> TemplateRepo:
    """A template root at version 0.1.0."""
    return _first[0].copy(tmp_path / "template_repo")


@pytest.fixture
def repo(_first: tuple[TemplateRepo, Path], here: Path) -> Path:
    """A repository of version 0.1.0."""
    destination = here / "mi proyecto"
    shutil.copytree(_first[1], destination, symlinks=True)
    return destination


@pytest.fixture(scope="session")
def _small(tmp_path_factory: pytest.TempPathFactory) -> tuple[TemplateRepo, Path]:
    folder = tmp_path_factory.mktemp("mini")
    template_repo = build_mini(folder / "template_repo")
    return template_repo, template_repo.new(folder / "repo")


@pytest.fixture
def mini(_small: tuple[TemplateRepo, Path], tmp_path: Path) -> TemplateRepo:
    """A small template root at version 0.1.0."""
    return _small[0].copy(tmp_path / "mini")


@pytest.fixture
def small(_small: tuple[TemplateRepo, Path], here: Path) -> Path:
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
    """These tests take minutes: the quick subset leaves it out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.proof)


@pytest.fixture
def update(scaffold: Scaffold, mini: TemplateRepo, small: Path) -> Scaffold:
    """`scaffold update` of the small repository, or another, from the small root."""

    def call(*arguments: object, repo: Path = small) -> Done:
        return scaffold("update", repo, "--source", mini.root, *arguments)

    return call
