"""What the command line offers: looking first, a branch, other answers, many repositories."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from scaffolder.update import plan, run, sources
from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import TemplateRepo, commit, read, snapshot
from tests.update.scenarios import both, edit, write
from tests.update.test_scenarios import undo_commands

GUIDE = "docs/guia.md"
MINE = "src/recetas.py"


def everything(repo: Path) -> dict[str, bytes]:
    """Every file of a repository, Git's own too."""
    return {str(f): f.read_bytes() for f in sorted(repo.rglob("*")) if f.is_file()}


@pytest.mark.parametrize(
    "options", [["--check"], ["--diff"], ["--check", "--diff"], ["--json", "--check"]]
)
def test_looking_writes_nothing_at_all(
    options: list[str], mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Not an object: the Git directory is byte for byte the same."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(MINE, 20, "DOS")))
    before = everything(small)
    done = update(*options)
    assert done.code == (1 if "--check" in options else 0)
    assert everything(small) == before
    if "--diff" in options:
        assert "+Guía, línea 5 DOS" in done.out
        assert "MÍO" not in done.out.replace(" # Receta, línea 5 MÍO", "")


def test_check_tells_whether_an_update_waits(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """0 and «al día» with the version that it compared with; 1 and what would come."""
    done = update("--check")
    assert (done.code, "Al día" in done.out, "0.1.0" in done.out) == (0, True, True)
    mini.release("0.2.0")
    done = update("--check")
    assert (done.code, "0.2.0" in done.out) == (0, True), "a version alone is no news"
    edit(GUIDE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.3.0", edit(GUIDE, 5, "TRES"))
    done = update("--check")
    assert done.code == 1
    assert all(word in done.out for word in ("de 0.1.0 a 0.3.0", "Habrá que decidir", GUIDE))


def test_what_is_suggested_does_what_it_promises(
    mini: TemplateRepo, small: Path, here: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After looking, the command repeats where from and with which answers."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    mini.release("0.3.0", edit(GUIDE, 9, "TRES"))
    asked = ("--source", "../mini", "--ref", "v0.2.0", "--data", "nombre=Mis $(recetas)")
    done = scaffold("update", small, "--check", *asked)
    assert done.code == 1
    _, _, command = done.out.partition("Para traerlo\n")
    place, again = (line.strip() for line in command.splitlines())
    monkeypatch.chdir(here / shlex.split(place)[1])
    assert scaffold(*shlex.split(again)[1:]).code == 0
    assert "DOS" in read(small, GUIDE)
    assert "TRES" not in read(small, GUIDE)
    assert "# Mis $(recetas)" in read(small, "README.md")


def test_branch_leaves_the_merge_on_a_branch(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Ownership applied, the current branch and the work tree untouched, merge commit asked."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    edit(GUIDE, 3, "SIN GUARDAR")(small)
    mini.release("0.2.0", both(edit(MINE, 6, "DOS"), edit("README.md.jinja", 1, "DOS")))
    before = snapshot(small)
    done = update("--branch")
    assert done.code == 0, done.err
    assert snapshot(small) == before
    assert "merge commit" in done.out
    assert "git push -u origin plantilla-0.2.0" in done.out
    assert git(small, "rev-parse", "plantilla-0.2.0^1") == before.head
    assert "Scaffold-Version: 0.2.0" in git(small, "log", "-1", "--format=%B", "plantilla-0.2.0^2")
    assert "MÍO" in git(small, "show", f"plantilla-0.2.0:{MINE}")
    assert update("--branch").code == 0, "made once, it is there"

    git(small, "checkout", "-q", GUIDE)
    git(small, "merge", "-q", "--no-ff", "--no-edit", "plantilla-0.2.0")
    assert update().out.startswith("Al día")
    mini.release("0.3.0", edit(GUIDE, 9, "TRES"))
    git(small, "branch", "plantilla-0.3.0")
    done = update("--branch")
    assert (done.code, "git branch -D plantilla-0.3.0" in done.err) == (2, True)


def test_branch_with_conflicts_makes_none(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Exit 1, and nothing is there."""
    edit(GUIDE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before = everything(small)
    done = update("--branch")
    assert (done.code, GUIDE in done.out) == (1, True)
    assert everything(small) == before


def test_an_answer_changes(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """`--data` is an update like any other: a template commit, merged, and it can be undone."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    before = snapshot(small)
    done = update("--data", "linter=black-flake8", "--data", "nombre=Mis «recetas»")
    assert done.code == 0, done.err
    assert read(small, "README.md") == "# Mis «recetas»\n\nDe Estudiante, con black-flake8.\n"
    assert 'linter: "black-flake8"' in read(small, ".copier-answers.yml")
    for command in undo_commands(done.out):
        git(small, *command.split()[1:])
    assert snapshot(small) == before
    assert update("--data", "linter=black-flake8").code == 0
    mini.release("0.2.0", edit(MINE, 20, "DOS"))
    assert update().code == 0
    assert "black-flake8" in read(small, "README.md"), "the answer stays"
    assert update("--data", "linter=black-flake8").out.startswith("Al día")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("proyecto=proyecto-19-vinos", "no puede cambiar de proyecto"),
        ("linter=otro", "linter"),
        ("color=rojo", "color"),
        ("sin-igual", "CLAVE=VALOR"),
        ("nombre=", "vacío"),
        ("scaffold_version=9", "scaffold_version"),
    ],
)
def test_answers_that_are_refused(data: str, words: str, small: Path, update: Scaffold) -> None:
    """Exit 2 with the reason, nothing touched."""
    before = everything(small)
    done = update("--data", data)
    assert (done.code, words in done.err) == (2, True), done.err
    assert everything(small) == before


def test_a_recorded_answer_that_is_not_valid_any_more(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """It is told which, and another one can be given; a question that is gone is forgotten."""
    questions = (mini.root / "copier.yml").read_text()
    questions = questions.replace(
        "default: ruff, choices: [ruff,", "default: otro, choices: [otro,"
    )
    questions = questions.replace("autor: {type: str, default: Estudiante}\n", "")
    (mini.root / "copier.yml").write_text(questions)
    mini.release("0.2.0", write("README.md.jinja", "# {{ nombre }} con {{ linter }}\n"))
    done = update()
    assert done.code == 2
    assert all(word in done.err for word in ("linter", "otro"))
    assert update("--data", "linter=otro").code == 0
    assert "autor" not in read(small, ".copier-answers.yml")


@pytest.mark.parametrize(
    "options",
    [["--branch", "--adopt"], ["--check", "--branch"], ["--adopt", "--diff"]],
)
def test_options_that_exclude_one_another(options: list[str], update: Scaffold) -> None:
    """They are refused together."""
    done = update(*options)
    assert (done.code, "no se pueden juntar" in done.err) == (2, True)


def test_a_repository_of_an_unknown_source_is_never_fetched(
    mini: TemplateRepo, small: Path, scaffold: Scaffold
) -> None:
    """Neither a folder nor the embedded templates stand in for it."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before = everything(small)
    done = scaffold("update", small)
    assert (done.code, "--source" in done.err) == (2, True)
    assert everything(small) == before


def test_a_source_that_the_user_lists_is_trusted(
    home: Path, mini: TemplateRepo, small: Path, scaffold: Scaffold
) -> None:
    """`sources` in the user's own configuration."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    folder = home / ".config" / "scaffold"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(f"sources = ['{mini.root}']\n")
    done = scaffold("update", small)
    assert done.code == 0, done.err
    (folder / "config.toml").write_text("sources = 3\n")
    assert scaffold("update", small).code == 2
    (folder / "config.toml").write_text("sources = [\n")
    assert scaffold("update", small).code == 2


def test_several_repositories_in_one_call(
    mini: TemplateRepo, small: Path, here: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each ends as it does alone, and the template is rendered once for equal answers."""
    for name in ("ana", "bea", "carla", "dani", "eva"):
        shutil.copytree(small, here / name, symlinks=True)
    edit(MINE, 5, "MÍO")(here / "bea")
    commit(here / "bea")
    edit(GUIDE, 5, "MÍO")(here / "carla")
    commit(here / "carla")
    edit(GUIDE, 5, "SIN GUARDAR")(here / "dani")
    shutil.rmtree(here / "eva" / ".git" / "objects")
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(MINE, 20, "DOS")))
    renders = []
    render = sources.Templates._render  # noqa: SLF001 - counted, not changed

    def counted(*arguments: object) -> object:
        renders.append(arguments)
        return render(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sources.Templates, "_render", counted)
    names = ["ana", "bea", "carla", "dani", "eva", "nadie"]
    done = scaffold("update", *names, "--source", mini.root, "--json")
    assert done.code == 2
    told = done.json()
    assert [entry["status"] for entry in told["repos"]] == [
        *("updated", "updated", "conflicts", "refused", "refused", "refused")
    ]
    assert told["summary"] == {"conflicts": 1, "refused": 3, "updated": 2}
    assert [Path(entry["folder"]).name for entry in told["repos"]] == names
    assert len(renders) == 1
    assert all(word in read(here / "bea", MINE) for word in ("MÍO", "DOS"))
    assert "DOS" in read(here / "ana", GUIDE)

    done = scaffold("update", "ana", "bea", "--source", mini.root)
    assert done.code == 0
    assert "ana: Al día" in done.out
    done = scaffold("update", "ana", "carla", "--source", mini.root)
    assert done.code == 2
    assert "git merge --abort" in done.err


def test_a_pattern_that_no_shell_expanded(
    mini: TemplateRepo, small: Path, here: Path, scaffold: Scaffold
) -> None:
    """As on Windows."""
    shutil.copytree(small, here / "recetas-2", symlinks=True)
    done = scaffold("update", "rec*", "--source", mini.root, "--json")
    assert len(done.json()["repos"]) == 2


def test_other_answers_are_rendered_apart(
    mini: TemplateRepo, small: Path, here: Path, scaffold: Scaffold
) -> None:
    """Two repositories of one template, each with its own text."""
    other = mini.new(here / "otra", "--data", "nombre=Otra")
    mini.release("0.2.0", edit("README.md.jinja", 3, "DOS"))
    assert scaffold("update", small, other, "--source", mini.root).code == 0
    assert read(small, "README.md") == "# Recetario\n\nDe Estudiante, con ruff. DOS\n"
    assert read(other, "README.md") == "# Otra\n\nDe Estudiante, con ruff. DOS\n"


def test_the_shape_of_the_json(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """It is a promise: names and meanings stay."""
    edit("tests/requisitos/test_r1_guardar.py", 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", edit("tests/requisitos/test_r1_guardar.py", 5, "DOS"))
    [told] = update("--json").json()["repos"]
    head = git(small, "rev-parse", "HEAD")
    assert told == {
        "folder": str(small),
        "status": "updated",
        "project": "proyecto-18-recetas",
        "path": "",
        "source": "local",
        "from": "0.1.0",
        "to": "0.2.0",
        "files": [
            {"path": ".copier-answers.yml", "change": "changed"},
            {"path": "tests/requisitos/test_r1_guardar.py", "change": "changed"},
        ],
        "notes": [
            {
                "kind": "template-lines",
                "path": "tests/requisitos/test_r1_guardar.py",
                "other": "",
            }
        ],
        "conflicts": [],
        "requirements": [],
        "ticked": [],
        "uv_lock": False,
        "dependencies": False,
        "template": git(small, "rev-parse", "HEAD^2"),
        "commit": head,
        "branch": "",
        "reverted": "",
        "recovered": False,
        "diff": "",
        "differs": [],
        "missing": [],
        "undo": ["git reset --keep ORIG_HEAD"],
        "reason": "",
        "next_step": "",
    }


def test_a_bug_in_one_repository_is_told_and_stops_no_other(
    mini: TemplateRepo,
    small: Path,
    here: Path,
    scaffold: Scaffold,
    update: Scaffold,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit 3 and a report that can be pasted; alone or among others."""
    shutil.copytree(small, here / "otra", symlinks=True)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    make = plan.make_plan

    def broken(project: object, *arguments: object, **options: object) -> object:
        if getattr(project, "folder", None) == small:
            raise ZeroDivisionError
        return make(project, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "make_plan", broken)
    done = update()
    assert (done.code, "ZeroDivisionError" in done.err, ".log" in done.err) == (3, True, True)
    done = scaffold("update", small, "otra", "--source", mini.root)
    assert (done.code, ".log" in done.err) == (3, True)
    assert "DOS" in read(here / "otra", GUIDE)
