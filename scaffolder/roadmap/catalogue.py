"""The roadmap as data: phases, topics, links, projects and what each project asks for.

One file holds it, `roadmap.toml` at the root of the templates. An instructor writes one of
their own, so everything in it is checked, and what is wrong is told by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scaffolder.errors import Refusal
from scaffolder.roadmap.toml_reader import Table, WrongError, read

FILE = "roadmap.toml"

_PROJECT_ID = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9-]*")
_REQUIREMENT_ID = re.compile(r"R[1-9][0-9]*")
_NUMBERED = re.compile(r"proyecto-[0-9]+-(.+)")


@dataclass(frozen=True, slots=True)
class Link:
    """A page of documentation."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a phase; `notes` are its lines that link nowhere."""

    id: str
    title: str
    links: tuple[Link, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that a project asks for; its tests lean on the requirements in `needs`."""

    id: str
    title: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the roadmap; `topics` are the ids of those that it practises."""

    id: str
    number: int
    title: str
    description: str
    phase: int
    topics: tuple[str, ...]
    requirements: tuple[Requirement, ...]

    @property
    def short(self) -> str:
        """The id without `proyecto-N-`."""
        match = _NUMBERED.fullmatch(self.id)
        return match[1] if match else self.id


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the roadmap, with how long it takes."""

    number: int
    title: str
    duration: str
    topics: tuple[Topic, ...]
    projects: tuple[Project, ...]


@dataclass(frozen=True, slots=True)
class Goals:
    """What makes a senior: how many projects, what else, and the advice for the way."""

    intro: str = ""
    projects_needed: int = 0
    metrics: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """The whole roadmap."""

    title: str
    phases: tuple[Phase, ...]
    goals: Goals

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """Every project, in the roadmap's order."""
        return tuple(project for phase in self.phases for project in phase.projects)

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """Every topic by its id."""
        return {topic.id: topic for phase in self.phases for topic in phase.topics}

    def phase(self, number: int) -> Phase:
        """The phase of that number.

        Raises:
            Refusal: there is none.
        """
        for phase in self.phases:
            if phase.number == number:
                return phase
        numbers = ", ".join(str(phase.number) for phase in self.phases)
        raise Refusal(f"No hay fase {number}.", f"Las fases son: {numbers}.")

    def get(self, name: str) -> Project | None:
        """The project of that id, number or short name, if there is one."""
        wanted = name.strip().lower()
        for project in self.projects:
            if wanted in {project.id, str(project.number)}:
                return project
        short = [project for project in self.projects if project.short == wanted]
        return short[0] if len(short) == 1 else None

    def find(self, name: str) -> Project:
        """The project of that id, number or short name.

        Raises:
            Refusal: there is none; it suggests what was perhaps meant.
        """
        project = self.get(name)
        if project is None:
            close = self._closest(name)
            hint = f"¿Querías decir «{close.id}»? " if close else ""
            raise Refusal(
                f"No conozco ningún proyecto «{name}».",
                f"{hint}«scaffold list» los enseña todos.",
            )
        return project

    def _closest(self, name: str) -> Project | None:
        import difflib  # noqa: PLC0415 - only for a slip

        names = {
            text.lower(): project
            for project in reversed(self.projects)
            for text in (project.title, project.short, project.id)
        }
        close = difflib.get_close_matches(name.strip().lower(), names, n=1)
        return names[close[0]] if close else None


def load(root: Path) -> Catalogue:
    """Read and check the catalogue of a template root.

    Args:
        root: the folder that holds `roadmap.toml`.

    Raises:
        Refusal: it can't be read, or something in it is wrong; it says what and where.
    """
    return read(root / FILE, _catalogue)


def _catalogue(table: Table) -> Catalogue:
    title = table.text("title")
    goals = _goals(table.table("progress"))
    phases = tuple(_phase(entry) for entry in table.tables("phases", needed=True))
    table.end()
    catalogue = Catalogue(title, phases, goals)
    topics = [topic.id for phase in phases for topic in phase.topics]
    _unique("phases.number", (phase.number for phase in phases))
    _unique("phases.topics.id", topics)
    _unique("phases.projects.id", (project.id for project in catalogue.projects))
    _unique("phases.projects.number", (project.number for project in catalogue.projects))
    for project in catalogue.projects:
        for topic in project.topics:
            if topic not in topics:
                place = f"phases[{project.phase}].projects[{project.id}].topics"
                raise WrongError(f"«{place}» nombra el tema «{topic}», que no existe")
    return catalogue


def _goals(table: Table | None) -> Goals:
    if table is None:
        return Goals()
    goals = Goals(
        table.text("intro"),
        table.number("projects_needed"),
        table.texts("metrics"),
        table.texts("recommendations"),
    )
    table.end()
    return goals


def _phase(table: Table) -> Phase:
    number = table.number("number")
    table.called(number)
    phase = Phase(
        number,
        table.text("title"),
        table.text("duration"),
        tuple(_topic(entry) for entry in table.tables("topics")),
        tuple(_project(entry, number) for entry in table.tables("projects")),
    )
    table.end()
    return phase


def _topic(table: Table) -> Topic:
    name = table.text("id")
    table.called(name)
    topic = Topic(
        name,
        table.text("title"),
        tuple(_link(entry) for entry in table.tables("links")),
        table.texts("notes"),
    )
    table.end()
    return topic


def _link(table: Table) -> Link:
    link = Link(table.text("title"), table.text("url"))
    if not link.url.startswith(("https://", "http://")):
        raise table.wrong("url", "tiene que empezar por https://")
    table.end()
    return link


def _project(table: Table, phase: int) -> Project:
    name = table.text("id")
    if not _PROJECT_ID.fullmatch(name):
        raise table.wrong("id", f"es «{name}»: solo minúsculas sin acentos, cifras y guiones")
    table.called(name)
    project = Project(
        name,
        table.number("number"),
        table.text("title"),
        table.text("description"),
        phase,
        table.texts("topics"),
        tuple(_requirement(entry) for entry in table.tables("requirements", needed=True)),
    )
    _unique(f"phases[{phase}].projects[{name}].requirements.id", _ids(project.requirements))
    for requirement in project.requirements:
        for need in requirement.needs:
            if need not in _ids(project.requirements):
                place = f"phases[{phase}].projects[{name}].requirements[{requirement.id}].needs"
                raise WrongError(f"«{place}» nombra «{need}», que no existe")
    _acyclic(project, f"phases[{phase}].projects[{name}].requirements")
    table.end()
    return project


def _requirement(table: Table) -> Requirement:
    name = table.text("id")
    if not _REQUIREMENT_ID.fullmatch(name):
        raise table.wrong("id", f"es «{name}»: tiene que ser R1, R2…")
    table.called(name)
    requirement = Requirement(name, table.text("title"), table.texts("needs"))
    table.end()
    return requirement


def _ids(requirements: Sequence[Requirement]) -> list[str]:
    return [requirement.id for requirement in requirements]


def _unique(place: str, values: Iterable[object]) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise WrongError(f"«{place}» repite «{value}»")
        seen.add(value)


def _acyclic(project: Project, place: str) -> None:
    open_needs = {entry.id: set(entry.needs) for entry in project.requirements}
    while ready := [name for name, needs in open_needs.items() if not needs]:
        for name in ready:
            del open_needs[name]
        for needs in open_needs.values():
            needs.difference_update(ready)
    if open_needs:
        raise WrongError(f"«{place}.needs» da vueltas en círculo: {', '.join(open_needs)}")
