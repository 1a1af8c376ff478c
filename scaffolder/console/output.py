"""What commands print."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

FORMAT = 1
_PLAIN = re.compile(r"[\w@%+=:,./-]+")


def notice(text: str) -> None:
    """Say something that is no part of the answer, on the error stream."""
    print(text, file=sys.stderr)


def print_json(data: Mapping[str, object]) -> None:
    """Print a document as JSON: in its own letters where the output can carry them.

    Args:
        data: what it says. The number of the documents' form is put before it; it goes up
            when a key changes its meaning or goes, not when one is added.
    """
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    document = {"format": FORMAT, **data}
    print(json.dumps(document, indent=2, ensure_ascii=encoding != "utf8"))


def wrapped(text: str, indent: str = "") -> str:
    """A sentence broken between words where it goes to a terminal; a pipe gets it whole.

    Args:
        indent: what stands before each line.
    """
    if not sys.stdout.isatty():
        return indent + text
    width = max(20, shutil.get_terminal_size().columns - 1)
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent)


def is_interactive() -> bool:
    """Whether a person is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def typed(word: str) -> str:
    """A word as it is typed in a shell, where it is nothing but that word.

    Args:
        word: a path, an address or the like; it may come from somebody else.
    """
    import shlex  # noqa: PLC0415 - seldom needed

    windows = os.name == "nt"
    if _PLAIN.fullmatch(word.replace("\\", "/") if windows else word):
        return word
    return f'"{word}"' if windows else shlex.quote(word)


def typed_path(path: str | Path) -> str:
    """A path as it is typed after a command, where a name must not look like an option."""
    word = str(path)
    return typed(f"./{word}" if word.startswith("-") else word)
