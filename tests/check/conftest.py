"""A learner's repository for each test of `scaffold check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.repository import Learner
from tests.conftest import Scaffold


@pytest.fixture
def learner(scaffold: Scaffold, here: Path) -> Learner:
    """A repository whose program does all that it must, with nothing ticked."""
    return Learner(here / "repo", scaffold)
