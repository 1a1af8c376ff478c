"""Where an update starts, whatever people did to the history."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from scaffolder.update import sources
from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import TemplateRepo, commit, read, snapshot
from tests.update.scenarios import both, edit, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GUIDE = "docs/guia.md"
MINE = "src/recetas.py"
OLD_TEMPLATE = "Scaffold-Version: 0.1.0"


def is_idle(update: Scaffold, repo: Path) -> bool:
    """Whether a further update does nothing, and says so."""
    before = snapshot(repo)
    done = update("--check", repo=repo)
    done_too = update(repo=repo)
    assert snapshot(repo) == before
    return (done.code, done_too.code) == (0, 0) and done_too.out.startswith("Al día")


def flatten(repo: Path, branch: str, how: str) -> None:
    """Bring a branch into the current one as forges offer it, its history flattened."""
    if how == "git merge --squash":
        git(repo, "merge", "-q", "--squash", branch)
        git(repo, "commit", "-q", "--no-edit")
    elif how == "forge squash":
        body = git(repo, "log", "--format=* %s%n%n%b", "--reverse", f"HEAD..{branch}")
        git(repo, "merge", "-q", "--squash", branch)
        git(repo, "commit", "-q", "-m", f"Actualización (#1)\n\n{body}")
    else:
        git(repo, "checkout", "-q", branch)
        git(repo, "rebase", "-q", "main")
        git(repo, "checkout", "-q", "main")
        git(repo, "merge", "-q", "--ff-only", branch)


@pytest.mark.parametrize("how", ["git merge --squash", "forge squash", "rebase and merge"])
@pytest.mark.parametrize("pruned", [False, True], ids=["same clone", "fresh clone"])
def test_a_flattened_update_deletes_nothing_of_the_learners(
    *, how: str, pruned: bool, mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """A commit with our trailers and the learner's tree is never taken for the template."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update("--branch").code == 0
    edit(MINE, 20, "MÁS")(small)
    commit(small)
    flatten(small, "plantilla-0.2.0", how)
    git(small, "branch", "-q", "-D", "plantilla-0.2.0")
    repo = small
    if pruned:
        repo = here / "clon"
        git(here, "clone", "-q", "--no-local", str(small), str(repo))
    mini.release("0.3.0", both(edit(GUIDE, 25, "TRES"), edit(MINE, 12, "TRES")))
    done = update(repo=repo)
    assert done.code == 0, done.out + done.err
    assert all(word in read(repo, MINE) for word in ("MÍO", "MÁS", "TRES"))
    assert all(word in read(repo, GUIDE) for word in ("DOS", "TRES"))
    assert is_idle(update, repo)


