"""Repositories of somebody who means harm: nothing of theirs runs, and nobody else suffers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.classroom.update.conftest import Update
from tests.classroom.update.ground import GUIDE, MINE, TEST, Class
from tests.classroom.update.test_update import states
from tests.helpers import git
from tests.update.sandbox import commit
from tests.update.scenarios import both, edit, write

HOOKS = ("pre-receive", "update", "post-receive", "post-update", "reference-transaction")


@pytest.fixture
def fix(course: Class) -> Class:
    """The template has a change that meets nobody's work but the hostile one's."""
    course.work("bea", edit(MINE, 5, "MÍO"))
    course.template_repo.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(TEST, 5, "DOS")))
    return course


def others_are_well(course: Class, update: Update) -> dict[str, object]:
    """Update, and see that everybody else got it; what became of «ana» is returned."""
    done = update("--json")
    assert done.code in {0, 1}
    repos = {repo["id"]: repo for repo in done.json()["repos"]}
    hostile: dict[str, object] = repos.pop("ana")
    assert {repo["done"] for repo in repos.values()} == {"pushed"}
    for name in repos:
        git(course.server(name), "fsck", "--strict")
    assert "culpa de scaffold" not in done.err
    return hostile


def test_what_a_folder_of_the_host_would_start(fix: Class, update: Update, tmp_path: Path) -> None:
    """Hooks and settings of a repository on this machine, which its student may write."""
    server, sentinel = fix.server("ana"), tmp_path / "sentinel"
    script = f"#!/bin/sh\ntouch '{sentinel}'\n"
    (server / "hooks").mkdir(exist_ok=True)
    for name in HOOKS:
        (server / "hooks" / name).write_text(script)
        (server / "hooks" / name).chmod(0o755)
    evil = tmp_path / "evil"
    evil.write_text(script)
    evil.chmod(0o755)
    for key in ("core.fsmonitor", "core.alternateRefsCommand", "core.sshCommand", "core.pager"):
        git(server, "config", key, str(evil))
    git(server, "config", "uploadpack.packObjectsHook", str(evil))
    git(server, "config", "core.hooksPath", str(server / "hooks"))
    (server / "objects" / "info" / "alternates").write_text(f"{fix.server('bea')}/objects\n")
    found = others_are_well(fix, update)
    assert found["done"] == "pushed"
    assert not sentinel.exists()


def test_attributes_filters_and_drivers_in_the_tree(
    fix: Class, update: Update, tmp_path: Path
) -> None:
    """Who owns a file is the template's word; drivers and filters are nobody's."""
    sentinel = tmp_path / "sentinel"
    attributes = f"* scaffold-owner=learner merge=evil filter=evil diff=evil\n{TEST} merge=union\n"
    fix.work("ana", write(".gitattributes", attributes), edit(TEST, 5, "MÍO"))
    config = Path(os.environ["HOME"]) / ".gitconfig"
    config.write_text(
        f'[merge "evil"]\n\tdriver = touch {sentinel}\n'
        f'[filter "evil"]\n\tclean = touch {sentinel}\n\tsmudge = touch {sentinel}\n'
        f'[diff "evil"]\n\tcommand = touch {sentinel}\n\ttextconv = touch {sentinel}\n'
    )
    found = others_are_well(fix, update)
    assert (found["state"], found["done"]) == ("touched", "pushed")
    assert "DOS" in fix.text("ana", TEST)
    assert "MÍO" not in fix.text("ana", TEST)
    assert not sentinel.exists()


def _links(folder: Path) -> None:
    for name in ("REQUISITOS.md", TEST, ".copier-answers.yml"):
        (folder / name).unlink()
        (folder / name).symlink_to("/etc/passwd")


def _names(folder: Path) -> None:
    for name in (
        b"salto\nde l\xc3\xadnea",
        b"no-utf8-\xff\xfe",
        b"-rf",
        b"dos\\barras",
        b"x" * 200,
    ):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("MÍO\n")
    deep = folder
    for _ in range(40):
        deep = deep / ("d" * 40)
    deep.mkdir(parents=True)
    (deep / "hoja").write_text("MÍO\n")


def _encoding(folder: Path) -> None:
    (folder / "REQUISITOS.md").write_bytes(b"\xff\xfe\x00n\xc3o")


@pytest.mark.parametrize("harm", [_links, _names, _encoding])
def test_odd_files(fix: Class, update: Update, harm: Callable[[Path], None]) -> None:
    """Links are never followed, names never spoil the list, an odd encoding stops nobody."""
    fix.work("ana", harm)
    found = others_are_well(fix, update)
    assert found["state"] in {"clean", "touched", "conflict", "broken"}
    listing = git(
        fix.server("ana"), "ls-tree", "-r", "--format=%(objectmode) %(objectname)", "main"
    )
    passwd = git(fix.folder, "hash-object", "/etc/passwd")
    assert passwd not in listing


def _tree(server: Path, rows: bytes) -> str:
    done = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
        cwd=server,
        input=rows,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()


@pytest.mark.parametrize("names", [(b"a", b"a"), (b".git",), (b"..",), (b"z", b"a")])
def test_trees_that_git_would_not_write(fix: Class, update: Update, names: tuple[bytes]) -> None:
    """Refused where they are fetched, and told as a repository that can't be used."""
    server = fix.server("ana")
    blob = bytes.fromhex(git(server, "hash-object", "-w", "--stdin", stdin="x"))
    tree = _tree(server, b"".join(b"100644 " + name + b"\0" + blob for name in names))
    made = git(server, "commit-tree", tree, "-p", "main", "-m", "x")
    git(server, "update-ref", "refs/heads/main", made)
    found = others_are_well(fix, update)
    assert (found["state"], found["done"]) == ("broken", "")
    assert fix.head("ana") == made


