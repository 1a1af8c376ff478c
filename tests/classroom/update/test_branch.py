"""Updates as branches, whose merge the students decide; and what a squash leaves behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.classroom.update.conftest import Update
from tests.classroom.update.ground import GUIDE, MINE, Class
from tests.classroom.update.test_update import states
from tests.helpers import git
from tests.update.sandbox import read
from tests.update.scenarios import both, edit

BRANCH = "scaffold/0.2.0"


@pytest.fixture
def worked(course: Class) -> Class:
    """One has worked, one is in conflict, and the template has changed."""
    course.work("ana", edit(MINE, 5, "MÍO"))
    course.work("dani", edit(GUIDE, 5, "MÍO"))
    course.template_repo.release("0.2.0", both(edit(MINE, 20, "DOS"), edit(GUIDE, 5, "DOS")))
    return course


def merge(course: Class, name: str, *how: str) -> None:
    """Merge the branch in a clone, as a forge's button does, and push."""
    clone = course.clone(name)
    git(clone, "fetch", "-q", "origin")
    git(clone, "merge", "-q", *how, f"origin/{BRANCH}")
    if "--squash" in how:
        git(clone, "commit", "-q", "-m", "Actualización (#1)")
    git(clone, "push", "-q", "origin", "HEAD:main")


def test_branches_are_pushed_once_and_main_is_never_touched(
    worked: Class, update: Update, git_log: Callable[[], list[str]]
) -> None:
    """The merge where there is one; the template alone where a shared file conflicts."""
    before = {name: worked.head(name) for name in ("ana", "dani", "fer")}
    done = update("--branch", "--json")
    assert done.code == 0
    document = done.json()
    assert set(states(document, "done").values()) == {"branch"}
    assert {name: worked.head(name) for name in before} == before
    ours = states(document, "commit")
    assert worked.head("ana", BRANCH) == ours["ana"]
    assert worked.head("dani", BRANCH) == states(document, "template")["dani"]
    assert git(worked.server("ana"), "rev-parse", f"{BRANCH}^1") == before["ana"]

    heads = worked.heads()
    git_log()
    again = update("--branch", "--json")
    assert (again.code, set(states(again.json(), "done").values())) == (0, {"published"})
    assert not [command for command in git_log() if " push " in f" {command} "]
    assert worked.heads() == heads

    merge(worked, "ana", "--no-edit")
    clone = worked.clone("dani")
    git(clone, "fetch", "-q", "origin")
    with pytest.raises(Exception, match="merge"):  # an ordinary conflict, for them to resolve
        git(clone, "merge", "--no-edit", f"origin/{BRANCH}")
    git(clone, "checkout", "--ours", GUIDE)
    git(clone, "add", GUIDE)
    git(clone, "commit", "-q", "--no-edit")
    git(clone, "push", "-q", "origin", "HEAD:main")
    found = states(update("--check", "--json").json())
    assert (found["ana"], found["dani"], found["fer"]) == ("current", "current", "clean")


def test_a_branch_follows_main_until_somebody_works_on_it(worked: Class, update: Update) -> None:
    """It is moved only from where we left it; a commit of theirs on it is never lost."""
    update("--branch")
    head = worked.work("ana", edit(MINE, 8, "MÁS"))
    assert update("--branch").code == 0
    assert git(worked.server("ana"), "rev-parse", f"{BRANCH}^1") == head
    clone = worked.clone("ana")
    git(clone, "fetch", "-q", "origin")
    git(clone, "checkout", "-q", BRANCH)
    edit(MINE, 10, "EN LA RAMA")(clone)
    git(clone, "commit", "-q", "-a", "-m", "Lo resuelvo aquí")
    git(clone, "push", "-q", "origin", BRANCH)
    theirs = worked.head("ana", BRANCH)
    git(clone, "checkout", "-q", "main")
    worked.work("ana", edit(MINE, 12, "OTRA"))
    done = update("--branch")
    assert (done.code, BRANCH in done.err) == (1, True)
    assert worked.head("ana", BRANCH) == theirs


def test_a_squash_is_recognised_and_anchored(worked: Class, update: Update) -> None:
    """The history is joined to the template again, without changing a file."""
    update("--branch")
    merge(worked, "ana", "--squash")
    squashed = worked.head("ana")
    found = update("--check", "--json").json()
    assert (states(found)["ana"], states(found, "anchored")["ana"]) == ("clean", True)
    assert states(found, "paths")["ana"] == []
    done = update("--branch", "--json")
    assert states(done.json(), "done")["ana"] == "pushed"
    server = worked.server("ana")
    assert git(server, "rev-parse", "main^1") == squashed
    assert git(server, "rev-parse", "main^{tree}") == git(server, "rev-parse", "main^1^{tree}")
    assert states(update("--check", "--json").json())["ana"] == "current"
    worked.template_repo.release("0.3.0", edit(MINE, 25, "TRES"))
    update()
    clone = worked.clone("ana")
    assert all(word in read(clone, MINE) for word in ("MÍO", "DOS", "TRES"))


def test_a_squash_that_kept_our_words_is_anchored_too(worked: Class, update: Update) -> None:
    """A message with the template's trailers on a commit of theirs is no template commit."""
    update("--branch")
    clone = worked.clone("ana")
    git(clone, "fetch", "-q", "origin")
    git(clone, "merge", "-q", "--squash", f"origin/{BRANCH}")
    body = git(clone, "log", "--format=* %s%n%n%b", f"HEAD..origin/{BRANCH}")
    edit(MINE, 10, "Y ESTO")(clone)
    git(clone, "commit", "-q", "-a", "-m", f"Actualización (#1)\n\n{body}")
    git(clone, "push", "-q", "origin", "HEAD:main")
    found = update("--check", "--json").json()
    assert (states(found)["ana"], states(found, "anchored")["ana"]) == ("clean", True)
    assert states(update("--json").json(), "done")["ana"] == "pushed"
    assert states(update("--check", "--json").json())["ana"] == "current"
    assert "Y ESTO" in worked.text("ana", MINE)
