"""`scaffold class distribute`: one first commit for everyone; none twice, none missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scaffolder.classroom.journal import Journal
from scaffolder.git.lineage import find_bases
from scaffolder.git.template_commits import neutral_objects
from tests.classroom.conftest import NewCourse
from tests.helpers import build_file_tree, git

MANY = [f"e{number:02}" for number in range(30)]


def test_everyone_gets_the_same_first_commit(new_course: NewCourse) -> None:
    """Thirty repositories, one id: a template commit that holds what it says."""
    ground = new_course(*MANY)
    assert ground.distribute() == dict.fromkeys(MANY, "delivered")
    [version] = ground.lineage
    commit = version["commits"][""]
    assert {ground.head(name) for name in MANY} == {commit}
    repo = ground.repo(MANY[0])
    with neutral_objects(repo) as objects:
        [base] = find_bases(objects, commit)
    assert (base.flattened, base.older) == (False, "")
    assert base.claim.version == version["version"] == "0.1.0"
    assert git(repo, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(repo, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
    git(repo, "fsck", "--strict")


def test_again_it_does_nothing(new_course: NewCourse) -> None:
    """No push, no new line in the journal, the repositories bit for bit as they were."""
    ground = new_course("ana", "leo")
    ground.distribute()
    journal = (ground.folder / ".scaffold" / "journal.jsonl").read_bytes()
    lock = (ground.folder / "course.lock").read_bytes()
    done = ground.run("distribute")
    assert (done.code, done.err) == (0, "")
    assert "ya lo tenía: 2" in done.out
    assert (ground.folder / ".scaffold" / "journal.jsonl").read_bytes() == journal
    assert (ground.folder / "course.lock").read_bytes() == lock


def test_without_anything_of_ours_it_still_does_nothing(new_course: NewCourse, here: Path) -> None:
    """The remote is the truth: journal, store and mirrors may be lost, and students ahead."""
    ground = new_course("ana", "leo")
    ground.distribute()
    head = ground.work("ana", here / "ana", {"src/recetas.py": "RECETAS = ['sopa']\n"})
    shutil.rmtree(ground.folder / ".scaffold")
    assert ground.distribute() == {"ana": "already", "leo": "already"}
    assert ground.head("ana") == head


def test_who_joins_late_begins_as_everyone_did(new_course: NewCourse) -> None:
    """The lock names the commit, whatever the source has come to be since."""
    ground = new_course("ana")
    ground.distribute()
    ground.templates.release("0.2.0", lambda starter: build_file_tree(starter, {"nuevo.txt": "x"}))
    ground.enrol("ana", "leo")
    assert ground.distribute() == {"ana": "already", "leo": "delivered"}
    assert ground.head("leo") == ground.head("ana")


def test_a_lost_store_comes_back_out_of_a_student_s_repository(
    new_course: NewCourse, here: Path
) -> None:
    """Where the source has gone on and can't make that commit again."""
    ground = new_course("ana")
    ground.distribute()
    first = ground.head("ana")
    ground.work("ana", here / "ana", {"src/recetas.py": "RECETAS = ['sopa']\n"})
    git(ground.templates.root, "tag", "-d", "v0.1.0")
    ground.templates.release("0.2.0", lambda starter: build_file_tree(starter, {"nuevo.txt": "x"}))
    shutil.rmtree(ground.folder / ".scaffold")
    ground.enrol("ana", "leo")
    assert ground.distribute() == {"ana": "already", "leo": "delivered"}
    assert ground.head("leo") == first
    store = ground.folder / ".scaffold" / "store"
    assert git(store, "for-each-ref", "--format=%(refname)") == f"refs/scaffold/{first}"


@pytest.mark.parametrize("merged", [True, False])
def test_a_lost_store_after_an_update(new_course: NewCourse, *, merged: bool) -> None:
    """Both versions come back: out of the source's tags, or of a branch that nobody has merged."""
    ground = new_course("ana")
    ground.distribute()
    first = ground.head("ana")
    ground.templates.release("0.2.0", lambda starter: build_file_tree(starter, {"nuevo.txt": "x"}))
    ground.run("update", *([] if merged else ["--branch"]))
    second = ground.lineage[1]["commits"][""]
    shutil.rmtree(ground.folder / ".scaffold")
    if not merged:  # the source has lost its tags
        git(ground.templates.root, "tag", "-d", "v0.1.0", "v0.2.0")
    ground.enrol("ana", "leo")
    assert ground.distribute() == {"ana": "already", "leo": "delivered"}
    assert ground.head("leo") == second
    assert git(ground.repo("leo"), "rev-list", "main").split() == [second, first]


