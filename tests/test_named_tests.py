"""The tool that writes by which test a wrong solution is caught."""

from __future__ import annotations

import tomllib

from tools.named_tests import with_test

WRONG = """\
[[R1]]
why = "Uno"
file = "a.py"
replace = "[[R2]]"

[[R2]]
why = "Dos"
file = "a.py"
replace = ""

[[R1]]
why = "Tres"
file = "b.py"
replace = ""
"""


def test_the_name_is_written_into_its_entry_only() -> None:
    """Counted among those of its requirement; all else stays as it was."""
    text = with_test(WRONG, "R1", 1, "test_uno")
    assert text.replace('test = "test_uno"\n', "") == WRONG
    assert tomllib.loads(text)["R1"][1]["test"] == "test_uno"
