"""`scaffold` and `scaffold next`: where the learner is, and what comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.starter.answers import Answers
from tests.conftest import Scaffold
from tests.helpers import build_file_tree


def begin(folder: Path, project: str, ticked: str = "", total: int = 2) -> Path:
    """A learner's repository of a project, with some boxes ticked."""
    boxes = [
        f"- [{'x' if f'R{n}' in ticked.split() else ' '}] **R{n} · Título {n}**\n  - Algo.\n"
        for n in range(1, total + 1)
    ]
    return build_file_tree(
        folder,
        {
            ".copier-answers.yml": Answers(project, "embedded", "0.1.0", {"nombre": "X"}).dump(),
            "REQUISITOS.md": "# Requisitos\n\n" + "".join(boxes),
        },
    )


def advised(scaffold: Scaffold, *options: object) -> tuple[str, str]:
    """The project that `next` names, and its reason."""
    step = scaffold("next", "--json", *options).json()["next"]
    return step["project"], step["reason"]


def test_begins_at_the_beginning(scaffold: Scaffold) -> None:
    """Nobody has done anything: the first project, with what it practises, and its command."""
    done = scaffold("next")
    assert done.code == 0
    first, second, third = done.out.splitlines()
    assert first == "Sigue con proyecto-1-tareas · Gestor de Tareas CLI"
    assert "el proyecto 1 de 3 de la fase 1 (Fundamentos de Python)" in second
    assert "Testing Básico" in second
    assert second.endswith(" El roadmap da a esa fase 2-3 meses.")
    assert third == "  scaffold new proyecto-1-tareas"


def test_what_was_begun_comes_first(scaffold: Scaffold, here: Path) -> None:
    """With what is missing, and where it is."""
    begin(here / "a", "proyecto-1-tareas", "R1 R2")
    begin(here / "b", "proyecto-2-logs", "R1")
    assert advised(scaffold) == ("proyecto-2-logs", "Ya lo empezaste y te falta R2.")
    step = scaffold("next", "--json").json()["next"]
    assert step["path"] == str(here / "b")
    assert f"  cd {here / 'b'}\n" in scaffold("next").out


def test_then_the_next_one_of_the_phase(scaffold: Scaffold, here: Path) -> None:
    """What is finished is behind."""
    begin(here / "a", "proyecto-1-tareas", "R1 R2")
    project, reason = advised(scaffold)
    assert project == "proyecto-2-logs"
    assert "el proyecto 2 de 3 de la fase 1" in reason


def test_a_learner_who_came_in_later_is_not_sent_back(scaffold: Scaffold, here: Path) -> None:
    """Whoever began in phase 2 goes on from there."""
    begin(here / "a", "proyecto-4-servidor-http", "R1 R2")
    project, reason = advised(scaffold)
    assert project == "proyecto-5-cliente-rest"
    assert "El roadmap da a esa fase " in reason
    assert "Se apoya en la fase 1 (Fundamentos de Python): " in reason


def test_the_phase_can_be_named(scaffold: Scaffold, here: Path) -> None:
    """The learner knows best."""
    begin(here / "a", "proyecto-1-tareas", "R1")
    assert advised(scaffold, "--phase", 2)[0] == "proyecto-4-servidor-http"
    done = scaffold("next", "--phase", 12)
    assert (done.code, "No hay fase 12." in done.err) == (2, True)


def test_of_two_of_one_project_the_further_one_counts(scaffold: Scaffold, here: Path) -> None:
    """A second try does not hide the first."""
    begin(here / "a", "proyecto-1-tareas", "R1 R2")
    begin(here / "b", "proyecto-1-tareas")
    assert advised(scaffold)[0] == "proyecto-2-logs"


@pytest.mark.parametrize("place", ["repo", "repo/src"])
def test_inside_a_repository_it_is_told_and_its_neighbours_count(
    scaffold: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Where am I: this one, box by box; what comes next takes in those beside it."""
    begin(here / "repo", "proyecto-1-tareas", "R1 R2")
    begin(here / "otro", "proyecto-2-logs", "R1")
    (here / "repo/src").mkdir()
    monkeypatch.chdir(here / place)
    shown = scaffold().out
    assert shown.startswith(
        "proyecto-1-tareas · Gestor de Tareas CLI (fase 1): 2 de 2 requisitos\n"
        "  [x] R1 Título 1\n"
        "  [x] R2 Título 2\n"
    )
    assert "Sigue con proyecto-2-logs" in shown
    assert "proyecto-2-logs ·" not in shown.partition("Sigue")[0]


def test_where_am_i_among_several(scaffold: Scaffold, here: Path) -> None:
    """One line for each repository below the folder, however it is called."""
    begin(here / "fase1/uno", "proyecto-1-tareas", "R1")
    begin(here / "mío", "proyecto-99-mío", "")
    begin(here / ".oculto", "proyecto-2-logs", "R1")
    begin(here / ".venv/lib/x", "proyecto-3-scraper", "R1")
    broken = begin(here / "roto", "proyecto-4-servidor-http")
    (broken / ".copier-answers.yml").write_text("{")
    shown = scaffold().out
    assert shown.startswith(
        "proyecto-1-tareas · Gestor de Tareas CLI (fase 1): 1 de 2 requisitos  en fase1/uno/\n"
        "proyecto-99-mío: 0 de 2 requisitos  en mío/\n"
        "\n"
    )
    told = scaffold("--json").json()
    assert told["projects"][0] == {
        "id": "proyecto-1-tareas",
        "path": str(here / "fase1/uno"),
        "version": "0.1.0",
        "done": ["R1"],
        "open": ["R2"],
    }
    assert told["next"]["project"] == "proyecto-1-tareas"


def test_where_am_i_with_nothing_yet(scaffold: Scaffold) -> None:
    """A first step for whoever has none."""
    shown = scaffold().out
    assert shown.startswith("Aquí no hay ningún proyecto tuyo todavía.\n")
    assert "\nEstás en la fase 1 · Fundamentos de Python (2-3 meses)\n" in shown
    assert "scaffold new proyecto-1-tareas" in shown


def test_when_there_is_nothing_left(scaffold: Scaffold, here: Path) -> None:
    """Everything of a phase is done: the end is told, not an error."""
    begin(here / "1", "proyecto-1-tareas", "R1 R2")
    begin(here / "2", "proyecto-2-logs", "R1 R2")
    begin(here / "3", "proyecto-3-scraper", "R1 R2")
    done = scaffold("next", "--phase", 1)
    assert (done.code, done.out) == (0, "Has cumplido todo lo que hay por aquí. ¡Enhorabuena!\n")
    assert scaffold("next", "--phase", 1, "--json").json() == {
        "format": 1,
        "next": None,
        "unreadable": [],
    }


def test_answers_that_make_no_sense_are_told(
    scaffold: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the repository itself: refused, with how to get the file back, or to convert it."""
    repo = begin(here / "repo", "proyecto-1-tareas")
    monkeypatch.chdir(repo)
    (repo / "REQUISITOS.md").write_bytes(b"\xff\xfe")
    done = scaffold()
    assert (done.code, "Guárdalo como UTF-8" in done.err) == (2, True)
    (repo / ".copier-answers.yml").write_text("nombre: X\n")
    done = scaffold()
    assert (done.code, "git checkout HEAD -- .copier-answers.yml" in done.err) == (2, True)
