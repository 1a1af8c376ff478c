"""Git processes are the cost, and are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.classroom.update.ground import make_class
from tests.classroom.update.population import Population
from tests.conftest import Scaffold
from tests.update.sandbox import build_mini
from tests.update.scenarios import edit


def kinds(commands: list[str]) -> Counter[str]:
    """Git's commands by what they do; those that the other side's Git is asked for are left out."""
    counts: Counter[str] = Counter()
    for command in commands:
        words = iter(command.split(" "))
        for word in words:
            if word in {"-c", "-C"}:
                next(words)
            elif not word.startswith("-"):
                counts[word] += 1
                break
    return counts - Counter({"upload-pack": 10**6, "receive-pack": 10**6})


def test_sixty_four_cost_no_more_than_eight(
    here: Path, scaffold: Scaffold, git_log: Callable[[], list[str]]
) -> None:
    """One fetch and one push each; what plans and merges them is the same for any number."""
    found = {}
    for size in (8, 64):
        folder = here / str(size)
        folder.mkdir()
        template_repo = build_mini(folder / "plantillas")
        names = [f"e{number:02}" for number in range(size)]
        course = make_class(folder / "curso", template_repo, *names)
        people = Population(course.folder / "repos")
        for name in names:
            people.let_work(name, ["a file of their own"], commits=3)
        template_repo.release("0.2.0", edit("docs/guia.md", 5, "SUYO"))
        git_log()
        assert scaffold("class", "update", "--course", course.folder).code == 0
        found[size] = kinds(git_log())
        assert (found[size].pop("fetch"), found[size].pop("push")) == (size, size)
    assert found[8] == found[64]
    shared = {name: found[64][name] for name in ("diff-tree", "merge-tree")}
    assert shared == {"diff-tree": 2, "merge-tree": 1}
    assert found[64].total() < 64
