"""Scenarios: learner and template change the same repository, and nothing is lost."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import TemplateRepo, commit, snapshot, text_of
from tests.update.scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:
    from pathlib import Path


def undo_commands(out: str) -> list[str]:
    """The commands that an update prints for going back."""
    _, _, rest = out.partition("Para dejarlo todo como estaba\n")
    return [line.strip() for line in rest.splitlines() if line.strip().startswith("git ")]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_nothing_is_lost_and_nothing_missed(
    scenario: Scenario, template_repo: TemplateRepo, repo: Path, scaffold: Scaffold
) -> None:
    """Exit code and text tell the truth, the way back is exact, and a second run is idle."""
    scenario.learner(repo)
    if not scenario.untracked:
        commit(repo)
    template_repo.release("0.2.0", scenario.template)
    before = snapshot(repo)
    update = ("update", repo, "--source", template_repo.root)

    done = scaffold(*update)
    told = done.out + done.err
    assert done.code == scenario.code, told
    for words in scenario.told:
        assert words in told
    if scenario.code == 2:
        assert snapshot(repo) == before
        return
    check_files(scenario, repo)

    for command in undo_commands(done.out):
        git(repo, *shlex.split(command)[1:])
    assert snapshot(repo) == before

    assert scaffold(*update).code == scenario.code
    if scenario.code == 1:
        git(repo, "add", "--all")
        git(repo, "commit", "--no-edit", "-q")
    after = snapshot(repo)
    assert not after.busy
    assert git(repo, "status", "--porcelain") == ""
    again = scaffold(*update)
    assert (again.code, again.out.startswith("Al día")) == (0, True), again.out
    assert snapshot(repo) == after


def check_files(scenario: Scenario, repo: Path) -> None:
    """Both sides' words are in the work tree, and what should be gone is."""
    text = text_of(repo)
    for word in (*scenario.keeps, *scenario.brings):
        assert word in text, f"{word} is lost"
    for name in scenario.gone:
        assert not (repo / name).exists()
