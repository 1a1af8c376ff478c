"""Disks, shells and editors that are a little different: it works, or says what to do."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scaffolder.update import transaction
from tests.conftest import Done, Scaffold
from tests.helpers import git
from tests.update.conftest import FakeGit
from tests.update.sandbox import TemplateRepo, commit, read, replace, snapshot
from tests.update.scenarios import both, edit, write
from tests.update.test_scenarios import undo_commands

GUIDE = "docs/guia.md"
MINE = "src/recetas.py"
BOXES = "REQUISITOS.md"
ROOT = Path(__file__).parents[2]
MAIN = "from scaffolder.cli import main; main()"


def packs(repo: Path) -> set[str]:
    """Everything in the object folder that isn't a loose object."""
    objects = repo / ".git" / "objects"
    return {p.relative_to(objects).as_posix() for p in objects.rglob("*") if len(p.name) != 38}


def undo(done: Done, repo: Path) -> None:
    """Type what an update prints for going back."""
    commands = undo_commands(done.out)
    assert commands
    for command in commands:
        git(repo, *shlex.split(command)[1:])


# Disks


@pytest.fixture(params=[errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP], ids=errno.errorcode.get)
def no_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A disk that has no locks."""
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(request.param, os.strerror(request.param))

    for name in ("flock", "lockf"):
        monkeypatch.setattr(fcntl, name, refuse)
    return int(request.param)


@pytest.mark.usefixtures("no_locks")
def test_a_disk_without_locks(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """It works as elsewhere, again and again, and still one at a time."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    other = transaction.FileTransaction(small, small / ".git")
    assert other.begin() is None
    done = update()
    assert (done.code, "en marcha" in done.err, str(os.getpid()) in done.err) == (2, True, True)
    assert update("--check").code == 1, "who only looks is in nobody's way"
    other.end()
    assert update().code == 0
    assert not (small / ".git" / "scaffold-update").exists()
    mini.release("0.3.0", edit(GUIDE, 9, "TRES"))
    assert update().code == 0
    assert all(word in read(small, GUIDE) for word in ("DOS", "TRES"))


