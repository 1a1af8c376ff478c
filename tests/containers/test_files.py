"""What can be said of a project's container files without starting anything."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.containers.projects import WITH_CONTAINERS, dockerfiles, variables
from tests.proof.starters import rendered

pytestmark = pytest.mark.containers
each_project = pytest.mark.parametrize("project", WITH_CONTAINERS)


def run_tool(name: str, *arguments: str, cwd: Path) -> str:
    """Run a linter of our own environment; returns what it has to say."""
    tool = shutil.which(name, path=str(Path(sys.executable).parent))
    assert tool, f"{name} is not installed: uv sync"
    done = subprocess.run([tool, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


@each_project
def test_dockerfiles_are_clean(project: str, shared: Path) -> None:
    """Hadolint has nothing to say, and no parser is pulled from a registry."""
    folder = rendered(project, "ruff", shared)
    found = dockerfiles(folder)
    assert found
    for dockerfile in found:
        assert run_tool("hadolint", str(dockerfile), cwd=folder) == ""
        text = dockerfile.read_text("utf-8")
        assert not re.search(r"^#\s*(syntax|check)\s*=", text, re.MULTILINE | re.IGNORECASE)
        assert "HEALTHCHECK" in text
        assert re.search(r"^STOPSIGNAL ", text, re.MULTILINE)
        assert re.search(r"^CMD \[", text, re.MULTILINE), "the command is not in exec form"


@each_project
def test_settings_are_documented(project: str, shared: Path) -> None:
    """`.env.example` names every variable of the compose file; `.env` itself stays at home."""
    folder = rendered(project, "ruff", shared)
    example = (folder / ".env.example").read_text("utf-8")
    named = set(re.findall(r"^#? ?(\w+)=", example, re.MULTILINE))
    assert variables(folder) <= named
    for ignore in (".gitignore", ".dockerignore"):
        assert ".env" in (folder / ignore).read_text("utf-8").splitlines()


@each_project
def test_dependabot_is_well_made(project: str, shared: Path) -> None:
    """It watches actions and images alone, and waits some days with each."""
    folder = rendered(project, "ruff", shared)
    file = folder / ".github" / "dependabot.yml"
    schema = ("--builtin-schema", "vendor.dependabot")
    assert run_tool("check-jsonschema", *schema, str(file), cwd=folder) == ""
    assert run_tool("zizmor", "--offline", "--quiet", str(file), cwd=folder) == ""
    text = file.read_text("utf-8")
    ecosystems = re.findall(r"package-ecosystem: (\S+)", text)
    assert sorted(ecosystems) == ["docker", "docker-compose", "github-actions"]
    assert text.count("default-days: ") == len(ecosystems)


@each_project
def test_the_readme_tells_how(project: str, shared: Path) -> None:
    """With containers, without them, and what to do when the port is taken."""
    text = (rendered(project, "ruff", shared) / "README.md").read_text("utf-8")
    section = re.search(
        r"^## Con contenedores y sin ellos\n\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL
    )
    assert section, "README.md has no such section"
    lines = section[1].splitlines()
    assert len(lines) <= 5
    for needed in ("docker compose up", "--direccion", "down", "uv run", "PUERTO="):
        assert needed in section[1], f"«{needed}» is missing"
