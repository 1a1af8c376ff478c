"""Killed, out of space, twice at once: none twice, none missing, and the next run mends it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.classroom.conftest import NewCourse
from tests.classroom.instructor import Ground
from tests.helpers import git, small_disk

NAMES = ("ana", "leo", "zoe")
COMMAND = [sys.executable, "-c", "from scaffolder.cli import main; main()", "class"]

# Counts Git's calls, and kills whoever made the one that it was told to: before or after it.
KILLER = """\
#!/bin/sh
number=1
until mkdir "$CALLS/$number" 2>/dev/null; do number=$((number + 1)); done
[ "$number-before" = "$KILL" ] && kill -KILL $PPID && exit 1
{git} "$@"
code=$?
[ "$number-after" = "$KILL" ] && kill -KILL $PPID
exit $code
"""


@pytest.fixture
def killed(tmp_path: Path) -> Callable[[Ground, str], int]:
    """Hand out in a process of its own, which is killed at one of Git's calls; how it ended."""
    folder = tmp_path / "killer"
    folder.mkdir()
    real = shutil.which("git")
    assert real is not None
    (folder / "git").write_text(KILLER.format(git=shlex.quote(real)))
    (folder / "git").chmod(0o755)

    def run(ground: Ground, when: str) -> int:
        calls = tmp_path / f"calls-{when}"
        calls.mkdir()
        environment = os.environ | {
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(calls),
            "KILL": when,
        }
        done = subprocess.run(
            [*COMMAND, "distribute", "--course", str(ground.folder)],
            env=environment,
            capture_output=True,
            check=False,
        )
        return done.returncode

    return run


def all_have_it_once(ground: Ground) -> None:
    """Hand out again: everyone has the project, once, whole; a third time nothing happens."""
    states = ground.distribute()
    assert set(states) == set(NAMES)
    assert set(states.values()) <= {"delivered", "already"}
    [version] = ground.lineage
    for name in NAMES:
        repo = ground.repo(name)
        assert git(repo, "for-each-ref", "--format=%(objectname) %(refname)") == (
            f"{version['commits']['']} refs/heads/main"
        )
        git(repo, "fsck", "--strict")
    repos = ground.folder / "repos"
    assert {path.name for path in repos.iterdir()} == {f"{name}.git" for name in NAMES}
    journal = (ground.folder / ".scaffold" / "journal.jsonl").read_bytes()
    assert ground.distribute() == dict.fromkeys(NAMES, "already")
    assert (ground.folder / ".scaffold" / "journal.jsonl").read_bytes() == journal


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_of_git_s_steps(
    new_course: NewCourse, killed: Callable[[Ground, str], int], moment: str
) -> None:
    """SIGKILL at each call of Git's, until a run gets to its end."""
    for number in range(1, 100):
        ground = new_course(*NAMES, name=f"curso-{number}")
        code = killed(ground, f"{number}-{moment}")
        all_have_it_once(ground)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert code == 0
    assert number > 12


def test_killed_at_any_moment(new_course: NewCourse) -> None:
    """SIGKILL after some time, wherever it is then."""
    for step in range(12):
        ground = new_course(*NAMES, name=f"curso-{step}")
        process = subprocess.Popen(
            [*COMMAND, "distribute", "--course", str(ground.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.3 + step * 0.12)
        process.kill()
        process.wait()
        all_have_it_once(ground)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    with small_disk(tmp_path / "disk", "size=3m") as folder:
        yield folder


@pytest.mark.parametrize("full", ["course", "repos"])
def test_a_full_disk(new_course: NewCourse, disk: Path, full: str) -> None:
    """At whichever moment it fills up: told with its repair, and with room again it goes on."""
    ground = new_course(*NAMES)
    if full == "course":
        moved = Path(shutil.copytree(ground.folder, disk / "curso"))
        text = (
            (moved / "course.toml")
            .read_text()
            .replace("../../plantillas", str(ground.templates.root))
        )
        (moved / "course.toml").write_text(text)
        ground = Ground(moved, ground.templates, ground.scaffold)
    else:
        text = (ground.folder / "course.toml").read_text()
        (ground.folder / "course.toml").write_text(text.replace("repos/", f"{disk}/repos/"))
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    codes = []
    for left in (0, 8, 24, 60, 100, 140, 180, 220, 260, 300, 400, 600):
        ballast.write_bytes(b"\0" * max(0, free - left * 1024))
        done = ground.run("distribute")
        codes.append(done.code)
        ballast.unlink()
        if done.code == 0:
            break
        assert done.code in {1, 2}
        assert re.search("no queda espacio en el disco|está lleno", done.err.lower()), done.err
    assert len(codes) > 2
    assert ground.distribute() == dict.fromkeys(NAMES, "already")
    found = sorted((disk if full == "repos" else ground.folder).glob("repos/*.git"))
    assert [path.stem for path in found] == list(NAMES)
    for repo in found:
        git(repo, "fsck", "--strict")


def test_two_instructors_at_once(new_course: NewCourse, here: Path) -> None:
    """On two machines, with the same course: everyone has it once, and both are told so."""
    names = tuple(f"e{number}" for number in range(8))
    first = new_course(*names, host=str(here / "servidor" / "{id}.git"))
    shutil.copytree(first.folder, here / "copia")
    processes = [
        subprocess.Popen(
            [*COMMAND, "distribute", "--json", "--course", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for folder in (first.folder, here / "copia")
    ]
    told = [process.communicate() for process in processes]
    assert [
        (process.returncode, err) for process, (_, err) in zip(processes, told, strict=True)
    ] == [
        (0, ""),
        (0, ""),
    ]
    commit = first.lineage[0]["commits"][""]
    for name in names:
        assert git(here / "servidor" / f"{name}.git", "rev-parse", "main") == commit
    assert (first.folder / "course.lock").read_bytes() == (
        here / "copia" / "course.lock"
    ).read_bytes()


def test_two_commands_in_one_folder(new_course: NewCourse) -> None:
    """The second is refused while the first is at it; looking is always allowed."""
    from scaffolder.classroom.alone import alone  # noqa: PLC0415 - where it is used
    from scaffolder.classroom.course import find_course  # noqa: PLC0415 - likewise

    ground = new_course(*NAMES)
    with alone(find_course(ground.folder)):
        done = ground.run("distribute")
        assert (done.code, done.out) == (2, "")
        assert len(done.err.splitlines()) == 2
        assert ground.run("distribute", "--dry-run").code == 0
    assert ground.run("distribute").code == 0


def test_a_host_that_can_not_be_written(new_course: NewCourse) -> None:
    """A file stands where the folder of the repositories should be."""
    ground = new_course(*NAMES)
    (ground.folder / "repos").write_text("no soy una carpeta")
    done = ground.run("distribute")
    assert done.code == 1
    assert done.err.count("no es lo que esperaba.\n  Revisa la ruta.\n") == 3
    assert "culpa de scaffold" not in done.err
