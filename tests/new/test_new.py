"""`scaffold new`: a complete repository, the same on every machine, or nothing at all."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scaffolder.new import generate
from scaffolder.starter.answers import read_answers
from tests import without_chmod
from tests.conftest import Scaffold
from tests.helpers import build_file_tree, git, template_commit, tree
from tests.services import ON_CI

COMMAND = [sys.executable, "-c", "from scaffolder.cli import main; main()"]
RECIPES = [
    ".copier-answers.yml",
    ".gitattributes",
    ".gitignore",
    "README.md",
    "REQUISITOS.md",
    "guion.sh",
    "src",
    "src/recetas.py",
]


def test_makes_the_whole_repository(scaffold: Scaffold, here: Path, root: Path) -> None:
    """Every file, rendered with the answers, in one commit on `main`, with nothing left over."""
    done = scaffold("new", "18", "--source", root, "--data", "autor=Ana Gómez")
    assert (done.code, done.err) == (0, "")
    repo = here / "proyecto-18-recetas"
    assert tree(here) == ["proyecto-18-recetas", *(f"{repo.name}/{name}" for name in RECIPES)]
    assert (repo / "README.md").read_text() == "# Recetario\n\nDe Ana Gómez, con ruff.\n"
    assert git(repo, "status", "--porcelain", "--ignored") == ""
    assert git(repo, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(repo, "rev-list", "--count", "--all") == "1"


def test_its_commit_is_a_template_commit(scaffold: Scaffold, here: Path, root: Path) -> None:
    """The trailers say which template, version and source, and the tree is the rendered one."""
    scaffold("new", "18", "--source", root)
    claim = template_commit(here / "proyecto-18-recetas")
    told = (claim.template, claim.version, claim.source, claim.path)
    assert told == ("proyecto-18-recetas", "0.0.0", "local", "")
    modes = git(here / "proyecto-18-recetas", "ls-tree", "HEAD", "guion.sh", "README.md")
    assert [line.split()[0] for line in modes.splitlines()] == ["100644", "100755"]


def test_ends_with_the_two_commands_to_type(scaffold: Scaffold, root: Path) -> None:
    """What comes next can be copied from the screen."""
    done = scaffold("new", "18", "mi carpeta", "--source", root)
    assert "\n  cd 'mi carpeta'\n  uv run pytest\n" in done.out
    done = scaffold("new", "18", "--source", root, "--", "-x")
    assert "\n  cd ./-x\n  uv run pytest\n" in done.out


def test_remembers_answers_source_and_version_and_no_path(
    scaffold: Scaffold, here: Path, root: Path
) -> None:
    """The answers file is written even where the template has none, or Copier's usual one."""
    usual = "{{ _copier_answers | to_nice_yaml }}"
    file = root / "proyecto-18-recetas/repo/{{ _copier_conf.answers_file }}.jinja"
    for name in ("none", "usual"):
        scaffold("new", "18", name, "--source", root, "--data", "linter=black-flake8")
        answers = read_answers(here / name)
        assert answers is not None
        assert (answers.project, answers.source, answers.version) == (
            "proyecto-18-recetas",
            "local",
            "0.0.0",
        )
        assert answers.values == {
            "nombre": "Recetario",
            "autor": "Estudiante",
            "linter": "black-flake8",
        }
        assert str(root.parent) not in (here / name / ".copier-answers.yml").read_text()
        file.write_text(usual)


def test_equal_answers_give_equal_commits_on_any_machine(here: Path, tmp_path: Path) -> None:
    """Home, umask, time zone, language, Git identity and Git variables change nothing."""
    ids = []
    for number, (zone, language, umask) in enumerate(
        [("UTC", "C.UTF-8", 0o022), ("America/Lima", "es_ES.UTF-8", 0o077)]
    ):
        home = tmp_path / f"home{number}"
        build_file_tree(home, {".gitconfig": f"[user]\nname = Persona {number}\nemail = p@x.org\n"})
        place = here / str(number)
        place.mkdir()
        environment = os.environ | {
            "HOME": str(home),
            "TZ": zone,
            "LANG": language,
            "LC_ALL": language,
            "GIT_AUTHOR_DATE": f"2001-01-0{number + 1}T00:00:00Z",
            "GIT_COMMITTER_NAME": f"Otra {number}",
            "GIT_DIR": str(tmp_path / "elsewhere"),
            "GIT_INDEX_FILE": str(tmp_path / "index"),
        }
        options = ["new", "proyecto-1-tareas", "repo", "--data", "autor=Ana"]
        subprocess.run(
            [*COMMAND, *options],
            cwd=place,
            env=environment,
            umask=umask,
            check=True,
            capture_output=True,
        )
        ids.append(git(place / "repo", "rev-parse", "HEAD"))
    assert ids[0] == ids[1]


