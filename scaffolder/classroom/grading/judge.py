"""One submission judged: what it takes travels as plain data, so it can happen elsewhere."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from scaffolder.classroom.grading import environment, submission
from scaffolder.classroom.sandbox import pod
from scaffolder.classroom.sandbox.bubblewrap import Layout

if TYPE_CHECKING:
    from scaffolder.check.report import Outcome, Test
    from scaffolder.classroom.sandbox.limits import Limits

_DEATHS = 3
"""How often a tester may die in a submission until the rest of its tests count as not done."""
_ARGUMENTS = ("--requisitos", "todos", "--proceso", "-q", "-p", "no:randomly")
_ONE_AT_A_TIME = threading.Lock()
_STOPPED = {0, 1}
"""The exit codes of a pytest that came to its end."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be judged.

    Args:
        student: the repository's id.
        archive: the submission's files (`submission.Submission`).
        expected: the tests that there are, advisory ones too.
        hidden: files of the archive that programs must not see.
        limits: what its programs may use.
        whole_files: `expected` has all the tests of its files, so that files are asked for.
    """

    student: str
    archive: bytes
    expected: tuple[Test, ...]
    hidden: tuple[str, ...]
    limits: Limits
    whole_files: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was seen.

    Args:
        outcomes: of the tests that ended.
        seconds: how long it took.
        fault: what was wrong with this machine, and not with the submission; empty if nothing.
        timed_out: its time was over before its tests were.
    """

    student: str
    outcomes: tuple[Outcome, ...] = ()
    seconds: float = 0.0
    fault: str = ""
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Kit:
    """What a machine needs to judge a course's submissions.

    Args:
        environment: as `environment.resolve` gave it.
        archive: the template's own files, which fill the cache of byte code.
        home: the folder for what is made of them; the user's cache if empty.
    """

    environment: Mapping[str, str]
    archive: bytes
    home: str = ""

    @property
    def folder(self) -> Path:
        """Where this machine keeps environments and caches."""
        return Path(self.home) if self.home else user_cache_path("scaffold") / "class"

    def python(self) -> Path:
        """The environment's Python, installed unless it is there."""
        return environment.prepare(self.environment, self.folder / "env")


def judge(job: Job, kit: Kit) -> Verdict:
    """Run a submission's tests in a pod.

    A test during which the tester itself dies has failed, and the rest is done in another pod.

    Raises:
        Refusal: this machine can't make a pod, or the environment.
        OSError: its disk is full, say.
    """
    python = kit.python()
    cache = fill_cache(kit.archive, python, kit.folder / "cache")
    with tempfile.TemporaryDirectory(prefix="scaffold-entrega-") as name:
        folder = Path(name)
        submission.unpack(job.archive, folder)
        layout = Layout(folder, python, job.hidden, cache)
        wanted = [test for test in job.expected if not test.advisory]
        done: dict[str, Outcome] = {}
        seconds, lost = 0.0, set[str]()
        for _ in range(_DEATHS):
            left = [t.test for t in wanted if t.test not in done and t.test not in lost]
            if not left:
                break
            limits = replace(job.limits, seconds=job.limits.seconds - seconds)
            files = sorted({name.split("::")[0] for name in left})
            whole = job.whole_files and len(left) == len(wanted)
            run = pod.run(layout, [*_ARGUMENTS, *(files if whole else left)], limits)
            seconds += run.seconds
            done |= {o.test: o for o in run.report.outcomes if not o.test.endswith(".py")}
            if run.timed_out:
                return Verdict(job.student, tuple(done.values()), seconds, timed_out=True)
            if run.code in _STOPPED and run.report.exit_code is not None:
                break
            if not run.report.tests:
                return Verdict(job.student, (), seconds, fault=run.output.strip()[-2000:] or "?")
            lost |= set(run.report.running) or set(left[:1])
    return Verdict(job.student, tuple(done.values()), seconds)


def tests_of(kit: Kit) -> tuple[tuple[Test, ...], str]:
    """The tests that the template's own files have, and what pytest said if it found none."""
    python = kit.python()
    with tempfile.TemporaryDirectory(prefix="scaffold-entrega-") as name:
        submission.unpack(kit.archive, Path(name))
        arguments = ["-o", "pythonpath=src tests", submission.TESTS]
        found = pod.collect(Layout(Path(name), python), arguments)
        return found.report.tests, "" if found.report.tests else found.output


def fill_cache(archive: bytes, python: Path, caches: Path) -> Path:
    """The folder of byte code for the tests of an archive, filled once.

    Args:
        archive: the template's files alone.
        caches: where such folders are.
    """
    key = hashlib.sha256(archive + str(python).encode()).hexdigest()[:16]
    cache = caches / key
    with _ONE_AT_A_TIME:
        if cache.is_dir():
            return cache
        with tempfile.TemporaryDirectory(prefix="scaffold-entrega-") as name:
            submission.unpack(archive, Path(name))
            caches.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(dir=caches))
            pod.collect(Layout(Path(name), python, cache=new), [submission.TESTS])
            try:
                new.rename(cache)
            except OSError:  # another thread was quicker
                if not cache.is_dir():
                    raise
    return cache
