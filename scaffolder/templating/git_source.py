"""Templates out of a Git repository: which version, checked out, and what is not taken of it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from scaffolder import git
from scaffolder.console.output import notice, typed
from scaffolder.errors import Refusal
from scaffolder.git.repository import open_repository
from scaffolder.templating.source import UNVERSIONED

if TYPE_CHECKING:
    from subprocess import CompletedProcess

_SUBMODULE = b"160000 "
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_LARGEST_POINTER = 1024
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A version of a repository's files.

    Args:
        folder: where they are, until the context ends.
        date: when the commit was made, ISO 8601.
        tagged: a tag gives it that version.
    """

    folder: Path
    commit: str
    version: str
    date: str
    tagged: bool


@dataclass(frozen=True, slots=True)
class _Clone:
    """A repository with neither work tree nor configuration of its owner's.

    Args:
        shown: what the person who gave the address is shown of it.
    """

    folder: Path
    shown: str

    def git(self, *args: str, check: bool = True) -> CompletedProcess[bytes]:
        return git.isolated(*args, env=self.env, check=check)

    @property
    def env(self) -> dict[str, str]:
        return {"GIT_DIR": str(self.folder), "GIT_INDEX_FILE": str(self.folder / "index")}


@contextmanager
def check_out(address: str, shown: str, ref: str | None) -> Iterator[CheckedOut]:
    """Get a version of a repository, with the learner's own way to it (keys, proxies, helpers).

    Args:
        address: its folder, or an address as Git takes it.
        shown: the same as it may be shown: without secrets.
        ref: the tag, branch or commit; the newest version if None.

    Yields:
        Its files; they are gone when the context ends.

    Raises:
        Refusal: it can't be read, has no such version, or holds what would be missing in a
            starter without a word (submodules, pointers of Git LFS).
    """
    with tempfile.TemporaryDirectory(prefix="scaffold-source-") as temporary:
        clone, tree = _Clone(Path(temporary, "git"), shown), Path(temporary, "tree")
        try:
            git.run("clone", "--quiet", "--bare", "--", address, str(clone.folder))
        except git.GitError as error:
            reason = _reason(error.stderr.replace(address, shown))
            raise Refusal(
                f"No puedo leer «{shown}»: {reason}",
                "Revisa la dirección, tus permisos y la conexión.",
            ) from None
        commit, version, tagged = _version(clone, ref)
        date = git.text(clone.git("log", "-1", "--format=%ct", commit))
        tree.mkdir()
        clone.git("read-tree", commit)
        out = clone.env | {"GIT_WORK_TREE": str(tree)}
        git.isolated("checkout-index", "--all", f"--prefix={tree.as_posix()}/", cwd=tree, env=out)
        _refuse_what_is_elsewhere(clone, tree)
        moment = datetime.fromtimestamp(int(date), UTC).isoformat()
        yield CheckedOut(tree, commit, version, moment, tagged)


def tell_what_is_left(folder: Path, shown: str, taken: CheckedOut, ref: str | None) -> None:
    """Say to the author of templates which of their work a version doesn't have.

    Args:
        shown: how they named it.
        ref: the version that they named, if any.
    """
    if not (folder / ".git").exists():
        return
    try:
        repo = open_repository(folder, unborn=True)
    except Refusal:  # odd in another way: what was asked for is at hand
        return
    left = []
    if ref is None and taken.tagged and repo.head not in {"", taken.commit}:
        count = repo.git("rev-list", "--count", f"{taken.commit}..{repo.head}", check=False)
        number = git.text(count) if count.returncode == 0 else "0"
        if number != "0":
            what = "un commit posterior" if number == "1" else f"{number} commits posteriores"
            branch = repo.branch.removeprefix("refs/heads/") or "HEAD"
            left.append(f"{what} sin etiqueta de versión (tómalos con --ref {typed(branch)})")
    if repo.git("status", "--porcelain", check=False).stdout.strip():
        templates = Path(shown, "templates") if (folder / "templates").is_dir() else None
        how = f" (tómalos con --source {typed(str(templates))})" if templates else ""
        left.append(f"cambios sin guardar en un commit{how}")
    if left:
        notice(f"De «{shown}» tomo la {taken.version}. Quedan fuera: {'; '.join(left)}.")


def _reason(stderr: str) -> str:
    """All that Git and what it started (ssh, curl) say, in one line and without secrets."""
    lines = [line.strip() for line in _USERINFO.sub("", stderr).splitlines()]
    told = [re.sub(r"^(fatal|error|warning): ", "", line) for line in lines if line]
    return " · ".join(dict.fromkeys(told)) or "Git falló y no dice por qué"


