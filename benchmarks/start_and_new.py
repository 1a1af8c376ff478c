"""How quick `scaffold` starts, and makes a repository: as ratios, in one run on one machine.

    uv run python benchmarks/start_and_new.py [ROUNDS]

Each round runs all of them one after the other; a ratio is the median over the rounds.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

TEMPLATES = Path(__file__).parents[1] / "templates"
PROJECT = "proyecto-1-tareas"


def script(name: str) -> str:
    """A command of the environment that runs this."""
    return str(Path(sys.executable).with_name(name))


def seconds(command: Sequence[str]) -> float:
    """How long a command takes, its output going to a pipe."""
    # As on a learner's machine, where byte code is written once.
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=plain)
    return time.perf_counter() - start


def into_a_new_folder(command: Callable[[str], Sequence[str]]) -> float:
    """How long a command takes that makes a folder."""
    with tempfile.TemporaryDirectory() as folder:
        return seconds(command(str(Path(folder, "made"))))


def bare() -> float:
    """Python that does nothing."""
    return seconds([sys.executable, "-c", "pass"])


def starting(*arguments: str) -> float:
    """`scaffold` with some arguments."""
    return seconds([script("scaffold"), *arguments])


def new() -> float:
    """`scaffold new`, with its commit."""
    return into_a_new_folder(lambda made: [script("scaffold"), "new", PROJECT, made, "--defaults"])


def copy() -> float:
    """`copier copy` of the same template, without one."""
    options = ["copy", "--quiet", "--defaults", "--data", f"proyecto={PROJECT}"]
    return into_a_new_folder(lambda made: [script("copier"), *options, str(TEMPLATES), made])


RATIOS: dict[str, tuple[Callable[[], float], Callable[[], float], float]] = {
    "scaffold --help / python -c pass": (lambda: starting("--help"), bare, 8),
    "scaffold list / python -c pass": (lambda: starting("list"), bare, 8),
    "scaffold new / copier copy": (new, copy, 0.9),
}


def main() -> int:
    """Print the ratios.

    Returns:
        1 where one is over its limit.
    """
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    if shutil.which(script("scaffold")) is None:
        sys.exit("install the project first: uv sync")
    over = 0
    for name, (ours, theirs, limit) in RATIOS.items():
        ours(), theirs()
        pairs = [(ours(), theirs()) for _ in range(rounds)]
        ratio = statistics.median(a / b for a, b in pairs)
        times = (statistics.median(times) for times in zip(*pairs, strict=True))
        shown = " / ".join(f"{1000 * value:.0f} ms" for value in times)
        print(f"{name:<34} {ratio:6.2f}   (limit {limit:g})   {shown}")
        over |= ratio > limit
    return over


if __name__ == "__main__":
    sys.exit(main())
