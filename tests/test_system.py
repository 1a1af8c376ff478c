"""What a system may refuse, or not have: every command is done or refuses, and never fails."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Done, Scaffold
from tests.helpers import build_file_tree, git

pytestmark = pytest.mark.proof  # they take long

MAIN = "from scaffolder.cli import main; main()"
BUG = "es culpa suya"

posix_only = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell is needed")


@pytest.fixture
def commands(here: Path, root: Path, scaffold: Scaffold) -> list[list[str]]:
    """One of each command, on a repository and a workspace that are there."""
    repo = here / "recetas"
    assert scaffold("new", "18", repo, "--source", root).code == 0
    return [
        [],
        ["list"],
        ["list", "--json"],
        ["next"],
        ["progress", str(here)],
        ["doctor"],
        ["init", str(here / "ruta")],
        ["new"],
        ["new", "18", str(here / "otra"), "--source", str(root)],
        ["update", str(repo), "--source", str(root), "--data", "linter=black-flake8"],
        ["check", str(repo)],
    ]


def outcome(script: str, folder: Path, **env: str) -> tuple[int, str]:
    """How a line of a shell ends, and what it says on the error stream."""
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        env=os.environ | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def line(words: list[str]) -> str:
    """A command line for a shell."""
    return shlex.join([sys.executable, "-c", MAIN, *words])


@posix_only
@pytest.mark.parametrize("streams", ["0<&- >&- 2>&-", "0<&- 2>&-", "> /dev/full"])
def test_closed_or_full_standard_streams(
    commands: list[list[str]], here: Path, streams: str
) -> None:
    """Nobody types, nobody reads, or the disk that the output goes to is full."""
    if "/dev/full" in streams and not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    for words in commands:
        code, err = outcome(f"{line(words)} {streams}", here)
        assert code in {0, 1, 2}, (words, err)
        assert BUG not in err
        assert "Traceback" not in err
        assert "Exception ignored" not in err


def all_end_well(scaffold: Scaffold, commands: list[list[str]]) -> dict[str, Done]:
    """Call every command; none may fail. The last words of each by its name."""
    found = {}
    for words in commands:
        done = scaffold(*words)
        assert done.code in {0, 1, 2}, (words, done.err)
        assert BUG not in done.err
        found[words[0] if words else ""] = done
    return found


@posix_only
def test_a_working_folder_that_is_gone(
    scaffold: Scaffold, commands: list[list[str]], here: Path
) -> None:
    """What needs it says so; what doesn't, works."""
    gone = here / "borrada"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    done = all_end_well(scaffold, commands)
    assert (done[""].code, "La carpeta en la que estás ya no existe." in done[""].err) == (2, True)
    assert done["list"].code == 0


@posix_only
@pytest.mark.parametrize("home", ["a file", "unset", "a folder for a file"])
def test_a_home_that_can_t_be_used(
    scaffold: Scaffold,
    commands: list[list[str]],
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    home: str,
) -> None:
    """Git's settings and ours are looked for there."""
    place = here / "casa"
    monkeypatch.setenv("HOME", str(place))
    if home == "a file":
        place.write_text("x")
    elif home == "unset":
        monkeypatch.delenv("HOME")
    else:
        (place / ".gitconfig").mkdir(parents=True)
    all_end_well(scaffold, commands)


@posix_only
def test_settings_of_git_that_nobody_may_read(here: Path, root: Path, scaffold: Scaffold) -> None:
    """Git refuses to work then, and the reason is told."""
    assert scaffold("new", "18", "recetas", "--source", root).code == 0
    folder = here / "bin"
    real = shutil.which("git")
    build_file_tree(
        folder,
        {
            "git": f"""
            #!/bin/sh
            [ -n "$GIT_CONFIG_GLOBAL" ] && exec {real} "$@"
            echo "fatal: unable to access '/casa/.gitconfig': Permission denied" >&2
            exit 128
            """
        },
    )
    code, err = outcome(
        line(["update", "recetas"]), here, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}"
    )
    assert (code, "Git no puede leer su configuración" in err) == (2, True), err


