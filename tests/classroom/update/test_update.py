"""A class is brought up to date: every repository as it is, and nobody's work lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.classroom.update.conftest import Update
from tests.classroom.update.ground import GUIDE, MINE, TEST, Class
from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import Edit
from tests.update.scenarios import both, drop, edit, move

FIX = both(
    edit(MINE, 20, "DOS"),
    edit(TEST, 5, "DOS"),
    edit(GUIDE, 5, "DOS"),
    edit("REQUISITOS.md", 4, "DOS"),
)
WORK: dict[str, Edit] = {
    "bea": edit(MINE, 5, "MÍO"),
    "carla": edit(TEST, 5, "MÍO"),
    "dani": edit(GUIDE, 5, "MÍO"),
    "eva": both(drop(TEST), edit("REQUISITOS.md", 3, "MÍO")),
}
STATES = {
    "ana": "clean",
    "bea": "clean",
    "carla": "touched",
    "dani": "conflict",
    "eva": "touched",
    "fer": "clean",
}


@pytest.fixture
def worked(course: Class) -> Class:
    """Four of six have worked, and the template has changed."""
    for name, edits in WORK.items():
        course.work(name, edits)
    course.template_repo.release("0.2.0", FIX)
    return course


def states(document: Any, key: str = "state") -> dict[str, Any]:
    """One field of every repository in a document."""
    return {repo["id"]: repo[key] for repo in document["repos"]}


def test_check_tells_and_touches_nothing(worked: Class, update: Update) -> None:
    """Each has its state, with the paths; it exits with 1, for something waits."""
    before = worked.heads()
    lock = (worked.folder / "course.lock").read_bytes()
    done = update("--check", "--json")
    assert done.code == 1
    document = done.json()
    assert states(document) == STATES
    assert document["summary"] == {"clean": 3, "touched": 2, "conflict": 1}
    paths = states(document, "paths")
    assert (paths["carla"], paths["dani"]) == ([TEST], [GUIDE])
    assert paths["eva"] == ["REQUISITOS.md", TEST]
    assert paths["ana"] == [".copier-answers.yml", "REQUISITOS.md", GUIDE, MINE, TEST]
    assert worked.heads() == before
    assert (worked.folder / "course.lock").read_bytes() == lock
    text = update("--check")
    assert text.code == 1
    assert all(name in text.out for name in STATES)
    assert "scaffold class update --branch" in text.out


def test_update_pushes_merges_and_a_second_one_nothing(
    worked: Class, update: Update, git_log: Callable[[], list[str]]
) -> None:
    """What can be decided is merged into `main`, over what they did; the rest stays."""
    before = {name: worked.head(name) for name in STATES}
    done = update("--json")
    assert done.code == 1  # one conflict is left
    assert states(done.json(), "done") == {
        name: "" if state == "conflict" else "pushed" for name, state in STATES.items()
    }
    for name, head in before.items():
        server = worked.server(name)
        if STATES[name] == "conflict":
            assert worked.head(name) == head
            continue
        assert git(server, "rev-parse", "main^1") == head
        assert git(server, "rev-list", "--count", "main..main^2") == "0"
        assert all("DOS" in worked.text(name, path) for path in (MINE, TEST, GUIDE))
        assert git(server, "log", "-1", "--format=%an <%ae>", "main") == (
            "scaffold <scaffold@localhost>"
        )
    assert "MÍO" in worked.text("bea", MINE)
    assert "MÍO" not in worked.text("carla", TEST)  # the template owns it, and says so
    assert "MÍO" in worked.text("eva", "REQUISITOS.md")
    lineage = json.loads((worked.folder / "course.lock").read_text())["lineage"]
    assert [version["version"] for version in lineage] == ["0.1.0", "0.2.0"]

    heads = worked.heads()
    git_log()
    again = update("--json")
    assert states(again.json(), "done") == dict.fromkeys(STATES, "")
    assert not [command for command in git_log() if " push " in f" {command} "]
    assert worked.heads() == heads


def test_everybody_current_is_a_yes(update: Update) -> None:
    """Nothing waits: exit 0, and the version is named."""
    done = update("--check")
    assert (done.code, done.out.count("al día"), "0.1.0" in done.out) == (0, 7, True)
    assert update().code == 0


def test_two_versions_behind(course: Class, update: Update) -> None:
    """Who kept out of one version gets the next; and who got both has both."""
    course.work("dani", edit(GUIDE, 5, "MÍO"))
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 1
    course.template_repo.release("0.3.0", edit(MINE, 5, "TRES"))
    found = update("--json").json()
    assert states(found, "from")["dani"] == "0.1.0"
    assert states(found, "from")["ana"] == "0.2.0"
    assert states(found, "done")["ana"] == "pushed"
    assert states(found)["dani"] == "conflict"
    assert ("DOS" in course.text("ana", GUIDE), "TRES" in course.text("ana", MINE)) == (True, True)
    template = states(found, "template")["dani"]
    clone = course.clone("dani")
    git(clone, "fetch", "-q", str(course.server("ana")), template)
    git(clone, "merge", "-q", "--no-edit", "-X", "ours", template)
    git(clone, "push", "-q", "origin", "HEAD:main")
    assert update("--check").code == 0


def test_a_learner_who_updated_alone_has_the_same(
    course: Class, update: Update, scaffold: Scaffold
) -> None:
    """`scaffold update` in a clone makes the template commit that the class gets: one id."""
    course.template_repo.release("0.2.0", FIX)
    clone = course.clone("ana")
    scaffold("update", clone, "--source", course.template_repo.root)
    git(clone, "push", "-q", "origin", "HEAD:main")
    document = update("--json").json()
    assert states(document)["ana"] == "current"
    assert states(document)["bea"] == "clean"
    template = states(document, "template")["bea"]
    assert git(course.server("ana"), "rev-parse", "main^2") == template


def test_a_learner_with_a_newer_version_is_left_alone(
    course: Class, update: Update, scaffold: Scaffold
) -> None:
    """Whoever is ahead of the class is current."""
    course.template_repo.release("0.2.0", FIX)
    course.template_repo.release("0.3.0", edit(MINE, 8, "TRES"))
    clone = course.clone("ana")
    scaffold("update", clone, "--source", course.template_repo.root)
    git(clone, "push", "-q", "origin", "HEAD:main")
    toml = course.folder / "course.toml"
    toml.write_text(toml.read_text().replace("[answers]", 'ref = "v0.2.0"\n[answers]'))
    document = update("--json").json()
    assert (states(document)["ana"], states(document, "to")["ana"]) == ("current", "0.3.0")
    assert states(document, "done")["bea"] == "pushed"


def test_moves_and_renames_follow(course: Class, update: Update) -> None:
    """A file that a student moved gets the template's lines where it is now."""
    course.work("ana", move(GUIDE, "docs/manual.md"))
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    assert "DOS" in course.text("ana", "docs/manual.md")


