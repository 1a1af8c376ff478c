"""What surrounds the program changes no verdict: the shell's variables, other projects, uv."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scaffolder.check.environment import decided
from tests.check.repository import GOOD, Learner
from tests.conftest import Scaffold
from tests.helpers import build_file_tree

pytestmark = pytest.mark.proof  # they take long

# What each variable is set to; `{}` is a folder with a module that breaks whoever imports it.
PYTHONS = {
    "PYTHONOPTIMIZE": "1",
    "PYTHONINSPECT": "1",
    "PYTHONIOENCODING": "cp1252",
    "PYTHONPATH": "{}",
    "PYTHONHOME": "/nowhere",
    "PYTHONPLATLIBDIR": "nowhere",
    "PYTHONSTARTUP": "{}/broken.py",
    "PYTHONWARNINGS": "error",
    "PYTHONUSERBASE": "{}",
    "PYTHONPYCACHEPREFIX": "/proc/nowhere",
    "PYTHONEXECUTABLE": "/nowhere",
    "PYTHONBREAKPOINT": "broken.nothing",
    "PYTHONMALLOC": "nonsense",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
    "PYTHONHASHSEED": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONINTMAXSTRDIGITS": "640",
    "PYTHONTRACEMALLOC": "1",
    "PYTHONVERBOSE": "1",
    "PYTHONDEBUG": "1",
    "PYTHONPROFILEIMPORTTIME": "1",
    "PYTHONDUMPREFS": "1",
    "PYTHONDEVMODE": "1",
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONNODEBUGRANGES": "1",
    "PYTHONCASEOK": "1",
    "PYTHONWARNDEFAULTENCODING": "1",
    "PYTHONNOUSERSITE": "",
    "PYTHONUNBUFFERED": "",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHON_COLORS": "1",
    "PYTHON_GIL": "0",
    "PYTHON_FROZEN_MODULES": "off",
}
OTHERS = {
    "PYTEST_ADDOPTS": "-x --collect-only -q",
    "PYTEST_PLUGINS": "broken",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_DEBUG": "1",
    "PYTEST_THEME": "nonsense",
    "PYTEST_XDIST_WORKER": "gw0",
    "PYTEST_CURRENT_TEST": "nonsense",
    "COVERAGE_PROCESS_START": "/nowhere/.coveragerc",
    "COVERAGE_RCFILE": "/nowhere/.coveragerc",
    "FORCE_COLOR": "1",
    "PY_COLORS": "1",
    "VIRTUAL_ENV": "{}/.venv",
    "CONDA_PREFIX": "/nowhere",
    "UV_PYTHON": "3.2",
    "UV_PROJECT": "{}",
    "GIT_DIR": "/nowhere",
    "DJANGO_SETTINGS_MODULE": "broken",
    "LC_ALL": "C",
}
TESTS = {
    "tests/requisitos/ayuda.py": '''
        """A helper with its own assertion, as starters have them."""


        def exige(bien):
            """Under -O, this says nothing."""
            assert bien, "Se esperaba que fuera bien"
        ''',
    "tests/requisitos/test_r1_sumar.py": '''
        """R1."""

        import importlib.util
        import sys
        from pathlib import Path


        def test_falla():
            """Lo que falla, falla."""
            file = Path(__file__).with_name("ayuda.py")
            spec = importlib.util.spec_from_file_location("ayuda", file)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.exige(False)
        ''',
    "tests/requisitos/test_r2_restar.py": '''
        """R2."""

        import subprocess
        import sys


        def test_programa():
            """Lo que escribe un programa llega como lo escribe."""
            code = "print('ñandú ☕', end='')"
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
            told = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
            assert told == ("ñandú ☕", ""), f"Se esperaba ñandú, y llegó {told}"
        ''',
}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder of another project, whose modules break whoever imports them."""
    lines = "raise SystemError('broken on purpose')\n"
    names = ("broken.py", "sitecustomize.py", "usercustomize.py", "cuentas.py", "json.py")
    build_file_tree(tmp_path / "broken", dict.fromkeys(names, lines))
    build_file_tree(
        tmp_path / "broken", {"pyproject.toml": "", ".venv/bin/python": "#!/bin/false\n"}
    )
    return tmp_path / "broken"


