"""The exit codes of the command line, and the one exception that carries a message to its user."""

from __future__ import annotations

DONE = 0
NO = 1
REFUSED = 2
BUG = 3
INTERRUPTED = 130


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request that is turned down, with nothing touched: exit code 2.

    Args:
        reason: what is wrong, one Spanish sentence for the person at the keyboard.
        next_step: what to do about it, one Spanish sentence (often a command to type).
    """

    def __init__(self, reason: str, next_step: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step
