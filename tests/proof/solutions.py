"""Solutions of a project beside the reference: wrong ones, right variants, a second one.

Each entry of `broken.toml` and `fair.toml` is laid over a starter with the reference solution.
One of `broken.toml` may name in `test` what catches it: that one is asked first, so that most
entries cost a single test. `tools/named_tests.py` writes the names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.proof.starters import SOLUTIONS, judged_on_request

Entry = Mapping[str, Any]
ENTRY_KEYS = {"why", "file", "find", "replace"}
WRONG_KEYS = ENTRY_KEYS | {"test"}


def wrong_solutions(project: str) -> dict[str, list[Entry]]:
    """The entries of `broken.toml`, by requirement."""
    return _entries(project, "broken.toml")


def right_variants(project: str) -> dict[str, list[Entry]]:
    """The entries of `fair.toml`, by requirement; none where a second solution serves."""
    return _entries(project, "fair.toml")


def second_solution(project: str) -> Path | None:
    """The folder of a solution that owes nothing to the reference, if there is one."""
    folder = SOLUTIONS / project / "second"
    return folder if folder.is_dir() else None


def _entries(project: str, name: str) -> dict[str, list[Entry]]:
    file = SOLUTIONS / project / name
    return tomllib.loads(file.read_text("utf-8")) if file.exists() else {}


def nameless(project: str) -> Iterator[tuple[str, int]]:
    """The wrong solutions that could name a test and don't: requirement and number.

    The first of each requirement meets the whole suite, and tests of the learner's are judged
    all together: these need no name.
    """
    for requirement, entries in wrong_solutions(project).items():
        if not judged_on_request(project, requirement):
            for number, entry in enumerate(entries):
                if number > 0 and "test" not in entry:
                    yield requirement, number


def apply_mutant(folder: Path, entry: Entry) -> None:
    """Change a solution as an entry says.

    Args:
        folder: a solved starter.
        entry: `file`, `replace`, and `find` unless `replace` is the whole file.
    """
    file = folder / entry["file"]
    if "find" not in entry:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(entry["replace"], "utf-8")
        return
    text = file.read_text("utf-8")
    count = text.count(entry["find"])
    assert count == 1, f"{entry['file']} holds this {count} times, not once:\n{entry['find']}"
    file.write_text(text.replace(entry["find"], entry["replace"]), "utf-8")
