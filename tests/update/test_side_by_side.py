"""`copier update` in the same scenarios: where it does well, so does `scaffold update`.

The scenarios prove what `scaffold update` does; here only Copier plays. Both are printed
side by side by `python -m benchmarks.update_drill`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.update.judge import build_for_copier, judge_copier
from tests.update.sandbox import TemplateRepo
from tests.update.scenarios import SCENARIOS, Scenario

OURS = {0: "done", 1: "asks", 2: "refused"}


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> TemplateRepo:
    """The scenarios' template root, for Copier."""
    return build_for_copier(tmp_path_factory.mktemp("copier") / "template_repo")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_never_worse_than_copier(
    scenario: Scenario,
    ground: TemplateRepo,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """Where Copier needs no question, loses nothing and misses nothing, so do we."""
    theirs = judge_copier(scenario, ground.copy(tmp_path / "template_repo"), tmp_path / "repo")
    record_property("copier", theirs.word)
    if theirs.word == "done":
        assert OURS[scenario.code] == "done"
