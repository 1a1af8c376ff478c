"""Green from birth: the starter as generated passes everything that it ships."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.proof.starters import (
    DEFAULT_LINTER,
    LINTERS,
    PROJECTS,
    TEMPLATES,
    Starter,
    rendered,
)
from tests.services import Running

BOTH = [
    pytest.param(project, linter, id=f"{project}-{linter}")
    for project in PROJECTS
    for linter in LINTERS
]
_JINJA = re.compile(r"\{\{(?! ?(github|env|matrix|secrets)\b)|\{%|\{#")


def workflow(folder: Path) -> dict[str, Any]:
    """The starter's CI workflow."""
    text = (folder / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize(("project", "linter"), BOTH)
def test_no_jinja_is_left(project: str, linter: str, shared: Path) -> None:
    """What Copier leaves behind is plain text, with LF, ending in one line break."""
    folder = rendered(project, linter, shared)
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 20
    for file in files:
        assert file.suffix != ".jinja", file
        data = file.read_bytes()
        if b"\0" in data:
            continue
        text = data.decode("utf-8")
        assert "\r" not in text, file
        assert not text or text.endswith("\n"), f"{file} has no line break at its end"
        assert not text.endswith("\n\n"), f"{file} ends in empty lines"
        if file.suffix != ".py":
            assert len(_JINJA.findall(text)) == _meant(project, file.relative_to(folder)), file


def _meant(project: str, file: Path) -> int:
    """How much Jinja a file is to show: a project about templates writes it as `{{ '{{' }}`."""
    source = TEMPLATES / project / "repo" / f"{file}.jinja"
    return len(re.findall(r"'\{[{%#]'", source.read_text("utf-8"))) if source.exists() else 0


def steps(folder: Path) -> list[tuple[str, dict[str, str]]]:
    """The `run:` steps of the starter's CI, each with the variables that it sees."""
    found = []
    whole = workflow(folder)
    for job in whole["jobs"].values():
        for step in job["steps"]:
            if "run" in step:
                assert "${{" not in step["run"], step
                settings = {**whole.get("env", {}), **job.get("env", {}), **step.get("env", {})}
                found.append((step["run"], {k: str(v) for k, v in settings.items()}))
    return found


@pytest.mark.proof
@pytest.mark.parametrize(("project", "linter"), BOTH)
def test_its_own_ci_and_hooks_pass(
    project: str, linter: str, prepared: Callable[..., Starter], services: Running
) -> None:
    """Every `run:` step of its workflow passes, and none of them, nor a hook, changes a file.

    They run where the starter was installed, so that it isn't installed again. For a linter
    other than the default, only the steps that the default's workflow doesn't have.
    """
    starter = prepared(project, linter)
    todo = steps(starter.folder)
    assert len(todo) >= 5
    if linter != DEFAULT_LINTER:
        done = [command for command, _ in steps(prepared(project).folder)]
        todo = [(command, settings) for command, settings in todo if command not in done]
        assert todo, f"nothing differs from {DEFAULT_LINTER}"
    todo.append(("uv run pre-commit run --all-files", {}))
    real = services.settings(starter.folder)
    for command, settings in todo:
        # With which Python is for whoever runs this to say: the starter is installed already.
        settings.pop("UV_PYTHON", None)
        told = {name: real.get(name, value) for name, value in settings.items()}
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=starter.folder,
            env=starter.environment() | {"CI": "true"} | told,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    status = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=starter.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    changed = [line for line in status.stdout.splitlines() if not line.startswith("A  ")]
    assert changed == ["?? uv.lock"], changed
