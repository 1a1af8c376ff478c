"""Whether this machine can lock a submission up: found out by doing it, before anyone is graded."""

from __future__ import annotations

import shutil
import subprocess

from scaffolder.classroom.sandbox.limits import Limits, groups
from scaffolder.errors import Refusal

_PROGRAM = (
    *("bwrap", "--unshare-user", "--unshare-pid", "--disable-userns", "--die-with-parent"),
    *("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", "true"),
)
_POD = (
    *("bwrap", "--unshare-user", "--unshare-net", "--unshare-ipc", "--die-with-parent"),
    *("--dev-bind", "/", "/", "--dev-bind", "/proc", "/proc", "--"),
)


def check_machine() -> None:
    """Make a pod with a program in it, and its limits.

    Raises:
        Refusal: it can't be done here, with why.
    """
    if shutil.which("bwrap") is None:
        raise Refusal(
            "No encuentro bubblewrap, en el que se ejecuta cada entrega sin que pueda tocar nada.",
            "Instálalo (Debian: apt-get install bubblewrap).",
        )
    with groups(Limits()) as made:
        command = made.program.entering([*_POD, *_PROGRAM])
        done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["sin decir por qué"]
        raise Refusal(
            f"Aquí bubblewrap no puede encerrar un programa ({lines[-1]}).",
            "Califica fuera de un contenedor, o en uno que permita espacios de usuario.",
        )
