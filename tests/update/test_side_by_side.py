"""`copier update` in the same drill: where it does well, so does `scaffold update`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.update.judge import Grounds, build_grounds, judge_copier, judge_scaffold
from tests.update.scenarios import SCENARIOS, Scenario


@pytest.fixture(scope="session")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    """Both template roots, made once."""
    return build_grounds(tmp_path_factory.mktemp("grounds"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_never_worse_than_copier(
    scenario: Scenario,
    grounds: Grounds,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """We lose and miss nothing, and where Copier needs no question, neither do we."""
    theirs = judge_copier(scenario, grounds.theirs.copy(tmp_path / "a"), tmp_path / "copier")
    ours = judge_scaffold(scenario, grounds.ours.copy(tmp_path / "b"), tmp_path / "scaffold")
    record_property("copier", theirs.word)
    assert (ours.lost, ours.missed, ours.error) == ((), (), "")
    if theirs.word == "done":
        assert ours.word == "done"
