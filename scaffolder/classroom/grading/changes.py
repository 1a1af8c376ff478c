"""What grading again would change: whose requirement, from what to what, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scaffolder.classroom.grading.results import RequirementResult, Result


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement of one submission that would be worth something else.

    Args:
        before: its points, or its state where there were none.
        cause: what is different: tests, packages, the commit, or a test that turned.
    """

    student: str
    requirement: str
    before: str
    after: str
    cause: str

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return asdict(self)


def between(before: Mapping[str, Result], after: Sequence[Result]) -> list[Change]:
    """What changed between two gradings; what was never graded is no change.

    Args:
        before: by repository.
    """
    return [
        change
        for result in after
        if result.student in before
        for change in _of_one(before[result.student], result)
    ]


def _of_one(old: Result, new: Result) -> Iterator[Change]:
    then = {requirement.id: requirement for requirement in old.requirements}
    if old.state is not new.state:
        yield Change(
            new.student, "", old.state.value, new.state.value, new.reason or _why(old, new)
        )
    for requirement in new.requirements:
        was = then.get(requirement.id)
        if was is None or (was.score, was.max) != (requirement.score, requirement.max):
            cause = _why(old, new) or _turned(was, requirement)
            shown = f"{was.score:g}/{was.max:g}" if was else ""
            now = f"{requirement.score:g}/{requirement.max:g}"
            yield Change(new.student, requirement.id, shown, now, cause)


_CAUSES = {
    "tests_sha256": "otras pruebas",
    "env": "otras dependencias",
    "template": "otra plantilla",
    "engine": "otro encierro",
}


def _why(old: Result, new: Result) -> str:
    if old.submission.get("commit") != new.submission.get("commit"):
        return "otro commit"
    other = [words for key, words in _CAUSES.items()
             if old.provenance.get(key) != new.provenance.get(key)]  # fmt: skip
    return " y ".join(other)


def _turned(was: RequirementResult | None, now: RequirementResult) -> str:
    """The first test that ended otherwise with everything else the same: it is unstable."""
    then = {test.test: test.outcome for test in was.tests} if was else {}
    for test in now.tests:
        if then.get(test.test, test.outcome) != test.outcome:
            return f"inestable: {test.test.split('::')[-1]}"
    return "otros puntos"
