"""The requirement tests of a learner's repository, and the verdict on each requirement.

Each requirement's tests run in a process of their own: an endless loop or an `os._exit` in
the learner's code ends that process and no other, and is told as what it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.errors import Refusal
from scaffolder.starter import checklist

if TYPE_CHECKING:
    from scaffolder.starter.checklist import Box
    from scaffolder.starter.discovery import Starter

LIMIT = 120.0
"""Seconds that the tests of one requirement may take."""

_COLLECTED = re.compile(r"\bcollected (\d+) item")
_RUNNING = re.compile(r"^\S+::(\S+) *\S*$")
_ERROR = re.compile(r"^E +(.+)$", re.MULTILINE)
_RAN = (0, 1)  # the exit codes of pytest that tell that all tests ran


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended.

    Args:
        test: its id, as pytest names it.
        criterion: what it asks for, in one sentence.
        outcome: `passed`, `failed`, `error` or `skipped`.
        message: why it did not pass.
        seconds: how long it took.
    """

    test: str
    criterion: str
    outcome: str
    message: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tests say of one requirement.

    Args:
        box: the requirement.
        outcomes: its tests, as far as they came.
        total: how many tests it has.
        problem: why they did not all run; empty where they did.
        blocked_by: requirements that it leans on and that are not met either.
    """

    box: Box
    outcomes: tuple[Outcome, ...]
    total: int
    problem: str = ""
    blocked_by: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(outcome.outcome == "passed" for outcome in self.outcomes)

    @property
    def state(self) -> str:
        """`met`, `failing` (promised), `pending` (not promised), `error` or `unchecked`."""
        ends = {outcome.outcome for outcome in self.outcomes}
        if self.problem or "error" in ends:
            return "error"
        if "failed" in ends:
            return "failing" if self.box.ticked else "pending"
        # A test that this system can't run (no permissions to take away, say) blocks nothing.
        return "met" if "passed" in ends else "unchecked"

    @property
    def first_failure(self) -> Outcome | None:
        """The first test that did not pass."""
        return next((o for o in self.outcomes if o.outcome in {"failed", "error"}), None)


def find_python(repo: Path, environment: Mapping[str, str]) -> Path:
    """The Python of a repository's environment: its `.venv`, or the one that is active.

    Args:
        repo: the repository.
        environment: the variables of the process.

    Raises:
        Refusal: there is none.
    """
    folders = [repo / ".venv"]
    if environment.get("VIRTUAL_ENV"):
        folders.append(Path(environment["VIRTUAL_ENV"]))
    for folder in folders:
        for python in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
            if python.exists():
                return python
    raise _no_environment()


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
            verdicts = list(pool.map(one, repo.boxes))
        except BaseException:
            processes.stop()
            raise
    return blocked(verdicts, needs)


def blocked(
    verdicts: Sequence[Verdict], needs: Mapping[str, Collection[str]]
) -> tuple[Verdict, ...]:
    """The verdicts, each with the requirements that it waits for.

    Args:
        verdicts: those of all the requirements.
        needs: what each requirement leans on.
    """
    unmet = {verdict.box.id for verdict in verdicts if verdict.state != "met"}
    return tuple(
        replace(
            verdict,
            blocked_by=tuple(n for n in needs.get(verdict.box.id, ()) if n in unmet)
            if verdict.state != "met"
            else (),
        )
        for verdict in verdicts
    )


def record(
    repo: Path, verdicts: Sequence[Verdict], *, untick: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tick the boxes of the requirements that are met; nothing else of the file changes.

    Args:
        repo: the repository.
        verdicts: what its tests said.
        untick: untick the boxes of those that fail, too.

    Returns:
        The ids that were ticked, and those that were unticked.
    """
    ticked = tuple(v.box.id for v in verdicts if v.state == "met" and not v.box.ticked)
    broken = tuple(v.box.id for v in verdicts if v.state in {"failing", "error"} and v.box.ticked)
    unticked = broken if untick else ()
    if ticked or unticked:
        file = repo / checklist.FILE
        text = file.read_bytes().decode("utf-8")
        new = file.with_name(f".{file.name}.scaffold")
        new.write_bytes(checklist.mark(text, ticked, unticked).encode("utf-8"))
        new.replace(file)
    return ticked, unticked


