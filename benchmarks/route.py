"""How quick the learner's route is told: as ratios, in one run on one machine.

    uv run python benchmarks/route.py [ROUNDS]

A workspace holds 17 repositories as `scaffold new` makes them (by their files: answers and
REQUISITOS.md), then 30 and 300. A ratio is the median over the rounds.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from scaffolder.roadmap import catalogue
from scaffolder.starter.answers import Answers
from scaffolder.templating.source import embedded

COMMANDS: dict[str, Sequence[str]] = {
    "scaffold": (),
    "scaffold next": ("next",),
    "scaffold progress": ("progress",),
}
OF_PYTHON = 20
OF_THIRTY = 10


def workspace(folder: Path, repositories: int) -> Path:
    """A workspace with so many repositories, of the 17 projects in turn."""
    projects = catalogue.load(embedded().root).projects
    for number in range(repositories):
        project = projects[number % len(projects)]
        repo = folder / f"{project.id}-{number}"
        (repo / "src" / "paquete").mkdir(parents=True)
        (repo / ".git").mkdir()
        (repo / "tests" / "requisitos").mkdir(parents=True)
        values = {"nombre": project.title, "autor": "Estudiante", "python": "3.11"}
        answers = Answers(project.id, "embedded", "0.1.0", values)
        (repo / ".copier-answers.yml").write_text(answers.dump(), "utf-8")
        boxes = [
            f"- [{' x'[place % 2]}] **{entry.id} · {entry.title}**\n"
            + "  - Un criterio que ocupa su línea, como los de verdad.\n" * 6
            for place, entry in enumerate(project.requirements)
        ]
        text = f"# Requisitos · {project.title}\n\nFase {project.phase}\n\n" + "\n".join(boxes)
        (repo / "REQUISITOS.md").write_text(text, "utf-8")
    return folder


def seconds(command: Sequence[str], folder: Path) -> float:
    """How long a command takes, its output going to a pipe."""
    # As on a learner's machine, where byte code is written once.
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=plain, cwd=folder)
    return time.perf_counter() - start


def main() -> int:
    """Print the ratios.

    Returns:
        1 where one is over its limit.
    """
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    scaffold = str(Path(sys.executable).with_name("scaffold"))
    if shutil.which(scaffold) is None:
        sys.exit("install the project first: uv sync")
    over = 0
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        few, some, many = (workspace(root / str(n), n) for n in (17, 30, 300))
        bare = [sys.executable, "-c", "pass"]
        for title, arguments in COMMANDS.items():
            ours = [scaffold, *arguments]
            seconds(ours, few)
            rows = [
                (seconds(bare, few), *(seconds(ours, place) for place in (few, some, many)))
                for _ in range(rounds)
            ]
            figures = (
                (f"{title}, 17 repositories / python -c pass", 1, 0, OF_PYTHON),
                (f"{title}, 300 repositories / 30", 3, 2, OF_THIRTY),
            )
            for what, above, below, limit in figures:
                ratio = statistics.median(row[above] / row[below] for row in rows)
                times = (statistics.median(row[i] for row in rows) for i in (above, below))
                shown = " / ".join(f"{1000 * value:.0f} ms" for value in times)
                print(f"{what:<52} {ratio:6.2f}   (limit {limit})   {shown}")
                over |= ratio > limit
    return over


if __name__ == "__main__":
    sys.exit(main())
