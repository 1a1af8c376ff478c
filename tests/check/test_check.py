"""`scaffold check`: an honest verdict on each requirement, whatever the learner's code does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.check.repository import BAD_SUM, GOOD, REQUISITOS, Learner
from tests.conftest import Scaffold
from tests.helpers import build_file_tree

COMMAND = [sys.executable, "-c", "from scaffolder.cli import main; main()"]


def test_ticks_what_is_met_and_shows_the_rest(learner: Learner) -> None:
    """State, count, the first criterion that fails, why, and where the roadmap teaches it."""
    learner.writes(BAD_SUM)
    done = learner.checks()
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "proyecto-99-cuentas\n"
        "  R1  pendiente        1 de 2  Sumar\n"
        "      Los negativos también se suman.\n"
        "      → Se esperaba -3\n"
        "      Se aprende en: 1.2 Sintaxis https://example.org/sintaxis\n"
        "      Se aprende en: 1.3 Más https://example.org/mas\n"
        "  R2  cumplido         1 de 1  Restar\n"
        "  R3  cumplido         1 de 1  Contar\n"
        "\n"
        "2 de 3 requisitos cumplidos.\n"
        "Marcados ahora en REQUISITOS.md: R2, R3.\n"
    )
    assert learner.promised() == ["R2", "R3"]


def test_changes_nothing_else_in_the_repository(learner: Learner) -> None:
    """Only the marks; line ends and every other file stay."""
    file = learner.folder / "REQUISITOS.md"
    crlf = REQUISITOS.replace("\n", "\r\n").encode()
    file.write_bytes(crlf)
    before = {p: p.read_bytes() for p in learner.folder.rglob("*") if p.is_file()}
    learner.checks()
    assert file.read_bytes() == crlf.replace(b"[ ]", b"[x]")
    after = {p: p.read_bytes() for p in learner.folder.rglob("*") if p.is_file()}
    changed = {p for p in after if after[p] != before.get(p) and "__pycache__" not in p.parts}
    assert changed == {file}
    assert {p for p in after if "__pycache__" not in p.parts} == set(before)


def test_a_promise_that_is_broken_is_exit_code_1_and_stays_ticked(learner: Learner) -> None:
    """Only the learner takes a promise back."""
    learner.ticks("R1")
    learner.writes(BAD_SUM)
    done = learner.checks()
    assert (done.code, "R1  FALLA            1 de 2" in done.out) == (1, True)
    assert "R1" in learner.promised()


def test_untick_takes_back_what_fails(learner: Learner) -> None:
    """And then nothing that is promised fails."""
    learner.ticks("R1", "R2")
    learner.writes(BAD_SUM)
    done = learner.checks("--untick")
    assert (done.code, done.out.splitlines()[-1]) == (0, "Desmarcados en REQUISITOS.md: R1.")
    assert learner.promised() == ["R2", "R3"]


def test_all_wants_every_requirement(learner: Learner) -> None:
    """Open ones count under `--all`, and only there."""
    learner.writes(BAD_SUM)
    assert learner.checks().code == 0
    assert learner.checks("--all").code == 1
    learner.writes(GOOD)
    assert learner.checks("--all").code == 0


@pytest.mark.parametrize("value", ["true", "1"])
def test_writes_nothing_under_ci(
    learner: Learner, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """There a check only judges."""
    learner.ticks("R2")
    learner.writes(GOOD.replace("a - b", "0"))
    monkeypatch.setenv("CI", value)
    done = learner.checks("--untick")
    assert (done.code, learner.promised()) == (1, ["R2"])
    assert "arcados" not in done.out


ENDLESS = GOOD.replace("return [1, 2, 3]", "while True: pass")
EXIT = GOOD.replace("return [1, 2, 3]", "import os; os._exit(0)")
BROKEN = "import nada_de_esto_existe\n"


@pytest.mark.proof
@pytest.mark.parametrize(
    ("code", "limit", "problem"),
    [
        (ENDLESS, 8, "sus pruebas no acabaron en 8 s: se quedaron en test_cuenta"),
        (EXIT, 60, "el proceso de las pruebas se cerró en test_cuenta con el código 0"),
    ],
)
def test_code_that_never_ends_or_ends_the_process_costs_one_requirement(
    learner: Learner, code: str, limit: int, problem: str
) -> None:
    """The others have their verdict; this one is told as what it is."""
    learner.ticks("R3")
    learner.writes(code)
    told = learner.checks("--json", "--timeout", limit)
    assert told.code == 1
    verdicts = {entry["id"]: entry for entry in told.json()["requirements"]}
    assert {name: entry["state"] for name, entry in verdicts.items()} == {
        "R1": "met",
        "R2": "met",
        "R3": "error",
    }
    assert verdicts["R3"]["problem"] == problem
    assert (verdicts["R3"]["passed"], verdicts["R3"]["total"]) == (0, 1)


def test_code_that_can_t_be_imported_is_an_error_with_its_reason(learner: Learner) -> None:
    """Not «pending»: nothing could be judged."""
    learner.writes(BROKEN)
    done = learner.checks("--json")
    assert done.code == 1
    assert {entry["state"] for entry in done.json()["requirements"]} == {"error"}
    [test] = done.json()["requirements"][0]["tests"]
    assert test["message"] == "ModuleNotFoundError: No module named 'nada_de_esto_existe'"
    told = learner.checks().out.splitlines()[-1]
    assert told == f"Ninguno se ha podido comprobar: {test['message']}"


def test_a_requirement_without_tests_is_an_error(learner: Learner) -> None:
    """A file that was deleted is no requirement met."""
    (learner.folder / "tests/requisitos/test_r2_restar.py").unlink()
    done = learner.checks()
    assert "No encuentro tests/requisitos/test_r2_*.py" in done.out
    assert learner.promised() == ["R1", "R3"]


def skips(learner: Learner, *names: str) -> None:
    """Let tests of R3 be skipped."""
    file = learner.folder / "tests/requisitos/test_r3_contar.py"
    text = file.read_text()
    for name in names:
        text = text.replace(f"def {name}(", f'@pytest.mark.skip(reason="sin Redis")\ndef {name}(')
    file.write_text(text.replace("import cuentas\n", "import cuentas\nimport pytest\n"))


def test_a_test_that_can_t_run_here_blocks_nothing(learner: Learner) -> None:
    """The others of the requirement decide."""
    file = learner.folder / "tests/requisitos/test_r3_contar.py"
    file.write_text(f'{file.read_text()}\n\ndef test_redis():\n    """Con Redis también."""\n')
    skips(learner, "test_redis")
    assert "R3  cumplido         1 de 2" in learner.checks().out
    assert learner.promised() == ["R1", "R2", "R3"]


def test_a_requirement_whose_tests_were_all_skipped_is_unchecked(learner: Learner) -> None:
    """What could not be tried is neither met nor failed."""
    skips(learner, "test_cuenta")
    done = learner.checks()
    assert (done.code, "R3  sin comprobar    0 de 1" in done.out) == (0, True)
    assert learner.promised() == ["R1", "R2"]
    assert learner.checks("--all").code == 1


def test_says_what_blocks_a_requirement(learner: Learner) -> None:
    """The catalogue knows what leans on what: only the cause is explained."""
    learner.has("proyecto-1-tareas", BAD_SUM.replace("a - b", "0"))
    done = learner.checks()
    assert "  R2  pendiente        0 de 1  Restar\n      bloqueado por R1\n" in done.out
    told = learner.checks("--json").json()
    assert [entry["blocked_by"] for entry in told["requirements"]] == [[], ["R1"], []]


def test_json_has_the_promised_shape(learner: Learner) -> None:
    """Key by key."""
    learner.ticks("R2")
    told = learner.checks("--json").json()
    assert list(told) == ["format", "project", "path", "requirements", "ticked", "unticked"]
    assert told["format"] == 1
    assert (told["project"], told["path"]) == ("proyecto-99-cuentas", str(learner.folder))
    assert (told["ticked"], told["unticked"]) == (["R1", "R3"], [])
    first = told["requirements"][0]
    test = first["tests"][0]
    assert {key: first[key] for key in first if key != "tests"} == {
        "id": "R1",
        "title": "Sumar",
        "state": "met",
        "promised": False,
        "passed": 2,
        "total": 2,
        "problem": "",
        "hint": "",
        "blocked_by": [],
        "learn": [
            {"title": "1.2 Sintaxis", "url": "https://example.org/sintaxis"},
            {"title": "1.3 Más", "url": "https://example.org/mas"},
        ],
    }
    assert {key: test[key] for key in test if key != "seconds"} == {
        "test": "tests/requisitos/test_r1_sumar.py::test_suma",
        "criterion": "Dos y dos son cuatro.",
        "outcome": "passed",
        "message": "",
    }
    assert test["seconds"] >= 0


def test_junit_is_written_for_forges_and_grade_books(learner: Learner) -> None:
    """A suite for each requirement, a case for each criterion; control characters left out."""
    learner.writes(BAD_SUM.replace("return [1, 2, 3]", "raise AssertionError('\\x1b[31m<rojo>')"))
    learner.checks("--junit", learner.folder / "out/informe.xml")
    suites = ET.parse(learner.folder / "out/informe.xml").getroot()  # noqa: S314 - our own
    assert suites.get("name") == "proyecto-99-cuentas"
    assert [(s.get("name"), s.get("tests"), s.get("failures")) for s in suites] == [
        ("R1 · Sumar", "2", "1"),
        ("R2 · Restar", "1", "0"),
        ("R3 · Contar", "1", "1"),
    ]
    [failure] = suites[0].findall("./testcase[@name='Los negativos también se suman.']/failure")
    assert failure.get("message") == "Se esperaba -3"
    [failure] = suites[2].findall("./testcase/failure")
    assert failure.get("message") == "[31m<rojo>"


def test_finds_the_repository_around(
    learner: Learner, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder of it, without saying which."""
    monkeypatch.chdir(learner.folder / "src")
    assert scaffold("check").out.startswith("proyecto-99-cuentas\n")


