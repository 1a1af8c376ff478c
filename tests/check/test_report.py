"""The report between a starter's engine and whoever runs it, old engines included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scaffolder.check import report
from tests.check.repository import BAD_SUM, GOOD, Learner

BEFORE_FORMATS = Path(__file__).parent / "engines/before_formats.txt"
OUTCOME = {
    "event": "outcome",
    "test": "t.py::test_a",
    "requirement": "R1",
    "criterion": "Suma.",
    "outcome": "passed",
    "message": "",
    "seconds": 0.5,
}


def old_engine(learner: Learner) -> None:
    """Give the repository the engine of a starter from before the report had a format."""
    (learner.folder / "conftest.py").write_bytes(BEFORE_FORMATS.read_bytes())


def test_a_pipe_is_read_while_it_is_written(learner: Learner) -> None:
    """A grader follows the events of a run that it has started itself."""
    learner.writes(BAD_SUM)
    read, write = os.pipe()
    command = [*("-m", "pytest", "-q", "--requisitos", "todos"), f"--informe=/dev/fd/{write}"]
    process = subprocess.Popen(
        [sys.executable, *command], cwd=learner.folder, pass_fds=[write], stdout=subprocess.DEVNULL
    )
    os.close(write)
    seen = [report.Report()]
    with os.fdopen(read, "rb") as pipe:
        for line in pipe:
            seen.append(report.follow(seen[-1], line))
    assert process.wait() == seen[-1].exit_code == 1
    tests = [test.test.rpartition("::")[2] for test in seen[1].tests]
    assert tests == ["test_suma", "test_suma_negativos", "test_resta", "test_cuenta"]
    running = [state.running[0].rpartition("::")[2] for state in seen if state.running]
    assert running == tests
    ends = [(outcome.requirement, outcome.outcome) for outcome in seen[-1].outcomes]
    assert ends == [("R1", "passed"), ("R1", "failed"), ("R2", "passed"), ("R3", "passed")]
    assert (seen[-1].format, seen[-1].running, seen[-1].total) == (1, (), 4)


def test_what_is_not_known_is_passed_over() -> None:
    """Half a line, a learner's own line, an event and a key of tomorrow change nothing."""
    lines = [
        json.dumps({"event": "start", "format": 1, "tests": [], "tomorrow": 1}),
        "Hola, mundo",
        "[1, 2]",
        "3",
        json.dumps({"event": "weather", "test": 1}),
        json.dumps(OUTCOME | {"outcome": "so-so"}),
        json.dumps(OUTCOME | {"more": True}),
        json.dumps(OUTCOME)[:-9],
    ]
    told = report.read(lines)
    assert [outcome.test for outcome in told.outcomes] == ["t.py::test_a"]
    assert (told.format, told.exit_code) == (1, None)


@pytest.mark.parametrize("order", [("passed", "error"), ("error", "passed")])
def test_of_two_outcomes_of_one_test_the_worse_counts(order: tuple[str, str]) -> None:
    """It passed, and its clean-up failed."""
    told = report.read(json.dumps(OUTCOME | {"outcome": outcome}) for outcome in order)
    assert [outcome.outcome for outcome in told.outcomes] == ["error"]


def test_an_older_starter_is_judged_as_before(learner: Learner) -> None:
    """Lines without `event` are outcomes; whether they are all, pytest's own end says."""
    old_engine(learner)
    learner.writes(BAD_SUM)
    learner.ticks("R1")
    done = learner.checks()
    assert "R1  FALLA            1 de 2  Sumar" in done.out
    assert "→ Se esperaba -3" in done.out
    assert (done.code, learner.promised()) == (1, ["R1", "R2", "R3"])


@pytest.mark.proof
@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import os; os._exit(0)", "el proceso de las pruebas se cerró con el código 0"),
        ("while True: pass", "sus pruebas no acabaron en 6 s: se quedaron esperando"),
    ],
)
def test_an_older_starter_that_ends_early_is_not_met(
    learner: Learner, code: str, problem: str
) -> None:
    """Not even with exit code 0 and every line of its report saying `passed`."""
    old_engine(learner)
    learner.writes(GOOD.replace("return [1, 2, 3]", code))
    file = learner.folder / "tests/requisitos/test_r3_contar.py"
    text = file.read_text("utf-8")
    file.write_text(text.replace("def test_", "def test_bien(): pass\n\n\ndef test_"), "utf-8")
    told = learner.checks("--json", "--timeout", 6).json()["requirements"][2]
    assert (told["state"], told["problem"]) == ("error", problem)


def test_an_older_starter_whose_tests_can_t_be_read_says_why(learner: Learner) -> None:
    """The reason is what pytest has printed of it."""
    old_engine(learner)
    learner.writes("import nada_de_esto_existe\n")
    done = learner.checks()
    reason = "ModuleNotFoundError: No module named 'nada_de_esto_existe'"
    assert f"Sus pruebas no se pueden ejecutar: {reason}." in done.out
    assert done.code == 1
