"""Sharp: plausible wrong solutions are caught, each by its own requirement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.solutions import WRONG_KEYS, Entry, apply_mutant, wrong_solutions
from tests.proof.starters import (
    PROJECTS,
    TEMPLATES,
    Starter,
    Verdict,
    judge,
    judged_on_request,
    requirements,
    tests_of,
)

PLUGINS = Path(__file__).parent / "plugins"
CASES = [
    pytest.param(project, requirement, number, id=f"{project}-{requirement}-{number}")
    for project in PROJECTS
    for requirement, entries in wrong_solutions(project).items()
    for number in range(len(entries))
]


@pytest.mark.parametrize("project", PROJECTS)
def test_every_requirement_has_two_wrong_solutions(project: str) -> None:
    """`broken.toml` names two or more for each, says why, and by which test one is caught."""
    wrong = wrong_solutions(project)
    assert sorted(wrong) == sorted(requirements(project))
    for requirement, entries in wrong.items():
        assert len(entries) >= 2, f"{project} {requirement} has {len(entries)}"
        for entry in entries:
            assert set(entry) <= WRONG_KEYS, entry
            assert entry["why"].strip()
            if "test" in entry:
                tests = (TEMPLATES / project / "repo" / tests_of(project, requirement)).read_text(
                    "utf-8"
                )
                assert f"def {entry['test']}(" in tests, f"{project} {requirement}: {entry}"


def judge_suite(starter: Starter) -> Verdict:
    """Run every requirement's tests, none of them any longer once it has failed."""
    arguments = ("-p", "first_failure", "-m", "not a_peticion", "tests/requisitos")
    return judge(starter, "--requisitos", "todos", *arguments, env={"PYTHONPATH": str(PLUGINS)})


def judge_alone(starter: Starter, requirement: str, known: str = "") -> Verdict:
    """Run one requirement's tests, up to the first failure.

    Args:
        starter: the wrong solution.
        requirement: its id.
        known: the test that is known to fail, and asked first; if it passes, so are all.
    """
    file = tests_of(starter.project, requirement)
    options = ("-x", "--requisitos", requirement)
    if known and (verdict := judge(starter, *options, f"{file}::{known}")).broken():
        return verdict
    return judge(starter, *options, file)


@pytest.mark.proof
@pytest.mark.parametrize(("project", "requirement", "number"), CASES)
def test_a_wrong_solution_is_caught(
    project: str, requirement: str, number: int, fresh: Callable[..., Starter]
) -> None:
    """Its requirement fails; and, where it is the first of its requirement, no other one."""
    entry: Entry = wrong_solutions(project)[requirement][number]
    starter = fresh(project).solve()
    apply_mutant(starter.folder, entry)
    if number > 0 or judged_on_request(project, requirement):
        verdict = judge_alone(starter, requirement, entry.get("test", ""))
    else:
        verdict = judge_suite(starter)
    told = f"{project} {requirement} {entry['file']}: {entry['why']}\n{verdict.output[-6000:]}"
    broken = verdict.broken()
    assert requirement in broken, f"not caught: {told}"
    assert broken == {requirement}, f"it breaks {sorted(broken - {requirement})} too: {told}"
