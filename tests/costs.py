"""Where the minutes of a run go: on the clock and on the processor, by part.

On a busy machine the clock says little: what counts is the processor's time, of a test and of
all processes that it started and waited for.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

PROPERTY = "cost"
"""The name under which a test's report tells what it spent."""
INSTALLATION = "SERVICES_INSTALLED_IN"
"""The variable in which `.ci/run` tells how many seconds the services' installation took."""
WORTH_TELLING = 30.0
"""Seconds from which on a run says where they went."""
_PROOF = re.compile(r"tests/(?:proof/test_(\w+)\.py|(containers)/)")


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of processors."""

    clock: float = 0.0
    processor: float = 0.0

    @classmethod
    def so_far(cls) -> Spent:
        """What this process has spent until now, with those that it waited for."""
        times = os.times()
        used = times.user + times.system + times.children_user + times.children_system
        return cls(time.perf_counter(), used)

    def __add__(self, other: Spent) -> Spent:
        """Both together."""
        return Spent(self.clock + other.clock, self.processor + other.processor)

    def __sub__(self, other: Spent) -> Spent:
        """What was spent since then."""
        return Spent(self.clock - other.clock, self.processor - other.processor)

    def minutes(self) -> str:
        """As a cell of the table."""
        return f"{self.clock / 60:.1f}/{self.processor / 60:.1f}"


def part_of(nodeid: str, projects: Iterable[str]) -> tuple[str, str]:
    """Whose test this is, a project's or the toolkit's, and of which proof, if of one.

    Args:
        nodeid: the test, as pytest names it.
        projects: the ids of all.
    """
    named = [project for project in projects if f"{project}-" in f"{nodeid.rstrip(']')}-"]
    proof = _PROOF.match(nodeid)
    return max(named, key=len, default="toolkit"), (proof[1] or proof[2]) if proof else "other"


def table(costs: Mapping[tuple[str, str], Spent]) -> Iterator[str]:
    """Lines with the minutes, a project a line, a proof a column, sums at the ends.

    Args:
        costs: what each part spent.
    """
    owners = sorted({owner for owner, _ in costs}, key=_by_number)
    proofs = sorted({proof for _, proof in costs})
    title = "minutes: clock/processor"
    width = max(map(len, [*owners, title]))
    yield "".join([title.ljust(width), *(name.rjust(12) for name in [*proofs, "all"])])
    for owner in [*owners, "all"]:
        row = {key: spent for key, spent in costs.items() if owner in {key[0], "all"}}
        cells = [_sum(row, proof).minutes() if _has(row, proof) else "" for proof in proofs]
        cells.append(sum(row.values(), Spent()).minutes())
        yield "".join([owner.ljust(width), *(cell.rjust(12) for cell in cells)])


def _has(costs: Mapping[tuple[str, str], Spent], proof: str) -> bool:
    return any(key[1] == proof for key in costs)


def _sum(costs: Mapping[tuple[str, str], Spent], proof: str) -> Spent:
    return sum((spent for key, spent in costs.items() if key[1] == proof), Spent())


def _by_number(owner: str) -> tuple[bool, int]:
    number = re.search(r"-(\d+)-", owner)
    return number is None, int(number[1]) if number else 0
