"""`init --demo`: the whole story with nothing but Git."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.classroom import demo
from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import TEMPLATES


def test_three_students_are_in_different_states(scaffold: Scaffold, here: Path) -> None:
    """One untouched, one at work in files of theirs, one in a shared file; the same everywhere."""
    assert scaffold("class", "init", "backend-27", "--demo").code == 0
    course = here / "backend-27"
    done = scaffold("class", "distribute", "--course", course)
    assert (done.code, done.err) == (0, "")
    assert "entregado: 3" in done.out
    status = scaffold("class", "status", "--course", course, "--json").json()
    found = {r["id"]: (r["state"], r["ahead"], r["ticked"]) for r in status["repos"]}
    assert found == {
        "demo-uno": ("untouched", 0, []),
        "demo-dos": ("working", 1, ["R1"]),
        "demo-tres": ("working", 1, []),
    }
    heads = [r["head"] for r in status["repos"]]
    assert scaffold("class", "distribute", "--course", course).code == 0
    assert scaffold("class", "init", "otra-vez", "--demo").code == 0
    scaffold("class", "distribute", "--course", here / "otra-vez")
    again = scaffold("class", "status", "--course", here / "otra-vez", "--json").json()
    assert [r["head"] for r in again["repos"]] == heads
    who = git(course / "repos" / "demo-tres.git", "log", "-1", "--format=%an <%ae>", "main")
    assert who == "demo-tres <demo-tres@localhost>"


@pytest.mark.parametrize("number", range(1, 8))
def test_every_project_has_the_lines_that_the_fix_changes(tmp_path: Path, number: int) -> None:
    """And the fix changes nothing else; a second making gives the same commits."""
    project = next(TEMPLATES.glob(f"proyecto-{number}-*")).name
    for name in ("una", "otra"):
        demo.write_templates(tmp_path / name, project)
    ids = [git(tmp_path / name, "rev-parse", "v1.0.0", "v1.1.0") for name in ("una", "otra")]
    assert ids[0] == ids[1]
    changed = git(tmp_path / "una", "diff", "--stat", "--name-only", "v1.0.0", "v1.1.0")
    readme, boxes = changed.splitlines()
    assert readme == "comun/README.md.jinja"
    assert boxes.startswith(f"{project}/repo/REQUISITOS.md")
