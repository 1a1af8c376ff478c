"""Sharp: plausible wrong solutions are caught, each by its own requirement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.workshop import (
    PROJECTS,
    Starter,
    judge,
    judged_on_request,
    requirements,
    spoil,
    wrong_solutions,
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
    """`broken.toml` names two or more for each, and the first breaks nothing else."""
    wrong = wrong_solutions(project)
    assert sorted(wrong) == sorted(requirements(project))
    for requirement, entries in wrong.items():
        assert len(entries) >= 2, f"{project} {requirement} has {len(entries)}"
        assert "also" not in entries[0], f"the first of {project} {requirement} breaks others"
        for entry in entries:
            assert set(entry) <= {"why", "file", "find", "replace", "also"}, entry
            assert entry["why"].strip()


@pytest.mark.proof
@pytest.mark.parametrize(("project", "requirement", "number"), CASES)
def test_a_wrong_solution_is_caught(
    project: str, requirement: str, number: int, fresh: Callable[..., Starter]
) -> None:
    """Its requirement fails, and no other one that `also` does not name."""
    entry = wrong_solutions(project)[requirement][number]
    starter = fresh(project).solve()
    spoil(starter.folder, entry)
    if judged_on_request(project, requirement):
        which = ["-k", f"test_{requirement.lower()}_"]
    else:
        which = ["-m", "not a_peticion"]
    arguments = ["-p", "first_failure", "--requisitos", "todos", "tests/requisitos", *which]
    verdict = judge(starter, *arguments, env={"PYTHONPATH": str(PLUGINS)})
    told = f"{project} {requirement} {entry['file']}: {entry['why']}\n{verdict.output[-6000:]}"
    broken = verdict.broken()
    assert requirement in broken, f"not caught: {told}"
    others = broken - {requirement, *entry.get("also", [])}
    assert not others, f"it breaks {sorted(others)} too: {told}"
