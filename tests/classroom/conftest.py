"""A small template with versions, and courses made of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.classroom.instructor import Ground
from tests.conftest import Scaffold
from tests.update.sandbox import TemplateRepo, build_mini


@pytest.fixture(scope="session")
def _templates(tmp_path_factory: pytest.TempPathFactory) -> TemplateRepo:
    return build_mini(tmp_path_factory.mktemp("class") / "plantillas")


@pytest.fixture
def templates(_templates: TemplateRepo, tmp_path: Path) -> TemplateRepo:
    """A small template root at version 0.1.0."""
    return _templates.copy(tmp_path / "plantillas")


NewCourse = Callable[..., Ground]


@pytest.fixture
def new_course(scaffold: Scaffold, here: Path, templates: TemplateRepo) -> NewCourse:
    """Make a course with students of those ids, in `here`."""

    def make(*ids: str, host: str = "repos/{id}.git", name: str = "curso") -> Ground:
        made = scaffold(
            *("class", "init", name, "--project", templates.project),
            *("--source", templates.root, "--host", host),
        )
        assert made.code == 0, made.err
        ground = Ground(here / name, templates, scaffold)
        ground.enrol(*ids)
        return ground

    return make