def test_only_some(course: Class, update: Update) -> None:
    """`--only` names repositories; the others are not looked at."""
    course.template_repo.release("0.2.0", FIX)
    done = update("--json", "--only", "bea")
    assert states(done.json(), "done") == {"bea": "pushed"}
    assert "DOS" not in course.text("ana", GUIDE)


def test_history_that_does_not_come_from_the_class(course: Class, update: Update) -> None:
    """A history made anew, and a repository without `main`: told, with the way back."""
    clone = course.clone("ana")
    git(clone, "checkout", "-q", "--orphan", "nueva")
    git(clone, "commit", "-q", "-m", "Todo de nuevo")
    git(clone, "push", "-q", "--force", "origin", "HEAD:main")
    git(course.server("bea"), "update-ref", "-d", "refs/heads/main")
    course.template_repo.release("0.2.0", FIX)
    done = update()
    assert done.code == 1
    assert "scaffold update --adopt" in done.err
    found = update("--check", "--json").json()
    assert states(found)["ana"] == states(found)["bea"] == "behind-base"
    assert states(found)["carla"] == "current"


def test_a_course_that_was_not_handed_out(course: Class, here: Path, scaffold: Scaffold) -> None:
    """Refused, with the command that comes first."""
    new = here / "curso-28"
    root = course.template_repo.root
    scaffold("class", "init", new, "--project", course.template_repo.project, "--source", root)
    (new / "roster.csv").write_text("id\nana\n")
    done = scaffold("class", "update", "--course", new)
    assert (done.code, "scaffold class distribute" in done.err) == (2, True)
