"""`course.lock`: what was handed out, so that whoever runs the next command goes on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffolder import __version__
from scaffolder.classroom.files import write_whole
from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course

FILE = "course.lock"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the template that the class got.

    Args:
        source: as template commits record it.
        commits: by variant (`Course.variant`), the id of its template commit; each has the
            one of the version before as its parent, and the first has none.
    """

    version: str
    source: str
    commits: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lock:
    """What `course.lock` says.

    Args:
        lineage: the versions handed out, oldest first; empty before the first hand-out.
        rest: keys that are somebody else's business (tests, environment); they are kept.
    """

    lineage: tuple[Version, ...] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)

    def first(self, variant: str) -> str:
        """The id of everyone's first commit; empty before the first hand-out."""
        return next((v.commits[variant] for v in self.lineage if variant in v.commits), "")

    def newest(self, variant: str) -> str:
        """The id of the newest template commit; empty before the first hand-out."""
        found = (v.commits[variant] for v in reversed(self.lineage) if variant in v.commits)
        return next(found, "")

    def version_of(self, commit: str) -> str:
        """The version of a template commit of the lineage; empty where it is none."""
        return next((v.version for v in self.lineage if commit in v.commits.values()), "")


def read_lock(course: Course) -> Lock:
    """The course's lock; an empty one where there is none yet.

    Raises:
        Refusal: it can't be read, or is of a newer format.
    """
    file = course.folder / FILE
    try:
        data = json.loads(file.read_bytes())
        number = data.pop("format")
        data.pop("toolkit", None)
        lineage = tuple(
            Version(
                str(entry["version"]),
                str(entry["source"]),
                {str(key): str(value) for key, value in entry["commits"].items()},
            )
            for entry in data.pop("lineage")
        )
    except FileNotFoundError:
        return Lock()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _unreadable(file) from None
    if number != FORMAT:
        raise Refusal(
            f"{FILE} es de un scaffold más nuevo que este (formato {number}).",
            "Actualiza scaffold: uv tool upgrade scaffolder-roadmap",
        )
    return Lock(lineage, data)


def write_lock(course: Course, lock: Lock) -> None:
    """Write the course's lock, all of it or nothing."""
    data = {
        "format": FORMAT,
        "toolkit": __version__,
        "lineage": [asdict(version) for version in lock.lineage],
        **lock.rest,
    }
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    write_whole(course.folder / FILE, text.encode())


def _unreadable(file: Path) -> Refusal:
    return Refusal(
        f"No entiendo {file}.",
        f"Recupéralo con «git checkout HEAD -- {FILE}», o de una copia.",
    )
