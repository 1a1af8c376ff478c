"""How much memory proyecto-2-logs needs for 200 MB of logs, beside what it needs for 200 lines.

    uv run python benchmarks/logs_memory.py [SOLUTION] [MEGABYTES]

SOLUTION is a rendered and solved starter; without it, the reference solution is used. The logs
come from the starter's own seeded generator, in its four formats, with ten thousand clients and
a route of its own in every third line. POSIX only: the peak comes from `getrusage`.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
STARTER = ROOT / "templates" / "proyecto-2-logs" / "repo"
OVERLAY = ROOT / "tests" / "solutions" / "proyecto-2-logs" / "overlay"
MEGABYTE = 1_000_000
LIMIT_MIB = 64
"""What 200 MB may cost above 200 lines: two tables of ten thousand values, and their report."""
# The peak of a process is never below that of the one that starts it, so a small one does.
METER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(code, peak // 1024 if sys.platform == "darwin" else peak)
"""


def generator() -> ModuleType:
    """The starter's module that writes logs."""
    sys.path.insert(0, str(STARTER / "tests" / "requisitos"))
    return importlib.import_module("logs")


def lines(events: list[Any]) -> Iterator[str]:
    """Endless lines: the events again and again, later each time, in one format after another."""
    number = 0
    span = events[-1].momento - events[0].momento + timedelta(seconds=1)
    round_ = 0
    while True:
        for event in events:
            number += 1
            moved = replace(
                event,
                momento=event.momento + round_ * span,
                cliente=f"10.{number % 40}.{number % 250}.7",
                ruta=f"/perdida/{number}" if number % 3 == 0 else event.ruta,
            )
            write = (moved.como_combined, moved.como_json, moved.como_syslog, moved.como_python)
            yield write[number % 4]()
        round_ += 1


def write_log(file: Path, size: int, events: list[Any]) -> int:
    """Write a log of about that many bytes and say how many lines it has."""
    written = count = 0
    with file.open("w", encoding="utf-8", newline="\n") as log:
        for line in lines(events):
            written += log.write(f"{line}\n")
            count += 1
            if written >= size:
                return count
    return count


def peak(source: Path, *arguments: str) -> tuple[float, float]:
    """The most MiB that a run of the program ever held, and its seconds."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", METER, sys.executable, "-m", "analizador", *arguments],
        env=os.environ | {"PYTHONPATH": str(source), "PYTHONUTF8": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    code, kib = map(int, done.stdout.split())
    if code:
        sys.exit(f"analizador {' '.join(arguments)} ended with {code}")
    return kib / 1024, time.perf_counter() - start


def main() -> None:
    """Print the peaks, and fail where they grow with the log."""
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 200  # noqa: PLR2004
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        source = here / "src"
        if len(sys.argv) > 1:
            source = Path(sys.argv[1]).resolve() / "src"
        else:
            shutil.copytree(STARTER / "src", source)
            shutil.copytree(OVERLAY / "src", source, dirs_exist_ok=True)
        events = list(generator().sucesos(2000))
        few, many = here / "few.log", here / "many.log"
        write_log(few, 40_000, events)
        count = write_log(many, size * MEGABYTE, events)
        print(f"{many.stat().st_size / MEGABYTE:.0f} MB, {count} lines")
        worst = 0.0
        for command in (["estadisticas", "--json"], ["exportar", "--tipo", "csv"], ["leer"]):
            small, _ = peak(source, *command, str(few))
            large, seconds = peak(source, *command, str(many))
            worst = max(worst, large - small)
            print(f"{command[0]:<13}{small:6.1f} MiB -> {large:6.1f} MiB   {seconds:5.1f} s")
    if worst > LIMIT_MIB:
        sys.exit(f"the peak grew by {worst:.0f} MiB, more than {LIMIT_MIB}")


if __name__ == "__main__":
    main()
