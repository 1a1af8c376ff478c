"""A course: what its instructor writes in `course.toml`, and where its files are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from scaffolder.errors import Refusal
from scaffolder.roadmap.toml_reader import Table, read

FILE = "course.toml"
FOLDER = ".scaffold"
"""What can be made again: the template store, mirrors, the journal, results."""
FORMAT = 1
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,38}")
"""What may name a course, a student or a team: it becomes part of paths and addresses."""
FORGES = ("github", "gitlab")

_REQUIREMENT = re.compile(r"R[1-9][0-9]*")
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")
_MEMORY = re.compile(r"[1-9][0-9]*[KMG]")
_SPAN = re.compile(r"(?P<number>[0-9]+)(?P<unit>[mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Template:
    """Which project the class gets, and where its template comes from.

    Args:
        source: as in `scaffold new --source`; the embedded templates if None.
        ref: of that source, the tag, branch or commit; the newest version if None.
    """

    project: str
    source: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When work counts: until `at`, and without a remark until `grace` later."""

    at: datetime
    grace: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What a submission may use while it is graded."""

    engine: str = "bwrap"
    memory: str = "512M"
    pids: int = 64
    seconds: int = 300


@dataclass(frozen=True, slots=True)
class Points:
    """What a requirement is worth.

    Args:
        worth: by requirement.
        credit: `all`: for all of its tests together; `proportional`: a part for a part.
    """

    worth: Mapping[str, int] = field(default_factory=dict)
    credit: str = "all"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Which packages a submission may use: the course's own, some more by name, or any wheel."""

    policy: str = "course"
    allow: tuple[str, ...] = ()


@dataclass(frozen=True)
class Course:
    """One project for one class.

    Args:
        folder: where `course.toml` is, absolute.
        name: the course's short name, fit for a repository's.
        host: where repositories are: a pattern with `{id}`, or `github:ORG`, `gitlab:GROUP`.
        answers: to the template's questions, the same for everyone.
        variants: by section, the answers that differ there.
        hidden: by requirement with hidden tests, why they are hidden.
        demo: its students are invented; `distribute` plays their work.
    """

    folder: Path
    name: str
    host: str
    template: Template
    answers: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    due: Due | None = None
    points: Points = Points()
    hidden: Mapping[str, str] = field(default_factory=dict)
    sandbox: Sandbox = Sandbox()
    dependencies: Dependencies = Dependencies()
    demo: bool = False

    @property
    def source(self) -> str | None:
        """Where its template comes from, for `templating.source`: a folder begins at its own."""
        named = self.template.source
        if named is None or "://" in named or not (self.folder / named).exists():
            return named
        return str(self.folder / named)

    @property
    def store(self) -> Path:
        """The bare repository with the class's template commits."""
        return self.folder / FOLDER / "store"

    @property
    def journal(self) -> Path:
        """The file of `journal.Journal`."""
        return self.folder / FOLDER / "journal.jsonl"

    def mirror(self, repo: str) -> Path:
        """The bare copy of a student's repository.

        Args:
            repo: its id.
        """
        return self.folder / FOLDER / "mirror" / f"{repo}.git"

    def variant(self, section: str) -> str:
        """The key of a section's answers: its name where it has its own, else empty."""
        return section if section in self.variants else ""

    def answers_of(self, variant: str) -> Mapping[str, str]:
        """The answers of a variant (see `variant`)."""
        return {**self.answers, **self.variants.get(variant, {})}


def find_course(folder: Path) -> Course:
    """The course that a folder is in, or is.

    Raises:
        Refusal: there is none, or something in its `course.toml` is wrong, told by its place.
    """
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        file = candidate / FILE
        if file.is_file():
            return read(file, lambda table: _course(candidate, table), with_lines=True)  # noqa: B023 - called at once
    raise Refusal(
        f"«{folder}» no es la carpeta de un curso: no tiene {FILE}.",
        "Entra en la del tuyo, o crea uno: scaffold class init NOMBRE",
    )


