"""A service that is told to stop, and what becomes of a request that is on its way."""

from __future__ import annotations

import json
import math
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from tests.containers.traffic import InFlight, Upload, wait_until_refused

if TYPE_CHECKING:
    from tests.containers.projects import System

LIMIT = 5
"""Seconds that a service has to end after SIGTERM, on a machine that has nothing else to do."""
AT_REST = 0.5
"""Seconds that starting a Python in a container takes there at most."""
_KILLED = 137


class Stopping:
    """A service's container that is being stopped."""

    def __init__(self, system: System) -> None:
        """Have the engine send SIGTERM, and SIGKILL after the limit; don't wait."""
        self._engine = system.engine
        self._container = system.container(system.published())
        self._limit = self._allowed()
        self._start = time.monotonic()
        self._thread = threading.Thread(target=self._stop)
        self._thread.start()

    def _allowed(self) -> int:
        """The limit, longer in proportion when the machine is too busy to keep any."""
        start = time.monotonic()
        self._engine.docker("exec", self._container, "python", "-c", "pass")
        return math.ceil(LIMIT * max(1.0, (time.monotonic() - start) / AT_REST))

    def _stop(self) -> None:
        self._engine.attempt("stop", "-t", str(self._limit), self._container)

    def is_under_way(self) -> bool:
        """Whether it has not ended yet."""
        return self._thread.is_alive()

    def wait(self) -> float:
        """Wait until it has ended by itself; returns the seconds since the signal."""
        self._thread.join()
        seconds = time.monotonic() - self._start
        state = json.loads(self._engine.ask("inspect", self._container))[0]["State"]
        assert state["ExitCode"] != _KILLED, f"it did not end within {self._limit} s: it was killed"
        return seconds


def stop_with_request_in_flight(system: System, upload: Upload, twin: Upload) -> float:
    """Stop a system's application while a body is arriving, and see it answered.

    Args:
        system: is running, and is stopped afterwards.
        upload: the request.
        twin: the same for a server that is left in peace: its status is the right one.

    Returns:
        The seconds that it took to end.
    """
    page = system.health_page()
    usual = twin.send(system.port)
    assert usual < HTTPStatus.INTERNAL_SERVER_ERROR, f"{usual} even without stopping"
    request = InFlight(upload, system.port)
    stopping = Stopping(system)
    try:
        wait_until_refused(page)
        assert stopping.is_under_way(), "it ended without waiting for the request"
        try:
            status = request.finish()
        except OSError as error:
            raise AssertionError(f"the request was lost: {error!r}") from error
        assert status == usual, f"{status} while stopping, {usual} otherwise"
    finally:
        request.drop()
        seconds = stopping.wait()
    return seconds


def stop_with_endless_request(system: System, upload: Upload) -> float:
    """Stop a system's application while a body never arrives; returns the seconds."""
    request = InFlight(upload, system.port)
    try:
        return Stopping(system).wait()
    finally:
        request.drop()
