"""What a learner sees after three weeks of work: a clean update, and one that asks."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.conftest import Done, Scaffold
from tests.helpers import git
from tests.update import long_history
from tests.update.sandbox import TemplateRepo, commit, snapshot

pytestmark = pytest.mark.proof
README = "README.md"
KEPT = (long_history.NOTES.strip(), "markdown>=3.8,<4", "- [x] **R1", "- [x] **R2", "- [ ] **R3")
BROUGHT = (
    long_history.ITS_MISTAKE,
    "pyjwt>=2.15.1,",
    long_history.TEST.strip(),
    "alterado, con algo detrás",
)


def update(scaffold: Scaffold, template_repo: TemplateRepo, repo: Path, *options: str) -> Done:
    """Update that repository from that root."""
    return scaffold("update", repo, "--source", template_repo.root, *options)


def types(line: str, repo: Path) -> None:
    """Type a command that was printed."""
    program, *arguments = shlex.split(line)
    assert program == "git"
    git(repo, *arguments)


def undo(done: Done, repo: Path) -> None:
    """Type the last command that was printed."""
    types(done.out.splitlines()[-1], repo)


def holds(repo: Path, *texts: str) -> None:
    """All of these are in the files of the work tree."""
    tracked = [repo / name for name in git(repo, "ls-files").splitlines()]
    whole = "\n".join(file.read_text("utf-8") for file in tracked)
    assert [text for text in texts if text not in whole] == []


def test_three_weeks_later_it_is_all_there(scaffold: Scaffold, here: Path) -> None:
    """Everything of both arrives, is told, and can be taken back."""
    template_repo, repo = long_history.build(here)
    before = snapshot(repo)
    done = update(scaffold, template_repo, repo)
    assert done.code == 0, done.out + done.err
    assert git(repo, "status", "--porcelain") == ""
    holds(repo, *KEPT, *BROUGHT)
    solution = (long_history.SOLUTION / "src/blog/errores.py").read_text("utf-8")
    assert (repo / "src/blog/errores.py").read_text("utf-8") == solution
    told = [line.strip() for line in done.out.splitlines()]
    assert any(
        line.startswith("src/blog/errores.py: ") and "queda lo tuyo" in line for line in told
    )
    assert any("pruebas de R2" in line for line in told)
    assert told.index("uv sync") < told.index("scaffold check")
    assert update(scaffold, template_repo, repo).out.startswith("Al día")
    undo(done, repo)
    assert snapshot(repo) == before


def test_three_weeks_later_it_asks(scaffold: Scaffold, here: Path) -> None:
    """Where both wrote, the learner decides, as the text says; or goes back."""
    template_repo, repo = long_history.build(here, disagree=True)
    before = snapshot(repo)
    done = update(scaffold, template_repo, repo)
    assert done.code == 1, done.out + done.err
    assert f"  {README}: los dos cambiasteis las mismas líneas" in done.out
    undo(done, repo)
    assert snapshot(repo) == before
    update(scaffold, template_repo, repo)
    conflict = (repo / README).read_text("utf-8").splitlines(keepends=True)
    resolved = [line for line in conflict if not line.startswith(("<<<<<<<", "=======", ">>>>>>>"))]
    (repo / README).write_text("".join(resolved), "utf-8")
    for line in done.out.splitlines():
        if line.startswith(("  git add", "  git commit")):
            types(line, repo)
    holds(repo, *KEPT, *BROUGHT, long_history.MY_MISTAKE)
    assert commit(repo, "Sigo") == git(repo, "rev-parse", "HEAD")
    assert update(scaffold, template_repo, repo).out.startswith("Al día")
