"""A plan that was looked at is carried out, exactly; whoever pushed since is planned again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.classroom.update.conftest import Update
from tests.classroom.update.ground import GUIDE, MINE, Class
from tests.classroom.update.test_update import states
from tests.helpers import git
from tests.update.scenarios import edit


@pytest.fixture
def plan(course: Class, update: Update, here: Path) -> Path:
    """A plan for three of six, after a change of the template."""
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update("--check", "--json", "--only", "ana", "--only", "bea", "--only", "carla")
    assert done.code == 1
    file = here / "plan.json"
    file.write_text(done.out, encoding="utf-8")
    return file


def test_what_it_says_is_done_and_nothing_else(course: Class, update: Update, plan: Path) -> None:
    """The merges are the very ones of the plan; a newer template plays no part."""
    promised = states(json.loads(plan.read_text()), "commit")
    course.template_repo.release("0.3.0", edit(GUIDE, 25, "TRES"))
    done = update("--plan", plan, "--json")
    assert done.code == 0
    assert states(done.json(), "done") == dict.fromkeys(("ana", "bea", "carla"), "pushed")
    assert {name: course.head(name) for name in promised} == promised
    assert "DOS" not in course.text("dani", GUIDE)
    versions = json.loads((course.folder / "course.lock").read_text())["lineage"]
    assert [version["version"] for version in versions] == ["0.1.0", "0.2.0"]


def test_who_pushed_since_is_planned_again(course: Class, update: Update, plan: Path) -> None:
    """Their commit is merged, not overwritten, and it is told; a new conflict is left alone."""
    mine = course.work("ana", edit(MINE, 5, "MÍO"))
    theirs = course.work("bea", edit(GUIDE, 5, "MÍO"))
    done = update("--plan", plan, "--json")
    assert done.code == 1
    assert states(done.json(), "again") == {"ana": True, "bea": True, "carla": False}
    assert states(done.json(), "done") == {"ana": "pushed", "bea": "", "carla": "pushed"}
    assert git(course.server("ana"), "rev-parse", "main^1") == mine
    assert course.head("bea") == theirs


def test_a_plan_of_another_machine(course: Class, update: Update, plan: Path) -> None:
    """Without the store that it was made with, the same template is rendered again."""
    promised = states(json.loads(plan.read_text()), "commit")
    store = course.folder / ".scaffold"
    store.rename(course.folder / "aparte")
    assert update("--plan", plan).code == 0
    assert {name: course.head(name) for name in promised} == promised


def test_a_plan_whose_template_is_gone(course: Class, update: Update, plan: Path) -> None:
    """The source has moved on, and the store is new: refused, and nothing pushed."""
    course.template_repo.release("0.3.0", edit(GUIDE, 25, "TRES"))
    (course.folder / ".scaffold").rename(course.folder / "aparte")
    before = course.heads()
    done = update("--plan", plan)
    assert (done.code, "Haz otro plan" in done.err) == (2, True)
    assert course.heads() == before


@pytest.mark.parametrize(
    "spoilt",
    [
        "",
        "[]",
        '{"format": 1}',
        '{"format": 1, "kind": "class-update", "course": "otro", "repos": []}',
        '{"format": 1, "kind": "class-update", "course": "curso-27", "repos": [{"id": 7}]}',
        '{"format": 1, "kind": "class-update", "course": "curso-27", "repos": 3}',
    ],
)
def test_what_is_no_plan_is_refused(course: Class, update: Update, here: Path, spoilt: str) -> None:
    """With the command that makes one."""
    file = here / "plan.json"
    file.write_text(spoilt)
    before = course.heads()
    done = update("--plan", file)
    assert (done.code, "scaffold class update --check --json" in done.err) == (2, True)
    assert course.heads() == before


def test_a_plan_that_is_not_there_or_names_a_stranger(
    update: Update, plan: Path, here: Path
) -> None:
    """Refused, too."""
    assert update("--plan", here / "no.json").code == 2
    document = json.loads(plan.read_text())
    document["repos"][0]["id"] = "nadie"
    plan.write_text(json.dumps(document))
    done = update("--plan", plan)
    assert (done.code, "nadie" in done.err) == (2, True)
    assert update("--plan", plan, "--check").code == 2


def test_a_merge_that_comes_out_otherwise_is_not_pushed(
    course: Class, update: Update, plan: Path
) -> None:
    """Another Git, or another scaffold: what was not looked at is not pushed."""
    document = json.loads(plan.read_text())
    document["repos"][0]["commit"] = "0" * 40
    plan.write_text(json.dumps(document))
    before = course.head("ana")
    done = update("--plan", plan, "--json")
    assert (done.code, states(done.json(), "done")["ana"]) == (1, "refused")
    assert course.head("ana") == before
