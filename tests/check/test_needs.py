"""What requirements lean on, where it is not the toolkit's catalogue that says so."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.starter.answers import Answers, parse_answers, read_answers
from tests.check.repository import BAD_SUM, Learner
from tests.conftest import Scaffold

if TYPE_CHECKING:
    import pytest


def test_a_repository_remembers_what_its_own_catalogue_says(
    scaffold: Scaffold, here: Path, root: Path
) -> None:
    """The instructor's catalogue is not at hand later; the embedded one is, and is not copied."""
    assert scaffold("new", "18", "recetas", "--source", root).code == 0
    answers = read_answers(here / "recetas")
    assert answers is not None
    assert answers.needs == {"R2": ("R1",)}
    assert scaffold("new", "1", "tareas").code == 0
    assert "_needs" not in (here / "tareas/.copier-answers.yml").read_text("utf-8")


def test_check_tells_what_blocks_a_requirement_of_an_instructor_s(
    scaffold: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for the toolkit's own projects."""
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", sys.prefix)
    learner = Learner(here / "cuentas", scaffold)
    learner.has("proyecto-99-cuentas", BAD_SUM.replace("a - b", "0"))
    answers = Answers("proyecto-99-cuentas", "local", "1.0.0", {}, {"R2": ("R1",)})
    (learner.folder / ".copier-answers.yml").write_text(answers.dump(), "utf-8")
    done = scaffold("check", learner.folder)
    assert "  R2  pendiente        0 de 1  Restar\n      bloqueado por R1\n" in done.out


def test_what_makes_no_sense_is_left_out() -> None:
    """Whoever had the repository may have written it."""
    for needs in ("[1]", "{R2: R1}", "{R2: [1]}", "null"):
        text = f"proyecto: x\n_src_path: local\n_commit: '1'\n_needs: {needs}\n"
        assert parse_answers(text.encode()).needs == {}
