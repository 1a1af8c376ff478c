"""Sources: the toolkit's own templates, a folder's, a Git repository's."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder import RELEASED, __version__
from scaffolder.templating import source
from tests.conftest import Scaffold
from tests.helpers import git, template_commit


@pytest.fixture
def repository(root: Path) -> Path:
    """A Git repository whose `templates/` is a template root, with versions."""
    repo = root.parent / "repo"
    repo.mkdir()
    root.rename(repo / "templates")
    git(repo, "init", "-q", "-b", "main")
    commit(repo, "v0.9.0")
    commit(repo, "v0.10.0")
    commit(repo, "v0.11.0rc1")
    commit(repo, "not-a-version")
    return repo


def commit(repo: Path, tag: str) -> None:
    """A commit whose README says its tag."""
    readme = repo / "templates/proyecto-18-recetas/repo/README.md.jinja"
    readme.write_text(f"# {tag}\n")
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", tag)
    git(repo, "tag", tag)


def made(scaffold: Scaffold, here: Path, *options: object) -> tuple[str, str, str]:
    """What is generated from a source: its README, version and recorded source."""
    done = scaffold("new", "18", *options)
    assert (done.code, done.err) == (0, "")
    repo = here / "proyecto-18-recetas"
    claim = template_commit(repo)
    return (repo / "README.md").read_text().strip(), claim.version, claim.source


def test_the_embedded_one_has_the_toolkit_s_version_and_day() -> None:
    """Its version is the package's, in one place; its date is written beside it."""
    own = source.embedded()
    assert (own.recorded, own.version, own.date) == ("embedded", __version__, RELEASED)
    assert own.has("proyecto-1-tareas")
    assert not own.has("comun")


def test_a_folder_is_taken_as_it_is(scaffold: Scaffold, here: Path, root: Path) -> None:
    """No Git there: no version, and the path is not written down."""
    readme, version, recorded = made(scaffold, here, "--source", root)
    assert readme.startswith("# Recetario")
    assert (version, recorded) == ("0.0.0", "local")


def test_a_work_tree_s_templates_folder_is_taken_as_it_is(
    scaffold: Scaffold, here: Path, repository: Path
) -> None:
    """An author looks at what is on the disk, committed or not."""
    readme = repository / "templates/proyecto-18-recetas/repo/README.md.jinja"
    readme.write_text("# a medias\n")
    told = made(scaffold, here, "--source", repository / "templates")
    assert told == ("# a medias", "0.0.0", "local")


def test_a_repository_gives_its_newest_version(
    scaffold: Scaffold, here: Path, repository: Path
) -> None:
    """The highest version counts, not the latest tag, and no pre-release."""
    assert made(scaffold, here, "--source", repository) == ("# v0.10.0", "0.10.0", "local")


@pytest.mark.parametrize(
    ("ref", "readme", "version"),
    [
        ("v0.9.0", "# v0.9.0", "0.9.0"),
        ("v0.11.0rc1", "# v0.11.0rc1", "0.11.0rc1"),
        ("main", "# not-a-version", "0.11.0rc1.post1+g"),
    ],
)
def test_ref_names_a_tag_a_branch_or_a_commit(
    scaffold: Scaffold, here: Path, repository: Path, ref: str, readme: str, version: str
) -> None:
    """A commit between versions counts from the last one before it."""
    told = made(scaffold, here, "--source", repository, "--ref", ref)
    assert told[0] == readme
    assert told[1].startswith(version)


def test_without_versions_the_commits_are_counted(
    scaffold: Scaffold, here: Path, repository: Path
) -> None:
    """An untagged repository still has versions that grow."""
    git(repository, "tag", "-d", "v0.9.0", "v0.10.0", "v0.11.0rc1")
    head = git(repository, "rev-parse", "HEAD")
    told = made(scaffold, here, "--source", repository)
    assert told == ("# not-a-version", f"0.0.0.post4+g{head[:7]}", "local")