def test_no_variable_of_the_shell_changes_a_verdict(
    learner: Learner, broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once: what Python, pytest, coverage, uv and Git read plays no part."""
    build_file_tree(learner.folder, TESTS)
    expected = {"R1": "pending", "R2": "met", "R3": "met"}
    assert learner.states() == expected
    documented = dict.fromkeys(documented_by_python(), "1")
    for name, value in (documented | PYTHONS | OTHERS).items():
        monkeypatch.setenv(name, value.replace("{}", str(broken)))
    assert learner.states() == expected


def documented_by_python() -> set[str]:
    """The variables that this Python says that it reads."""
    done = subprocess.run(
        [sys.executable, "--help-env"], capture_output=True, text=True, check=True
    )
    return set(re.findall(r"^(PYTHON\w+)", done.stdout, re.MULTILINE))


def test_what_is_not_decided_passes(broken: Path) -> None:
    """Nothing that Python documents reaches the tests as it was; the rest does."""
    documented = documented_by_python()
    assert len(documented) > 15
    python = Path(sys.prefix, "bin/python")
    told = decided(python, dict.fromkeys([*documented, *OTHERS, "DATABASE_URL"], "x"), broken)
    assert {name for name, value in told.items() if value == "x"} == {"DATABASE_URL", "LC_ALL"}


def test_programs_of_the_environment_are_found(learner: Learner) -> None:
    """As `uv run` has it: its folder stands first on the path."""
    code = "import shutil; assert shutil.which('python').endswith('repo/.venv/bin/python')"
    learner.writes(GOOD.replace("return [1, 2, 3]", f"{code}; return [1, 2, 3]"))
    assert learner.states()["R3"] == "met"


def moves(learner: Learner, to: Path) -> None:
    """Put the environment somewhere else."""
    to.parent.mkdir(parents=True, exist_ok=True)
    (learner.folder / ".venv").rename(to)


@pytest.mark.parametrize("where", ["absolute", "relative"])
def test_the_environment_may_be_where_uv_was_told_to_put_it(
    learner: Learner, monkeypatch: pytest.MonkeyPatch, where: str, tmp_path: Path
) -> None:
    """`UV_PROJECT_ENVIRONMENT`, from the repository where it is relative."""
    place = tmp_path / "envs/one" if where == "absolute" else Path("envs/one")
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(place))
    moves(learner, learner.folder / place)
    assert set(learner.states().values()) == {"met"}
    (learner.folder / place).unlink()
    done = learner.checks()
    assert done.code == 2
    assert done.err == (
        f"UV_PROJECT_ENVIRONMENT manda el entorno a «{learner.folder / place}», y ahí no hay "
        "ninguno.\nEscribe: uv sync (si no lo quieres ahí, quita antes esa variable)\n"
    )


WORKSPACE = '[tool.uv.workspace]\nmembers = ["re*"]\nexclude = ["repository"]\n'


@pytest.mark.parametrize("variable", ["", "envs"])
def test_a_workspace_above_has_the_environment(
    learner: Learner, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """At its root, as uv does it; without one, that is what is told."""
    root = learner.folder.parent
    build_file_tree(root, {"pyproject.toml": WORKSPACE})
    if variable:
        monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", variable)
    moves(learner, root / (variable or ".venv"))
    assert set(learner.states().values()) == {"met"}
    (root / (variable or ".venv")).unlink()
    done = learner.checks()
    assert (done.code, done.err.splitlines()[1][:16]) == (2, "Escribe: uv sync")
    assert str(root) in done.err


def test_a_workspace_that_leaves_it_out_plays_no_part(learner: Learner) -> None:
    """Neither does one of a folder above that has other members."""
    root = learner.folder.parent
    build_file_tree(root, {"pyproject.toml": WORKSPACE.replace("repository", "repo")})
    assert set(learner.states().values()) == {"met"}
    moves(learner, root / ".venv")
    assert learner.checks().err == (
        "Este repositorio aún no tiene su entorno con pytest.\nEscribe: uv sync\n"
    )


def test_uv_itself_agrees_on_the_place(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `uv sync` makes is what is found."""
    root = learner.folder.parent
    (learner.folder / ".venv").unlink()
    project = '[project]\nname = "cuentas"\nversion = "0"\nrequires-python = ">=3.11"\n'
    build_file_tree(root, {"pyproject.toml": WORKSPACE, "repo/pyproject.toml": project})
    uv = [
        str(Path(sys.executable).with_name("uv")),
        "sync",
        "--offline",
        "-q",
        "-p",
        sys.executable,
    ]
    for variable in ("", "envs/uno"):
        if variable:
            monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", variable)
        subprocess.run(uv, cwd=learner.folder, check=True, capture_output=True)
        assert "aún no tiene su entorno con pytest.\n" in learner.checks().err  # found: no pytest
        made = root / (variable or ".venv")
        assert (made / "pyvenv.cfg").is_file()
        shutil.rmtree(made)


def test_another_project_s_environment_is_not_taken(
    learner: Learner, broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is active, and there is no other: that is told, instead of an error in everything."""
    (learner.folder / ".venv").unlink()
    monkeypatch.setenv("VIRTUAL_ENV", str(broken / ".venv"))
    done = learner.checks()
    assert (done.code, done.out) == (2, "")
    assert f"«{broken / '.venv'}», es de otro proyecto" in done.err


def test_one_environment_for_a_course_is_taken(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Active, and in a folder above."""
    course = learner.folder.parent
    build_file_tree(course, {"pyproject.toml": ""})
    moves(learner, course / "entorno")
    monkeypatch.setenv("VIRTUAL_ENV", str(course / "entorno"))
    assert set(learner.states().values()) == {"met"}


def test_poetry_s_environment_is_the_active_one(
    learner: Learner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that stands in no project serves."""
    moves(learner, tmp_path / "virtualenvs/cuentas-py3.11")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "virtualenvs/cuentas-py3.11"))
    assert set(learner.states().values()) == {"met"}


PROGRAM = """
    import subprocess, sys
        done = subprocess.run([sys.executable, "-m", "programa"], env={{"PYTHONPATH": "src"}},
            capture_output=True, text=True, cwd={cwd!r})
        assert not done.returncode, "Se esperaba el código 0:" + chr(10) * 2 + done.stderr
        return [1, 2, 3]
    """


@pytest.mark.parametrize("folder", ["", "src/"])
@pytest.mark.parametrize("name", ["random", "types", "json"])
def test_a_file_that_hides_a_module_of_python_is_named(
    learner: Learner, folder: str, name: str
) -> None:
    """Where it breaks the program, Python's own reason is shown too; it breaks nothing else."""
    files = {
        f"{folder}{name}.py": "nada = 1\n",
        "src/programa.py": "import json, tempfile; json.dumps\n",
    }
    build_file_tree(learner.folder, files)
    code = PROGRAM.format(cwd=str(learner.folder if not folder else learner.folder / "tests"))
    code = code.replace('"src"', repr(str(learner.folder / "src")))
    learner.writes(GOOD.replace("return [1, 2, 3]", code.strip()))
    done = learner.checks()
    assert "R3  pendiente        0 de 1  Contar" in done.out, done.out
    assert "2 de 3 requisitos cumplidos." in done.out
    assert (
        f"      {folder}{name}.py tapa el módulo «{name}» de Python: dale otro nombre.\n"
        in done.out
    )
    assert re.search(r"^      (Import|Attribute)Error: .*$", done.out, re.MULTILINE), done.out


def test_an_error_in_everything_is_told_with_its_cause(learner: Learner) -> None:
    """Once, at the end; and it is no success."""
    file = learner.folder / "conftest.py"
    file.write_text(f"import httpx2_NoEstá\n{file.read_text('utf-8')}", "utf-8")
    done = learner.checks()
    assert done.code == 1
    assert done.out.splitlines()[-1] == (
        "Ninguno se ha podido comprobar: sus pruebas no se pueden ejecutar: "
        "ModuleNotFoundError: No module named 'httpx2_NoEstá'"
    )
    assert "modulenotfounderror" not in done.out
    assert learner.checks("--json").code == 1


@pytest.mark.skipif(os.name == "nt", reason="descriptors are closed by a POSIX shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("option", ["", "--json", "--watch"])
def test_closed_streams_are_no_bug(
    learner: Learner, scaffold: Scaffold, closed: str, option: str
) -> None:
    """Nothing to read from or to write to: it is checked all the same, or refused."""
    del scaffold
    command = f'"$0" -c "from scaffolder.cli import main; main()" check {option} {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable],
        cwd=learner.folder,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == (2 if option == "--watch" else 0), done.stderr
    if option != "--watch":
        assert learner.promised() == ["R1", "R2", "R3"]
