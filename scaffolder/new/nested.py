"""A project as a folder of a larger repository.

The larger repository's history gets a root commit that holds only that folder, merged into
its branch: so an update finds the template there as it does in a repository of its own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.console import signals
from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from scaffolder.git.repository import Repository

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def ignores(root: Path, path: Path) -> bool:
    """Whether a repository's own rules ignore a folder, so that another may stand there.

    Args:
        root: the root of its work tree.
        path: the folder; it need not exist.
    """
    inside = path.relative_to(root).as_posix() + "/"
    own = ("-c", f"core.excludesFile={os.devnull}", "check-ignore", "--quiet", "--", inside)
    return git.run(*own, cwd=root, check=False).returncode == 0


def check(repo: Repository, destination: Path) -> str:
    """See whether a folder can be added to a repository now.

    Args:
        repo: the repository; it may be without any commit.

    Returns:
        The folder's path inside the work tree, with `/`.

    Raises:
        Refusal: the repository is in the middle of something, or has the path already.
    """
    path = Path(os.path.realpath(destination)).relative_to(Path(os.path.realpath(repo.top)))
    repo.refuse_if_busy()
    if _is_staged(repo):
        raise Refusal(f"«{repo.top}» tiene cambios preparados.", "Haz antes tu commit: git commit")
    if repo.git("--literal-pathspecs", "ls-files", "--", str(path)).stdout:
        raise Refusal(f"«{path}» ya está en el repositorio.", "Elige otra carpeta.")
    if _CONTROL.search(str(path)):
        raise Refusal("Ese nombre de carpeta no cabe en una línea.", "Elige otra carpeta.")
    return path.as_posix()


def graft(repo: Repository, path: str, template: str, place: Callable[[], None]) -> None:
    """Merge a template commit into the current branch, and put its files into the work tree.

    Args:
        repo: the repository, as it was when its history was looked at.
        path: the project's path inside it.
        template: the id of the template commit; it holds only that path.
        place: puts the files there; it does all or nothing.

    Raises:
        GitError: the repository refused; it is as before.
    """
    index = repo.git_dir / "index"
    saved = index.read_bytes() if index.exists() else None
    tip = _merge(repo, path, template) if repo.head else template
    with signals.ignored():
        place()
        with _or_as_before(repo.top / path, index, saved):
            repo.git("read-tree", f"--prefix={path}/", f"{template}:{path}")
            git.isolated("update-index", "-q", "--refresh", "--", cwd=repo.top, check=False)
            before = repo.head or "0" * len(template)
            repo.git("update-ref", "-m", f"scaffold new: {path}", "HEAD", tip, before)


@contextmanager
def _or_as_before(folder: Path, index: Path, saved: bytes | None) -> Iterator[None]:
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if saved is None:
            index.unlink(missing_ok=True)
        else:
            index.write_bytes(saved)
        raise


def _merge(repo: Repository, path: str, template: str) -> str:
    """The merge commit: the branch's tree with the project's folder in it."""
    scratch = repo.git_dir / "scaffold-index"
    env = {"GIT_INDEX_FILE": str(scratch)}
    try:
        repo.git("read-tree", repo.head, env=env)
        repo.git("read-tree", f"--prefix={path}/", f"{template}:{path}", env=env)
        tree = git.text(repo.git("write-tree", env=env))
    finally:
        scratch.unlink(missing_ok=True)
    name, mail = repo.identity
    commit = repo.git(
        *("-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, "-p", repo.head, "-p", template),
        input=f"Añade {path}\n".encode(),
        env={
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", name), ("EMAIL", mail))
        },
    )
    return git.text(commit)


def _is_staged(repo: Repository) -> bool:
    if not repo.head:
        return bool(repo.git("ls-files").stdout)
    staged = repo.git("diff-index", "--cached", "--quiet", "HEAD", "--", check=False)
    if staged.returncode > 1:
        told = staged.stderr.decode("utf-8", "replace")
        raise git.GitError(["diff-index"], staged.returncode, told)
    return staged.returncode == 1
