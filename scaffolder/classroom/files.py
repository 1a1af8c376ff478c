"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Write a file; whoever reads it, or is killed, finds the old one or the new one.

    Raises:
        OSError: it can't be written; the old one is still there.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}.scaffold")
    try:
        with new.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
