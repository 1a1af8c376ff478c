"""What a submission's tests are worth, in which part of the class, and what a regrade changes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scaffolder.check import report
from scaffolder.classroom.course import Points
from scaffolder.classroom.grading import changes, results, shards
from scaffolder.classroom.grading.collect import Collected
from scaffolder.classroom.grading.results import Result, Scheme, State, Trust, of_json, score
from scaffolder.errors import Refusal

TITLES = {"R1": "Crear", "R2": "Buscar", "R3": "Tests"}
TESTS = (
    report.Test("tests/requisitos/test_r1_a.py::test_1", "R1", "Uno."),
    report.Test("tests/requisitos/test_r1_a.py::test_2", "R1", "Dos."),
    report.Test("tests/requisitos/test_r2_b.py::test_3", "R2", "Tres."),
    report.Test("tests/requisitos/test_r3_c.py::test_4", "R3", "Cuatro.", advisory=True),
)


def outcomes(*told: str) -> list[report.Outcome]:
    """The outcomes of the first tests, in order; empty for one that never ended."""
    return [
        report.Outcome(test.test, test.requirement, test.criterion, outcome, "por esto", 0.1)
        for test, outcome in zip(TESTS, told, strict=False)
        if outcome
    ]


def graded(*told: str, points: Points | None = None, claimed: tuple[str, ...] = ()) -> Result:
    """A submission whose tests ended so."""
    scheme = Scheme(TITLES, TESTS, points or Points())
    found = score(scheme, outcomes(*told), claimed)
    return Result("curso", "proyecto", "una", State.GRADED, {"commit": "a"}, {"env": "e"}, found)


@pytest.mark.parametrize(
    ("told", "points", "expected"),
    [
        (("passed", "passed", "passed", "passed"), Points(), [1, 1, 0]),
        (("passed", "failed", "passed"), Points(), [0, 1, 0]),
        (("passed", "", "passed"), Points(), [0, 1, 0]),
        (("passed", "failed", "passed"), Points(credit="proportional"), [0.5, 1, 0]),
        (("passed", "skipped", "error"), Points(), [1, 0, 0]),
        (("passed", "passed", "passed"), Points({"R1": 3}), [3, 0, 0]),
        ((), Points(credit="proportional"), [0, 0, 0]),
    ],
)
def test_points(told: tuple[str, ...], points: Points, expected: list[float]) -> None:
    """All or a part, as the course says; what never ended has failed; advisory ones don't count."""
    result = graded(*told, points=points)
    assert [requirement.score for requirement in result.requirements] == expected
    assert result.score == sum(expected)


def test_what_is_advisory() -> None:
    """A requirement that only runs in the student's process stands outside the sum."""
    result = graded("passed", "passed", "passed", "passed")
    trusts = [requirement.trust for requirement in result.requirements]
    assert trusts == [Trust.BLACK_BOX, Trust.BLACK_BOX, Trust.ADVISORY]
    assert (result.score, result.max) == (2, 2)


def test_a_promise_that_fails_is_told() -> None:
    """And one that nobody made, or that can't be known, is not."""
    result = graded("passed", "failed", "failed", claimed=("R1", "R3"))
    assert [r.id for r in result.requirements if r.broken] == ["R1"]


def test_a_hidden_test_says_nothing() -> None:
    """Neither its message nor what it compared."""
    scheme = Scheme(TITLES, TESTS, Points(), ("tests/requisitos/test_r2_b.py",))
    found = score(scheme, outcomes("failed", "failed", "failed"), ())
    messages = [(test.hidden, test.message) for r in found for test in r.tests]
    assert messages == [(False, "por esto"), (False, "por esto"), (True, ""), (False, "")]


def test_goes_round_as_json() -> None:
    """What is written is what is read; an infrastructure error has no score, and is no zero."""
    result = graded("passed", "failed", "passed", claimed=("R1",))
    assert of_json(json.loads(json.dumps(result.as_json()))) == result
    broken = replace(result, state=State.INFRASTRUCTURE_ERROR)
    assert broken.as_json()["score"] is None
    assert result.as_json()["format"] == results.FORMAT


def test_shards_are_the_class() -> None:
    """Every submission is in one part, whatever the number of parts."""
    collected = [Collected(f"estudiante-{number}", "c") for number in range(200)]
    for parts in (1, 2, 7, 20):
        found = [shards.shard_of(collected, f"{part}/{parts}") for part in range(1, parts + 1)]
        assert sorted(e.id for part in found for e in part) == sorted(e.id for e in collected)
    assert max(len(part) for part in found) < 25


def test_a_shard_of_gitlab(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parallel job is told which it is."""
    collected = [Collected(f"estudiante-{number}", "c") for number in range(20)]
    monkeypatch.setenv("CI_NODE_INDEX", "2")
    monkeypatch.setenv("CI_NODE_TOTAL", "3")
    assert shards.shard_of(collected, None) == shards.shard_of(collected, "2/3")


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3"])
def test_a_wrong_shard_is_refused(shard: str) -> None:
    """With how it is written."""
    with pytest.raises(Refusal, match="no es una parte"):
        shards.shard_of([], shard)


def test_what_a_regrade_changes() -> None:
    """Student, requirement, old, new and cause; nothing where nothing changed."""
    before = graded("passed", "passed", "passed")
    assert changes.between({"una": before}, [before]) == []
    after = graded("passed", "failed", "passed")
    (turned,) = changes.between({"una": before}, [after])
    assert (turned.student, turned.requirement, turned.before, turned.after, turned.cause) == (
        "una", "R1", "1/1", "0/1", "inestable: test_2",
    )  # fmt: skip
    other = replace(after, provenance={"env": "otro"})
    assert changes.between({"una": before}, [other])[0].cause == "otras dependencias"
    later = replace(after, submission={"commit": "b"})
    assert changes.between({"una": before}, [later])[0].cause == "otro commit"
    assert changes.between({}, [after]) == []
