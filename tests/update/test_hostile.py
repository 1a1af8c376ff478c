"""A repository that wants something run, fetched or written elsewhere gets nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import TemplateRepo, commit, replace, snapshot, type_in
from tests.update.scenarios import both, edit, write

if TYPE_CHECKING:
    from collections.abc import Callable

GUIDE = "docs/guia.md"
MINE = "src/recetas.py"
ANSWERS = ".copier-answers.yml"


@pytest.fixture
def trap(here: Path) -> Trap:
    """A program that leaves a trace, and the trace."""
    trace = here / "rastro"
    program = here / "trampa.sh"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{trace}'\ncat 2>/dev/null\nexit 0\n")
    program.chmod(0o755)
    return program, trace


Trap = tuple[Path, Path]


@pytest.mark.parametrize("mode", [[], ["--check"], ["--diff"], ["--branch"]], ids=str)
def test_nothing_of_the_repositorys_configuration_runs(
    mode: list[str], mini: TemplateRepo, small: Path, update: Scaffold, trap: Trap
) -> None:
    """Hooks, monitors, filters, drivers, signers, pagers, transports: none of them."""
    program, trace = map(str, trap)
    edit(GUIDE, 5, "MÍO")(small)
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    for key in (
        *("core.fsmonitor", "core.editor", "core.pager", "core.sshCommand", "core.gitProxy"),
        *("diff.external", "diff.trampa.command", "diff.trampa.textconv", "gpg.program"),
        *("filter.trampa.clean", "filter.trampa.smudge", "filter.trampa.process"),
        *("merge.trampa.driver", "credential.helper", "uploadpack.packObjectsHook"),
        *("core.alternateRefsCommand", "sequence.editor", "receive.procReceiveRefs"),
    ):
        git(small, "config", key, f"{program} {key}")
    git(small, "config", "core.hooksPath", str(small / "ganchos"))
    for setting in ("filter.trampa.required", "commit.gpgSign", "log.showSignature"):
        git(small, "config", setting, "true")
    for hook in ("pre-commit", "post-index-change", "reference-transaction", "post-merge"):
        write(f"ganchos/{hook}", trap[0].read_bytes())(small)
        (small / "ganchos" / hook).chmod(0o755)
    attributes = "* filter=trampa merge=trampa diff=trampa\n"
    write(".git/info/attributes", attributes)(small)
    (small / GUIDE).touch()  # Git has to look into it again
    mini.release("0.2.0", both(edit(GUIDE, 5, "DOS"), edit(MINE, 25, "DOS")))
    done = update(*mode)
    assert done.code == (0 if mode == ["--diff"] else 1), done.err
    assert not Path(trace).exists(), Path(trace).read_text()
    if not mode:
        assert "DOS" in (small / MINE).read_text(encoding="utf-8")
        assert "<<<<<<< tuyo" in (small / GUIDE).read_text(encoding="utf-8")


@pytest.mark.parametrize("address", ["ext::{program}", "{here}", "ssh://localhost/x"])
def test_missing_objects_are_not_fetched(
    address: str, mini: TemplateRepo, small: Path, here: Path, update: Scaffold, trap: Trap
) -> None:
    """A repository that promises its objects elsewhere can have any command run to get them."""
    program, trace = trap
    edit(MINE, 5, "MÍO")(small)
    commit(small)
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": address.format(program=program, here=here),
        "core.sshCommand": str(program),
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": str(program),
        "protocol.ext.allow": "always",
        "protocol.allow": "always",
    }.items():
        git(small, "config", key, value)
    words = git(small, "log", "-1", "--format=%B", "HEAD^").splitlines()
    missing = "\n".join("Scaffold-Tree: " + "12" * 20 if "Tree" in w else w for w in words)
    git(small, "commit", "-q", "--allow-empty", "-m", missing)
    mini.release("0.2.0", edit(MINE, 20, "DOS"))
    assert update().code == 0
    assert not trace.exists()


def test_a_work_tree_elsewhere(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """`core.worktree` would have us write into another folder."""
    victim = here / "víctima"
    write(GUIDE, "DE OTRA PERSONA\n")(victim)
    git(small, "config", "core.worktree", str(victim))
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update()
    assert (done.code, "core.worktree" in done.err) == (2, True), done.err
    assert (victim / GUIDE).read_text() == "DE OTRA PERSONA\n"


def test_a_link_out_of_the_repository(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """An untracked link stands where the template wants a folder: nothing goes through it."""
    victim = here / "víctima"
    victim.mkdir()
    (small / "extra").symlink_to(victim)
    mini.release("0.2.0", write("extra/nuevo.md", "DOS\n"))
    done = update()
    assert (done.code, "extra" in done.err) == (2, True), done.err
    assert list(victim.iterdir()) == []


def forge(repo: Path, change: Callable[[str], str], answers: str = "") -> None:
    """Make a template commit that says something else, and is valid all the same."""
    if answers:
        (repo / ANSWERS).write_text(answers)
    git(repo, "add", "--all")
    tree = git(repo, "write-tree")
    lines = [
        "Scaffold-Template: proyecto-18-recetas",
        "Scaffold-Version: 0.1.0",
        "Scaffold-Source: local",
        f"Scaffold-Tree: {tree}",
    ]
    text = change("Plantilla\n\n" + "\n".join(lines) + "\n")
    made = git(repo, "commit-tree", tree, stdin=text)
    git(repo, "reset", "-q", "--soft", made)


ALIASES = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 14))
BOMB = f'a0: &a0 ["x"]\n{ALIASES}'
ANSWERED = '_src_path: "local"\n_commit: "0.1.0"\nproyecto: "proyecto-18-recetas"\n'


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Source: local", "Source: https://example.invalid/x.git", 2),
        ("Source: local", "Source: ext::sh -c touch% {trace}", 2),
        ("Source: local", "Source: --upload-pack=touch {trace}", 2),
        ("Source: local", "Source: /etc", 2),
        ("Source: local", "Source: embedded", 2),
    ],
)
def test_a_forged_source_is_never_fetched(
    old: str, new: str, code: int, small: Path, scaffold: Scaffold, trap: Trap
) -> None:
    """Without `--source`, what only the repository names is not used."""
    forge(small, lambda text: text.replace(old, new.replace("{trace}", str(trap[1]))), ANSWERED)
    before = snapshot(small)
    done = scaffold("update", small)
    assert done.code == code, done.out
    assert not trap[1].exists()
    assert snapshot(small) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Template: proyecto-18-recetas", "Template: ../../etc"),
        ("Template: proyecto-18-recetas", "Template: proyecto-19-vinos"),
        ("Template: proyecto-18-recetas", "Template: -d"),
        ("Scaffold-Tree", "Scaffold-Path: ../../fuera\nScaffold-Tree"),
        ("Scaffold-Tree", "Scaffold-Path: /etc\nScaffold-Tree"),
        ("Scaffold-Tree", "Scaffold-Path: .git/hooks\nScaffold-Tree"),
        ("Scaffold-Tree", "Scaffold-Path: docs/../../x\nScaffold-Tree"),
        ("Tree: ", "Tree: --output=x"),
        ("Version: 0.1.0", "Version: 99"),
    ],
)
def test_a_forged_template_commit_is_refused(
    old: str, new: str, small: Path, mini: TemplateRepo, update: Scaffold
) -> None:
    """Another project, a path outside, an option instead of an id."""
    forge(small, lambda text: text.replace(old, new), ANSWERED)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    before = snapshot(small)
    done = update()
    assert done.code == 2, done.out
    assert snapshot(small) == before
    assert update("--branch").code == 2


@pytest.mark.parametrize(
    "version", ["--upload-pack=touch {trace}", "$(touch {trace})", "..", "v1 2"]
)
def test_a_version_that_is_none(
    version: str, small: Path, mini: TemplateRepo, update: Scaffold, trap: Trap
) -> None:
    """It is text, never a word of a command; an update brings a real one."""
    named = version.replace("{trace}", str(trap[1]))
    forge(small, lambda text: text.replace("Version: 0.1.0", f"Version: {named}"), ANSWERED)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update()
    assert done.code == 0, done.err
    assert not trap[1].exists()
    assert "DOS" in (small / GUIDE).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('_commit: "--upload-pack=touch {trace}"', 2),
        ('_src_path: "ext::sh -c touch% {trace}"', 0),
        ('proyecto: "../../proyecto-18-recetas"', 2),
        ("proyecto: [1]", 2),
        (f"x: 1\n{BOMB}", 2),
        (f"x: {'[' * 3000}{']' * 3000}", 2),
        ("x: 2020-13-45", 2),
        ("x: !!python/object/apply:os.system ['touch {trace}']", 2),
        ("autor: \"{{ 7 * 7 }}{% include '/etc/passwd' %}\"", 0),
    ],
)
def test_an_answers_file_in_a_repository_that_is_adopted(
    line: str, code: int, small: Path, update: Scaffold, trap: Trap
) -> None:
    """There the file on the disk is all there is: it is read with care."""
    key = line.split(":", maxsplit=1)[0]
    lines = (small / ANSWERS).read_text().splitlines()
    kept = [entry for entry in lines if not entry.startswith(f"{key}:")]
    text = "\n".join([*kept, line.replace("{trace}", str(trap[1]))]) + "\n"
    (small / ANSWERS).write_text(text)
    git(small, "add", "--all")
    orphan = git(small, "commit-tree", git(small, "write-tree"), "-m", "zip")
    git(small, "reset", "-q", "--soft", orphan)
    done = update("--adopt")
    assert done.code == code, done.out + done.err
    assert not trap[1].exists()


def test_answers_with_template_code_stay_text(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """What a repository answers is never evaluated as a template."""
    answers = ANSWERED + 'nombre: "{{ 7 * 7 }}"\nautor: "{% raw %}"\nlinter: ruff\n'
    forge(small, lambda text: text, answers)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update()
    assert done.code == 0, done.err
    assert "49" not in (small / "README.md").read_text()


def test_answers_that_would_fill_the_memory(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """Aliases of aliases, in a commit that calls itself the template's."""
    forge(small, lambda text: text, ANSWERED + BOMB)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update()
    assert (done.code, "no guarda las respuestas" in done.err) == (2, True)


