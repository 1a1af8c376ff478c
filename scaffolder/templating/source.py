"""Where templates come from: the toolkit itself, a folder, or a Git repository.

A template root is a folder with `copier.yml` and `roadmap.toml`; in a repository or folder
of somebody else's it may be the root itself or its `templates/`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from scaffolder import RELEASED, __version__
from scaffolder.errors import Refusal
from scaffolder.roadmap.catalogue import FILE

EMBEDDED = "embedded"
LOCAL = "local"

UNVERSIONED = "0.0.0"
_UNDATED = "2000-01-01"
_SHORT_ADDRESS = re.compile(r"(?:(?P<user>[^@/\s]+)@)?(?P<host>[^:/@\s]{2,}):(?P<path>(?!//)\S.*)")


@dataclass(frozen=True, slots=True)
class Source:
    """A template root at hand, and what is recorded of it.

    Args:
        root: the folder with `copier.yml` and `roadmap.toml`.
        recorded: `embedded`, `local` or an address without credentials.
        date: when that version was made, ISO 8601.
    """

    root: Path
    recorded: str
    version: str
    date: str

    @property
    def moment(self) -> int:
        """That date in seconds since 1970; a day alone means its first second, UTC."""
        from datetime import UTC, datetime  # noqa: PLC0415 - slow to import

        date = datetime.fromisoformat(self.date)
        return int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())

    def known_as(self, recorded: str) -> Source:
        """The source under the name that a repository knows it by.

        A copy at hand of what has an address is that source: the address stays recorded, and
        going from one to the other is no news.
        """
        known = self.recorded == LOCAL and recorded not in {EMBEDDED, LOCAL}
        return replace(self, recorded=recorded) if known else self

    def has(self, project: str) -> bool:
        """Whether the root holds the template of a project."""
        return (self.root / project / "repo").is_dir()


def embedded() -> Source:
    """The templates that came with the toolkit; they need no network."""
    package = Path(__file__).parents[1]
    root = package / "templates"
    if not root.is_dir():
        root = package.parent / "templates"  # the editable install of a working tree
    return Source(root, EMBEDDED, __version__, RELEASED)


@contextmanager
def resolve(where: str | None = None, ref: str | None = None) -> Iterator[Source]:
    """Get the templates that somebody asks for.

    Args:
        where: a folder, a Git repository's folder or its address; the embedded ones if None.
        ref: of a Git repository, the tag, branch or commit; its newest version if None.

    Yields:
        The source. What was downloaded for it is gone when the context ends.

    Raises:
        Refusal: there are no templates there, or no such version.
    """
    if not where:
        if ref:
            reason = "--ref dice la versión de una fuente, y no hay ninguna."
            raise Refusal(reason, "Añade --source con la dirección o la carpeta de la fuente.")
        yield embedded()
        return
    from scaffolder.templating.git_source import check_out, tell_what_is_left  # noqa: PLC0415 - seldom needed

    folder = Path(os.path.expanduser(where))  # noqa: PTH111 - its twin fails where nobody has that home
    if not folder.exists():
        if not _is_address(where):
            raise Refusal(f"No existe «{where}».", "--source es una carpeta o una dirección Git.")
        shown = public(where)
        with check_out(where, shown, ref) as taken:
            root = _template_root(taken.folder, shown)
            yield Source(root, shown, taken.version, taken.date)
    elif folder.is_dir() and _is_repository(folder):
        with check_out(str(folder.resolve()), where, ref) as taken:
            tell_what_is_left(folder.resolve(), where, taken, ref)
            root = _template_root(taken.folder, where)
            yield Source(root, LOCAL, taken.version, taken.date)
    elif ref:
        reason = f"«{where}» no es un repositorio Git: no tiene versiones."
        raise Refusal(reason, "Quita --ref, o da la carpeta que contiene «.git».")
    else:
        yield Source(_template_root(folder, where), LOCAL, UNVERSIONED, _UNDATED)


def public(address: str) -> str:
    """An address as it may be written down: without user, password, token or query.

    The user `git` of an SSH address stays: it is everybody's. A path of this machine
    becomes `local`. One address has one form: a server's name is in lower case, and no slash
    is at the end.

    Raises:
        Refusal: it makes no sense.

    Args:
        address: an address as Git takes it.
    """
    short = _SHORT_ADDRESS.fullmatch(address)
    if short and "://" not in address:
        user = "git@" if short["user"] == "git" else ""
        return f"{user}{short['host'].lower()}:{short['path'].rstrip('/')}"
    from urllib.parse import urlsplit, urlunsplit  # noqa: PLC0415 - slow to import

    try:
        parts = urlsplit(address)
    except ValueError:  # it isn't shown: a secret may be in it
        raise Refusal("Esa dirección no se entiende.", "Revisa cómo la has escrito.") from None
    if parts.scheme not in {"http", "https", "ssh", "git"}:
        return LOCAL
    userinfo, _, host = parts.netloc.rpartition("@")
    user = "git@" if parts.scheme == "ssh" and userinfo.partition(":")[0] == "git" else ""
    return urlunsplit((parts.scheme, user + host.lower(), parts.path.rstrip("/"), "", ""))


def _is_address(where: str) -> bool:
    return "://" in where or bool(_SHORT_ADDRESS.fullmatch(where))


def _is_repository(folder: Path) -> bool:
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    return bare or (folder / ".git").exists()


def _template_root(folder: Path, where: str) -> Path:
    for root in (folder, folder / "templates"):
        if (root / FILE).is_file() and (root / "copier.yml").is_file():
            return root.resolve()
    raise Refusal(
        f"En «{where}» no hay plantillas.",
        f"La carpeta, o su «templates/», debe tener copier.yml y {FILE}.",
    )
