"""A project on the bench: its starter, its solution, and what judges both in a pod."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffolder.check import report
from scaffolder.classroom.grading import environment, submission
from scaffolder.classroom.grading.judge import Job, Kit, Verdict, judge, tests_of
from scaffolder.classroom.sandbox.limits import Limits
from scaffolder.git.objects import Objects
from tests.helpers import build_file_tree, git

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Bench:
    """A project's template, and how to judge what somebody made of it.

    Args:
        project: its id.
        repo: a repository whose first commit is the starter, and second the solution.
        kit: what judges.
        tests: all that there are.
    """

    project: str
    repo: Path
    kit: Kit
    tests: tuple[report.Test, ...]

    def tree(self, commit: str) -> str:
        """The tree of a commit."""
        return git(self.repo, "rev-parse", f"{commit}^{{tree}}")

    def submit(self, onto: str, files: Mapping[str, str | bytes | Path]) -> str:
        """A commit with further files, over `starter` or `solution`; text given as is.

        A path's content may be a `Path`: then it is a symbolic link to it.
        """
        git(self.repo, "checkout", "-q", "-f", "--detach", onto)
        git(self.repo, "clean", "-q", "-f", "-d", "-x")
        for name, content in files.items():
            file = self.repo / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                file.unlink(missing_ok=True)
                file.symlink_to(content)
            else:
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        git(self.repo, "add", "-A", "-f")
        git(self.repo, "commit", "-q", "--allow-empty", "-m", "entrega")
        return git(self.repo, "rev-parse", "HEAD")

    def composed(
        self, commit: str, hidden: Mapping[str, bytes] | None = None
    ) -> submission.Submission:
        """What is run of a commit."""
        starter = self.tree("starter")
        objects = Objects(self.repo / ".git")
        return submission.compose(objects, starter, starter, self.tree(commit), hidden or {})

    def judge(
        self, commit: str, tests: tuple[report.Test, ...], limits: Limits | None = None
    ) -> Verdict:
        """Judge a commit by some of the tests."""
        archive = self.composed(commit).archive
        limits = limits or Limits(seconds=120)
        return judge(Job("alguien", archive, tests, (), limits, whole_files=False), self.kit)

    def passed(
        self, commit: str, tests: tuple[report.Test, ...], limits: Limits | None = None
    ) -> set[str]:
        """The tests that a commit passes; that nothing was wrong with the machine is asserted."""
        verdict = self.judge(commit, tests, limits)
        assert not verdict.fault, verdict.fault
        return {outcome.test for outcome in verdict.outcomes if outcome.outcome == "passed"}


def make_bench(project: str, starter: Path, folder: Path) -> Bench:
    """Put a project on the bench.

    Args:
        project: its id.
        starter: the rendered starter, without an environment.
        folder: an empty folder for what is made.
    """
    repo = folder / "repo"
    subprocess.run(["cp", "-R", str(starter), str(repo)], check=True)
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A", "-f")
    git(repo, "commit", "-q", "-m", "starter")
    git(repo, "tag", "starter")
    solution = ROOT / "tests" / "solutions" / project / "overlay"
    files = {p.relative_to(solution).as_posix(): p for p in solution.rglob("*") if p.is_file()}
    build_file_tree(repo, {name: path.read_bytes() for name, path in files.items()})
    git(repo, "add", "-A", "-f")
    git(repo, "commit", "-q", "-m", "solution")
    git(repo, "tag", "solution")
    tree = git(repo, "rev-parse", "starter^{tree}")
    objects = Objects(repo / ".git")
    archive = submission.compose(objects, tree, tree, tree, {}).archive
    given = {
        name: git(repo, "show", f"starter:{name}").encode()
        for name in ("pyproject.toml", "uv.toml")
    }
    kit = Kit(environment.resolve(given), archive, str(folder / "home"))
    tests, said = tests_of(kit)
    assert tests, said
    return Bench(project, repo, kit, tests)