def test_names_that_would_be_options_or_commands(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """What is printed to be typed does what it says, whatever files are called."""
    names = ["-x", "--force", "a b", "$(touch rastro)", "; touch rastro", "'", "ñ~1"]
    for name in names:
        write(name, "MÍO\n")(small)
    commit(small)
    mini.release("0.2.0", both(*(write(name, "DOS\n") for name in names)))
    done = update()
    assert done.code == 1
    type_in(here, done.out)
    assert git(small, "status", "--porcelain") == ""
    assert git(small, "rev-parse", "--verify", "HEAD^2")
    assert not list(here.rglob("rastro"))


def test_a_name_that_no_terminal_can_show(
    mini: TemplateRepo, small: Path, here: Path, update: Scaffold
) -> None:
    """A line end or a control character in a name reaches no terminal."""
    name = "a\nb\x1b[2Jc.md"
    write(name, "MÍO\n")(small)
    commit(small)
    mini.release("0.2.0", write(name, "DOS\n"))
    done = update()
    assert (done.code, "\x1b" in done.out, "a\ufffdb" in done.out) == (1, False, True)
    type_in(here, done.out)
    assert git(small, "status", "--porcelain") == ""


def test_a_tree_of_the_learners_that_calls_itself_the_template(
    mini: TemplateRepo, small: Path, update: Scaffold
) -> None:
    """The worst that a forged base can do is an update that Git can undo."""
    edit(MINE, 5, "MÍO")(small)
    (small / ANSWERS).write_text(ANSWERED)
    replace(small / "README.md", "# Recetario", "# Mi recetario")
    forge(small, lambda text: text)
    before = snapshot(small)
    mini.release("0.2.0", edit(GUIDE, 5, "DOS"))
    done = update()
    assert done.code == 0
    git(small, "reset", "-q", "--keep", "ORIG_HEAD")
    assert snapshot(small) == before
