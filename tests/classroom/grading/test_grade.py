"""A class collected and graded through the command line, in real pods."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.classroom.instructor import Ground
from tests.conftest import Scaffold
from tests.helpers import build_file_tree, git
from tests.proof.starters import UV, environment
from tests.services import program, sandbox
from tests.update.sandbox import TemplateRepo

SOLUTION = Path(__file__).parents[3] / "tests" / "solutions" / "proyecto-1-tareas" / "overlay"


@pytest.fixture
def course(
    scaffold: Scaffold, here: Path, templates: TemplateRepo, monkeypatch: pytest.MonkeyPatch
) -> Ground:
    """A course on project 1 with three students: one has solved it, one has broken R1."""
    sandbox()
    for name, value in environment().items():
        if name.startswith("UV_") or name == "PATH":
            monkeypatch.setenv(name, value)
    made = scaffold("class", "init", "curso", "--project", "tareas")
    assert made.code == 0, made.err
    ground = Ground(here / "curso", templates, scaffold)
    ground.enrol("bien", "mal", "nada", "tarde")
    assert ground.run("distribute", "--only", "bien", "--only", "mal", "--only", "nada").code == 0
    for name in ("bien", "mal"):
        work(ground, here / name, name)
    return ground


def work(ground: Ground, folder: Path, name: str) -> None:
    """Hand in the solution; of «mal», one that can't list."""
    git(folder.parent, "clone", "-q", str(ground.repo(name)), str(folder))
    sources = {p.relative_to(SOLUTION).as_posix(): p for p in SOLUTION.rglob("src/**/*.py")}
    build_file_tree(folder, {path: file.read_bytes() for path, file in sources.items()})
    if name == "mal":
        ticked = (folder / "REQUISITOS.md").read_text("utf-8").replace("[ ] **R1", "[x] **R1")
        (folder / "REQUISITOS.md").write_text(ticked, "utf-8")
        cli = folder / "src" / "tareas" / "__main__.py"
        cli.write_text("import sys\nif 'listar' in sys.argv: sys.exit(7)\n" + cli.read_text())
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "Mi trabajo")
    git(folder, "push", "-q", "origin", "HEAD:main")


@pytest.mark.proof
def test_from_collect_to_grade(course: Ground) -> None:
    """The whole way, in the order of an instructor."""
    refused = course.run("grade")
    assert (refused.code, "no has recogido" in refused.err) == (2, True), refused.err
    collected = course.run("collect", "--json")
    assert collected.code == 1, collected.err  # «tarde» has no repository yet
    commits = {e["id"]: e["commit"] for e in collected.json()["submissions"]}
    assert commits["bien"] == course.head("bien")
    assert commits["tarde"] == ""

    graded = course.run("grade", "--json")
    assert graded.code == 0, graded.err
    found = {r["student"]: r for r in graded.json()["results"]}
    states = {name: result["state"] for name, result in found.items()}
    assert states == {
        "bien": "graded", "mal": "graded", "nada": "not-started", "tarde": "missing",
    }  # fmt: skip
    assert (found["bien"]["score"], found["bien"]["max"]) == (4, 4)
    broken = {r["id"]: r for r in found["mal"]["requirements"]}
    assert (broken["R1"]["score"], broken["R1"]["claimed"]) == (0, True)
    assert "código 0" in "".join(test["message"] for test in broken["R1"]["tests"])
    assert broken["R5"]["trust"] == "advisory"

    shown = course.run("grade")  # nothing is done again
    assert ("4/4" in shown.out, "Prometidos que fallan" in shown.out) == (True, True)


@pytest.mark.proof
def test_a_regrade_keeps_what_was_collected(course: Ground, here: Path) -> None:
    """Who pushes after that changes nothing, and a second grading says so."""
    course.run("collect")
    assert course.run("grade", "--only", "mal").code == 0
    build_file_tree(here / "mal", {"src/tareas/__main__.py": "import sys\nsys.exit(0)\n"})
    git(here / "mal", "commit", "-q", "-a", "-m", "Después")
    git(here / "mal", "push", "-q", "origin", "HEAD:main")
    course.run("collect")
    same = course.run("grade", "--only", "mal", "--diff")
    assert (same.code, "no cambiaría nada" in same.out) == (0, True), same.out + same.err
    toml = course.folder / "course.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[points]\nR2 = 3\n", "utf-8")
    other = course.run("grade", "--only", "mal", "--diff", "--json")
    assert other.code == 1
    changed = {c["requirement"]: (c["before"], c["after"]) for c in other.json()["changes"]}
    assert changed["R2"][1].endswith("/3")
    kept = json.loads((course.folder / ".scaffold/results/mal.json").read_text())
    assert kept["max"] == 4


def test_without_a_sandbox_nothing_is_graded(
    course: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is refused with what to install, and nobody gets a zero."""
    course.run("collect")
    only = tmp_path / "bin"
    only.mkdir()
    for name in ("git", "uv", "sh"):
        (only / name).symlink_to(UV if name == "uv" else program(name))
    monkeypatch.setenv("PATH", str(only))
    done = course.run("grade")
    assert (done.code, "bubblewrap" in done.err) == (2, True), done.err
    assert not list((course.folder / ".scaffold").glob("results/bien.json"))


def test_before_it_is_due(course: Ground) -> None:
    """`--at due` waits for the time, and says when it is; without one it says so."""
    none = course.run("collect", "--at", "due")
    assert (none.code, "no dice cuándo acaba" in none.err) == (2, True), none.err
    toml = course.folder / "course.toml"
    text = toml.read_text("utf-8")
    toml.write_text(text + "\n[due]\nat = 2999-01-01T00:00:00+01:00\n", "utf-8")
    early = course.run("collect", "--at", "due")
    assert (early.code, "2999-01-01" in early.err) == (2, True), early.err
    toml.write_text(text + '\n[due]\nat = 2020-01-01T00:00:00+01:00\ngrace = "15m"\n', "utf-8")
    late = course.run("collect", "--at", "due", "--only", "bien", "--json")
    assert late.code == 0, late.err
    assert late.json()["submissions"][0]["late_s"] > 86400
