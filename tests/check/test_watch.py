"""`scaffold check --watch` at a real terminal: one calm screen, and the terminal as it was."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.check.repository import BAD_SUM, GOOD, REQUISITOS, Learner
from tests.conftest import Scaffold

if sys.platform == "win32":
    pytest.skip("a pseudo-terminal is POSIX's", allow_module_level=True)

import fcntl
import pty
import termios

# One requirement at a time, so that the order of a run is the order of its starts.
# Whoever runs these tests in the background may have told their children to ignore SIGINT.
CODE = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
os.cpu_count = lambda: 1
from scaffolder.cli import main
main()
"""
ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
HOME = "\x1b[H"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WAIT = 40


class Watcher:
    """`scaffold check --watch` at a terminal of some size."""

    def __init__(self, folder: Path, columns: int, lines: int, patch: str = "") -> None:
        # Both ends stay open here: some systems drop what was not read when the last one closes.
        self._master, slave = self._ends = pty.openpty()
        self.lines = lines
        self.columns = columns
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
        self.raw = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", patch + CODE, "check", "--watch"],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment | {"TERM": "xterm"},
            start_new_session=True,
        )

    def screen(self) -> list[str]:
        """The lines of the last whole frame."""
        frames = self.raw.partition(ENTER_SCREEN)[2].split(HOME)[1:]
        whole = [frame for frame in frames if frame.count("\n") >= self.lines - 1]
        return [CONTROL.sub("", line).rstrip() for line in whole[-1].split("\n")] if whole else []

    def shows(self, *texts: str) -> list[str]:
        """Wait until the screen has all of these at once, and return its lines."""
        deadline = time.monotonic() + WAIT
        while not all(text in "\n".join(self.screen()) for text in texts):
            shown = "\n".join(self.screen())
            assert time.monotonic() < deadline, f"no {texts} in:\n{shown}"
            assert self._read(), f"it ended without {texts}:\n{self.raw[-2000:]}"
        return self.screen()

    def idle(self) -> list[str]:
        """Wait for the end of a run."""
        return self.shows("q: salir", *([] if self.columns < 80 else ["Guarda un archivo"]))

    def presses(self, key: str) -> None:
        """Press a key."""
        os.write(self._master, key.encode())

    def has_run(self, learner: Watched, expected: str) -> None:
        """Wait until these runs have begun since the last time that they were asked for."""
        deadline = time.monotonic() + WAIT
        while learner.log() != expected:
            assert time.monotonic() < deadline, learner.log()
            assert self._read(), f"it ended:\n{self.raw[-2000:]}"

    def starts(self) -> None:
        """Wait for the first that it writes."""
        while ENTER_SCREEN not in self.raw:
            assert self._read(), "it ended"

    def ends(self) -> int:
        """Wait for the end of the program."""
        deadline = time.monotonic() + WAIT
        while self._read():
            assert time.monotonic() < deadline, self.raw[-2000:]
        return self.process.wait(WAIT)

    def close(self) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for end in self._ends:
            os.close(end)

    def _read(self) -> bool:
        ended = self.process.poll() is not None  # what it said last is read all the same
        ready, _, _ = select.select([self._master], [], [], 0.2)
        if not ready:
            return not ended
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the other end is closed
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)


class Watched(Learner):
    """A repository whose tests leave a line in a file whenever they are run."""

    def __init__(self, folder: Path, scaffold: Scaffold) -> None:
        super().__init__(folder, scaffold)
        self._log = folder.parent / "runs"
        self.patch = ""
        for file in sorted((folder / "tests/requisitos").glob("test_*.py")):
            name = f"R{file.name[6]}"
            line = f"with open({str(self._log)!r}, 'a') as runs: runs.write('{name} ')"
            file.write_text(f"{file.read_text('utf-8')}\n{line}\n", "utf-8")

    def slows(self, seconds: float) -> None:
        """Let every look at the folder take that long."""
        code = f"import os, time\nreal = os.scandir\ndef slow(path):\n    time.sleep({seconds} * "
        code += f"(str(path) == {str(self.folder)!r}))\n    return real(path)\nos.scandir = slow\n"
        self.patch = code

    def runs(self) -> str:
        """Which requirements were run since the last time, in their order."""
        told = self.log()
        self._log.unlink(missing_ok=True)
        return told

    def log(self) -> str:
        """The same, and the next time is still the same."""
        return self._log.read_text("utf-8").strip() if self._log.exists() else ""