def test_is_clean_under_an_odd_git_configuration(
    scaffold: Scaffold, here: Path, home: Path, root: Path
) -> None:
    """Line ends, excludes, attributes, modes, hooks and signing of the learner play no part."""
    (root / "proyecto-18-recetas/repo/salida.log").write_text("ignored, and of the template\n")
    hooks = build_file_tree(home / "template", {"hooks/post-checkout": "#!/bin/sh\nexit 1\n"})
    build_file_tree(
        home,
        {
            "ignore": "*.py\n",
            "attributes": "*.py filter=shout\n*.md text eol=crlf\n",
            ".gitconfig": f"""
                [core]
                autocrlf = true
                fileMode = false
                excludesFile = {home}/ignore
                attributesFile = {home}/attributes
                hooksPath = {hooks}/hooks
                [commit]
                gpgSign = true
                [init]
                templateDir = {hooks}
                defaultBranch = trunk
                [filter "shout"]
                clean = tr a-z A-Z
                """,
        },
    )
    done = scaffold("new", "18", "odd", "--source", root)
    assert (done.code, done.err) == (0, "")
    assert git(here / "odd", "status", "--porcelain") == ""
    assert "salida.log" in git(here / "odd", "ls-files")
    assert git(here / "odd", "symbolic-ref", "HEAD") == "refs/heads/main"
    assert not (here / "odd/.git/hooks").exists()


