"""Odd workspaces: what is moved, half deleted or not ours is told, and stops nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conftest import Scaffold
from tests.helpers import build_file_tree
from tests.learner.test_recommendation import begin

COMMANDS = ((), ("next",), ("progress",))
MAIN = [sys.executable, "-c", "from scaffolder.cli import main; main()"]


def states(scaffold: Scaffold) -> dict[str, str]:
    """Project and count of what the map has of the learner's."""
    data = scaffold("progress", "--json").json()
    stops = [stop for phase in data["phases"] for stop in phase["projects"]]
    return {s["id"]: f"{s['done']}/{s['total']}" for s in stops if s["path"]}


def test_repositories_can_be_moved_renamed_and_nested(
    scaffold: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are known by what they hold, wherever they are."""
    begin(here / "proyecto-1-tareas", "proyecto-1-tareas", "R1")
    assert states(scaffold) == {"proyecto-1-tareas": "1/2"}
    (here / "curso/año 1/python").mkdir(parents=True)
    shutil.move(here / "proyecto-1-tareas", here / "curso/año 1/python/mi gestor")
    assert states(scaffold) == {"proyecto-1-tareas": "1/2"}
    assert "en curso/año 1/python/mi gestor/" in scaffold().out.replace(os.sep, "/")
    # A repository inside another belongs to that one.
    begin(here / "curso/año 1/python/mi gestor/copia", "proyecto-2-logs", "R1 R2")
    assert states(scaffold) == {"proyecto-1-tareas": "1/2"}
    monkeypatch.chdir(here / "curso/año 1/python/mi gestor/copia")
    assert scaffold().out.startswith("proyecto-2-logs ")
    monkeypatch.chdir(here / "curso")
    assert states(scaffold) == {"proyecto-1-tareas": "1/2"}


def test_of_two_repositories_of_one_project_both_are_shown(scaffold: Scaffold, here: Path) -> None:
    """The one that has come further counts on the map."""
    begin(here / "a", "proyecto-1-tareas", "R1")
    begin(here / "b", "proyecto-1-tareas", "R1 R2")
    assert states(scaffold) == {"proyecto-1-tareas": "2/2"}
    shown = scaffold().out
    assert "1 de 2 requisitos  en a/" in shown
    assert "2 de 2 requisitos  en b/" in shown


EDITS: Mapping[str, Callable[[str], str]] = {
    "bullets": lambda text: text.replace("- [", "* ["),
    "plus": lambda text: text.replace("- [", "+ ["),
    "capital": lambda text: text.replace("[x]", "[X]"),
    "windows": lambda text: text.replace("\n", "\r\n"),
    "mark": lambda text: f"\ufeff{text}",
    "words": lambda text: text.replace("**\n", "** (¡casi!)\n").replace("# Req", "Notas\n\n# Req"),
    "notes": lambda text: f"{text}\n## Mis notas\n\n- [x] comprar café\n- [ ] **R9** sin título\n",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_checklists_are_read_as_people_edit_them(
    scaffold: Scaffold, here: Path, edit: Callable[[str], str]
) -> None:
    """Bullets, capitals, line ends, marks and words of the learner's change no count."""
    file = begin(here / "a", "proyecto-1-tareas", "R2", total=3) / "REQUISITOS.md"
    file.write_bytes(edit(file.read_bytes().decode()).encode())
    assert states(scaffold) == {"proyecto-1-tareas": "1/3"}
    for command in COMMANDS:
        done = scaffold(*command)
        assert (done.code, done.err) == (0, "")


def without_checklist(repo: Path) -> None:
    """Its list of requirements is gone."""
    (repo / "REQUISITOS.md").unlink()


def folder_for_checklist(repo: Path) -> None:
    """A folder stands in its place."""
    (repo / "REQUISITOS.md").unlink()
    (repo / "REQUISITOS.md").mkdir()


def other_encoding(repo: Path) -> None:
    """Saved by an editor that had its own ideas."""
    (repo / "REQUISITOS.md").write_bytes("- [x] **R1 · Título**\n".encode("utf-16"))


def spoiled_answers(repo: Path) -> None:
    """Not YAML."""
    (repo / ".copier-answers.yml").write_text(": [", "utf-8")


def list_for_answers(repo: Path) -> None:
    """YAML, and no answers."""
    (repo / ".copier-answers.yml").write_text("- a\n- b\n", "utf-8")


def odd_answers(repo: Path) -> None:
    """Control characters, which YAML has not."""
    (repo / ".copier-answers.yml").write_bytes(b"proyecto: \x00\x01\n")


def of_somebody_else(repo: Path) -> None:
    """Made by Copier, and not by us."""
    (repo / ".copier-answers.yml").write_text("_commit: v1\n_src_path: gh:a/b\n", "utf-8")


def locked_file(repo: Path) -> None:
    """Nobody may read it."""
    (repo / "REQUISITOS.md").chmod(0)


SPOILS = (
    without_checklist,
    folder_for_checklist,
    other_encoding,
    spoiled_answers,
    list_for_answers,
    odd_answers,
    of_somebody_else,
    locked_file,
)


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_read_is_told_and_the_rest_counts(
    scaffold: Scaffold, here: Path, spoil: Callable[[Path], None]
) -> None:
    """On stderr, by its name, in each of the three; the others count as ever."""
    begin(here / "bien", "proyecto-1-tareas", "R1 R2")
    spoil(begin(here / "mal", "proyecto-2-logs", "R1"))
    if spoil is locked_file and os.access(here / "mal/REQUISITOS.md", os.R_OK):
        pytest.skip("this system, or this user, reads what nobody may read")
    for command in COMMANDS:
        done = scaffold(*command)
        assert done.code == 0
        assert done.err.startswith("No cuento mal: No "), done.err
        assert len(done.err.splitlines()) == 1
    assert states(scaffold) == {"proyecto-1-tareas": "2/2"}
    step = scaffold("next", "--json").json()
    assert step["next"]["project"] == "proyecto-2-logs"
    told = scaffold("--json").json()
    assert [(entry["path"], bool(entry["reason"])) for entry in told["unreadable"]] == [
        (str(here / "mal"), True)
    ]


def test_what_is_not_ours_plays_no_part(scaffold: Scaffold, here: Path) -> None:
    """Plain repositories, a folder with the answers' name, loops of links."""
    begin(here / "bien", "proyecto-1-tareas", "R1 R2")
    build_file_tree(here, {"ajeno/REQUISITOS.md": "- [x] **R1 · Nada**\n"})
    (here / "carpeta/.copier-answers.yml").mkdir(parents=True)
    (here / "suelto").write_text("nada")
    if os.name != "nt":
        (here / "bucle").symlink_to(here, target_is_directory=True)
        (here / "roto").symlink_to(here / "no existe")
    for command in COMMANDS:
        done = scaffold(*command)
        assert (done.code, done.err) == (0, "")
    assert states(scaffold) == {"proyecto-1-tareas": "2/2"}


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_in_an_empty_folder_there_is_a_first_step(
    scaffold: Scaffold, command: tuple[str, ...]
) -> None:
    """Nothing yet is no error."""
    done = scaffold(*command)
    assert (done.code, done.err) == (0, "")


def test_settings_that_make_no_sense_are_refused_with_the_next_step(
    scaffold: Scaffold, here: Path
) -> None:
    """A phase that is a word, a phase that there is not, no TOML at all."""
    for text in ("fase = 'dos'\n", "fase = 12\n", "fase = \n"):
        (here / "ruta.toml").write_text(text, "utf-8")
        for command in ((), ("next",)):
            done = scaffold(*command)
            assert (done.code, len(done.err.splitlines())) == (2, 2), done.err
            assert "ruta.toml" in done.err


@pytest.fixture
def plain(here: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a command in a process of its own, its output going to a pipe."""
    begin(here / "café", "proyecto-1-tareas", "R1")
    begin(here / "日本", "proyecto-2-logs", "R1")

    def call(*words: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*MAIN, *words], cwd=here, env=os.environ | variables, capture_output=True, check=False
        )

    return call


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_pipe_gets_plain_text_in_any_code_page(
    plain: Callable[..., subprocess.CompletedProcess[bytes]], command: tuple[str, ...]
) -> None:
    """No escape codes; what an old Windows code page has not is replaced, nothing fails."""
    done = plain(*command, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    assert "proyecto" in done.stdout.decode("cp1252")
