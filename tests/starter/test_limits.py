"""What the engine starts: in a decided environment, within limits, and never left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import build_file_tree, engine_files

pytestmark = pytest.mark.proof  # they take long

INI = """
    [pytest]
    testpaths = tests
    pythonpath = src tests
    addopts = --import-mode=importlib --disable-plugin-autoload
    markers =
        aislada: x
        a_peticion: x
    """
RUNS = 'from motor.programa import ejecutar\ndef test_x():\n    {}ejecutar("tool", limite=60)\n'
# Every variable that the manuals of Python 3.11-3.14, pytest and coverage name, with a value
# that spoils something; `-X` and warning filters included.
SPOILING = {
    "COVERAGE_FILE": "/nowhere/x",
    "COVERAGE_PROCESS_START": "/nowhere/x",
    "COVERAGE_RCFILE": "/nowhere/x",
    "FORCE_COLOR": "1",
    "GIT_DIR": "/nowhere",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONBREAKPOINT": "no.such",
    "PYTHONCASEOK": "1",
    "PYTHONDEBUG": "1",
    "PYTHONDEVMODE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONDUMPREFS": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONINSPECT": "1",
    "PYTHONINTMAXSTRDIGITS": "640",
    "PYTHONIOENCODING": "cp1252",
    "PYTHONMALLOC": "debug",
    "PYTHONNODEBUGRANGES": "1",
    "PYTHONOPTIMIZE": "1",
    "PYTHONPROFILEIMPORTTIME": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONSTARTUP": "/nowhere/x",
    "PYTHONTRACEMALLOC": "5",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "0",
    "PYTHONVERBOSE": "1",
    "PYTHONWARNDEFAULTENCODING": "1",
    "PYTHONWARNINGS": "error",
    "PYTEST_ADDOPTS": "--no-such-option",
    "PYTEST_PLUGINS": "no_such_plugin",
    "UV_PROJECT": "/nowhere",
    "VIRTUAL_ENV": "/nowhere",
}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Lays out a starter whose only program is this, and runs a test of it."""

    def go(tool: str, test: str, conftest: str = "") -> subprocess.CompletedProcess[str]:
        build_file_tree(
            tmp_path,
            engine_files("programa")
            | {
                "REQUISITOS.md": "- [x] **R1 · Acabar**\n",
                "pytest.ini": INI,
                "src/tool.py": tool,
                "tests/requisitos/conftest.py": conftest,
                "tests/requisitos/test_r1_acabar.py": test,
            },
        )
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    return go


def test_an_endless_print_ends_its_own_run(run: Run) -> None:
    """Long before memory is full, with a sentence about it."""
    done = run("while True:\n    print('again ' * 1000)\n", RUNS.format(""))
    assert done.returncode == 1
    assert "ha escrito más de 64 MiB" in done.stdout
    assert "python -m tool" in done.stdout
    assert len(done.stdout) < 10_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_list_that_grows_for_ever_ends_its_own_run(run: Run) -> None:
    """At the limit, here a small one, with a sentence about it."""
    limit = "import motor.limites\nmotor.limites.MEMORIA = 200 * 2**20\n"
    done = run("grow = []\nwhile True:\n    grow.append(bytes(2**20))\n", RUNS.format(""), limit)
    assert done.returncode == 1
    assert "una lista, o un texto, que crece sin fin" in done.stdout


def test_what_surrounds_the_tests_does_not_reach_the_program(run: Run, tmp_path: Path) -> None:
    """A program sees none of the variables that Python, pytest, coverage, uv and Git read."""
    tool = (
        "import json, os, sys\nassert not sys.flags.optimize\nprint(json.dumps(dict(os.environ)))\n"
    )
    conftest = f"import os\nos.environ.update({SPOILING!r})\nos.environ['MINE'] = 'passes'\n"
    test = RUNS.format("found = ") + "    open('seen.json', 'w').write(found.salida)\n"
    done = run(tool, test, conftest)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    seen = json.loads((tmp_path / "seen.json").read_text("utf-8"))
    assert {name: seen[name] for name in SPOILING if name in seen} == {"PYTHONUTF8": "1"}
    assert seen["MINE"] == "passes"
    assert seen["PATH"] == os.environ["PATH"]
    assert seen["PYTHONPATH"] == str(tmp_path / "src")


def test_children_of_the_program_end_with_it(run: Run) -> None:
    """A program that leaves a process behind doesn't leave it running."""
    child = "import time\nwhile True:\n    open('beats', 'a').write('x')\n    time.sleep(0.01)\n"
    tool = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "while not os.path.exists('beats'):\n    time.sleep(0.01)\n"
    )
    still = (
        "    import os, time\n    time.sleep(0.2)\n    beats = os.path.getsize('beats')\n"
        "    time.sleep(0.3)\n    assert os.path.getsize('beats') == beats\n"
    )
    done = run(tool, RUNS.format("") + still)
    assert "1 passed" in done.stdout, done.stdout