def check_host(host: str) -> str:
    """What is wrong with a host as `course.toml` names it; empty where nothing is."""
    forge, colon, owner = host.partition(":")
    if colon and forge in FORGES:
        if _OWNER.fullmatch(owner) and ("/" not in owner or forge == "gitlab"):
            return ""
        return f"no dice bien de quién son los repositorios: {forge}:ORGANIZACIÓN"
    if host.count("{id}") != 1 or re.search(r"[{}]", host.replace("{id}", "")):
        return "tiene que decir dónde va el nombre de cada repositorio, con {id} una vez"
    if host.startswith(("-", "ext::")):
        return "no es una carpeta ni una dirección"
    return ""


def _course(folder: Path, table: Table) -> Course:
    found = table.number("format")
    if found != FORMAT:
        raise table.wrong("format", f"es {found}, y este scaffold solo entiende {FORMAT}")
    name, host = table.text("course"), table.text("host")
    if not ID.fullmatch(name):
        what = f"es «{name}»: minúsculas sin acentos, cifras, «.», «_» y «-», hasta 39"
        raise table.wrong("course", what)
    if what := check_host(host):
        raise table.wrong("host", what)
    demo = table.flag("demo") if "demo" in table else False
    template = table.table("template")
    if template is None:
        raise table.wrong("template", "falta")
    answers, variants = _answers(table.table("answers"))
    course = Course(
        folder,
        name,
        host,
        _template(template),
        answers,
        variants,
        _due(table.table("due")),
        _points(table.table("points")),
        _hidden(table.table("hidden")),
        _sandbox(table.table("sandbox")),
        _dependencies(table.table("dependencies")),
        demo,
    )
    table.end()
    return course


def _template(table: Table) -> Template:
    template = Template(
        table.text("project"),
        table.text("source") if "source" in table else None,
        table.text("ref") if "ref" in table else None,
    )
    if template.ref is not None and template.source is None:
        raise table.wrong("ref", "dice la versión de «source», y no hay ninguna")
    table.end()
    return template


def _answers(
    table: Table | None, within: str = ""
) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    answers: dict[str, str] = {}
    variants: dict[str, dict[str, str]] = {}
    for key in table.left() if table else ():
        if not within and table and table.is_table(key):
            variants[key], _ = _answers(table.table(key), within=key)
        elif table:
            answers[key] = table.text(key)
    return answers, variants


def _due(table: Table | None) -> Due | None:
    if table is None:
        return None
    at, grace = table.moment("at"), timedelta()
    if "grace" in table:
        match = _SPAN.fullmatch(table.text("grace"))
        if match is None:
            raise table.wrong("grace", "tiene que ser un tiempo: 15m, 2h o 1d")
        grace = timedelta(**{_UNITS[match["unit"]]: int(match["number"])})
    table.end()
    return Due(at, grace)


def _points(table: Table | None) -> Points:
    if table is None:
        return Points()
    credit = table.choice("credit", ("all", "proportional")) if "credit" in table else "all"
    return Points({key: table.number(_requirement(table, key)) for key in table.left()}, credit)


def _hidden(table: Table | None) -> dict[str, str]:
    if table is None:
        return {}
    return {key: table.text(_requirement(table, key)) for key in table.left()}


def _requirement(table: Table, key: str) -> str:
    if not _REQUIREMENT.fullmatch(key):
        raise table.wrong(key, "no es un requisito: R1, R2…")
    return key


def _sandbox(table: Table | None) -> Sandbox:
    usual = Sandbox()
    if table is None:
        return usual
    engine = table.choice("engine", ("bwrap", "docker")) if "engine" in table else usual.engine
    memory = table.text("memory") if "memory" in table else usual.memory
    if not _MEMORY.fullmatch(memory):
        raise table.wrong("memory", f"es «{memory}»: tiene que ser como 512M o 2G")
    sandbox = Sandbox(
        engine,
        memory,
        table.number("pids") if "pids" in table else usual.pids,
        table.number("seconds") if "seconds" in table else usual.seconds,
    )
    table.end()
    return sandbox


def _dependencies(table: Table | None) -> Dependencies:
    if table is None:
        return Dependencies()
    policy = table.choice("policy", ("course", "allowlist", "wheels")) if "policy" in table else ""
    allow = table.texts("allow")
    if allow and policy != "allowlist":
        raise table.wrong("allow", 'solo vale con policy = "allowlist"')
    table.end()
    return Dependencies(policy or "course", allow)
