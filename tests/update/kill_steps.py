"""Kill `scaffold update` at every step, and look at what is left.

Run as a program of its own: it imports everything once and then forks a child for each
step, which dies of SIGKILL there. A step is the end of a Git process (a fake Git on the
PATH kills its parent) or a change that Python itself makes to the repository's files.

    python -m tests.update.kill_steps TEMPLATES REPOSITORY SCRATCH KIND

KIND is `git` or `files`. It prints one JSON object: how each step was survived, and for each
that was not what was found.
"""

from __future__ import annotations

import builtins
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffolder import cli
from tests.helpers import git
from tests.update.sandbox import snapshot

if TYPE_CHECKING:
    from types import ModuleType

_CHANGES = ("rename", "replace", "link", "unlink", "mkdir", "rmdir", "open")
_MOST = 400


def in_a_child(action: Callable[[], int]) -> int:
    """Run something in a fork and return its exit code; negative if it was killed."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            code = action()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def kill_after_git(folder: Path, number: int) -> None:
    """Put a Git on the PATH that kills its parent once it has run so many times."""
    count = folder / "count"
    count.write_text("")
    real = shutil.which("git", path=os.environ["PATH"])
    fake = folder / "git"
    fake.write_text(
        f"#!/bin/sh\n'{real}' \"$@\"\ncode=$?\nprintf x >> '{count}'\n"
        f"[ $(wc -c < '{count}') -ge {number} ] && kill -9 $PPID\nexit $code\n"
    )
    fake.chmod(0o755)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


def kill_before_change(repo: Path, number: int) -> None:
    """Die just before Python changes the repository for the so-manieth time."""
    left = [number]

    def watched(module: ModuleType, name: str) -> None:
        original = getattr(module, name)

        def change(path: Any, *arguments: Any, **options: Any) -> Any:
            how = arguments[0] if arguments else options.get("mode", "r")
            reads = name == "open" and (how in {"r", "rb"} or how == os.O_RDONLY)
            if not reads and not isinstance(path, int) and os.fspath(path).startswith(str(repo)):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return original(path, *arguments, **options)

        setattr(module, name, change)

    for name in _CHANGES:
        watched(os, name)
    watched(io, "open")
    watched(builtins, "open")


def summary(repo: Path) -> tuple[object, ...]:
    """What two updates of the same repository have in common, dates left out."""
    look = snapshot(repo)
    return (
        look.files,
        look.index,
        look.busy,
        git(repo, "rev-parse", "HEAD^{tree}"),
        git(repo, "rev-list", "--parents", "-1", "HEAD").split()[2:],
        git(repo, "symbolic-ref", "HEAD"),
    )


def try_step(update: Callable[..., int], repo: Path, expected: Expected, arm: Arm) -> str:
    """Kill one run and look at what is left; `end` where the run was not killed any more."""

    def armed() -> int:
        arm()
        return update()

    code = in_a_child(armed)
    if code >= 0:
        return "end"
    journal = repo / ".git" / "scaffold-update"
    left_over = journal.exists()
    if left_over:
        in_a_child(lambda: update("--check"))
    how = "recovered" if left_over else "untouched"
    found = summary(repo)
    if journal.exists():
        return "BROKEN: the next run left the journal"
    if found == expected.after:
        return f"{how}: after"
    if found != expected.before:
        return f"BROKEN: {how}, and neither as before nor as after"
    if left_over:
        code = in_a_child(update)
        if code != expected.code or summary(repo) != expected.after:
            return f"BROKEN: the next run ended with {code}"
    return f"{how}: before"


class Expected:
    """How the repository is before an update, after it, and how the update ends."""

    def __init__(self, update: Callable[..., int], repo: Path) -> None:
        self.before = summary(repo)
        self.code = in_a_child(update)
        self.after = summary(repo)


Arm = Callable[[], None]


def main() -> None:
    """Kill at every step of one kind and print what happened."""
    template_repo, origin, scratch = (Path(word) for word in sys.argv[1:4])
    kind, repo = sys.argv[4], scratch / "repo"

    def update(*options: str) -> int:
        return cli.run(["update", str(repo), "--source", str(template_repo), *options])

    def restore() -> None:
        shutil.rmtree(repo, ignore_errors=True)
        shutil.copytree(origin, repo, symlinks=True)
        git(repo, "update-index", "-q", "--refresh")

    restore()
    with redirect_stdout(io.StringIO()):  # imports once for all what every child needs
        update("--check")
    expected = Expected(update, repo)
    survived: dict[str, int] = {}
    broken: dict[int, str] = {}
    for number in range(1, _MOST):
        restore()
        folder = scratch / f"fake-{number}"
        folder.mkdir()
        if kind == "git":
            arm = partial(kill_after_git, folder, number)
        else:
            arm = partial(kill_before_change, repo, number)
        found = try_step(update, repo, expected, arm)
        if found == "end":
            break
        if found.startswith("BROKEN"):
            broken[number] = found
        else:
            survived[found] = survived.get(found, 0) + 1
    print(json.dumps({"code": expected.code, "survived": survived, "broken": broken}))


if __name__ == "__main__":
    main()
