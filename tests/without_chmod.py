"""Run a command where the system refuses `chmod`, as WSL and CIFS mounts do.

    python -m tests.without_chmod COMMAND [ARGUMENT]...

A seccomp filter answers the calls with EPERM, for the command and all that it starts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

_CALLS = {"x86_64": (90, 91, 268, 452), "aarch64": (52, 53, 452)}
"""By machine, the numbers of chmod, fchmod, fchmodat and fchmodat2."""
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_SET_SECCOMP, _NO_NEW_PRIVILEGES, _FILTER = 22, 38, 2

POSSIBLE = sys.platform == "linux" and platform.machine() in _CALLS


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def refuse() -> None:
    """Let every later call of this process fail.

    Raises:
        OSError: the system knows no such filters.
    """
    calls = _CALLS[platform.machine()]
    instructions = [
        (_LOAD, 0, 0, 0),
        *((_JUMP_IF_EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),
    ]
    packed = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    code = ctypes.create_string_buffer(packed)
    program = _Program(len(instructions), ctypes.addressof(code))
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if library.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    refuse()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - a command of a test's
