"""Over HTTP, on a server that fails as servers do: the rest goes on, and again mends it."""

from __future__ import annotations

import time

import pytest

from scaffolder.classroom.push import push
from tests.classroom.conftest import NewCourse
from tests.classroom.http_git import HttpGit
from tests.helpers import build_file_tree, git

NAMES = [f"e{number:02}" for number in range(12)]


def test_everyone_gets_the_project_and_is_looked_at(new_course: NewCourse, server: HttpGit) -> None:
    """Repositories that somebody made empty; one commit for all; again, nothing is sent."""
    server.make(*NAMES)
    ground = new_course(*NAMES, host=server.pattern)
    assert ground.distribute() == dict.fromkeys(NAMES, "delivered")
    heads = {git(server.root / f"{name}.git", "rev-parse", "main") for name in NAMES}
    assert heads == {ground.lineage[0]["commits"][""]}
    server.requests.clear()
    assert ground.distribute() == dict.fromkeys(NAMES, "already")
    assert not [call for call in server.requests if "receive-pack" in call]
    assert {repo["state"] for repo in ground.status().values()} == {"untouched"}


def test_a_server_that_makes_repositories_on_a_push(new_course: NewCourse, server: HttpGit) -> None:
    """As GitLab and Gitea do: nothing has to be there before."""
    server.creates = True
    ground = new_course("ana", "leo", host=server.pattern)
    assert ground.distribute() == {"ana": "delivered", "leo": "delivered"}
    assert ground.distribute() == {"ana": "already", "leo": "already"}


def test_a_repository_that_nobody_made_is_told(new_course: NewCourse, server: HttpGit) -> None:
    """By that address nobody can make it."""
    server.make("ana")
    ground = new_course("ana", "leo", host=server.pattern)
    done = ground.run("distribute")
    assert done.code == 1
    assert "leo: ahí no hay ningún repositorio" in done.err
    assert ground.status()["leo"]["state"] == "missing"
    server.make("leo")
    assert ground.distribute() == {"ana": "already", "leo": "delivered"}


def test_down_for_a_third_and_forbidden_for_one(new_course: NewCourse, server: HttpGit) -> None:
    """Each is named with its reason and repair; when they are well again, they get theirs."""
    server.make(*NAMES)
    server.down = set(NAMES[:4])
    server.forbidden = {NAMES[5]}
    ground = new_course(*NAMES, host=server.pattern)
    done = ground.run("distribute")
    assert done.code == 1
    assert "entregado: 7 · ha fallado: 5" in done.out
    first, _, second, _ = done.err.splitlines()
    assert first == f"{', '.join(NAMES[:4])}: la conexión se ha cortado."
    assert second == f"{NAMES[5]}: el servidor no te deja entrar."
    states = {name: repo["state"] for name, repo in ground.status().items()}
    assert [states[name] for name in NAMES[:6]] == ["unreachable"] * 4 + ["untouched", "missing"]
    server.down, server.forbidden = set(), set()
    again = ground.distribute()
    assert [again[name] for name in NAMES[:7]] == [
        *["delivered"] * 4,
        "already",
        "delivered",
        "already",
    ]


def test_a_push_that_is_cut_half_way(new_course: NewCourse, server: HttpGit) -> None:
    """Nothing of it is there afterwards; the next run brings it whole."""
    server.make("ana", "leo")
    server.cut = {"ana"}
    ground = new_course("ana", "leo", host=server.pattern)
    assert ground.distribute() == {"ana": "failed", "leo": "delivered"}
    assert git(server.root / "ana.git", "for-each-ref") == ""
    assert ground.distribute() == {"ana": "delivered", "leo": "already"}
    git(server.root / "ana.git", "fsck", "--strict")


def test_a_server_that_is_slow_is_waited_for_side_by_side(
    new_course: NewCourse, server: HttpGit
) -> None:
    """Twelve repositories wait together, not one after the other."""
    server.make(*NAMES)
    ground = new_course(*NAMES, host=server.pattern)
    ground.run("distribute", "--dry-run")
    server.slow = 0.4
    began = time.monotonic()
    assert ground.distribute() == dict.fromkeys(NAMES, "delivered")
    asked = len(server.requests) * server.slow
    assert time.monotonic() - began < asked / 2


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    new_course: NewCourse, server: HttpGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git and what it started are ended."""
    server.make("ana")
    server.slow = 5.0
    monkeypatch.setattr("scaffolder.classroom.remote.LOOK_SECONDS", 0.5)
    began = time.monotonic()
    done = new_course("ana", host=server.pattern).run("distribute")
    assert time.monotonic() - began < 4.5
    assert (done.code, done.err.splitlines()[0]) == (1, "ana: el servidor tarda demasiado.")


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("http://127.0.0.1:9/{id}.git", "el servidor no responde."),
        ("http://servidor.invalid/{id}.git", "no encuentro el servidor servidor.invalid."),
    ],
)
def test_nobody_answers_there(new_course: NewCourse, host: str, reason: str) -> None:
    """A port where nobody listens, a name that is no server's."""
    done = new_course("ana", host=host).run("distribute")
    assert (done.code, done.err.splitlines()[0]) == (1, f"ana: {reason}")


def test_a_student_is_quicker(
    new_course: NewCourse, server: HttpGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and pushing, somebody's first commit has come: it stays."""
    server.make("ana")
    ground = new_course("ana", host=server.pattern)
    work = build_file_tree(ground.folder.parent / "suyo", {"suyo.txt": "x"})
    git(work, "init", "-q", "-b", "main")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "Suyo")

    def late(*args: object, **kwargs: object) -> object:
        git(work, "push", "-q", str(server.root / "ana.git"), "main")
        return push(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("scaffolder.classroom.distribute.push", late)
    done = ground.run("distribute")
    assert done.code == 1
    assert "ana: ese repositorio ya tiene otro contenido, y no lo piso." in done.err
    assert git(server.root / "ana.git", "rev-parse", "main") == git(work, "rev-parse", "HEAD")
