"""What tests need from the machine: named when missing, and never forgiven on CI.

A service for starters is a line of `SERVICES`, the variable in which their CI workflow gives
its address with what starts one here, and a line of `PACKAGES`, how to get it. Run as a
program, this prints the packages to install (`.ci/install-services` does).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

ON_CI = os.environ.get("CI", "").lower() in {"1", "true"}
"""Read before any test hides it: a machine of CI has installed everything."""

START = 30.0
"""Seconds that a server may take until it answers."""

PACKAGES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "postgres": ("PostgreSQL", {"pg_ctlcluster": "postgresql"}),
    "redis-server": ("Redis", {"redis-server": "redis-server"}),
    "bubblewrap": ("bubblewrap", {"bwrap": "bubblewrap"}),
    "curl": ("curl", {"curl": "curl"}),
    "node": ("Node.js", {"node": "nodejs", "npm": "npm"}),
    "chromium": ("Chromium", {"chromium": "chromium"}),
    "docker": (
        "a Docker engine",
        {
            "dockerd": "docker.io",
            "mmdebstrap": "mmdebstrap",
            "iptables": "iptables",
            "ip": "iproute2",
        },
    ),
}
"""What tests start: what it is called, its programs, and the Debian packages that have them."""


def packages_to_install() -> list[str]:
    """The Debian packages of the programs that are not on this machine."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [
        package
        for _, programs in PACKAGES.values()
        for name, package in programs.items()
        if not shutil.which(name, path=path)
    ]


def missing(service: str, why: str = "") -> None:
    """Skip the test that needs a service which is not here; on CI, fail it.

    Args:
        service: a key of `PACKAGES`.
        why: what was tried.

    Raises:
        pytest.skip.Exception: on a bare laptop.
        pytest.fail.Exception: on CI.
    """
    import pytest  # noqa: PLC0415 - before the environment is there, this lists packages

    name, programs = PACKAGES[service]
    install = f"(Debian: apt-get install {' '.join(programs.values())})"
    message = f"needs {name} {install}{f': {why}' if why else ''}"
    if ON_CI:
        pytest.fail(message)
    pytest.skip(message)


def sandbox() -> None:
    """Skip the test that grades where this machine can't lock a program up; on CI, fail it."""
    from scaffolder.classroom.sandbox.probe import check_machine  # noqa: PLC0415 - as above
    from scaffolder.errors import Refusal  # noqa: PLC0415 - as above

    try:
        check_machine()
    except Refusal as refusal:
        missing("bubblewrap", refusal.reason)


def program(name: str, service: str | None = None, *folders: Path) -> str:
    """The path of a program that tests start.

    Args:
        name: the program.
        service: the key of `PACKAGES`, when it is not the name.
        folders: where to look besides PATH.
    """
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    found = shutil.which(name, path=path)
    if found is None:
        missing(service or name)
    assert found
    return found


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own, on a free port, in a temporary folder.

    Yields:
        Its address; how a driver wants it written is the starter's to say.
    """
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb = program("initdb", "postgres", *folders)
    pg_ctl = program("pg_ctl", "postgres", *folders)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    user = "postgres" if root else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()

    def run(*args: str | Path) -> None:
        with (folder / "output").open("ab") as output:
            done = subprocess.run(
                list(map(str, args)),
                user=user,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        assert done.returncode == 0, (folder / "output").read_text()

    try:
        run(initdb, "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=200"
        run(pg_ctl, "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run(pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """A Redis server of its own, on a free port, that keeps nothing on disk.

    Yields:
        Its address.
    """
    server, port = program("redis-server"), free_port()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder)
        log = Path(folder, "log")
        with log.open("ab") as output:
            process = subprocess.Popen(
                [server, *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            _wait_for(port, process, log)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


SERVICES: Mapping[str, Callable[[], AbstractContextManager[str]]] = {
    "DATABASE_URL": postgres,
    "REDIS_URL": redis,
}
"""The variables with a service's address, and what starts it; to add one, add its line."""


def settings_of_ci(starter: Path) -> dict[str, str]:
    """The variables that a starter's CI workflow sets, in its head, its jobs or their steps.

    Args:
        starter: its folder.
    """
    import yaml  # noqa: PLC0415 - before the environment is there, this lists packages

    file = starter / ".github" / "workflows" / "ci.yml"
    workflow: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    jobs = list(workflow["jobs"].values())
    steps = [step for job in jobs for step in job["steps"]]
    found: dict[str, str] = {}
    for place in (workflow, *jobs, *steps):
        found |= {name: str(value) for name, value in place.get("env", {}).items()}
    containers = sum(len(job.get("services", {})) for job in jobs)
    known = [name for name in found if name in SERVICES]
    assert len({SERVICES[name] for name in known}) >= containers, (
        f"the CI of {starter.name} starts {containers} services, and SERVICES in {__file__} "
        f"knows of its variables only {known}: add a line for each of the others"
    )
    return found


class Running:
    """The services that have been started, each once, until they are closed all together."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._stack = ExitStack()
        self._addresses: dict[Callable[[], AbstractContextManager[str]], str] = {}

    def settings(self, starter: Path) -> dict[str, str]:
        """The variables of `SERVICES` that a starter's CI sets, with addresses of real servers.

        An address has the scheme, and so the driver, that the workflow writes, if it has one.

        Args:
            starter: its folder.
        """
        found = {}
        for name, written in settings_of_ci(starter).items():
            if name in SERVICES:
                address, scheme = self._address(SERVICES[name]), written.rpartition("://")[0]
                host = address.partition("://")[2]
                found[name] = f"{scheme}://{host}" if scheme else host
        return found

    def close(self) -> None:
        """Stop them all."""
        self._stack.close()

    def _address(self, start: Callable[[], AbstractContextManager[str]]) -> str:
        if start not in self._addresses:
            self._addresses[start] = self._stack.enter_context(start())
        return self._addresses[start]


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server that was just started takes connections."""
    deadline = time.monotonic() + START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            ended = process.poll() is not None or time.monotonic() > deadline
            assert not ended, f"it does not start: {log.read_text()}"
            time.sleep(0.02)
        else:
            return


if __name__ == "__main__":
    print(*packages_to_install())
