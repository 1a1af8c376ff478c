"""The command line's frame: words, exit codes, and what happens when something breaks."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from scaffolder import __version__, cli
from scaffolder.console import spanish
from tests.conftest import Scaffold
from tests.helpers import build_file_tree, git

COMMAND = [sys.executable, "-c", "from scaffolder.cli import main; main()"]
ENGLISH = re.compile(r"\b(Usage|Options|Commands|Show|Error|Try|No such|Missing|Invalid|the)\b")


def messages() -> list[tuple[str, str]]:
    """Every message of click's that a command line can show, and the function it goes through."""
    spec = importlib.util.find_spec("click")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    found = []
    for file in Path(spec.submodule_search_locations[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in {"_", "ngettext"} and isinstance(first, ast.Constant):
                    found.append((node.func.id, str(first.value)))
    return found


# What our command line never shows: editors, passwords, colours, types and slips of ours.
NEVER = re.compile(
    r"Editing failed|Windows error|^d$|Value must be an iterable|DeprecationWarning|"
    r"Could not determine name|No options defined|Arguments take exactly|defined twice|"
    r"cannot use the same flag|Confirm the action|Press any key|Repeat for confirmation|"
    r"two entered values|Unknown color|Choice\(|does not match the format|valid boolean|UUID|"
    r"Unknown standard stream"
)


def test_every_message_of_click_s_has_its_spanish() -> None:
    """A new version of click brings no English unnoticed."""
    known = {"_": set(spanish.MESSAGES), "ngettext": set(spanish.PLURALS)}
    missing = [
        message
        for function, message in messages()
        if message not in known[function] and not NEVER.search(message)
    ]
    assert missing == []


@pytest.mark.parametrize("name", [None, *cli.COMMANDS])
def test_help_is_in_spanish(scaffold: Scaffold, name: str | None) -> None:
    """Headings, options and texts."""
    done = scaffold(*([name] if name else []), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Uso: scaffold")
    assert "Opciones:" in done.out
    assert not ENGLISH.search(done.out)


def test_help_lists_every_command(scaffold: Scaffold) -> None:
    """Each of them exists, and is called as its module is."""
    listed = scaffold("--help").out
    for name, text in cli.COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(text)}$", listed, re.MULTILINE)
        command = import_module(f"scaffolder.commands.{cli.MODULES.get(name, name)}").command
        assert isinstance(command, click.Command)
        assert command.name == name


def test_help_shows_how_to_switch_on_completion(scaffold: Scaffold) -> None:
    """One line to copy."""
    assert 'eval "$(_SCAFFOLD_COMPLETE=bash_source scaffold)"' in scaffold("--help").out


def test_version(scaffold: Scaffold) -> None:
    """The package's own."""
    assert scaffold("--version").out == f"scaffold {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "reason", "help_of"),
    [
        (["lsit"], "No existe la orden «lsit». ¿Querías decir «list»?", "scaffold"),
        (["xyz"], "No existe la orden «xyz».", "scaffold"),
        (["--nope"], "No existe la opción «--nope».", "scaffold"),
        (["list", "--fase", "1"], "No existe la opción «--fase».", "scaffold list"),
        (["list", "--phase"], "La opción «--phase» necesita un valor.", "scaffold list"),
        (["list", "--json=1"], "La opción «--json» no lleva valor.", "scaffold list"),
        (["list", "--phase", "x"], "«x» no es un número válido.", "scaffold list"),
        (["--json", "list"], "--json va detrás de la orden.", "scaffold"),
        (["list", "a"], "Sobra un argumento: a", "scaffold list"),
        (["new", "1", "a", "b", "c"], "Sobran argumentos: b c", "scaffold new"),
        (
            ["class", "statsu"],
            "No existe la orden «statsu». ¿Querías decir «status»?",
            "scaffold class",
        ),
        (
            ["class", "status", "--only"],
            "La opción «--only» necesita un valor.",
            "scaffold class status",
        ),
    ],
)
def test_a_slip_is_told_in_two_spanish_lines(
    scaffold: Scaffold, arguments: list[str], reason: str, help_of: str
) -> None:
    """What is wrong, and how to see what is right: exit code 2."""
    done = scaffold(*arguments)
    assert (done.code, done.out) == (2, "")
    first, second = done.err.splitlines()
    assert reason in first
    assert second == f"Escribe «{help_of} --help» para ver cómo se usa."


def test_a_repository_of_another_user_is_told(
    scaffold: Scaffold, here: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git's refusal to work there is no bug of ours."""
    git(here, "init", "-q")
    original = subprocess.run

    def run(command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[bytes]:
        kwargs["env"] = dict(kwargs["env"], GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
        return original(command, **kwargs)

    monkeypatch.setattr("scaffolder.git.process.subprocess.run", run)
    done = scaffold("new", "18", "recetas", "--in-repo", "--source", root)
    assert done.code == 2
    assert "git config --global --add safe.directory" in done.err
    assert scaffold("new", "18", here.parent / "solo", "--source", root).code == 0


def test_the_same_words_in_any_locale() -> None:
    """The person's locale changes nothing."""
    environment = os.environ | {"LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", "LANGUAGE": "en"}
    done = subprocess.run(
        [*COMMAND, "--help"], env=environment, capture_output=True, check=True, encoding="utf-8"
    )
    assert done.stdout.startswith("Uso: scaffold")


def test_a_reader_who_leaves_is_no_error(here: Path) -> None:
    """`scaffold list | head -1` ends in silence."""
    process = subprocess.Popen(
        [*COMMAND, "list", "--json"], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(30) == 0
    process.stderr.close()


def test_an_output_that_knows_few_letters_gets_what_it_can_carry(here: Path, root: Path) -> None:
    """A pipe on Windows: unknown letters as question marks, JSON with escapes, no traceback."""
    file = root / "roadmap.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("Bodega", "Bodega 🍷"), "utf-8")
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    told = []
    for option in ("--phase=1", "--json"):
        command = [*COMMAND, "list", option, "--source", str(root)]
        done = subprocess.run(command, cwd=here, env=environment, capture_output=True, check=True)
        assert done.stderr == b""
        told.append(done.stdout.decode("cp1252"))
    assert "Bodega ?" in told[0]
    assert json.loads(told[1])["phases"][0]["projects"][1]["title"] == "Bodega 🍷"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["list"],
        ["next"],
        ["progress"],
        ["doctor"],
        ["init", "ruta"],
        ["new", "18", "--source", "root"],
    ],
    ids=lambda words: words[0] if words else "where",
)
def test_every_json_document_names_its_form(
    scaffold: Scaffold, root: Path, words: list[str]
) -> None:
    """A program that reads it can see whether it knows how to."""
    done = scaffold(*(root if word == "root" else word for word in words), "--json")
    assert (done.code, done.err) in {(0, ""), (1, "")}
    assert next(iter(done.json().items())) == ("format", 1)


def test_a_new_repository_is_told_in_json(scaffold: Scaffold, here: Path, root: Path) -> None:
    """Where it is, what it is made of, and the template commit."""
    told = scaffold("new", "18", "recetas", "--source", root, "--json").json()
    assert told == {
        "format": 1,
        "project": "proyecto-18-recetas",
        "title": "Recetario",
        "path": str(here / "recetas"),
        "files": 7,
        "source": "local",
        "version": "0.0.0",
        "commit": git(here / "recetas", "rev-parse", "HEAD"),
        "inside": None,
    }


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours in `scaffold list`."""

    def broken(*_: object) -> None:
        message = "leído de https://ana:ghp_secreto@example.org/x"
        raise RuntimeError(message)

    monkeypatch.setattr("scaffolder.roadmap.catalogue.load", broken)


@pytest.mark.usefixtures("bug")
def test_a_bug_is_one_line_and_a_report_that_can_be_pasted(scaffold: Scaffold, home: Path) -> None:
    """Versions, command and traceback; no secrets, and no name of the home folder."""
    done = scaffold("list", "--source", "")
    assert (done.code, done.out) == (3, "")
    [line] = done.err.splitlines()
    match = re.search(r"Adjunta (.+\.log) a tu aviso", line)
    assert match
    report = Path(match[1]).read_text(encoding="utf-8")
    assert f"scaffold {__version__}\n" in report
    assert "\nPython 3." in report
    assert "\ncopier 9." in report
    assert "\n$ scaffold list" in report
    assert "RuntimeError: leído de https://example.org/x" in report
    assert "Traceback" in report
    assert str(home) not in report
    assert str(Path(match[1])).startswith(str(home))


@pytest.mark.usefixtures("bug")
def test_a_bug_with_nowhere_to_write_is_one_line_all_the_same(
    scaffold: Scaffold, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No log folder, no temporary folder: still no traceback."""
    blocked = build_file_tree(here, {"file": ""}) / "file"
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    done = scaffold("list")
    assert done.code == 3
    assert done.err.endswith("No he podido guardar el informe.\n")


def test_completes_project_ids(here: Path) -> None:
    """The shell is told the ids that have a template."""
    environment = os.environ | {
        "_SCAFFOLD_COMPLETE": "bash_complete",
        "COMP_WORDS": "scaffold new proyecto-1",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        COMMAND, cwd=here, env=environment, capture_output=True, check=True, encoding="utf-8"
    )
    assert "plain,proyecto-1-tareas\n" in done.stdout
    assert "proyecto-2" not in done.stdout
