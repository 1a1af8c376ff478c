"""Keep the pictures of both READMEs: what real commands show, exported by Rich.

uv run python docs/pictures.py            # draw them
uv run python docs/pictures.py --check    # exit 1 if they are out of date
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
SOLUTION = ROOT / "tests" / "solutions" / "proyecto-1-tareas"
TICKED = {"1": 5, "2": 5, "3": 3, "7": 2}
# Click colours what goes to a terminal alone; this makes it believe in one.
COLOURED = """
import sys
sys.stdout.isatty = lambda: True
from scaffolder.cli import main
main()
"""


def show(folder: Path, *command: str) -> Text:
    """What a command shows in a terminal of 100 columns, with the line that was typed."""
    env = {k: v for k, v in os.environ.items() if k not in {"CI", "NO_COLOR"}}
    env |= {"UV_PROJECT_ENVIRONMENT": sys.prefix, "COLUMNS": "100", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", COLOURED, *command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    printed = done.stdout.replace(f"{folder}{os.sep}", "").rstrip()
    return Text.assemble(
        ("$ ", "dim"), f"scaffold {' '.join(command)}\n", Text.from_ansi(printed), "\n"
    )


def picture(name: str, shown: Text, title: str) -> str:
    """The text as a picture, the same one for the same text."""
    width = max(len(line) for line in shown.plain.splitlines())
    console = Console(record=True, width=width + 1, file=StringIO(), force_terminal=True)
    console.print(shown, soft_wrap=True)
    drawn = console.export_svg(title=title, unique_id=f"scaffold-{name}")
    # Fonts are the reader's own: no picture asks the network for any.
    drawn = re.sub(r"\s*@font-face \{.*?\n    \}\n", "\n", drawn, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def tick(repo: Path, count: int) -> None:
    """Promise the first requirements."""
    file = repo / "REQUISITOS.md"
    text = file.read_text("utf-8")
    for number in range(1, count + 1):
        text = text.replace(f"- [ ] **R{number} ", f"- [x] **R{number} ")
    file.write_text(text, "utf-8")


def pictures() -> dict[str, str]:
    """The pictures by the names of their files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for number, count in TICKED.items():
            show(folder, "new", number, "--defaults")
            tick(next(folder.glob(f"proyecto-{number}-*")), count)
        route = show(folder, "progress")
        work = folder / "trabajo"
        work.mkdir()
        show(work, "new", "1", "--defaults")
        repo = work / "proyecto-1-tareas"
        shutil.copytree(SOLUTION / "overlay" / "src", repo / "src", dirs_exist_ok=True)
        entry = tomllib.loads((SOLUTION / "broken.toml").read_text("utf-8"))["R3"][0]
        file = repo / entry["file"]
        file.write_text(file.read_text("utf-8").replace(entry["find"], entry["replace"]), "utf-8")
        check = show(repo, "check")
    return {
        "route.svg": picture("route", route, "scaffold progress"),
        "check.svg": picture("check", check, "scaffold check"),
    }


def main() -> int:
    """Draw the pictures, or with `--check` say which one is out of date."""
    drawn = pictures()
    old = []
    for name, svg in drawn.items():
        file = ROOT / "docs" / name
        if not file.exists() or file.read_text("utf-8") != svg:
            old.append(name)
            if "--check" in sys.argv:
                print(f"out of date: docs/{name}; run: uv run python docs/pictures.py")
            else:
                file.write_text(svg, "utf-8")
    return int("--check" in sys.argv and bool(old))


if __name__ == "__main__":
    sys.exit(main())
