"""A class graded on a real Dask cluster: the same grades as here, whoever of it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from scaffolder.classroom.grading.cluster import executor_of
from scaffolder.classroom.grading.judge import Job, Verdict, judge
from scaffolder.classroom.sandbox.limits import Limits
from scaffolder.errors import Refusal
from tests.classroom.grading.bench import Bench
from tests.services import free_port

pytestmark = pytest.mark.proof
PROJECT = "proyecto-4-servidor-http"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, Callable[[], subprocess.Popen[bytes]]]]:
    """A scheduler's address, and what starts one more worker for it."""
    port = free_port()
    with ExitStack() as stack:

        def start(*command: str) -> subprocess.Popen[bytes]:
            log = stack.enter_context((tmp_path / "cluster.log").open("ab"))
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli." + command[0], *command[1:]],
                stdout=log,
                stderr=log,
                cwd=tmp_path,
                start_new_session=True,
                env={**os.environ, "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)},
            )
            stack.callback(process.wait)
            stack.callback(_kill, process)
            return process

        start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        address = f"tcp://127.0.0.1:{port}"
        options = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--memory-limit", "0")
        yield address, lambda: start("dask_worker", address, *options)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def seen(verdicts: list[Verdict]) -> list[tuple[str, dict[str, str]]]:
    """What does not depend on the clock."""
    return [(v.student, {o.test: o.outcome for o in v.outcomes}) for v in verdicts]


def test_a_worker_dies_and_another_comes(
    bench: Callable[[str], Bench],
    cluster: tuple[str, Callable[[], subprocess.Popen[bytes]]],
) -> None:
    """Nothing is lost, nothing is graded otherwise; the next run clears what a dead one left."""
    on = bench(PROJECT)
    tests = tuple(t for t in on.tests if "test_r1_" in t.test and not t.advisory)[:8]
    archives = [on.composed(on.submit(what, {})).archive for what in ("starter", "solution")]
    jobs = [
        Job(f"estudiante-{n}", archives[n % 2], tests, (), Limits(seconds=120), whole_files=False)
        for n in range(8)
    ]
    judging = partial(judge, kit=on.kit)
    here = [judging(job) for job in jobs[:2]]
    address, worker = cluster
    first, *_ = [worker() for _ in range(3)]
    with executor_of(address) as there:
        futures = [there.submit(judging, job) for job in jobs]
        while not any(future.done() for future in futures):
            time.sleep(0.05)
        _kill(first)
        worker()
        found = [future.result(timeout=240) for future in futures]
    wanted = [(job.student, seen(here)[number % 2][1]) for number, job in enumerate(jobs)]
    assert seen(found) == wanted
    assert "passed" in wanted[1][1].values()
    assert seen([judging(jobs[0])]) == seen(here)[:1]


def test_nobody_there() -> None:
    """It is told, with where the address is written."""
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(Refusal, match="no responde"), executor_of(address):
        pass
