"""Submissions that try to score without doing the work: none does, and none leaves a trace.

Each forgery is laid over the starter (the dishonest twin) and over the reference solution (the
honest one), of a command-line project and of one that speaks HTTP.
"""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffolder.check import report
from scaffolder.classroom.grading.judge import Job, judge
from scaffolder.classroom.sandbox.limits import Limits
from tests.classroom.grading.bench import Bench

pytestmark = pytest.mark.proof

PROJECTS = {
    "proyecto-1-tareas": ("tareas", r"test_r1_.*(crear_dev|listar_rec|eliminar_borra|no_se_reut)"),
    "proyecto-4-servidor-http": (
        "servidor",
        r"test_r1_.*(test_get|test_head|saludo|keep|sin_ruta)",
    ),
}

PASSES = """
import _pytest.runner, _pytest.python
_pytest.python.Function.runtest = lambda self: None
_pytest.runner.check_interactive_exception = lambda *a: False
"""
HOOK = """
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
REPORTS = """
import atexit, glob, json, os
def forge():
    lines = "".join(json.dumps({"event": "outcome", "test": t, "requirement": "R1", "criterion":
        "", "outcome": "passed", "message": "", "seconds": 0}) + "\\n" for t in TESTS)
    for fd in range(3, 64):
        try:
            os.write(fd, lines.encode())
        except OSError:
            pass
    for path in glob.glob("/proc/*/fd/*") + glob.glob("/entrega/**/*informe*", recursive=True):
        try:
            open(path, "a").write(lines)
        except OSError:
            pass
atexit.register(forge)
forge()
"""
SHADOW = "import sys\nsys.stdout.write('[]')\nsys.exit(0)\n"
MEMORY = """
import gc
for found in gc.get_objects():
    if isinstance(found, dict) and "expected" in found:
        print(found)
"""
ENTRY = "[pytest11]\nevil = evil\n"

INIT = "src/PACKAGE/__init__.py"
FORGERIES: dict[str, dict[str, str | Path]] = {
    "ends the process on import": {INIT: "import os\nos._exit(0)\n"},
    "forges the report at exit": {INIT: REPORTS},
    "brings a conftest": dict.fromkeys(
        ("conftest.py", "tests/conftest.py", "src/conftest.py", "tests/requisitos/conftest.py"),
        HOOK,
    ),
    "brings pytest's settings": {
        "pytest.ini": "[pytest]\naddopts = -p evil\n",
        "tox.ini": "[pytest]\naddopts = -p evil\n",
        "setup.cfg": "[tool:pytest]\naddopts = -p evil\n",
        "evil.py": PASSES,
        "src/evil.py": PASSES,
    },
    "brings a plugin's entry point": {
        "src/evil-1.0.dist-info/entry_points.txt": ENTRY,
        "src/evil-1.0.dist-info/METADATA": "Name: evil\nVersion: 1.0\n",
        "evil-1.0.dist-info/entry_points.txt": ENTRY,
        "evil.py": PASSES,
        "src/evil.py": PASSES,
    },
    "brings sitecustomize and .pth": {
        "sitecustomize.py": PASSES,
        "src/sitecustomize.py": PASSES,
        "usercustomize.py": PASSES,
        "src/evil.pth": "import os; os._exit(0)\n",
    },
    "patches pytest on import": {INIT: PASSES},
    "shadows modules that the tests use": {
        f"{where}{name}": SHADOW
        for where in ("", "src/", "tests/")
        for name in ("pytest.py", "secrets.py", "json.py", "motor/__init__.py", "requisitos.py")
    },
    "edits the tests and ticks its boxes": {
        "REQUISITOS.md": "- [x] **R1 · Todo**\n",
        "tests/requisitos/test_r1_crear_listar_actualizar_eliminar.py": "def test_x(): pass\n",
        "tests/requisitos/test_r1_manejo_de_requests.py": "def test_x(): pass\n",
        "tests/motor/requisitos.py": HOOK,
        ".gitattributes": "* scaffold-owner=learner\n",
    },
    "links out of its folder": {
        "tests/requisitos/conftest.py": Path("/etc/passwd"),
        "src/datos": Path("/"),
    },
    "looks for secrets in memory": {INIT: MEMORY},
}
"""What is laid over a twin; PACKAGE is the project's."""


