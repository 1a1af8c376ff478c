"""What a kernel may refuse that a Docker engine needs, found out by doing it.

Asked only once an engine has failed to start: a machine whose kernel lets none run (a sandbox,
an unprivileged container) is no fault of the starters', and the refused call is named.
"""

from __future__ import annotations

import ctypes
import errno
import multiprocessing
import os
import subprocess
from collections.abc import Callable

REFUSED = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENODEV, errno.EINVAL}
"""What a kernel answers that has no such call, or doesn't let us use it."""
NAMESPACES = {
    "CLONE_NEWNS": 0x00020000,
    "CLONE_NEWUTS": 0x04000000,
    "CLONE_NEWIPC": 0x08000000,
    "CLONE_NEWPID": 0x20000000,
    "CLONE_NEWNET": 0x40000000,
}
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
PATIENCE = 10.0
"""Seconds that an attempt may take."""


def refusal() -> str | None:
    """The first call that an engine makes and this kernel refuses, with its answer; or None."""
    for name, flag in NAMESPACES.items():
        if code := _in_child(_unshare, flag):
            return f"unshare({name}): {os.strerror(code)}"
    if code := _in_child(_mount):
        return f"mount(tmpfs): {os.strerror(code)}"
    commands = (
        ["ip", "link", "add", "name", "scf-probe", "type", "bridge"],
        ["iptables", "-w", "-t", "nat", "-S"],
    )
    for command in commands:
        if told := _in_own_network(command):
            return f"{' '.join(command)}: {told}"
    return None


def _in_child(attempt: Callable[..., int], *arguments: object) -> int:
    """What an attempt answers in a process of its own: 0, or why it was refused."""
    child = multiprocessing.get_context("fork").Process(
        target=lambda: os._exit(attempt(*arguments))
    )
    child.start()
    child.join(PATIENCE)
    child.kill()
    child.join()
    return child.exitcode if child.exitcode in REFUSED else 0


def _unshare(flag: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return ctypes.get_errno() if libc.unshare(flag) else 0


def _mount() -> int:
    """Mount a file system where nobody else sees it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if code := _unshare(NAMESPACES["CLONE_NEWNS"]):
        return code
    libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None)
    return ctypes.get_errno() if libc.mount(b"tmpfs", b"/mnt", b"tmpfs", 0, None) else 0


def _in_own_network(command: list[str]) -> str:
    """What a command says that fails in a network of its own; empty where it works."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    done = subprocess.run(
        ["unshare", "--net", *command],
        env=os.environ | {"PATH": path, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    told = done.stderr.strip()
    refused = any(os.strerror(code).lower() in told.lower() for code in REFUSED)
    return told.splitlines()[-1] if done.returncode and refused else ""
