"""Single keys from a terminal, without Enter."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from scaffolder.console import signals

if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def single_keys() -> Iterator[None]:
        """Keys come one by one: on Windows they always can."""
        yield

    def pressed(seconds: float) -> str:
        """The key that is pressed within that time, in lower case; empty where none is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if msvcrt.kbhit():
                return msvcrt.getwch().lower()
            time.sleep(0.05)
        return ""

else:
    import select
    import termios
    import tty

    @contextmanager
    def single_keys() -> Iterator[None]:
        """Keys come one by one and unseen; afterwards the terminal is as it was."""
        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        try:
            with signals.deferred():
                tty.setcbreak(terminal)
            yield
        finally:
            with signals.deferred():
                termios.tcsetattr(terminal, termios.TCSADRAIN, before)

    def pressed(seconds: float) -> str:
        """The last key that is pressed within that time, in lower case; empty where none is.

        Raises:
            EOFError: the terminal is gone.
        """
        ready, _, _ = select.select([sys.stdin.fileno()], [], [], seconds)
        if not ready:
            return ""
        try:
            data = os.read(sys.stdin.fileno(), 64)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        # An arrow is an escape and some letters, and no key of ours.
        return "" if b"\x1b" in data else data.decode("utf-8", "replace")[-1].lower()
