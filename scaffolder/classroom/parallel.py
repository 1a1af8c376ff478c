"""The same for every repository, several at once: most of the time is spent waiting for Git."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

WORKERS = min(8, 2 * (os.cpu_count() or 1))


def for_each(function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Call a function for each item, from threads; their results in the order of the items.

    Whoever interrupts waits for those that have begun, and for no other.
    """
    pool = ThreadPoolExecutor(WORKERS)
    try:
        return list(pool.map(function, items))
    finally:
        pool.shutdown(cancel_futures=True)
