"""A submission's result: what each requirement's tests said, and what that is worth.

Format 1, one JSON object per submission (`as_json`): `course`, `project`, `student`,
`submission` (`commit`, `collected_at`, `late_s`), `provenance`, `state`, `score`, `max`,
`requirements` (each with `id`, `title`, `score`, `max`, `claimed`, `trust` and its `tests`) and
`tamper`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scaffolder.check.report import Outcome, Test
    from scaffolder.classroom.course import Points

FORMAT = 1


class State(StrEnum):
    """What became of a submission."""

    GRADED = "graded"
    NOT_STARTED = "not-started"
    MISSING = "missing"
    INFRASTRUCTURE_ERROR = "infrastructure-error"


class Trust(StrEnum):
    """What a requirement's tests are worth as evidence."""

    BLACK_BOX = "black-box"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test ended: `passed`, `failed`, `error`, `skipped`, or `missing` if it never did."""

    test: str
    criterion: str
    outcome: str
    message: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """What a requirement is worth, of `max`; an advisory one stands outside the sum."""

    id: str
    title: str
    score: float
    max: float
    claimed: bool
    trust: Trust
    tests: tuple[TestResult, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all of its tests that were done passed, and one was."""
        done = [test for test in self.tests if test.outcome != "skipped"]
        return bool(done) and all(test.outcome == "passed" for test in done)

    @property
    def broken(self) -> bool:
        """Whether the student promised it, and it is certain that it fails."""
        return self.claimed and self.trust is Trust.BLACK_BOX and not self.passed


@dataclass(frozen=True, slots=True)
class Result:
    """One submission's.

    Args:
        student: the repository's id.
        submission: `commit`, `collected_at` and `late_s`.
        provenance: what it was graded with.
        reason: why it wasn't, where it wasn't; with its repair, `next_step`.
    """

    course: str
    project: str
    student: str
    state: State
    submission: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    requirements: tuple[RequirementResult, ...] = ()
    tamper: tuple[str, ...] = ()
    reason: str = ""
    next_step: str = ""

    @property
    def score(self) -> float | None:
        """The points; None where nothing could be said."""
        if self.state is State.INFRASTRUCTURE_ERROR:
            return None
        return sum(r.score for r in self.requirements if r.trust is Trust.BLACK_BOX)

    @property
    def max(self) -> float:
        """The points that there are to get."""
        return sum(r.max for r in self.requirements if r.trust is Trust.BLACK_BOX)

    def as_json(self) -> dict[str, Any]:
        """The documented shape."""
        data = dataclasses.asdict(self)
        return {"format": FORMAT, **data, "score": self.score, "max": self.max}


def of_json(data: Mapping[str, Any]) -> Result:
    """A result from its documented shape.

    Raises:
        KeyError: something is missing.
        ValueError: a state or a trust is unknown.
        TypeError: a test has other keys.
    """
    requirements = tuple(
        RequirementResult(
            r["id"],
            r["title"],
            r["score"],
            r["max"],
            r["claimed"],
            Trust(r["trust"]),
            tuple(TestResult(**test) for test in r["tests"]),
        )
        for r in data["requirements"]
    )
    return Result(
        data["course"],
        data["project"],
        data["student"],
        State(data["state"]),
        data["submission"],
        data["provenance"],
        requirements,
        tuple(data["tamper"]),
        data["reason"],
        data["next_step"],
    )


@dataclass(frozen=True, slots=True)
class Scheme:
    """What there is to get, and for what.

    Args:
        titles: of the requirements, by id, in their order.
        expected: all tests that there are.
        points: what each requirement is worth.
        hidden: the files, relative to the repository, whose tests stay hidden.
    """

    titles: Mapping[str, str]
    expected: Sequence[Test]
    points: Points
    hidden: Sequence[str] = ()


def score(
    scheme: Scheme, outcomes: Sequence[Outcome], claimed: Sequence[str]
) -> tuple[RequirementResult, ...]:
    """What each requirement of a submission is worth.

    An expected test that never ended has failed. A requirement none of whose tests could be
    done outside the student's process is advisory.

    Args:
        outcomes: how those ended that did.
        claimed: the requirements that the student has ticked.
    """
    ended = {outcome.test: outcome for outcome in outcomes}
    return tuple(_score(scheme, key, ended, claimed=key in claimed) for key in scheme.titles)


def _score(
    scheme: Scheme, key: str, ended: Mapping[str, Outcome], *, claimed: bool
) -> RequirementResult:
    expected = [test for test in scheme.expected if test.requirement == key]
    tests = tuple(_test_result(test, ended.get(test.test), scheme.hidden) for test in expected)
    pairs = zip(tests, expected, strict=True)
    counted = [t for t, e in pairs if not e.advisory and t.outcome != "skipped"]
    worth = float(scheme.points.worth.get(key, 0 if scheme.points.worth else 1))
    part = sum(t.outcome == "passed" for t in counted) / len(counted) if counted else 0.0
    if scheme.points.credit == "all":
        part = float(part == 1.0)
    trust = Trust.BLACK_BOX if counted else Trust.ADVISORY
    title, points = scheme.titles[key], round(worth * part, 2)
    return RequirementResult(key, title, points, worth, claimed, trust, tests)


def _test_result(test: Test, outcome: Outcome | None, hidden: Sequence[str]) -> TestResult:
    is_hidden = test.test.split("::")[0] in hidden
    if outcome is None:
        return TestResult(test.test, test.criterion, "missing", "", is_hidden)
    message = "" if is_hidden else outcome.message
    return TestResult(test.test, test.criterion, outcome.outcome, message, is_hidden)