def test_the_learner_s_own_copier_settings_play_no_part(
    scaffold: Scaffold, here: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither their defaults nor the templates that they trust."""
    settings = 'defaults: {autor: Otra}\ntrust: ["/", "https://"]\n'
    build_file_tree(here.parent, {"settings.yml": settings})
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(here.parent / "settings.yml"))
    assert scaffold("new", "18", "--source", root).code == 0
    assert "De Estudiante" in (here / "proyecto-18-recetas/README.md").read_text()
    (root / "copier.yml").write_text("_tasks: [touch x]\nproyecto: {type: str}\n")
    assert "ejecutar tareas" in scaffold("new", "18", "otro", "--source", root).err


def test_touches_no_repository_that_the_environment_names(
    scaffold: Scaffold, here: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called from a Git hook, Git's variables name somebody else's repository."""
    other = build_file_tree(tmp_path / "other", {"guion.sh": "other\n"})
    git(other, "init", "-q")
    git(other, "config", "core.fileMode", "false")
    git(other, "add", ".")
    index = (other / ".git/index").read_bytes()
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert scaffold("new", "18", "repo", "--source", root).code == 0
    assert (other / ".git/index").read_bytes() == index
    for name in ("GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name)
    assert git(here / "repo", "status", "--porcelain") == ""


@pytest.mark.parametrize("place", [".", "vacía", "a/b/c"])
def test_takes_an_empty_folder_and_makes_those_on_the_way(
    scaffold: Scaffold, here: Path, root: Path, place: str
) -> None:
    """The destination may exist, if it is empty; the current folder stays the current one."""
    (here / "vacía").mkdir()
    if place == ".":
        (here / "vacía").rmdir()
    done = scaffold("new", "18", place, "--source", root)
    assert (done.code, done.err) == (0, "")
    assert tree(here / place) == RECIPES
    assert git(here / place, "status", "--porcelain") == ""
    assert Path.cwd().samefile(here)


REFUSED = [
    (["blok"], "No conozco ningún proyecto «blok».", "¿Querías decir «proyecto-7-blog»?"),
    (["99"], "No conozco ningún proyecto «99».", "«scaffold list»"),
    (["1", "llena"], "ya existe y no está vacía", "Elige otra carpeta"),
    (["1", "archivo"], "ya existe y no es una carpeta", "Elige otra carpeta"),
    (["1", "colgado"], "ya existe y no es una carpeta", "Elige otra carpeta"),
    (["1", "repo/dentro"], "está dentro de otro repositorio Git", "--in-repo"),
    (["1", "repo/a/b"], "está dentro de otro repositorio Git", "--in-repo"),
    (["1", "nada", "--in-repo"], "no está en ningún repositorio Git", "Quita --in-repo"),
    ([], "Falta decir qué proyecto", "proyecto-1-tareas"),
    (["--phase", "9"], "No hay fase 9.", "1, 2, 3, 4, 5, 6, 7"),
    (["1", "--data", "autor"], "No entiendo --data «autor»", "CLAVE=VALOR"),
    (["1", "--data", "color=rojo"], "No hay ninguna pregunta «color»", "nombre, autor, python"),
    (["1", "--data", "proyecto=x"], "El proyecto no se dice con --data", "scaffold new PROYECTO"),
    (["1", "--data", "scaffold_version=9"], "ninguna pregunta «scaffold_version»", "nombre"),
    (["1", "--data", "fase=7"], "No hay ninguna pregunta «fase»", "nombre"),
    (["1", "--data", "nombre= "], "«nombre» no vale: El nombre no puede estar vacío.", "Cambia"),
    (["1", "--data", "python=2.7"], "«python» no admite", "3.11, 3.12, 3.13, 3.14"),
    (["1", "--data", "linter=pylint"], "«linter» no admite", "ruff, black-flake8"),
    (["1", "--ref", "v1"], "--ref dice la versión de una fuente", "--source"),
    (["1", "--source", "nowhere"], "No existe «nowhere»", "dirección Git"),
    (["1", "--source", "llena"], "En «llena» no hay plantillas", "roadmap.toml"),
    (["1", "x" * 300], "demasiado largo", "más corto"),
    (["1", ""], "La carpeta no tiene nombre", "Ponle uno"),
]


@pytest.mark.parametrize(("arguments", "reason", "step"), REFUSED)
def test_refuses_with_the_reason_and_the_next_step_and_leaves_nothing(
    scaffold: Scaffold, here: Path, arguments: list[str], reason: str, step: str
) -> None:
    """Exit code 2, two Spanish lines on stderr, and the disk as it was."""
    build_file_tree(here, {"llena/mío.txt": "mine\n", "archivo": "mine\n"})
    (here / "colgado").symlink_to("nothing")
    (here / "repo/a").mkdir(parents=True)
    git(here / "repo", "init", "-q")
    before = tree(here)
    done = scaffold("new", *arguments)
    assert (done.code, done.out) == (2, "")
    first, second = done.err.splitlines()
    assert reason in first
    assert step in second
    assert tree(here) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has such a place")
def test_a_place_where_nothing_can_be_made_is_refused(scaffold: Scaffold, root: Path) -> None:
    """Whatever the system's reason is."""
    done = scaffold("new", "18", "/proc/recetas", "--source", root)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("No puedo crear nada en «/proc».")


def test_a_project_without_a_template_names_those_that_have_one(
    scaffold: Scaffold, here: Path, root: Path
) -> None:
    """The roadmap has it, the templates don't yet."""
    done = scaffold("new", "vinos", "--source", root)
    assert done.code == 2
    assert done.err == (
        "proyecto-19-vinos todavía no tiene plantilla.\n"
        "Las que están listas: proyecto-18-recetas.\n"
    )
    assert tree(here) == []


def test_without_git_it_says_so(
    scaffold: Scaffold, here: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No Git on the path: refused, with where to get it."""
    monkeypatch.setenv("PATH", str(here))
    done = scaffold("new", "18", "--source", root)
    assert done.code == 2
    assert "No encuentro Git" in done.err
    assert "https://git-scm.com" in done.err
    assert tree(here) == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"copier.yml": "_tasks: [touch x]\nproyecto: {type: str}\n"}, "ejecutar tareas"),
        ({"copier.yml": "proyecto: {type: str\n"}, "copier.yml de esa fuente no se entiende"),
        ({"proyecto-18-recetas/repo/mal.md.jinja": "{{ nada }}"}, "'nada' is undefined"),
        ({"proyecto-18-recetas/repo/mal.md.jinja": "a\n{% if %}"}, "(línea 2)"),
    ],
)
def test_a_template_of_somebody_else_s_that_is_broken_or_unsafe_is_refused(
    scaffold: Scaffold, here: Path, root: Path, files: dict[str, str], reason: str
) -> None:
    """Nothing of a template's author runs here, and its mistakes are told as theirs."""
    build_file_tree(root, files)
    done = scaffold("new", "18", "--source", root)
    assert done.code == 2
    assert reason in done.err
    assert tree(here) == []


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mount a small disk."""
    places: list[Path] = []
    root = [] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["sudo", "-n"]

    def mounted(options: str) -> Path:
        place = tmp_path / f"disk{len(places)}"
        place.mkdir()
        command = [*root, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        try:
            subprocess.run(command, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            (pytest.fail if ON_CI else pytest.skip)(f"no small disk can be mounted: {error}")
        places.append(place)
        return place

    yield mounted
    for place in places:
        subprocess.run([*root, "umount", str(place)], check=True)


def test_a_disk_that_is_full_at_any_step_is_told_and_left_as_it_was(
    scaffold: Scaffold, root: Path, mount: Callable[..., Path]
) -> None:
    """From one free page upwards: refused with nothing left, until there is room for all."""
    (root / "proyecto-18-recetas/repo/big.txt").write_text("x" * 20_000)
    refused = 0
    for pages in range(1, 200, 3):
        disk = mount(f"size={pages * 4096}")
        done = scaffold("new", "18", disk / "repo", "--source", root)
        if done.code == 0:
            break
        refused += 1
        assert (done.code, done.err.splitlines()[0]) == (2, "No queda espacio en el disco.")
        assert list(disk.iterdir()) == []
    assert done.code == 0
    assert git(disk / "repo", "status", "--porcelain") == ""
    assert refused > 5


def test_a_parent_that_is_read_only_is_told(
    scaffold: Scaffold, root: Path, mount: Callable[..., Path]
) -> None:
    """No permission there: refused."""
    disk = mount("ro")
    done = scaffold("new", "18", disk / "repo", "--source", root)
    assert done.code == 2
    assert done.err.startswith("No puedo escribir en «")


@pytest.mark.parametrize("step", ["render", "_age", "write_template_commit", "_git_dir"])
def test_ctrl_c_at_any_step_leaves_nothing(
    scaffold: Scaffold, here: Path, root: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whatever was under way, the disk is as it was."""

    def interrupted(*args: object, **kwargs: object) -> None:
        original(*args, **kwargs)
        raise KeyboardInterrupt

    original = getattr(generate, step)
    monkeypatch.setattr(generate, step, interrupted)
    done = scaffold("new", "18", "a/b", "--source", root)
    assert (done.code, done.err) == (130, "Interrumpido.\n")
    assert tree(here) == []


def open_once_somebody_reads(pipe: Path, process: subprocess.Popen[bytes]) -> int:
    """Wait until a process is stuck reading a pipe that nobody writes to."""
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):  # no reader yet
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.01)
    pytest.fail(f"it never read the pipe (exit code {process.returncode})")


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither FIFOs nor these signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_rendering_leaves_nothing(
    here: Path, root: Path, number: signal.Signals, code: int
) -> None:
    """A real process, stopped where it reads a file of the template that never ends."""
    pipe = root / "proyecto-18-recetas/repo/zzz"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [*COMMAND, "new", "18", "--source", str(root)], cwd=here, stderr=subprocess.PIPE
    )
    try:
        writer = open_once_somebody_reads(pipe, process)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        os.close(writer)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == code
    assert b"Traceback" not in err
    assert tree(here) == []


