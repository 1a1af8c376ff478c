"""A template root with versions, and repositories made of it: the ground of every scenario.

The root is the first real starter of this toolkit with a few files beside it, so that
there is something binary, something executable, a link and folders to move.
"""

from __future__ import annotations

import dataclasses
import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from scaffolder import cli
from tests.helpers import build_file_tree, build_template_root, git

TEMPLATES = Path(__file__).parents[2] / "templates"
PROJECT = "proyecto-1-tareas"
PICTURE = b"\x89PNG\0" + bytes(range(256)) * 4

Edit = Callable[[Path], object]


def lines(name: str, count: int = 30) -> str:
    """A text whose every line is its own."""
    return "".join(f"{name}, línea {number}\n" for number in range(1, count + 1))


EXTRAS: dict[str, str | bytes] = {
    "docs/guia.md": lines("Guía"),
    "docs/uso.md": lines("Uso"),
    "docs/logo.png": PICTURE,
    "docs/año nuevo/índice ñandú.md": lines("Índice"),
    "guiones/arranca.sh": "#!/bin/sh\n" + lines("# Guion"),
    "src/tareas/piezas/uno.py": lines("# Uno"),
    "src/tareas/piezas/dos.py": lines("# Dos"),
    "src/tareas/trozo_a.py": f'"""Trozo A, por hacer."""\n\n{lines("# Común", 8)}',
    "tests/requisitos/dato.bin": PICTURE,
    "notas.txt": lines("Notas"),
}


@dataclass(frozen=True)
class TemplateRepo:
    """A template root in a Git repository of its own.

    Args:
        root: its folder.
        project: the project that repositories are made of.
    """

    root: Path
    project: str = PROJECT

    @property
    def starter(self) -> Path:
        """The folder of the starter's files."""
        return self.root / self.project / "repo"

    def release(self, version: str, edit: Edit = lambda _: None) -> None:
        """Edit the starter and give the result a version.

        Args:
            version: the version, without `v`.
            edit: what to do with the starter's folder.
        """
        edit(self.starter)
        git(self.root, "add", "--all")
        git(self.root, "commit", "-q", "--allow-empty", "-m", version)
        git(self.root, "tag", f"v{version}")

    def new(self, destination: Path, *arguments: str) -> Path:
        """Make a repository of the newest version.

        Args:
            destination: where.
            arguments: further arguments of `scaffold new`.
        """
        source = ("--defaults", "--source", str(self.root))
        with redirect_stdout(io.StringIO()):
            code = cli.run(["new", self.project, str(destination), *source, *arguments])
        assert code == 0
        return destination

    def copy(self, destination: Path) -> TemplateRepo:
        """A copy that may change."""
        shutil.copytree(self.root, destination, symlinks=True)
        return dataclasses.replace(self, root=destination)


def build(
    folder: Path, extras: dict[str, str | bytes] | None = None, project: str = PROJECT
) -> TemplateRepo:
    """Make a template_repo with version 0.1.0.

    Args:
        folder: where.
        extras: files beside the starter's own.
        project: which starter.
    """
    folder.mkdir(parents=True)
    for name in ("copier.yml", "roadmap.toml"):
        shutil.copy(TEMPLATES / name, folder / name)
    for name in ("comun", project):
        ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(TEMPLATES / name, folder / name, ignore=ignored, symlinks=True)
    template_repo = TemplateRepo(folder, project)
    build_file_tree(template_repo.starter, EXTRAS if extras is None else extras)
    git(folder, "init", "-q", "-b", "main")
    template_repo.release("0.1.0")
    return template_repo


