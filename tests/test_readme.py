"""What the READMEs promise: two commands, real transcripts, the same in both languages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
import yaml

from tests.proof.starters import PROJECTS, environment

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "README.en.md")
BLOCK = re.compile(r"^```console\n(.+?)^```$", re.MULTILINE | re.DOTALL)


def commands(readme: Path) -> list[str]:
    """The blocks that a person copies as they are; a transcript begins with `$`."""
    blocks = BLOCK.findall(readme.read_text("utf-8"))
    return [block.strip() for block in blocks if not block.startswith("$")]


def test_there_are_two_commands_and_ci_uses_the_second() -> None:
    """The same two in both languages; the contributor's page and `.ci/run` tell nothing else."""
    first, second = commands(READMES[0])
    assert commands(READMES[1]) == [first, second]
    assert "scaffold new proyecto-7-blog" in first
    assert second in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert second == commands(ROOT / "CONTRIBUTING.md")[0]


def test_the_forge_runs_the_same_command_in_parts() -> None:
    """One job per project, one for what belongs to none: together, all that the command runs."""
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    second = commands(READMES[0])[1]
    steps = {name: [step.get("run", "") for step in job["steps"]] for name, job in jobs.items()}
    assert f'{second} -k "$PROJECT"' in steps["project"]
    assert f'{second} -k "$NONE"' in steps["toolkit"]
    assert jobs["all"]["needs"] == [name for name in jobs if name != "all"]
    listed = next(step["run"] for step in jobs["projects"]["steps"] if "run" in step)
    with NamedTemporaryFile("r") as output:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", listed],
            cwd=ROOT,
            env={**environment(), "GITHUB_OUTPUT": output.name},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = dict(line.split("=", 1) for line in output.read().splitlines())
    assert sorted(json.loads(found["ids"])) == sorted(PROJECTS)
    assert found["none"] == f"not ({' or '.join(json.loads(found['ids']))})"


def test_both_languages_say_the_same() -> None:
    """The same headings at the same depth, the same commands in the table."""
    shapes = []
    for readme in READMES:
        text = readme.read_text("utf-8")
        depths = re.findall(r"^#+(?= )", text, re.MULTILINE)
        named = re.findall(r"^\| `scaffold ?(\w*)", text, re.MULTILINE)
        shapes.append((depths, named, text.count("\n|")))
    assert shapes[0] == shapes[1]


def test_every_command_is_in_the_table() -> None:
    """Nothing that `--help` shows is missing."""
    from scaffolder.cli import COMMANDS  # noqa: PLC0415 - where it is used

    text = READMES[0].read_text("utf-8").split("## Todas las órdenes")[1].split("\n## ")[0]
    named = re.findall(r"^\| `scaffold (\w+)", text, re.MULTILINE)
    assert sorted(named) == sorted(COMMANDS)


@pytest.mark.proof
def test_what_it_shows_is_what_happens() -> None:
    """Transcripts and the table of projects come from real runs."""
    done = subprocess.run(
        [sys.executable, "docs/readme.py", "--check"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.proof
def test_the_first_command_ends_in_a_blog(tmp_path: Path) -> None:
    """In a fresh clone, with nothing installed."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    done = subprocess.run(
        ["bash", "-c", commands(READMES[0])[0]],
        cwd=clone,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "proyecto-7-blog" / "REQUISITOS.md").is_file()
    assert "uv run pytest" in done.stdout