@pytest.mark.usefixtures("no_locks")
def test_a_killed_run_on_a_disk_without_locks(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Its process is gone, and so is its right; a process of another machine may still be there."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    folder = small / ".git" / "scaffold-update"
    left = {"host": socket.gethostname(), "pid": gone.pid, "started": "1"}
    write(".git/scaffold-update/lock", "")(small)
    owner = folder / "owner.json"
    owner.write_text(json.dumps(left | {"host": "otro-equipo"}))
    assert update("--check").code == 1
    done = update()
    assert (done.code, "otro-equipo" in done.err, str(owner) in done.err) == (2, True, True)
    owner.write_text(json.dumps(left))
    assert update().code == 0
    mini.release("0.3.0", edit(GUIDE, 9, "TRES"))
    write(".git/scaffold-update/owner.json", json.dumps(left | {"pid": os.getpid()}))(small)
    assert update().code == 0, "another process with the same number is not the one that left it"
    write(".git/scaffold-update/owner.json", "")(small)
    os.utime(owner, (0, 0))
    assert update().code == 0, "killed before it could say who it was"
    assert not folder.exists()


def test_who_only_looks_needs_no_lock(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """Neither another update that is under way nor a folder that can't be cleared is in the way."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    other = transaction.FileTransaction(small, small / ".git")
    assert other.begin() is None
    assert [update("--check").code, update("--diff").code] == [1, 0]
    other.end()
    write(".git/scaffold-update", "no es una carpeta\n")(small)
    assert update("--check").code == 1
    done = update()
    assert (done.code, done.err.count("\n") <= 2) == (2, True), done.err


# What a refusal leaves behind


@pytest.mark.parametrize(
    ("mode", "failing"),
    [
        ([], "checkout-index"),
        ([], "update-ref"),
        (["--branch"], "update-ref"),
        (["--adopt"], "update-ref"),
    ],
    ids=["staging", "moving the branch", "making a branch", "adopting"],
)
def test_what_was_handed_over_goes_again(
    mode: list[str],
    failing: str,
    mini: TemplateRepo,
    small: Path,
    update: Scaffold,
    fake_git: FakeGit,
) -> None:
    """After a refusal there is no pack that nothing needs."""
    edit(MINE, 5, "MÍO")(small)
    if mode == ["--adopt"]:
        shutil.rmtree(small / ".git")
        git(small, "init", "-q", "-b", "main")
    commit(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before, objects = snapshot(small), packs(small)
    folder = fake_git(
        f'case " $* " in *" {failing} "*) echo "Permission denied" >&2; exit 128;; esac\n'
        'exec "$GIT" "$@"'
    )
    done = update(*mode)
    assert (done.code, "No puedo escribir" in done.err) == (2, True), done.err
    shutil.rmtree(folder)
    assert snapshot(small) == before
    assert packs(small) == objects
    assert update(*mode).code == 0
    assert git(small, "fsck", "--strict", "--no-dangling") == ""


def test_a_refusal_in_the_last_moment_leaves_no_pack(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Another Git has the index: everything that came is gone again."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    objects = packs(small)
    (small / ".git" / "index.lock").write_bytes(b"")
    assert update().code == 2
    assert packs(small) == objects


# Shells


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell in which `scaffold` is our command."""
    command = shlex.join([sys.executable, "-c", MAIN])
    text = script.replace("scaffold ", f"{command} ")
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["sh", "-c", text], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.name == "nt", reason="it is about a Unix shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("mode", ["", "--check", "--json", "--adopt"])
def test_closed_standard_streams(closed: str, mode: str, mini: TemplateRepo, small: Path) -> None:
    """Nobody listens, and the work is done all the same."""
    if closed.count("-") < 3 and mode not in {"", "--adopt"}:
        pytest.skip("the others are tried with everything closed")
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = run(f"scaffold update . {mode} --source {shlex.quote(str(mini.root))} {closed}", small)
    expected = {"": 0, "--check": 1, "--json": 0, "--adopt": 2}[mode]
    assert done.returncode == expected, done.stderr + done.stdout
    assert git(small, "status", "--porcelain") == ""
    assert ("DOS" in read(small, GUIDE)) == (mode in {"", "--json"})
    assert git(small, "fsck", "--strict") == ""


@pytest.mark.skipif(os.name == "nt", reason="a folder in use can't be removed there")
def test_the_folder_one_stands_in_is_gone(mini: TemplateRepo, small: Path, here: Path) -> None:
    """It is told, and nothing is touched."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before = snapshot(small)
    root, repo = (shlex.quote(str(path)) for path in (mini.root, small))
    for named in ("", repo):
        gone = "mkdir gone && cd gone && rmdir ../gone"
        done = run(f"{gone} && scaffold update {named} --source {root}", here)
        assert (done.returncode, done.stderr.count("\n") <= 2) == (2, True), done.stderr
    assert snapshot(small) == before


def test_a_tag_that_names_a_file(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """In the source or in the repository: it is no version, and nobody's bug."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    for repo in (mini.root, small):
        blob = git(repo, "hash-object", "-w", "--stdin", stdin="v0.9.0\n")
        git(repo, "tag", "v0.9.0", blob)
        git(repo, "tag", "tuyo", blob)
    before = snapshot(small)
    done = update("--ref", "v0.9.0")
    assert done.code == 2, done.err
    assert snapshot(small) == before
    done = update()
    assert done.code in {0, 2}, done.err
    assert done.code == 0 or snapshot(small) == before


@pytest.mark.parametrize("how", ["author", "count", "global"])
def test_an_identity_that_the_shell_gives(
    how: str,
    mini: TemplateRepo,
    small: Path,
    here: Path,
    update: Scaffold,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The merge bears the name that any commit of the learner's would bear."""
    name, mail = "Lía Shell", "lia@example.org"
    if how == "author":
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_NAME", name)
            monkeypatch.setenv(f"GIT_{role}_EMAIL", mail)
    elif how == "count":
        monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
        for number, (key, value) in enumerate({"user.name": name, "user.email": mail}.items()):
            monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
            monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    else:
        file = here / "mi-gitconfig"
        file.write_text(f"[user]\n\tname = {name}\n\temail = {mail}\n", encoding="utf-8")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(file))
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    told = git(small, "log", "-1", "--format=%an <%ae> %cn <%ce>")
    assert told == f"{name} <{mail}> {name} <{mail}>"
    template = git(small, "log", "-1", "--format=%an <%ae>", "HEAD^2")
    assert template == "scaffold <scaffold@localhost>"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may give files away")
def test_a_folder_that_the_shell_calls_safe(
    mini: TemplateRepo, small: Path, update: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`safe.directory` given by the environment is heard."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    for path in (small, *small.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    done = update()
    assert (done.code, "safe.directory" in done.err) == (2, True), done.err
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(small))
    done = update()
    assert done.code == 0, done.err


# Going back


def test_the_undo_after_a_box_was_ticked(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """`scaffold check` ticks a box at any moment: what was printed works all the same."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    before = snapshot(small)
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(BOXES, 4, "DOS")))
    done = update()
    assert done.code == 0
    replace(small / BOXES, "- [ ] **R1", "- [x] **R1")
    edit(MINE, 9, "SIN GUARDAR")(small)
    undo(done, small)
    assert git(small, "rev-parse", "HEAD") == before.head
    assert "DOS" not in read(small, GUIDE) + read(small, BOXES)
    assert "SIN GUARDAR" in read(small, MINE), "other work stays"
    assert "- [x] **R1" in git(small, "stash", "show", "-p"), "and so does the box"
    assert "git stash pop" in done.out
    assert "git revert -m 1" in done.out, "and how to go back later"


def test_going_back_after_a_commit(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """What is printed for later takes back the update alone."""
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(BOXES, 4, "DOS")))
    done = update()
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    [later] = [line for line in done.out.splitlines() if "git revert" in line]
    command = shlex.split(later.partition("git revert")[2])
    git(small, "revert", "--no-edit", *command)
    assert "DOS" not in read(small, GUIDE) + read(small, BOXES)
    assert "MÍO" in read(small, MINE)
    assert "la deshiciste" in update().out


def test_the_undo_of_conflicts_after_a_box_was_ticked(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Likewise in the middle of a merge."""
    edit(GUIDE, 5, "MÍO")(small)
    commit(small)
    before = snapshot(small)
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(BOXES, 4, "DOS")))
    done = update()
    assert done.code == 1
    replace(small / BOXES, "- [ ] **R2", "- [x] **R2")
    undo(done, small)
    assert snapshot(small) == before


def test_the_undo_where_boxes_were_not_committed_before(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """The boxes of before the update come back as they were: ticked and not committed."""
    replace(small / BOXES, "- [ ] **R1", "- [x] **R1")
    before = snapshot(small)
    mini.release("0.2.0", edit(BOXES, 4, "DOS"))
    done = update()
    replace(small / BOXES, "- [ ] **R2", "- [x] **R2")
    undo(done, small)
    assert snapshot(small) == before


# Editors


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("saved", [True, False], ids=["committed", "on the disk"])
def test_requisitos_in_another_encoding(
    *,
    encoding: str,
    saved: bool,
    mini: TemplateRepo,
    small: Path,
    update: Scaffold,
    scaffold: Scaffold,
) -> None:
    """Nothing that is advised throws the learner's notes away, and converting is enough."""
    file = small / BOXES
    file.write_bytes((read(small, BOXES) + "\nMis notas: ñandú, mañana.\n").encode(encoding))
    if saved:
        commit(small)
    mini.release("0.2.0", edit(BOXES, 4, "DOS"))
    before = snapshot(small)
    for done in (update(), scaffold("check", small)):
        assert done.code == 2
        assert "git checkout" not in done.err
        assert snapshot(small) == before
    told = scaffold("check", small).err
    assert "UTF-8" in told
    _, _, command = told.partition("uv run python -c ")
    if encoding == "utf-16-le":  # without a mark, the codec has to be told by hand
        return
    subprocess.run([sys.executable, "-c", *shlex.split(command)], cwd=small, check=True)
    assert "Mis notas: ñandú, mañana." in read(small, BOXES)
    commit(small)
    assert update().code == 0
    assert "Mis notas: ñandú, mañana." in read(small, BOXES)
    assert "DOS" in read(small, BOXES)
