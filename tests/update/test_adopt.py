"""Repositories that lost their template commit are joined to it again, and lack nothing then."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import TemplateRepo, commit, read, replace, snapshot
from tests.update.scenarios import both, drop, edit, write
from tests.update.test_options import everything
from tests.update.test_scenarios import undo_commands

GUIDE = "docs/guia.md"
MINE = "src/recetas.py"
ANSWERS = ".copier-answers.yml"
HIDDEN = (ANSWERS, ".gitattributes", ".gitignore")


def adoptable(repo: Path) -> None:
    """Throw the history away, as a zip download does."""
    shutil.rmtree(repo / ".git")
    git(repo, "init", "-q", "-b", "main")
    commit(repo)


def test_adopt_from_the_recorded_version(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """One merge commit with the repository's own tree, and the way back is printed."""
    edit(MINE, 5, "MÍO")(small)
    adoptable(small)
    edit(GUIDE, 3, "SIN GUARDAR")(small)
    mini.release("0.2.0", edit(MINE, 20, "DOS"))
    before = snapshot(small)
    done = update("--adopt")
    assert done.code == 0, done.err
    after = snapshot(small)
    assert (after.files, after.index) == (before.files, before.index)
    assert git(small, "rev-parse", "HEAD^{tree}") == git(small, "rev-parse", "HEAD^1^{tree}")
    assert "Scaffold-Version: 0.1.0" in git(small, "log", "-1", "--format=%B", "HEAD^2")
    assert MINE in done.out
    for command in undo_commands(done.out):
        git(small, *command.split()[1:])
    assert snapshot(small) == before
    assert update("--adopt").code == 0
    done = update("--adopt")
    assert (done.code, "ya está unido" in done.err) == (2, True)
    git(small, "checkout", "-q", GUIDE)
    assert update().code == 0
    assert all(word in read(small, MINE) for word in ("MÍO", "DOS"))


