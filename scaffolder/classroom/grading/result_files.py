"""The results of a course, a file each: `.scaffold/results/<id>.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scaffolder.classroom.files import write_whole
from scaffolder.classroom.grading.results import Result, of_json

if TYPE_CHECKING:
    from pathlib import Path

    from scaffolder.classroom.course import Course


def folder_of(course: Course) -> Path:
    """Where they are."""
    return course.store.parent / "results"


def write(course: Course, result: Result) -> None:
    """Keep a result: the old one or the new one is there, whatever happens."""
    folder = folder_of(course)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result.as_json(), indent=1, ensure_ascii=False)
    write_whole(folder / f"{result.student}.json", text.encode() + b"\n")


def read(course: Course, student: str) -> Result | None:
    """A submission's result, if there is one that can be read."""
    return _read(folder_of(course) / f"{student}.json")


def read_all(folder: Path) -> Iterator[Result]:
    """All results in a folder, by the name of their repository."""
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        if found := _read(file):
            yield found


def _read(file: Path) -> Result | None:
    try:
        return of_json(json.loads(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
