"""The standard streams, where they are missing or fail. Light: every command imports it."""

from __future__ import annotations

import os
import sys


def open_missing_streams() -> None:
    """Give the process the standard streams that it was started without, leading nowhere.

    Else the next file or pipe that is opened would get their numbers, and be written to by
    whoever means to print.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            found = os.open(os.devnull, os.O_RDWR)
            if found != number:
                os.dup2(found, number)
                os.close(found)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for as long as the process


def discard() -> None:
    """Let what is still to be printed go nowhere: the interpreter must not try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
