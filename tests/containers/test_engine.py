"""An engine of our own goes away with those who use it, however they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.containers.conftest import CACHE, ENVIRONMENT, leave_out_if_refused
from tests.containers.engine import NoEngineError, check_means, obtain
from tests.containers.kernel import NAMESPACES, refusal
from tests.proof.starters import ROOT
from tests.services import missing

pytestmark = [pytest.mark.containers, pytest.mark.proof]
PATIENCE = 60.0
"""Seconds that an engine may take to come or to go."""
HOLDER = """
import os, sys, time
from pathlib import Path
from tests.containers.engine import own_engine
with own_engine(dict(os.environ), Path(sys.argv[1]), Path(sys.argv[2])) as engine:
    print(engine.shared.parent, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Callable[[], tuple[subprocess.Popen[str], Path]]:
    """Starts a process that holds an engine, and gives it with the engine's folder."""
    try:
        check_means(ENVIRONMENT)
    except NoEngineError as error:
        missing("docker", str(error))

    def start() -> tuple[subprocess.Popen[str], Path]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(CACHE), str(tmp_path)],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        with process.stdout:
            folder = process.stdout.readline().strip()
        if not folder:
            process.wait()
            leave_out_if_refused()
        assert folder, "no engine has come up: see what the process wrote on stderr"
        return process, Path(folder)

    return start


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def command_lines() -> Iterator[tuple[int, str]]:
    """The processes of this machine: their ids and how they were called."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            yield int(file.parent.name), file.read_text(errors="replace").replace("\0", " ")


def remains(folder: Path) -> list[str]:
    """What there still is of an engine: processes, its bridge, firewall rules, its folder."""
    found = [str(folder)] if folder.exists() else []
    found += [command for _, command in command_lines() if str(folder) in command]
    links = subprocess.run(["ip", "link"], capture_output=True, text=True, check=True).stdout
    rules = subprocess.run(["iptables-save"], capture_output=True, text=True, check=True).stdout
    name = f"scf-{folder.name}"
    return found + [line for line in (links + rules).splitlines() if name in line]


def test_a_killed_run_leaves_nothing(
    holder: Callable[[], tuple[subprocess.Popen[str], Path]],
) -> None:
    """Whoever uses the engine is killed: no process, bridge, rule or folder stays."""
    process, folder = holder()
    assert len(remains(folder)) > 3
    process.kill()
    process.wait()
    wait_until(lambda: not remains(folder), f"left behind: {remains(folder)}")


def test_what_a_killed_supervisor_leaves_is_swept(
    holder: Callable[[], tuple[subprocess.Popen[str], Path]], tmp_path: Path
) -> None:
    """The next engine's start removes what is left of one whose supervisor was killed."""
    process, folder = holder()
    (supervisor,) = (
        pid
        for pid, command in command_lines()
        if "supervisor.py" in command and str(folder) in command
    )
    os.kill(supervisor, signal.SIGKILL)
    process.kill()
    process.wait()
    assert folder.exists()
    again, other = holder()
    assert other != folder
    wait_until(lambda: not remains(folder), f"left behind: {remains(folder)}")
    again.kill()
    again.wait()
    wait_until(lambda: not remains(other), f"left behind: {remains(other)}")
    assert tmp_path.exists()


def test_an_engine_that_does_not_answer_is_named(tmp_path: Path) -> None:
    """A DOCKER_HOST at which nobody answers is told, and nothing else is tried."""
    nobody = f"unix://{tmp_path / 'nobody.sock'}"
    with (
        pytest.raises(NoEngineError, match="no engine answers at DOCKER_HOST"),
        obtain(ENVIRONMENT | {"DOCKER_HOST": nobody}, CACHE, tmp_path),
    ):
        pass


def test_a_kernel_that_lets_an_engine_run_refuses_nothing(
    holder: Callable[[], tuple[subprocess.Popen[str], Path]],
) -> None:
    """Where an engine comes up, no call that it makes counts as refused."""
    process, folder = holder()
    assert refusal() is None
    process.kill()
    process.wait()
    wait_until(lambda: not remains(folder), f"left behind: {remains(folder)}")


def test_the_refused_call_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag that no kernel knows stands for a name space that this one doesn't give."""
    monkeypatch.setitem(NAMESPACES, "CLONE_NEWNS", 1)
    told = refusal()
    assert told
    assert told.startswith("unshare(CLONE_NEWNS): ")
