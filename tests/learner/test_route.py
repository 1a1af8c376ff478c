"""The route as a new user walks it: begin, work, check, tick, and on to the next project."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Scaffold

SOLUTION = Path(__file__).parents[1] / "solutions" / "proyecto-1-tareas"
BROKEN: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (SOLUTION / "broken.toml").read_text("utf-8")
)


def work(repo: Path, *unfinished: str) -> None:
    """Write the program as far as the learner has come: some requirements not right yet."""
    shutil.copytree(SOLUTION / "overlay" / "src", repo / "src", dirs_exist_ok=True)
    for requirement in unfinished:
        slip = BROKEN[requirement][0]
        file = repo / slip["file"]
        text = file.read_text("utf-8")
        assert slip["find"] in text
        file.write_text(text.replace(slip["find"], slip["replace"]), "utf-8")


def ticked(scaffold: Scaffold) -> list[str]:
    """What the learner's list promises, as the route sees it."""
    done: list[str] = scaffold("--json").json()["projects"][0]["done"]
    return done


@pytest.mark.proof
def test_the_route_from_the_first_day_to_the_second_project(
    scaffold: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook, a recommendation, a project done requirement by requirement, the map."""
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", sys.prefix)
    course = here / "curso"
    assert scaffold("init", course, "--name", "Ana", "--phase", 1).code == 0
    monkeypatch.chdir(course)
    assert "Aquí no hay ningún proyecto tuyo todavía." in scaffold().out
    advice = scaffold("next").out
    assert "  scaffold new proyecto-1-tareas\n" in advice
    assert scaffold("new", "proyecto-1-tareas", "--defaults").code == 0

    repo = course / "proyecto-1-tareas"
    monkeypatch.chdir(repo)
    fresh = scaffold("check")
    assert (fresh.code, "0 de 5 requisitos cumplidos." in fresh.out) == (0, True), fresh.out

    promised: set[str] = set()
    for left in (("R2", "R3", "R4"), ("R3", "R4"), ("R4",), ()):
        work(repo, *left)
        done = scaffold("check")
        assert done.code == 0, done.out
        promised |= {"R1", "R2", "R3", "R4"} - set(left)
        assert set(ticked(scaffold)) == promised, done.out
    assert "  R5  pendiente" in done.out
    assert "4/5  proyecto-1-tareas" in scaffold("progress", course).out.replace("\\", "/")

    shutil.copytree(SOLUTION / "overlay" / "tests", repo / "tests", dirs_exist_ok=True)
    done = scaffold("check", "--all")
    assert (done.code, "5 de 5 requisitos cumplidos." in done.out) == (0, True), done.out
    assert "Marcados ahora en REQUISITOS.md: R5." in done.out

    monkeypatch.chdir(course)
    lines = scaffold("progress").out.splitlines()
    assert "   1  tareas          [#####   ]  5/5  hecho" in lines
    assert lines[-2:] == [
        "1 de 17 proyectos hechos.",
        "Para los 12 que pide el roadmap te faltan 11.",
    ]
    advice = scaffold("next").out
    assert advice.startswith("Sigue con proyecto-2-logs · ")
    assert "  scaffold new proyecto-2-logs\n" in advice

    # A promise that breaks later is told, and stays the learner's.
    work(repo, "R3")
    assert scaffold("check", repo).code == 1
    assert scaffold("next", "--json").json()["next"]["project"] == "proyecto-2-logs"
