"""Forges through their own programs: each verb twice is once, limits are kept, no token held."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scaffolder.classroom.course import find_course
from scaffolder.classroom.hosts import Host, forge, host_of
from scaffolder.classroom.hosts.budget import GITHUB, Budget
from scaffolder.classroom.hosts.github import GitHub
from scaffolder.classroom.journal import Journal
from scaffolder.classroom.parallel import WORKERS
from scaffolder.classroom.roster import Repo, Student
from scaffolder.errors import Refusal
from tests.classroom import stand_in_forge
from tests.classroom.conftest import NewCourse
from tests.classroom.instructor import Ground
from tests.helpers import git

CLASS = "id,name,email,username,section,team\nana,Ana,,ana-gh,,\nleo,Leo,,leo-gh,,\nluz,Luz,,,,\n"


@dataclass(frozen=True)
class StandIn:
    """A forge on this disk.

    Args:
        state: what it knows.
    """

    state: Path

    def calls(self, words: str = "") -> list[str]:
        """The calls so far that hold those words."""
        file = self.state / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [call for line in lines if words in (call := line.partition(" ")[2])]

    def order(self, *failures: dict[str, Any]) -> None:
        """Let calls fail from now on."""
        for mark in self.state.glob("failed-*"):
            mark.rmdir()
        (self.state / "plan.json").write_text(json.dumps(failures))

    def repo(self, name: str) -> Path:
        """A repository of the organisation `escuela`."""
        return self.state / "repos" / "escuela" / f"{name}.git"


NewForge = Callable[[str], StandIn]


@pytest.fixture
def new_forge(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> NewForge:
    """Put a stand-in for `gh` or `glab` on the PATH; its site's repositories are on this disk."""

    def make(program: str) -> StandIn:
        state = tmp_path / "forge"
        for name in ("repos/escuela", "people"):
            (state / name).mkdir(parents=True)
        for number, name in enumerate(("ana-gh", "leo-gh")):
            (state / "people" / name).write_text(str(number + 100))
        folder = tmp_path / "bin"
        folder.mkdir()
        words = [sys.executable, "-S", stand_in_forge.__file__, str(state), program]
        (folder / program).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        (folder / program).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        site = {"gh": "github.com", "glab": "gitlab.com"}[program]
        key = f"url.{state}/repos/.insteadOf"
        git(tmp_path, "config", "--file", str(home / ".gitconfig"), key, f"https://{site}/")
        return StandIn(state)

    return make


def course_on(new_course: NewCourse, host: str) -> Ground:
    """A class of three, two with a name on the forge."""
    ground = new_course(host=host)
    ground.roster.write_text(CLASS, encoding="utf-8")
    return ground


def host(ground: Ground) -> Host:
    """The host of a course."""
    course = find_course(ground.folder)
    return host_of(course, Journal(course.journal))


ANA = Repo("ana", (Student("ana", username="ana-gh"),))


def test_github_hands_out_and_invites(new_course: NewCourse, new_forge: NewForge) -> None:
    """Private repositories of the organisation, filled by push; the second time, no API write."""
    github, ground = new_forge("gh"), course_on(new_course, "github:escuela")
    document = ground.run("distribute", "--json").json()
    assert document["summary"] == {"delivered": 3}
    assert document["repos"][0]["url"] == "https://github.com/escuela/curso-ana.git"
    heads = {git(github.repo(f"curso-{n}"), "rev-parse", "main") for n in ("ana", "leo", "luz")}
    assert heads == {document["repos"][0]["commit"]}
    assert len(github.calls("POST orgs/escuela/repos")) == 3
    assert sorted(github.calls("PUT")) == [
        "PUT repos/escuela/curso-ana/collaborators/ana-gh",
        "PUT repos/escuela/curso-leo/collaborators/leo-gh",
    ]
    before = github.calls()
    assert ground.run("distribute", "--json").json()["summary"] == {"already": 3}
    assert github.calls() == before
    (ground.folder / ".scaffold" / "journal.jsonl").unlink()
    assert ground.run("distribute", "--json").json()["summary"] == {"already": 3}
    assert github.calls("POST") + github.calls("PUT") == [
        call for call in before if not call.startswith("GET")
    ]


