"""Template commits: the rendered tree, untouched, as a commit that later updates start from.

A template commit must have the same id on every machine, for ever. So it is made with a
throw-away Git directory that has no configuration (`Objects`); where it is for a new
repository, only the object folder is that repository's. The repository's filters, line-end
settings, hooks and attributes never run.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scaffolder import git
from scaffolder.git.object_format import signature
from scaffolder.git.objects import Objects

_BODY = (
    "Lo que la plantilla genera, sin cambios de nadie. «scaffold update» parte de aquí: "
    "no lo edites ni lo aplastes (squash)."
)
_OBJECT_FORMAT = re.compile(r"^\s*objectformat\s*=\s*(\w+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TemplateCommit:
    """What the trailers of a commit claim.

    The claim is true only if the commit's own tree, at `path`, is `tree`: squash, rebase
    and amend copy the trailers onto other trees (`git.lineage` tells).
    """

    id: str
    template: str
    version: str
    source: str
    tree: str
    path: str = ""


@contextmanager
def neutral_objects(git_dir: Path) -> Iterator[Objects]:
    """A throw-away Git directory whose new objects go to a repository.

    Args:
        git_dir: the repository's Git directory (the common one, where it has work trees).
    """
    git_dir = git_dir.resolve()
    with tempfile.TemporaryDirectory(prefix="scaffold-git-") as folder:
        kind = _object_format(git_dir)
        yield Objects.create(Path(folder, "git"), kind, store=git_dir / "objects")


def write_template_commit(
    objects: Objects, claim: TemplateCommit, moment: int, parents: Sequence[str] = ()
) -> str:
    """Write a template commit. No reference, index or work tree changes: nothing points to it.

    Args:
        objects: where the claimed tree is, and the commit goes.
        claim: what its trailers say; its `id` plays no part.
        moment: the date of the template's version, in seconds since 1970.
        parents: ids of the commits that it follows.

    Returns:
        The id of the commit.
    """
    who = signature(git.NAME, git.EMAIL, moment)
    tree = objects.graft("", claim.path, claim.tree)
    return objects.write_commit(tree, parents, who, who, message(claim))


def write_rendered_tree(objects: Objects, rendered: Path, index: Path | None = None) -> str:
    """Write every file below a folder, ignored ones too, with line ends as its attributes say.

    Args:
        objects: where the files' contents and the tree go.
        rendered: what the template rendered; it holds no `.git`.
        index: where to leave the Git index of the folder, if it is wanted.

    Returns:
        The id of the tree.

    Raises:
        GitError: an object could not be written.
    """
    rendered = rendered.resolve()
    index = (index or objects.folder / "index").resolve()
    env = {"GIT_WORK_TREE": str(rendered), "GIT_INDEX_FILE": str(index)}
    real_modes = _has_real_modes(rendered)
    flags = ("-c", f"core.fileMode={str(real_modes).lower()}")
    objects.git(*flags, "add", "--force", "--", ".", cwd=rendered, env=env)
    if not real_modes:
        scripts = b"".join(
            os.fsencode(file.relative_to(rendered).as_posix()) + b"\0"
            for file in _files(rendered)
            if _starts_as_script(file)
        )
        if scripts:
            command = ("update-index", "--chmod=+x", "-z", "--stdin")
            objects.git(*command, cwd=rendered, input=scripts, env=env)
    return git.text(objects.git("write-tree", env=env))


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


def _object_format(git_dir: Path) -> str:
    config = (git_dir / "config").read_text(encoding="utf-8", errors="replace")
    match = _OBJECT_FORMAT.search(config)
    return match[1].lower() if match else "sha1"


def _has_real_modes(rendered: Path) -> bool:
    """Whether the file system keeps executable bits.

    Windows has none, and some mounts (FAT, shares of a Windows disk) show every file as
    executable, or none, and refuse to change it: there, a script is what starts as one.
    """
    if os.name == "nt":
        return False
    modes = {file: file.stat().st_mode for file in _files(rendered)}
    if len({mode & stat.S_IXUSR for mode in modes.values()}) != 1:
        return True
    file, mode = next(iter(modes.items()))
    try:
        file.chmod(mode ^ stat.S_IXUSR)
        kept = file.stat().st_mode != mode
        file.chmod(mode)
    except OSError:
        return False
    return kept and not mode & stat.S_IXUSR


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            file = Path(parent, name)
            if not file.is_symlink():
                yield file


def _starts_as_script(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(2) == b"#!"
