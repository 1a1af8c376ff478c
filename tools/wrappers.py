"""Write the one-line files that bring what is shared (`comun/`) into each starter.

Run it after adding a project or a shared file, or after a requirement's test imports
another module of the engine: `uv run python tools/wrappers.py`. A file with content of its
own is left alone, so a starter may say more than what is shared.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from scaffolder.roadmap.catalogue import load

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
ENGINE = "tests/motor"
# By the file in the starter, what of `comun/` it is; a suffix says that Jinja renders it.
SHARED = {
    ".copier-answers.yml": "answers.yml.jinja",
    ".editorconfig": "editorconfig",
    ".gitattributes": "gitattributes",
    ".github/workflows/ci.yml": "ci.yml.jinja",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml.jinja",
    "LICENSE": "LICENSE.jinja",
    "conftest.py": "conftest.py",
    "mypy.ini": "mypy.ini.jinja",
    "pytest.ini": "pytest.ini.jinja",
    "uv.toml": "uv.toml.jinja",
    "{% if linter == 'black-flake8' %}.flake8{% endif %}": "flake8.jinja",
    "{% if linter == 'ruff' %}ruff.toml{% endif %}": "ruff.toml.jinja",
}
FROM_PHASE_3 = {".dockerignore": "dockerignore", ".github/dependabot.yml": "dependabot.yml"}
# What pytest itself loads or finds, so that no test imports it.
ALWAYS = ("__init__", "requisitos", "test_casillas")


def wrapper(shared: str) -> str:
    """The line that brings in a file of `comun/`."""
    return f'{{% include "comun/{shared}" -%}}\n'


def is_wrapper(text: str) -> bool:
    """Whether a file is one include of something shared and nothing else."""
    return re.fullmatch(r'\{% include "comun/[^"]+" -%\}\n', text) is not None


def imported(file: Path) -> set[str]:
    """The names of the engine's modules that a Python file imports, at any depth of it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "motor":
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= set(re.findall(r"^motor\.(\w+)", node.module or ""))
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if "motor." in alias.name}
    return names


def engine_modules(comun: Path, names: Iterable[str] = ()) -> set[str]:
    """These modules of the engine and those that every starter has, with all they need."""
    needed: set[str] = set()
    waiting = {*ALWAYS, *names}
    while waiting:
        needed |= waiting
        found = (imported(comun / "motor" / f"{name}.py") for name in waiting)
        waiting = set[str]().union(*found) - needed
    return needed


def wrappers(templates: Path, project: str, phase: int) -> dict[str, str]:
    """What the one-line files of a starter are called, and what they say.

    Only those that it needs: names and content of the files that it writes itself are
    the project's own affair.
    """
    repo = templates / project / "repo"
    shared = SHARED | (FROM_PHASE_3 if phase >= 3 else {})  # noqa: PLR2004 (Docker is taught there)
    files = (repo / "tests" / "requisitos").glob("*.py")
    names = set[str]().union(*map(imported, files))
    for name in engine_modules(templates / "comun", names):
        shared[f"{ENGINE}/{name}.py"] = f"motor/{name}.py"
    return {f"{name}.jinja": wrapper(source) for name, source in sorted(shared.items())}


def changes(templates: Path, project: str, phase: int) -> Iterator[tuple[Path, str | None]]:
    """The files to write, and (None) those of the engine that nothing needs any more."""
    repo = templates / project / "repo"
    wanted = wrappers(templates, project, phase)
    for name, text in wanted.items():
        file = repo / name
        if not file.exists() or (is_wrapper(old := file.read_text("utf-8")) and old != text):
            yield file, text
    for file in sorted((repo / ENGINE).glob("*.jinja")):
        if file.relative_to(repo).as_posix() not in wanted:
            yield file, None


def main() -> None:
    """Bring every starter up to date, and tell what changed."""
    catalogue = load(TEMPLATES)
    for folder in sorted(TEMPLATES.glob("*/repo")):
        project = folder.parent.name
        for file, text in list(changes(TEMPLATES, project, catalogue.find(project).phase)):
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8", newline="\n")
            print("-" if text is None else "+", file.relative_to(TEMPLATES))


if __name__ == "__main__":
    main()
