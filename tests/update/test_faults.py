"""Killed, out of space, read-only: the repository is as before, and the next run succeeds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Scaffold
from tests.helpers import git, small_disk
from tests.update.conftest import FakeGit
from tests.update.sandbox import TemplateRepo, commit, replace, snapshot
from tests.update.scenarios import both, drop, edit, write

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = "docs/guia.md"
MINE = "src/recetas.py"
ROOT = Path(__file__).parents[2]

CHANGE = both(
    edit(GUIDE, 5, "DOS"),
    edit(MINE, 20, "DOS"),
    edit("REQUISITOS.md", 4, "DOS"),
    write("nuevo/a/b.md", "DOS\n"),
    drop("guion.sh"),
)


def prepare(repo: Path, *, conflict: bool) -> None:
    """Some work of the learner's; without a conflict, also a box that is not committed."""
    edit(MINE, 3, "MÍO")(repo)
    if conflict:
        edit(GUIDE, 5, "MÍO")(repo)
    commit(repo)
    if not conflict:
        replace(repo / "REQUISITOS.md", "- [ ] **R1", "- [x] **R1")


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("kind", ["git", "files"])
@pytest.mark.parametrize("conflict", [False, True], ids=["clean", "conflict"])
def test_killed_at_any_step(
    *, kind: str, conflict: bool, mini: TemplateRepo, small: Path, tmp_path: Path
) -> None:
    """Whichever step it dies at, the next run finds the repository as before or finished."""
    prepare(small, conflict=conflict)
    CHANGE(mini.starter)
    shutil.rmtree(mini.root / ".git")  # a plain folder: fewer steps that aren't ours
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    words = map(str, (mini.root, small, scratch))
    done = subprocess.run(
        [sys.executable, "-m", "tests.update.kill_steps", *words, kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["broken"] == {}
    assert told["code"] == (1 if conflict else 0)
    assert told["survived"]["recovered: before"] > 5
    if kind == "files" or not conflict:  # a merge that waits is done without Git
        assert told["survived"]["recovered: after"] >= 1


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    with small_disk(tmp_path / "disk", "size=2m") as folder:
        yield folder


def stored(repo: Path) -> set[Path]:
    """Every file and folder of a repository's objects."""
    return set((repo / ".git" / "objects").rglob("*"))


def test_a_full_disk(mini: TemplateRepo, small: Path, disk: Path, update: Scaffold) -> None:
    """At whichever moment the disk fills up: exit 2, as before, and later it works."""
    repo = disk / "recetas"
    shutil.copytree(small, repo, symlinks=True)
    prepare(repo, conflict=False)
    mini.release("0.2.0", both(CHANGE, write("docs/grande.txt", os.urandom(300_000).hex())))
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    codes = []
    for left in (0, 8, 40, 100, 200, 400, 700, 900, 1100):
        ballast.write_bytes(b"\0" * max(0, free - left * 1024))
        before, objects = snapshot(repo), stored(repo)
        done = update(repo=repo)
        codes.append(done.code)
        ballast.unlink()
        if done.code == 0:
            break
        assert (done.code, "espacio" in done.err) == (2, True), done.err
        assert snapshot(repo) == before
        assert stored(repo) == objects
    assert len(codes) > 3
    assert codes[-1] == 0
    assert "DOS" in (repo / MINE).read_text(encoding="utf-8")
    assert git(repo, "fsck", "--strict", "--no-dangling") == ""


def test_a_read_only_disk(mini: TemplateRepo, small: Path, disk: Path, update: Scaffold) -> None:
    """Looking works; updating is refused with the reason."""
    repo = disk / "recetas"
    shutil.copytree(small, repo, symlinks=True)
    prepare(repo, conflict=False)
    mini.release("0.2.0", CHANGE)
    before = snapshot(repo)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        assert update("--check", repo=repo).code == 1
        done = update(repo=repo)
        assert (done.code, "No puedo escribir" in done.err) == (2, True), done.err
        assert snapshot(repo) == before
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert update(repo=repo).code == 0


@pytest.mark.skipif(os.name == "nt", reason="folders are not read-only there")
def test_a_folder_without_permission(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """A folder of the work tree can't be written: everything goes back."""
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    prepare(small, conflict=False)
    mini.release("0.2.0", CHANGE)
    (small / "src").chmod(0o555)
    before = snapshot(small)
    done = update()
    assert (done.code, "No puedo escribir" in done.err) == (2, True)
    assert snapshot(small) == before
    (small / "src").chmod(0o755)
    assert update().code == 0


@pytest.mark.parametrize(
    "failing", ["merge-tree", "pack-objects", "checkout-index", "read-tree -i", "update-ref"]
)
def test_a_git_that_fails(
    failing: str, mini: TemplateRepo, small: Path, update: Scaffold, fake_git: FakeGit
) -> None:
    """Whatever Git can't do, the repository is as before; it is a bug, and told as one."""
    prepare(small, conflict=False)
    mini.release("0.2.0", CHANGE)
    before = snapshot(small)
    folder = fake_git(
        f'case " $* " in *" {failing} "*) echo "fatal: no" >&2; exit 128;; esac\nexec "$GIT" "$@"'
    )
    done = update()
    assert (done.code, "GitError" in done.err) == (3, True)
    shutil.rmtree(folder)
    assert snapshot(small) == before
    assert update().code == 0


def test_a_branch_that_moves_meanwhile(
    mini: TemplateRepo, small: Path, update: Scaffold, fake_git: FakeGit
) -> None:
    """Somebody commits in the same moment: their commit stays, and all else goes back."""
    prepare(small, conflict=False)
    mini.release("0.2.0", CHANGE)
    tree = git(small, "rev-parse", "HEAD^{tree}")
    theirs = git(small, "commit-tree", "-p", "HEAD", "-m", "otra", tree)
    before = snapshot(small)
    folder = fake_git(
        f'case " $* " in *" update-ref "*) "$GIT" --git-dir="{small}/.git" update-ref HEAD '
        f'{theirs};; esac\nexec "$GIT" "$@"'
    )
    done = update()
    assert (done.code, "La rama ha cambiado" in done.err) == (2, True), done.err
    shutil.rmtree(folder)
    after = snapshot(small)
    assert after.head == theirs
    assert (after.files, after.index, after.busy) == (before.files, before.index, before.busy)


def test_what_the_learner_does_after_a_killed_run_stays(
    mini: TemplateRepo, small: Path, update: Scaffold, fake_git: FakeGit
) -> None:
    """A file that was already new, edited since, is kept beside the old one."""
    prepare(small, conflict=False)
    mini.release("0.2.0", CHANGE)
    folder = fake_git(
        'case " $* " in *" update-ref "*) kill -9 $PPID; exit 1;; esac\nexec "$GIT" "$@"'
    )
    command = [sys.executable, "-c", "from scaffolder.cli import main; main()"]
    words = ["update", str(small), "--source", str(mini.root)]
    killed = subprocess.run([*command, *words], cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -9
    shutil.rmtree(folder)
    assert "DOS" in (small / MINE).read_text(encoding="utf-8")
    edit(MINE, 25, "DESPUÉS")(small)
    done = update("--check")
    assert done.code == 1
    assert "interrumpida" in done.out
    assert f"está en {MINE}.tuyo" in done.out
    assert "DESPUÉS" in (small / f"{MINE}.tuyo").read_text(encoding="utf-8")
    assert "DOS" not in (small / MINE).read_text(encoding="utf-8")
    assert update().code == 0