@pytest.fixture
def learner(scaffold: Scaffold, here: Path) -> Watched:
    """A repository whose program does all that it must but one, with nothing ticked."""
    made = Watched(here / "repo", scaffold)
    made.writes(BAD_SUM)
    return made


@pytest.fixture
def watching(learner: Watched) -> Iterator[Callable[..., Watcher]]:
    """Start watching that repository."""
    started: list[Watcher] = []

    def start(columns: int = 80, lines: int = 24) -> Watcher:
        started.append(Watcher(learner.folder, columns, lines, learner.patch))
        return started[-1]

    yield start
    for watcher in started:
        watcher.close()


def test_a_save_changes_the_verdict(learner: Watched, watching: Callable[..., Watcher]) -> None:
    """The first screen, then one for each save; what is met is ticked there and in the file."""
    watcher = watching()
    lines = watcher.shows("1 de 2", "uarda", "→ Se esperaba -3")
    assert lines[:4] == [
        "proyecto-99-cuentas  Guarda un archivo y lo vuelvo a mirar",
        "  [ ] R1  pendiente       1 de 2  Sumar",
        "  [x] R2  cumplido        1 de 1  Restar",
        "  [x] R3  cumplido        1 de 1  Contar",
    ]
    assert [line.strip() for line in lines[5:8]] == [
        "R1 · Sumar",
        "Los negativos también se suman.",
        "→ Se esperaba -3",
    ]
    learner.writes(GOOD)
    lines = watcher.shows("[x] R1  cumplido        2 de 2", "Todo lo que hay está cumplido.")
    assert learner.promised() == ["R1", "R2", "R3"]
    learner.writes(GOOD.replace("a - b", "0"))
    watcher.shows("[x] R2  FALLA           0 de 1", "→ Se esperaba 2", "uarda")


@pytest.mark.parametrize("moment", [Watcher.starts, Watcher.idle])
def test_ctrl_c_leaves_the_terminal_clean(
    watching: Callable[..., Watcher], moment: Callable[[Watcher], object]
) -> None:
    """While it begins and while it waits: its screen is left, the cursor is there, exit 130."""
    watcher = watching()
    moment(watcher)
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.ends() == 130
    assert watcher.raw.count(ENTER_SCREEN) == watcher.raw.count(LEAVE_SCREEN) == 1
    _, _, after = watcher.raw.rpartition(LEAVE_SCREEN)
    assert CONTROL.sub("", after).split() == ["Interrumpido."], repr(watcher.raw[-400:])
    assert watcher.raw.rindex(SHOW_CURSOR) > watcher.raw.rindex(HIDE_CURSOR)


def test_ctrl_c_during_a_run_ends_its_processes(
    learner: Watched, watching: Callable[..., Watcher]
) -> None:
    """Nothing waits for what never ends, and the terminal is as it was."""
    mark = learner.folder.parent / "started"
    code = f"import time; open({str(mark)!r}, 'w').close(); time.sleep(600)"
    learner.writes(GOOD.replace("return [1, 2, 3]", code))
    watcher = watching()
    watcher.shows("comprobando…")
    deadline = time.monotonic() + WAIT
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.ends() == 130
    assert watcher.raw.rindex(SHOW_CURSOR) > watcher.raw.rindex(HIDE_CURSOR)
    assert watcher.raw.rpartition(LEAVE_SCREEN)[2].split() == ["Interrumpido."]


@pytest.mark.parametrize(("columns", "lines"), [(40, 12), (60, 18)])
def test_a_small_terminal_needs_no_scrolling(
    learner: Watched, watching: Callable[..., Watcher], columns: int, lines: int
) -> None:
    """Every frame is as big as the terminal; all requirements and the reason are on it."""
    more = "".join(f"- [ ] **R{n} · Un título largo de verdad\n  - Algo.\n" for n in range(4, 9))
    text = REQUISITOS + more.replace("de verdad", "de verdad, sin fin**")
    (learner.folder / "REQUISITOS.md").write_text(text, "utf-8")
    watcher = watching(columns, lines)
    shown = watcher.shows("uarda", "pendiente", "Los negativos")
    assert sum("R1 " in line or " R8 " in line for line in shown) >= 2
    assert len(shown) == lines
    frames = watcher.raw.partition(ENTER_SCREEN)[2].split(HOME)[1:-1]
    for frame in frames:
        rows = CONTROL.sub("", frame).split("\n")
        assert len(rows) == lines or rows == [""]
        assert max(len(row.rstrip("\r")) for row in rows) <= columns


