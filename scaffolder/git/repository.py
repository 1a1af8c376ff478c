"""A learner's repository, looked at from outside: where it is, and whether one may write there.

Whatever a repository's own configuration would have Git start (hooks, fsmonitor, filters,
merge drivers, a fetch of missing objects), Git does not start here.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.errors import GitError, Refusal, refusal_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from subprocess import CompletedProcess

OLDEST_GIT = (2, 38)

_FILTER = re.compile(r"filter\.(?P<name>.*)\.(clean|smudge|process|required)", re.DOTALL)
_OWN_SCOPES = {"local", "worktree"}
_BUSY = {
    "MERGE_HEAD": ("una fusión", "git commit, o git merge --abort"),
    "rebase-merge": ("un rebase", "git rebase --continue, o git rebase --abort"),
    "rebase-apply/applying": ("un git am", "git am --continue, o git am --abort"),
    "rebase-apply": ("un rebase", "git rebase --continue, o git rebase --abort"),
    "CHERRY_PICK_HEAD": ("un cherry-pick", "git cherry-pick --continue, o --abort"),
    "REVERT_HEAD": ("una reversión", "git revert --continue, o git revert --abort"),
    "sequencer": ("una serie de cherry-pick o revert", "git status dice cómo seguir"),
    "BISECT_LOG": ("un bisect", "git bisect reset"),
}


@dataclass(frozen=True)
class Repository:
    """A work tree and what must be known of it before it is changed.

    Args:
        folder: the folder that the user named, absolute.
        top: the root of the work tree.
        git_dir: this work tree's Git directory.
        common_dir: the Git directory that all its work trees share.
        inside: `folder` as seen from `top`, with `/`; empty at the top.
        branch: the current branch's full name; empty on a detached HEAD.
        head: the id of the current commit; empty where there is none yet.
        shallow: whether its history was cut off when it was cloned.
        config: its configuration, names in lower case as Git prints them.
        quiet: options for Git that take the repository's own filters out of force.
    """

    folder: Path
    top: Path
    git_dir: Path
    common_dir: Path
    inside: str
    branch: str
    head: str
    tree: str
    kind: str
    shallow: bool
    config: Mapping[str, str]
    quiet: tuple[str, ...]

    @property
    def objects(self) -> Path:
        """The folder of its objects."""
        return self.common_dir / "objects"

    @property
    def ignores_case(self) -> bool:
        """Whether its disk takes names that differ in case for one."""
        return self.config.get("core.ignorecase", "").lower() in {"true", "yes", "on", "1"}

    @property
    def is_nameless(self) -> bool:
        """Whether Git knows no name or address for the learner's commits."""
        return not all(known_identity(self.config))

    @property
    def identity(self) -> tuple[str, str]:
        """Name and address for its commits: the learner's, or ours where Git knows none."""
        return (git.NAME, git.EMAIL) if self.is_nameless else known_identity(self.config)

    def git(
        self,
        *args: str,
        input: bytes | None = None,  # noqa: A002 - subprocess's own name
        env: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> CompletedProcess[bytes]:
        """Run Git in the work tree; arguments, result and errors as in `git.run`."""
        own = {**_OFFLINE, "GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.top)}
        options = (*self.quiet, *args)
        return git.run(*options, cwd=self.top, input=input, env=own | dict(env or {}), check=check)

    def refuse_if_busy(self) -> None:
        """See that nobody is in the middle of something.

        Raises:
            Refusal: a merge or the like is under way, or no branch is checked out.
        """
        for name, (what, how) in _BUSY.items():
            if (self.git_dir / name).exists():
                raise Refusal(f"En «{self.top}» hay {what} a medias.", f"Acaba antes: {how}")
        if not self.branch:
            raise Refusal(
                f"«{self.top}» no está en ninguna rama (HEAD suelto).",
                "Cámbiate a una: git switch RAMA (o crea una aquí: git switch -c RAMA)",
            )


def known_identity(config: Mapping[str, str]) -> tuple[str, str]:
    """Name and address of the person at the keyboard, as Git finds them; empty where it doesn't.

    Args:
        config: Git's configuration, names in lower case.
    """
    found = []
    for key, variables in (
        ("name", ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME")),
        ("email", ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL")),
    ):
        told = [os.environ.get(name, "") for name in variables]
        told += [config.get(f"{role}.{key}", "") for role in ("author", "user")]
        found.append(next((value.strip() for value in told if value.strip()), ""))
    return found[0], found[1]


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


def create_repository(folder: Path) -> Path:
    """Make an empty repository whose branch is `main`.

    Where the disk refuses `chmod` (a Windows disk in WSL, some shares), Git gives up half way;
    the same is written here then, as Git finds it on a disk that keeps no modes.

    Args:
        folder: the root of its work tree, made if missing.

    Returns:
        Its Git directory.
    """
    git_dir = folder / ".git"
    try:
        git.isolated("init", "--quiet", "--initial-branch=main", "--template=", str(folder))
    except GitError as error:
        if "chmod on" not in error.stderr:
            raise
        shutil.rmtree(git_dir, ignore_errors=True)
        for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (git_dir / name).mkdir(parents=True)
        config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = false\n\tbare = false\n"
        config += "\tlogallrefupdates = true\n"
        (git_dir / "HEAD").write_text("ref: refs/heads/main\n", encoding="ascii")
        if (git_dir / "head").exists():
            config += "\tignorecase = true\n"
        (git_dir / "config").write_text(config, encoding="ascii")
    return git_dir


def create_bare_repository(folder: Path, branch: str = "main", alternate: str = "") -> Path:
    """Make an empty repository without a work tree, without starting Git.

    Git knows it for a repository by its `HEAD`, which is written last: whoever is killed
    before leaves nothing that counts, and the next call goes on from there. Two that do the
    same at once write the same.

    Args:
        folder: its Git directory, made if missing.
        branch: what `HEAD` points to.
        alternate: an object folder that it reads too, as seen from its own.

    Raises:
        OSError: it can't be written.
    """
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    files = {
        "objects/info/alternates": f"{alternate}\n" if alternate else "",
        "config": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        "HEAD": f"ref: refs/heads/{branch}\n",
    }
    for name, text in files.items():
        file = folder / name
        if text and not file.exists():
            part = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
            try:
                part.write_text(text, encoding="ascii", newline="\n")
                part.replace(file)
            except OSError:
                part.unlink(missing_ok=True)
                raise
    return folder


_OFFLINE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}


def check_git() -> None:
    """See that there is a Git that can merge without a work tree.

    Raises:
        Refusal: there is none, or it is too old.
    """
    told = git.text(git.isolated("--version"))
    numbers = re.search(r"(\d+)\.(\d+)", told)
    if numbers is None or tuple(map(int, numbers.groups())) < OLDEST_GIT:
        oldest = ".".join(map(str, OLDEST_GIT))
        raise Refusal(
            f"Tu Git es demasiado antiguo ({told.removeprefix('git version ')}): "
            f"«scaffold update» necesita Git {oldest} o más nuevo.",
            "Actualízalo: https://git-scm.com/downloads",
        )


def open_repository(folder: Path, *, unborn: bool = False) -> Repository:
    """Look at the repository that a folder is in.

    Args:
        unborn: it may be without any commit.

    Raises:
        Refusal: it is in none, or in one that can't be used.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - `resolve` would follow a link at its end
    if not folder.is_dir():
        raise Refusal(f"No existe la carpeta «{folder}».", "Revisa cómo la has escrito.")
    around = work_tree_around(folder)
    if around is None:
        raise Refusal(
            f"«{folder}» no es un repositorio Git.",
            "Si lo bajaste en un zip, escribe ahí: git init -b main, git add -A, "
            'git commit -m "Mi trabajo" y después scaffold update --adopt',
        )
    if "\n" in str(around):
        raise Refusal("El nombre de la carpeta tiene un salto de línea.", "Cámbiale el nombre.")
    listing = _ask(around, "config", "--list", "--show-scope", "-z")
    config, quiet = _configuration(listing.stdout)
    where = _ask(
        around,
        *("rev-parse", "--path-format=absolute", "--show-toplevel", "--git-dir"),
        *("--git-common-dir", "--is-shallow-repository", "--show-object-format"),
        *("HEAD^{commit}", "HEAD^{tree}", "--symbolic-full-name", "HEAD"),
        check=False,
    )
    lines = git.text(where).splitlines()
    if where.returncode and b"HEAD" not in where.stderr:
        raise _unusable(around, where.stderr)
    top, git_dir, common_dir = (Path(line) for line in lines[:3])
    if not top.samefile(around):
        raise Refusal(
            f"La configuración de Git de «{around}» dice que sus archivos están en «{top}».",
            "Quita core.worktree de ahí: git config --unset core.worktree",
        )
    if where.returncode and not unborn:
        raise Refusal(f"«{around}» todavía no tiene ningún commit.", "Haz uno: git commit")
    head, tree = ("", "") if where.returncode else lines[5:7]
    branch = lines[7] if lines[7:] and not where.returncode else ""
    if not branch:  # none yet, or a branch that is called HEAD
        branch = git.text(_ask(around, "symbolic-ref", "--quiet", "HEAD", check=False))
    inside = Path(os.path.realpath(folder)).relative_to(os.path.realpath(top)).as_posix()
    return Repository(
        folder=folder,
        top=top,
        git_dir=git_dir,
        common_dir=common_dir,
        inside="" if inside == "." else inside,
        branch=branch if branch.startswith("refs/") else "",
        head=head,
        tree=tree,
        kind=lines[4],
        shallow=lines[3] == "true",
        config=config,
        quiet=quiet,
    )


def _ask(folder: Path, *args: str, check: bool = True) -> CompletedProcess[bytes]:
    try:
        return git.run(*args, cwd=folder, env=_OFFLINE, check=check)
    except GitError as error:
        raise _unusable(folder, error.stderr.encode()) from None


def _unusable(folder: Path, stderr: bytes) -> Refusal:
    told = stderr.decode("utf-8", "replace").strip()
    known = refusal_of(GitError(["rev-parse"], 128, told))
    if known is not None:
        return known
    reason = (told.splitlines() or ["Git no dice por qué"])[0].removeprefix("fatal: ")
    return Refusal(f"Git no puede leer «{folder}»: {reason}")


def _configuration(listing: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    """All settings, and options that silence the filters which the repository itself defines."""
    fields = listing.decode("utf-8", "surrogateescape").split("\0")[:-1]
    config: dict[str, str] = {}
    filters: dict[str, None] = {}
    for scope, setting in zip(fields[0::2], fields[1::2], strict=False):
        name, _, value = setting.partition("\n")
        config[name] = value
        match = _FILTER.fullmatch(name)
        if match and scope in _OWN_SCOPES:
            filters[match["name"]] = None
    options = ["submodule.recurse=false"]
    for name in filters:
        options += [f"filter.{name}.{key}=" for key in ("clean", "smudge", "process")]
        options.append(f"filter.{name}.required=false")
    return config, tuple(word for option in options for word in ("-c", option))