def test_a_damaged_object_spoils_nobody_s_merge(fix: Class, update: Update) -> None:
    """A copy of ours whose objects are gone: it is told, the others are merged."""
    update("--check")
    mirror = fix.folder / ".scaffold" / "mirror" / "ana.git"
    fix.work("ana", edit(GUIDE, 9, "MÍO"))
    update("--check")
    for pack in (mirror / "objects" / "pack").iterdir():
        pack.unlink()
    found = others_are_well(fix, update)
    assert (found["state"], found["done"]) in {("broken", ""), ("clean", "pushed")}
    assert states(update("--json").json())["ana"] in {"broken", "clean", "current"}


def test_a_submodule_and_branches_in_our_way(fix: Class, update: Update) -> None:
    """Another repository where the template has a file; a branch whose name ours can't have."""
    clone = fix.clone("ana")
    (clone / GUIDE).unlink()
    link = f"160000,{git(clone, 'rev-parse', 'HEAD')},{GUIDE}"
    (clone / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = {GUIDE}\n\turl = ext::sh\n')
    git(clone, "add", "--all")
    git(clone, "update-index", "--add", "--cacheinfo", link)
    git(clone, "commit", "-q", "-m", "x")
    git(clone, "push", "-q", "origin", "HEAD:main", "HEAD:refs/heads/scaffold/0.2.0/x")
    found = others_are_well(fix, update)
    assert found["state"] in {"conflict", "broken"}
    done = update("--branch", "--only", "ana")
    assert done.code == 1
    assert "ana" in done.err


@pytest.mark.proof
def test_huge(fix: Class, update: Update) -> None:
    """Thirty thousand files, a file of forty megabytes, and a thousand lies about the template."""
    clone = fix.clone("ana")
    for number in range(30_000):
        file = clone / "muchos" / str(number % 300) / f"{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{number}\n")
    (clone / TEST).write_bytes(os.urandom(40_000_000))
    commit(clone)
    body = git(clone, "log", "-1", "--format=%B", "--grep=Scaffold-Tree", "HEAD")
    lie = body.replace("0.1.0", "9.9.9")
    head = git(clone, "rev-parse", "HEAD")
    stream = "".join(
        f"commit refs/heads/main\ncommitter x <x@x> {1_800_000_000 + n} +0000\n"
        f"data {len(lie.encode())}\n{lie}\n" + (f"from {head}\n" if n == 0 else "")
        for n in range(1000)
    )
    git(clone, "fast-import", "--quiet", "--force", stdin=stream)
    git(clone, "push", "-q", "origin", "main")
    found = others_are_well(fix, update)
    assert found["state"] in {"broken", "current", "clean", "touched"}
