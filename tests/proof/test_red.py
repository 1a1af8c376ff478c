"""Red: on the fresh starter every requirement is open, and says so by assertion."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.proof.starters import PROJECTS, Starter, judge, requirements

pytestmark = pytest.mark.proof


@pytest.mark.parametrize("project", PROJECTS)
def test_every_requirement_is_open_on_the_fresh_starter(
    project: str, fresh: Callable[..., Starter]
) -> None:
    """Tests fail by assertion, never by error; at most 15 % of them (or one) pass."""
    verdict = judge(fresh(project), "--requisitos", "todos", "tests/requisitos")
    errors = [test for test in verdict.tests if test.outcome == "error"]
    assert not errors, f"not by assertion: {errors}\n{verdict.output}"
    for requirement in requirements(project):
        outcomes = verdict.outcomes(requirement)
        assert "failed" in outcomes, f"{requirement} of {project} is met by the starter"
        passed = [
            test.test
            for test in verdict.tests
            if test.requirement == requirement and test.outcome == "passed"
        ]
        assert len(passed) <= max(1, 0.15 * len(outcomes)), (
            f"{requirement} of {project}: {len(passed)} of {len(outcomes)} pass: {passed}"
        )
    assert all(test.message for test in verdict.tests if test.outcome == "failed")
    assert "Dónde se aprende: " in verdict.output
