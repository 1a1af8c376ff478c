"""What a class costs: handing out and updating, beside the floor and a loop of `copier update`.

    uv run python -m benchmarks.classroom [SIZE…]

For each size (50 and 500 by default): `class distribute` and `class update` of so many
repositories, each with a commit of its own, as one process each. The floor is one bare
`git fetch` and one bare `git push` a repository, with as many threads. The loop of `copier
update` is measured on three. Targets: 0.03 of the loop for 50, 1.3 times the floor for 500,
a fetch at 2,000 no more than 1.5 times one at 100, and a memory that doesn't grow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.update_speed import PROJECT, SAMPLE, prepare, script, seconds
from scaffolder.classroom.parallel import for_each
from scaffolder.git.object_format import Entry, signature
from scaffolder.git.objects import ObjectCache, Objects

WORK = "src/blog/main.py"


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds on the clock, and bytes of memory at its most."""

    seconds: float
    memory: int


def run(command: Sequence[str], folder: Path, codes: Sequence[int] = (0,)) -> Spent:
    """Run a command; it must end with one of these codes."""
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=plain)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise SystemExit(f"{' '.join(command)} → {process.returncode}")
    return Spent(time.perf_counter() - start, usage.ru_maxrss * 1024)


def ids(size: int) -> list[str]:
    """The students."""
    return [f"e{number:05d}" for number in range(size)]


def make_course(folder: Path, root: Path, size: int) -> Path:
    """A course of so many students, whose repositories are folders beside it."""
    course = folder / f"curso-{size}"
    told = ["--project", PROJECT, "--source", str(root), "--host", "repos/{id}.git"]
    run([script("scaffold"), "class", "init", str(course), *told, "--ref", "v0.1.0"], folder)
    rows = "".join(f"{name},,,,,\n" for name in ids(size))
    (course / "roster.csv").write_text(f"id,name,email,username,section,team\n{rows}")
    return course


def work(course: Path, size: int) -> None:
    """A commit of each student's own, written straight into their repository."""
    cache = ObjectCache()
    for name in ids(size):
        server = course / "repos" / f"{name}.git"
        objects = Objects(server, cache=cache)
        head = (server / "refs" / "heads" / "main").read_text().strip()
        tree = objects.git("rev-parse", f"{head}^{{tree}}").stdout.decode().strip()
        files = dict(objects.entries(tree))
        old = objects.read([files[WORK].id])[files[WORK].id]
        blob = objects.write_blob(old + f"\n# El trabajo de {name}\n".encode())
        files[WORK] = Entry(files[WORK].mode, blob)
        who = signature(name, f"{name}@example.org", 1_800_000_000)
        commit = objects.write_commit(objects.write_tree(files), [head], who, who, "Mi trabajo\n")
        (server / "refs" / "heads" / "main").write_text(f"{commit}\n")


def floor(course: Path, size: int) -> float:
    """Seconds for one bare fetch and one bare push of each repository, of a copy of them."""
    copies, mirrors = course / "floor-repos", course / "floor-mirrors"
    shutil.copytree(course / "repos", copies)
    store = course / ".scaffold" / "store" / "objects"

    def git(folder: Path, *words: str) -> None:
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)

    def prepared(name: str) -> str:
        mirror = mirrors / f"{name}.git"
        git(course, "init", "-q", "--bare", str(mirror))
        (mirror / "objects" / "info" / "alternates").write_text(f"{store}\n")
        objects = Objects(copies / f"{name}.git")
        head = (copies / f"{name}.git" / "refs" / "heads" / "main").read_text().strip()
        tree = objects.git("rev-parse", f"{head}^{{tree}}").stdout.decode().strip()
        who = signature("x", "x@example.org", 1_800_000_001)
        return Objects(mirror).write_commit(tree, [head], who, who, "x\n")

    def one(pair: tuple[str, str]) -> None:
        name, commit = pair
        mirror, server = mirrors / f"{name}.git", str(copies / f"{name}.git")
        git(mirror, "fetch", "-q", server, "+refs/heads/main:refs/heads/main")
        git(mirror, "push", "-q", server, f"{commit}:refs/heads/main")

    pairs = list(zip(ids(size), map(prepared, ids(size)), strict=True))
    start = time.perf_counter()
    for_each(one, pairs)
    spent = time.perf_counter() - start
    shutil.rmtree(copies)
    shutil.rmtree(mirrors)
    return spent


def one_fetch(course: Path, size: int, count: int = 50) -> float:
    """Seconds that `class status` takes for one repository of so many, the start left out."""
    chosen = [word for name in ids(size)[:count] for word in ("--only", name)]
    command = [script("scaffold"), "class", "status", "--json"]
    many, none = run([*command, *chosen], course), run([*command, *chosen[:2]], course)
    return (many.seconds - none.seconds) / (count - 1)


def measure(folder: Path, root: Path, size: int, copier: Callable[[], float]) -> None:
    """Measure one size and print it."""
    course = make_course(folder, root, size)
    scaffold = [script("scaffold"), "class"]
    given = run([*scaffold, "distribute"], course)
    print(f"{size}: distribute {given.seconds:.1f} s, {given.memory >> 20} MB")
    work(course, size)
    lowest = floor(course, size)
    toml = course / "course.toml"
    toml.write_text(toml.read_text().replace('ref = "v0.1.0"', 'ref = "v0.2.0"'))
    first = run([*scaffold, "update", "--json"], course)
    second = run([*scaffold, "update", "--json"], course)
    loop = copier() * size
    print(
        f"{size}: update {first.seconds:.1f} s, {first.memory >> 20} MB; again "
        f"{second.seconds:.1f} s; floor {lowest:.1f} s, ratio {first.seconds / lowest:.2f}; "
        f"a loop of copier {loop:.0f} s (of {SAMPLE} measured), ratio {first.seconds / loop:.3f}; "
        f"a fetch {one_fetch(course, size) * 1000:.0f} ms"
    )
    shutil.rmtree(course)


def main() -> None:
    """Measure and print."""
    sizes = [int(word) for word in sys.argv[1:]] or [50, 500]
    with tempfile.TemporaryDirectory(prefix="scaffold-class-") as name:
        folder = Path(name)
        template_repo, _, theirs = prepare(folder)
        told = ["-d", "scaffold_version=v0.2.0", "-d", f"scaffold_source={template_repo.root}"]

        def copier() -> float:
            spent = 0.0
            for _ in range(SAMPLE):
                repo = folder / "copier"
                shutil.copytree(theirs, repo, symlinks=True)
                spent += seconds([script("copier"), "update", "-q", "--defaults", *told], repo)
                shutil.rmtree(repo)
            return spent / SAMPLE

        for size in sizes:
            measure(folder, template_repo.root, size, copier)


if __name__ == "__main__":
    main()
