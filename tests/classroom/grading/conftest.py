"""Projects on the bench, put there once by each worker."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.classroom.grading.bench import Bench, make_bench
from tests.proof.starters import environment, rendered
from tests.services import sandbox


@pytest.fixture(scope="session")
def _benches() -> dict[str, Bench]:
    return {}


@pytest.fixture
def bench(
    _benches: dict[str, Bench],
    shared: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], Bench]:
    """Gives a project's bench. Needs bubblewrap."""
    sandbox()
    for name, value in environment().items():
        if name.startswith("UV_"):
            monkeypatch.setenv(name, value)

    def get(project: str) -> Bench:
        if project not in _benches:
            folder = tmp_path_factory.mktemp("bench")
            _benches[project] = make_bench(project, rendered(project, "ruff", shared), folder)
        return _benches[project]

    return get


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No pod leaves a control group, or a file in the temporary folder."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield
    assert list(temporary.iterdir()) == []
    assert _groups() == set()
    shutil.rmtree(temporary)


def _groups() -> set[Path]:
    """The control groups that this process has made: the other workers of a run have theirs."""
    return set(Path("/sys/fs/cgroup").glob(f"**/scaffold-{os.getpid()}-*"))
