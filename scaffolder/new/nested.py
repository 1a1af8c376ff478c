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

from scaffolder import git
from scaffolder.console.signals import uninterrupted
from scaffolder.errors import Refusal

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BUSY = {
    "MERGE_HEAD": "una fusión",
    "rebase-merge": "un rebase",
    "rebase-apply": "un rebase",
    "CHERRY_PICK_HEAD": "un cherry-pick",
    "REVERT_HEAD": "una reversión",
}


def work_tree_around(path: Path) -> Path | None:
    """The root of the Git work tree that a path is in, or would be in.

    Only the disk is asked: no variable of the environment plays a part.

    Args:
        path: an absolute path; it need not exist.
    """
    for folder in (path, *path.parents):
        mark = folder / ".git"
        if mark.is_file() or (mark / "HEAD").is_file():
            return folder
    return None


def ignores(root: Path, path: Path) -> bool:
    """Whether a repository's own rules ignore a folder, so that another may stand there.

    Args:
        root: the root of its work tree.
        path: the folder; it need not exist.
    """
    inside = path.relative_to(root).as_posix() + "/"
    asked = git.isolated("check-ignore", "--quiet", "--", inside, cwd=root, check=False)
    return asked.returncode == 0


def common_dir(root: Path) -> Path:
    """The Git directory whose objects a work tree uses.

    Args:
        root: the root of the work tree.
    """
    found = git.text(git.learner("rev-parse", "--git-common-dir", cwd=root))
    return (root / found).resolve()


def check(root: Path, destination: Path) -> str:
    """See whether a folder can be added to a repository now.

    Args:
        root: the root of its work tree.
        destination: the folder.

    Returns:
        The folder's path inside the work tree, with `/`.

    Raises:
        Refusal: the repository is in the middle of something, or has the path already.
    """
    path = Path(os.path.realpath(destination)).relative_to(Path(os.path.realpath(root)))
    names = git.learner("rev-parse", *_git_paths(), cwd=root)
    for (_, what), file in zip(_BUSY.items(), git.text(names).splitlines(), strict=True):
        if (root / file).exists():
            raise Refusal(f"En «{root}» hay {what} a medias.", "Termínalo o cancélalo antes.")
    if git.learner("symbolic-ref", "--quiet", "HEAD", cwd=root, check=False).returncode:
        raise Refusal(f"«{root}» no está en ninguna rama.", "Cámbiate a una: git switch RAMA")
    if _staged(root):
        raise Refusal(f"«{root}» tiene cambios preparados.", "Haz antes tu commit: git commit")
    if git.learner("--literal-pathspecs", "ls-files", "--", str(path), cwd=root).stdout:
        raise Refusal(f"«{path}» ya está en el repositorio.", "Elige otra carpeta.")
    if _CONTROL.search(str(path)):
        raise Refusal("Ese nombre de carpeta no cabe en una línea.", "Elige otra carpeta.")
    return path.as_posix()


def graft(root: Path, path: str, template: str, place: Callable[[], None]) -> None:
    """Merge a template commit into the current branch, and put its files into the work tree.

    Args:
        root: the root of the work tree.
        path: the project's path inside it.
        template: the id of the template commit; it holds only that path.
        place: puts the files there; it does all or nothing.

    Raises:
        GitError: the repository refused; it is as before.
    """
    head = git.learner("rev-parse", "--verify", "--quiet", "HEAD", cwd=root, check=False)
    index = root / git.text(git.learner("rev-parse", "--git-path", "index", cwd=root))
    saved = index.read_bytes() if index.exists() else None
    tip, before = template, "0" * len(template)
    if head.returncode == 0:
        before = git.text(head)
        tip = _merge(root, path, before, template)
    with uninterrupted():
        place()
        with _or_as_before(root / path, index, saved):
            _record(root, path, template, tip, before)


def _record(root: Path, path: str, template: str, tip: str, before: str) -> None:
    git.learner("read-tree", f"--prefix={path}/", f"{template}:{path}", cwd=root)
    git.isolated("update-index", "-q", "--refresh", "--", cwd=root, check=False)
    git.learner("update-ref", "-m", f"scaffold new: {path}", "HEAD", tip, before, cwd=root)


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


def _merge(root: Path, path: str, head: str, template: str) -> str:
    """The merge commit: the branch's tree with the project's folder in it."""
    scratch = root / git.text(git.learner("rev-parse", "--git-path", "scaffold-index", cwd=root))
    env = {"GIT_INDEX_FILE": str(scratch.resolve())}
    try:
        git.learner("read-tree", head, cwd=root, env=env)
        git.learner("read-tree", f"--prefix={path}/", f"{template}:{path}", cwd=root, env=env)
        tree = git.text(git.learner("write-tree", cwd=root, env=env))
    finally:
        scratch.unlink(missing_ok=True)
    commit = git.learner(
        *("-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, "-p", head, "-p", template),
        cwd=root,
        input=f"Añade {path}\n".encode(),
        env=identity(root),
    )
    return git.text(commit)


def identity(root: Path) -> dict[str, str]:
    """Who signs a merge in a learner's repository: they, or we where Git doesn't know them.

    Args:
        root: a folder in their repository.

    Returns:
        Environment variables for Git.
    """
    names = git.learner("config", "--get-regexp", r"^user\.(name|email)$", cwd=root, check=False)
    if {line.split()[0] for line in git.text(names).splitlines()} == {"user.name", "user.email"}:
        return {}
    return {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", git.NAME), ("EMAIL", git.EMAIL))
    }


def _staged(root: Path) -> bool:
    head = git.learner("rev-parse", "--verify", "--quiet", "HEAD", cwd=root, check=False)
    if head.returncode:
        return bool(git.learner("ls-files", cwd=root).stdout)
    staged = git.learner("diff-index", "--cached", "--quiet", "HEAD", "--", cwd=root, check=False)
    return staged.returncode != 0


def _git_paths() -> list[str]:
    return [word for name in _BUSY for word in ("--git-path", name)]
