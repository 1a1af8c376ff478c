"""What an update refuses, and what it leaves alone: the learner's work comes first."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from scaffolder.update import apply as applying
from scaffolder.update import transaction
from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.conftest import FakeGit
from tests.update.sandbox import TemplateRepo, commit, read, replace, snapshot, type_in
from tests.update.scenarios import both, drop, edit, move, write
from tests.update.test_scenarios import undo_commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GUIDE = "docs/guia.md"
MINE = "src/recetas.py"
BOX = "- [ ] **R1"
TICKED = "- [x] **R1"


def start_merge(repo: Path) -> None:
    """Leave a merge waiting for its conflict."""
    git(repo, "checkout", "-q", "-b", "otra")
    edit(GUIDE, 3, "OTRA")(repo)
    commit(repo)
    git(repo, "checkout", "-q", "main")
    edit(GUIDE, 3, "MÍO")(repo)
    commit(repo)
    git(repo, "merge", "-q", "--no-commit", "--no-ff", "-s", "ours", "otra")


def start_rebase(repo: Path) -> None:
    """Leave a rebase waiting."""
    edit(GUIDE, 3, "MÍO")(repo)
    commit(repo)
    git(repo, "-c", "sequence.editor=sed -i s/pick/edit/", "rebase", "-q", "-i", "HEAD~1")


def start_cherry_pick(repo: Path) -> None:
    """Leave a cherry-pick waiting."""
    start_merge(repo)
    git(repo, "commit", "-q", "--no-edit")
    (repo / ".git" / "CHERRY_PICK_HEAD").write_text(git(repo, "rev-parse", "otra") + "\n")


def start_series(repo: Path) -> None:
    """Leave a series of picks between two of them."""
    start_merge(repo)
    git(repo, "commit", "-q", "--no-edit")
    (repo / ".git" / "sequencer").mkdir()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (start_merge, ("una fusión", "git merge --abort")),
        (start_rebase, ("un rebase", "git rebase --abort")),
        (start_cherry_pick, ("un cherry-pick",)),
        (start_series, ("una serie", "git status")),
        (both(write("plan.md", "X"), lambda repo: git(repo, "add", "-N", ".")), ("plan.md",)),
        (lambda repo: git(repo, "checkout", "-q", "--detach"), ("HEAD suelto", "git switch")),
        (edit(GUIDE, 3, "SIN GUARDAR"), ("sin guardar", GUIDE, "git commit")),
        (both(edit(GUIDE, 3, "X"), lambda repo: git(repo, "add", "-A")), ("sin guardar", GUIDE)),
        (drop(GUIDE), ("sin guardar", GUIDE)),
        (edit("REQUISITOS.md", 3, "NOTA"), ("sin guardar", "REQUISITOS.md")),
    ],
    ids=[
        "merge",
        "rebase",
        "pick",
        "series",
        "intent",
        "detached",
        "edited",
        "staged",
        "deleted",
        "note",
    ],
)
def test_refused_with_nothing_touched(
    prepare: Callable[[Path], object],
    words: tuple[str, ...],
    mini: TemplateRepo,
    small: Path,
    update: Scaffold,
) -> None:
    """In the middle of something, or with work that Git doesn't have: exit 2 and the reason."""
    prepare(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before = snapshot(small)
    done = update()
    assert done.code == 2, done.out
    assert all(word in done.err for word in words), done.err
    assert snapshot(small) == before
    assert update("--check").code == 1
    assert snapshot(small) == before


def test_conflicts_of_an_update_are_a_merge_in_progress(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """A second run before they are resolved is refused like any other merge."""
    edit(GUIDE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 1
    before = snapshot(small)
    assert "<<<<<<< tuyo" in read(small, GUIDE)
    assert ">>>>>>> plantilla-0.2.0" in read(small, GUIDE)
    done = update()
    assert (done.code, "una fusión" in done.err) == (2, True)
    assert snapshot(small) == before
    assert git(small, "diff", "--name-only", "--diff-filter=U") == GUIDE


@pytest.mark.parametrize("staged", [False, True], ids=["unstaged", "staged"])
def test_ticked_boxes_that_are_not_committed_are_no_obstacle(
    *, staged: bool, mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Where the update leaves REQUISITOS.md alone, they stay as they are."""
    replace(small / "REQUISITOS.md", BOX, TICKED)
    if staged:
        git(small, "add", "--all")
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before = snapshot(small)
    done = update()
    assert done.code == 0, done.err
    state = git(small, "status", "--porcelain")
    assert state == ("M  REQUISITOS.md" if staged else " M REQUISITOS.md")
    for command in undo_commands(done.out):
        git(small, *command.split()[1:])
    after = snapshot(small)
    assert after.files == before.files
    assert after.head == before.head


@pytest.mark.parametrize("conflict", [False, True], ids=["clean", "conflict"])
def test_ticked_boxes_get_a_commit_where_the_update_changes_their_file(
    *, conflict: bool, mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """They are told, and the printed way back leaves them as they were."""
    edit(GUIDE, 5, "MÍO")(small)
    commit(small)
    replace(small / "REQUISITOS.md", BOX, TICKED)
    change = edit("REQUISITOS.md", 4, "DOS")
    mini.release("0.2.0", both(change, edit(GUIDE, 5, "DOS")) if conflict else change)
    before = snapshot(small)
    done = update()
    assert done.code == (1 if conflict else 0), done.err
    assert "R1" in done.out
    assert TICKED in read(small, "REQUISITOS.md")
    assert "DOS" in read(small, "REQUISITOS.md")
    commands = undo_commands(done.out)
    assert len(commands) == 3
    for command in commands:
        git(small, *command.split()[1:])
    assert snapshot(small) == before


def test_changed_tests_of_ticked_requirements_are_listed(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """A red R1 after an update is news: the text says so, and what to type."""
    replace(small / "REQUISITOS.md", BOX, TICKED)
    commit(small)
    mini.release(
        "0.2.0",
        both(
            edit("tests/requisitos/test_r1_guardar.py", 5, "DOS"),
            edit("tests/requisitos/test_r2_buscar.py", 5, "DOS"),
        ),
    )
    done = update("--json")
    assert done.json()["repos"][0]["requirements"] == ["R1"]
    git(small, "reset", "-q", "--keep", "ORIG_HEAD")
    told = update().out
    assert "las pruebas de R1" in told
    assert "scaffold check" in told
    assert "R2" not in told


def test_a_new_date_asks_for_a_new_lock(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """Only when it moves."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert "uv lock" not in update().out
    mini.release("0.3.0", write("uv.toml", 'exclude-newer = "2026-12-16T00:00:00Z"\n'))
    assert "uv lock --upgrade" in update().out
    assert "2026-12-16" in read(small, "uv.toml")


def test_hooks_and_signing_of_the_learner_do_not_run(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """We make the commits, and start nothing: neither a hook nor a signing program."""
    trace = here / "rastro"
    for name in (
        "pre-commit",
        "commit-msg",
        "post-merge",
        "post-checkout",
        "reference-transaction",
    ):
        hook = small / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >> '{trace}'\nexit 1\n")
        hook.chmod(0o755)
    git(small, "config", "commit.gpgSign", "true")
    git(small, "config", "gpg.program", str(small / ".git" / "hooks" / "pre-commit"))
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update()
    assert done.code == 0, done.err
    assert not trace.exists()
    assert "DOS" in read(small, GUIDE)


def test_from_a_folder_below(
    mini: TemplateRepo, small: Path, here: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands that are printed work where they are read."""
    edit(GUIDE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    monkeypatch.chdir(small / "src")
    done = scaffold("update", "--source", "../../../mini")
    assert (done.code, "\n  cd ..\n" in done.out) == (1, True), done.out + done.err
    type_in(small / "src", done.out)
    assert git(small, "status", "--porcelain") == ""
    assert here.is_dir()


def test_conflicts_without_a_git_identity(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Git would refuse the commit that we ask for: how to introduce oneself comes before it."""
    git(small, "config", "user.useConfigOnly", "true")
    edit(GUIDE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update()
    assert (done.code, "git config --global user.name" in done.out) == (1, True)
    git(small, "merge", "--abort")
    for key in ("name", "email"):
        git(small, "config", f"user.{key}", "ana@example.org")
    assert "git config" not in update().out


def test_works_without_a_git_identity(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """As `new` does; with one, the merge is the learner's."""
    git(small, "config", "user.useConfigOnly", "true")
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    assert git(small, "log", "-1", "--format=%an <%ae>") == "scaffold <scaffold@localhost>"
    git(small, "config", "user.name", "Ana <García>")
    git(small, "config", "user.email", "ana@example.org")
    mini.release("0.3.0", edit(GUIDE, 9, "TRES"))
    assert update().code == 0
    assert git(small, "log", "-1", "--format=%an <%ae>") == "Ana García <ana@example.org>"
    assert git(small, "log", "-1", "--format=%an", "HEAD^2") == "scaffold"


@pytest.mark.parametrize("value", ["true", "input", "false"])
def test_autocrlf_plays_no_part(
    value: str, mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """The starter's attributes decide the line ends; without them, the learner's setting."""
    git(small, "config", "core.autocrlf", value)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    assert b"\r" not in (small / GUIDE).read_bytes()
    assert git(small, "status", "--porcelain") == ""
    (small / ".gitattributes").write_text("")
    commit(small)
    mini.release("0.3.0", edit(GUIDE, 9, "TRES"))
    done = update()
    assert done.code == 0, done.out
    assert git(small, "status", "--porcelain") == ""
    assert (b"\r\n" in (small / GUIDE).read_bytes()) == (value == "true")


def test_attributes_that_come_with_the_update(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """New files are written as the new `.gitattributes` has it, not as the old one."""
    rules = (small / ".gitattributes").read_text(encoding="utf-8") + "*.bat eol=crlf\n"
    mini.release("0.2.0", both(write(".gitattributes", rules), write("a.bat", "uno\ndos\n")))
    assert update().code == 0
    assert (small / "a.bat").read_bytes() == b"uno\r\ndos\r\n"
    assert git(small, "status", "--porcelain") == ""


@pytest.mark.skipif(os.name == "nt", reason="there are no groups")
def test_a_repository_that_a_group_shares(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """What we hand over can be read by the others, whatever the umask."""
    git(small, "config", "core.sharedRepository", "group")
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    mask = os.umask(0o077)
    try:
        assert update().code == 0
    finally:
        os.umask(mask)
    packs = list((small / ".git" / "objects" / "pack").iterdir())
    assert packs
    assert all(pack.stat().st_mode & 0o040 for pack in packs)


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_a_folder_whose_name_has_a_line_end(
    mini: TemplateRepo, small: Path, here: Path, scaffold: Scaffold
) -> None:
    """Git's answers come in lines: it is refused."""
    small.rename(here / "a\nb")
    done = scaffold("update", "a\nb", "--source", mini.root)
    assert (done.code, "salto de línea" in done.err) == (2, True)


def test_names_that_differ_in_case_alone(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """On a disk that ignores case, the template's file would replace the learner's."""
    git(small, "config", "core.ignoreCase", "true")
    write("NOTAS.md", "MÍO\n")(small)
    mini.release("0.2.0", write("notas.md", "DOS\n"))
    before = snapshot(small)
    done = update()
    assert (done.code, "NOTAS.md" in done.err) == (2, True), done.err
    assert snapshot(small) == before
    commit(small)
    before = snapshot(small)
    done = update()
    assert (done.code, "mayúsculas" in done.err) == (2, True), done.err
    assert snapshot(small) == before
    git(small, "config", "core.ignoreCase", "false")
    assert update().code == 0


def test_the_template_may_change_the_case_of_a_name(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Its own old name is not in the way."""
    git(small, "config", "core.ignoreCase", "true")
    mini.release("0.2.0", move(GUIDE, "docs/GUIA.md"))
    done = update()
    assert done.code == 0, done.err
    assert [entry.name for entry in (small / "docs").iterdir()] == ["GUIA.md"]


def test_files_that_git_was_told_not_to_look_at(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """`assume-unchanged` hides work from Git, and not from us."""
    git(small, "update-index", "--assume-unchanged", GUIDE)
    edit(GUIDE, 3, "ESCONDIDO")(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before = snapshot(small)
    done = update()
    assert (done.code, GUIDE in done.err) == (2, True)
    assert snapshot(small) == before


def test_a_sparse_checkout(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """Half of the files are not there: a branch can be made all the same."""
    git(small, "sparse-checkout", "set", "--no-cone", "/*", "!/docs")
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update()
    assert (done.code, "--branch" in done.err) == (2, True)
    assert update("--branch").code == 0
    assert "DOS" in git(small, "show", f"plantilla-0.2.0:{GUIDE}")


def test_a_file_that_is_saved_in_the_last_moment(
    mini: TemplateRepo, small: Path, update: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor writes while the update runs: all goes back, with the editor's version."""
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(MINE, 5, "DOS")))
    stage = applying._stage  # noqa: SLF001 - the moment between looking and replacing

    def interfere(*arguments: object) -> None:
        stage(*arguments)  # type: ignore[arg-type]
        edit(MINE, 3, "ÚLTIMO MOMENTO")(small)

    monkeypatch.setattr(applying, "_stage", interfere)
    head = git(small, "rev-parse", "HEAD")
    done = update()
    assert (done.code, MINE in done.err) == (2, True)
    assert "ÚLTIMO MOMENTO" in read(small, MINE)
    assert git(small, "rev-parse", "HEAD") == head
    assert git(small, "status", "--porcelain") == f" M {MINE}"
    monkeypatch.undo()
    assert not (small / ".git" / "scaffold-update").exists()


def test_a_file_that_appears_in_the_last_moment(
    mini: TemplateRepo, small: Path, update: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not replaced either."""
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), write("docs/nuevo.md", "DOS\n")))
    stage = applying._stage  # noqa: SLF001 - the moment between looking and replacing

    def interfere(*arguments: object) -> None:
        stage(*arguments)  # type: ignore[arg-type]
        write("docs/nuevo.md", "MÍO\n")(small)

    monkeypatch.setattr(applying, "_stage", interfere)
    done = update()
    assert (done.code, "docs/nuevo.md" in done.err) == (2, True)
    assert read(small, "docs/nuevo.md") == "MÍO\n"
    assert "DOS" not in read(small, GUIDE)


def test_another_update_of_the_same_repository(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Two at once: the second one waits for its turn, by being refused."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    other = transaction.FileTransaction(small, small / ".git")
    assert other.begin() is None
    done = update()
    assert (done.code, "en marcha" in done.err) == (2, True)
    other.end()
    assert update().code == 0


def test_another_git_at_work(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """A locked index is somebody else's: it is told, and left."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    (small / ".git" / "index.lock").write_bytes(b"")
    done = update()
    assert (done.code, "index.lock" in done.err) == (2, True)
    (small / ".git" / "index.lock").unlink()
    assert update().code == 0


def test_a_damaged_index(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """It is the repository's fault, not ours: exit 2, and how to make it anew."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    (small / ".git" / "index").write_bytes(b"DIRC" + bytes(40))
    done = update()
    assert (done.code, "git reset" in done.err) == (2, True), done.err
    (small / ".git" / "index").unlink()
    git(small, "reset", "-q")
    assert update().code == 0


@pytest.mark.parametrize(
    ("version", "words"),
    [("git version 2.37.9", "2.38"), ("git version 1.8.3 (Apple Git-1)", "2.38"), ("", "2.38")],
)
def test_a_git_that_is_too_old(
    version: str, words: str, small: Path, update: Scaffold, fake_git: FakeGit
) -> None:
    """Below 2.38 there is no merge without a work tree."""
    before = snapshot(small)
    with_real_git = fake_git(f"echo '{version}'")
    done = update()
    assert (done.code, words in done.err) == (2, True)
    shutil.rmtree(with_real_git)
    assert snapshot(small) == before


def test_no_git_at_all(
    small: Path, update: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where to get it."""
    before = snapshot(small)
    with monkeypatch.context() as context:
        context.setenv("PATH", str(here))
        done = update()
    assert (done.code, "git-scm.com" in done.err) == (2, True)
    assert snapshot(small) == before


def test_what_is_no_project(scaffold: Scaffold, here: Path, mini: TemplateRepo) -> None:
    """A folder that isn't there, no repository, a repository of something else."""
    assert scaffold("update", "nada").code == 2
    (here / "vacío").mkdir()
    assert scaffold("update", "vacío").code == 2
    git(here / "vacío", "init", "-q", "-b", "main")
    assert "ningún commit" in scaffold("update", "vacío").err
    (here / "vacío" / "x").write_text("x")
    commit(here / "vacío")
    done = scaffold("update", "vacío", "--source", mini.root)
    assert (done.code, "no es un proyecto hecho por scaffold" in done.err) == (2, True)
