"""Fair: a right solution that is written in another way passes too."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.proof.solutions import ENTRY_KEYS, apply_mutant, right_variants, second_solution
from tests.proof.starters import (
    PROJECTS,
    Starter,
    judge,
    judged_on_request,
    requirement_file,
    requirements,
)

VARIANTS = [
    pytest.param(project, requirement, number, id=f"{project}-{requirement}-{number}")
    for project in PROJECTS
    for requirement, entries in right_variants(project).items()
    for number in range(len(entries))
]
WITH_SECOND = [project for project in PROJECTS if second_solution(project)]


@pytest.mark.parametrize("project", PROJECTS)
def test_there_is_another_right_solution(project: str) -> None:
    """A whole one in `second/`, or variants of the reference in `fair.toml`, well formed."""
    variants = right_variants(project)
    assert variants or second_solution(project), (
        f"tests/solutions/{project} has neither second/ nor fair.toml"
    )
    assert set(variants) <= set(requirements(project))
    for entries in variants.values():
        for entry in entries:
            assert set(entry) <= ENTRY_KEYS, entry
            assert entry["why"].strip()


@pytest.mark.proof
@pytest.mark.parametrize(("project", "requirement", "number"), VARIANTS)
def test_a_right_variant_passes(
    project: str, requirement: str, number: int, fresh: Callable[..., Starter]
) -> None:
    """The reference solution with one thing done otherwise meets its requirement."""
    entry = right_variants(project)[requirement][number]
    starter = fresh(project).solve()
    apply_mutant(starter.folder, entry)
    verdict = judge(starter, "--requisitos", requirement, requirement_file(project, requirement))
    told = f"{project} {requirement} {entry['file']}: {entry['why']}\n{verdict.output[-6000:]}"
    assert verdict.exit_code == 0, f"not accepted: {told}"
    assert "passed" in verdict.outcomes(requirement), told


@pytest.mark.proof
@pytest.mark.parametrize("project", WITH_SECOND)
def test_the_second_solution_passes(project: str, fresh: Callable[..., Starter]) -> None:
    """It meets every requirement; those about the learner's tests, where it has tests."""
    second = second_solution(project)
    assert second
    starter = fresh(project)
    shutil.copytree(second, starter.folder, dirs_exist_ok=True)
    with_tests = any((second / "tests").glob("**/test_*.py"))
    asked = [
        requirement
        for requirement in requirements(project)
        if with_tests or not judged_on_request(project, requirement)
    ]
    verdict = judge(starter, "--requisitos", ",".join(asked))
    assert verdict.exit_code == 0, verdict.output
    for requirement in asked:
        assert "passed" in verdict.outcomes(requirement), (
            f"no test of {requirement} ran\n{verdict.output}"
        )
