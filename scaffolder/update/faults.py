"""What goes wrong in one repository, told as that repository's result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from scaffolder.errors import refusal_of
from scaffolder.update.result import Result, Status

if TYPE_CHECKING:
    from collections.abc import Callable

_Out = TypeVar("_Out")


def tried(about: Result, action: Callable[[], _Out]) -> _Out | Result:
    """Do something for one repository; whatever it raises, the others go on.

    Args:
        about: what is known of the repository.
        action: what to do.

    Returns:
        What the action returns, or a result that tells why it failed.
    """
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - one repository must not stop the rest
        refusal = refusal_of(error)
        if refusal is None:
            return replace(about, status=Status.FAILED, error=error)
        return replace(
            about, status=Status.REFUSED, reason=refusal.reason, next_step=refusal.next_step
        )
