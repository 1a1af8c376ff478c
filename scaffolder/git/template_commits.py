"""Template commits: the rendered tree, untouched, as a commit that later updates start from.

A template commit must have the same id on every machine, for ever. So it is made with a
throw-away Git directory that has no configuration; only the object folder is the target
repository's. The repository's filters, line-end settings, hooks and attributes never run.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scaffolder import git

_BODY = (
    "Lo que la plantilla genera, sin cambios de nadie. «scaffold update» parte de aquí: "
    "no lo edites ni lo aplastes (squash)."
)
_OBJECT_FORMAT = re.compile(r"^\s*objectformat\s*=\s*(\w+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TemplateCommit:
    """What the trailers of a commit claim.

    The claim is true only if the commit's own tree, at `path`, is `tree`: squash, rebase
    and amend copy the trailers onto other trees (`update.base` tells).
    """

    id: str
    template: str
    version: str
    source: str
    tree: str
    path: str = ""


def write_template_commit(  # noqa: PLR0913 - each is a part of the commit
    repo_git_dir: Path,
    rendered_dir: Path,
    *,
    template: str,
    version: str,
    source: str,
    date: str,
    parents: Sequence[str] = (),
    path: str = "",
    index: Path | None = None,
) -> str:
    """Write the template commit of a rendered folder into a repository's objects.

    No reference, index or work tree changes: the commit is there, and nothing points to it.

    Args:
        repo_git_dir: the repository's Git directory (the common one, where it has work trees).
        rendered_dir: what the template rendered; it holds no `.git`.
        template: the project's id.
        version: the template's version.
        source: what is recorded of the source: `embedded`, `local` or a URL.
        date: the version's date, ISO 8601; a day alone means its first second, UTC.
        parents: ids of the commits that it follows; they must be in the repository.
        path: where the project stands in a larger repository, with `/`; empty at its root.
        index: where to leave the Git index of the rendered folder, if it is wanted.

    Returns:
        The id of the commit.

    Raises:
        GitError: an object could not be written.
    """
    rendered_dir = rendered_dir.resolve()
    with tempfile.TemporaryDirectory(prefix="scaffold-git-") as folder:
        env = _neutral_repository(Path(folder), repo_git_dir.resolve(), rendered_dir)
        if index is not None:
            env["GIT_INDEX_FILE"] = str(index.resolve())
        tree = _write_tree(rendered_dir, env)
        top = tree
        for name in reversed([part for part in path.split("/") if part]):
            entry = f"040000 tree {top}\t{name}\0".encode()
            top = git.text(git.isolated("mktree", "-z", input=entry, env=env))
        claim = TemplateCommit("", template, version, source, tree, path.strip("/"))
        lineage = [part for parent in parents for part in ("-p", parent)]
        command = git.isolated(
            "commit-tree", *lineage, top, input=message(claim).encode(), env=env | _identity(date)
        )
    return git.text(command)


def message(claim: TemplateCommit) -> str:
    """The text of a template commit.

    Args:
        claim: what its trailers say.
    """
    trailers = [
        f"Scaffold-Template: {claim.template}",
        f"Scaffold-Version: {claim.version}",
        f"Scaffold-Source: {claim.source}",
        f"Scaffold-Tree: {claim.tree}",
    ]
    if claim.path:
        trailers.append(f"Scaffold-Path: {claim.path}")
    lines = "\n".join(trailers)
    return f"Plantilla {claim.template} {claim.version}\n\n{_BODY}\n\n{lines}\n"


def _neutral_repository(folder: Path, target: Path, work_tree: Path) -> dict[str, str]:
    """Make a Git directory without configuration that writes into another's objects."""
    for name in ("objects", "refs"):
        (folder / name).mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/main\n", encoding="ascii")
    config = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
    kind = _object_format(target)
    if kind != "sha1":
        config = config.replace("= 0", "= 1") + f"[extensions]\n\tobjectformat = {kind}\n"
    (folder / "config").write_text(config, encoding="ascii")
    return {
        "GIT_DIR": str(folder),
        "GIT_OBJECT_DIRECTORY": str(target / "objects"),
        "GIT_INDEX_FILE": str(folder / "index"),
        "GIT_WORK_TREE": str(work_tree),
    }


def _object_format(git_dir: Path) -> str:
    config = (git_dir / "config").read_text(encoding="utf-8", errors="replace")
    match = _OBJECT_FORMAT.search(config)
    return match[1].lower() if match else "sha1"


def _write_tree(rendered: Path, env: dict[str, str]) -> str:
    """Write every file below a folder, ignored ones too, and return the tree's id."""
    real_modes = _has_real_modes(rendered)
    flags = ("-c", f"core.fileMode={str(real_modes).lower()}")
    git.isolated(*flags, "add", "--force", "--", ".", cwd=rendered, env=env)
    if not real_modes:
        scripts = b"".join(
            os.fsencode(file.relative_to(rendered).as_posix()) + b"\0"
            for file in _files(rendered)
            if _starts_as_script(file)
        )
        if scripts:
            git.isolated(
                *("update-index", "--chmod=+x", "-z", "--stdin"),
                cwd=rendered,
                input=scripts,
                env=env,
            )
    return git.text(git.isolated("write-tree", env=env))


def _has_real_modes(rendered: Path) -> bool:
    """Whether the file system keeps executable bits.

    Windows has none, and some mounts (FAT, shares of a Windows disk) show every file as
    executable: there, a script is what starts as one.
    """
    if os.name == "nt":
        return False
    modes = [file.stat().st_mode for file in _files(rendered)]
    return not modes or not all(mode & stat.S_IXUSR for mode in modes)


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            file = Path(parent, name)
            if not file.is_symlink():
                yield file


def _starts_as_script(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(2) == b"#!"


def _identity(date: str) -> dict[str, str]:
    moment = datetime.fromisoformat(date)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    stamp = f"{int(moment.timestamp())} +0000"
    who = {"NAME": git.NAME, "EMAIL": git.EMAIL, "DATE": stamp}
    return {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()}
