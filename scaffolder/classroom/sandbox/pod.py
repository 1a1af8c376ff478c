"""One submission's run: its pod, the report that leaves it, and how it ended."""

from __future__ import annotations

import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from scaffolder.check.report import Report, read
from scaffolder.classroom.sandbox import bubblewrap
from scaffolder.classroom.sandbox.limits import Groups, Limits, groups

_OUTPUT = 64 * 1024
"""Bytes that are kept of what pytest printed."""
_REPORT = 64 * 2**20
"""Bytes of a report that are read: no honest one has as many."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a pod ended.

    Args:
        report: what its tests said, as far as they came.
        code: pytest's exit code, or minus the signal that ended it.
        seconds: how long it took.
        timed_out: it was ended at its limit.
        output: the end of what pytest printed, for whoever looks for a fault of the machine.
        memory: the most that the student's programs used at once, in bytes.
    """

    report: Report
    code: int
    seconds: float
    timed_out: bool
    output: str
    memory: int = 0


def run(layout: bubblewrap.Layout, arguments: Sequence[str], limits: Limits) -> Run:
    """Run a submission's tests in a pod, and leave nothing of it behind.

    Args:
        arguments: pytest's, but for those of the report.

    Raises:
        Refusal: this machine can't make a pod (`probe.check_machine` says why beforehand).
    """
    with groups(limits) as made:
        return _run(layout, arguments, limits, made)


def collect(layout: bubblewrap.Layout, arguments: Sequence[str]) -> Run:
    """Say which tests there are, and compile them into the cache if there is one.

    For the template itself: what it imports runs beside pytest.
    """
    limits = Limits()
    with groups(limits) as made:
        return _run(layout, ["--collect-only", "-q", *arguments], limits, made, fill=True)


def _run(
    layout: bubblewrap.Layout,
    arguments: Sequence[str],
    limits: Limits,
    made: Groups,
    *,
    fill: bool = False,
) -> Run:
    started = time.monotonic()
    layout = replace(layout, doors=made.program.doors)
    reads, writes = os.pipe()
    with tempfile.TemporaryDirectory(prefix="scaffold-pod-") as name:
        bubblewrap.write_inside(layout, Path(name))
        told = ["--informe", f"/dev/fd/{writes}", *arguments]
        command = bubblewrap.tester_command(layout, Path(name), told, fill=fill)
        try:
            process = subprocess.Popen(
                made.tester.entering(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[writes],
                start_new_session=True,
            )
        finally:
            os.close(writes)
        try:
            lines, output, timed_out = _follow(process, reads, started + limits.seconds)
        finally:
            os.close(reads)
        made.tester.kill()
        made.program.kill()
        code = process.wait()
    return Run(
        report=read(lines.splitlines()),
        code=code,
        seconds=time.monotonic() - started,
        timed_out=timed_out,
        output=output.decode("utf-8", "replace"),
        memory=made.program.peak(),
    )


def _follow(
    process: subprocess.Popen[bytes], report: int, until: float
) -> tuple[bytes, bytes, bool]:
    """Read report and output until the tester ends, or its time."""
    lines, output = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector, cast("IO[bytes]", process.stdout) as printed:
        selector.register(report, selectors.EVENT_READ, lines)
        selector.register(printed.fileno(), selectors.EVENT_READ, output)
        while selector.get_map():
            left = until - time.monotonic()
            if left <= 0 or len(lines) > _REPORT:
                return bytes(lines), bytes(output), True
            for key, _ in selector.select(min(left, 1.0)):
                piece = os.read(key.fd, 65536)
                if not piece:
                    selector.unregister(key.fd)
                key.data.extend(piece)
                if key.data is output:
                    del output[:-_OUTPUT]
            if process.poll() is not None and not selector.select(0):
                break
    return bytes(lines), bytes(output), False
