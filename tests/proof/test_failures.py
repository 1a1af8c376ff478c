"""What a learner sees first: README's own command says in one screen what is missing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import pytest

from tests.proof.starters import PROJECTS, Starter

pytestmark = pytest.mark.proof

SCREENS = 60
"""Lines: what fits on a large terminal, pytest's own head and foot included."""
_COMMAND = re.compile(r"uv run (pytest .*--requisitos R1)$", re.MULTILINE)


@pytest.mark.parametrize("project", PROJECTS)
def test_the_first_failure_fits_on_a_screen(project: str, fresh: Callable[..., Starter]) -> None:
    """The criterion, what was expected, what came and where it is learned; nothing of ours."""
    starter = fresh(project)
    readme = (starter.folder / "README.md").read_text("utf-8")
    [command] = _COMMAND.findall(readme)
    done = starter.run(*shlex.split(command))
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert len(lines) <= SCREENS, done.stdout
    assert any(line.startswith("E   ") for line in lines)
    assert any(line.startswith("Se aprende en: ") for line in lines)
    assert any(re.match(r"tests/requisitos/test_r1_\w+\.py:\d+ \(", line) for line in lines)
    shown = done.stdout.partition("FAILURES")[2].partition("Captured")[0]
    assert not re.search(r"site-packages|tests/motor|lib/python3", shown), shown