def test_the_learner_s_own_pytest_options_play_no_part(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they like to add on their machine changes no verdict."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x --collect-only -q")
    assert set(learner.states().values()) == {"met"}


def elsewhere(learner: Learner) -> None:
    """No repository of ours."""
    (learner.folder / ".copier-answers.yml").unlink()


def without_boxes(learner: Learner) -> None:
    """A list of requirements that has none."""
    (learner.folder / "REQUISITOS.md").write_text("# Nada\n")


@pytest.mark.parametrize(
    ("spoil", "reason", "step"),
    [
        (elsewhere, "no está en ningún repositorio hecho por scaffold", "Entra en la carpeta"),
        (without_boxes, "no tiene ninguna casilla", "scaffold update"),
    ],
)
def test_refuses_where_there_is_nothing_to_check(
    learner: Learner, spoil: Callable[[Learner], None], reason: str, step: str
) -> None:
    """With the next step."""
    spoil(learner)
    done = learner.checks()
    assert done.code == 2
    first, second = done.err.splitlines()
    assert reason in first
    assert step in second


def test_without_an_environment_it_says_the_one_command(learner: Learner) -> None:
    """None at all, one that is broken, one without pytest: `uv sync`."""
    expected = "Este repositorio aún no tiene su entorno con pytest.\nEscribe: uv sync\n"
    (learner.folder / ".venv").unlink()
    assert learner.checks().err == expected
    build_file_tree(learner.folder, {".venv/bin/python": "not a program\n"})
    (learner.folder / ".venv/bin/python").chmod(0o755)
    assert learner.checks().err == expected
    shutil.rmtree(learner.folder / ".venv")
    venv.create(learner.folder / ".venv")
    done = learner.checks()
    assert (done.code, done.err) == (2, expected)
    assert learner.promised() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_the_processes_too(learner: Learner, tmp_path: Path) -> None:
    """Nothing goes on running, nothing is ticked."""
    mark = tmp_path / "pid"
    code = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    learner.writes(GOOD.replace("return [1, 2, 3]", code))
    process = subprocess.Popen([*COMMAND, "check"], cwd=learner.folder, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while not mark.exists() or not mark.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, err) == (130, b"Interrumpido.\n")
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
    assert learner.promised() == []
