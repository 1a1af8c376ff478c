"""A small template with versions, and courses made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.classroom.http_git import PASSWORD, USER, HttpGit, serve
from tests.classroom.instructor import Ground
from tests.conftest import Scaffold
from tests.helpers import build_file_tree, git
from tests.update.sandbox import TemplateRepo, build_mini


@pytest.fixture(scope="session")
def _templates(tmp_path_factory: pytest.TempPathFactory) -> TemplateRepo:
    return build_mini(tmp_path_factory.mktemp("class") / "plantillas")


@pytest.fixture
def templates(_templates: TemplateRepo, tmp_path: Path) -> TemplateRepo:
    """A small template root at version 0.1.0."""
    return _templates.copy(tmp_path / "plantillas")


@pytest.fixture
def server(tmp_path: Path, home: Path) -> Iterator[HttpGit]:
    """Git over HTTP, for which the instructor's Git knows the password."""
    with serve(build_file_tree(tmp_path / "server", {"leeme": ""})) as found:
        told = f"!f() {{ echo username={USER}; echo password={PASSWORD}; }}; f"
        file = str(home / ".gitconfig")
        git(tmp_path, "config", "--file", file, "credential.helper", told)
        yield found


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


_QUICK = {"test_results", "test_submission", "test_course", "test_create", "test_roster"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Most of these tests hand out real repositories: the quick subset leaves them out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.path.stem not in _QUICK:
            item.add_marker(pytest.mark.proof)
