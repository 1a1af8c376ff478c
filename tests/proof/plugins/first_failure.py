"""A pytest plugin: a requirement that has failed once is not asked again.

Two hundred wrong solutions need one failure each, not all of them.
"""

from __future__ import annotations

import re

import pytest

_REQUIREMENT = re.compile(r"test_r\d+_")
_failed: set[str] = set()


def _requirement(nodeid: str) -> str:
    found = _REQUIREMENT.search(nodeid)
    return found[0] if found else ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what can add nothing."""
    if _requirement(item.nodeid) in _failed:
        pytest.skip("this requirement has failed already")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember whose test has failed."""
    if report.failed and _requirement(report.nodeid):
        _failed.add(_requirement(report.nodeid))