def test_no_temporary_folder(
    scaffold: Scaffold, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full, or not there: the way out is told."""
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: ["/no/existe"])
    done = all_end_well(scaffold, commands)
    told = (done["update"].code, "ninguna carpeta temporal" in done["update"].err)
    assert told == (2, True), done["update"].err


@posix_only
def test_a_git_that_can_t_be_started(
    scaffold: Scaffold, commands: list[list[str]], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is no program, in the way of the real one."""
    monkeypatch.setenv("PATH", str(build_file_tree(here / "bin", {"git": ""})))
    done = all_end_well(scaffold, commands)
    assert (done["update"].code, "No encuentro Git en este equipo." in done["update"].err) == (
        2,
        True,
    )


@posix_only
def test_bytes_that_are_no_text(commands: list[list[str]], here: Path, root: Path) -> None:
    """A name in another encoding is a path like any other; as an answer it is refused."""
    del commands
    odd = "$(printf 'a\\361o')"
    new = line(["new", "18", "--source", str(root)])
    code, err = outcome(f"{new} {odd}", here)
    assert code in {0, 2}, err
    code, err = outcome(f"{new} otra --data autor={odd}", here)
    assert (code, "no es texto en UTF-8" in err) == (2, True), err
    code, err = outcome(f"{line(['init', 'ruta'])} --name {odd}", here)
    assert (code, "no es texto en UTF-8" in err) == (2, True), err
    code, err = outcome(f"{line(['list', '--source'])} '~nadie-de-aquí/x'", here)
    assert (code, "No existe" in err) == (2, True), err


def test_a_version_tag_that_names_a_file(scaffold: Scaffold, root: Path) -> None:
    """It is no version; asked for by name, it is refused."""
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "plantillas")
    git(root, "tag", "v1.0.0")
    git(root, "tag", "v9.0.0", git(root, "rev-parse", "HEAD:copier.yml"))
    git(root, "tag", "-a", "-m", "árbol", "v9.1.0", git(root, "rev-parse", "HEAD^{tree}"))
    done = scaffold("new", "18", "uno", "--source", root)
    assert (done.code, done.err, "plantilla 1.0.0" in done.out) == (0, "", True)
    for ref in ("v9.0.0", "v9.1.0", "HEAD:copier.yml"):
        done = scaffold("new", "18", "dos", "--source", root, "--ref", ref)
        assert (done.code, f"«{ref}» no es una versión" in done.err) == (2, True), done.err


def test_a_narrow_terminal(scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch) -> None:
    """One column is too few for a word, and no reason to fail."""
    monkeypatch.setenv("COLUMNS", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert scaffold("progress").code == 0


def bad_index(repo: Path) -> None:
    """An index that is none."""
    (repo / ".git" / "index").write_bytes(b"x" * 40)


def locked(repo: Path) -> None:
    """Another Git is at work, or died there."""
    (repo / ".git" / "index.lock").touch()


def no_objects(repo: Path) -> None:
    """A repository without its objects."""
    shutil.rmtree(repo / ".git" / "objects")


def bad_settings(repo: Path) -> None:
    """Settings of Git's that make no sense."""
    (repo / ".git" / "config").write_text("[core\n")


def folders_for_files(repo: Path) -> None:
    """Folders where files are expected."""
    for name in ("REQUISITOS.md", "RUTA.md", "ruta.toml"):
        (repo / name).unlink(missing_ok=True)
        (repo / name).mkdir()


@pytest.mark.parametrize("spoil", [bad_index, locked, no_objects, bad_settings, folders_for_files])
def test_a_repository_that_is_damaged(
    scaffold: Scaffold,
    here: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
) -> None:
    """It is told, from inside and from outside."""
    repo = here / "recetas"
    assert scaffold("new", "18", repo, "--source", root).code == 0
    spoil(repo)
    monkeypatch.chdir(repo)
    words = ["--source", str(root)]
    commands = [
        [],
        ["next"],
        ["progress", str(here)],
        ["check"],
        ["update", *words, "--data", "linter=black-flake8"],
        ["new", "18", "otra", "--in-repo", *words],
        ["init"],
    ]
    told = all_end_well(scaffold, commands)
    if spoil is locked:
        assert "Otro programa está usando Git" in told["new"].err
    if spoil is bad_index:
        assert "Git no puede leer el índice" in told["new"].err


@pytest.mark.parametrize(
    "address", ["http://[::1", "https://", "ext::sh -c x", "pipe", "/dev/null"]
)
def test_an_address_that_makes_no_sense(scaffold: Scaffold, here: Path, address: str) -> None:
    """Refused, and nothing is started."""
    if address == "pipe" and hasattr(os, "mkfifo"):
        os.mkfifo(here / "pipe")
    done = scaffold("list", "--source", address)
    assert done.code == 2, done.err
