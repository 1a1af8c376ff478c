"""One rendered and installed starter per project and linter, shared by all workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.proof.workshop import Starter, prepare
from tests.services import postgres


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that every worker of this run sees."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "proof"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def fresh(shared: Path, tmp_path: Path) -> Callable[..., Starter]:
    """Makes a copy of a fresh starter, to do with as one likes."""

    def make(project: str, linter: str = "ruff") -> Starter:
        return prepare(project, linter, shared).copy_to(tmp_path / "starter")

    return make


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The address of a real PostgreSQL."""
    with postgres() as url:
        yield url
