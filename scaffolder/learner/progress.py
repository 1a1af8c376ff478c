"""How far a learner has come: the roadmap's projects against the repositories they have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.errors import GitError, Refusal
from scaffolder.learner.recommendation import best_by_project
from scaffolder.starter import checklist

if TYPE_CHECKING:
    from scaffolder.roadmap.catalogue import Catalogue, Phase, Project
    from scaffolder.starter.discovery import Starter

STATES = {
    "finished": ("hecho", "green"),
    "begun": ("empezado", "yellow"),
    "open": ("por empezar", None),
}
"""What a project's progress may be: its word, and its colour on a terminal."""

_TEMPLATE = re.compile(r"^Scaffold-Tree:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ProjectProgress:
    """A project of the roadmap, and how far the learner has come with it.

    Args:
        repo: the learner's repository, or None where it is still to begin.
    """

    project: Project
    repo: Starter | None

    @property
    def done(self) -> int:
        """How many requirements are promised."""
        return len(self.repo.done) if self.repo else 0

    @property
    def total(self) -> int:
        """How many requirements there are."""
        return len(self.repo.boxes) if self.repo else len(self.project.requirements)

    @property
    def state(self) -> str:
        """`finished`, `begun` or `open`; `STATES` says how each is told."""
        if self.repo is None:
            return "open"
        return "finished" if self.repo.finished else "begun"


@dataclass(frozen=True, slots=True)
class Progress:
    """The whole roadmap, and how far the learner has come.

    Args:
        phases: the phases that have projects, with each project's progress.
        needed: how many finished projects the roadmap asks of a senior.
        elsewhere: repositories of projects that are not in the roadmap.
    """

    phases: tuple[tuple[Phase, tuple[ProjectProgress, ...]], ...]
    needed: int
    elsewhere: tuple[Starter, ...]

    @property
    def finished(self) -> int:
        """How many projects are finished."""
        return sum(entry.state == "finished" for _, entries in self.phases for entry in entries)

    @property
    def remaining(self) -> int:
        """How many finished projects are missing still."""
        return max(0, self.needed - self.finished)


@dataclass(frozen=True, slots=True)
class Dates:
    """When things happened in a repository, as ISO dates; empty where Git can't tell.

    Args:
        begun: the learner's first commit.
        last: their latest one.
        ticked: when each requirement was promised, by its id.
    """

    begun: str
    last: str
    ticked: dict[str, str]


def summarize(catalogue: Catalogue, repos: Sequence[Starter]) -> Progress:
    """Hold the learner's repositories against the roadmap."""
    best = best_by_project(catalogue, repos)
    place = {project.id: number for number, project in enumerate(catalogue.projects)}
    return Progress(
        tuple(
            (phase, tuple(ProjectProgress(p, best.get(place[p.id])) for p in phase.projects))
            for phase in catalogue.phases
            if phase.projects
        ),
        catalogue.goals.projects_needed,
        tuple(repo for repo in repos if catalogue.get(repo.project) is None),
    )


def dates(repo: Path) -> Dates:
    """What Git knows of when a repository was worked on.

    The template's own commits do not count: their date is the template's.
    """
    try:
        log = git.text(git.run("log", "--format=%cs%x00%B%x01", cwd=repo))
        blame = git.text(git.run("blame", "-p", "--", checklist.FILE, cwd=repo))
    except (GitError, Refusal, OSError):
        return Dates("", "", {})
    entries = [entry.strip("\n").partition("\0") for entry in log.split("\1")]
    own = [date for date, _, body in entries if date and not _TEMPLATE.search(body)]
    return Dates(own[-1] if own else "", own[0] if own else "", _ticked(blame))


def _ticked(blame: str) -> dict[str, str]:
    """The day of the commit that gave each ticked line its tick."""
    found: dict[str, str] = {}
    times: dict[str, str] = {}
    commit = ""
    for line in blame.splitlines():
        if line.startswith("\t"):
            box = checklist.parse(line[1:])
            if box and box[0].ticked and commit.strip("0"):
                found[box[0].id] = times.get(commit, "")
        elif line.startswith("committer-time "):
            seconds = int(line.split()[1])
            times[commit] = datetime.fromtimestamp(seconds, UTC).date().isoformat()
        elif re.match(r"[0-9a-f]{40,64} \d", line):
            commit = line.split()[0]
    return found
