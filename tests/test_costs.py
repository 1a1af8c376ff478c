"""The table at the end of a run: whose minutes they were."""

from __future__ import annotations

import pytest

from tests.costs import Spent, part_of, table

PROJECTS = ["proyecto-1-tareas", "proyecto-10-cms", "proyecto-11-red-social"]


@pytest.mark.parametrize(
    ("nodeid", "part"),
    [
        ("tests/proof/test_red.py::test_x[proyecto-10-cms]", ("proyecto-10-cms", "red")),
        ("tests/proof/test_sharp.py::test_x[proyecto-1-tareas-R1-0]", (PROJECTS[0], "sharp")),
        ("tests/containers/test_image.py::test_x[proyecto-10-cms]", (PROJECTS[1], "containers")),
        ("tests/containers/test_engine.py::test_x", ("toolkit", "containers")),
        ("tests/new/test_new.py::test_x[proyecto-99-otro]", ("toolkit", "other")),
    ],
)
def test_a_test_belongs_to_a_project_and_a_proof(nodeid: str, part: tuple[str, str]) -> None:
    """By its file and the id of its parameters."""
    assert part_of(nodeid, PROJECTS) == part


def test_the_table_sums_both_ways() -> None:
    """A line for each project and one for all; a column for each proof and one for all."""
    costs = {
        ("proyecto-1-tareas", "red"): Spent(60, 30),
        ("proyecto-1-tareas", "sharp"): Spent(120, 60),
        ("toolkit", "other"): Spent(60, 66),
    }
    rows = [line.split() for line in table(costs)]
    assert rows[0][2:] == ["other", "red", "sharp", "all"]
    assert rows[1:] == [
        ["proyecto-1-tareas", "1.0/0.5", "2.0/1.0", "3.0/1.5"],
        ["toolkit", "1.0/1.1", "1.0/1.1"],
        ["all", "1.0/1.1", "1.0/0.5", "2.0/1.0", "4.0/2.6"],
    ]
