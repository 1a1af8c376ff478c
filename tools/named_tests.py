"""Write into `broken.toml` which test catches each wrong solution that names none.

Run it after adding wrong solutions: `uv run python -m tools.named_tests proyecto-7-blog`. An
entry keeps the name that it has; take the line out to have it found again. The first entry
of a requirement meets the whole suite, and tests of the learner's are judged all together:
these need no name.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.proof.solutions import apply_mutant, wrong_solutions
from tests.proof.starters import (
    DEFAULT_LINTER,
    SOLUTIONS,
    judged_on_request,
    prepare,
)
from tests.proof.test_sharp import judge_alone

_NAME = re.compile(r"test_r\d+_\w+\.py::(\w+)")


def nameless(project: str) -> Iterator[tuple[str, int]]:
    """The entries that could name a test and don't: requirement and number."""
    for requirement, entries in wrong_solutions(project).items():
        if not judged_on_request(project, requirement):
            for number, entry in enumerate(entries):
                if number > 0 and "test" not in entry:
                    yield requirement, number


def catching_test(project: str, requirement: str, number: int, shared: Path) -> str:
    """The name of the first test of its requirement that a wrong solution fails."""
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        starter = prepare(project, DEFAULT_LINTER, shared).copy_to(Path(folder, "starter")).solve()
        apply_mutant(starter.folder, wrong_solutions(project)[requirement][number])
        verdict = judge_alone(starter, requirement)
    failed = [test.test for test in verdict.tests if test.outcome in {"failed", "error"}]
    found = _NAME.search(failed[0] if failed else "")
    return found[1] if found else ""


def with_test(text: str, requirement: str, number: int, test: str) -> str:
    """The text of a `broken.toml` in which an entry names its test, before its file."""
    heads = [match.end() for match in re.finditer(rf"^\[\[{requirement}\]\]$", text, re.MULTILINE)]
    place = text.index("\nfile = ", heads[number]) + 1
    return f'{text[:place]}test = "{test}"\n{text[place:]}'


def main(projects: list[str]) -> None:
    """Name the tests of these projects, one entry after the other."""
    with tempfile.TemporaryDirectory(prefix="named-tests-") as shared:
        for project in projects:
            file = SOLUTIONS / project / "broken.toml"
            for requirement, number in nameless(project):
                test = catching_test(project, requirement, number, Path(shared))
                print(project, requirement, number, test or "NOT CAUGHT", flush=True)
                if test:
                    text = with_test(file.read_text("utf-8"), requirement, number, test)
                    file.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
