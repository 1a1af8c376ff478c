"""Verdicts as JUnit XML, which forges and grade books read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from scaffolder.check.states import STATES

if TYPE_CHECKING:
    from scaffolder.check.verdicts import Verdict

_TAGS = {"failed": "failure", "error": "error", "skipped": "skipped"}
# What XML 1.0 can't hold, not even escaped.
_FORBIDDEN = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)]
)


def write_junit(file: Path, project: str, verdicts: Sequence[Verdict]) -> None:
    """Write a JUnit file: a suite for each requirement, a case for each of its tests.

    Folders on the way are made. A requirement's state, as a word, is a property of its suite.
    """
    suites = ET.Element("testsuites", name=project)
    for verdict in verdicts:
        suites.append(_suite(verdict))
    ET.indent(suites)
    file.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(suites).write(file, encoding="utf-8", xml_declaration=True)


def _suite(verdict: Verdict) -> ET.Element:
    box = verdict.box
    ends = [outcome.outcome for outcome in verdict.outcomes]
    suite = ET.Element(
        "testsuite",
        name=f"{box.id} · {_clean(box.title)}",
        tests=str(len(ends) + bool(verdict.problem)),
        failures=str(ends.count("failed")),
        errors=str(ends.count("error") + bool(verdict.problem)),
        skipped=str(ends.count("skipped")),
        time=f"{sum(outcome.seconds for outcome in verdict.outcomes):.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="estado", value=STATES[verdict.state].word)
    for outcome in verdict.outcomes:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=box.id,
            name=_clean(outcome.criterion or outcome.test),
            file=outcome.test.partition("::")[0],
            time=f"{outcome.seconds:.3f}",
        )
        if outcome.outcome in _TAGS:
            ET.SubElement(case, _TAGS[outcome.outcome], message=_clean(outcome.message))
    if verdict.problem:
        case = ET.SubElement(suite, "testcase", classname=box.id, name=_clean(box.title), time="0")
        ET.SubElement(case, "error", message=_clean(verdict.problem))
    return suite


def _clean(text: str) -> str:
    return text.translate(_FORBIDDEN)
