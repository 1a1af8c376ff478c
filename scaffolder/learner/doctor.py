"""What a machine must have for the route, looked at without changing anything."""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from scaffolder import __version__, git
from scaffolder.errors import Refusal
from scaffolder.git.repository import OLDEST_GIT, known_identity

_PYTHON = (3, 11)
_TIME_LIMIT = 10.0
"""Seconds that a program may take to say its version."""
_PORTS = {8000: "tu programa", 5432: "PostgreSQL", 6379: "Redis"}
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")

OK, MISSING, OLD, NOTICE = "ok", "missing", "old", "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one thing.

    Args:
        state: `ok`, `missing`, `old`, or `notice` for what may be as it is.
        needed: whether the route stops without it.
        fix: the one command, or the one thing to do, that mends it; empty where it is well.
    """

    id: str
    title: str
    state: str
    seen: str
    needed: bool
    fix: str = ""

    @property
    def stops(self) -> bool:
        """Whether it must be mended."""
        return self.needed and self.state in {MISSING, OLD}


def examine(environment: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Look at everything.

    Args:
        environment: the variables to look at; those of this process if not given.

    Returns:
        The findings, the needed ones first.
    """
    env = os.environ if environment is None else environment
    return (
        _python(),
        _git(),
        _identity(),
        _uv(),
        _docker(),
        *(_port(number, owner) for number, owner in _PORTS.items()),
        _encoding(env),
        _itself(),
    )


def _python() -> Finding:
    seen = platform.python_version()
    fix = {
        "linux": "uv python install 3.13",
        "darwin": "brew install python@3.13",
        "win32": "winget install Python.Python.3.13",
    }
    if sys.version_info[:2] < _PYTHON:
        return Finding("python", "Python", OLD, seen, needed=True, fix=_on(fix))
    return Finding("python", "Python", OK, seen, needed=True)


def _git() -> Finding:
    fix = {
        "linux": "sudo apt install git",
        "darwin": "brew install git",
        "win32": "winget install Git.Git",
    }
    return _program("git", "Git", ["git", "--version"], OLDEST_GIT, _on(fix), needed=True)


def _identity() -> Finding:
    try:
        listed = git.text(git.run("config", "--list", "-z", check=False)).split("\0")
    except (Refusal, OSError):  # no Git, or no folder to stand in
        listed = []
    config = {name: value for name, _, value in (entry.partition("\n") for entry in listed)}
    name, mail = known_identity(config)
    if name and mail:
        return Finding("identity", "Quién eres para Git", OK, f"{name} <{mail}>", needed=False)
    lacks = "user.email" if name else "user.name"
    example = "tu@correo" if name else "Tu nombre"
    fix = f'git config --global {lacks} "{example}"'
    return Finding("identity", "Quién eres para Git", NOTICE, "sin decir", needed=False, fix=fix)


def _uv() -> Finding:
    fix = {
        "linux": "curl -LsSf https://astral.sh/uv/install.sh | sh",
        "darwin": "brew install uv",
        "win32": "winget install astral-sh.uv",
    }
    return _program("uv", "uv", ["uv", "--version"], (0, 9), _on(fix), needed=False)


def _docker() -> Finding:
    install = {
        "linux": "sudo apt install docker.io",
        "darwin": "brew install --cask docker",
        "win32": "winget install Docker.DockerDesktop",
    }
    start = {
        "linux": "sudo systemctl start docker",
        "darwin": "open -a Docker",
        "win32": "Abre Docker Desktop",
    }
    title = "Docker (desde la fase 3)"
    if not shutil.which("docker"):
        return Finding("docker", title, MISSING, "no está", needed=False, fix=_on(install))
    version = _said(["docker", "version", "--format", "{{.Server.Version}}"])
    if not version:
        return Finding("docker", title, NOTICE, "está, pero parado", needed=False, fix=_on(start))
    return Finding("docker", title, OK, version, needed=False)


def _port(number: int, owner: str) -> Finding:
    title = f"Puerto {number} ({owner})"
    fix = {
        "linux": f"ss -ltnp 'sport = :{number}'",
        "darwin": f"lsof -nP -iTCP:{number} -sTCP:LISTEN",
        "win32": f"netstat -ano | findstr :{number}",
    }
    with socket.socket() as probe:
        probe.settimeout(0.2)
        taken = probe.connect_ex(("127.0.0.1", number)) == 0
    if not taken:
        return Finding(f"port-{number}", title, OK, "libre", needed=False)
    return Finding(
        f"port-{number}", title, NOTICE, "ocupado; mira por quién", needed=False, fix=_on(fix)
    )


def _encoding(env: Mapping[str, str]) -> Finding:
    seen = (sys.stdout.encoding or "?").lower()
    title = "Acentos en la terminal"
    if seen.replace("-", "") == "utf8" or env.get("PYTHONUTF8") == "1":
        return Finding("encoding", title, OK, seen, needed=False)
    fix = {
        "linux": "export LANG=C.UTF-8",
        "darwin": "export LANG=es_ES.UTF-8",
        "win32": "setx PYTHONUTF8 1",
    }
    return Finding("encoding", title, NOTICE, seen, needed=False, fix=_on(fix))


def _itself() -> Finding:
    seen = f"{__version__}, con sus plantillas"
    return Finding("scaffold", "scaffold", OK, seen, needed=False)


def _program(  # noqa: PLR0913 - what to look for, and what to say of it
    name: str, title: str, command: list[str], least: tuple[int, int], fix: str, *, needed: bool
) -> Finding:
    said = _said(command)
    found = _VERSION.search(said or "")
    if not found:
        return Finding(name, title, MISSING, "no está", needed, fix)
    if (int(found[1]), int(found[2])) < least:
        seen = f"{found[0]}, y hace falta {least[0]}.{least[1]}"
        return Finding(name, title, OLD, seen, needed, fix)
    return Finding(name, title, OK, found[0], needed)


def _said(command: list[str]) -> str | None:
    """The first line that a program prints, or None where it can't be asked."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=_TIME_LIMIT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None


def _on(fixes: Mapping[str, str]) -> str:
    """The fix for this operating system."""
    return fixes.get(sys.platform, fixes["linux"])
