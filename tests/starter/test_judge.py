"""The judge of learner-written tests: what it decides, and that the clock plays no part."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.helpers import build_file_tree, engine_files

pytestmark = pytest.mark.proof
CODE = '''
    """Cuentas."""


    def suma(numeros):
        """Suma."""
        total = 0
        for numero in numeros:
            total += numero
        return total


    def cuenta_atras(desde):
        """De uno en uno hasta cero."""
        pasos = []
        while desde > 0:
            desde -= 1
            pasos.append(desde)
        return pasos


    def espera(evento):
        """Espera a que pase algo."""
        evento.set()
        return evento.wait()
    '''
GOOD = """
    import threading

    from cuentas import cuenta_atras, espera, suma


    def test_suma():
        assert suma([1, 2, 3]) == 6


    def test_nada():
        assert suma([]) == 0


    def test_cuenta_atras():
        assert cuenta_atras(3) == [2, 1, 0]


    def test_espera():
        assert espera(threading.Event())
    """
QUICK = """
    from cuentas import suma


    def test_suma():
        assert suma([1, 2, 3]) == 6


    def test_nada():
        assert suma([]) == 0
    """
"""No change of what these cover is endless, so they are judged in seconds."""
ASK = """
import dataclasses, json, sys
from pathlib import Path
from motor.juicio import juzgar
juicio = juzgar(Path.cwd(), "cuentas", mutantes=20)
print(json.dumps(dataclasses.asdict(juicio)))
"""
Judge = Callable[..., dict[str, Any]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Lays out a small project with these tests and has them judged."""
    build_file_tree(
        tmp_path,
        engine_files("juicio")
        | {
            "conftest.py": b"",
            "src/cuentas/__init__.py": CODE,
            "pytest.ini": "[pytest]\ntestpaths = tests\naddopts = --disable-plugin-autoload\n",
        },
    )

    def ask(tests: str = GOOD, env: dict[str, str] | None = None) -> dict[str, Any]:
        build_file_tree(tmp_path, {"tests/test_cuentas.py": tests})
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=tmp_path,
            env={"PATH": "", "PYTHONPATH": str(tmp_path / "tests")} | (env or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
        verdict = json.loads(done.stdout)
        assert isinstance(verdict, dict)
        return verdict

    return ask


def test_good_tests_notice_every_change(judge: Judge) -> None:
    """An endless loop and a wait that never ends are noticed too, each in seconds."""
    verdict = judge()
    assert verdict["pasan"]
    assert verdict["cuantas"] == 4
    assert verdict["cobertura"] == 100
    assert verdict["mutantes"] >= 6
    assert verdict["vivos"] == []


def test_tests_that_assert_nothing_notice_nothing(judge: Judge) -> None:
    """Each change that passed is named by file, line and what it was."""
    verdict = judge("from cuentas import suma\n\ndef test_x():\n    suma([1, 2])\n")
    assert len(verdict["vivos"]) == verdict["mutantes"] > 0
    assert all(told.startswith("src/cuentas/__init__.py, línea ") for told in verdict["vivos"])


def test_only_tests_that_pass_count(judge: Judge) -> None:
    """A suite that skips itself is none, and one that ends pytest with 0 neither."""
    skipping = judge("import pytest\n\npytestmark = pytest.mark.skip\n\ndef test_x():\n    pass\n")
    assert (skipping["cuantas"], skipping["saltadas"]) == (0, 1)
    leaving = judge("import pytest\n\npytest.exit('ya está', returncode=0)\n")
    assert leaving["cuantas"] == 0


def test_a_verdict_is_remembered_until_something_changes(judge: Judge, tmp_path: Path) -> None:
    """Not under CI, and not after a change of the code or of the tests."""
    assert judge(QUICK)["cuantas"] == 2
    (memory,) = (tmp_path / ".pytest_cache").glob("juicio-*.json")
    known = json.loads(memory.read_text())
    known["juicio"]["cuantas"] = 99
    memory.write_text(json.dumps(known))
    assert judge(QUICK)["cuantas"] == 99
    assert judge(QUICK, env={"CI": "true"})["cuantas"] == 2
    memory.write_text(json.dumps(known))
    assert judge(QUICK.replace("test_nada", "test_vacia"))["cuantas"] == 2
    code = tmp_path / "src/cuentas/__init__.py"
    code.write_text(code.read_text() + "\nX = 1\n")
    memory.write_text(json.dumps(known))
    assert judge(QUICK)["cuantas"] == 2


def test_tests_that_watch_the_text_are_found_out(judge: Judge) -> None:
    """They would notice every change, and know nothing of what the program does."""
    watching = """
        import hashlib
        from pathlib import Path

        import cuentas


        def test_texto():
            cuentas.suma([1])
            digest = hashlib.sha256(Path(cuentas.__file__).read_bytes()).hexdigest()
            assert digest == "DIGEST"
        """
    digest = hashlib.sha256(dedent(CODE).lstrip("\n").encode()).hexdigest()
    assert judge(watching.replace("DIGEST", digest))["por_el_texto"]


def test_an_endless_suite_is_ended_by_processor_time(judge: Judge) -> None:
    """It is told as one that does not end, and is not remembered as anything."""
    endless = "def test_x():\n    while True:\n        pass\n"
    verdict = judge(endless, env={"REQUISITOS_LIMITE": "2"})
    assert not verdict["acaban"]
    assert not verdict["pasan"]
