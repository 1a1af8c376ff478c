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
from pathlib import Path

from tests.proof.solutions import apply_mutant, nameless, wrong_solutions
from tests.proof.starters import (
    DEFAULT_LINTER,
    SOLUTIONS,
    prepare,
)
from tests.proof.test_sharp import judge_alone


def catching_test(project: str, requirement: str, number: int, shared: Path) -> str:
    """The name of the first test of its requirement that a wrong solution fails."""
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        starter = prepare(project, DEFAULT_LINTER, shared).copy_to(Path(folder, "starter")).solve()
        apply_mutant(starter.folder, wrong_solutions(project)[requirement][number])
        return judge_alone(starter, requirement).caught_by()


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