def test_the_requirement_at_work_runs_first_and_only_what_is_touched(
    learner: Watched, watching: Callable[..., Watcher]
) -> None:
    """R3 is at work; a save of R2's tests runs R2 alone; what does not matter runs nothing."""
    learner.ticks("R1", "R2")
    learner.writes(GOOD.replace("[1, 2, 3]", "[]"))
    watcher = watching()
    watcher.shows("[ ] R3  pendiente", "uarda")
    assert learner.runs() == "R3 R1 R2"
    (learner.folder / "NOTAS.md").write_text("Nada\n")
    (learner.folder / "src/.cuentas.py.swp").write_text("Nada\n")
    cache = learner.folder / ".mypy_cache"
    cache.mkdir()
    (cache / "x.py").write_text("")
    tests = learner.folder / "tests/requisitos/test_r2_restar.py"
    tests.write_text(tests.read_text("utf-8").replace("== 2,", "== 3,"), "utf-8")
    watcher.shows("[x] R2  FALLA", "uarda")
    assert set(learner.runs().split()) == {"R2"}  # twice, if it was seen half written
    learner.ticks("R3")
    watcher.shows("[x] R3  FALLA", "uarda")
    assert learner.runs() == ""
    learner.writes(GOOD)
    watcher.shows("[x] R3  cumplido", "uarda")
    assert learner.runs().split()[0] == "R2"


def test_a_repository_that_breaks_meanwhile_is_told_on_the_screen(
    learner: Watched, watching: Callable[..., Watcher]
) -> None:
    """A list that can't be read, an environment that is gone: told, and mended by itself."""
    environment = learner.folder / ".venv"
    watcher = watching()
    watcher.shows("[ ] R1  pendiente", "uarda")
    checklist = learner.folder / "REQUISITOS.md"
    text = checklist.read_bytes()
    checklist.write_bytes(b"\xff\xfe")
    watcher.shows("REQUISITOS.md", "UTF-8", "pulsa r.")
    checklist.write_bytes(b"# Nada\n")
    watcher.shows("no tiene ninguna casilla")
    checklist.write_bytes(text)
    watcher.shows("[ ] R1  pendiente", "→ Se esperaba -3", "uarda")
    environment.unlink()
    learner.writes(GOOD)
    watcher.shows("aún no tiene su entorno con pytest", "uv sync", "uarda")
    environment.symlink_to(sys.prefix, target_is_directory=True)
    learner.writes(f"{GOOD}\n")
    watcher.shows("Todo lo que hay está cumplido.")


def test_a_save_ends_a_run_that_it_makes_pointless(
    learner: Watched, watching: Callable[..., Watcher]
) -> None:
    """Nobody waits for code that is gone: what was under way is run anew, and nothing is lost."""
    mark = learner.folder.parent / "started"
    endless = f"import time; open({str(mark)!r}, 'w').close(); time.sleep(600)"
    learner.writes(GOOD.replace("return [1, 2, 3]", endless))
    watcher = watching()
    deadline = time.monotonic() + WAIT
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (learner.folder / "datos.json").write_text("[]")
    tests = learner.folder / "tests/requisitos/test_r2_restar.py"
    tests.write_text(tests.read_text("utf-8"), "utf-8")
    watcher.shows("comprobando…")
    learner.writes(GOOD)
    watcher.shows("Todo lo que hay está cumplido.")
    assert learner.promised() == ["R1", "R2", "R3"]


