"""`scaffold new --in-repo`: a project as a folder of a larger repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scaffolder import git as scaffold_git
from scaffolder.errors import GitError
from tests.conftest import Scaffold
from tests.helpers import build_file_tree, git, template_commit, tree


@pytest.fixture
def course(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the learner's with a commit, and with the person in it."""
    repo = here / "curso"
    build_file_tree(repo, {"notas.md": "# Notas\n", "año 1/.keep": ""})
    git(repo, "init", "-q", "-b", "trabajo")
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "Empiezo")
    monkeypatch.chdir(repo)
    return repo


def new(scaffold: Scaffold, root: Path, place: str) -> None:
    """Add the project, and see that it went well."""
    done = scaffold("new", "18", place, "--in-repo", "--source", root)
    assert (done.code, done.err) == (0, "")


def test_merges_a_root_commit_that_holds_only_that_folder(
    scaffold: Scaffold, course: Path, root: Path
) -> None:
    """The branch has its own history and the template's, the work tree is clean."""
    before = git(course, "rev-parse", "HEAD")
    new(scaffold, root, "año 1/recetas")
    merge, template = git(course, "rev-parse", "HEAD", "HEAD^2").splitlines()
    assert git(course, "rev-list", "--parents", "-1", merge) == f"{merge} {before} {template}"
    assert git(course, "rev-list", "--parents", "-1", template) == template
    claim = template_commit(course)
    assert (claim.id, claim.path) == (template, "año 1/recetas")
    files = git(course, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", template)
    assert {file.rpartition("recetas/")[0] for file in files.splitlines()[:2]} == {"año 1/"}
    assert git(course, "status", "--porcelain") == ""
    assert git(course, "symbolic-ref", "HEAD") == "refs/heads/trabajo"
    assert (course / "notas.md").read_text() == "# Notas\n"
    assert (course / "año 1/recetas/src/recetas.py").exists()


def test_equal_answers_give_equal_template_commits_here_too(
    scaffold: Scaffold, course: Path, here: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template commit knows nothing of the repository that it is merged into."""
    new(scaffold, root, "recetas")
    other = here / "otro"
    other.mkdir()
    git(other, "init", "-q")
    monkeypatch.chdir(other)
    new(scaffold, root, "recetas")
    assert git(other, "rev-parse", "HEAD") == git(course, "rev-parse", "HEAD^2")


def test_a_repository_without_commits_begins_with_it(
    scaffold: Scaffold, here: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to merge with: the branch is the template commit."""
    git(here, "init", "-q", "-b", "trabajo")
    (here / "suelto.txt").write_text("untracked\n")
    monkeypatch.chdir(here)
    new(scaffold, root, "recetas")
    assert git(here, "rev-list", "--count", "trabajo") == "1"
    assert git(here, "status", "--porcelain") == "?? suelto.txt"


@pytest.mark.parametrize("place", ["vacía", ":(top)x", 'a\'b "c" ñ'])
def test_takes_an_empty_folder_and_any_name(
    scaffold: Scaffold, course: Path, root: Path, place: str
) -> None:
    """Git's own syntax for paths plays no part."""
    (course / "vacía").mkdir()
    new(scaffold, root, place)
    assert git(course, "status", "--porcelain") == ""
    assert template_commit(course).path == place


def test_keeps_what_is_not_committed(scaffold: Scaffold, course: Path, root: Path) -> None:
    """Changes in the work tree that are not staged stay as they are."""
    (course / "notas.md").write_text("# Más notas\n")
    (course / "suelto.txt").write_text("untracked\n")
    new(scaffold, root, "recetas")
    assert git(course, "status", "--porcelain") == " M notas.md\n?? suelto.txt"


def test_works_from_a_folder_below_and_in_a_linked_work_tree(
    scaffold: Scaffold, course: Path, here: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place counts, not where the command is typed nor where Git keeps its objects."""
    linked = here / "enlazado"
    git(course, "worktree", "add", "-q", "-b", "otra", str(linked))
    monkeypatch.chdir(linked / "año 1")
    new(scaffold, root, "recetas")
    assert git(linked, "status", "--porcelain") == ""
    assert template_commit(linked).path == "año 1/recetas"
    assert git(course, "rev-list", "--count", "trabajo") == "1"


def test_signs_with_the_learner_s_name_where_git_knows_it(
    scaffold: Scaffold, course: Path, home: Path, root: Path
) -> None:
    """The merge is the learner's; without an identity it is the toolkit's."""
    new(scaffold, root, "a")
    assert git(course, "log", "-1", "--format=%an %s") == "scaffold Añade a"
    build_file_tree(home, {".gitconfig": "[user]\nname = Ana\nemail = ana@example.org\n"})
    new(scaffold, root, "b")
    assert git(course, "log", "-1", "--format=%an %s") == "Ana Añade b"


def test_a_folder_that_the_repository_ignores_gets_its_own(
    scaffold: Scaffold, course: Path, root: Path
) -> None:
    """A workspace may be a repository that ignores its projects: they stand alone there."""
    (course / ".gitignore").write_text("proyecto-*/\n")
    done = scaffold("new", "18", "--source", root)
    assert (done.code, done.err) == (0, "")
    assert (course / "proyecto-18-recetas/.git").is_dir()


def staged(course: Path) -> None:
    """A change in the index."""
    (course / "notas.md").write_text("x\n")
    git(course, "add", "notas.md")


def merging(course: Path) -> None:
    """A merge that waits for its commit."""
    git(course, "checkout", "-q", "-b", "otra")
    git(course, "commit", "-q", "--allow-empty", "-m", "otra")
    git(course, "checkout", "-q", "trabajo")
    git(course, "merge", "-q", "--no-ff", "--no-commit", "otra")


def detached(course: Path) -> None:
    """No branch."""
    git(course, "checkout", "-q", "--detach")


def tracked(course: Path) -> None:
    """The path is in the repository, though not on the disk."""
    build_file_tree(course, {"recetas/a.txt": "a\n"})
    git(course, "add", "recetas")
    git(course, "commit", "-q", "-m", "recetas")
    (course / "recetas/a.txt").unlink()
    (course / "recetas").rmdir()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (staged, "tiene cambios preparados"),
        (merging, "hay una fusión a medias"),
        (detached, "no está en ninguna rama"),
        (tracked, "ya está en el repositorio"),
    ],
)
def test_refuses_in_the_middle_of_something(
    scaffold: Scaffold, course: Path, root: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    """Staged changes, a merge, no branch, a path that is taken: nothing is touched."""
    spoil(course)
    before = (tree(course), git(course, "status", "--porcelain"), git(course, "rev-parse", "HEAD"))
    done = scaffold("new", "18", "recetas", "--in-repo", "--source", root)
    assert done.code == 2
    assert reason in done.err
    after = (tree(course), git(course, "status", "--porcelain"), git(course, "rev-parse", "HEAD"))
    assert after == before


@pytest.mark.parametrize("failing", ["commit-tree", "read-tree", "update-ref"])
def test_a_failure_at_any_git_step_leaves_the_repository_as_it_was(
    scaffold: Scaffold,
    course: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
) -> None:
    """Branch, index and work tree are as before."""
    original = scaffold_git.run
    index = (course / ".git/index").read_bytes()
    before = (tree(course), git(course, "rev-parse", "HEAD"))

    def broken(*args: str, **kwargs: object) -> object:
        if failing in args and "GIT_INDEX_FILE" not in str(kwargs.get("env")):
            raise GitError(args, 128, "fatal: unable to write: No space left on device")
        return original(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(scaffold_git, "run", broken)
    done = scaffold("new", "18", "recetas", "--in-repo", "--source", root)
    assert (done.code, done.err.splitlines()[0]) == (2, "No queda espacio en el disco.")
    assert (course / ".git/index").read_bytes() == index
    assert (tree(course), git(course, "rev-parse", "HEAD")) == before


def test_the_environment_of_a_git_hook_plays_no_part(
    scaffold: Scaffold, course: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git's own variables may point anywhere."""
    monkeypatch.setenv("GIT_DIR", os.devnull)
    monkeypatch.setenv("GIT_WORK_TREE", os.devnull)
    monkeypatch.setenv("GIT_INDEX_FILE", os.devnull)
    new(scaffold, root, "recetas")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name)
    assert git(course, "status", "--porcelain") == ""


def test_an_identity_that_the_shell_gives_is_the_learner_s(
    scaffold: Scaffold,
    course: Path,
    here: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By Git's own variables, or by a file that they name; `doctor` says the same."""
    build_file_tree(here, {"otro": "[user]\nname = Marta\nemail = marta@example.org\n"})
    count = {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Rosa",
        "GIT_CONFIG_KEY_1": "user.email",
        "GIT_CONFIG_VALUE_1": "rosa@example.org",
    }
    plain = {"GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.org"}
    ways = {"Marta": {"GIT_CONFIG_GLOBAL": str(here / "otro")}, "Rosa": count, "Ana": plain}
    for name, variables in ways.items():
        with monkeypatch.context() as patch:
            for key, value in variables.items():
                patch.setenv(key, value)
            new(scaffold, root, name)
            checks = scaffold("doctor", "--json").json()["checks"]
        who = f"{name} <{name.lower()}@example.org>"
        assert git(course, "log", "-1", "--format=%an <%ae>") == who
        assert next(c["seen"] for c in checks if c["id"] == "identity") == who
        template = git(course, "log", "-1", "--format=%an <%ae>", "HEAD^2")
        assert template == "scaffold <scaffold@localhost>"


def test_a_repository_that_the_shell_trusts_is_used(
    scaffold: Scaffold, course: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`safe.directory` counts, wherever it is said; nothing that the repository chose is run."""
    original = subprocess.run

    def run(command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[bytes]:
        kwargs["env"] = dict(kwargs["env"], GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
        return original(command, **kwargs)

    git(course, "config", "core.fsmonitor", "touch /tmp/scaffold-fsmonitor; false")
    monkeypatch.setattr("scaffolder.git.process.subprocess.run", run)
    assert scaffold("new", "18", "recetas", "--in-repo", "--source", root).code == 2
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    monkeypatch.setenv("GIT_CONFIG_KEY_1", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_1", str(course / ".git" / "hooks"))
    hook = build_file_tree(course / ".git/hooks", {"reference-transaction": "#!/bin/sh\nexit 1\n"})
    assert hook.is_dir()
    new(scaffold, root, "recetas")
