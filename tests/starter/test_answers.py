"""Answers that hurt: quotes, emoji, accents, braces, templates, control characters, length."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import Scaffold

NASTY = [
    *("'", '"', "\\", "`", "$(ls)", "${HOME}", "%s", "{", "}", "{{ autor }}", "{% raw %}", "{#"),
    *("{{ _copier_conf }}", "{% include 'x' %}", "<b>", "&amp;", "#", ": ", " - ", "* ", "]", "¿"),
    *(
        "ñ",
        "é",
        "ß",
        "日本",
        "🐍",
        "👩‍💻",
        "a\u0301",
        "\u200f",
        "null",
        "true",
        "1e5",
        "---",
        "...",
    ),
    *("\n", "\r\n", "\t", "\0", "\x1b[31m", "\x85", "\u2028", "\ufeff", "\ufffe", "~", "@", "!x"),
]
answers = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(NASTY), max_size=8).map("".join),
    st.builds(lambda text, times: text * times, st.sampled_from(NASTY), st.integers(0, 250)),
)


@given(nombre=answers, autor=answers)
@example(nombre="Ñandú \"de\" {{ autor }} 'x' 🐍 \\ $(ls)", autor="O'Neil, «Ana» <a@b.c>")
@example(nombre="x" * 200, autor="é" * 200)
@example(nombre="x" * 201, autor="Ana")
@example(nombre="dos\nlíneas", autor="Ana")
@example(nombre=" ", autor="Ana")
@settings(
    database=None,
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.proof
def test_is_rendered_right_or_refused(
    scaffold: Scaffold, here: Path, nombre: str, autor: str
) -> None:
    """The exact words in every file, or exit code 2 and nothing on the disk."""
    done = scaffold("new", "1", "p", "--data", f"nombre={nombre}", "--data", f"autor={autor}")
    repo = here / "p"
    plain = all(
        word.isprintable() and word.strip() and len(word) <= 200 for word in (nombre, autor)
    )
    if done.code == 2:
        assert not plain, done.err
        assert len(done.err.splitlines()) == 2
        assert "«nombre» no vale: " in done.err or "«autor» no vale: " in done.err
        assert list(here.iterdir()) == []
        return
    assert done.code == 0, done.err
    try:
        project = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        recorded = yaml.safe_load((repo / ".copier-answers.yml").read_text(encoding="utf-8"))
        assert (project["description"], project["authors"]) == (nombre, [{"name": autor}])
        assert (recorded["nombre"], recorded["autor"]) == (nombre, autor)
        readme = (repo / "README.md").read_text(encoding="utf-8")
        assert readme.startswith(f"# {nombre}\n")
        assert autor in (repo / "LICENSE").read_text(encoding="utf-8")
    finally:
        shutil.rmtree(repo)


@pytest.mark.parametrize("value", ["", " ", "dos\nlíneas", "\0", "a\x1b[31m", "x" * 201])
@pytest.mark.parametrize("key", ["nombre", "autor"])
def test_what_fits_on_no_line_is_refused(
    scaffold: Scaffold, here: Path, key: str, value: str
) -> None:
    """With the template's own words."""
    done = scaffold("new", "1", "--data", f"{key}={value}")
    assert (done.code, f"«{key}» no vale: " in done.err) == (2, True)
    assert list(here.iterdir()) == []