def test_github_s_repository_that_exists_is_taken_as_made(
    new_course: NewCourse, new_forge: NewForge
) -> None:
    """422 «already exists»: whoever was killed after making it goes on."""
    github, ground = new_forge("gh"), course_on(new_course, "github:escuela")
    host(ground).create(ANA)
    host(ground).create(ANA)
    assert len(github.calls("POST")) == 2
    assert ground.run("distribute", "--json").json()["summary"] == {"delivered": 3}


def test_github_says_when_to_go_on(
    new_course: NewCourse, new_forge: NewForge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """403 with `retry-after`, one without, a primary limit, a server that is ill: all done."""
    github, ground = new_forge("gh"), course_on(new_course, "github:escuela")
    waited: list[float] = []
    clock = Clock(waited)
    monkeypatch.setattr("scaffolder.classroom.hosts.github.Budget", clock.budget)
    secondary = {"message": "You have exceeded a secondary rate limit."}
    github.order(
        {"call": "POST", "times": 1, "status": 403, "headers": {"retry-after": "90"}},
        {"call": "POST", "times": 1, "status": 403, "body": secondary},
        {"call": "PUT", "times": 1, "status": 429, "headers": {"Retry-After": "7"}},
        {"call": "PUT", "times": 2, "status": 502},
    )
    assert ground.run("distribute", "--json").json()["summary"] == {"delivered": 3}
    assert clock.time >= 91 + 60 + 8


def test_github_s_patience_has_an_end(
    new_course: NewCourse, new_forge: NewForge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that never lets us through fails, the others are done, and the next run mends it."""
    github, ground = new_forge("gh"), course_on(new_course, "github:escuela")
    monkeypatch.setattr("scaffolder.classroom.hosts.github.Budget", Clock([]).budget)
    github.order({"call": "PUT .*/leo-gh", "times": 99, "status": 429})
    done = ground.run("distribute")
    assert done.code == 1
    assert "leo: el servidor pide ir más despacio, y ya he esperado bastante." in done.err
    assert len(github.calls("PUT")) == 1 + 6
    github.order()
    assert ground.run("distribute", "--json").json()["summary"] == {"already": 3}
    assert (github.state / "about/escuela/curso-leo/people/leo-gh").is_dir()


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ({"status": 404}, "GitHub no conoce la organización «escuela»"),
        (
            {"status": 403, "body": {"message": "Must have admin rights"}},
            "GitHub no deja crear el repositorio (Must have admin rights)",
        ),
    ],
)
def test_github_s_no_is_told_with_its_repair(
    new_course: NewCourse, new_forge: NewForge, failure: dict[str, Any], reason: str
) -> None:
    """Of one repository; the rest goes on."""
    github, ground = new_forge("gh"), course_on(new_course, "github:escuela")
    github.order({"call": "POST", "times": 1, **failure})
    done = ground.run("distribute")
    assert done.code == 1
    assert "entregado: 2 · ha fallado: 1" in done.out
    assert reason in done.err
    assert len(done.err.splitlines()) == 2


def test_somebody_whom_github_does_not_know(new_course: NewCourse, new_forge: NewForge) -> None:
    """The repository is there; the name is to be mended."""
    new_forge("gh")
    ground = course_on(new_course, "github:escuela")
    ground.roster.write_text(CLASS.replace("leo-gh", "leo-hg"), encoding="utf-8")
    done = ground.run("distribute")
    assert done.code == 1
    assert "leo: está entregado, pero GitHub no conoce a «leo-hg»." in done.err
    ground.roster.write_text(CLASS, encoding="utf-8")
    assert ground.run("distribute").code == 0


@pytest.mark.parametrize(
    ("program", "where"), [("gh", "github:escuela"), ("glab", "gitlab:escuela")]
)
def test_without_the_program_or_the_login_it_says_how(
    new_course: NewCourse,
    new_forge: NewForge,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    where: str,
) -> None:
    """Before anything happens, or for each that needs it."""
    ground = course_on(new_course, where)
    found = shutil.which
    with monkeypatch.context() as patch:
        patch.setattr("shutil.which", lambda name: None if name == program else found(name))
        done = ground.run("distribute")
    assert (done.code, done.out) == (2, "")
    assert f"{program} auth login" in done.err
    stand_in = new_forge(program)
    (stand_in.state / "logged-out").touch()
    with pytest.raises(Refusal) as caught:
        host(ground).invite(ANA)
    assert caught.value.next_step == f"Entra en tu cuenta: {program} auth login"


@pytest.mark.parametrize(
    ("program", "where"), [("gh", "github:escuela"), ("glab", "gitlab:escuela")]
)
def test_a_request_is_opened_once_and_closed(
    new_course: NewCourse, new_forge: NewForge, program: str, where: str
) -> None:
    """Opening again finds the open one; after closing, a new one may come."""
    stand_in = new_forge(program)
    ground = course_on(new_course, where)
    for name in ("ana", "leo", "luz"):
        git(
            stand_in.state,
            "init",
            "-q",
            "--bare",
            "-b",
            "main",
            str(stand_in.repo(f"curso-{name}")),
        )
    assert ground.run("distribute").code == 0
    at = host(ground)
    first = at.open_pr(ANA, "scaffold/0.2.0", "Plantilla 0.2.0", "Qué trae\n\n- `README.md`")
    assert first.startswith("https://")
    assert at.open_pr(ANA, "scaffold/0.2.0", "Plantilla 0.2.0", "Otra vez") == first
    at.close_pr(ANA, "scaffold/0.2.0")
    at.close_pr(ANA, "scaffold/0.2.0")
    assert at.open_pr(ANA, "scaffold/0.2.0", "Plantilla 0.2.0", "De nuevo") != first
    closing = stand_in.calls("PATCH") if program == "gh" else stand_in.calls("PUT projects")[1:]
    assert len(closing) == 1


def test_gitlab_makes_projects_on_a_push_and_adds_members(
    new_course: NewCourse, new_forge: NewForge
) -> None:
    """No API call makes a repository; who is a member already is no error."""
    gitlab, ground = new_forge("glab"), course_on(new_course, "gitlab:escuela")
    for name in ("ana", "leo", "luz"):  # what GitLab does when the push comes
        git(gitlab.state, "init", "-q", "--bare", "-b", "main", str(gitlab.repo(f"curso-{name}")))
    done = ground.run("distribute", "--json")
    assert done.json()["summary"] == {"delivered": 3}
    assert done.json()["repos"][0]["url"] == "https://gitlab.com/escuela/curso-ana.git"
    posted = gitlab.calls("POST")
    assert sorted(posted) == [
        "POST projects/escuela%2Fcurso-ana/members",
        "POST projects/escuela%2Fcurso-leo/members",
    ]
    (ground.folder / ".scaffold" / "journal.jsonl").unlink()
    assert ground.run("distribute").code == 0
    options = host(ground).push_options("scaffold/0.2.0", "Plantilla 0.2.0")
    assert options[:2] == ("-o", "merge_request.create")


def test_we_hold_no_token(new_course: NewCourse, new_forge: NewForge) -> None:
    """Git asks `gh` for the password when a server wants one; nothing of it is in our files."""
    new_forge("gh")
    ground = course_on(new_course, "github:escuela")
    assert list(host(ground).options) == [
        "-c",
        "credential.https://github.com.helper=!gh auth git-credential",
    ]
    source = Path(forge.__file__).parents[2]
    words = ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "Authorization", "auth token")
    found = [f for f in source.rglob("*.py") if any(w in f.read_text() for w in words)]
    assert found == []


class Clock:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self, waited: list[float]) -> None:
        self.time = 1_000_000.0
        self._waited = waited
        self._lock = threading.Lock()
        self._began = self.time

    def now(self) -> float:
        """Seconds since 1970."""
        return self.time + self._began * 0

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        with self._lock:
            self.time += seconds
            self._waited.append(seconds)

    def budget(self, limits: Any, spent: Any = ()) -> Budget:
        """A budget by this clock, which begins at 0."""
        self.time = 0.0
        return Budget(limits, spent, self.now, self.sleep)


def most_within(times: list[float], seconds: float) -> int:
    """The largest number of moments in any window of that length."""
    return max(sum(1 for t in times if start <= t < start + seconds) for start in times)


def test_the_budget_of_an_hour_is_never_broken(
    new_course: NewCourse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """1,300 writes by all threads against a server that punishes: 80 a minute, 500 an hour."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    course = find_course(new_course(host="github:escuela").folder)
    clock = Clock([])
    times: list[float] = []
    refused: list[str] = []
    lock = threading.Lock()

    def gh(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        with lock:
            now = clock.now()
            [name] = [word for word in command if word.startswith("name=")]
            hit = len(times) % 100 == 50 and name not in refused
            times.append(now)
            if hit:  # a secondary limit that nobody can foresee
                refused.append(name)
                out = b"HTTP/2.0 403 Forbidden\r\nRetry-After: 30\r\n\r\n{}"
                return subprocess.CompletedProcess(command, 1, out, b"")
            out = b"HTTP/2.0 201 Created\r\n\r\n{}"
            return subprocess.CompletedProcess(command, 0, out, b"")

    monkeypatch.setattr("scaffolder.classroom.hosts.forge.subprocess.run", gh)
    written: list[str] = []

    class Quick(Journal):
        """A journal that costs nothing."""

        def add(self, op: str, repo: str, key: str, state: str = "done") -> None:
            written.append(f"{op} {repo} {key} {state}")

    journal = Quick(tmp_path / "journal")
    github = GitHub(course, "escuela", journal, Budget(GITHUB, (), clock.now, clock.sleep))
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda n: github.create(Repo(f"e{n}", ())), range(1300)))
    assert len(times) == 1300 + len(refused)
    assert len(refused) >= 10
    assert most_within(times, 60) <= 80
    assert most_within(times, 3600) <= 500
    assert len(written) == len(times)


def test_what_an_earlier_run_spent_counts(tmp_path: Path) -> None:
    """The hour's budget is the account's, not the process's."""
    del tmp_path
    clock = Clock([])
    count, seconds = GITHUB[1]
    spent = [clock.time - 100 - n for n in range(500)]
    budget = Budget(GITHUB, spent, clock.now, clock.sleep)
    before = clock.time
    budget.spend()
    assert clock.time - before == pytest.approx(seconds - 100 - (count - 1))


def test_plain_git_by_ssh(
    new_course: NewCourse, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git init --bare` on the other side, then pushes: through the ssh that Git itself takes."""
    server = here / "servidor ñ"
    server.mkdir()
    fake = here / "ssh.sh"
    fake.write_text(
        '#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do case "$1" in -p|-o) shift;; esac; shift; done\n'
        f'[ "$1" = git@servidor ] || exit 255\ncd {shlex.quote(str(server))}\nHOME=$PWD\n'
        'echo "$2" >> calls\nexec sh -c "$2"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", shlex.quote(str(fake)))
    short = new_course("ana", host="git@servidor:clase/{id}.git", name="uno")
    assert short.distribute() == {"ana": "delivered"}
    long = new_course("ana", host="ssh://git@servidor:2222/~/su casa/{id}.git", name="dos")
    assert long.distribute() == {"ana": "delivered"}
    assert long.distribute() == {"ana": "already"}
    assert long.status()["ana"]["state"] == "untouched"
    for folder in ("clase", "su casa"):
        repo = server / folder / "ana.git"
        assert git(repo, "rev-parse", "main") == short.lineage[0]["commits"][""]
    calls = (server / "calls").read_text()
    assert calls.count("git init") == 2


def test_a_server_by_ssh_that_says_no(
    new_course: NewCourse, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ssh says becomes a sentence with its repair."""
    fake = here / "ssh.sh"
    fake.write_text(
        "#!/bin/sh\necho 'git@servidor: Permission denied (publickey).' >&2\nexit 255\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", shlex.quote(str(fake)))
    done = new_course("ana", "leo", host="git@servidor:{id}.git").run("distribute")
    assert done.code == 1
    assert done.err.splitlines()[0] == "ana, leo: el servidor no te deja entrar."


HOOK = """\
#!{python} -S
import json, os, pathlib
asked = dict(
    os.environ[f"GIT_PUSH_OPTION_{{n}}"].partition("=")[::2]
    for n in range(int(os.environ.get("GIT_PUSH_OPTION_COUNT", "0")))
)
if "merge_request.create" in asked:
    branch = input().split()[2].removeprefix("refs/heads/")
    folder = pathlib.Path({about!r}) / pathlib.Path.cwd().stem / "requests"
    folder.mkdir(parents=True, exist_ok=True)
    request = {{"iid": 1, "web_url": "https://gitlab.com/r/1", "state": "opened"}}
    request |= {{"source_branch": branch, "title": asked["merge_request.title"]}}
    (folder / "1.json").write_text(json.dumps(request))
"""


@pytest.mark.parametrize(
    ("program", "where", "address"),
    [
        ("gh", "github:escuela", "https://github.com/escuela/curso-leo/pull/1"),
        ("glab", "gitlab:escuela", "https://gitlab.com/r/1"),
    ],
)
def test_a_conflict_becomes_one_request(
    new_course: NewCourse,
    new_forge: NewForge,
    here: Path,
    program: str,
    where: str,
    address: str,
) -> None:
    """`update` merges what it can; `--branch` asks for the rest, once: then no push, no write."""
    stand_in, ground = new_forge(program), course_on(new_course, where)
    for name in ("ana", "leo", "luz"):
        repo = stand_in.repo(f"curso-{name}")
        git(here, "init", "-q", "--bare", "-b", "main", str(repo))
        git(repo, "config", "receive.advertisePushOptions", "true")
        hook = HOOK.format(python=sys.executable, about=str(stand_in.state / "about" / "escuela"))
        (repo / "hooks" / "post-receive").write_text(hook)
        (repo / "hooks" / "post-receive").chmod(0o755)
    assert ground.run("distribute").code == 0
    leo = here / "leo"
    git(here, "clone", "-q", str(stand_in.repo("curso-leo")), str(leo))
    (leo / "README.md").write_text("# Lo mío\n")
    git(leo, "commit", "-q", "-a", "-m", "Mío")
    git(leo, "push", "-q", "origin", "main")
    ground.templates.release(
        "0.2.0", lambda starter: (starter / "README.md.jinja").write_text("# Lo nuevo\n")
    )
    states = {repo["id"]: repo["state"] for repo in ground.run("update", "--json").json()["repos"]}
    assert states["leo"] == "conflict"
    told = {repo["id"]: repo for repo in ground.run("update", "--branch", "--json").json()["repos"]}
    assert told["leo"]["request"] == address
    assert git(stand_in.repo("curso-leo"), "show", "scaffold/0.2.0:README.md") == "# Lo nuevo"
    assert git(stand_in.repo("curso-leo"), "show", "main:README.md") == "# Lo mío"
    before = stand_in.calls()
    refs = {n: git(stand_in.repo(f"curso-{n}"), "for-each-ref") for n in ("ana", "leo", "luz")}
    ground.run("update")
    ground.run("update", "--branch")
    assert stand_in.calls() == before
    assert refs == {n: git(stand_in.repo(f"curso-{n}"), "for-each-ref") for n in refs}
    requests = stand_in.state / "about" / "escuela" / "curso-leo"
    [request] = [json.loads(file.read_text()) for file in requests.rglob("*.json")]
    assert request["title"] == "Plantilla 0.2.0"
    assert "README.md" in request.get("body", "") + request.get("description", "")
