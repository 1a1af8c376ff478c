"""What is installed from the wheel makes the same starters as the working tree."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock

from tests.proof.starters import PROJECTS, ROOT, TEMPLATES, UV, environment

pytestmark = pytest.mark.proof
BIN = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="session")
def wheel(shared: Path) -> Path:
    """The built wheel."""
    out = shared / "wheel"
    with FileLock(f"{out}.lock"):
        if not out.exists():
            command = [UV, "build", "-q", "--out-dir", str(out)]
            subprocess.run(command, cwd=ROOT, env=environment(), check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, shared: Path) -> Path:
    """An environment with the wheel, byte-compiled, its templates' tests run in place."""
    venv = shared / "installed"
    with FileLock(f"{venv}.lock"):
        if not venv.exists():
            subprocess.run([UV, "venv", "-q", str(venv)], env=environment(), check=True)
            python = str(venv / BIN / "python")
            install = [UV, "pip", "install", "-q", "-p", python, "--compile-bytecode"]
            subprocess.run([*install, str(wheel), "pytest"], env=environment(), check=True)
            (templates,) = venv.rglob("scaffolder/templates")
            for project in PROJECTS:
                # Most fail: there is no environment here. What counts is what they leave.
                subprocess.run(
                    [python, "-m", "pytest", "-q", "tests/test_humo.py"],
                    cwd=templates / project / "repo",
                    env=environment() | {"PYTHONPATH": "src"},
                    capture_output=True,
                    check=False,
                )
            assert list(templates.rglob("*.pyc"))
            assert list(templates.rglob(".pytest_cache"))
    return venv


def tree(repo: Path) -> str:
    """The id of the tree of the only commit."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD^{tree}", "HEAD"],
        cwd=repo,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_wheel_holds_the_templates_and_no_solution(wheel: Path) -> None:
    """Every file of the template root, and nothing of tests."""
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(
        ["git", "ls-files", "-z", "templates"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = {f"scaffolder/{name}" for name in listed.stdout.split("\0") if name}
    assert tracked <= names
    assert [name for name in names if "solutions" in name or "broken.toml" in name] == []
    packaged = {name for name in names if name.startswith("scaffolder/templates/")}
    assert packaged - tracked == set()


@pytest.mark.parametrize("project", PROJECTS)
def test_an_installed_wheel_makes_the_same_commit(
    project: str, installed: Path, tmp_path: Path
) -> None:
    """Offline, byte for byte, whatever pip and the tests left in the templates."""
    offline = environment() | {
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    made = {}
    here = Path(UV).parent / "scaffold"
    for name, scaffold in (("wheel", installed / BIN / "scaffold"), ("tree", here)):
        dest = tmp_path / name
        command = [str(scaffold), "new", project, str(dest), "--defaults"]
        done = subprocess.run(command, env=offline, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        made[name] = tree(dest)
    assert made["wheel"] == made["tree"]


def test_plain_copier_copy_works(tmp_path: Path) -> None:
    """Without our command line, the template root is an ordinary Copier template."""
    copier = Path(UV).parent / "copier"
    dest = tmp_path / "plain"
    answer = f"proyecto={PROJECTS[0]}"
    subprocess.run([copier, "copy", "-q", "-d", answer, "--defaults", TEMPLATES, dest], check=True)
    assert (dest / "REQUISITOS.md").is_file()
    assert str(TEMPLATES) not in (dest / ".copier-answers.yml").read_text("utf-8")
