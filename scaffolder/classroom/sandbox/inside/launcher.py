"""The `python` of a pod's tester: runs the same command in a sandbox of its own.

Not imported: `bubblewrap` shows it to the pod as `/pod/python`, with the first line that this
machine needs, and beside it the sandbox's arguments as JSON. Exit code, standard streams and
signals are the program's, so that a test can't tell the difference.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

SETTINGS = Path("/pod/program.json")
FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT")


def main() -> None:
    """Start the program, pass signals on, and end as it ended."""
    settings = json.loads(SETTINGS.read_text("utf-8"))
    # Whoever uses up the pod's memory is ended first, and never the tester.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    for door in settings["doors"]:
        Path(door).write_text("0", "ascii")
    told, tells = os.pipe()
    # Through a pipe: a program can read the command line of its sandbox, which names files.
    read, write = os.pipe()
    os.write(write, b"\0".join(map(os.fsencode, [*settings["sandbox"], "--chdir", Path.cwd()])))
    os.close(write)
    command = ["bwrap", "--args", str(read), "--info-fd", str(tells), "--", "/pod/python"]
    sandbox = subprocess.Popen([*command, *sys.argv[1:]], pass_fds=[read, tells])
    os.close(read)
    os.close(tells)
    with os.fdopen(told, encoding="utf-8") as about:
        first = json.loads(about.read() or "{}").get("child-pid", 0)

    def forward(number: int, _: FrameType | None) -> None:
        # The sandbox's first process is bubblewrap's own; the program is its child.
        with contextlib.suppress(OSError):
            for child in Path(f"/proc/{first}/task/{first}/children").read_text("ascii").split():
                os.kill(int(child), number)

    for name in FORWARDED:
        signal.signal(getattr(signal, name), forward)
    code = sandbox.wait()
    # Bubblewrap tells a signal as a shell does.
    number = code - 128 if code > 128 else -code  # noqa: PLR2004
    if 0 < number < signal.NSIG:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(code)


main()
