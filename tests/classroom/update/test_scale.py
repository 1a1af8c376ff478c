"""Three hundred histories: states equal the truth, and no line of anybody's is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.classroom.update.ground import Class, make_class
from tests.classroom.update.population import EXTRAS, KINDS, RELEASE, Population, Student, draw
from tests.classroom.update.test_update import states
from tests.conftest import Scaffold
from tests.helpers import build_file_tree, git
from tests.update.sandbox import build_mini

SIZE = 300


@pytest.mark.proof
def test_three_hundred_histories(here: Path, scaffold: Scaffold) -> None:
    """Every kind of meeting, alone and together; then the same again does nothing."""
    template_repo = build_mini(here / "plantillas")
    template_repo.release("0.2.0", lambda starter: build_file_tree(starter, EXTRAS))
    course = make_class(here / "curso", template_repo, *(f"e{n:03}" for n in range(SIZE)))
    people = Population(course.folder / "repos")
    students = {
        f"e{n:03}": people.let_work(f"e{n:03}", draw(n), commits=1 + n % 7) for n in range(SIZE)
    }
    template_repo.release("0.3.0", RELEASE)
    update = ("class", "update", "--json", "--course", course.folder)

    checked = scaffold(*update, "--check")
    assert checked.code == 1
    truth = {name: student.state for name, student in students.items()}
    assert states(checked.json()) == truth
    assert set(truth.values()) == {"clean", "touched", "conflict"}

    done = scaffold(*update).json()
    promised = states(checked.json(), "commit")
    for repo in done["repos"]:
        check(course, people, repo, students[repo["id"]], promised[repo["id"]])
    compare_with_one(course, scaffold, students)

    heads = course.heads()
    again = scaffold(*update).json()
    assert set(states(again, "done").values()) == {""}
    assert course.heads() == heads

    branches = scaffold(*update, "--branch")
    assert branches.code == 0
    for name, student in students.items():
        if student.state == "conflict":
            assert course.head(name) == student.head
            assert course.head(name, "scaffold/0.3.0") == states(done, "template")[name]


def check(
    course: Class, people: Population, repo: dict[str, object], student: Student, promised: str
) -> None:
    """One repository, after: their commit is in it, and their words, or their files are told."""
    name = str(repo["id"])
    head = course.head(name)
    if student.state == "conflict":
        assert head == student.head
        return
    assert head == promised
    assert git(course.server(name), "rev-parse", f"{head}^1") == student.head
    files = people.files(name, head)
    text = b"\n".join(files.values()).decode("utf-8", "replace")
    paths = repo["paths"]
    assert isinstance(paths, list)
    for kind, word in student.words.items():
        about = KINDS[kind]
        if "dropped by them" in kind:
            continue
        told = about.lost and any("test_r1" in path for path in paths)
        assert word in text or told, (name, kind)
    assert b"SUYO" in files["tests/requisitos/test_r2_buscar.py"]


def compare_with_one(course: Class, scaffold: Scaffold, students: dict[str, Student]) -> None:
    """`scaffold update` in a clone of what they had comes to the same files."""
    for name in list(students)[:: SIZE // 20]:
        clone = course.folder.parent / f"otro-{name}"
        git(course.folder, "clone", "-q", str(course.server(name)), str(clone))
        git(clone, "reset", "-q", "--hard", students[name].head)
        scaffold("update", clone, "--source", course.template_repo.root)
        if students[name].state == "conflict":
            assert git(clone, "ls-files", "--unmerged")
        else:
            assert git(clone, "rev-parse", "HEAD^{tree}") == git(
                course.server(name), "rev-parse", "main^{tree}"
            )