def chosen(bench: Bench, pattern: str) -> tuple[report.Test, ...]:
    """The tests of a project that forgeries are tried on."""
    return tuple(t for t in bench.tests if re.search(pattern, t.test) and not t.advisory)[:6]


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("project", PROJECTS)
def test_gains_nothing(bench: Callable[[str], Bench], project: str, name: str) -> None:
    """Neither twin passes a test that it wouldn't pass without the forgery."""
    package, pattern = PROJECTS[project]
    on = bench(project)
    tests = chosen(on, pattern)
    assert tests
    told = f"TESTS = {[test.test for test in tests]!r}\n"
    files = {
        path.replace("PACKAGE", package): told + text if isinstance(text, str) else text
        for path, text in FORGERIES[name].items()
    }
    worse = on.passed(on.submit("starter", files), tests)
    assert worse <= baseline(on, "starter", tests)
    better = on.passed(on.submit("solution", files), tests)
    assert better <= {test.test for test in tests}


_BASELINES: dict[tuple[str, str], set[str]] = {}


def baseline(on: Bench, what: str, tests: tuple[report.Test, ...]) -> set[str]:
    """What a twin passes by itself."""
    key = (on.project, what)
    if key not in _BASELINES:
        _BASELINES[key] = on.passed(on.submit(what, {}), tests)
    return _BASELINES[key]


@pytest.mark.parametrize("project", PROJECTS)
def test_the_solution_passes(bench: Callable[[str], Bench], project: str) -> None:
    """Else the forgeries would prove nothing; and the starter passes nearly none."""
    on = bench(project)
    tests = chosen(on, PROJECTS[project][1])
    assert baseline(on, "solution", tests) == {test.test for test in tests}
    assert len(baseline(on, "starter", tests)) <= 1


GREEDY = {
    "forks without end": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n",
    "takes all memory": "x = []\nwhile True:\n    x.append(bytearray(50_000_000))\n",
    "sleeps": "import time\ntime.sleep(3600)\n",
    "prints without end": "import sys\nwhile True:\n    sys.stdout.write('x' * 65536)\n",
    "fills the disk": "import os\nf = open('/entrega/lleno', 'wb')\nwhile True:\n"
    "    f.write(b'x' * 1_000_000)\n",
    "ignores signals": "import signal, time\nfor n in range(1, 64):\n    try:\n"
    "        signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError):\n        pass\n"
    "time.sleep(3600)\n",
}


@pytest.mark.parametrize("name", GREEDY)
def test_who_takes_too_much_is_ended(bench: Callable[[str], Bench], name: str) -> None:
    """Within its time, with all of its processes, and the machine goes on."""
    on = bench("proyecto-1-tareas")
    tests = chosen(on, PROJECTS["proyecto-1-tareas"][1])
    commit = on.submit("solution", {"src/tareas/__init__.py": GREEDY[name]})
    limits = Limits(memory=256 * 2**20, pids=64, seconds=6)
    assert on.passed(commit, tests, limits) == set()


OUT = """
import os, socket, sys, urllib.request
def tried(what):
    try:
        what()
        open("/entrega/out", "a").write("through\\n")
    except Exception as error:
        open("/entrega/out", "a").write(f"{error!r}\\n")
    sys.stderr.write(open("/entrega/out").read())
tried(lambda: socket.create_connection(("127.0.0.1", PORT), 1))
tried(lambda: socket.create_connection(("1.1.1.1", 53), 1))
tried(lambda: socket.gethostbyname("example.org"))
s = socket.socket(socket.AF_UNIX)
tried(lambda: s.connect("\\0NAME"))
"""


