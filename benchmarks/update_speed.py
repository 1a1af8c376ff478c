"""How quick `scaffold update` is, beside `copier update` of the same template.

    uv run python -m benchmarks.update_speed [ROUNDS] [REPOSITORIES]

One repository: both as processes, one after the other, the median of the ratios over the
rounds. Many: one call of `scaffold update` for all, beside a loop of `copier update`, which
is measured on a few of them. Targets: 0.5 and 0.025.
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

from tests.helpers import git
from tests.update.sandbox import TemplateRepo, build, commit

PROJECT = "proyecto-7-blog"
SAMPLE = 3


def script(name: str) -> str:
    """A command of the environment that runs this."""
    return str(Path(sys.executable).with_name(name))


def seconds(command: Sequence[str], folder: Path) -> float:
    """How long a command takes."""
    # As on a learner's machine, where byte code is written once.
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=plain)
    return time.perf_counter() - start


def prepare(folder: Path) -> tuple[TemplateRepo, Path, Path]:
    """A template root with two versions, and a repository of the first for each tool."""
    root = folder / "root"
    template_repo = build(root, {}, PROJECT)
    ours = template_repo.new(folder / "ours")
    theirs = folder / "theirs"
    told = ["-d", f"proyecto={PROJECT}", "-d", f"scaffold_source={root}"]
    versioned = [*told, "-d", "scaffold_version=v0.1.0", "--vcs-ref", "v0.1.0", "--defaults"]
    seconds([script("copier"), "copy", "-q", *versioned, str(root), str(theirs)], folder)
    git(theirs, "init", "-q", "-b", "main")
    for repo in (ours, theirs):
        with (repo / "src" / "blog" / "main.py").open("a", encoding="utf-8") as file:
            file.write("\n# Mi trabajo\n")
        commit(repo)

    def change(starter: Path) -> None:
        for name in ("tests/requisitos/test_r2_autenticacion_jwt.py", "src/blog/errores.py"):
            with (starter / name).open("a", encoding="utf-8") as file:
                file.write("\n# De la plantilla\n")

    template_repo.release("0.2.0", change)
    return template_repo, ours, theirs


def main() -> None:
    """Measure and print."""
    rounds, many = (int(word) for word in (*sys.argv[1:], "5", "50")[:2])
    with tempfile.TemporaryDirectory(prefix="scaffold-speed-") as name:
        folder = Path(name)
        template_repo, ours, theirs = prepare(folder)
        scaffold = [script("scaffold"), "update", "--source", str(template_repo.root)]
        copier = [script("copier"), "update", "-q", "--defaults"]
        copier += ["-d", "scaffold_version=v0.2.0", "-d", f"scaffold_source={template_repo.root}"]

        def one(origin: Path, command: Sequence[str]) -> float:
            repo = folder / "repo"
            shutil.copytree(origin, repo, symlinks=True)
            try:
                return seconds(command, repo)
            finally:
                shutil.rmtree(repo)

        one(ours, scaffold), one(theirs, copier)  # which leaves the byte code
        pairs = [(one(ours, scaffold), one(theirs, copier)) for _ in range(rounds)]
        ratio = statistics.median(mine / its for mine, its in pairs)
        mine, its = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"one repository: scaffold {mine:.2f} s, copier {its:.2f} s, ratio {ratio:.2f}")

        group = [folder / "group" / str(number) for number in range(many)]
        for repo in group:
            shutil.copytree(ours, repo, symlinks=True)
        together = seconds([*scaffold, *map(str, group)], folder)
        loop = statistics.mean(one(theirs, copier) for _ in range(SAMPLE)) * many
        print(
            f"{many} repositories: scaffold {together:.2f} s, a loop of copier {loop:.1f} s, "
            f"ratio {together / loop:.3f}"
        )


if __name__ == "__main__":
    main()
