"""Hosts that fail, students who are quicker, kills and full disks: the next run mends it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scaffolder.classroom.push import push as real_push
from tests.classroom.http_git import PASSWORD, USER, HttpGit
from tests.classroom.test_faults import KILLER
from tests.classroom.update.conftest import Update
from tests.classroom.update.ground import GUIDE, MINE, Class
from tests.classroom.update.test_update import states
from tests.helpers import git, small_disk
from tests.update.scenarios import edit

COMMAND = [sys.executable, "-c", "from scaffolder.cli import main; main()", "class", "update"]
PUSH = "scaffolder.classroom.deliver.push"
NAMES = ("ana", "bea", "carla", "dani", "eva", "fer")


@pytest.fixture
def online(course: Class, server: HttpGit) -> Class:
    """The same class, its repositories on an HTTP server; the template has changed."""
    for name in NAMES:
        shutil.move(course.server(name), server.root)
        (course.folder / "repos" / f"{name}.git").symlink_to(server.root / f"{name}.git")
    toml = course.folder / "course.toml"
    host = f"http://{USER}:{PASSWORD}@127.0.0.1:{server.port}/{{id}}.git"
    toml.write_text(toml.read_text().replace('"repos/{id}.git"', f'"{host}"'))
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    return course


def test_over_http(
    online: Class, update: Update, git_log: Callable[[], list[str]], server: HttpGit
) -> None:
    """As over folders; a second time nothing is sent, and no password is told."""
    mine = online.work("ana", edit(MINE, 5, "MÍO"))
    done = update("--json")
    assert (done.code, set(states(done.json(), "done").values())) == (0, {"pushed"})
    assert git(online.server("ana"), "rev-parse", "main^1") == mine
    server.requests.clear()
    git_log()
    assert update("--json").code == 0
    assert not [call for call in server.requests if "receive-pack" in call]
    assert PASSWORD not in done.out


def test_down_slow_cut_and_refused(online: Class, update: Update, server: HttpGit) -> None:
    """Each is named with its reason and repair, the rest is done, and again mends it."""
    server.down = {"ana", "bea"}
    server.forbidden = {"carla"}
    server.cut = {"dani"}
    server.slow = 0.05
    hook = online.server("eva") / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'rama protegida' >&2\nexit 1\n")
    hook.chmod(0o755)
    done = update()
    assert done.code == 1
    for words in (
        "ana, bea, dani: la conexión",
        "carla: ",
        "eva: el servidor lo rechaza: rama protegida",
    ):
        assert words in done.err
    assert PASSWORD not in done.err
    assert "DOS" in online.text("fer", GUIDE)
    assert "DOS" not in online.text("eva", GUIDE)
    found = states(update("--check", "--json").json())
    assert (found["ana"], found["carla"], found["fer"]) == ("unreachable", "clean", "current")
    server.down, server.forbidden, server.slow = set(), set(), 0
    hook.unlink()
    again = update("--json")
    assert again.code == 0
    for name in NAMES:
        assert "DOS" in online.text(name, GUIDE)
        git(online.server(name), "fsck", "--strict")
        assert git(online.server(name), "rev-list", "--count", "--merges", "main") == "1"


def test_a_student_pushes_between_plan_and_push(
    course: Class, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planned again once, and told; whoever pushes every time is left for the next run."""
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    turns = {"ana": 1, "bea": 9}
    lock, made = threading.Lock(), {}

    def push(host, git_dir, url, move, **more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        name = Path(url).stem
        with lock:
            if turns.get(name, 0):
                turns[name] -= 1
                made[name] = course.work(name, edit(MINE, 9 - turns[name] % 9, "JUSTO AHORA"))
        return real_push(host, git_dir, url, move, **more)

    monkeypatch.setattr(PUSH, push)
    done = update("--json")
    assert done.code == 1
    found = done.json()
    assert (states(found, "done")["ana"], states(found, "again")["ana"]) == ("pushed", True)
    assert git(course.server("ana"), "rev-parse", "main^1") == made["ana"]
    assert states(found, "done")["bea"] == "refused"
    assert course.head("bea") == made["bea"]
    assert states(found, "again")["carla"] is False
    monkeypatch.undo()


def test_a_student_rewinds_between_plan_and_push(
    course: Class, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that they took back doesn't come back with the merge."""
    course.work("ana", edit(MINE, 5, "SECRETO"))
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))

    def push(host, git_dir, url, move, **more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        if Path(url).stem == "ana":
            git(course.server("ana"), "update-ref", "refs/heads/main", "main~1")
            monkeypatch.setattr(PUSH, real_push)
        return real_push(host, git_dir, url, move, **more)

    monkeypatch.setattr(PUSH, push)
    assert update().code == 0
    assert "SECRETO" not in course.text("ana", MINE)
    assert "DOS" in course.text("ana", GUIDE)


def test_a_bug_in_one_stops_nobody(
    course: Class, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as ours, by name, and the others get their merges."""
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))

    def push(host, git_dir, url, move, **more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        if Path(url).stem == "ana":
            raise ZeroDivisionError
        return real_push(host, git_dir, url, move, **more)

    monkeypatch.setattr(PUSH, push)
    done = update()
    assert (done.code, "ana: es culpa de scaffold" in done.err) == (1, True)
    assert "DOS" in course.text("fer", GUIDE)
    monkeypatch.undo()
    assert update().code == 0


def test_two_instructors_on_two_machines(course: Class, here: Path) -> None:
    """Both make the same merges: each repository has one, and neither is told of an error."""
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    other = here / "copia" / "curso-27"
    shutil.copytree(course.folder, other, ignore=shutil.ignore_patterns("repos", ".scaffold"))
    toml = other / "course.toml"
    absolute = f'"{course.folder}/repos/{{id}}.git"'
    text = toml.read_text().replace('"repos/{id}.git"', absolute)
    toml.write_text(text.replace("../plantillas", str(course.template_repo.root)))
    processes = [
        subprocess.Popen([*COMMAND, "--course", str(folder)], stderr=subprocess.PIPE, text=True)
        for folder in (course.folder, other)
    ]
    told = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    for name in NAMES:
        assert git(course.server(name), "rev-list", "--count", "--merges", "main") == "1"
    locks = {(folder / "course.lock").read_bytes() for folder in (course.folder, other)}
    assert len(locks) == 1


def test_two_commands_in_one_folder(course: Class, update: Update) -> None:
    """The second waits for nobody: it is refused, with the way out."""
    from scaffolder.classroom.alone import alone  # noqa: PLC0415 - where it is used
    from scaffolder.classroom.course import find_course  # noqa: PLC0415 - likewise

    with alone(find_course(course.folder)):
        done = update()
        assert (done.code, "está en marcha" in done.err) == (2, True)
    assert update().code == 0


def test_mirrors_that_were_spoilt_are_made_anew(course: Class, update: Update) -> None:
    """A lock that a kill left, objects that are gone, a folder half made, everything gone."""
    course.work("ana", edit(MINE, 5, "UNO"))
    assert update("--check").code == 0
    mirrors = course.folder / ".scaffold" / "mirror"
    (mirrors / "ana.git" / "refs" / "heads" / "main.lock").touch()
    for pack in (mirrors / "ana.git" / "objects" / "pack").iterdir():
        pack.chmod(0o600)
        pack.write_bytes(b"")
    shutil.rmtree(mirrors / "bea.git" / "objects")
    shutil.rmtree(mirrors / "carla.git")
    (mirrors / "dani.git" / "HEAD").unlink()
    course.work("ana", edit(MINE, 6, "DOS"))
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update("--json")
    assert (done.code, set(states(done.json(), "done").values())) == (0, {"pushed"}), done.out
    shutil.rmtree(course.folder / ".scaffold")
    course.template_repo.release("0.3.0", edit(GUIDE, 15, "TRES"))
    done = update("--json")
    assert (done.code, set(states(done.json(), "done").values())) == (0, {"pushed"})
    git(course.server("ana"), "fsck", "--strict")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    with small_disk(tmp_path / "disk", "size=2m") as folder:
        yield folder


@pytest.mark.proof
def test_a_full_disk(course: Class, update: Update, disk: Path) -> None:
    """At whichever moment it fills up: told in a line, nothing half done, and again mends it."""
    course.work("ana", edit(MINE, 5, "MÍO"))
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    own = course.folder / ".scaffold"
    shutil.move(own, disk / "own")
    own.symlink_to(disk / "own")
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    codes = []
    for left in (0, 8, 40, 80, 120, 160, 200, 240, 300, 400, 600):
        ballast.write_bytes(b"\0" * max(0, free - left * 1024))
        done = update()
        codes.append(done.code)
        ballast.unlink()
        if done.code == 0:
            break
        assert done.code in {1, 2}, done.err
        assert "queda espacio" in done.err, done.err
    assert len(codes) > 2
    assert update().code == 0
    for name in NAMES:
        assert git(course.server(name), "rev-list", "--count", "--merges", "main") == "1"
        git(course.server(name), "fsck", "--strict")


@pytest.mark.proof
def test_killed_at_any_of_git_s_steps(course: Class, tmp_path: Path, update: Update) -> None:
    """SIGKILL after each call of Git's; the next run goes on, and ends where it would have."""
    course.work("ana", edit(MINE, 5, "MÍO"))
    course.work("bea", edit(GUIDE, 5, "MÍO"))
    course.template_repo.release("0.2.0", edit(GUIDE, 5, "DOS"))
    folder = tmp_path / "killer"
    folder.mkdir()
    real = shutil.which("git")
    assert real is not None
    (folder / "git").write_text(KILLER.format(git=shlex.quote(real)))
    (folder / "git").chmod(0o755)
    origin = tmp_path / "origin"
    shutil.copytree(course.folder, origin, symlinks=True)
    assert update().code == 1
    wanted = course.heads()
    for number in range(1, 200):
        shutil.rmtree(course.folder)
        shutil.copytree(origin, course.folder, symlinks=True)
        calls = tmp_path / f"calls-{number}"
        calls.mkdir()
        environment = os.environ | {
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(calls),
            "KILL": f"{number}-after",
        }
        command = [*COMMAND, "--course", str(course.folder)]
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        again = update("--json")
        assert again.code == 1, again.err
        assert course.heads() == wanted, number
        if done.returncode != -signal.SIGKILL:
            break
    assert done.returncode == 1
    assert number > 20
