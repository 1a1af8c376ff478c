"""Sources: the toolkit's own templates, a folder's, a Git repository's."""

from __future__ import annotations

import base64
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from scaffolder import RELEASED, __version__
from scaffolder.templating import source
from tests.conftest import Scaffold
from tests.helpers import build_file_tree, git, template_commit


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
    assert done.code == 0
    assert all(line.startswith("De «") for line in done.err.splitlines()), done.err
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
        ("https://Example.org/a/", "https://example.org/a"),
        ("git@Example.org:a/b/", "git@example.org:a/b"),
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


@pytest.mark.parametrize("ref", ["v9.9.9", "--upload-pack=x", "HEAD:nada"])
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


def test_a_source_is_reached_as_the_shell_says(
    scaffold: Scaffold, here: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key, a helper or an address given by Git's variables serves a private source."""
    folder = build_file_tree(
        here.parent, {"ssh": f'#!/bin/sh\nexec git-upload-pack "{repository}"\n'}
    )
    monkeypatch.setenv("GIT_SSH_COMMAND", str(folder / "ssh"))
    told = made(scaffold, here, "--source", "git@privado.example:curso.git")
    assert told == ("# v0.10.0", "0.10.0", "git@privado.example:curso.git")


class Private(SimpleHTTPRequestHandler):
    """A folder's files, for whoever knows the password."""

    def do_GET(self) -> None:
        """RFC 7617: asked for the first time, the answer is 401."""
        secret = base64.b64encode(b"clase:secreta").decode()
        if self.headers["Authorization"] == f"Basic {secret}":
            super().do_GET()
            return
        self.send_response(HTTPStatus.UNAUTHORIZED)
        self.send_header("WWW-Authenticate", 'Basic realm="curso"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads them."""


def test_a_password_is_asked_of_the_shell_s_program(
    scaffold: Scaffold, here: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`GIT_ASKPASS` is how an editor's terminal answers; without it nothing is asked."""
    git(repository, "update-server-info")
    answer = """#!/bin/sh\ncase "$1" in User*) echo clase;; *) echo secreta;; esac\n"""
    folder = build_file_tree(here.parent, {"askpass": answer})
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Private, directory=str(repository / ".git"))
    )
    with server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        refused = scaffold("list", "--source", url)
        assert (refused.code, "secreta" in refused.err) == (2, False), refused.err
        monkeypatch.setenv("GIT_ASKPASS", str(folder / "askpass"))
        assert made(scaffold, here, "--source", url)[:2] == ("# v0.10.0", "0.10.0")
        server.shutdown()


def test_an_address_that_a_variable_rewrites(
    scaffold: Scaffold, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`GIT_CONFIG_COUNT` is how CI gives Git a token."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{repository.as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://privado.example/curso")
    assert scaffold("list", "--source", "https://privado.example/curso").code == 0
    for count in ("x", "9"):  # not a number, or more than there are
        monkeypatch.setenv("GIT_CONFIG_COUNT", count)
        assert scaffold("list", "--source", repository).code == 0


def test_all_of_a_failing_transport_s_reason_is_told(
    scaffold: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line alone says nothing."""
    script = "#!/bin/sh\necho 'Host key verification failed.' >&2\nexit 255\n"
    folder = build_file_tree(here.parent, {"ssh": script})
    monkeypatch.setenv("GIT_SSH_COMMAND", str(folder / "ssh"))
    done = scaffold("list", "--source", "git@privado.example:curso.git")
    assert done.code == 2
    assert "Host key verification failed. · Could not read from remote" in done.err


def test_a_default_branch_that_is_not_there_is_told(scaffold: Scaffold, repository: Path) -> None:
    """There are commits, and the way to them."""
    git(repository, "tag", "-d", "v0.9.0", "v0.10.0", "v0.11.0rc1")
    git(repository, "symbolic-ref", "HEAD", "refs/heads/master")
    done = scaffold("list", "--source", repository)
    assert (done.code, "la suya, «master», no existe" in done.err) == (2, True), done.err
    assert "Dila con --ref. Las que hay: main." in done.err
    assert scaffold("list", "--source", repository, "--ref", "main").code == 0


def test_a_copy_without_history_or_versions_is_refused(
    scaffold: Scaffold, here: Path, repository: Path
) -> None:
    """As CI checks out: its version would be counted from nothing. Its folder serves."""
    git(here, "clone", "-q", "--depth=1", "--no-tags", repository.as_uri(), "copia")
    done = scaffold("list", "--source", "copia")
    assert (done.code, "sin la historia entera" in done.err) == (2, True), done.err
    assert "fetch-depth: 0" in done.err
    assert scaffold("list", "--source", "copia/templates").code == 0
    git(here / "copia", "tag", "v3.0.0")
    assert scaffold("list", "--source", "copia").code == 0


def test_an_author_is_told_what_a_version_leaves_out(scaffold: Scaffold, repository: Path) -> None:
    """Commits without a tag, and work that is not committed; a tag on the last says nothing."""
    done = scaffold("list", "--source", repository)
    assert done.err == (
        f"De «{repository}» tomo la 0.10.0. Quedan fuera: 2 commits posteriores sin etiqueta "
        "de versión (tómalos con --ref main).\n"
    )
    (repository / "templates" / "nuevo.txt").write_text("x")
    done = scaffold("list", "--source", repository, "--ref", "main")
    assert done.err == (
        f"De «{repository}» tomo la {done.err.split('tomo la ')[1].split('. Quedan')[0]}. Quedan "
        f"fuera: cambios sin guardar en un commit (tómalos con --source {repository}/templates).\n"
    )
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "1.0")
    git(repository, "tag", "v1.0.0")
    assert scaffold("list", "--source", repository).err == ""


def test_submodules_and_lfs_pointers_are_refused(scaffold: Scaffold, repository: Path) -> None:
    """A starter with a file that says where the file is, or with none, is no starter."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},docs/otro")
    git(repository, "commit", "-q", "-m", "fuera de las plantillas")
    assert scaffold("list", "--source", repository, "--ref", "main").code == 0
    place = "templates/proyecto-18-recetas/repo"
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},{place}/lib")
    git(repository, "commit", "-q", "-m", "dentro")
    done = scaffold("list", "--source", repository, "--ref", "main")
    assert (done.code, f"«{place}/lib» es un submódulo" in done.err) == (2, True), done.err
    git(repository, "reset", "-q", "--hard", head)
    (repository / place / "foto.png").write_text(pointer)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "foto")
    done = scaffold("list", "--source", repository, "--ref", "main")
    assert (done.code, f"«{place}/foto.png» está en Git LFS" in done.err) == (2, True), done.err