class Processes:
    """The processes that are running, to end them all at once.

    Attributes:
        limit: seconds after which each is ended.
        stopped: they were ended, and no more are started.
    """

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        self.stopped = False
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def run(self, command: Sequence[str], cwd: Path, output: Path) -> int | None:
        """Run a command to its end.

        Returns:
            Its exit code, or None where it took too long and was ended.
        """
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        with output.open("wb") as stream:
            with self._lock:
                if self.stopped:
                    return None
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=environment | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._running.add(process)
            try:
                return process.wait(self.limit)
            except subprocess.TimeoutExpired:
                return None
            finally:
                _end(process)
                with self._lock:
                    self._running.discard(process)

    def stop(self) -> None:
        """End them, and start no more."""
        with self._lock:
            self.stopped = True
            for process in self._running:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, and what it started and left behind."""
    if sys.platform == "win32":
        if process.poll() is None:
            command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(command, capture_output=True, check=False)
    else:
        import signal  # noqa: PLC0415 - killpg is not on Windows

        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _check_one(repo: Path, python: Path, box: Box, processes: Processes) -> Verdict:
    files = sorted((repo / "tests" / "requisitos").glob(f"test_r{box.id[1:]}_*.py"))
    if not files:
        return Verdict(box, (), 0, f"no encuentro tests/requisitos/test_r{box.id[1:]}_*.py")
    with tempfile.TemporaryDirectory(prefix="scaffold-check-") as folder:
        report, output, end = (Path(folder, name) for name in ("report", "output", "end.xml"))
        command = [
            *(str(python), "-m", "pytest", "--verbose", "--color=no", "--tb=short"),
            *("-p", "no:cacheprovider", f"--junitxml={end}"),
            *("--requisitos", box.id, "--informe", str(report)),
            *(file.relative_to(repo).as_posix() for file in files),
        ]
        try:
            code = processes.run(command, repo, output)
        except OSError:
            raise _no_environment() from None
        text = output.read_text(encoding="utf-8", errors="replace")
        outcomes = _outcomes(report)
        complete = end.exists()
    if "No module named pytest" in text and not complete:
        raise _no_environment()
    collected = _COLLECTED.search(text)
    total = max(len(outcomes), int(collected[1]) if collected else 0)
    return Verdict(box, outcomes, total, _problem(code, text, processes.limit, complete=complete))


def _outcomes(report: Path) -> tuple[Outcome, ...]:
    """What a report holds; a test that passed and whose clean-up failed has two lines."""
    if not report.exists():
        return ()
    found: dict[str, Outcome] = {}
    for line in report.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # the process was ended in the middle of a line
            continue
        outcome = Outcome(
            entry["test"],
            entry["criterion"],
            entry["outcome"],
            entry["message"],
            float(entry["seconds"]),
        )
        if found.get(outcome.test, outcome).outcome in {"passed", outcome.outcome}:
            found[outcome.test] = outcome
    return tuple(found.values())


def _problem(code: int | None, text: str, limit: float, *, complete: bool) -> str:
    """Why not all tests ran, in a Spanish sentence without its full stop."""
    running = _RUNNING.match(text.rstrip().rpartition("\n")[2])
    where = f" en {running[1]}" if running else ""
    if code is None:
        return f"sus pruebas no acabaron en {limit:g} s: se quedaron{where or ' esperando'}"
    if not complete and code not in {2, 3, 4, 5}:
        return f"el proceso de las pruebas se cerró{where} con el código {code}"
    if complete and code in _RAN:
        return ""
    errors = _ERROR.findall(text)
    last = [line for line in text.splitlines() if line.strip()][-1:]
    told = errors[-1:] or [line.removeprefix("ERROR: ") for line in last]
    return f"sus pruebas no se pueden ejecutar: {' '.join(told)}"


def _no_environment() -> Refusal:
    return Refusal("Este repositorio aún no tiene su entorno con pytest.", "Escribe: uv sync")
