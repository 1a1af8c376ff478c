"""The requirement tests of a learner's repository, run: several requirements at once.

Each requirement's tests run in a process of their own: an endless loop or an `os._exit` in
the learner's code ends that process and no other, and is told as what it is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.check import environment, report, verdicts
from scaffolder.check.verdicts import Verdict
from scaffolder.starter import checklist

if TYPE_CHECKING:
    from scaffolder.check.processes import Processes
    from scaffolder.starter.checklist import Box
    from scaffolder.starter.discovery import Starter


def check(
    repo: Starter,
    python: Path,
    needs: Mapping[str, Collection[str]],
    processes: Processes,
    done: Callable[[Verdict], None] = lambda _: None,
) -> tuple[Verdict, ...]:
    """Run the tests of every requirement, several at once.

    Args:
        repo: the repository.
        python: its environment's Python.
        needs: what each requirement leans on.
        processes: what runs them; once it is stopped, what this returns says nothing.
        done: told of each verdict as it comes, from any thread.

    Returns:
        The verdicts, in the order of REQUISITOS.md.

    Raises:
        Refusal: the environment has no pytest.
    """

    def one(box: Box) -> Verdict:
        verdict = _check_one(repo.path, python, box, processes)
        if not processes.stopped:
            done(verdict)
        return verdict

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        try:
            return verdicts.blocked(list(pool.map(one, repo.boxes)), needs)
        except BaseException:
            processes.stop()
            raise


def test_files(repo: Path, requirement: str) -> list[Path]:
    """The files that hold the tests of a requirement (`R2`)."""
    return sorted((repo / "tests" / "requisitos").glob(f"test_r{requirement[1:]}_*.py"))


def record(
    repo: Path, judged: Sequence[Verdict], *, untick: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tick the boxes of the requirements that are met; nothing else of the file changes.

    Args:
        repo: the repository.
        judged: the verdicts on its requirements.
        untick: untick the boxes of those that fail, too.

    Returns:
        The ids that were ticked, and those that were unticked.
    """
    ticked = tuple(v.box.id for v in judged if v.state == "met" and not v.box.ticked)
    broken = tuple(v.box.id for v in judged if v.state in {"failing", "error"} and v.box.ticked)
    unticked = broken if untick else ()
    if ticked or unticked:
        file = repo / checklist.FILE
        text = file.read_bytes().decode("utf-8")
        new = file.with_name(f".{file.name}.scaffold")
        new.write_bytes(checklist.mark(text, ticked, unticked).encode("utf-8"))
        new.replace(file)
    return ticked, unticked


def _check_one(repo: Path, python: Path, box: Box, processes: Processes) -> Verdict:
    files = test_files(repo, box.id)
    if not files:
        return Verdict(box, (), 0, f"no encuentro tests/requisitos/test_r{box.id[1:]}_*.py")
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        told, temporary = Path(folder, "informe"), Path(folder, "t")
        temporary.mkdir()
        arguments = [
            *("--color=no", "-p", "no:cacheprovider"),
            *("--requisitos", box.id, f"--informe={told}"),
            *(file.relative_to(repo).as_posix() for file in files),
        ]
        ending = processes.run(python, arguments, repo, temporary)
        lines = told.read_bytes().splitlines() if told.exists() else []
    return verdicts.verdict_of(
        box, report.read(lines), ending, processes.limit, environment.shadowed(repo)
    )
