"""`scaffold init`: the notebook of the route, made once and brought up to date for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.learner import workspace
from scaffolder.roadmap import catalogue
from scaffolder.templating.source import embedded
from tests.conftest import Scaffold
from tests.helpers import git

ROADMAP = catalogue.load(embedded().root)


def test_a_new_workspace_has_the_whole_route(scaffold: Scaffold, here: Path) -> None:
    """Every topic with its links and projects, the metrics and the advice."""
    done = scaffold("init", "ruta", "--name", "Una alumna", "--phase", "3")
    assert done.code == 0
    folder = here / "ruta"
    assert sorted(entry.name for entry in folder.iterdir()) == ["RUTA.md", "ruta.toml"]
    text = (folder / "RUTA.md").read_text("utf-8")
    for topic in ROADMAP.topics.values():
        assert f"- [ ] **{topic.id} · {topic.title}**\n" in text
        for link in topic.links:
            assert f"  - [{link.title}]({link.url})\n" in text
    for line in (*ROADMAP.goals.metrics, *ROADMAP.goals.recommendations):
        assert f"- [ ] **{line}**\n" in text
    assert str(here) not in text
    assert workspace.enclosing(folder) == workspace.Workspace(folder.resolve(), "Una alumna", 3)


def test_every_topic_is_practised(scaffold: Scaffold, here: Path) -> None:
    """None of the 39 is only for reading."""
    scaffold("init")
    text = (here / "RUTA.md").read_text("utf-8")
    assert text.count("  - Se practica en `proyecto-") == 39
    assert "Solo lectura" not in text


def test_doing_it_again_changes_nothing(scaffold: Scaffold, here: Path) -> None:
    """And says so."""
    scaffold("init")
    before = {file.name: file.read_bytes() for file in here.iterdir()}
    done = scaffold("init")
    assert (done.code, done.out) == (0, "Ya estaba al día.\n")
    assert {file.name: file.read_bytes() for file in here.iterdir()} == before


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_ticks_and_notes_survive(scaffold: Scaffold, here: Path, newline: str) -> None:
    """Whatever the bullet, the X or the line ends; new text comes in around them."""
    scaffold("init")
    file = here / "RUTA.md"
    text = file.read_text("utf-8")
    old = "https://docs.python.org/3/library/venv.html"
    text = text.replace("- [ ] **1.1 ·", "* [X] **1.1 ·").replace(old, "https://old.example/venv")
    text = text.replace("- [ ] **1.2 ·", "  - mi nota de 1.1\n- [x] **1.2 ·")
    text = text.replace("## Fase 2", "## Mis libros\n\n- [ ] **Uno muy bueno**\n\n## Fase 2")
    text = text.replace("  - [Quickstart]", "  - [Mío](https://mine.example/)\n  - [Quickstart]")
    text = "Una línea mía.\n" + text
    file.write_bytes(text.replace("\n", newline).encode())
    assert scaffold("init").code == 0
    raw = file.read_bytes().decode()
    assert raw.count("\n") == raw.count(newline)
    merged = raw.replace("\r\n", "\n")
    assert "[x] **1.1 · Configuración del Entorno**\n" in merged
    assert f"  - [Entorno Virtual]({old})\n" in merged
    assert "old.example" not in merged
    assert merged.index("mi nota de 1.1") < merged.index("- [x] **1.2 ·")
    assert merged.index("## Fase 1") < merged.index("## Mis libros") < merged.index("## Fase 2")
    assert "- [ ] **Uno muy bueno**\n" in merged
    assert "  - [Mío](https://mine.example/)\n" in merged
    assert "Una línea mía.\n" in merged
    assert merged.count("**1.1 ·") == 1
    again = file.read_bytes()
    scaffold("init")
    assert file.read_bytes() == again


def test_settings_are_never_overwritten(scaffold: Scaffold, here: Path) -> None:
    """They are the learner's; what was asked is told."""
    (here / "ruta.toml").write_text('nombre = "Yo"\nfase = 2\n', "utf-8")
    done = scaffold("init", "--phase", "5")
    assert "ya existía y no lo cambio" in done.out
    assert (here / "ruta.toml").read_text("utf-8") == 'nombre = "Yo"\nfase = 2\n'
    assert "Fase 2 · " in scaffold("next").out or "fase 2" in scaffold("next").out


@pytest.mark.parametrize("content", ["fase = ", 'fase = "dos"', "nombre = 3"])
def test_broken_settings_are_refused(scaffold: Scaffold, here: Path, content: str) -> None:
    """With the file's name and the way out."""
    (here / "ruta.toml").write_text(content, "utf-8")
    done = scaffold("next")
    assert done.code == 2
    assert "ruta.toml" in done.err
    assert "Traceback" not in done.err


def test_a_notebook_in_another_encoding_is_left_alone(scaffold: Scaffold, here: Path) -> None:
    """Not UTF-8: refused, and the bytes stay."""
    (here / "RUTA.md").write_bytes(b"caf\xe9\n")
    done = scaffold("init")
    assert done.code == 2
    assert (here / "RUTA.md").read_bytes() == b"caf\xe9\n"


def test_a_file_in_the_way_is_refused(scaffold: Scaffold, here: Path) -> None:
    """A workspace is a folder."""
    (here / "ruta").write_text("", "utf-8")
    assert scaffold("init", "ruta").code == 2
    assert scaffold("init", "--phase", "9").code == 2


def test_as_a_repository_it_leaves_the_projects_out(scaffold: Scaffold, here: Path) -> None:
    """`new` works inside it, and Git sees only the notebook."""
    assert scaffold("init", "--git").code == 0
    done = scaffold("new", "1", "--defaults")
    assert done.code == 0, done.err
    assert (here / "proyecto-1-tareas" / ".git").is_dir()
    status = git(here, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert sorted(status) == ["?? .gitignore", "?? RUTA.md", "?? ruta.toml"]


def test_the_phase_of_the_workspace_counts(scaffold: Scaffold, here: Path) -> None:
    """`next` begins where the learner says they are, from inside a project too."""
    scaffold("init", "--phase", "2")
    assert "scaffold new proyecto-4-servidor-http" in scaffold("next").out
    scaffold("new", "4", "--defaults")
    assert scaffold("next", "--json").json()["next"]["path"] == str(
        here / "proyecto-4-servidor-http"
    )


def test_the_commands_that_it_ends_with_can_be_typed(scaffold: Scaffold, here: Path) -> None:
    """A folder with a space in its name is quoted."""
    told = scaffold("init", "mi ruta").out
    assert f"\n  cd '{here / 'mi ruta'}'\n  scaffold next\n" in told
