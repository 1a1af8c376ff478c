"""What commands print."""

from __future__ import annotations

import json
import sys


def print_json(data: object) -> None:
    """Print data as JSON: in its own letters where the output can carry them.

    Args:
        data: what to print.
    """
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    print(json.dumps(data, indent=2, ensure_ascii=encoding != "utf8"))


def is_interactive() -> bool:
    """Whether a person is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