@pytest.mark.parametrize(
    ("key", "runs"), [("t", "R1 R2 R3"), ("2", "R2"), ("r", "R2"), ("x", ""), ("9", "")]
)
def test_a_key_runs_what_it_says(
    learner: Watched, watching: Callable[..., Watcher], key: str, runs: str
) -> None:
    """All, one, or the last ones again; what they are is on the screen; other keys do nothing."""
    watcher = watching()
    watcher.idle()
    shown = watcher.screen()
    assert shown[-1] == "  r: otra vez · 1-3: ese requisito · t: todos · q: salir"
    tests = learner.folder / "tests/requisitos/test_r2_restar.py"
    tests.write_text(f"{tests.read_text('utf-8')}\n", "utf-8")
    watcher.has_run(learner, "R1 R2 R3 R2")
    watcher.idle()
    learner.runs()
    watcher.presses(key)
    watcher.has_run(learner, runs)
    watcher.presses("q")
    assert watcher.ends() == 0
    assert learner.runs() == runs
    assert watcher.raw.rindex(SHOW_CURSOR) > watcher.raw.rindex(HIDE_CURSOR)


def test_a_key_ends_a_run_that_never_does(
    learner: Watched, watching: Callable[..., Watcher]
) -> None:
    """R3 hangs; R2 is asked for meanwhile, and R3 is made up for afterwards."""
    learner.ticks("R1", "R2")
    learner.writes(GOOD.replace("return [1, 2, 3]", "import time; time.sleep(600)"))
    watcher = watching()
    watcher.has_run(learner, "R3")
    watcher.presses("2")
    watcher.shows("[x] R2  cumplido", "comprobando…")
    watcher.has_run(learner, "R3 R2 R3")
    watcher.presses("q")
    assert watcher.ends() == 0


def test_a_save_that_changes_nothing_runs_nothing(
    learner: Watched, watching: Callable[..., Watcher]
) -> None:
    """Nor does one that is taken back, a new environment, a cache; a shared file runs all."""
    helper = learner.folder / "tests/requisitos/apoyo.py"
    helper.write_text("N = 1\n", "utf-8")
    watcher = watching()
    watcher.idle()
    assert learner.runs() == "R1 R2 R3"
    learner.writes(BAD_SUM)
    (learner.folder / ".venv").unlink()
    (learner.folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    other = learner.folder / "env/lib"
    other.mkdir(parents=True)
    (other.parent / "pyvenv.cfg").touch()
    (other / "x.py").touch()
    time.sleep(1)
    helper.write_text("N = 2\n", "utf-8")
    watcher.has_run(learner, "R1 R2 R3")
    watcher.idle()
    assert learner.runs() == "R1 R2 R3"


def test_what_a_run_writes_itself_does_not_run_for_ever(
    learner: Watched, watching: Callable[..., Watcher]
) -> None:
    """It might have been the learner: it runs once more, and then that is that."""
    data = learner.folder / "datos.json"
    code = f"import time; open({str(data)!r}, 'w').write(str(time.time())); return [1, 2, 3]"
    learner.writes(GOOD.replace("return [1, 2, 3]", code))
    watcher = watching()
    watcher.has_run(learner, "R1 R2 R3 R1 R2 R3")
    watcher.idle()
    time.sleep(2)
    assert learner.runs() == "R1 R2 R3 R1 R2 R3"
    data.write_text("de verdad", "utf-8")
    watcher.has_run(learner, "R1 R2 R3")


def test_runs_that_are_cut_short_leave_no_files(
    learner: Watched,
    watching: Callable[..., Watcher],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither their own nor pytest's."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    code = "import tempfile, time; tempfile.mkdtemp(); time.sleep(600)"
    learner.writes(GOOD.replace("return [1, 2, 3]", code))
    learner.ticks("R1", "R2")
    watcher = watching()
    watcher.has_run(learner, "R3")
    learner.writes(f"{GOOD}\n")
    watcher.shows("Todo lo que hay está cumplido.")
    assert list(temporary.iterdir()) == []


def test_without_a_terminal_it_is_refused(learner: Watched) -> None:
    """A pipe can't be watched; neither can JSON."""
    for options in (("--watch",), ("--watch", "--json")):
        done = learner.checks(*options)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("--watch es para una terminal")


def test_a_slow_disk_is_told(learner: Watched, watching: Callable[..., Watcher]) -> None:
    """Looking takes no more than a tenth of the time: the pauses grow, and the screen says so."""
    learner.slows(0.3)
    watcher = watching()
    watcher.shows("Este disco va despacio: miro cada ")
