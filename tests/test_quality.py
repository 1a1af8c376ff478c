"""The toolkit holds itself to what it asks of phase 6."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join
)
def test_style_format_and_types_are_clean(command: list[str]) -> None:
    """Ruff and mypy, as strict as they go, have nothing to say."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_below_knows_what_is_above() -> None:
    """Every room imports only from those below it, as `.importlinter` lays them out."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_scripts_are_clean() -> None:
    """Shellcheck has nothing to say of what CI runs."""
    scripts = [str(file) for file in (ROOT / ".ci").iterdir()]
    assert scripts
    done = subprocess.run(
        [Path(sys.executable).with_name("shellcheck"), *scripts],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_modules_fit_in_one_reading() -> None:
    """Three hundred lines, or somewhat more."""
    long = {
        str(file.relative_to(ROOT)): lines
        for file in (ROOT / "scaffolder").rglob("*.py")
        if (lines := len(file.read_text("utf-8").splitlines())) > 350
    }
    assert long == {}


def test_the_command_line_starts_light() -> None:
    """Copier, Rich, questionary and YAML are imported only where they are used."""
    code = "import sys, scaffolder.cli; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded & {"copier", "rich", "questionary", "yaml", "pydantic", "watchfiles"} == set()


def test_nobody_is_told_to_install_what_is_not_ours() -> None:
    """On PyPI, `scaffold` and `scaffolder` belong to others."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wrong = re.compile(r"(?:pip|uv tool|pipx) install (?:[^\n`& ]+ )*scaffold(?:er)?(?![-\w/])")
    told = [
        name
        for name in listed.stdout.split("\0")
        if name.endswith((".md", ".py", ".jinja", ".toml", ".yml"))
        and wrong.search((ROOT / name).read_text("utf-8"))
    ]
    assert told == []
