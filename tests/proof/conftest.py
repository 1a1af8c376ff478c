"""One rendered and installed starter per project and linter, shared by all workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.proof.starters import Starter, prepare
from tests.services import Running


@pytest.fixture
def prepared(shared: Path) -> Callable[..., Starter]:
    """Gives the starter that all copies are made of: nothing but byte code may change in it."""
    return lambda project, linter="ruff": prepare(project, linter, shared)


@pytest.fixture
def fresh(prepared: Callable[..., Starter], tmp_path: Path) -> Callable[..., Starter]:
    """Makes a copy of a fresh starter, to do with as one likes."""
    return lambda *which: prepared(*which).copy_to(tmp_path / "starter")


@pytest.fixture(scope="session")
def services() -> Iterator[Running]:
    """The real servers that starters name in their CI, started when first asked for."""
    running = Running()
    try:
        yield running
    finally:
        running.close()
