"""One module per command: it reads the command line, calls the library and presents.

Imports everything below: new, check, update, learner and what they import.
"""

from __future__ import annotations

from collections.abc import Sequence

from scaffolder.errors import Refusal


def parse_data(entries: Sequence[str]) -> dict[str, str]:
    """The answers that `--data CLAVE=VALOR` gives.

    Raises:
        Refusal: one of them has no `=`, or nothing before it.
    """
    answers = {}
    for entry in entries:
        key, equals, value = entry.partition("=")
        if not equals or not key.strip():
            raise Refusal(f"No entiendo --data «{entry}».", "Escribe --data CLAVE=VALOR")
        refuse_unreadable(value)
        answers[key.strip()] = value
    return answers


def refuse_unreadable(text: str) -> None:
    """See that a text that was typed is one: bytes that are no UTF-8 come as lone surrogates.

    Raises:
        Refusal: it can't be written down.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        shown = text.encode("utf-8", "replace").decode("utf-8")
        raise Refusal(f"«{shown}» no es texto en UTF-8.", "Escríbelo de nuevo.") from None
