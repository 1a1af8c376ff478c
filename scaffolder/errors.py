"""The exit codes of the command line, and the one exception that carries a message to its user."""

from __future__ import annotations

import errno
from collections.abc import Sequence

DONE = 0
NO = 1
REFUSED = 2
BUG = 3
INTERRUPTED = 130

_GIT_ON_A_FULL_DISK = ("No space left on device", "Out of diskspace", "Disk quota exceeded")


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request that is turned down, with nothing touched: exit code 2.

    Args:
        reason: what is wrong, one Spanish sentence for the person at the keyboard.
        next_step: what to do about it, one Spanish sentence (often a command to type).
    """

    def __init__(self, reason: str, next_step: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step


class GitError(Exception):
    """Git answered with an error that the caller did not expect."""

    def __init__(self, args: Sequence[str], code: int, stderr: str) -> None:
        super().__init__(f"git {' '.join(args)} → {code}\n{stderr.strip()}")
        self.code = code
        self.stderr = stderr

    @property
    def is_full_disk(self) -> bool:
        """Whether Git could not write because there was no room."""
        return any(words in self.stderr for words in _GIT_ON_A_FULL_DISK)


def refusal_of(error: OSError) -> Refusal | None:
    """The refusal that an error of the operating system amounts to, if it is nobody's bug.

    Args:
        error: what the operating system said.
    """
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return no_space()
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        place = f" en «{error.filename}»" if error.filename else " ahí"
        return Refusal(f"No tengo permiso para escribir{place}.", "Elige otra carpeta.")
    if error.errno in {errno.EEXIST, errno.ENOTEMPTY}:
        return Refusal(f"«{error.filename2 or error.filename}» ya existe.", "Elige otra carpeta.")
    if error.errno in {errno.EISDIR, errno.ENOTDIR}:
        return Refusal(f"«{error.filename}» no es lo que esperaba.", "Revisa la ruta.")
    if error.errno == errno.ENAMETOOLONG:
        return Refusal("Ese nombre de carpeta es demasiado largo.", "Elige uno más corto.")
    return None


def no_space() -> Refusal:
    """The refusal of a full disk."""
    return Refusal("No queda espacio en el disco.", "Libera un poco y vuelve a intentarlo.")
