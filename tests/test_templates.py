"""What every template has in common, held against the catalogue and against `comun/`."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scaffolder.roadmap.catalogue import load
from tests.proof.starters import PROJECTS, ROOT, TEMPLATES
from tools.wrappers import changes

CATALOGUE = load(TEMPLATES)
URLS = {link.url for topic in CATALOGUE.topics.values() for link in topic.links}
COMUN = TEMPLATES / "comun"
MARKER = (
    "# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.\n"
    "# fmt: off\n"
)
# Beside the one-line files that `tools/wrappers.py` writes.
FILES = [
    "README.md.jinja",
    "REQUISITOS.md",
    "pyproject.toml.jinja",
    "tests/requisitos/conftest.py",
    "tests/test_humo.py",
]
FROM_PHASE_3 = [".env.example.jinja", "Dockerfile.jinja", "compose.yaml.jinja"]


def repo(project: str) -> Path:
    """Where a project's starter is."""
    return TEMPLATES / project / "repo"


def requirement_tests(project: str) -> list[Path]:
    """The files with the tests of requirements."""
    return sorted((repo(project) / "tests" / "requisitos").glob("test_r[0-9]*.py"))


@pytest.mark.parametrize("project", PROJECTS)
def test_every_starter_has_its_files(project: str) -> None:
    """What a starter must have is there, under the name that Copier expects."""
    expected = FILES + (FROM_PHASE_3 if CATALOGUE.find(project).phase >= 3 else [])
    missing = [name for name in expected if not (repo(project) / name).is_file()]
    assert missing == []


@pytest.mark.parametrize("project", PROJECTS)
def test_what_is_shared_comes_from_comun(project: str) -> None:
    """The one-line files are those that `tools/wrappers.py` writes, the engine's in use only."""
    left = list(changes(TEMPLATES, project, CATALOGUE.find(project).phase))
    assert left == [], "run «uv run python tools/wrappers.py»"


@pytest.mark.parametrize("project", PROJECTS)
def test_the_checklist_says_what_the_catalogue_says(project: str) -> None:
    """Title, phase and the requirements' titles are the roadmap's own words."""
    text = (repo(project) / "REQUISITOS.md").read_text("utf-8")
    entry = CATALOGUE.find(project)
    phase = CATALOGUE.phase(entry.phase)
    head = text.splitlines()
    assert head[0] == f"# Requisitos · {entry.title}"
    assert head[2].startswith(f"Fase {phase.number} · {phase.title} · ")
    boxes = re.findall(r"^- \[ \] \*\*(R\d+) · (.+)\*\*$", text, re.MULTILINE)
    assert boxes == [(r.id, r.title) for r in entry.requirements]
    assert len(re.findall(r"^  - Se aprende en: \[", text, re.MULTILINE)) == len(boxes)


@pytest.mark.parametrize("project", PROJECTS)
def test_where_to_learn_is_in_the_roadmap(project: str) -> None:
    """«Se aprende en» begins with a link of the catalogue, under its topic's name."""
    text = (repo(project) / "REQUISITOS.md").read_text("utf-8")
    for line in re.findall(r"^  - Se aprende en: (.+)$", text, re.MULTILINE):
        links = re.findall(r"\[([^]]+)\]\(([^)]+)\)", line)
        assert links[0][1] in URLS, f"{project}: {links[0]} is no link of the roadmap"
        for title, url in links:
            if url in URLS:
                topic = CATALOGUE.topics[title.split()[0]]
                assert title.startswith(f"{topic.id} {topic.title} · "), title
                assert url in {link.url for link in topic.links}, (title, url)


@pytest.mark.parametrize("project", PROJECTS)
def test_the_readme_links_into_the_phase(project: str) -> None:
    """The last section of the README names links of the project's phase."""
    text = (repo(project) / "README.md.jinja").read_text("utf-8")
    section = re.split(r"{%-? block roadmap", text)[1]
    phase = CATALOGUE.phase(CATALOGUE.find(project).phase)
    own = {link.url for topic in phase.topics for link in topic.links}
    assert own & set(re.findall(r"\]\((http[^)]+)\)", section))


