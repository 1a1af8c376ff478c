"""The verdict on a requirement: frozen data, made of a report and of how its process ended."""

from __future__ import annotations

import re
import signal
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.check.processes import MEMORY, OUTPUT

if TYPE_CHECKING:
    from scaffolder.check.processes import Ending
    from scaffolder.check.report import Outcome, Report
    from scaffolder.check.states import Name
    from scaffolder.starter.checklist import Box

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_RAN = (0, 1)  # the exit codes of pytest that say that all tests ran
_FIRST, _LAST = 4, 2  # lines of a message
_NO_TESTS = 5
_BAD = {"failed", "error"}
_MiB = 2**20
_GiB = 2**30


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tests say of one requirement.

    Args:
        box: the requirement.
        outcomes: its tests, as far as they came.
        total: how many tests it has.
        problem: why they did not all run, a sentence without its full stop; empty where they did.
        hint: what else may be the reason that it is not met; empty where nothing is.
        blocked_by: requirements that it leans on and that are not met either.
    """

    box: Box
    outcomes: tuple[Outcome, ...]
    total: int
    problem: str = ""
    hint: str = ""
    blocked_by: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(outcome.outcome == "passed" for outcome in self.outcomes)

    @property
    def state(self) -> Name:
        """As the table of states has them."""
        ends = {outcome.outcome for outcome in self.outcomes}
        if self.problem or "error" in ends:
            return "error"
        if "failed" in ends:
            return "failing" if self.box.ticked else "pending"
        # A test that this system can't run (no permissions to take away, say) blocks nothing.
        return "met" if "passed" in ends else "unchecked"

    @property
    def first_failure(self) -> Outcome | None:
        """The first test that did not pass."""
        return next((o for o in self.outcomes if o.outcome in _BAD), None)

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Where the roadmap teaches it: titles and addresses."""
        return tuple((found[1], found[2]) for found in _LINK.finditer(self.box.learn))

    @property
    def reason(self) -> tuple[str, ...]:
        """Why it is not met, line by line: the criterion, what came, and what may explain it."""
        failure = self.first_failure
        skipped = next((o for o in self.outcomes if o.outcome == "skipped"), None)
        told: list[str] = []
        if self.problem:
            told = [f"{self.problem[:1].upper()}{self.problem[1:]}."]
        elif failure:
            told = [failure.criterion, *_shortened(failure.message)]
        elif skipped and self.state != "met":
            told = [skipped.criterion, *_shortened(f"no se pudo comprobar. {skipped.message}")]
        return tuple(filter(None, [*told, self.hint]))


def _shortened(message: str) -> list[str]:
    """The first lines of a message and its last, where Python's own reason stands."""
    lines = [line.rstrip() for line in message.rstrip(". ").splitlines() if line.strip()]
    if len(lines) > _FIRST + _LAST:
        lines = [*lines[:_FIRST], "…", *lines[-_LAST:]]
    return [f"→ {line}" if not number else line for number, line in enumerate(lines)]


def verdict_of(
    box: Box,
    report: Report,
    ending: Ending,
    limit: float,
    shadowed: Sequence[tuple[str, Path]] = (),
) -> Verdict:
    """Judge a requirement.

    Args:
        box: the requirement.
        report: what its tests said.
        ending: how their process ended.
        limit: seconds that it had.
        shadowed: modules of the learner's that hide one of Python's: name and file.
    """
    problem = _problem(report, ending, limit)
    verdict = Verdict(box, report.outcomes, report.total, problem)
    if verdict.state == "met":
        return verdict
    messages = (outcome.message for outcome in report.outcomes)
    told = "\n".join([problem, ending.text if problem else "", *messages])
    hints = [
        f"{file.as_posix()} tapa el módulo «{name}» de Python: dale otro nombre."
        for name, file in shadowed
        if file.as_posix() in told or f"'{name}'" in told
    ]
    return replace(verdict, hint=" ".join(hints))


def blocked(
    verdicts: Sequence[Verdict], needs: Mapping[str, Collection[str]]
) -> tuple[Verdict, ...]:
    """The verdicts on all requirements, each with those that it waits for."""
    unmet = {verdict.box.id for verdict in verdicts if verdict.state != "met"}
    return tuple(
        replace(
            verdict,
            blocked_by=tuple(n for n in needs.get(verdict.box.id, ()) if n in unmet)
            if verdict.state != "met"
            else (),
        )
        for verdict in verdicts
    )


def common_cause(verdicts: Sequence[Verdict]) -> str:
    """What keeps every requirement from being judged; empty where one was judged."""
    if not verdicts or any(verdict.state != "error" for verdict in verdicts):
        return ""
    causes = [_cause(verdict) for verdict in verdicts]
    return max(causes, key=causes.count)


def _cause(verdict: Verdict) -> str:
    failure = next((o for o in verdict.outcomes if o.outcome == "error"), None)
    told = verdict.problem or (failure.message if failure else "")
    return " ".join([told.splitlines()[0] if told else "", verdict.hint]).strip()


def _problem(report: Report, ending: Ending, limit: float) -> str:
    """Why not all tests ran, in a Spanish sentence without its full stop; empty if they did."""
    name = report.running[0].rpartition("::")[2] if report.running else ""
    where = f" en {name}" if name else ""
    if _complete(report, ending):
        return ""
    if ending.reason == "time":
        return f"sus pruebas no acabaron en {limit:g} s: se quedaron{where or ' esperando'}"
    if size := _too_much(ending):
        return f"sus pruebas {size}, y se detuvieron{where}: ¿algo que no acaba nunca?"
    if ending.returned and ending.code == _NO_TESTS:
        return "sus archivos no tienen ninguna prueba"
    if ending.returned and not where:
        return f"sus pruebas no se pueden ejecutar: {_last_words(ending.text)}"
    return f"el proceso de las pruebas se cerró{where} con {_code(ending.code)}"


def _too_much(ending: Ending) -> str:
    """What its process had more of than it may; empty if it had not."""
    if ending.reason == "output":
        return f"escribieron más de {OUTPUT // _MiB} MiB"
    if "MemoryError" in ending.text:
        return f"pidieron más de {MEMORY // _GiB} GiB de memoria"
    return ""


def _complete(report: Report, ending: Ending) -> bool:
    """Whether all tests ran, or the report itself says why not."""
    if report.format:
        told = any(o.outcome == "error" and "::" not in o.test for o in report.outcomes)
        return report.exit_code in _RAN or (report.exit_code is not None and told)
    return ending.returned and ending.code in _RAN and not ending.reason


def _code(code: int) -> str:
    """An exit code, and the name of the signal that it stands for."""
    try:
        return f"el código {code} ({signal.Signals(code - 128).name})"
    except ValueError:
        return f"el código {code}"


def _last_words(text: str) -> str:
    """The reason of a run that has told none in its report: the error that pytest printed last.

    It marks the lines of an error with an E; Python's own tracebacks end with theirs.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line.removeprefix("E ").strip() for line in lines if line.startswith("E  ")]
    return (marked or lines or [""])[-1].removeprefix("ERROR: ")