def test_a_commit_that_nobody_has_is_told(new_course: NewCourse) -> None:
    """Nothing is handed out that would be another first commit."""
    ground = new_course("ana")
    ground.distribute()
    git(ground.templates.root, "tag", "-d", "v0.1.0")
    ground.templates.release("0.2.0", lambda starter: build_file_tree(starter, {"nuevo.txt": "x"}))
    shutil.rmtree(ground.folder / ".scaffold")
    shutil.rmtree(ground.repo("ana"))
    done = ground.run("distribute")
    assert done.code == 2
    assert "No puedo rehacer el commit" in done.err
    assert not ground.repo("ana").exists()


def test_sections_may_have_answers_of_their_own(new_course: NewCourse) -> None:
    """One first commit for each set of answers."""
    ground = new_course()
    ground.roster.write_text("id,section\nana,a\nleo,b\nzoe,c\nluz,b\n", encoding="utf-8")
    with (ground.folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write('[answers.b]\nlinter = "black-flake8"\n')
    ground.distribute()
    commits = {name: ground.head(name) for name in ("ana", "leo", "zoe", "luz")}
    assert commits["ana"] == commits["zoe"] != commits["leo"] == commits["luz"]
    assert "black-flake8" in git(ground.repo("leo"), "show", "main:README.md")
    assert set(ground.lineage[0]["commits"]) == {"", "b"}


def test_a_team_gets_one_repository(new_course: NewCourse) -> None:
    """Named after the team; the document says who is in it."""
    ground = new_course()
    ground.roster.write_text("id,team\nana,rojo\nleo,rojo\nzoe,\n", encoding="utf-8")
    document = ground.run("distribute", "--json").json()
    assert [(r["id"], r["students"]) for r in document["repos"]] == [
        ("rojo", ["ana", "leo"]),
        ("zoe", ["zoe"]),
    ]
    assert document["summary"] == {"delivered": 2}
    assert not ground.repo("ana").exists()


def test_a_dry_run_touches_nothing(new_course: NewCourse) -> None:
    """It says what would be done, and with which commit."""
    ground = new_course("ana", "leo")
    done = ground.run("distribute", "--dry-run", "--json")
    assert done.code == 0
    [first, _] = done.json()["repos"]
    assert (first["state"], done.json()["dry_run"]) == ("pending", True)
    assert not (ground.folder / "repos").exists()
    assert not (ground.folder / "course.lock").exists()
    assert not (ground.folder / ".scaffold" / "journal.jsonl").exists()
    ground.distribute("--only", "leo")
    assert ground.head("leo") == first["commit"]
    assert ground.distribute("--dry-run") == {"ana": "pending", "leo": "already"}


def test_what_stands_there_already_is_never_overwritten(new_course: NewCourse, here: Path) -> None:
    """Another project, a branch of another name: each is told, and the rest goes on."""
    ground = new_course("ana", "leo", "zoe")
    for name, branch in (("ana", "main"), ("leo", "master")):
        git(here, "init", "-q", "--bare", "-b", branch, str(ground.repo(name)))
        build_file_tree(here / name, {"otro.txt": name})
        git(here / name, "init", "-q", "-b", branch)
        git(here / name, "add", ".")
        git(here / name, "commit", "-q", "-m", "Otro")
        git(here / name, "push", "-q", str(ground.repo(name)), branch)
    before = ground.head("ana")
    done = ground.run("distribute")
    assert done.code == 1
    assert "entregado: 1" in done.out
    assert "ana: ese repositorio ya tiene otro contenido, y no lo piso." in done.err
    assert "leo: ese repositorio ya tiene otras ramas, y ninguna es main." in done.err
    assert ground.head("ana") == before
    assert git(ground.repo("leo"), "branch", "--list", "main") == ""
    assert ground.distribute() == {"ana": "failed", "leo": "failed", "zoe": "already"}


def test_an_empty_repository_is_filled(new_course: NewCourse, here: Path) -> None:
    """Somebody made it by hand, or was killed between making and pushing."""
    ground = new_course("ana")
    git(here, "init", "-q", "--bare", "-b", "trunk", str(ground.repo("ana")))
    assert ground.distribute() == {"ana": "delivered"}


def test_a_repository_half_made_is_mended(new_course: NewCourse) -> None:
    """Killed inside `git init`."""
    ground = new_course("ana")
    (ground.repo("ana") / "refs" / "heads").mkdir(parents=True)
    (ground.repo("ana") / "HEAD").write_text("ref: refs/heads/main\n")
    assert ground.distribute() == {"ana": "delivered"}
    git(ground.repo("ana"), "fsck", "--strict")


def test_a_folder_of_something_else_is_left_alone(new_course: NewCourse, here: Path) -> None:
    """A clone with its files, or any files."""
    ground = new_course("ana", "leo", "zoe", host="repos/{id}")
    git(here, "init", "-q", str(ground.folder / "repos" / "ana"))
    build_file_tree(ground.folder / "repos" / "leo", {"apuntes.txt": "x"})
    done = ground.run("distribute")
    assert done.code == 1
    assert "ha fallado: 2 · entregado: 1" in done.out
    assert done.err.count("ya hay otra cosa") == 2
    assert [path.name for path in (ground.folder / "repos" / "leo").iterdir()] == ["apuntes.txt"]
    assert [path.name for path in (ground.folder / "repos" / "ana").iterdir()] == [".git"]


def test_an_answer_that_is_not_valid_is_told_before_anything_happens(
    new_course: NewCourse,
) -> None:
    """Exit code 2, and no repository."""
    ground = new_course("ana")
    with (ground.folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write('[answers.b]\nlinter = "ruff"\n')
    text = (ground.folder / "course.toml").read_text()
    (ground.folder / "course.toml").write_text(
        text.replace("[answers]\n", '[answers]\nlintre = "x"\n')
    )
    done = ground.run("distribute")
    assert (done.code, done.out) == (2, "")
    assert "lintre" in done.err
    assert not (ground.folder / "repos").exists()


def test_an_empty_class_is_told(new_course: NewCourse) -> None:
    """With how to fill it."""
    done = new_course().run("distribute")
    assert done.code == 2
    assert "roster.csv no tiene a nadie todavía." in done.err


def test_somebody_who_is_not_in_the_class_is_told(new_course: NewCourse) -> None:
    """A slip in `--only`."""
    done = new_course("ana").run("distribute", "--only", "anna")
    assert done.code == 2
    assert "no hay ningún «anna»" in done.err


def test_names_with_spaces_and_accents_in_the_host_are_fine(new_course: NewCourse) -> None:
    """A folder is a folder, also as a `file:` address."""
    ground = new_course("ana", host="mis repos ñ/{id} x.git")
    assert ground.distribute() == {"ana": "delivered"}
    assert (ground.folder / "mis repos ñ" / "ana x.git" / "HEAD").exists()
    away = ground.folder.parent / "lejos"
    ground = new_course("ana", host=f"file://{away}/%C3%B1/{{id}}.git", name="otro")
    assert ground.distribute() == {"ana": "delivered"}
    assert (away / "ñ" / "ana.git" / "HEAD").exists()


def test_the_journal_forgives_a_torn_line(tmp_path: Path) -> None:
    """A killed run leaves half a line; the next one begins a line of its own."""
    file = tmp_path / "a" / "journal.jsonl"
    Journal(file, lambda: 1.5).add("push", "ana", "abc")
    with file.open("ab") as stream:
        stream.write(b'{"op": "push", "id": "le')
    again = Journal(file)
    assert again.has("push", "ana", "abc")
    assert not again.has("push", "ana", "abd")
    again.add("push", "leo", "abc")
    assert json.loads(file.read_bytes().partition(b"\n")[0]) == {
        "op": "push",
        "id": "ana",
        "key": "abc",
        "state": "done",
        "at": 1.5,
    }
    assert [entry.id for entry in Journal(file).entries] == ["ana", "leo"]


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', '{"format": 2, "lineage": []}'])
def test_a_lock_that_makes_no_sense_is_told(new_course: NewCourse, text: str) -> None:
    """Nothing is handed out on a guess."""
    ground = new_course("ana")
    (ground.folder / "course.lock").write_text(text)
    done = ground.run("distribute")
    assert (done.code, done.out) == (2, "")
    assert "course.lock" in done.err
    assert (ground.folder / "course.lock").read_text() == text
