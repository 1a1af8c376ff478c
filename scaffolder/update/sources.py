"""Where the templates of an update come from: never from where only a repository says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from scaffolder.console.output import typed
from scaffolder.errors import Refusal
from scaffolder.git.lineage import version_key
from scaffolder.git.objects import Objects
from scaffolder.git.template_commits import write_rendered_tree
from scaffolder.templating import source
from scaffolder.templating.render import render
from scaffolder.templating.source import EMBEDDED, LOCAL, Source
from scaffolder.update.plan import Template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_UNVERSIONED = "0.0.0"
_Found = TypeVar("_Found", Source, Template)

UPGRADE = "uv tool upgrade scaffolder-roadmap"


class Templates:
    """Template roots and what was rendered of them, each once for a whole run.

    Args:
        stack: closes what is opened; downloads go with it.
        folder: an empty folder to work in.
        where: the source that the user named, if any.
        ref: the version that the user named, if any.
    """

    def __init__(self, stack: ExitStack, folder: Path, where: str | None, ref: str | None) -> None:
        self._stack = stack
        self._folder = folder
        self.where = where
        self.ref = ref
        self._sources: dict[tuple[str | None, str | None], Source | Refusal] = {}
        self._rendered: dict[tuple[object, ...], Template | Refusal] = {}
        self._shared: dict[str, Objects] = {}

    def shared(self, kind: str) -> Objects:
        """The object folder that holds what was rendered.

        Args:
            kind: the format of object ids.
        """
        if kind not in self._shared:
            self._shared[kind] = Objects.create(self._folder / f"shared-{kind}", kind)
        return self._shared[kind]

    def find(self, recorded: str, ref: str | None = None) -> Source:
        """The source for a repository.

        Args:
            recorded: what the repository says of its source.
            ref: another version than the one that the user named.

        Raises:
            Refusal: nobody but the repository itself names that source.
        """
        return self.open(self.where or _address(recorded), ref or self.ref)

    @staticmethod
    def having(found: Source, project: str) -> Source:
        """See that a source has a project.

        Args:
            found: the source.
            project: the project's id.

        Raises:
            Refusal: it has not.
        """
        if not _NAME.fullmatch(project):
            raise Refusal(f"«{project}» no es el nombre de ningún proyecto.")
        if not found.has(project):
            raise Refusal(
                f"Esa fuente no tiene la plantilla de {project}.",
                "Di de dónde salió: scaffold update --source FUENTE",
            )
        return found

    def open(self, where: str | None, ref: str | None) -> Source:
        """Get a source, once.

        Args:
            where: a folder or an address; None for the embedded one.
            ref: the version; None for the newest.

        Raises:
            Refusal: there are no templates there, or no such version.
        """
        key = (where, ref)
        if key not in self._sources:
            try:
                self._sources[key] = self._stack.enter_context(source.resolve(where, ref))
            except Refusal as refusal:
                self._sources[key] = refusal
        return _or_raise(self._sources[key])

    def render(
        self,
        found: Source,
        project: str,
        recorded: Mapping[str, Any],
        given: Mapping[str, str],
        kind: str,
    ) -> Template:
        """Render a project, once for equal answers.

        Args:
            found: the source.
            project: the project.
            recorded: the answers so far; what the source doesn't ask any more is left out.
            given: answers that the user changes.
            kind: the format of object ids.

        Raises:
            Refusal: an answer is not valid, or not any more.
        """
        answers = [sorted((k, repr(v)) for k, v in some.items()) for some in (recorded, given)]
        key = (found.root, project, kind, *map(tuple, answers))
        if key not in self._rendered:
            try:
                self._rendered[key] = self._render(found, project, recorded, given, kind)
            except Refusal as refusal:
                self._rendered[key] = refusal
        return _or_raise(self._rendered[key])

    def _render(
        self,
        found: Source,
        project: str,
        recorded: Mapping[str, Any],
        given: Mapping[str, str],
        kind: str,
    ) -> Template:
        objects = self.shared(kind)
        into = self._folder / f"rendered-{len(self._rendered)}"
        render(found, project, into, given, recorded=recorded)
        tree = write_rendered_tree(objects, into)
        return Template(tree, found.version, found.recorded, found.moment)


def refuse_if_older(found: Source, recorded: str, version: str) -> None:
    """See that an update doesn't go backwards.

    Args:
        found: the source to update from.
        recorded: the source that the repository has its version from.
        version: that version.

    Raises:
        Refusal: the repository is newer than the source.
    """
    comparable = found.recorded == recorded and found.version != _UNVERSIONED
    if not comparable or version_key(version) <= version_key(found.version):
        return
    if found.recorded == EMBEDDED:
        raise Refusal(
            f"Este proyecto ya tiene la plantilla {version}, y tu scaffold solo trae la "
            f"{found.version}.",
            f"Actualiza scaffold: {UPGRADE}",
        )
    raise Refusal(
        f"Este proyecto ya tiene la plantilla {version}, más nueva que la {found.version} de "
        "esa fuente.",
        "Di otra versión con --ref, o espera a que la fuente publique una más nueva.",
    )


def _address(recorded: str) -> str | None:
    """Where to get a recorded source: the embedded one, or one that the user trusts."""
    if recorded == EMBEDDED:
        return None
    trusted = {address: source.public(address) for address in _trusted()}
    matches = [address for address, public in trusted.items() if public == recorded]
    if len(matches) == 1 or (matches and recorded != LOCAL):
        return matches[0]
    if recorded == LOCAL:
        raise Refusal(
            "Este proyecto se generó desde una carpeta de plantillas, y no sé cuál.",
            "Dilo: scaffold update --source CARPETA",
        )
    raise Refusal(
        f"Este proyecto dice que su plantilla viene de «{recorded}», y no la descargo porque "
        "solo lo dice él.",
        f"Si te fías: scaffold update --source {typed(recorded)}",
    )


def _trusted() -> list[str]:
    """The sources that the user's own configuration lists."""
    from platformdirs import user_config_dir  # noqa: PLC0415 - slow to import

    file = Path(user_config_dir("scaffold", appauthor=False), "config.toml")
    try:
        listed = tomllib.loads(file.read_text(encoding="utf-8")).get("sources", [])
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"No entiendo {file}: {error}", "Corrígelo, o bórralo.") from None
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise Refusal(f"En {file}, «sources» tiene que ser una lista de direcciones.")
    return listed


def _or_raise(value: _Found | Refusal) -> _Found:
    if isinstance(value, Refusal):
        raise value
    return value
