"""Small helpers that several test modules share."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent


def build_file_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a tree of files.

    Args:
        root: the folder, made if missing.
        files: content by path; text is dedented, its first line break dropped.

    Returns:
        The root.
    """
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else dedent(content).lstrip("\n").encode()
        file.write_bytes(data)
        if data.startswith(b"#!"):
            file.chmod(0o755)
    return root


def git(cwd: Path, *args: str, stdin: str | None = None) -> str:
    """Run Git as a learner would and return what it prints.

    Args:
        cwd: the folder to run in.
        args: its arguments.
        stdin: what it reads.
    """
    done = subprocess.run(
        ["git", "-c", "user.name=Ana", "-c", "user.email=ana@example.org", *args],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout.rstrip("\n")