def test_nothing_gets_out(bench: Callable[[str], Bench]) -> None:
    """Neither this machine's loopback, nor the network, names, or abstract sockets are reached."""
    on = bench("proyecto-1-tareas")
    tests = chosen(on, PROJECTS["proyecto-1-tareas"][1])[:1]
    name = f"scaffold-{os.getpid()}"
    reached: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"\0{name}")
        unix.listen()
        for server in (tcp, unix):
            server.settimeout(60)
            threading.Thread(
                target=_accept, args=(server, reached), daemon=True, name="listener"
            ).start()
        code = OUT.replace("PORT", str(tcp.getsockname()[1])).replace("NAME", name)
        code += "sys.exit(3)\n"
        verdict = on.judge(on.submit("solution", {"src/tareas/__init__.py": code}), tests)
    assert reached == []
    told = "".join(outcome.message for outcome in verdict.outcomes)
    assert told.count("Error") >= 4, told
    assert "through" not in told


def _accept(server: socket.socket, reached: list[str]) -> None:
    try:
        server.accept()
    except OSError:
        return
    reached.append(str(server))


DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3):
            os.close(fd)
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(300) # MARK"])
    os._exit(0)
"""


def test_no_process_outlives_its_pod(bench: Callable[[str], Bench]) -> None:
    """A daemon that has left its session ends with the rest."""
    on = bench("proyecto-1-tareas")
    tests = chosen(on, PROJECTS["proyecto-1-tareas"][1])[:2]
    mark = f"demonio-{os.getpid()}"
    code = DAEMON.replace("MARK", mark)
    on.judge(on.submit("solution", {"src/tareas/cli.py": code}), tests)
    found = [
        path for path in Path("/proc").glob("[0-9]*/cmdline") if mark.encode() in _content(path)
    ]
    assert found == []


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


WRITES = """
import os, sys
for place in PLACES:
    try:
        open(os.path.join(place, "veneno"), "w").write("x")
    except OSError:
        pass
"""


def test_writes_nowhere(bench: Callable[[str], Bench]) -> None:
    """The environment, the tests and the next submission's folder stay as they are."""
    on = bench("proyecto-1-tareas")
    tests = chosen(on, PROJECTS["proyecto-1-tareas"][1])[:1]
    python = on.kit.python()
    places = [str(python.parent), "/repo", "/repo/src", "/repo/tests", "/usr/lib", "/pod", "/cache"]
    places += [str(next((python.parents[1] / "lib").glob("*/site-packages"))), "/etc"]
    code = WRITES.replace("PLACES", repr(places))
    on.judge(on.submit("solution", {"src/tareas/__init__.py": code}), tests)
    assert not list(python.parents[1].rglob("veneno"))
    assert not list(on.kit.folder.rglob("veneno"))


HIDDEN = b'''"""R1, con datos que no se ven: canario."""
from motor.programa import ejecutar


def test_con_lo_que_no_se_ve() -> None:
    """Canario-7731."""
    hecho = ejecutar("tareas", "--version")
    assert hecho.codigo == 99, f"canario {hecho}"
# canario-7731'''


def test_hidden_tests_are_not_seen(bench: Callable[[str], Bench]) -> None:
    """A program that looks for them finds nothing to read."""
    on = bench("proyecto-1-tareas")
    looks = (
        "import pathlib, sys\n"
        "for p in pathlib.Path('/repo').rglob('*'):\n"
        "    if p.is_file() and b'-7731' in p.read_bytes()[-9:]: sys.exit(5)\n"
        "for p in pathlib.Path('/proc').glob('*/cmdline'):\n"
        "    if b'oculta' in p.read_bytes(): sys.exit(6)\n"
        "sys.exit(99)\n"
    )
    commit = on.submit("solution", {"src/tareas/__init__.py": looks})
    name = "test_r1_oculta.py"
    archive = on.composed(commit, {name: HIDDEN}).archive
    path = f"tests/requisitos/{name}"
    test = report.Test(f"{path}::test_con_lo_que_no_se_ve", "R1", "Canario.")
    verdict = judge(Job("x", archive, (test,), (path,), Limits(seconds=60)), on.kit)
    assert [o.outcome for o in verdict.outcomes] == ["passed"], verdict
