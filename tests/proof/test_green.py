"""Green: the reference solution keeps every promise, however its program is reached."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.proof.workshop import LINTERS, PROJECTS, TEMPLATES, Starter, judge, requirements

pytestmark = pytest.mark.proof
WITH_DATABASE = [
    project for project in PROJECTS if (TEMPLATES / project / "repo" / "alembic.ini").exists()
]


def assert_kept(starter: Starter, *args: str, env: dict[str, str] | None = None) -> None:
    """Every requirement's tests pass."""
    verdict = judge(starter.solve().tick_all(), *args, env=env)
    assert verdict.exit_code == 0, verdict.output
    for requirement in requirements(starter.project):
        outcomes = verdict.outcomes(requirement)
        assert "passed" in outcomes, f"no test of {requirement} ran\n{verdict.output}"
        assert set(outcomes) <= {"passed", "skipped"}, verdict.output


@pytest.mark.parametrize("project", PROJECTS)
def test_the_solution_passes_in_process(project: str, fresh: Callable[..., Starter]) -> None:
    """All boxes ticked, a plain `pytest` is green."""
    assert_kept(fresh(project))


@pytest.mark.parametrize("project", PROJECTS)
def test_the_solution_passes_as_a_process(project: str, fresh: Callable[..., Starter]) -> None:
    """The same with the program in a process of its own."""
    assert_kept(fresh(project), "--proceso")


@pytest.mark.parametrize("project", WITH_DATABASE)
def test_the_solution_passes_on_postgres(
    project: str, fresh: Callable[..., Starter], database: str
) -> None:
    """The same with the real database server, as the starter's own CI has it."""
    assert_kept(fresh(project), env={"DATABASE_URL": database})


@pytest.mark.parametrize("linter", LINTERS)
@pytest.mark.parametrize("project", PROJECTS)
def test_the_solution_is_clean(project: str, linter: str, fresh: Callable[..., Starter]) -> None:
    """Style, format and types of the solution hold what the starter asks for."""
    starter = fresh(project, linter).solve()
    for command in (*LINTERS[linter], ["mypy"]):
        done = starter.run(*command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
