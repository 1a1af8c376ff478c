"""Keep the parts of both READMEs that come from real runs.

    uv run python docs/readme.py            # write them
    uv run python docs/readme.py --check    # exit 1 if they are out of date

Between `<!-- transcript: NAME -->` and `<!-- /transcript -->` stands what a command printed;
between `<!-- projects -->` and `<!-- /projects -->`, the table of the catalogue.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scaffolder.roadmap import catalogue
from scaffolder.templating.source import embedded
from tests.helpers import git
from tests.update.long_history import build

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "README.en.md")
SOLUTION = ROOT / "tests" / "solutions" / "proyecto-1-tareas"
WORDS = {
    "README.md": ("nº | proyecto | título | requisitos | plantilla", "lista", "por hacer", "Fase"),
    "README.en.md": (
        "no. | project | title | requirements | template",
        "ready",
        "to come",
        "Phase",
    ),
}


def projects(readme: Path) -> str:
    """The table of the 17 with what is ready."""
    head, ready, to_come, phase_word = WORDS[readme.name]
    lines = [f"| {head} |", "|---:|---|---|---:|---|"]
    root = embedded().root
    loaded = catalogue.load(root)
    for phase in loaded.phases:
        if phase.projects:
            lines.append(f"| | **{phase_word} {phase.number} · {phase.title}** | | | |")
        for project in phase.projects:
            state = ready if (root / project.id / "repo").is_dir() else to_come
            count = len(project.requirements)
            lines.append(
                f"| {project.number} | `{project.id}` | {project.title} | {count} | {state} |"
            )
    return "\n".join(lines)


def run(folder: Path, *command: str, **environment: str) -> str:
    """A command as it is typed, and what it printed."""
    scripts = Path(sys.executable).parent
    env = {k: v for k, v in os.environ.items() if k != "CI"} | {
        "UV_PROJECT_ENVIRONMENT": sys.prefix
    }
    env |= {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"} | environment
    done = subprocess.run(
        [str(scripts / "scaffold"), *command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = (done.stdout + done.stderr).replace(f"{folder}{os.sep}", "")
    printed = printed.replace(f"{folder.parent}{os.sep}", "../").rstrip()
    # The id changes with every word of a template; that it is one is what counts.
    printed = re.sub(r"(commit|git show) [0-9a-f]{7,}", r"\1 d7cecad", printed)
    return f"$ scaffold {' '.join(command)}\n{printed}"


def transcripts() -> dict[str, str]:
    """What the commands print that the READMEs show."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        made = run(folder, "new", "proyecto-7-blog", "--defaults")
        route = folder / "ruta"
        walk = [run(folder, "init", "ruta", "--name", "Una alumna"), run(route, "next")]
        walk.append(run(route, "new", "proyecto-1-tareas", "--defaults"))
        repo = route / "proyecto-1-tareas"
        shutil.copytree(SOLUTION / "overlay", repo, dirs_exist_ok=True)
        walk += [run(repo, "check"), run(repo, "next")]
        return {
            "new": made,
            "walk": "\n\n".join(walk),
            "update": updated(folder / "weeks"),
            "conflicts": updated(folder / "more weeks", disagree=True),
            "class": handed_out(folder / "clase"),
        }


def handed_out(folder: Path) -> str:
    """The demo of a class: handed out, a fix brought to everybody, a clash as a branch."""
    folder.mkdir()
    told = [run(folder, "class", "init", "backend-27", "--demo")]
    course = folder / "backend-27"
    told += [run(course, "class", "distribute"), run(course, "class", "status")]
    settings = course / "course.toml"
    text = settings.read_text("utf-8").replace('ref = "v1.0.0"', 'ref = "v1.1.0"')
    settings.write_text(text, "utf-8")
    told += [
        run(course, "class", "update", "--check"),
        run(course, "class", "update"),
        run(course, "class", "update", "--branch"),
    ]
    fix = """$ sed -i 's/"v1.0.0"/"v1.1.0"/' course.toml    # la plantilla tiene un arreglo"""
    told.insert(3, fix)
    return "\n\n".join(told)


def updated(folder: Path, *, disagree: bool = False) -> str:
    """What an update says to somebody who has worked for three long_history."""
    folder.mkdir()
    template_repo, repo = build(folder, disagree=disagree)
    git(repo, "config", "user.name", "Una alumna")
    git(repo, "config", "user.email", "alumna@example.org")
    settings = folder / "settings" / "scaffold" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"sources = [{json.dumps(str(template_repo.root))}]\n", "utf-8")
    return run(repo, "update", XDG_CONFIG_HOME=str(folder / "settings"))


def filled(readme: Path, told: dict[str, str]) -> str:
    """A README with its parts from real runs brought up to date."""
    text = readme.read_text("utf-8")
    for name, output in told.items():
        block = f"```console\n{output}\n```"
        text = between(text, f"<!-- transcript: {name} -->", "<!-- /transcript -->", block)
    return between(text, "<!-- projects -->", "<!-- /projects -->", projects(readme))


def between(text: str, begin: str, end: str, block: str) -> str:
    """A text with what stands between two marks replaced."""
    head, _, rest = text.partition(f"{begin}\n")
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n{block}\n{end}{tail}"


def main() -> int:
    """Write the READMEs, or with `--check` say which one is out of date."""
    told = transcripts()
    old = [readme for readme in READMES if readme.read_text("utf-8") != filled(readme, told)]
    for readme in old:
        if "--check" in sys.argv:
            print(f"out of date: {readme.name}; run: uv run python docs/readme.py")
        else:
            readme.write_text(filled(readme, told), "utf-8")
    return int("--check" in sys.argv and bool(old))


if __name__ == "__main__":
    sys.exit(main())
