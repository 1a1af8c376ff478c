"""The report that a starter's engine writes while its tests run, and whoever runs them reads.

Format 1: one JSON object per line, in UTF-8, each whole line written at once, so that it can
be read from a file afterwards or from a pipe meanwhile:

- `{"event": "start", "format": 1, "tests": [{"test", "requirement", "criterion",
  "advisory"}, …]}` once, when it is known which tests will run. `test` is pytest's node id,
  `requirement` an id as `R2`, `criterion` a Spanish sentence; an `advisory` test (false where
  it isn't said) runs the learner's code in its own process.
- `{"event": "running", "test"}` before each test: if nothing follows, this one hung, or ended
  the process.
- `{"event": "outcome", "test", "requirement", "criterion", "outcome", "message", "seconds"}`.
  `outcome` is `passed`, `failed`, `error` or `skipped`; `message` says why it did not pass. A
  file that can't be collected has one too: its `test` is the file. A test that passed and
  whose clean-up failed has two, of which the worse counts.
- `{"event": "end", "exit_code"}` once, with pytest's exit code. A report with it is complete.

What is not known is passed over: an event of another name, another key. A higher `format`
means that the old events can't be understood. An engine from before format 1 writes
outcomes alone, without `event`: such a report doesn't say whether it is complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

FORMAT = 1

_OUTCOMES = ("passed", "skipped", "failed", "error")  # from good to bad


@dataclass(frozen=True, slots=True)
class Test:
    """A test that will run: its node id, its requirement (`R2`) and what it asks for.

    Args:
        advisory: it runs the learner's code in its own process, where nothing is certain.
    """

    test: str
    requirement: str
    criterion: str
    advisory: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended.

    Args:
        test: its node id, or the file that can't be collected.
        requirement: as `R2`.
        criterion: what it asks for, in one sentence.
        outcome: `passed`, `failed`, `error` or `skipped`.
        message: why it did not pass.
        seconds: how long it took.
    """

    test: str
    requirement: str
    criterion: str
    outcome: str
    message: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says so far.

    Args:
        format: the engine's; 0 where it is from before there was one.
        tests: those that will run.
        outcomes: in the order of their ends, one for each test.
        running: node ids of the tests that have begun and not ended (several, where they run
            side by side).
        exit_code: pytest's, or None before the end.
    """

    format: int = 0
    tests: tuple[Test, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    running: tuple[str, ...] = ()
    exit_code: int | None = None

    @property
    def total(self) -> int:
        """How many tests there are, as far as is known."""
        return len({t.test for t in self.tests} | {o.test for o in self.outcomes})


def read(lines: Iterable[str | bytes]) -> Report:
    """Read a report as far as it goes: a file of it, or a pipe until it closes."""
    report = Report()
    for line in lines:
        report = follow(report, line)
    return report


def follow(report: Report, line: str | bytes) -> Report:
    """The report after one more line.

    A line that is not whole or not ours changes nothing: the process that wrote it was ended
    in the middle, or a learner's program wrote into the file.
    """
    try:
        return _after(report, json.loads(line))
    except (ValueError, TypeError, KeyError, AttributeError):
        return report


def _after(report: Report, event: dict[str, Any]) -> Report:
    match event.get("event", "outcome"):
        case "start":
            tests = tuple(
                Test(
                    str(e["test"]),
                    str(e["requirement"]),
                    str(e["criterion"]),
                    e.get("advisory") is True,
                )
                for e in event["tests"]
            )
            return replace(report, format=int(event["format"]), tests=tests)
        case "running":
            return replace(report, running=(*report.running, str(event["test"])))
        case "outcome":
            return _with_outcome(report, _outcome(event))
        case "end":
            return replace(report, running=(), exit_code=int(event["exit_code"]))
        case _:
            return report


def _outcome(event: dict[str, Any]) -> Outcome:
    return Outcome(
        test=str(event["test"]),
        requirement=str(event["requirement"]),
        criterion=str(event["criterion"]),
        outcome=str(event["outcome"]),
        message=str(event["message"]),
        seconds=float(event["seconds"]),
    )


def _with_outcome(report: Report, outcome: Outcome) -> Report:
    known = {entry.test: entry for entry in report.outcomes}
    before = known.get(outcome.test, outcome)
    if _OUTCOMES.index(outcome.outcome) >= _OUTCOMES.index(before.outcome):
        known[outcome.test] = outcome
    running = tuple(test for test in report.running if test != outcome.test)
    return replace(report, outcomes=tuple(known.values()), running=running)
