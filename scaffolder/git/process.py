"""Git as a subprocess, in two ways.

`isolated` is for work that must give the same result on every machine: no system or user
configuration, no hooks, no prompts, none of the shell's Git variables. `run` is Git as the
learner's shell has it (their identity, their way to a private address, what they trust),
except for what would start a program that a repository chooses (hooks, fsmonitor, pagers,
editors) and for variables that name another repository than the one that is meant.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from scaffolder.errors import GitError, Refusal

__all__ = ["EMAIL", "NAME", "GitError", "isolated", "run", "text"]

TIMED_OUT = 124
"""The exit code of a Git whose time was up."""

NAME = "scaffold"
EMAIL = "scaffold@localhost"

_HARMLESS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "core.editor": "true",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "protocol.ext.allow": "never",
}
_NEUTRAL = _HARMLESS | {
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "core.quotePath": "false",
    "core.precomposeUnicode": "true",
    "init.defaultBranch": "main",
    "advice.detachedHead": "false",
}


_SHELL = re.compile(
    r"GIT_(ASKPASS|SSH(_COMMAND|_VARIANT)?|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|ATTR_NOSYSTEM"
    r"|(AUTHOR|COMMITTER)_(NAME|EMAIL)|(SSL|HTTP|PROXY|CURL)_\w+|PROTOCOL(_FROM_USER)?"
    r"|ALLOW_PROTOCOL|DISCOVERY_ACROSS_FILESYSTEM)"
)
"""What a shell may say to Git: who one is, and how to get through to a server. What names
another repository, another index or another way to compare is not among them."""


def isolated(
    *args: str,
    cwd: Path | None = None,
    input: bytes | None = None,  # noqa: A002 - subprocess's own name
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run Git with no configuration but ours.

    Args:
        input: bytes for standard input.
        env: further environment variables (`GIT_DIR`, `GIT_INDEX_FILE`, …).
        check: raise when Git answers with an error.

    Returns:
        The finished process, its output as bytes.

    Raises:
        GitError: Git's exit code is not 0, and `check` is on.
        Refusal: there is no Git.
    """
    own = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
    }
    return _start(args, _NEUTRAL, cwd=cwd, data=input, env=own | dict(env or {}), check=check)


def run(
    *args: str,
    cwd: Path | None = None,
    input: bytes | None = None,  # noqa: A002 - subprocess's own name
    env: Mapping[str, str] | None = None,
    check: bool = True,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run Git as the learner's shell has it, but start nothing that a repository chooses.

    Arguments, result and errors as in `isolated`.

    Args:
        timeout: seconds after which Git, with all that it started, is ended; that is an
            error of Git's.
    """
    environment = _from_shell() | dict(env or {})
    return _start(
        args, _HARMLESS, cwd=cwd, data=input, env=environment, check=check, timeout=timeout
    )


def text(process: subprocess.CompletedProcess[bytes]) -> str:
    """What a Git process printed, decoded, without the line end."""
    return process.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _start(  # noqa: PLR0913 - what the two doors pass on
    args: Sequence[str],
    config: Mapping[str, str],
    *,
    cwd: Path | None,
    data: bytes | None,
    env: Mapping[str, str],
    check: bool,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    environment |= env
    # Of two settings the later one holds: ours come after those of the shell.
    theirs = int(environment.get("GIT_CONFIG_COUNT", "0"))
    environment["GIT_CONFIG_COUNT"] = str(theirs + len(config))
    for number, (key, value) in enumerate(config.items(), start=theirs):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    try:
        done = (
            subprocess.run(
                ["git", *args],
                cwd=cwd,
                input=data,
                env=environment,
                capture_output=True,
                check=False,
            )
            if timeout is None
            else _within(timeout, ["git", *args], cwd, data, environment)
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        if error.filename != "git":
            raise
        raise Refusal(
            "No encuentro Git en este equipo.",
            "Instálalo (https://git-scm.com/downloads) y vuelve a intentarlo.",
        ) from None
    if check and done.returncode != 0:
        raise GitError(args, done.returncode, done.stderr.decode("utf-8", "replace"))
    return done


def _within(
    timeout: float,
    command: list[str],
    cwd: Path | None,
    data: bytes | None,
    environment: Mapping[str, str],
) -> subprocess.CompletedProcess[bytes]:
    """Run a command that is ended, with all that it started, when its time is up."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL if data is None else pipe,
        stdout=pipe,
        stderr=pipe,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(data, timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            return subprocess.CompletedProcess(command, TIMED_OUT, b"", b"timed out")
        except BaseException:
            _end(process)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started; its pipes are theirs too."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _from_shell() -> dict[str, str]:
    """The Git variables of this process that are the learner's business."""
    found = {name: value for name, value in os.environ.items() if _SHELL.fullmatch(name)}
    if "GIT_ALLOW_PROTOCOL" in found:
        protocols = found["GIT_ALLOW_PROTOCOL"].split(":")
        found["GIT_ALLOW_PROTOCOL"] = ":".join(name for name in protocols if name != "ext")
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    settings = [
        (f"GIT_CONFIG_KEY_{number}", f"GIT_CONFIG_VALUE_{number}")
        for number in range(int(count) if count.isdecimal() else 0)
    ]
    if settings and all(name in os.environ for pair in settings for name in pair):
        found["GIT_CONFIG_COUNT"] = count
        found |= {name: os.environ[name] for pair in settings for name in pair}
    return found
