"""One command at a time in a course's folder, and room there for what it needs meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.git.lock import FolderLock

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course


@contextmanager
def alone(course: Course) -> Iterator[Path]:
    """Keep every other command away that would change the course.

    Yields:
        An empty folder on the course's disk; what a killed run left in it is gone.

    Raises:
        Refusal: another one is at it.
    """
    top = course.store.parent
    top.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(top / "busy", course.folder)
    lock.acquire()
    scratch = top / "scratch"
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(exist_ok=True)
        yield scratch
        shutil.rmtree(scratch, ignore_errors=True)
    finally:
        lock.release()
