"""`init --demo`: the whole story with nothing but Git."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from scaffolder.classroom import demo
from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import TEMPLATES

PAGE = TEMPLATES.parent / "docs" / "clase.md"


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


def transcripts(page: Path) -> list[tuple[str, str]]:
    """The commands of a page's consoles, each with what it shows below it."""
    found: list[tuple[str, str]] = []
    for block in re.findall(
        r"^ *```console\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE
    ):
        for part in dedent(block).split("$ ")[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown.strip()))
    return found


def test_the_instructor_s_page_tells_the_truth(
    scaffold: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commands, typed one after the other, print what it shows; the fix ends as it says."""
    typed = [pair for pair in transcripts(PAGE) if "classroom_roster" not in pair[0]]
    assert len(typed) == 6
    for command, shown in typed:
        if command.startswith("cd "):
            monkeypatch.chdir(here / command.removeprefix("cd "))
            continue
        if command.endswith("update --check"):
            course = here / "backend-27" / "course.toml"
            course.write_text(course.read_text().replace('ref = "v1.0.0"', 'ref = "v1.1.0"'))
        done = scaffold(*command.split()[1:])
        assert (done.code, done.err) == (1 if "--check" in command else 0, ""), command
        assert done.out.startswith(shown), command
    assert "sin choques: 1 · se resuelve solo: 1 · hay que decidir: 1" in done.out
    assert scaffold("class", "update").code == 1
    branch = scaffold("class", "update", "--branch")
    assert "scaffold/1.1.0" in branch.out
    untouched = here / "backend-27" / "repos" / "demo-uno.git"
    assert "carpeta de este README" in git(untouched, "show", "main:README.md")
    conflict = here / "backend-27" / "repos" / "demo-tres.git"
    assert "terminal de tu editor" in git(conflict, "show", "main:README.md")
    assert "carpeta de este README" in git(conflict, "show", "scaffold/1.1.0:README.md")
    states = scaffold("class", "status", "--json").json()["repos"]
    assert [repo["behind"] for repo in states] == [False, False, True]
