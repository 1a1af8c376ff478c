"""An engine for the whole run, and for each project an image and a composed system."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from tests.containers.builder import Builder
from tests.containers.engine import Engine, NoEngineError, NotStartedError, obtain
from tests.containers.kernel import refusal
from tests.containers.projects import WITH_CONTAINERS, System
from tests.proof.starters import Starter, prepare
from tests.services import missing

# Read before a test gets a home of its own.
ENVIRONMENT = dict(os.environ)
CACHE = user_cache_path("scaffold-tests")


def leave_out_if_refused() -> None:
    """Skip, on CI too, if an engine was tried and this machine's kernel does not let it run.

    Raises:
        pytest.skip.Exception: with the call that the kernel refuses.
    """
    if call := refusal():
        pytest.skip(f"an engine was tried, and this machine's kernel refuses it {call}")


@pytest.fixture(scope="session")
def engine(shared: Path) -> Iterator[Engine]:
    """A Docker engine with BuildKit and compose."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(obtain(ENVIRONMENT, CACHE, shared))
        except NotStartedError as error:
            leave_out_if_refused()
            missing("docker", str(error))
        except NoEngineError as error:
            missing("docker", str(error))
        yield found


@pytest.fixture(scope="session")
def builder(engine: Engine, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """Renders starters and builds their images."""
    return Builder(engine, shared, tmp_path_factory.mktemp)


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a line for the figures that a run ends with."""
    return lambda line: record_property("measured", line)


@pytest.fixture(scope="module")
def compose(builder: Builder) -> Iterator[Callable[[str, Path], System]]:
    """Brings a starter up with compose; what it leaves is removed after the module.

    Its images are built beforehand, so that no two builds ever make the same layer.
    """
    with ExitStack() as stack:

        def up(project: str, folder: Path) -> System:
            if project in WITH_CONTAINERS:
                builder.in_clean_folder(project)
            system = System(builder.engine, project, folder)
            stack.callback(system.remove)
            system.up()
            return system

        yield up


@pytest.fixture(scope="module")
def solved(
    compose: Callable[[str, Path], System],
    shared: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], tuple[Starter, System]]:
    """The reference solution of a project, brought up once with its example settings."""
    running: dict[str, tuple[Starter, System]] = {}

    def make(project: str) -> tuple[Starter, System]:
        if project not in running:
            folder = tmp_path_factory.mktemp(project) / "starter"
            solution = prepare(project, "ruff", shared).copy_to(folder).solve().tick_all()
            shutil.copyfile(folder / ".env.example", folder / ".env")
            running[project] = solution, compose(project, folder)
        return running[project]

    return make
