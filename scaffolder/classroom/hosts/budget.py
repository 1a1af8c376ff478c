"""How much a forge lets one do in a minute and in an hour."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from scaffolder.classroom.parallel import WORKERS
from scaffolder.console.output import notice

GITHUB = ((80 - WORKERS, 60.0), (500 - WORKERS, 3600.0))
"""Of what makes content: so many in so many seconds. GitHub counts when it hears of one, and as
many as there are threads may be on their way: those are left out, so that the 80 and the 500
hold at its end too."""
_WORTH_TELLING = 5.0


class Budget:
    """Lets through what the limits allow, and makes the rest wait; threads may use it at once.

    Args:
        limits: how many in how many seconds, each.
        spent: when something was spent before, in seconds since 1970.
        clock: the time in seconds since 1970.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        limits: Sequence[tuple[int, float]],
        spent: Iterable[float] = (),
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        most = max((count for count, _ in limits), default=1)
        self._limits = limits
        self._spent = deque(sorted(spent), maxlen=most)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._paused_until = 0.0

    def spend(self) -> None:
        """Wait until one more is allowed, and count it. Who comes later waits behind."""
        with self._lock:
            while (wait := self._allowed_at() - self._clock()) > 0:
                self._tell(wait)
                self._sleep(wait)
            self._spent.append(self._clock())

    def pause(self, seconds: float) -> None:
        """Let nobody through for some seconds: the forge has asked for it."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def wait(self) -> None:
        """Wait while the forge has asked for a pause."""
        while (wait := self._paused_until - self._clock()) > 0:
            self._sleep(wait)

    def _tell(self, wait: float) -> None:
        if wait >= _WORTH_TELLING:
            notice(f"El servidor pone un límite por minuto y por hora: espero {round(wait)} s.")

    def _allowed_at(self) -> float:
        times = [self._paused_until]
        for count, seconds in self._limits:
            if len(self._spent) >= count:
                times.append(self._spent[-count] + seconds)
        return max(times)
