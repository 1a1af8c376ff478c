"""A Docker engine that lives exactly as long as somebody holds on to it.

Run as a program of its own, ``python supervisor.py FOLDER``, which goes on in the background.
Once the engine answers there is FOLDER/hold.sock: whoever wants the engine connects to it and
keeps the connection. When the last one lets go, even by dying, the containers, the engine, its
bridge and the folder go away. What a killed supervisor left behind is swept before the next one
starts.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

FIRST_HOLD = 60.0
"""Seconds to wait for the first one to take hold."""
START = 60.0
"""Seconds that an engine has to answer."""
STOP = 20.0
"""Seconds that an engine has to end by itself."""
PR_SET_PDEATHSIG = 1


def supervise(folder: Path) -> None:
    """Run an engine until nobody holds on to it any more, then remove all of it."""
    lock = (folder / "supervisor.lock").open("a")
    fcntl.flock(lock, fcntl.LOCK_EX)
    bridge = _bridge(folder)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(_unmount_below, folder)
        stack.callback(_remove_bridge, bridge)
        engine = _start(folder, bridge)
        stack.callback(_stop, engine.pid, folder)
        if not _comes_up(engine, folder / "docker.sock"):
            sys.stderr.write((folder / "engine.log").read_text(errors="replace")[-3000:])
            return
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(folder / "hold.sock"))
        listener.listen()
        _wait_until_released(listener, engine)


def sweep(folder: Path) -> None:
    """Remove an engine whose supervisor has died; leave one alone that still has its own.

    Call it while no engine is being started in the same place.
    """
    with (folder / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        with contextlib.suppress(OSError, ValueError):
            pid = int((folder / "docker.pid").read_text())
            if str(folder) in Path(f"/proc/{pid}/cmdline").read_text(errors="replace"):
                _stop(pid, folder)
        _remove_bridge(_bridge(folder))
        _unmount_below(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _bridge(folder: Path) -> str:
    """The bridge's name: an interface name has at most 15 characters."""
    return f"scf-{folder.name[-10:]}"


def _start(folder: Path, bridge: str) -> subprocess.Popen[bytes]:
    """Start the engine on a bridge of its own: on a shared one, addresses would be given twice."""
    _run("ip", "link", "add", "name", bridge, "type", "bridge")
    _run("ip", "address", "add", f"{_free_network()}.1/24", "dev", bridge)
    _run("ip", "link", "set", bridge, "up")
    command = [
        "dockerd",
        f"--data-root={folder / 'data'}",
        f"--exec-root={folder / 'exec'}",
        f"--pidfile={folder / 'docker.pid'}",
        f"--host=unix://{folder / 'docker.sock'}",
        f"--bridge={bridge}",
        f"--containerd-namespace={folder.name}",
        f"--containerd-plugins-namespace={folder.name}-plugins",
    ]
    with (folder / "engine.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - this process has one thread
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _comes_up(engine: subprocess.Popen[bytes], address: Path) -> bool:
    """Wait until the engine answers; False if it ends instead, or takes too long."""
    deadline = time.monotonic() + START
    while engine.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(address))
            client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            if b"200 OK" in client.recv(100):
                return True
        time.sleep(0.05)
    return False


def _wait_until_released(listener: socket.socket, engine: subprocess.Popen[bytes]) -> None:
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    holders = 0
    deadline = time.monotonic() + FIRST_HOLD
    while engine.poll() is None:
        for key, _ in selector.select(timeout=1):
            if key.fileobj is listener:
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ)
                holders += 1
                deadline = 0
            else:
                connection = key.fileobj  # type: ignore[assignment]
                selector.unregister(connection)
                connection.close()
                holders -= 1
        if not holders and time.monotonic() > deadline:
            return


def _stop(pid: int, folder: Path) -> None:
    """End the containers at once, then the engine, which may no longer be our child."""
    environment = dict(os.environ) | {"DOCKER_HOST": f"unix://{folder / 'docker.sock'}"}
    with contextlib.suppress(subprocess.SubprocessError, OSError):
        ids = subprocess.run(
            ["docker", "ps", "--all", "--quiet"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=STOP,
            check=True,
        ).stdout.split()
        if ids:
            subprocess.run(
                ["docker", "rm", "--force", *ids],
                env=environment,
                stdout=subprocess.DEVNULL,
                timeout=3 * STOP,
                check=False,
            )
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP
        while time.monotonic() < deadline and not _ended(pid):
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
    for other in _processes_of(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(other, signal.SIGKILL)


def _ended(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    return not Path(f"/proc/{pid}").exists()


def _processes_of(folder: Path) -> Iterator[int]:
    """Helpers of the engine that outlived it: all have a path of its folder as an argument."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            arguments = (process / "cmdline").read_bytes().split(b"\0")
            started_here = any(str(folder).encode() + b"/" in argument for argument in arguments)
            if started_here and int(process.name) != os.getpid():
                yield int(process.name)


def _free_network() -> str:
    """The first three bytes of a network that no interface of this machine has."""
    taken = subprocess.run(["ip", "-4", "route"], capture_output=True, text=True, check=True).stdout
    return next(
        network for network in (f"10.213.{byte}" for byte in range(256)) if network not in taken
    )


def _remove_bridge(bridge: str) -> None:
    """Remove the bridge and the firewall rules that name it."""
    for table in ("filter", "nat"):
        rules = subprocess.run(
            ["iptables", "-w", "-t", table, "-S"], capture_output=True, text=True, check=False
        ).stdout
        for rule in rules.splitlines():
            if bridge in rule.split() and rule.startswith("-A "):
                _run("iptables", "-w", "-t", table, "-D", *rule.split()[1:], check=False)
    _run("ip", "link", "delete", bridge, check=False)


def _unmount_below(folder: Path) -> None:
    for mount in reversed(list(_mounts_below(folder))):
        _run("umount", "--lazy", mount, check=False)


def _mounts_below(folder: Path) -> Iterable[str]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if place.startswith(f"{folder}/"):
            yield place


def _run(*command: str, check: bool = True) -> None:
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=check)


if __name__ == "__main__":
    if os.fork():  # nobody waits for it
        os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    supervise(Path(sys.argv[1]))
