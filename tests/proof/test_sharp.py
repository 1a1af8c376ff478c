"""Sharp: plausible wrong solutions are caught, each by its own requirement."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.solutions import WRONG_KEYS, Entry, apply_mutant, nameless, wrong_solutions
from tests.proof.starters import (
    PROJECTS,
    TEMPLATES,
    Starter,
    Verdict,
    judge,
    judged_on_request,
    requirement_file,
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
            assert set(entry) <= WRONG_KEYS, entry
            assert entry["why"].strip()


@pytest.mark.parametrize("project", PROJECTS)
def test_what_catches_a_wrong_solution_is_a_test(
    project: str, record_property: Callable[[str, object], None]
) -> None:
    """A test that an entry names is one of its requirement; how many name none is told."""
    for requirement, entries in wrong_solutions(project).items():
        file = TEMPLATES / project / "repo" / requirement_file(project, requirement)
        tests = re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
        named = {entry["test"] for entry in entries if "test" in entry}
        assert named <= set(tests), f"{project} {requirement}: {named - set(tests)}"
    if left := list(nameless(project)):
        told = f"{project}: {len(left)} wrong solutions name no test (tools/named_tests.py)"
        record_property("measured", told)


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
    file = requirement_file(starter.project, requirement)
    options = ("-x", "--requisitos", requirement)
    if known and (verdict := judge(starter, *options, f"{file}::{known}")).broken():
        return verdict
    return judge(starter, *options, file)


@pytest.mark.proof
@pytest.mark.parametrize(("project", "requirement", "number"), CASES)
def test_a_wrong_solution_is_caught(
    project: str,
    requirement: str,
    number: int,
    fresh: Callable[..., Starter],
    record_property: Callable[[str, object], None],
) -> None:
    """Its requirement fails; and, where it is the first of its requirement, no other one."""
    entry: Entry = wrong_solutions(project)[requirement][number]
    starter = fresh(project).solve()
    apply_mutant(starter.folder, entry)
    if number > 0 or judged_on_request(project, requirement):
        known = entry.get("test", "")
        verdict = judge_alone(starter, requirement, known)
        if known not in {"", verdict.caught_by()}:
            told = f"{project} {requirement}-{number}: {known} does not catch it any more"
            record_property("measured", told)
    else:
        verdict = judge_suite(starter)
    told = f"{project} {requirement} {entry['file']}: {entry['why']}\n{verdict.output[-6000:]}"
    assert all("::" in test.test for test in verdict.tests), f"its tests can't be read: {told}"
    broken = verdict.broken()
    assert requirement in broken, f"not caught: {told}"
    assert broken == {requirement}, f"it breaks {sorted(broken - {requirement})} too: {told}"