def test_a_squash_without_our_words_starts_from_the_version_before(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Where a forge drops the messages, the next valid base serves."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update("--branch").code == 0
    git(small, "merge", "-q", "--squash", "plantilla-0.2.0")
    git(small, "commit", "-q", "-m", "Actualización")
    git(small, "branch", "-q", "-D", "plantilla-0.2.0")
    mini.release("0.3.0", edit(GUIDE, 25, "TRES"))
    assert update().code == 0
    assert all(word in read(small, GUIDE) for word in ("DOS", "TRES"))
    assert is_idle(update, small)


def test_an_amended_first_commit(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """`git commit --amend` right after `new` keeps the trailers and changes the tree."""
    edit(MINE, 5, "MÍO")(small)
    git(small, "add", "--all")
    git(small, "commit", "-q", "--amend", "--no-edit")
    assert OLD_TEMPLATE in git(small, "log", "-1", "--format=%B")
    mini.release("0.2.0", both(edit(MINE, 20, "DOS"), edit(GUIDE, 5, "DOS")))
    assert update().code == 0
    assert all(word in read(small, MINE) for word in ("MÍO", "DOS"))
    assert is_idle(update, small)


def test_an_amended_first_commit_whose_tree_is_gone(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """In a fresh clone nothing is left to start from: that is told, and nothing touched."""
    edit(MINE, 5, "MÍO")(small)
    git(small, "add", "--all")
    git(small, "commit", "-q", "--amend", "--no-edit")
    clone = here / "clon"
    git(here, "clone", "-q", "--no-local", str(small), str(clone))
    mini.release("0.2.0", edit(MINE, 20, "DOS"))
    before = snapshot(clone)
    done = update(repo=clone)
    assert (done.code, "scaffold update --adopt" in done.err) == (2, True)
    assert snapshot(clone) == before
    assert update("--adopt", "--ref", "v0.1.0", repo=clone).code == 0
    assert update(repo=clone).code == 0
    assert all(word in read(clone, MINE) for word in ("MÍO", "DOS"))


def test_pull_with_rebase_flattens_an_update_that_was_not_pushed(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """`git pull --rebase` copies the template commit onto the learner's."""
    server = here / "servidor.git"
    git(here, "clone", "-q", "--bare", str(small), str(server))
    git(small, "remote", "add", "origin", str(server))
    git(small, "fetch", "-q", "origin")
    git(small, "branch", "-q", "--set-upstream-to=origin/main", "main")
    other = here / "otra"
    git(here, "clone", "-q", str(server), str(other))
    edit(MINE, 5, "COMPAÑERA")(other)
    commit(other)
    git(other, "push", "-q")
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    git(small, "pull", "-q", "--rebase")
    assert "Scaffold-Version: 0.2.0" in git(small, "log", "-1", "--format=%B")
    mini.release("0.3.0", both(edit(GUIDE, 25, "TRES"), edit(MINE, 20, "TRES")))
    assert update().code == 0
    assert all(word in read(small, MINE) for word in ("COMPAÑERA", "TRES"))
    assert all(word in read(small, GUIDE) for word in ("DOS", "TRES"))
    assert is_idle(update, small)


def test_a_reverted_update_is_told_and_not_brought_back(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Git holds what was reverted for merged: the learner must know."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    git(small, "revert", "-m", "1", "--no-edit", "HEAD")
    revert = git(small, "rev-parse", "HEAD")
    done = update()
    assert done.code == 0
    assert "la deshiciste" in done.out
    assert f"git revert {revert[:10]}" in done.out
    mini.release("0.3.0", edit(GUIDE, 25, "TRES"))
    done = update()
    assert (done.code, "la deshiciste" in done.out) == (0, True)
    assert "TRES" in read(small, GUIDE)
    assert "DOS" not in read(small, GUIDE)
    with pytest.raises(subprocess.CalledProcessError):
        git(small, "revert", "--no-edit", revert)
    git(small, "checkout", "--ours", ".copier-answers.yml")
    git(small, "add", ".copier-answers.yml")
    git(small, "-c", "core.editor=true", "revert", "--continue")
    assert "DOS" in read(small, GUIDE)
    assert is_idle(update, small)


def test_an_update_branch_that_is_merged_after_a_later_update(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Of two versions that don't follow one another, the higher is the base."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update("--branch").code == 0
    mini.release("0.3.0", edit(GUIDE, 25, "TRES"))
    assert update().code == 0
    git(small, "merge", "-q", "--no-edit", "plantilla-0.2.0", "-X", "ours")
    assert is_idle(update, small)
    mini.release("0.4.0", edit(GUIDE, 15, "CUATRO"))
    assert update().code == 0
    assert all(word in read(small, GUIDE) for word in ("DOS", "TRES", "CUATRO"))
    assert is_idle(update, small)


def test_a_shallow_clone_that_lacks_the_template_commit(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """It is told how to fetch the rest, and then it works."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    clone = here / "clon"
    git(here, "clone", "-q", "--depth=1", f"file://{small}", str(clone))
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before = snapshot(clone)
    done = update(repo=clone)
    assert (done.code, "git fetch --unshallow" in done.err) == (2, True)
    assert snapshot(clone) == before
    git(clone, "fetch", "-q", "--unshallow")
    assert update(repo=clone).code == 0


def test_a_shallow_clone_that_has_the_template_commit(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """What was cut off does not matter if the base is there."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    clone = here / "clon"
    git(here, "clone", "-q", "--depth=2", f"file://{small}", str(clone))
    assert git(clone, "rev-parse", "--is-shallow-repository") == "true"
    mini.release("0.3.0", edit(GUIDE, 25, "TRES"))
    assert update(repo=clone).code == 0
    assert all(word in read(clone, GUIDE) for word in ("DOS", "TRES"))
    assert is_idle(update, clone)
    assert git(clone, "fsck", "--strict") == ""


def test_two_projects_in_one_repository(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold, scaffold: Scaffold
) -> None:
    """Each follows its own template commits, look-alike files or not."""
    course = here / "curso"
    course.mkdir()
    git(course, "init", "-q", "-b", "main")
    (course / "apuntes.md").write_text("Míos\n")
    commit(course)
    mini.new(course / "uno", "--in-repo")
    mini.new(course / "dos", "--in-repo")
    (course / "uno" / "docs" / "guia.md").unlink()  # the other project has its twin
    edit(MINE, 5, "MÍO")(course / "dos")
    commit(course)
    mini.release("0.2.0", both(edit(MINE, 20, "DOS"), edit("README.md.jinja", 1, "DOS")))
    assert small.is_dir()

    whole = update(repo=course)
    assert (whole.code, "scaffold update" in whole.err) == (2, True)
    assert update(repo=course / "uno").code == 0
    assert "DOS" in read(course, "uno/README.md")
    assert "DOS" not in read(course, "dos/README.md")
    assert not (course / "uno" / "docs" / "guia.md").exists()
    assert update(repo=course / "dos" / "src").code == 0
    assert all(word in read(course, f"dos/{MINE}") for word in ("MÍO", "DOS"))
    assert read(course, "apuntes.md") == "Míos\n"
    assert is_idle(update, course / "uno")
    assert is_idle(update, course / "dos")

    mini.release("0.3.0", edit(MINE, 25, "TRES"))
    done = scaffold("update", course / "uno", course / "dos", "--source", mini.root)
    assert done.code == 0, done.out
    assert all("TRES" in read(course, f"{name}/{MINE}") for name in ("uno", "dos"))


def test_a_project_that_moved_to_another_folder(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """The learner turned the repository into a larger one."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    (small / "backend").mkdir()
    for entry in git(small, "ls-tree", "--name-only", "HEAD").splitlines():
        git(small, "mv", entry, f"backend/{entry}")
    commit(small)
    mini.release("0.2.0", both(edit(MINE, 20, "DOS"), write("docs/nuevo.md", "NUEVO\n")))
    assert update(repo=small / "backend").code == 0
    assert all(word in read(small, f"backend/{MINE}") for word in ("MÍO", "DOS"))
    assert read(small, "backend/docs/nuevo.md") == "NUEVO\n"
    assert not (small / "docs").exists()
    assert is_idle(update, small / "backend")
    mini.release("0.3.0", edit(MINE, 25, "TRES"))
    assert update().code == 0
    assert "TRES" in read(small, f"backend/{MINE}")


def test_an_older_toolkit_on_a_newer_repository(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Going backwards is refused, with what to do."""
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    before = snapshot(small)
    done = update("--ref", "v0.1.0")
    assert done.code == 2
    assert "0.2.0" in done.err
    assert "--ref" in done.err
    assert snapshot(small) == before


def test_an_embedded_repository_newer_than_the_toolkit(
    here: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that upgrades the toolkit is printed."""
    with monkeypatch.context() as newer:
        newer.setattr("scaffolder.templating.source.__version__", "99.0.0")
        assert scaffold("new", "1", "tareas", "--defaults").code == 0
    before = snapshot(here / "tareas")
    done = scaffold("update", "tareas")
    assert done.code == 2
    assert sources.UPGRADE in done.err
    assert snapshot(here / "tareas") == before


def test_an_update_of_the_embedded_source(
    here: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plain command, without a source: as learners type it."""
    assert scaffold("new", "1", "tareas", "--defaults").code == 0
    monkeypatch.chdir(here / "tareas")
    done = scaffold("update")
    assert done.code == 0
    assert "Al día" in done.out
    assert sources.UPGRADE in done.out
    monkeypatch.setattr("scaffolder.templating.source.__version__", "99.0.0")
    done = scaffold("update", "--check")
    assert (done.code, "99.0.0" in done.out) == (0, True), done.out


def test_a_zip_without_history(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """No `.git` at all: it is told what to type, and that works."""
    edit(MINE, 5, "MÍO")(small)
    shutil.rmtree(small / ".git")
    done = update()
    assert done.code == 2
    assert "git init -b main" in done.err
    assert "scaffold update --adopt" in done.err
    git(small, "init", "-q", "-b", "main")
    commit(small)
    tree = git(small, "rev-parse", "HEAD^{tree}")
    mini.release("0.2.0", edit(MINE, 20, "DOS"))
    assert update("--adopt").code == 0
    assert git(small, "rev-parse", "HEAD^{tree}") == tree
    assert git(small, "status", "--porcelain") == ""
    assert update().code == 0
    assert all(word in read(small, MINE) for word in ("MÍO", "DOS"))
    assert is_idle(update, small)


def test_a_linked_work_tree(mini: TemplateRepo, small: Path, here: Path, update: Scaffold) -> None:
    """`git worktree`: its own branch moves, and nothing of the first one's."""
    linked = here / "otra rama"
    git(small, "worktree", "add", "-q", "-b", "rama", str(linked))
    first = snapshot(small)
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(MINE, 5, "DOS")))
    edit(GUIDE, 6, "MÍO")(linked)
    commit(linked)
    before = snapshot(linked)
    assert update(repo=linked).code == 1
    git(linked, "merge", "--abort")
    assert snapshot(linked) == before
    assert update(repo=linked).code == 1
    git(linked, "commit", "-qam", "decidido")
    assert "DOS" in read(linked, MINE)
    assert is_idle(update, linked)
    assert snapshot(small) == first


def test_a_submodule_in_the_learners_repository(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """It stays as it is, changed inside or not; the repository inside can be a project too."""
    library = here / "biblioteca"
    library.mkdir()
    git(library, "init", "-q", "-b", "main")
    (library / "lib.py").write_text("uno\n")
    commit(library)
    git(small, "-c", "protocol.file.allow=always", "submodule", "-q", "add", str(library), "lib")
    commit(small)
    (small / "lib" / "lib.py").write_text("cambiado y sin guardar\n")
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    pointer = git(small, "rev-parse", "HEAD:lib")
    assert update().code == 0
    assert git(small, "rev-parse", "HEAD:lib") == pointer
    assert read(small, "lib/lib.py") == "cambiado y sin guardar\n"


def test_a_project_that_is_a_submodule(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """Its Git directory is elsewhere, and its repository has a work tree in its settings."""
    course = here / "curso"
    course.mkdir()
    git(course, "init", "-q", "-b", "main")
    git(course, "-c", "protocol.file.allow=always", "submodule", "-q", "add", str(small), "uno")
    commit(course)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update(repo=course / "uno")
    assert done.code == 0, done.err
    assert "DOS" in read(course, "uno/docs/guia.md")
    assert git(course / "uno", "status", "--porcelain") == ""


def test_a_repository_with_sha256(mini: TemplateRepo, here: Path, update: Scaffold) -> None:
    """Object ids of the other format."""
    course = here / "curso"
    course.mkdir()
    git(course, "init", "-q", "-b", "main", "--object-format=sha256")
    (course / "apuntes.md").write_text("Míos\n")
    commit(course)
    mini.new(course / "uno", "--in-repo")
    edit(GUIDE, 6, "MÍO")(course / "uno")
    commit(course)
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(MINE, 5, "DOS")))
    assert update(repo=course / "uno").code == 1
    git(course, "commit", "-qam", "decidido")
    assert "DOS" in read(course, f"uno/{MINE}")
    assert git(course, "fsck", "--strict") == ""
    assert is_idle(update, course / "uno")


def test_no_trace_of_an_update_is_broken(mini: TemplateRepo, small: Path, update: Scaffold) -> None:
    """Every object is there and well formed, and the new template commit is reproducible."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    assert update().code == 0
    subprocess.run(["git", "fsck", "--strict", "--no-dangling"], cwd=small, check=True)
    twin = small.parent / "gemelo"
    git(small.parent, "clone", "-q", str(small), str(twin))
    git(twin, "reset", "-q", "--hard", "HEAD^1")
    assert update(repo=twin).code == 0
    assert git(twin, "rev-parse", "HEAD^2") == git(small, "rev-parse", "HEAD^2")
    assert git(twin, "log", "-1", "--format=%an %ae %s", "HEAD^2") == (
        "scaffold scaffold@localhost Plantilla proyecto-18-recetas 0.2.0"
    )


@pytest.mark.parametrize("left_out", ["blob:none", "tree:0"])
def test_a_partial_clone(
    left_out: str, mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """What it lacks is not fetched behind the learner's back: the command is told, and works."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    edit(MINE, 6, "MÍO")(small)
    commit(small)
    git(small, "config", "uploadpack.allowFilter", "true")
    mini.release("0.2.0", both(edit(MINE, 25, "DOS"), edit(GUIDE, 5, "DOS")))
    clone = here / "clon"
    git(here, "clone", "-q", f"--filter={left_out}", f"file://{small}", str(clone))
    before = snapshot(clone)
    done = update(repo=clone)
    assert (done.code, "git fetch --refetch --no-filter" in done.err) == (2, True), done.err
    assert snapshot(clone) == before
    git(clone, "fetch", "-q", "--refetch", "--no-filter")
    assert update(repo=clone).code == 0
    assert is_idle(update, clone)


def call_the_branch_head(repo: Path) -> None:
    """A branch by the name of `HEAD`, for which every question about HEAD is ambiguous."""
    git(repo, "update-ref", "refs/heads/HEAD", "HEAD")
    git(repo, "symbolic-ref", "HEAD", "refs/heads/HEAD")


def replace_the_template_commit(repo: Path) -> None:
    """`git replace`: the template commit has the learner's tree, but for those who ask by id."""
    first = git(repo, "rev-list", "--max-parents=0", "HEAD")
    text = git(repo, "log", "-1", "--format=%B", first) + "\n"
    other = git(repo, "commit-tree", git(repo, "rev-parse", "HEAD^{tree}"), stdin=text)
    git(repo, "replace", first, other)


def leave_it_by_octopus(repo: Path) -> None:
    """Merge two branches at once."""
    for name in ("a", "b"):
        git(repo, "checkout", "-q", "-b", name, "main")
        write(f"{name}.txt", name)(repo)
        commit(repo)
    git(repo, "checkout", "-q", "main")
    edit(MINE, 6, "MÍO")(repo)
    commit(repo)
    git(repo, "merge", "-q", "--no-edit", "a", "b")


def pick_a_later_template_commit(repo: Path) -> None:
    """`git cherry-pick` copies the trailers onto the learner's tree."""
    text = git(repo, "log", "-1", "--format=%B", git(repo, "rev-list", "--max-parents=0", "HEAD"))
    git(repo, "commit", "-q", "--allow-empty", "-m", text)


def separate_the_git_directory(repo: Path) -> None:
    """`.git` is a file that says where it is, as in submodules and linked work trees."""
    (repo / ".git").rename(repo.parent / "aparte.git")
    (repo / ".git").write_text(f"gitdir: {repo.parent / 'aparte.git'}\n")


@pytest.mark.parametrize(
    "odd",
    [
        call_the_branch_head,
        replace_the_template_commit,
        leave_it_by_octopus,
        pick_a_later_template_commit,
        separate_the_git_directory,
    ],
    ids=lambda odd: odd.__name__,
)
def test_odd_histories(
    odd: Callable[[Path], None], mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Both sides' words arrive, the printed way back is exact, and a repeat is idle."""
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    odd(small)
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(MINE, 20, "DOS")))
    before = snapshot(small)
    done = update()
    assert done.code == 0, done.err
    assert all(word in read(small, MINE) for word in ("MÍO", "DOS"))
    git(small, "reset", "-q", "--keep", "ORIG_HEAD")
    assert snapshot(small) == before
    assert update().code == 0
    assert is_idle(update, small)
