"""`scaffold class status`: what can be said of each repository, and what can't."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.classroom.conftest import NewCourse
from tests.helpers import build_file_tree, git


def test_before_the_first_hand_out(new_course: NewCourse) -> None:
    """There is nothing to look at."""
    done = new_course("ana").run("status")
    assert done.code == 2
    assert "scaffold class distribute" in done.err


def test_each_repository_is_told_as_it_is(new_course: NewCourse, here: Path) -> None:
    """Untouched, at work with promises, without a repository, and one that is another's."""
    ground = new_course("ana", "leo", "zoe", "luz")
    ground.distribute()
    first = ground.head("ana")
    boxes = (ground.templates.starter / "REQUISITOS.md").read_text()
    ticked = boxes.replace("- [ ] **R1", "- [x] **R1")
    git(here, "clone", "-q", str(ground.repo("leo")), "leo")
    git(here / "leo", "commit", "-q", "--allow-empty", "-m", "Primero")
    head = ground.work("leo", here / "leo", {"REQUISITOS.md": ticked})
    shutil.rmtree(ground.repo("zoe"))
    build_file_tree(here / "luz", {"otro.txt": "x"})
    git(here / "luz", "init", "-q", "-b", "main")
    git(here / "luz", "add", ".")
    git(here / "luz", "commit", "-q", "-m", "De nuevo")
    git(here / "luz", "push", "-q", "--force", str(ground.repo("luz")), "main")
    done = ground.run("status")
    assert done.code == 1
    assert "trabajando: 1" in done.out
    assert "luz: su main no viene del primer commit de la clase." in done.err
    status = ground.status()
    assert {name: repo["state"] for name, repo in status.items()} == {
        "ana": "untouched",
        "leo": "working",
        "zoe": "missing",
        "luz": "foreign",
    }
    assert (status["ana"]["head"], status["ana"]["ahead"], status["ana"]["last"]) == (first, 0, "")
    leo = status["leo"]
    assert (leo["head"], leo["ahead"], leo["version"]) == (head, 2, "0.1.0")
    assert (leo["ticked"], leo["requirements"], leo["behind"]) == (["R1"], 2, False)
    assert leo["last"].startswith("20")


def test_it_changes_nothing_but_our_copies(new_course: NewCourse, here: Path) -> None:
    """A copy holds the student's objects, and the template's only by reference."""
    ground = new_course("ana")
    ground.distribute()
    ground.work("ana", here / "ana", {"src/recetas.py": "RECETAS = ['sopa']\n"})
    before = {path: path.stat().st_mtime_ns for path in ground.repo("ana").rglob("*")}
    assert ground.run("status").code == 0
    after = {path: path.stat().st_mtime_ns for path in ground.repo("ana").rglob("*")}
    assert before == after
    copy = ground.folder / ".scaffold" / "mirror" / "ana.git"
    assert git(copy, "rev-parse", "main") == ground.head("ana")
    counted = git(copy, "count-objects", "-v").splitlines()
    numbers = {line.split(": ")[0]: line.split(": ")[1] for line in counted}
    # A commit, two trees and a file, and perhaps what they are a difference to.
    assert 4 <= int(numbers["count"]) + int(numbers["in-pack"]) < 8
    git(copy, "fsck", "--strict")


def test_a_copy_left_half_made_is_made_again(new_course: NewCourse) -> None:
    """Killed at any step of it."""
    ground = new_course("ana")
    ground.distribute()
    copy = ground.folder / ".scaffold" / "mirror" / "ana.git"
    build_file_tree(copy, {"config": "", "objects/info/alternates": "nowhere"})
    assert ground.status()["ana"]["state"] == "untouched"


def test_a_checklist_in_another_encoding_is_read_as_far_as_it_goes(
    new_course: NewCourse, here: Path
) -> None:
    """One student's editor must not hide the rest."""
    ground = new_course("ana")
    ground.distribute()
    git(here, "clone", "-q", str(ground.repo("ana")), "ana")
    text = (here / "ana" / "REQUISITOS.md").read_text().replace("- [ ] **R1", "- [x] **R1")
    (here / "ana" / "REQUISITOS.md").write_bytes((text + "año").encode("latin-1", "replace"))
    ground.work("ana", here / "ana", {})
    assert ground.status()["ana"]["state"] == "working"
