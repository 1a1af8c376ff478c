"""How Git writes things down: modes, entries of a tree, paths, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

TREE = "040000"
SUBMODULE = "160000"
FILES = ("100644", "100755")


class Entry(NamedTuple):
    """A file in a tree: its mode and the id of its content."""

    mode: str
    id: str


Entries = Mapping[str, Entry]
"""A whole tree: entries by path, with `/`; bytes that are not UTF-8 as surrogates."""


def decoded(path: bytes) -> str:
    """A path as Git prints it with `-z`, as text."""
    return path.decode("utf-8", "surrogateescape")


def encoded(path: str) -> bytes:
    """The bytes of a path."""
    return path.encode("utf-8", "surrogateescape")


def signature(name: str, mail: str, seconds: int, zone: str = "+0000") -> str:
    """A person and a moment, as commits hold them; characters that Git forbids are dropped."""
    forbidden = str.maketrans("", "", "<>\n\0")
    who, where = (text.translate(forbidden).strip() for text in (name, mail))
    return f"{who} <{where}> {seconds} {zone}"


def tree_content(rows: Mapping[str, Entry]) -> bytes:
    """A tree object's content: Git sorts folders as if their names ended in a slash."""

    def order(item: tuple[str, Entry]) -> bytes:
        return encoded(item[0]) + (b"/" if item[1].mode == TREE else b"")

    return b"".join(
        f"{entry.mode.lstrip('0')} ".encode() + encoded(name) + b"\0" + bytes.fromhex(entry.id)
        for name, entry in sorted(rows.items(), key=order)
    )
