"""Exit codes, the exception that carries a message to its user, and which errors are refusals.

An error that is nobody's bug (a full disk, a damaged repository) becomes a refusal in one
place, `refusal_of`, whichever command it happens in.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

DONE = 0
NO = 1
REFUSED = 2
BUG = 3
INTERRUPTED = 130


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


_NO_SPACE = "No queda espacio en el disco.", "Libera un poco y vuelve a intentarlo."
_NO_PERMISSION = (
    "No puedo {verb} «{place}»: falta permiso, o el disco es de solo lectura.",
    "Revisa los permisos de la carpeta, o elige otra.",
)
_EXISTS = "«{place}» ya existe.", "Elige otra carpeta."
_OTHER_KIND = "«{place}» no es lo que esperaba.", "Revisa la ruta."
_UNSUPPORTED = (
    "El disco de «{place}» no sabe hacer lo que hace falta ({why}).",
    "Prueba en una carpeta de un disco de este equipo.",
)
_TOO_MANY = "El sistema no da para más: {why}.", "Cierra otros programas y vuelve a intentarlo."
_NO_FOLDER = "La carpeta en la que estás ya no existe.", "Entra en otra y vuelve a intentarlo."
_NO_TEMPORARY = (
    "No encuentro ninguna carpeta temporal en la que escribir.",
    "Di una con la variable TMPDIR, o libera espacio en ella.",
)
_ANY = "El sistema no me deja seguir: {why} («{place}»).", "Revísalo y vuelve a intentarlo."

_BY_ERRNO = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
    errno.EROFS: _NO_PERMISSION,
    errno.EEXIST: _EXISTS,
    errno.ENOTEMPTY: _EXISTS,
    errno.EISDIR: _OTHER_KIND,
    errno.ENOTDIR: _OTHER_KIND,
    errno.ENAMETOOLONG: (
        "Ese nombre de carpeta o de archivo es demasiado largo.",
        "Elige uno más corto.",
    ),
    errno.ENOENT: (
        "No encuentro «{place}».",
        "Si otro programa lo ha movido o borrado, vuelve a intentarlo.",
    ),
    errno.ENOLCK: _UNSUPPORTED,
    errno.ENOSYS: _UNSUPPORTED,
    errno.EOPNOTSUPP: _UNSUPPORTED,
    errno.EMFILE: _TOO_MANY,
    errno.ENFILE: _TOO_MANY,
    errno.ENOMEM: _TOO_MANY,
    errno.EAGAIN: _TOO_MANY,
}
_OURS = {errno.EBADF, errno.EFAULT, errno.ECHILD}
"""What only a mistake of ours brings about: it is not a refusal."""

_READ_ONLY = (
    "No puedo escribir en el repositorio: falta permiso, o el disco es de solo lectura.",
    "Revisa los permisos de la carpeta y vuelve a intentarlo.",
)
_BAD_INDEX = (
    "Git no puede leer el índice de este repositorio: está dañado.",
    "Rehazlo: borra el archivo .git/index y escribe git reset",
)
_INCOMPLETE = (
    "A este repositorio le faltan objetos de Git: puede ser un clon parcial, o estar dañado.",
    "Tráelos de su servidor: git fetch --refetch --no-filter (y compruébalo con git fsck)",
)
_BY_GIT_WORDS = {
    "No space left on device": _NO_SPACE,
    "Out of diskspace": _NO_SPACE,
    "Disk quota exceeded": _NO_SPACE,
    "dubious ownership": (
        "El repositorio es de otra persona de este equipo, y Git no se fía.",
        "Si te fías: git config --global --add safe.directory {safe}",
    ),
    "Unable to read current working directory": _NO_FOLDER,
    "config': Permission denied": (
        "Git no puede leer su configuración: falta permiso.",
        "Revisa los permisos de tu carpeta personal y de su archivo .gitconfig.",
    ),
    "Read-only file system": _READ_ONLY,
    "Permission denied": _READ_ONLY,
    "Operation not permitted": _READ_ONLY,
    "cannot lock ref": (
        "La rama ha cambiado mientras tanto; todo sigue como estaba.",
        "Vuelve a intentarlo.",
    ),
    "Another git process seems to be running": (
        "Otro programa está usando Git en ese repositorio.",
        "Espera a que acabe; si no hay ninguno, borra su archivo .git/index.lock.",
    ),
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


def refusal_of(error: BaseException) -> Refusal | None:
    """The refusal that an error amounts to, or None where it is a bug.

    Args:
        error: what was raised; a refusal is itself.
    """
    if isinstance(error, Refusal):
        return error
    if isinstance(error, GitError):
        for words, (reason, next_step) in _BY_GIT_WORDS.items():
            if words in error.stderr:
                # Git names the folder in the command that it suggests.
                safe = error.stderr.partition("safe.directory ")[2].partition("\n")[0] or "CARPETA"
                return Refusal(reason, next_step.format(safe=safe))
    if isinstance(error, OSError) and error.errno is not None and error.errno not in _OURS:
        place = error.filename2 or error.filename or "."
        place = os.fsdecode(place) if isinstance(place, str | bytes) else str(place)
        verb = "leer" if os.path.exists(place) and not os.access(place, os.R_OK) else "escribir en"  # noqa: PTH110 - a name, perhaps of a pipe
        why = error.strerror or os.strerror(error.errno)
        reason, next_step = _BY_ERRNO.get(error.errno, _ANY)
        if error.errno == errno.ENOENT and error.filename is None:  # both name no file
            reason, next_step = _NO_TEMPORARY if "temporary" in why else _NO_FOLDER
        return Refusal(reason.format(place=place, verb=verb, why=why), next_step)
    return None
