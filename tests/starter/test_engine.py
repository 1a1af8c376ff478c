"""The requirements engine that every starter carries in `tests/motor/`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import build_file_tree, engine_files

CHECKLIST = """\
# Requisitos · Prueba

- [ ] **R1 · Sumar**
  - Se aprende en: [1.2 Sintaxis](https://docs.python.org/3/)
* [X] **R2 · Restar**
  - Una nota de quien aprende.
"""
# Of the plugins of the environment that runs these tests, a starter has none.
PYTEST_INI = """\
[pytest]
testpaths = tests
pythonpath = src tests
addopts = --import-mode=importlib --strict-markers --disable-plugin-autoload
markers =
    aislada: x
    a_peticion: x
"""
AHEAD_CONFTEST = """\
from pathlib import Path
import pytest
from motor.en_paralelo import EnParalelo

PARALLEL = EnParalelo({"tmp_path": Path})

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return PARALLEL.hacer(pyfuncitem)

def pytest_sessionfinish():
    PARALLEL.cerrar()
"""
LOG = "def log(name):\n    with open('ran.txt', 'a') as file:\n        file.write(name + ' ')\n"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Lays out a starter with these tests of R1 and R2 and runs pytest in it."""

    def go(
        *args: str, r1: str = "", r2: str = "", **files: str
    ) -> subprocess.CompletedProcess[str]:
        passing = "def test_x():\n    pass\n"
        tree = engine_files("en_paralelo") | {
            "pytest.ini": PYTEST_INI,
            "REQUISITOS.md": CHECKLIST,
            "tests/requisitos/test_r1_sumar.py": r1 or passing,
            "tests/requisitos/test_r2_restar.py": r2 or passing,
        }
        build_file_tree(
            tmp_path, tree | {k.replace("__", "/") + ".py": v for k, v in files.items()}
        )
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return go


@pytest.mark.parametrize(
    "failure", ["assert 1 == 2, 'no'", "raise NotImplementedError('R1')", "pytest.fail('no')"]
)
def test_an_open_box_forgives_what_is_not_done(run: Run, failure: str) -> None:
    """Assertion, NotImplementedError and pytest.fail are pending; the run is green."""
    done = run(r1=f"import pytest\ndef test_x():\n    {failure}\n")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 xfailed" in done.stdout
    assert "R1  pendiente" in done.stdout


@pytest.mark.parametrize(
    "broken",
    [
        "import no_existe\ndef test_x():\n    pass\n",
        "def test_x():\n    import no_existe\n",
        "def test_x(no_existe):\n    pass\n",
        "def test_x():\n    raise KeyError('id')\n",
        "import pytest\n@pytest.fixture\ndef f():\n    assert False\ndef test_x(f):\n    pass\n",
    ],
)
def test_an_open_box_never_forgives_an_error(run: Run, broken: str) -> None:
    """Import and set-up errors stay errors."""
    done = run(r1=broken)
    assert done.returncode != 0, done.stdout
    assert "xfailed" not in done.stdout


def test_a_ticked_box_is_a_promise(run: Run) -> None:
    """A failing test of a ticked requirement fails the run, whatever the tick looks like."""
    done = run(r2="def test_x():\n    assert False, 'se esperaba 2'\n")
    assert done.returncode == 1
    assert "R2  FALLA" in done.stdout


def test_an_open_requirement_that_passes_is_told(run: Run) -> None:
    """The end of the run says what may be ticked."""
    done = run()
    assert done.returncode == 0
    assert "R1  ¡LISTO!" in done.stdout
    assert "márcalo con «scaffold check»" in done.stdout
    assert "R2  cumplido" in done.stdout


@pytest.mark.parametrize("which", ["todos", "R1", "r1,R2"])
def test_a_requirement_can_be_asked_for(run: Run, which: str) -> None:
    """--requisitos treats open ones as promised, and each failure says where to learn."""
    done = run("--requisitos", which, r1="def test_x():\n    assert False, 'no'\n")
    assert done.returncode == 1
    assert "Se aprende en: 1.2 Sintaxis https://docs.python.org/3/" in done.stdout


def test_an_unknown_requirement_is_refused(run: Run) -> None:
    """In one Spanish line, with the ones there are."""
    done = run("--requisitos", "R9")
    assert done.returncode == 4
    assert "no conoce «R9». Escribe «todos» o alguno de: R1, R2." in done.stderr


def test_options_are_known_when_a_path_is_given(run: Run) -> None:
    """The options stand in the root conftest."""
    path = "tests/requisitos/test_r1_sumar.py"
    assert run(path, "--requisitos", "todos", "--proceso").returncode == 0


def test_isolated_tests_are_skipped_against_an_address(run: Run) -> None:
    """--direccion skips what needs a program of its own, and counts it."""
    isolated = "import pytest\n@pytest.mark.aislada\ndef test_x():\n    assert False\n"
    done = run("--direccion", "http://localhost:1", r1=isolated)
    assert done.returncode == 0
    assert "1 pruebas no se pueden hacer contra --direccion" in done.stdout


def test_costly_tests_wait_until_asked_for(run: Run) -> None:
    """Tests marked `a_peticion` run once their box is ticked, or on request."""
    costly = "import pytest\n@pytest.mark.a_peticion\ndef test_x():\n    assert False, 'no'\n"
    assert "1 skipped" in run(r1=costly).stdout
    assert run("--requisitos", "todos", r1=costly).returncode == 1


def test_the_report_has_a_line_per_event(run: Run, tmp_path: Path) -> None:
    """What `scaffold check` reads: criterion, outcome, message without pytest's additions."""
    report = tmp_path / "report.jsonl"
    done = run(
        "--informe",
        str(report),
        r1='def test_x():\n    """Suma bien."""\n    assert 1 == 2, "Se esperaba 2"\n',
        r2="def test_x():\n    raise OSError('sin red')\n",
    )
    assert done.returncode == 1
    lines = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    events = ["start", "running", "outcome", "running", "outcome", "end"]
    assert [line["event"] for line in lines] == events
    start, running, first, _, second, end = lines
    assert start["format"] == 1
    assert [test["criterion"] for test in start["tests"]] == ["Suma bien.", "test_x"]
    assert running["test"] == start["tests"][0]["test"]
    assert end["exit_code"] == 1
    assert first.pop("seconds") >= 0
    assert first == {
        "event": "outcome",
        "requirement": "R1",
        "test": "tests/requisitos/test_r1_sumar.py::test_x",
        "criterion": "Suma bien.",
        "outcome": "failed",
        "message": "Se esperaba 2",
    }
    assert second["outcome"] == "error"
    assert second["message"] == "OSError: sin red"


def test_the_learners_own_tests_count_as_usual(run: Run) -> None:
    """A failing test beside tests/requisitos fails the run, and is no requirement."""
    done = run(tests__test_mio="def test_x():\n    assert False\n")
    assert done.returncode == 1
    assert "1 failed, 2 passed" in done.stdout


def test_no_file_of_the_learners_is_mistaken_for_the_engines(run: Run) -> None:
    """Modules of the learner's may be called as those of the engine or of a requirement."""
    done = run(
        src__servicio="NAME = 'mine'\n",
        src__api="NAME = 'mine'\n",
        tests__requisitos__api="NAME = 'requirement'\n",
        tests__motor__servicio="NAME = 'engine'\n",
        r1="import motor.servicio, requisitos.api\ndef test_x():\n"
        "    assert (motor.servicio.NAME, requisitos.api.NAME) == ('engine', 'requirement')\n",
        tests__test_mio="import api, servicio\ndef test_x():\n"
        "    assert api.NAME == servicio.NAME == 'mine'\n",
    )
    assert "3 passed" in done.stdout, done.stdout


def test_without_asserts_nothing_is_judged(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under PYTHONOPTIMIZE every test would pass: refused, with the way out."""
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    done = run(r1="def test_x():\n    assert False\n")
    assert done.returncode == 4
    assert "unset PYTHONOPTIMIZE" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_learners_tests_share_helpers(run: Run) -> None:
    """A module beside the learner's tests is imported by its name, in sub-folders too."""
    uses = "from apoyo import DOS\ndef test_x():\n    assert DOS == 2\n"
    done = run(tests__apoyo="DOS = 2\n", tests__test_mio=uses, tests__mas__test_suyo=uses)
    assert "4 passed" in done.stdout, done.stdout


def test_a_checklist_that_cannot_be_read_is_told(run: Run, tmp_path: Path) -> None:
    """No traceback: what is missing, and how to get it back."""
    run()
    (tmp_path / "REQUISITOS.md").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "pytest"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "No puedo leer REQUISITOS.md" in done.stderr
    assert "git checkout HEAD -- REQUISITOS.md" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_checklist_in_another_encoding_keeps_its_notes(run: Run, tmp_path: Path) -> None:
    """The advice is to convert it, never to throw it away."""
    run()
    (tmp_path / "REQUISITOS.md").write_bytes(CHECKLIST.encode("cp1252"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "REQUISITOS.md no está en UTF-8" in done.stderr
    assert "git checkout" not in done.stderr


@pytest.fixture
def ahead(run: Run) -> Run:
    """Like `run`, with the starter's way to begin the next tests early."""

    def go(*args: str, **files: str) -> subprocess.CompletedProcess[str]:
        return run(*args, **{"tests__requisitos__conftest": AHEAD_CONFTEST} | files)

    return go


@pytest.mark.proof
def test_tests_that_wait_run_together_and_count_apart(ahead: Run) -> None:
    """Two tests that wait for each other end; a failure stays with its own test."""
    done = ahead(
        "--requisitos=R1",
        r1="import threading\nboth = threading.Barrier(2, timeout=60)\n"
        "def test_good(tmp_path):\n    both.wait()\n    (tmp_path / 'x').touch()\n"
        "def test_bad(tmp_path):\n    both.wait()\n    assert not [*tmp_path.iterdir()]\n"
        "    assert 1 == 2, 'its own message'\n",
    )
    assert "1 failed, 2 passed" in done.stdout, done.stdout
    assert "test_bad ___" in done.stdout
    assert "E   its own message" in done.stdout


def test_only_what_needs_nothing_else_begins_early(ahead: Run, tmp_path: Path) -> None:
    """Neither deselected tests nor the learner's own run ahead, and none runs twice."""
    done = ahead(
        "-k",
        "not skipped",
        r1=f"import pytest\n{LOG}def test_a(tmp_path):\n    log('a')\n"
        "def test_skipped(tmp_path):\n    log('skipped')\n"
        "@pytest.fixture\ndef own():\n    return 'own'\n"
        "def test_own(tmp_path, own):\n    log(own)\n"
        "def test_b(tmp_path):\n    log('b')\n",
        tests__test_zz=f"{LOG}def test_mine(tmp_path):\n    log('mine')\n",
    )
    assert done.returncode == 0, done.stdout
    assert sorted((tmp_path / "ran.txt").read_text().split()) == ["a", "b", "mine", "own"]


@pytest.mark.parametrize(
    "hiding",
    [
        "collect_ignore_glob = ['requisitos/*']\n",
        "def pytest_collection_modifyitems(items):\n    items.clear()\n",
        "import pytest\n\ndef pytest_runtest_setup(item):\n    pytest.skip('hoy no')\n",
    ],
)
def test_a_promise_that_nobody_checks_is_not_kept(run: Run, hiding: str) -> None:
    """A conftest of the learner's that leaves requirement tests out turns the run red."""
    done = run(tests__conftest=hiding)
    assert done.returncode == 1, done.stdout
    assert "Has marcado R2, y no se ha hecho ninguna de sus pruebas." in done.stdout
    assert run("-k", "r1", tests__conftest=hiding).returncode in {0, 5}
