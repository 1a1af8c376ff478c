"""Sharp: plausible wrong solutions are caught, each by its own requirement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.solutions import ENTRY_KEYS, Entry, apply_mutant, wrong_solutions
from tests.proof.starters import (
    PROJECTS,
    Starter,
    Verdict,
    judge,
    judged_on_request,
    requirements,
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
    """`broken.toml` names two or more for each, and says why somebody would write them."""
    wrong = wrong_solutions(project)
    assert sorted(wrong) == sorted(requirements(project))
    for requirement, entries in wrong.items():
        assert len(entries) >= 2, f"{project} {requirement} has {len(entries)}"
        for entry in entries:
            assert set(entry) <= ENTRY_KEYS, entry
            assert entry["why"].strip()


def judge_suite(starter: Starter) -> Verdict:
    """Run every requirement's tests, none of them any longer once it has failed."""
    arguments = ("-p", "first_failure", "-m", "not a_peticion", "tests/requisitos")
    return judge(starter, "--requisitos", "todos", *arguments, env={"PYTHONPATH": str(PLUGINS)})


def judge_alone(starter: Starter, requirement: str) -> Verdict:
    """Run one requirement's tests, up to the first failure."""
    return judge(starter, "-x", "--requisitos", requirement, *starter.tests_of(requirement))


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
        verdict = judge_alone(starter, requirement)
    else:
        verdict = judge_suite(starter)
    told = f"{project} {requirement} {entry['file']}: {entry['why']}\n{verdict.output[-6000:]}"
    broken = verdict.broken()
    assert requirement in broken, f"not caught: {told}"
    assert broken == {requirement}, f"it breaks {sorted(broken - {requirement})} too: {told}"
