"""Repositories from before the engine had a folder of its own get there by an update."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Scaffold
from tests.helpers import build_file_tree, git
from tests.update.sandbox import TEMPLATES, TemplateRepo, build, commit

OWN_TEST = """
    from apoyo import DOS
    from {module} import {name}


    def test_mio():
        assert DOS == 2
        assert {name}
    """
USED = {
    "proyecto-1-tareas": ("programa", "ejecutar"),
    "proyecto-5-cliente-rest": ("api", "Api"),
    "proyecto-7-blog": ("jwts", "firmar"),
}


def flatten(templates: TemplateRepo) -> None:
    """Lay a template root out as it was: the engine's modules among the requirements' tests."""
    comun, tests = templates.root / "comun", templates.starter / "tests"
    for file in (comun / "motor").glob("*.py"):
        file.replace(comun / file.name)
    (comun / "__init__.py").unlink()
    (comun / "requisitos.py").replace(comun / "conftest.py")
    for stub in (tests / "motor").glob("*.py.jinja"):
        if stub.name not in {"__init__.py.jinja", "requisitos.py.jinja"}:
            text = stub.read_text("utf-8").replace("comun/motor/", "comun/")
            (tests / "requisitos" / stub.name).write_text(text, "utf-8")
    shutil.rmtree(tests / "motor")
    for file in [*comun.glob("*.py"), *(tests / "requisitos").glob("*.py")]:
        text = file.read_text("utf-8")
        text = re.sub(r"^( *)from motor import (.+)$", r"\1import \2", text, flags=re.MULTILINE)
        text = re.sub(r"^( *)from (?:motor|requisitos)\.", r"\1from ", text, flags=re.MULTILINE)
        file.write_text(text, "utf-8")
    ini = comun / "pytest.ini.jinja"
    ini.write_text(ini.read_text("utf-8").replace("src tests\n", "src tests/requisitos\n"), "utf-8")
    owners = comun / "gitattributes"
    owners.write_text(owners.read_text("utf-8").replace("/tests/motor/**", "/nada/**"), "utf-8")


def todays(templates: TemplateRepo) -> None:
    """Replace a template root's shared parts and starter by today's."""
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    for name in ("comun", templates.project):
        shutil.rmtree(templates.root / name)
        shutil.copytree(TEMPLATES / name, templates.root / name, ignore=ignored, symlinks=True)


def pytest_in(repo: Path, *arguments: str) -> str:
    """Run a starter's tests and return what they print; a starter has no plugins of ours."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=repo,
        env=clean | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("project", USED)
def test_the_engine_moves_and_nothing_is_lost(
    project: str, scaffold: Scaffold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code, own tests and their imports, ticks, edits of template files: all is there or told."""
    templates = build(tmp_path / "root", extras={}, project=project)
    flatten(templates)
    templates.release("0.2.0")
    repo = templates.new(tmp_path / "repo")
    assert not (repo / "tests" / "motor").exists()
    module, name = USED[project]
    requirement = min((repo / "tests" / "requisitos").glob("test_r1_*.py"))
    mine = {
        "src/mio.py": "MIO = 1\n",
        "tests/apoyo.py": "DOS = 2\n",
        "tests/test_mio.py": OWN_TEST.format(module=module, name=name),
        "tests/requisitos/mi_ayuda.py": "AYUDA = 1\n",
    }
    build_file_tree(repo, mine)
    checklist = repo / "REQUISITOS.md"
    checklist.write_text(checklist.read_text("utf-8").replace("[ ] **R1", "[x] **R1"), "utf-8")
    with requirement.open("a", encoding="utf-8") as file:
        file.write("\n\ndef test_de_mas():\n    assert True\n")
    with (repo / "conftest.py").open("a", encoding="utf-8") as file:
        file.write("\n\n# mi línea\n")
    commit(repo)
    todays(templates)
    templates.release("0.3.0")
    monkeypatch.chdir(repo)

    done = scaffold("update", "--source", str(templates.root))

    assert done.code == 0, done.out + done.err
    assert "conftest.py" in done.out
    assert "git show ORIG_HEAD:conftest.py" in done.out
    assert git(repo, "status", "--porcelain") == ""
    for path in mine:
        assert (repo / path).read_bytes() == git(repo, "show", f"ORIG_HEAD:{path}").encode() + b"\n"
    assert "[x] **R1" in checklist.read_text("utf-8")
    assert "def test_de_mas" in requirement.read_text("utf-8")
    assert "# mi línea" in git(repo, "show", "ORIG_HEAD:conftest.py")
    rendered = templates.new(tmp_path / "fresh")
    engine = {file.name for file in (rendered / "tests" / "motor").glob("*.py")}
    assert {file.name for file in (repo / "tests" / "motor").glob("*.py")} == engine
    left = {file.name for file in (repo / "tests" / "requisitos").glob("*.py")}
    assert left == {f.name for f in (rendered / "tests/requisitos").glob("*.py")} | {"mi_ayuda.py"}


def test_the_suite_runs_after_the_move(scaffold: Scaffold, tmp_path: Path) -> None:
    """The learner's tests too, which still import as they did; they are told the new names."""
    templates = build(tmp_path / "root", extras={})
    flatten(templates)
    templates.release("0.2.0")
    repo = templates.new(tmp_path / "repo")
    old = "from programa import ejecutar\nfrom apoyo import Tareas\n"
    body = "\n\ndef test_mio(tmp_path):\n    assert Tareas(tmp_path).ordena('--help').codigo == 0\n"
    build_file_tree(repo, {"tests/test_mio.py": f"{old}{body}    assert ejecutar\n"})
    commit(repo)
    which = ("tests/test_mio.py", "tests/test_humo.py", "-k", "mio or humo or casillas")
    before = pytest_in(repo, *which)
    todays(templates)
    templates.release("0.3.0")
    assert scaffold("update", str(repo), "--source", str(templates.root)).code == 0
    after = pytest_in(repo, *which)
    assert re.search(r"\d+ passed", before), before
    assert re.findall(r"(\d+) passed", after) == re.findall(r"(\d+) passed", before), after
    assert "«from programa import …» se escribe ahora «from motor.programa import …»" in after
