"""What goes wrong in one repository, told as that repository's result."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from scaffolder.errors import GitError, Refusal, no_space, refusal_of
from scaffolder.update.result import Result, Status

if TYPE_CHECKING:
    from collections.abc import Callable

_Out = TypeVar("_Out")

_READ_ONLY = Refusal(
    "No puedo escribir en el repositorio; todo sigue como estaba.",
    "Revisa los permisos de la carpeta y vuelve a intentarlo.",
)
_MOVED = Refusal(
    "La rama ha cambiado mientras se actualizaba; todo sigue como estaba.",
    "Vuelve a intentarlo.",
)
_INCOMPLETE = Refusal(
    "A este repositorio le faltan objetos de Git: puede ser un clon parcial, o estar dañado.",
    "Tráelos de su servidor: git fetch --refetch --no-filter (y compruébalo con git fsck)",
)
_BAD_INDEX = Refusal(
    "Git no puede leer el índice de este repositorio: está dañado.",
    "Rehazlo: borra el archivo .git/index y escribe git reset",
)
_BY_GIT_WORDS = {
    "Read-only file system": _READ_ONLY,
    "Permission denied": _READ_ONLY,
    "cannot lock ref": _MOVED,
    "index file": _BAD_INDEX,
    "bad signature": _BAD_INDEX,
    "missing object": _INCOMPLETE,
    "not a tree object": _INCOMPLETE,
    "unable to read": _INCOMPLETE,
    "bad object": _INCOMPLETE,
    "bad tree object": _INCOMPLETE,
    "failed to read object": _INCOMPLETE,
    "Could not read": _INCOMPLETE,
}


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
        refusal = as_refusal(error)
        if refusal is None:
            return replace(about, status=Status.FAILED, error=error)
        return replace(
            about, status=Status.REFUSED, reason=refusal.reason, next_step=refusal.next_step
        )


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal that an error amounts to, if it is nobody's bug.

    Args:
        error: what went wrong.
    """
    if isinstance(error, Refusal):
        return error
    if isinstance(error, GitError):
        if error.is_full_disk:
            return no_space()
        return next((told for words, told in _BY_GIT_WORDS.items() if words in error.stderr), None)
    if isinstance(error, OSError):
        refusal = refusal_of(error)
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        return refusal if refusal is None or full else _READ_ONLY
    return None
