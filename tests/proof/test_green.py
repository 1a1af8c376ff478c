"""Green: the reference solution keeps every promise, however its program is reached."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.proof.starters import (
    DEFAULT_LINTER,
    LINTERS,
    PROJECTS,
    TEMPLATES,
    Starter,
    judge,
    judged_on_request,
    requirements,
)
from tests.services import Running

pytestmark = pytest.mark.proof
WITH_SERVICES = [
    project
    for project in PROJECTS
    if re.search(
        r"^ *services:$",
        (TEMPLATES / project / "repo/.github/workflows/ci.yml.jinja").read_text("utf-8"),
        re.MULTILINE,
    )
]
"""Found by looking at their workflows."""

ON_OUR_TESTS = ("-m", "not a_peticion")


def minds_the_process(project: str) -> bool:
    """Whether a starter's fixtures ask how to run the program; command lines and libraries don't.

    The engine of requirements, which every starter has, only registers the option.
    """
    tests = TEMPLATES / project / "repo" / "tests"
    own = [file.read_text("utf-8") for file in tests.rglob("*.py")]
    names = {file.name.removesuffix(".jinja") for file in tests.rglob("*.py.jinja")}
    shared = TEMPLATES / "comun" / "motor"
    own += [(shared / name).read_text("utf-8") for name in names - {"requisitos.py"}]
    return any('getoption("--proceso"' in text for text in own)


WITH_PROCESS = [project for project in PROJECTS if minds_the_process(project)]


def assert_kept(starter: Starter, *args: str, env: dict[str, str] | None = None) -> None:
    """Every requirement's tests pass; those about the learner's tests, unless left out."""
    verdict = judge(starter.solve().tick_all(), *args, env=env)
    assert verdict.exit_code == 0, verdict.output
    for requirement in requirements(starter.project):
        if args[-2:] == ON_OUR_TESTS and judged_on_request(starter.project, requirement):
            continue
        outcomes = verdict.outcomes(requirement)
        assert "passed" in outcomes, f"no test of {requirement} ran\n{verdict.output}"
        assert set(outcomes) <= {"passed", "skipped"}, verdict.output


@pytest.mark.parametrize("project", PROJECTS)
def test_the_solution_passes_in_process(project: str, fresh: Callable[..., Starter]) -> None:
    """All boxes ticked, a plain `pytest` is green."""
    assert_kept(fresh(project))


@pytest.mark.parametrize("project", WITH_PROCESS)
def test_the_solution_passes_as_a_process(project: str, fresh: Callable[..., Starter]) -> None:
    """The same with the program in a process of its own, where that is another way to run it."""
    assert_kept(fresh(project), "--proceso")


@pytest.mark.parametrize("project", WITH_SERVICES)
def test_the_solution_passes_with_the_services_of_its_ci(
    project: str, fresh: Callable[..., Starter], services: Running
) -> None:
    """The same with every real server that the starter's own CI has."""
    starter = fresh(project)
    settings = services.settings(starter.folder)
    assert settings
    assert_kept(starter, env=settings)


@pytest.mark.parametrize("linter", LINTERS)
@pytest.mark.parametrize("project", PROJECTS)
def test_the_solution_is_clean(project: str, linter: str, fresh: Callable[..., Starter]) -> None:
    """Style and format of the solution hold what the starter asks for; types, asked once."""
    starter = fresh(project, linter).solve()
    for command in (*LINTERS[linter], *([["mypy"]] if linter == DEFAULT_LINTER else [])):
        done = starter.run(*command)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
