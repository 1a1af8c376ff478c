"""The table of services: each starts and answers, and a starter's CI says which it needs."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import services
from tests.helpers import build_file_tree
from tests.services import SERVICES, Running, settings_of_ci

WORKFLOW = """\
jobs:
  comprobar:
    services:
      caja:
        image: caja:1
    env:
      UV_PYTHON: "3.11"
      %s
    steps:
      - run: uv sync
"""


def starter(folder: Path, setting: str) -> Path:
    """A starter of which only the workflow is there."""
    build_file_tree(folder, {".github/workflows/ci.yml": WORKFLOW % setting})
    return folder


@pytest.mark.proof
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_while_it_is_needed_and_then_is_gone(name: str) -> None:
    """It takes connections at its address, and none once it is closed."""
    with SERVICES[name]() as url:
        address = urlsplit(url)
        assert address.hostname
        assert address.port
        where = address.hostname, address.port
        socket.create_connection(where, 5).close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(where, 5)


@pytest.mark.proof
def test_an_address_is_written_as_the_workflow_writes_it(tmp_path: Path) -> None:
    """With its driver; and a server is started once, however many starters ask for it."""
    with closing(Running()) as running:
        written = {
            driver: running.settings(
                starter(tmp_path / driver, f"REDIS_URL: {driver}://localhost:6379/0")
            )
            for driver in ("redis", "redis+cache")
        }
    redis, cache = (written[driver]["REDIS_URL"] for driver in written)
    assert redis.startswith("redis://127.0.0.1:")
    assert cache == redis.replace("redis://", "redis+cache://")
    assert list(written["redis"]) == ["REDIS_URL"]


def test_a_service_that_nobody_can_start_is_told(tmp_path: Path) -> None:
    """A container in a workflow whose variable is not in the table names the table."""
    unknown = starter(tmp_path, "CAJA_URL: caja://localhost:1")
    with pytest.raises(AssertionError, match=r"starts 1 services, and SERVICES in \S+services.py"):
        settings_of_ci(unknown)


@pytest.mark.parametrize(
    ("on_ci", "told"), [(True, pytest.fail.Exception), (False, pytest.skip.Exception)]
)
def test_a_missing_service_fails_on_ci_and_is_skipped_elsewhere(
    monkeypatch: pytest.MonkeyPatch, *, on_ci: bool, told: type[BaseException]
) -> None:
    """With how to get it, either way."""
    monkeypatch.setattr(services, "ON_CI", on_ci)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(told, match="apt-get install redis-server"), SERVICES["REDIS_URL"]():
        pass