def test_a_bug_after_rendering_leaves_nothing_and_a_report(
    scaffold: Scaffold, here: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw is one line, exit code 3."""
    monkeypatch.setattr(generate, "_age", lambda _: 1 / 0)
    done = scaffold("new", "18", "--source", root)
    assert done.code == 3
    assert len(done.err.splitlines()) == 1
    assert "ZeroDivisionError" in done.err
    assert tree(here) == []


def test_the_templates_of_the_toolkit_need_no_terminal_and_no_identity(
    scaffold: Scaffold, here: Path
) -> None:
    """The plain command, with nobody to ask and no Git configuration at all."""
    done = scaffold("new", "tareas")
    assert (done.code, done.err) == (0, "")
    repo = here / "proyecto-1-tareas"
    claim = template_commit(repo)
    assert (claim.template, claim.source) == ("proyecto-1-tareas", "embedded")
    assert git(repo, "status", "--porcelain", "--ignored") == ""


@pytest.mark.skipif(not without_chmod.POSSIBLE, reason="no seccomp filters on this system")
def test_a_disk_that_refuses_chmod_gives_the_same_repository(here: Path, root: Path) -> None:
    """WSL without metadata, a share: nothing is lost but modes, and Git expects none."""
    words = ["new", "18", "--source", str(root)]
    git_ids = []
    for name, before in (("aquí", []), ("allí", [sys.executable, "-m", "tests.without_chmod"])):
        done = subprocess.run(
            [*before, *COMMAND, *words, str(here / name)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        git_ids.append(git(here / name, "rev-parse", "HEAD"))
        assert git(here / name, "status", "--porcelain") == ""
        assert git(here / name, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git_ids[0] == git_ids[1]
    assert git(here / "allí", "config", "core.fileMode") == "false"
    assert git(here / "allí", "fsck", "--strict") == ""


@pytest.mark.skipif(not without_chmod.POSSIBLE, reason="no seccomp filters on this system")
def test_a_workspace_is_made_where_chmod_is_refused(here: Path) -> None:
    """Its repository, too."""
    command = [sys.executable, "-m", "tests.without_chmod", *COMMAND, "init", str(here), "--git"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert git(here, "status", "--porcelain").splitlines() == [
        "?? .gitignore",
        "?? RUTA.md",
        "?? ruta.toml",
    ]
