"""The pictures of both READMEs are what the commands show today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[1]
NAMES = ("route", "check")


@pytest.mark.proof
def test_the_pictures_are_current() -> None:
    """Drawn again from real runs, they are the same."""
    done = subprocess.run(
        [sys.executable, "docs/pictures.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_whole_and_asks_nobody_for_anything(name: str) -> None:
    """Well-formed, without an address to load from or a path of the machine that drew it."""
    text = (ROOT / "docs" / f"{name}.svg").read_text("utf-8")
    assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314 - our own
    for word in ("@font-face", "url(http", "/home/", str(ROOT)):
        assert word not in text


@pytest.mark.parametrize("readme", ["README.md", "README.en.md"])
def test_both_readmes_show_them(readme: str) -> None:
    """Each with its words for who does not see it."""
    text = (ROOT / readme).read_text("utf-8")
    for name in NAMES:
        before, mark, _ = text.partition(f"](docs/{name}.svg)")
        assert mark
        assert len(before.rpartition("![")[2]) > 40