def _version(clone: _Clone, ref: str | None) -> tuple[str, str, bool]:
    """The commit to take, the version that it is, and whether a tag says so."""
    tags = _version_tags(clone)
    newest_first = sorted(tags, key=lambda tag: (not tags[tag].is_prerelease, tags[tag]))[::-1]
    for tag in newest_first if ref is None else ():
        commit = _commit(clone, f"refs/tags/{tag}")
        if commit is not None:  # a tag may name a file
            return commit, str(tags[tag]), True
    commit = _commit(clone, ref or "HEAD")
    if commit is None:
        raise _missing(clone, ref, sorted(tags, key=tags.__getitem__))
    return commit, *_describe(clone, commit)


def _missing(clone: _Clone, ref: str | None, versions: list[str]) -> Refusal:
    """The refusal of a version that is not there."""
    branches = git.text(clone.git("for-each-ref", "--format=%(refname:short)", "refs/heads"))
    if ref is None and branches:
        head = git.text(clone.git("symbolic-ref", "--short", "HEAD", check=False))
        return Refusal(
            f"«{clone.shown}» no dice qué rama tomar: la suya, «{head}», no existe.",
            f"Dila con --ref. Las que hay: {', '.join(branches.splitlines()[:5])}.",
        )
    if ref is None:
        return Refusal(f"«{clone.shown}» no tiene ningún commit.", "Haz uno y vuelve a intentarlo.")
    known = ", ".join(versions[-5:])
    options = f"Sus últimas versiones: {known}." if known else "No tiene versiones etiquetadas."
    there = clone.git("rev-parse", "--verify", "--quiet", "--end-of-options", ref, check=False)
    if there.returncode == 0:
        return Refusal(f"En «{clone.shown}», «{ref}» no es una versión: no es un commit.", options)
    return Refusal(f"En «{clone.shown}» no existe «{ref}».", options)


def _commit(clone: _Clone, revision: str) -> str | None:
    command = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    found = clone.git(*command, check=False)
    return git.text(found) if found.returncode == 0 else None


def _version_tags(clone: _Clone, *only: str) -> dict[str, Version]:
    tags = {}
    for tag in git.text(clone.git("tag", "--list", *only)).splitlines():
        try:
            tags[tag] = Version(tag)
        except InvalidVersion:
            continue
    return tags


def _describe(clone: _Clone, commit: str) -> tuple[str, bool]:
    """The version of a commit, and whether a tag gives it.

    Else it is one that counts the commits since the last tag: that needs the whole history.
    """
    exact = _version_tags(clone, "--points-at", commit)
    if exact:
        return str(max(exact.values())), True
    if git.text(clone.git("rev-parse", "--is-shallow-repository")) == "true":
        raise Refusal(
            f"«{clone.shown}» es una copia sin la historia entera, y así no sé qué versión es.",
            "Tráela con «git fetch --unshallow --tags» (en GitHub Actions, fetch-depth: 0), "
            "o da su carpeta de plantillas: --source …/templates",
        )
    past = _version_tags(clone, "--merged", commit)
    span, base = commit, UNVERSIONED
    if past:
        newest = max(past, key=past.__getitem__)
        last = past[newest]
        span, base = f"refs/tags/{newest}..{commit}", last.base_version
        base += "".join(map(str, last.pre or ()))
    count = git.text(clone.git("rev-list", "--count", span))
    return f"{base}.post{count}+g{commit[:7]}", False


def _refuse_what_is_elsewhere(clone: _Clone, tree: Path) -> None:
    """See that every file of the template root is there, and not only a note of where it is."""
    top = "templates/" if (tree / "templates" / "copier.yml").is_file() else ""
    advice = "Guarda esos archivos en el propio repositorio de plantillas."
    for row in clone.git("ls-files", "--stage", "-z").stdout.split(b"\0"):
        path = row.partition(b"\t")[2].decode("utf-8", "replace")
        if row.startswith(_SUBMODULE) and path.startswith(top):
            raise Refusal(
                f"En «{clone.shown}», «{path}» es un submódulo, y scaffold no los trae.", advice
            )
    for file in sorted((tree / top).rglob("*")):
        if file.is_file() and not file.is_symlink() and file.stat().st_size <= _LARGEST_POINTER:
            with file.open("rb") as stream:
                if stream.read(len(_LFS_POINTER)) == _LFS_POINTER:
                    path = file.relative_to(tree).as_posix()
                    raise Refusal(
                        f"En «{clone.shown}», «{path}» está en Git LFS, y scaffold no lo trae.",
                        advice,
                    )
