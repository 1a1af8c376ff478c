"""What the workers of a run share, made by whoever comes first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

Result = TypeVar("Result")


def once(folder: Path, name: str, make: Callable[[], Result]) -> Result:
    """Do something once for all workers of a run.

    Args:
        folder: a folder of this run that its workers share.
        name: what is done; it names a file.
        make: does it and gives a result that JSON can hold. If it fails, the next one tries.

    Returns:
        The result, whoever came first.
    """
    file = folder / f"{name}.json"
    with FileLock(folder / f"{name}.lock"):
        if file.exists():
            kept: Result = json.loads(file.read_text("utf-8"))
            return kept
        result = make()
        file.write_text(json.dumps(result), "utf-8")
        return result
