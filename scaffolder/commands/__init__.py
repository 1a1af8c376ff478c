"""One module per command: it reads the command line, calls the library and presents."""

from __future__ import annotations

from collections.abc import Sequence

from scaffolder.errors import Refusal


def parse_data(entries: Sequence[str]) -> dict[str, str]:
    """The answers that `--data CLAVE=VALOR` gives.

    Args:
        entries: its values, as they were typed.

    Raises:
        Refusal: one of them has no `=`, or nothing before it.
    """
    answers = {}
    for entry in entries:
        key, equals, value = entry.partition("=")
        if not equals or not key.strip():
            raise Refusal(f"No entiendo --data «{entry}».", "Escribe --data CLAVE=VALOR")
        answers[key.strip()] = value
    return answers
