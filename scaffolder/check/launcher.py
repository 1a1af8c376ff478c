"""Run pytest under limits, and leave nothing behind. A repository's own Python runs this file.

It imports the standard library alone, and as little as it can. On POSIX it forks: the child
becomes pytest; the parent waits for it, or for its standard input to close, which happens
when `scaffold` ends, however it ends (a word written there asks for the same). Then it ends
all that the child has started, removes the temporary folder if nobody is left who would, and
ends with the child's exit code.

    python -P launcher.py LIMITS_AS_JSON PYTEST_S_ARGUMENTS…

Exit codes: `RETURNED` and pytest's own code where pytest came to its end; `NO_PYTEST`;
`TOO_MUCH_OUTPUT`; 128 and the number of the signal that ended it; any other is the one that
the tests have ended the process with.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TypedDict

RETURNED = 64
NO_PYTEST = 80
TOO_MUCH_OUTPUT = 81


class Limits(TypedDict):
    """What is allowed, in bytes: memory of each process, output of each test. And the folder."""

    memory: int
    captured: int
    folder: str


_LOOK = 0.2  # seconds between two looks at how much was captured
_PATIENCE = 5.0  # seconds to end what is left


def main() -> int:
    """Run pytest, and watch over it where the system allows it."""
    limits: Limits = json.loads(sys.argv[1])
    sys.argv[:] = ["pytest", *sys.argv[2:]]
    if sys.platform == "win32":
        return _pytest()
    _adopt_orphans()
    pid = os.fork()
    if pid == 0:
        try:
            _limit(limits)
            _be_nothing_s_reader()
            code = _pytest()
        except BaseException:  # noqa: BLE001 - the parent's code must not run twice
            import traceback  # noqa: PLC0415 - seldom needed

            traceback.print_exc()
            code = RETURNED + 1
        _leave(code)
    return _supervise(pid, limits)


def _pytest() -> int:
    try:
        from pytest import console_main  # noqa: PLC0415, PT013 - it may be missing
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        return NO_PYTEST
    try:
        return RETURNED + console_main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


def _leave(code: int) -> None:
    """End the process at once: a thread that goes on is no reason to wait."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)


if sys.platform != "win32":
    import resource
    import select
    import shutil

    def _limit(limits: Limits) -> None:
        """Let the system refuse memory beyond a limit; Python tells of it by MemoryError.

        Soft limits: a fixture whose server needs more can raise its own. On Linux the first
        counts what was really asked for, the second also what was only reserved; macOS knows
        the second and doesn't heed it.
        """
        memory = limits["memory"]
        wanted = {resource.RLIMIT_DATA: memory, resource.RLIMIT_AS: 2 * memory}
        if sys.platform != "linux":  # there is no look at what was captured
            wanted[resource.RLIMIT_FSIZE] = 16 * limits["captured"]
        for kind, size in wanted.items():
            _, hard = resource.getrlimit(kind)
            if hard == resource.RLIM_INFINITY or size < hard:
                try:
                    resource.setrlimit(kind, (size, hard))
                except (OSError, ValueError):
                    continue

    def _be_nothing_s_reader() -> None:
        """Standard input is the line to `scaffold`: the tests read an empty one."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def _supervise(pid: int, limits: Limits) -> int:
        heard, ear = os.pipe()
        os.set_blocking(ear, False)
        signal.set_wakeup_fd(ear, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        code = None
        while code is None:
            code = _ended(pid)
            if code is None and _captured(pid) > limits["captured"]:
                code = TOO_MUCH_OUTPUT
            if code is None:
                ready, _, _ = select.select([0, heard], [], [], _LOOK)
                if heard in ready:
                    os.read(heard, 4096)
                if 0 in ready:
                    told = os.read(0, 4096)
                    code = 128 + signal.SIGTERM
                    _end_all(pid)
                    if not told:  # nobody is left who would
                        shutil.rmtree(limits["folder"], ignore_errors=True)
        _end_all(pid)
        return code

    def _ended(pid: int) -> int | None:
        """The exit code of a child that has ended; others that have are buried on the way."""
        code = None
        while True:
            try:
                gone, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return code
            if gone == pid:
                ending = os.waitstatus_to_exitcode(status)
                code = ending if ending >= 0 else 128 - ending
            if gone == 0:
                return code

    def _captured(pid: int) -> int:
        """Bytes that pytest has captured of the test that runs: it keeps them in a file."""
        size = 0
        for stream in (1, 2):
            try:
                size = max(size, Path(f"/proc/{pid}/fd/{stream}").stat().st_size)
            except OSError:
                continue
        return size

    def _end_all(pid: int) -> None:
        """End the child and all that it started, in whatever session it is now."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            left = _descendants()
            for process in left:
                try:
                    os.kill(process, signal.SIGKILL)
                except OSError:
                    continue
            _ended(pid)
            if not left:
                return
            time.sleep(0.005)

    def _descendants() -> set[int]:
        """All processes below this one; on Linux orphans come here, elsewhere they are lost."""
        parents = _parents()
        found = {os.getpid()}
        while True:
            more = {pid for pid, parent in parents.items() if parent in found} - found
            if not more:
                return found - {os.getpid()}
            found |= more

    def _parents() -> dict[int, int]:
        """The parent of every process of the system that has not ended."""
        parents = {}
        if Path("/proc/self/stat").exists():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    line = (process / "stat").read_bytes()
                except OSError:  # it has ended meanwhile
                    continue
                state, parent = line.rpartition(b")")[2].split()[:2]
                if state != b"Z":
                    parents[int(process.name)] = int(parent)
            return parents
        listing = subprocess.Popen(["ps", "-axo", "pid=,ppid=,stat="], stdout=subprocess.PIPE)
        for line in listing.communicate()[0].splitlines():
            child, parent, state = line.split()[:3]
            if not state.startswith(b"Z") and int(child) != listing.pid:
                parents[int(child)] = int(parent)
        return parents

    def _adopt_orphans() -> None:
        """On Linux, become the parent of whatever its own parent leaves behind."""
        if sys.platform == "linux":
            import ctypes  # noqa: PLC0415 - only for this

            pr_set_child_subreaper = 36
            ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
