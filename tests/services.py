"""What tests need from the machine: named when missing, and never forgiven on CI."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ON_CI = os.environ.get("CI", "").lower() in {"1", "true"}
"""Read before any test hides it: a machine of CI has installed everything."""

HOW_TO_GET = {
    "postgres": "PostgreSQL (Debian: apt-get install postgresql)",
    "curl": "curl (Debian: apt-get install curl)",
    "node": "Node.js (Debian: apt-get install nodejs npm)",
    "redis-server": "Redis (Debian: apt-get install redis-server)",
    "chromium": "Chromium (Debian: apt-get install chromium)",
    "docker": "a Docker engine (Debian: apt-get install docker.io mmdebstrap)",
}


def missing(service: str, why: str = "") -> None:
    """Skip the test that needs a service which is not here; on CI, fail it.

    Args:
        service: a key of `HOW_TO_GET`.
        why: what was tried.

    Raises:
        pytest.skip.Exception: on a bare laptop.
        pytest.fail.Exception: on CI.
    """
    message = f"needs {HOW_TO_GET[service]}{f': {why}' if why else ''}"
    if ON_CI:
        pytest.fail(message)
    pytest.skip(message)


def program(name: str, service: str | None = None, *folders: Path) -> str:
    """The path of a program that tests start.

    Args:
        name: the program.
        service: the key of `HOW_TO_GET`, when it is not the name.
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
        Its address as SQLAlchemy and psycopg 3 write it.
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

    run(initdb, "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=200"
    run(pg_ctl, "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        run(pg_ctl, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
