"""Git as a subprocess, deaf to the configuration of the person who runs it.

Two doors. `isolated` runs Git for work that must give the same result on every machine:
no system or user configuration, no hooks, no prompts. `learner` runs Git inside a
learner's repository, whose own configuration stays in force except for what would start
a foreign program (hooks, fsmonitor, pagers, editors, credential prompts).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from scaffolder.errors import GitError, Refusal

__all__ = ["EMAIL", "NAME", "GitError", "isolated", "learner", "text"]

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


def isolated(
    *args: str,
    cwd: Path | None = None,
    input: bytes | None = None,  # noqa: A002 - subprocess's own name
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run Git with no configuration but ours.

    Args:
        args: the Git arguments, without `git`.
        cwd: the folder to run in.
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
    return _run(args, _NEUTRAL, cwd=cwd, data=input, env=own | dict(env or {}), check=check)


def learner(
    *args: str,
    cwd: Path | None = None,
    input: bytes | None = None,  # noqa: A002 - subprocess's own name
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run Git in a learner's repository: their configuration, but nothing foreign is started.

    Arguments, result and errors as in `isolated`.
    """
    return _run(args, _HARMLESS, cwd=cwd, data=input, env=dict(env or {}), check=check)


def text(process: subprocess.CompletedProcess[bytes]) -> str:
    """What a Git process printed, decoded, without the line end.

    Args:
        process: a finished process of `isolated` or `learner`.
    """
    return process.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _run(  # noqa: PLR0913 - what the two doors pass on
    args: Sequence[str],
    config: Mapping[str, str],
    *,
    cwd: Path | None,
    data: bytes | None,
    env: Mapping[str, str],
    check: bool,
) -> subprocess.CompletedProcess[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    environment["GIT_CONFIG_COUNT"] = str(len(config))
    for number, (key, value) in enumerate(config.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    environment |= env
    try:
        done = subprocess.run(
            ["git", *args], cwd=cwd, input=data, env=environment, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        if error.filename != "git":
            raise
        raise Refusal(
            "No encuentro Git en este equipo.",
            "Instálalo (https://git-scm.com/downloads) y vuelve a intentarlo.",
        ) from None
    if check and done.returncode != 0:
        raise GitError(args, done.returncode, done.stderr.decode("utf-8", "replace"))
    return done
