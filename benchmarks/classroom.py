"""What a class costs: handing out and updating, beside the floor and a loop of `copier update`.

    uv run python -m benchmarks.classroom [SIZE…]

For each size (50 and 500 by default): `class distribute` and `class update` of so many
repositories, each with a commit of its own, as one process each. The floor is one bare
`git fetch` and one bare `git push` a repository, with as many threads. On a busy machine the
clock says little, so that the processor's time is told too. The loop of `copier update` is
measured on three. Above 500, repositories are copied and not handed out, and no floor is
measured: that is quicker.
Targets: 0.03 of the loop for 50, 1.3 times the floor for 500, a fetch at 2,000 no more than
1.5 times one at 100, and a memory that doesn't grow.
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
from scaffolder.git import text
from scaffolder.git.object_format import Entry, signature
from scaffolder.git.objects import ObjectCache, Objects

WORK = "src/blog/main.py"
MOST_HANDED_OUT = 500


@dataclass(frozen=True)
class Spent:
    """What something took: seconds on the clock and of the processor, and bytes at its most."""

    clock: float
    processor: float
    memory: int = 0

    def __str__(self) -> str:
        """Both in seconds."""
        return f"{self.clock:.1f} s (processor {self.processor:.1f})"


def run(command: Sequence[str], folder: Path, codes: Sequence[int] = (0,)) -> Spent:
    """Run a command; it must end with one of these codes."""
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=plain)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise SystemExit(f"{' '.join(command)} → {process.returncode}")
    spent = time.perf_counter() - start
    return Spent(spent, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


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


def hand_out(course: Path, size: int) -> Spent | None:
    """Give everybody the project; what that took, if it was done for each."""
    command = [script("scaffold"), "class", "distribute"]
    if size <= MOST_HANDED_OUT:
        return run(command, course)
    first, *others = ids(size)
    run([*command, "--only", first], course)
    for name in others:
        shutil.copytree(course / "repos" / f"{first}.git", course / "repos" / f"{name}.git")
    return None


def work(course: Path, size: int) -> None:
    """A commit of each student's own, written straight into their repository."""
    cache = ObjectCache()
    server = course / "repos" / f"{ids(size)[0]}.git"
    head = (server / "refs" / "heads" / "main").read_text().strip()
    first = Objects(server, cache=cache)
    entries = dict(first.entries(text(first.git("rev-parse", f"{head}^{{tree}}"))))
    for name in ids(size):
        server = course / "repos" / f"{name}.git"
        objects = Objects(server, cache=cache)
        old = objects.read([entries[WORK].id])[entries[WORK].id]
        blob = objects.write_blob(old + f"\n# El trabajo de {name}\n".encode())
        tree = objects.write_tree({**entries, WORK: Entry(entries[WORK].mode, blob)})
        who = signature(name, f"{name}@example.org", 1_800_000_000)
        commit = objects.write_commit(tree, [head], who, who, "Mi trabajo\n")
        (server / "refs" / "heads" / "main").write_text(f"{commit}\n")


def floor(course: Path, before: Path) -> Spent:
    """What one bare fetch and one bare push of each repository take.

    Args:
        course: where every repository has its merge by now.
        before: a copy of the repositories without; they get the very same merges.
    """
    mirrors = course / "floor-mirrors"
    store = course / ".scaffold" / "store" / "objects"
    names = [server.name for server in before.iterdir()]
    for name in names:
        info = Objects.create(mirrors / name).folder / "objects" / "info"
        info.mkdir()
        (info / "alternates").write_text(f"{store}\n")

    def git(folder: Path, *words: str, **env: str) -> None:
        environment = os.environ | env
        subprocess.run(
            ["git", *words], cwd=folder, check=True, capture_output=True, env=environment
        )

    def one(name: str) -> None:
        after, server = course / "repos" / name, str(before / name)
        commit = (after / "refs" / "heads" / "main").read_text().strip()
        objects = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(after / "objects")}
        git(mirrors / name, "fetch", "-q", server, "+refs/heads/main:refs/heads/main")
        git(mirrors / name, "push", "-q", server, f"{commit}:refs/heads/main", **objects)

    started, start = os.times(), time.perf_counter()
    for_each(one, names)
    ended, spent = os.times(), time.perf_counter() - start
    shutil.rmtree(mirrors)
    return Spent(spent, sum(ended[:4]) - sum(started[:4]))


def one_fetch(course: Path, size: int, count: int = 50) -> Spent:
    """What `class status` takes for one repository of so many, the start left out."""
    chosen = [word for name in ids(size)[:count] for word in ("--only", name)]
    command = [script("scaffold"), "class", "status", "--json"]
    many, two = run([*command, *chosen], course), run([*command, *chosen[:2]], course)
    rest = count - 1
    return Spent((many.clock - two.clock) / rest, (many.processor - two.processor) / rest)


def measure(folder: Path, root: Path, size: int, copier: Callable[[], float]) -> None:
    """Measure one size and print it."""
    course = make_course(folder, root, size)
    given = hand_out(course, size)
    if given:
        print(f"{size}: distribute {given}, {given.memory >> 20} MB", flush=True)
    work(course, size)
    before = course / "before"
    shutil.copytree(course / "repos", before)
    toml = course / "course.toml"
    toml.write_text(toml.read_text().replace('ref = "v0.1.0"', 'ref = "v0.2.0"'))
    update = [script("scaffold"), "class", "update", "--json"]
    first, second = run(update, course), run(update, course)
    fetch = one_fetch(course, size)
    print(
        f"{size}: update {first}, {first.memory >> 20} MB; again {second}; "
        f"a fetch {fetch.clock * 1000:.0f} ms (processor {fetch.processor * 1000:.0f})",
        flush=True,
    )
    if size <= MOST_HANDED_OUT:
        lowest, loop = floor(course, before), copier() * size
        print(
            f"{size}: floor {lowest}: ratio {first.clock / lowest.clock:.2f} (processor "
            f"{first.processor / lowest.processor:.2f}); a loop of copier {loop:.0f} s (of {SAMPLE}"
            f" measured): ratio {first.clock / loop:.3f}",
            flush=True,
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
