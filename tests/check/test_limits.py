"""What a learner's code does to the machine: bounded, told, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.check.repository import GOOD, Learner

pytestmark = pytest.mark.proof  # they take long

if sys.platform != "linux":
    pytest.skip("memory is bounded, and orphans are found, on Linux", allow_module_level=True)

# Whoever runs these tests in the background may have told their children to ignore SIGINT.
CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from scaffolder.cli import main
main()
"""
COMMAND = [sys.executable, "-c", CODE, "check"]
FLAT = 200 * 2**10  # KiB that `scaffold check` may have in memory, whatever the tests do
PRINTS = "while True: print('x' * 1000)"


def contar(code: str) -> str:
    """The program, with this in what R3 calls."""
    return GOOD.replace("return [1, 2, 3]", code.replace("\n    ", "\n        "))


def peak_of(learner: Learner, *options: str) -> tuple[int, str, str]:
    """Run the check in a process of its own: KiB at most, what it said, and its errors."""
    code = (
        "import resource, sys; from scaffolder import cli; cli.run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "--timeout", "60", *options],
        cwd=learner.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return int(done.stderr.split()[-1]), done.stdout, done.stderr


@pytest.mark.parametrize(
    "code",
    [
        PRINTS,
        "import sys\n    while True: sys.__stderr__.write('y' * 1000)",
        "import os\n    while True: os.write(2, b'z' * 65536)",
    ],
    ids=["print", "stderr", "descriptor"],
)
def test_output_without_end_ends_its_own_run(learner: Learner, code: str) -> None:
    """Told as what it is, with the test; the others are judged, and `scaffold` stays small."""
    learner.writes(contar(code))
    memory, out, _ = peak_of(learner)
    assert "R3  ERROR            0 de 1  Contar" in out
    told = "Sus pruebas escribieron más de 64 MiB, y se detuvieron en test_cuenta"
    assert told in " ".join(out.split()), out
    assert "2 de 3 requisitos cumplidos" in out
    assert memory < FLAT


def test_output_outside_of_a_test_is_bounded_too(learner: Learner) -> None:
    """Where pytest captures nothing, `scaffold` reads with a limit."""
    file = learner.folder / "pytest.ini"
    file.write_text(f"{file.read_text('utf-8')} -s\n", "utf-8")
    learner.writes(contar(PRINTS))
    memory, out, _ = peak_of(learner)
    assert "escribieron más de 64 MiB" in " ".join(out.split()), out
    assert memory < FLAT


@pytest.mark.proof
@pytest.mark.parametrize(
    "code",
    [
        "x = []\n    while True: x.append(bytearray(2**20))",
        "x = []\n    while True: x.append([len(x)] * 100)",
        "return bytearray(40 * 2**30)",
    ],
    ids=["blocks", "objects", "at once"],
)
def test_memory_without_end_ends_its_own_run(learner: Learner, code: str) -> None:
    """A sentence says so; the others are judged."""
    learner.writes(contar(code))
    memory, out, _ = peak_of(learner)
    assert "R3  ERROR            0 de 1  Contar" in out, out
    words = " ".join(out.split())
    assert "Se acabó la memoria" in words or "más de 3 GiB de memoria" in words, out
    assert "2 de 3 requisitos cumplidos" in out
    assert memory < FLAT


def alive(pid: int) -> bool:
    """Whether a process is there, and has not ended."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return False


def waits_for(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def started(learner: Learner, tmp_path: Path) -> Callable[[str], list[int]]:
    """Let R3's test start processes in sessions of their own, one of them lost; tell their ids."""
    mark = tmp_path / "ids"
    starts = (
        "import os, subprocess, sys, time\n"
        "    one = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "    ids = [os.getpid(), subprocess.Popen(one, start_new_session=True).pid]\n"
        "    lost = 'import subprocess; p = subprocess.Popen(%r, start_new_session=True); '\n"
        "    lost = lost % (one,) + 'print(p.pid, flush=True); import os; os._exit(0)'\n"
        "    told = subprocess.Popen([sys.executable, '-c', lost], stdout=subprocess.PIPE)\n"
        "    ids.append(int(told.stdout.readline()))\n"
        f"    open({str(mark) + '.new'!r}, 'w').write(' '.join(map(str, ids)))\n"
        f"    os.rename({str(mark) + '.new'!r}, {str(mark)!r})\n"
    )

    def write(then: str) -> list[int]:
        learner.writes(contar(starts + f"    {then}"))
        return []

    def read(then: str) -> list[int]:
        if then:
            return write(then)
        assert waits_for(mark.exists, 60)
        return [int(word) for word in mark.read_text("utf-8").split()]

    return read


@contextmanager
def checking(learner: Learner, temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the check in the background, its temporary files in a folder."""
    temporary.mkdir()
    process = subprocess.Popen(
        COMMAND,
        cwd=learner.folder,
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGINT])
def test_ending_scaffold_leaves_nothing_behind(
    learner: Learner,
    started: Callable[[str], list[int]],
    number: signal.Signals,
    tmp_path: Path,
) -> None:
    """Neither processes, whatever session they moved to, nor temporary files."""
    started("time.sleep(600)")
    with checking(learner, tmp_path / "tmp") as process:
        ids = started("")
        assert len(ids) == 3
        assert all(alive(pid) for pid in ids)
        process.send_signal(number)
        assert waits_for(lambda: process.poll() is not None)
        assert waits_for(lambda: not any(alive(pid) for pid in ids)), ids
        assert waits_for(lambda: not list((tmp_path / "tmp").iterdir()))
    assert learner.promised() == []


def test_what_tests_leave_running_is_ended_with_them(
    learner: Learner, started: Callable[[str], list[int]], tmp_path: Path
) -> None:
    """They pass, and their processes and files are gone."""
    started("return [1, 2, 3]")
    with checking(learner, tmp_path / "tmp") as process:
        ids = started("")
        assert process.wait(60) == 0
        assert not any(alive(pid) for pid in ids)
        assert not list((tmp_path / "tmp").iterdir())
    assert learner.promised() == ["R1", "R2", "R3"]


def test_the_time_limit_ends_all_that_was_started(
    learner: Learner,
    started: Callable[[str], list[int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The whole family, not just the test."""
    started("time.sleep(600)")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told = learner.checks("--json", "--timeout", 8).json()["requirements"][2]
    assert told["problem"] == "sus pruebas no acabaron en 8 s: se quedaron en test_cuenta"
    assert not any(alive(pid) for pid in started(""))
    assert not list(tmp_path.glob("scaffold-*"))


def test_a_thread_that_goes_on_is_no_reason_to_wait(learner: Learner) -> None:
    """The verdict is there when the tests are through."""
    code = "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()"
    learner.writes(contar(f"{code}; return [1, 2, 3]"))
    assert set(learner.states("--timeout", 30).values()) == {"met"}


def test_a_signal_is_told_by_its_name(learner: Learner) -> None:
    """Code 139 says less than SIGSEGV."""
    learner.writes(contar("import os; os.kill(os.getpid(), 11)"))
    problem = learner.checks("--json").json()["requirements"][2]["problem"]
    assert problem == (
        "el proceso de las pruebas se cerró en test_cuenta con el código 139 (SIGSEGV)"
    )