@pytest.mark.parametrize("project", PROJECTS)
def test_every_requirement_test_is_a_criterion(project: str) -> None:
    """Each test has a docstring, the criterion, and something that can fail."""
    files = requirement_tests(project)
    assert len(files) == len(CATALOGUE.find(project).requirements)
    for file in files:
        tree = ast.parse(file.read_text("utf-8"))
        tests = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
        ]
        assert tests, file
        for test in tests:
            assert ast.get_docstring(test), f"{file.name}::{test.name} has no criterion"


@pytest.mark.parametrize("project", PROJECTS)
def test_python_files_carry_no_jinja(project: str) -> None:
    """A suffix only where the whole file is one include of shared Python."""
    for stub in repo(project).rglob("*.py.jinja"):
        text = stub.read_text("utf-8")
        match = re.fullmatch(r'\{% include "comun/((?:motor/)?\w+\.py)" -%\}\n', text)
        assert match, f"{stub} is more than one include"
        assert (COMUN / match[1]).is_file(), stub


@pytest.mark.parametrize("file", sorted(COMUN.rglob("*.py")), ids=lambda file: file.name)
def test_shared_python_survives_jinja(file: Path) -> None:
    """Nothing in it looks like Jinja, so an include brings it in as it is."""
    assert not re.search(r"\{[{%#]", file.read_text("utf-8"))


@pytest.mark.parametrize("project", PROJECTS)
def test_files_that_formatters_leave_alone_are_formatted(project: str, tmp_path: Path) -> None:
    """Black and Ruff break long messages differently; these follow Ruff all the same."""
    files = sorted((repo(project) / "tests" / "requisitos").glob("*.py"))
    for file in files:
        text = file.read_text("utf-8")
        assert text.startswith(MARKER), f"{file} does not begin with the marker"
        (tmp_path / file.name).write_text(text.removeprefix(MARKER), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_nothing_is_executable_but_scripts() -> None:
    """A mode that Windows would lose would give other commit ids there."""
    files = [file for file in TEMPLATES.rglob("*") if file.is_file() and not file.is_symlink()]
    executable = {file for file in files if os.access(file, os.X_OK)}
    scripts = {file for file in files if file.read_bytes().startswith(b"#!")}
    assert executable == scripts


def test_no_lock_file_and_no_registry_address_is_tracked() -> None:
    """Versions are held by bounds and one date."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tracked = listed.stdout.splitlines()
    locks = {"uv.lock", "poetry.lock", "package-lock.json"}
    assert [name for name in tracked if Path(name).name in locks] == []
    for name in tracked:
        if name.endswith((".toml", ".jinja", ".yml", ".yaml", ".cfg", ".ini")):
            text = (ROOT / name).read_text("utf-8")
            assert "index-url" not in text, name
            assert "extra-index" not in text, name


ENGINE_RULES = """\
[lint]
select = ["E", "F", "I", "UP", "B", "S", "SIM", "PT", "ASYNC", "D", "ANN", "RET", "C4", "PIE"]
ignore = ["S101", "S310", "S311", "S603", "S607", "ANN401", "D107"]
isort.known-first-party = ["motor"]
pydocstyle.convention = "google"
pycodestyle.max-line-length = 100
"""


@pytest.mark.parametrize("command", [["check"], ["format", "--diff"]])
def test_the_engine_is_clean(command: list[str], tmp_path: Path) -> None:
    """What a starter doesn't lint, since it is ours, is linted and formatted here."""
    (tmp_path / "ruff.toml").write_text(ENGINE_RULES, "utf-8")
    settings = ["--config", str(tmp_path / "ruff.toml"), "--no-force-exclude"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, *settings, str(COMUN / "motor")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
