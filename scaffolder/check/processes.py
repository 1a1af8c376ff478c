"""The processes that run a learner's tests: bounded in time, memory and output, ended whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scaffolder.check import environment, launcher

SECONDS = 120.0
"""How long the tests of one requirement may take."""
MEMORY = 3 * 2**30
"""Bytes that each process may have, where the system can hold it to that (Linux)."""
OUTPUT = 64 * 2**20
"""Bytes that the tests of one requirement may write before they are ended."""

_TAIL = 64 * 2**10  # bytes of the output that are kept: its last
_PATIENCE = 10.0  # seconds for the launcher to end what it has started

Reason = Literal["", "time", "output", "stopped"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How pytest's process ended.

    Args:
        code: pytest's exit code if it came to its end; else what the process ended with.
        returned: whether it came to its end.
        text: the last that it wrote.
        reason: why it was ended from outside, if it was.
    """

    code: int
    returned: bool
    text: str
    reason: Reason = ""


class Processes:
    """The processes that are running, to end them all at once.

    Attributes:
        limit: seconds after which each is ended.
        stopped: they were ended, and no more are started.
    """

    def __init__(self, limit: float = SECONDS) -> None:
        self.limit = limit
        self.stopped = False
        self._lock = threading.Lock()
        self._running: set[_Process] = set()

    def run(self, python: Path, arguments: Sequence[str], cwd: Path, temporary: Path) -> Ending:
        """Run pytest to its end, in the environment that is decided for it.

        Args:
            python: the repository's.
            arguments: pytest's.
            cwd: the repository.
            temporary: a folder for what the tests leave behind; the caller removes it.

        Raises:
            Refusal: that Python has no pytest, or is none.
        """
        with self._lock:
            if self.stopped:
                return Ending(0, returned=False, text="", reason="stopped")
            try:
                process = _Process(python, arguments, cwd, temporary)
            except OSError:
                raise environment.no_environment() from None
            self._running.add(process)
        try:
            return process.wait(self.limit)
        finally:
            process.end("stopped")
            with self._lock:
                self._running.discard(process)

    def stop(self) -> None:
        """End them, and start no more."""
        with self._lock:
            self.stopped = True
            for process in self._running:
                process.end("stopped")


class _Process:
    """One run of pytest, with the launcher around it and a thread that reads what it writes."""

    def __init__(self, python: Path, arguments: Sequence[str], cwd: Path, temporary: Path) -> None:
        limits = launcher.Limits(memory=MEMORY, captured=OUTPUT, folder=str(temporary.parent))
        # -P: a file of the learner's beside the tests can't take the place of a library, as
        # it can't under `uv run pytest`.
        command = [str(python), "-P", launcher.__file__, json.dumps(limits), *arguments]
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment.decided(python, os.environ, temporary),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reason: Reason = ""
        self._ending = threading.Lock()
        self._tail = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, limit: float) -> Ending:
        """Wait for its end, or bring it about after some seconds."""
        try:
            self._process.wait(limit)
        except subprocess.TimeoutExpired:
            self.end("time")
        self._reader.join(_PATIENCE)  # what holds its other end on Windows may outlive it
        code = self._process.returncode
        if code == launcher.NO_PYTEST:
            raise environment.no_environment()
        if code == launcher.TOO_MUCH_OUTPUT:
            self._reason = "output"
        text = self._tail.decode("utf-8", "replace")
        if launcher.RETURNED <= code < launcher.NO_PYTEST and not self._reason:
            return Ending(code - launcher.RETURNED, returned=True, text=text)
        return Ending(code, returned=False, text=text, reason=self._reason)

    def end(self, reason: Reason) -> None:
        """End it and all that it has started, if it has not ended."""
        with self._ending:
            if self._process.poll() is None:
                self._reason = reason
                self._end()
            if self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()

    def _end(self) -> None:
        if sys.platform == "win32":
            command = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            subprocess.run(command, capture_output=True, check=False)
            self._process.wait()
            return
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        with suppress(OSError, subprocess.TimeoutExpired):
            os.write(self._process.stdin.fileno(), b"stop")
            self._process.wait(_PATIENCE)
        if self._process.poll() is None:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _read(self) -> None:
        """Keep the last that it writes; what writes without end is ended."""
        stream = self._process.stdout
        assert stream is not None  # noqa: S101 - it was asked for
        came = 0
        with stream:
            while data := os.read(stream.fileno(), _TAIL):
                self._tail = (self._tail + data)[-_TAIL:]
                came += len(data)
                if came > OUTPUT and not self._reason:
                    self.end("output")