def test_adopt_where_the_version_is_not_at_hand(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """It lists what differs from today's and waits for `--yes`."""
    edit(MINE, 5, "MÍO")(small)
    adoptable(small)
    git(mini.root, "tag", "-d", "v0.1.0")
    mini.release("0.2.0", edit(GUIDE, 20, "DOS"))
    before = everything(small)
    done = update("--adopt")
    assert done.code == 2
    assert all(word in done.err for word in (MINE, GUIDE, "0.1.0", "0.2.0", "--adopt --yes"))
    assert everything(small) == before
    assert update("--adopt", "--yes").code == 0
    assert "Scaffold-Version: 0.2.0" in git(small, "log", "-1", "--format=%B", "HEAD^2")


def test_adopt_without_an_answers_file(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """The project must be said; by its number, too."""
    drop(".copier-answers.yml")(small)
    adoptable(small)
    done = update("--adopt")
    assert done.code == 2
    assert mini.root.is_dir()


def test_adopt_without_an_answers_file_says_the_project(here: Path, scaffold: Scaffold) -> None:
    """With the embedded source nothing but the project is missing."""
    assert scaffold("new", "1", "tareas", "--defaults").code == 0
    drop(".copier-answers.yml")(here / "tareas")
    adoptable(here / "tareas")
    done = scaffold("update", "tareas", "--adopt", "--data", "proyecto=1", "--yes")
    assert done.code == 0, done.err


def uploaded(repo: Path) -> None:
    """What a web form makes of a project: a fresh history, and no hidden file in it."""
    for name in HIDDEN:
        (repo / name).unlink()
    shutil.rmtree(repo / ".github", ignore_errors=True)
    adoptable(repo)


def test_an_upload_without_hidden_files(
    mini: TemplateRepo, small: Path, update: Scaffold, scaffold: Scaffold
) -> None:
    """Its version is found by its files, what is missing comes back, and everything knows it."""
    mini.release("0.2.0", both(edit(MINE, 20, "DOS"), write("docs/otro.md", "DOS\n")))
    mini.release("0.3.0", edit(GUIDE, 20, "TRES"))
    (small / "tests" / "requisitos" / "test_r2_buscar.py").unlink()
    edit(MINE, 5, "MÍO")(small)
    uploaded(small)
    before = snapshot(small)
    done = update()
    assert done.code == 2
    assert "scaffold update --adopt --data proyecto=PROYECTO --source" in done.err
    done = update("--adopt", "--data", "proyecto=proyecto-18-recetas")
    assert done.code == 0, done.err
    back = (*HIDDEN, "tests/requisitos/test_r2_buscar.py")
    assert all(name in done.out for name in back)
    assert all((small / name).is_file() for name in back)
    assert git(small, "status", "--porcelain") == ""
    assert "Scaffold-Version: 0.1.0" in git(small, "log", "-1", "--format=%B", "HEAD^2")
    assert '_commit: "0.1.0"' in read(small, ANSWERS)
    assert "MÍO" in read(small, MINE)
    for command in undo_commands(done.out):
        git(small, *shlex.split(command)[1:])
    assert snapshot(small) == before

    assert update("--adopt", "--data", "proyecto=18").code == 0
    listed = scaffold("progress", small, "--json")
    assert listed.code == 0
    assert "proyecto-18-recetas" in listed.out
    assert update().code == 0
    assert all(word in read(small, MINE) for word in ("MÍO", "DOS"))
    assert "TRES" in read(small, GUIDE)
    assert update().out.startswith("Al día")


def test_a_zip_of_a_real_project(here: Path, scaffold: Scaffold) -> None:
    """With the embedded source nothing is asked; the answers that show in its files are found."""
    options = ("--data", "linter=black-flake8", "--data", "python=3.12")
    assert scaffold("new", "1", "tareas", "--defaults", *options).code == 0
    repo = here / "tareas"
    whole = set(git(repo, "ls-files").splitlines())
    for name in whole:
        if name.startswith("."):
            (repo / name).unlink()
    adoptable(repo)
    done = scaffold("update", "tareas", "--adopt", "--data", "proyecto=1")
    assert done.code == 0, done.err
    assert set(git(repo, "ls-files").splitlines()) == whole
    assert 'linter: "black-flake8"' in read(repo, ANSWERS)
    assert 'python: "3.12"' in read(repo, ANSWERS)
    assert (repo / ".flake8").is_file()
    assert scaffold("update", "tareas").out.startswith("Al día")
    told = json.loads(scaffold("progress", ".", "--json").out)
    assert "proyecto-1-tareas" in json.dumps(told)


def test_what_the_learner_dropped_on_purpose_stays_away(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Their own files, and shared ones, may be gone because they wanted it."""
    for name in (MINE, GUIDE):
        (small / name).unlink()
    uploaded(small)
    assert update("--adopt", "--data", "proyecto=18").code == 0
    assert not (small / MINE).exists()
    assert not (small / GUIDE).exists()
    assert mini.root.is_dir()


def test_files_that_git_does_not_keep_are_in_the_way(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """What would come back stands there already, unsaved: it is not written over."""
    uploaded(small)
    write(".gitignore", "MÍO\n")(small)
    before = snapshot(small)
    done = update("--adopt", "--data", "proyecto=18")
    assert (done.code, ".gitignore" in done.err) == (2, True), done.err
    assert snapshot(small) == before
    assert mini.root.is_dir()


def test_files_that_tell_no_version_apart(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Where what is the template's was changed, it asks."""
    replace(small / "tests/requisitos/test_r1_guardar.py", "# Prueba 1, línea 3\n", "MÍO\n")
    uploaded(small)
    before = everything(small)
    done = update("--adopt", "--data", "proyecto=18")
    assert done.code == 2
    assert all(word in done.err for word in ("0.1.0", "test_r1_guardar.py", "--adopt --yes"))
    assert everything(small) == before
    assert update("--adopt", "--data", "proyecto=18", "--yes").code == 0
    assert "MÍO" in read(small, "tests/requisitos/test_r1_guardar.py")
    assert mini.root.is_dir()


def test_a_distant_source_leads_to_the_end(
    mini: TemplateRepo, small: Path, here: Path, scaffold: Scaffold
) -> None:
    """Each refusal names the command that gets further, until it is adopted."""
    address = mini.root.as_uri()
    edit(MINE, 5, "MÍO")(small)
    uploaded(small)
    mini.release("0.2.0", edit(MINE, 20, "DOS"))
    seen = []
    command = ["update", str(small), "--source", address]
    for _ in range(4):
        done = scaffold(*command)
        if done.code == 0:
            break
        told = done.err[done.err.index("scaffold update") :].splitlines()[0]
        assert told not in seen, "sent round in a circle"
        seen.append(told)
        command = shlex.split(told.replace("PROYECTO", "proyecto-18-recetas"))[1:]
        command.insert(1, str(small))
    assert done.code == 0, seen
    assert scaffold("update", small, "--source", address).code == 0
    assert all(word in read(small, MINE) for word in ("MÍO", "DOS"))
    assert here.is_dir()


def test_a_recorded_address_that_nobody_else_names(
    mini: TemplateRepo, small: Path, scaffold: Scaffold
) -> None:
    """It is not fetched; the command that would says `--adopt`, too."""
    answers = read(small, ANSWERS).replace('"local"', '"https://example.invalid/plantillas.git"')
    (small / ANSWERS).write_text(answers, "utf-8")
    adoptable(small)
    done = scaffold("update", small, "--adopt")
    assert done.code == 2
    assert "scaffold update --adopt --source https://example.invalid/plantillas.git" in done.err
    assert mini.root.is_dir()


def test_an_update_tells_what_is_missing(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """A project that lost files of its template has not everything, and hears how to get it."""
    for name in HIDDEN:
        (small / name).unlink()
    (small / "tests" / "requisitos" / "test_r2_buscar.py").unlink()
    (small / MINE).unlink()
    commit(small)
    done = update("--json")
    [told] = done.json()["repos"]
    expected = [ANSWERS, ".gitattributes", "tests/requisitos/test_r2_buscar.py"]
    assert [told["status"], told["missing"]] == ["up-to-date", expected]
    done = update()
    assert (done.code, "tiene todo" in done.out) == (0, False)
    [command] = [line.strip() for line in done.out.splitlines() if "git checkout" in line]
    git(small, *shlex.split(command)[1:])
    commit(small)
    assert "tiene todo" in update().out
    assert mini.root.is_dir()
