"""A class graded in parts, on machines that share nothing but its folder's files."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.classroom.grading import result_files
from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.grading.collect import Collected
    from scaffolder.classroom.grading.results import Result

_SHARD = re.compile(r"([1-9][0-9]*)/([1-9][0-9]*)")


def shard_of(collected: Sequence[Collected], shard: str | None) -> list[Collected]:
    """The part of the submissions that is this machine's, by the hash of their id.

    Args:
        shard: `i/n`, from 1; if None, what GitLab says of a parallel job
            (`CI_NODE_INDEX`, `CI_NODE_TOTAL`), or everything.

    Raises:
        Refusal: it is no part.
    """
    if shard is None:
        index, total = os.environ.get("CI_NODE_INDEX"), os.environ.get("CI_NODE_TOTAL")
        if not index or not total:
            return list(collected)
        shard = f"{index}/{total}"
    match = _SHARD.fullmatch(shard)
    if match is None or int(match[1]) > int(match[2]):
        raise Refusal(f"«{shard}» no es una parte de la clase.", "Escríbelo así: --shard 3/20")
    part, parts = int(match[1]), int(match[2])
    return [entry for entry in collected if _number(entry.id) % parts == part - 1]


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def merge_results(course: Course, folders: Sequence[Path]) -> list[Result]:
    """Bring the results of other machines' parts into the course's.

    Args:
        folders: of results, or of courses.

    Returns:
        All results that the course then has.

    Raises:
        Refusal: a folder has none, or those of another course.
    """
    brought = []
    for place in folders:
        inner = place / ".scaffold" / "results"
        found = list(result_files.read_all(inner if inner.is_dir() else place))
        if not found:
            raise Refusal(
                f"En «{place}» no hay resultados.", "Da la carpeta results de cada parte."
            )
        for result in found:
            if result.course != course.name:
                raise Refusal(f"Los resultados de «{place}» son de otro curso, «{result.course}».")
        brought += found
    for result in brought:
        result_files.write(course, result)
    return list(result_files.read_all(result_files.folder_of(course)))
