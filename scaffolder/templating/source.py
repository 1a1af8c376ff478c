"""Where templates come from: the toolkit itself, a folder, or a Git repository.

A template root is a folder with `copier.yml` and `roadmap.toml`; in a repository or folder
of somebody else's it may be the root itself or its `templates/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import RELEASED, __version__, git
from scaffolder.errors import Refusal
from scaffolder.roadmap.catalogue import FILE

if TYPE_CHECKING:
    from packaging.version import Version

EMBEDDED = "embedded"
LOCAL = "local"

_UNVERSIONED = "0.0.0"
_UNDATED = "2000-01-01"
_SHORT_ADDRESS = re.compile(r"(?:(?P<user>[^@/\s]+)@)?(?P<host>[^:/@\s]{2,}):(?P<path>(?!//)\S.*)")


@dataclass(frozen=True, slots=True)
class Source:
    """A template root at hand, and what is recorded of it.

    Args:
        root: the folder with `copier.yml` and `roadmap.toml`.
        recorded: `embedded`, `local` or an address without credentials.
        version: the version of the templates.
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
    folder = Path(where).expanduser()
    if not folder.exists():
        if not _is_address(where):
            raise Refusal(f"No existe «{where}».", "--source es una carpeta o una dirección Git.")
        with _from_git(where, public(where), ref) as source:
            yield source
    elif folder.is_dir() and _is_repository(folder):
        with _from_git(str(folder.resolve()), LOCAL, ref) as source:
            yield source
    elif ref:
        reason = f"«{where}» no es un repositorio Git: no tiene versiones."
        raise Refusal(reason, "Quita --ref, o da la carpeta que contiene «.git».")
    else:
        yield Source(_template_root(folder, where), LOCAL, _UNVERSIONED, _UNDATED)


def public(address: str) -> str:
    """An address as it may be written down: without user, password, token or query.

    The user `git` of an SSH address stays: it is everybody's. A path of this machine
    becomes `local`.

    Args:
        address: an address as Git takes it.
    """
    short = _SHORT_ADDRESS.fullmatch(address)
    if short and "://" not in address:
        user = "git@" if short["user"] == "git" else ""
        return f"{user}{short['host']}:{short['path']}"
    from urllib.parse import urlsplit, urlunsplit  # noqa: PLC0415 - slow to import

    parts = urlsplit(address)
    if parts.scheme not in {"http", "https", "ssh", "git"}:
        return LOCAL
    userinfo, _, host = parts.netloc.rpartition("@")
    user = "git@" if parts.scheme == "ssh" and userinfo.partition(":")[0] == "git" else ""
    return urlunsplit((parts.scheme, user + host, parts.path, "", ""))


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


@contextmanager
def _from_git(address: str, recorded: str, ref: str | None) -> Iterator[Source]:
    import tempfile  # noqa: PLC0415 - slow to import
    from datetime import UTC, datetime  # noqa: PLC0415 - slow to import

    shown = address if recorded == LOCAL else recorded
    with tempfile.TemporaryDirectory(prefix="scaffold-source-") as temporary:
        clone, tree = Path(temporary, "git"), Path(temporary, "tree")
        try:
            git.run("clone", "--quiet", "--bare", "--", address, str(clone))
        except git.GitError as error:
            detail = error.stderr.strip().replace(address, shown).splitlines()
            reason = f"No puedo leer «{shown}»: {detail[-1] if detail else 'Git falló'}"
            raise Refusal(reason, "Revisa la dirección, tus permisos y la conexión.") from None
        env = {"GIT_DIR": str(clone), "GIT_INDEX_FILE": str(Path(temporary, "index"))}
        commit, version = _version(env, ref, shown)
        date = git.text(git.isolated("log", "-1", "--format=%ct", commit, env=env))
        tree.mkdir()
        git.isolated("read-tree", commit, env=env)
        out = env | {"GIT_WORK_TREE": str(tree)}
        git.isolated("checkout-index", "--all", f"--prefix={tree.as_posix()}/", cwd=tree, env=out)
        moment = datetime.fromtimestamp(int(date), UTC).isoformat()
        yield Source(_template_root(tree, shown), recorded, version, moment)


def _version(env: dict[str, str], ref: str | None, shown: str) -> tuple[str, str]:
    """The commit to take, and the version that it is."""
    tags = _version_tags(env)
    if ref is None and tags:
        newest = max(tags, key=lambda tag: (not tags[tag].is_prerelease, tags[tag]))
        return _commit(env, f"refs/tags/{newest}") or "", str(tags[newest])
    commit = _commit(env, ref or "HEAD")
    if commit is None:
        if ref is None:
            raise Refusal(f"«{shown}» no tiene ningún commit.", "Haz uno y vuelve a intentarlo.")
        known = ", ".join(sorted(tags, key=tags.__getitem__)[-5:])
        raise Refusal(
            f"En «{shown}» no existe «{ref}».",
            f"Sus últimas versiones: {known}." if known else "No tiene versiones etiquetadas.",
        )
    return commit, _describe(env, commit)


def _commit(env: dict[str, str], revision: str) -> str | None:
    found = git.isolated(
        *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"),
        env=env,
        check=False,
    )
    return git.text(found) if found.returncode == 0 else None


def _version_tags(env: dict[str, str], *only: str) -> dict[str, Version]:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - slow to import

    tags = {}
    for tag in git.text(git.isolated("tag", "--list", *only, env=env)).splitlines():
        try:
            tags[tag] = Version(tag)
        except InvalidVersion:
            continue
    return tags


def _describe(env: dict[str, str], commit: str) -> str:
    """The version of a commit: its tag's, or one that counts the commits since the last."""
    exact = _version_tags(env, "--points-at", commit)
    if exact:
        return str(max(exact.values()))
    past = _version_tags(env, "--merged", commit)
    span, base = commit, _UNVERSIONED
    if past:
        newest = max(past, key=past.__getitem__)
        last = past[newest]
        span, base = f"refs/tags/{newest}..{commit}", last.base_version
        base += "".join(map(str, last.pre or ()))
    count = git.text(git.isolated("rev-list", "--count", span, env=env))
    return f"{base}.post{count}+g{commit[:7]}"
