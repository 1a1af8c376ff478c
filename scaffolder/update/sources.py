"""Where the templates of an update come from: never from where only a repository says."""

from __future__ import annotations

import itertools
import re
import threading
import tomllib
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from scaffolder import git
from scaffolder.errors import Refusal
from scaffolder.git.lineage import is_version, version_key
from scaffolder.git.objects import Objects
from scaffolder.git.template_commits import write_rendered_tree
from scaffolder.templating import source
from scaffolder.templating.render import render
from scaffolder.templating.source import EMBEDDED, LOCAL, Source
from scaffolder.update.plan import Template

if TYPE_CHECKING:
    from contextlib import ExitStack

    from scaffolder.update.result import Request

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_UNVERSIONED = "0.0.0"
_Value = TypeVar("_Value")
_RENDERING = threading.Lock()
"""Copier is changed a little while it renders, and that for the whole process."""

UPGRADE = "uv tool upgrade scaffolder-roadmap"


class LockedCache(Generic[_Value]):
    """Values that are made once, by the thread that asks first; others wait for that key alone.

    What goes wrong is kept like a value, and raised for each that asks.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Hashable, Future[_Value]] = {}

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """The value of a key, made if nobody has asked for it yet."""
        with self._lock:
            future = self._made.get(key)
            first = future is None
            if future is None:
                future = self._made[key] = Future()
        if first:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()


class Templates:
    """Template roots and what was rendered of them, each once for a whole run.

    Args:
        stack: closes what is opened; downloads go with it.
        folder: an empty folder to work in.
        request: names the source and version, if the user does.
    """

    def __init__(self, stack: ExitStack, folder: Path, request: Request) -> None:
        self._stack = stack
        self._folder = folder
        self._request = request
        self._sources: LockedCache[Source] = LockedCache()
        self._rendered: LockedCache[Template] = LockedCache()
        self._shared: LockedCache[Objects] = LockedCache()
        self._count = itertools.count()

    def shared(self, kind: str) -> Objects:
        """The object folder that holds what was rendered, for a format of object ids."""
        return self._shared.get(kind, lambda: Objects.create(self._folder / f"shared-{kind}", kind))

    def find(self, recorded: str, ref: str | None = None) -> Source:
        """The source for a repository.

        Args:
            recorded: what the repository says of its source.
            ref: another version than the one that the user named.

        Raises:
            Refusal: nobody but the repository itself names that source, there are no
                templates there, or no such version.
        """
        where = self.where(recorded)
        ref = ref or self._request.ref
        found = self._sources.get(
            (where, ref), lambda: self._stack.enter_context(source.resolve(where, ref))
        )
        return found.known_as(recorded)

    def where(self, recorded: str) -> str | None:
        """Where to get a recorded source: the embedded one (None), or one that the user trusts.

        Raises:
            Refusal: nobody but the repository itself names it.
        """
        if self._request.where or recorded == EMBEDDED:
            return self._request.where
        trusted = {address: source.public(address) for address in _trusted()}
        same = source.public(recorded)
        matches = [address for address, public in trusted.items() if public == same]
        if len(matches) == 1 or (matches and recorded != LOCAL):
            return matches[0]
        if recorded == LOCAL:
            raise Refusal(
                "Este proyecto se generó desde una carpeta de plantillas, y no sé cuál.",
                f"Dilo: {self._request.again(where='CARPETA')}",
            )
        raise Refusal(
            f"Este proyecto dice que su plantilla viene de «{recorded}», y no la descargo "
            "porque solo lo dice él.",
            f"Si te fías: {self._request.again(where=recorded)}",
        )

    def having(self, found: Source, project: str) -> Source:
        """See that a source has a project.

        Raises:
            Refusal: it has not.
        """
        if not _NAME.fullmatch(project):
            raise Refusal(f"«{project}» no es el nombre de ningún proyecto.")
        if not found.has(project):
            raise Refusal(
                f"Esa fuente no tiene la plantilla de {project}.",
                f"Di de dónde salió: {replace(self._request, where=None).again(where='FUENTE')}",
            )
        return found

    def every_version(self, recorded: str) -> Iterator[Source]:
        """Each version of a source that is at hand, the newest first.

        Args:
            recorded: what the repository says of its source.

        Raises:
            Refusal: as in `find`.
        """
        newest = self.find(recorded)
        yield newest
        where = self.where(recorded)
        if where is None or self._request.ref:
            return
        # One copy of a distant source serves for all its versions.
        copy = self._folder / f"source-{next(self._count)}"
        command = ("clone", "--quiet", "--bare", "--", where, str(copy))
        if git.run(*command, check=False).returncode:
            return  # a folder without versions
        tags = git.text(git.isolated("tag", "--list", env={"GIT_DIR": str(copy)})).splitlines()
        for tag in sorted(filter(is_version, tags), key=version_key, reverse=True):
            with suppress(Refusal):
                found = self._stack.enter_context(source.resolve(str(copy), tag))
                if found.version != newest.version:
                    yield replace(found, recorded=newest.recorded)

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
            project: its id.
            recorded: the answers so far; what the source doesn't ask any more is left out.
            given: answers that the user changes.
            kind: the format of object ids.

        Raises:
            Refusal: an answer is not valid, or not any more.
        """
        answers = [sorted((k, repr(v)) for k, v in some.items()) for some in (recorded, given)]
        key = (found.root, found.recorded, project, kind, *map(tuple, answers))
        return self._rendered.get(key, lambda: self._render(found, project, recorded, given, kind))

    def _render(
        self,
        found: Source,
        project: str,
        recorded: Mapping[str, Any],
        given: Mapping[str, str],
        kind: str,
    ) -> Template:
        objects = self.shared(kind)
        into = self._folder / f"rendered-{next(self._count)}"
        with _RENDERING:
            render(found, project, into, given, recorded=recorded)
        tree = write_rendered_tree(objects, into)
        return Template(tree, found.version, found.recorded, found.moment)


def refuse_if_older(found: Source, recorded: str, version: str) -> None:
    """See that an update doesn't go backwards.

    Raises:
        Refusal: the repository's version, of the recorded source, is newer than what was found.
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


def _trusted() -> list[str]:
    """The sources that the user's own configuration lists."""
    from platformdirs import user_config_dir  # noqa: PLC0415 - slow to import

    file = Path(user_config_dir("scaffold", appauthor=False), "config.toml")
    try:
        listed = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("sources", [])
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"No entiendo {file}: {error}", "Corrígelo, o bórralo.") from None
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise Refusal(f"En {file}, «sources» tiene que ser una lista de direcciones.")
    return listed