def test_a_repository_s_date_is_that_of_its_commit(
    scaffold: Scaffold, here: Path, repository: Path
) -> None:
    """The template commit is dated by the version, to the second, in UTC."""
    made(scaffold, here, "--source", repository)
    expected = git(repository, "log", "-1", "--format=%ct", "v0.10.0")
    shown = git(here / "proyecto-18-recetas", "log", "-1", "--format=%at %ct %ci")
    assert shown.startswith(f"{expected} {expected} ")
    assert shown.endswith(" +0000")


def test_an_address_is_recorded_without_what_is_secret(
    scaffold: Scaffold, here: Path, repository: Path, home: Path
) -> None:
    """Git follows the learner's configuration; the token of the address stays out of the repo."""
    (home / ".gitconfig").write_text(
        f'[url "{repository.as_uri()}"]\n'
        "insteadOf = https://ana:ghp_secreto@example.org/curso.git\n"
    )
    address = "https://ana:ghp_secreto@example.org/curso.git"
    told = made(scaffold, here, "--source", address)
    assert told == ("# v0.10.0", "0.10.0", "https://example.org/curso.git")
    for file in (here / "proyecto-18-recetas").rglob("*"):
        assert not file.is_file() or b"ghp_secreto" not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://ana:secreto@example.org/a/b.git", "https://example.org/a/b.git"),
        ("https://ghp_secreto@example.org/a?private_token=x#y", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("ssh://git@example.org/a", "ssh://git@example.org/a"),
        ("ssh://ana@example.org:22/a", "ssh://example.org:22/a"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("ana@example.org:a/b.git", "example.org:a/b.git"),
        ("file:///home/ana/curso", "local"),
        ("/home/ana/curso", "local"),
    ],
)
def test_nothing_private_of_an_address_is_written_down(address: str, written: str) -> None:
    """Users, passwords, tokens, queries and paths of the machine are left out."""
    assert source.public(address) == written


def test_an_address_that_can_t_be_read_is_refused_without_its_secret(scaffold: Scaffold) -> None:
    """What Git says of it is told, the password is not."""
    address = "https://ana:ghp_secreto@127.0.0.1:1/curso.git"
    done = scaffold("new", "18", "--source", address)
    assert done.code == 2
    assert "No puedo leer «https://127.0.0.1:1/curso.git»" in done.err
    assert "ghp_secreto" not in done.err


@pytest.mark.parametrize("ref", ["v9.9.9", "--upload-pack=x", "HEAD:templates"])
def test_a_ref_that_is_not_there_is_refused(scaffold: Scaffold, repository: Path, ref: str) -> None:
    """With the versions that there are."""
    done = scaffold("new", "18", "--source", repository, f"--ref={ref}")
    assert done.code == 2
    assert f"no existe «{ref}»" in done.err
    assert "v0.9.0, v0.10.0, v0.11.0rc1" in done.err


def test_a_ref_of_a_folder_without_git_is_refused(scaffold: Scaffold, root: Path) -> None:
    """A plain folder has no versions."""
    done = scaffold("list", "--source", root, "--ref", "v1")
    assert done.code == 2
    assert "no es un repositorio Git" in done.err


def test_a_repository_without_templates_or_commits_is_refused(
    scaffold: Scaffold, here: Path
) -> None:
    """Neither its root nor its `templates/` is a template root."""
    (here / "repo").mkdir()
    git(here / "repo", "init", "-q")
    done = scaffold("list", "--source", "repo")
    assert (done.code, "no tiene ningún commit" in done.err) == (2, True)
    git(here / "repo", "commit", "-q", "--allow-empty", "-m", "nada")
    done = scaffold("list", "--source", "repo")
    assert (done.code, "no hay plantillas" in done.err) == (2, True)


def test_an_instructor_s_projects_are_listed_and_completed(scaffold: Scaffold, root: Path) -> None:
    """Their folder and their entry in the catalogue are all it takes."""
    [phase] = scaffold("list", "--json", "--source", root).json()["phases"]
    assert [project["id"] for project in phase["projects"]] == [
        "proyecto-18-recetas",
        "proyecto-19-vinos",
    ]


def test_leaves_no_copy_of_the_source_behind(
    scaffold: Scaffold, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was cloned is gone."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert scaffold("list", "--source", repository).code == 0
    assert list(temporary.iterdir()) == []