def build_mini(folder: Path) -> TemplateRepo:
    """Make a template_repo with a small project of an instructor's, quick to render.

    Args:
        folder: where.
    """
    template_repo = TemplateRepo(build_template_root(folder), "proyecto-18-recetas")
    shutil.copy(TEMPLATES / "comun" / "gitattributes", template_repo.starter / ".gitattributes")
    build_file_tree(
        template_repo.starter,
        {
            "docs/guia.md": lines("Guía"),
            "src/recetas.py": lines("# Receta"),
            "tests/requisitos/test_r1_guardar.py": lines("# Prueba 1"),
            "tests/requisitos/test_r2_buscar.py": lines("# Prueba 2"),
            "uv.toml": 'exclude-newer = "2026-11-16T00:00:00Z"\n',
        },
    )
    git(folder, "init", "-q", "-b", "main")
    template_repo.release("0.1.0")
    return template_repo


def commit(repo: Path, message: str = "Mi trabajo") -> str:
    """Commit everything as the learner and return the commit."""
    git(repo, "add", "--all")
    git(repo, "commit", "-q", "--allow-empty", "-m", message)
    return git(repo, "rev-parse", "HEAD")


def type_in(folder: Path, told: str) -> None:
    """Type the commands that a text says are to be typed now, as a person would.

    Args:
        folder: where the text was read.
        told: the text; each command stands indented on a line of its own.
    """
    _, _, rest = told.partition("Qué hacer ahora\n")
    now, _, _ = rest.partition("\n\n")
    commands = [
        line.strip() for line in now.splitlines() if re.match(r"  (cd|git|scaffold) ", line)
    ]
    who = {"NAME": "Ana", "EMAIL": "ana@example.org"}
    named = {f"GIT_{role}_{key}": who[key] for role in ("AUTHOR", "COMMITTER") for key in who}
    script = "\n".join(["set -e", *commands])
    subprocess.run(["sh", "-c", script], cwd=folder, check=True, env=os.environ | named)


@dataclass(frozen=True)
class Snapshot:
    """A repository, bit for bit: branch, commit, index and every file on the disk."""

    head: str
    branch: str
    index: str
    busy: tuple[str, ...]
    files: dict[str, tuple[int, bytes]]


def disk(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder with its mode and content, Git's own left out."""
    files = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names + [f for f in folders if Path(parent, f).is_symlink()]:
            file = Path(parent, name)
            if name == ".git":
                continue
            look = file.lstat()
            content = os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()
            files[file.relative_to(folder).as_posix()] = (look.st_mode, content)
    return files


def snapshot(repo: Path) -> Snapshot:
    """Look at a repository without changing it."""
    git_dir = Path(git(repo, "rev-parse", "--absolute-git-dir"))
    states = ("MERGE_HEAD", "MERGE_MSG", "index.lock", "scaffold-update")
    return Snapshot(
        git(repo, "rev-parse", "HEAD"),
        git(repo, "rev-parse", "--symbolic-full-name", "HEAD"),
        git(repo, "ls-files", "--stage"),
        tuple(name for name in states if (git_dir / name).exists()),
        disk(repo),
    )


def text_of(repo: Path) -> str:
    """Every text file of a work tree, with its name, in one string."""
    found = []
    for name, (_, content) in snapshot(repo).files.items():
        found.append(f"== {name}\n{content.decode('utf-8', 'replace')}")
    return "\n".join(found)


def unmerged_text(repo: Path) -> str:
    """What Git's index holds of open conflicts, every side of it."""
    listing = git(repo, "ls-files", "--unmerged").splitlines()
    sides = [
        subprocess.run(
            ["git", "cat-file", "blob", line.split()[1]], cwd=repo, capture_output=True, check=True
        ).stdout
        for line in listing
    ]
    return "\n".join(side.decode("utf-8", "replace") for side in sides)


def replace(file: Path, old: str, new: str) -> None:
    """Replace a text that must be in a file once."""
    content = file.read_bytes().decode("utf-8")
    assert content.count(old) == 1, f"{old!r} is {content.count(old)} times in {file}"
    file.write_bytes(content.replace(old, new).encode())


def read(repo: Path, name: str) -> str:
    """A file of the work tree."""
    return (repo / name).read_text(encoding="utf-8")
