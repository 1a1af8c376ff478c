"""The Docker engine that tests use: the one at hand, or one of their own."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from tests.containers import stand_ins
from tests.containers.sharing import once

LAUNCH = 90.0
"""Seconds to wait for an engine of our own: its supervisor gives up earlier."""
ATTEMPTS = 3
"""Engines that start at the same time can trip each other up over the firewall."""
OURS = "scaffold-test"
"""Where the names begin of the images that tests build."""
PROBE = "python:3.11-slim"
"""An image that every starter needs: an engine that can't pull it has no public images."""


class NoEngineError(Exception):
    """No engine can be had; the message says why, and how to get one."""


class NotStartedError(NoEngineError):
    """Everything for an engine of our own is here, and it was tried and did not start."""


class DockerError(AssertionError):
    """A docker command failed; the message has the command and what it wrote."""


@dataclass
class Engine:
    """A Docker engine that answers, and how to reach it."""

    environment: Mapping[str, str]
    shared: Path
    """A folder for what the workers of this run share about this engine."""
    cache: Path
    own: bool
    """Whether tests started it, and it goes away with them."""
    made: list[str] = field(default_factory=list)

    def docker(
        self,
        *arguments: str,
        cwd: Path | None = None,
        check: bool = True,
        timeout: float = 300,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Run docker and return what it prints, on both its outputs.

        Raises:
            DockerError: it failed, and ``check`` is set.
        """
        done = self.attempt(*arguments, cwd=cwd, timeout=timeout, env=env)
        if check and done.returncode:
            command = " ".join(arguments)
            raise DockerError(f"docker {command}\nexit code {done.returncode}\n{done.stdout}")
        return done.stdout.strip()

    def attempt(
        self,
        *arguments: str,
        cwd: Path | None = None,
        timeout: float = 300,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run docker and return how it ended."""
        return subprocess.run(
            ["docker", *arguments],
            cwd=cwd,
            env=dict(self.environment) | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def ask(self, *arguments: str) -> str:
        """Run docker and return its standard output alone."""
        done = subprocess.run(
            ["docker", *arguments],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise DockerError(f"docker {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def provide(self, *images: str) -> None:
        """See to it that images are here: pulled, or else by stand-ins, all at the same time."""

        def one(image: str) -> None:
            name = image.replace("/", "_").replace(":", "_")
            once(self.shared, f"image-{name}", lambda: self._provide(image))

        with ThreadPoolExecutor() as pool:
            list(pool.map(one, images))

    def _provide(self, image: str) -> str:
        if self.attempt("image", "inspect", image).returncode == 0:
            return "was here"
        if not self.own and self.attempt("pull", "--quiet", image).returncode == 0:
            return "pulled"
        stand_ins.provide(self, image, self.cache / "root-file-systems")
        return "stand-in"


@contextlib.contextmanager
def obtain(environment: Mapping[str, str], cache: Path, run: Path) -> Iterator[Engine]:
    """Find an engine, or start one that lives as long as this context.

    Args:
        environment: of the person who runs the tests, DOCKER_HOST included.
        cache: a folder of this machine for what takes long to make.
        run: a folder that the workers of this run share.

    Raises:
        NoEngineError: there is none, with the reason and the remedy.
    """
    if shutil.which("docker", path=environment.get("PATH")) is None:
        message = "there is no docker command here: run .ci/install-services, or install Docker"
        raise NoEngineError(message)
    given = Engine(environment, run, cache, own=False)
    if _answers(given) and ("DOCKER_HOST" in environment or _can_pull(given)):
        _check_plugins(given)
        with _tidied(given, run):
            yield given
        return
    if "DOCKER_HOST" in environment:
        raise NoEngineError(f"no engine answers at DOCKER_HOST={environment['DOCKER_HOST']}")
    with own_engine(environment, cache, run) as engine:
        _check_plugins(engine)
        yield engine


def _answers(engine: Engine) -> bool:
    return engine.attempt("version", "--format", "{{.Server.Version}}").returncode == 0


def _can_pull(engine: Engine) -> bool:
    if engine.attempt("image", "inspect", PROBE).returncode == 0:
        return True
    return engine.attempt("pull", "--quiet", PROBE).returncode == 0


@contextlib.contextmanager
def _tidied(engine: Engine, run: Path) -> Iterator[None]:
    """Take the images that tests have built out of a person's engine, as the last worker."""
    me = run / f"user-{os.getpid()}"
    with FileLock(run / "users.lock"):
        me.touch()
    try:
        yield
    finally:
        with FileLock(run / "users.lock"):
            me.unlink()
            built = engine.ask("image", "ls", "--quiet", "--filter", f"reference={OURS}/*").split()
            if built and not any(run.glob("user-*")):
                engine.attempt("image", "rm", "--force", *set(built))


def _check_plugins(engine: Engine) -> None:
    for plugin in ("buildx", "compose"):
        if engine.attempt(plugin, "version").returncode:
            message = f"docker has no {plugin} plugin: run .ci/install-services, or install it"
            raise NoEngineError(message)


@contextlib.contextmanager
def own_engine(environment: Mapping[str, str], cache: Path, run: Path) -> Iterator[Engine]:
    """Start an engine, or join the one that another worker of this run has started.

    Raises:
        NoEngineError: something for it is missing here.
        NotStartedError: it was tried, and did not start.
    """
    check_means(environment)
    log = run / "engine.log"
    with FileLock(run / "engine.lock"):
        current = run / "engine"
        folder = Path(current.read_text()) if current.exists() else None
        hold = _take_hold(folder) if folder else None
        for _ in range(ATTEMPTS):
            if folder is None or hold is None:
                folder, hold = _launch(environment, cache / "engines", log)
                current.write_text(str(folder))
    if folder is None or hold is None:
        text = log.read_text(errors="replace")[-3000:] if log.exists() else ""
        raise NotStartedError(f"an engine of our own could not be started here:\n{text}")
    with hold:
        shared = folder / "shared"
        shared.mkdir(exist_ok=True)
        reach = {
            "DOCKER_HOST": f"unix://{folder / 'docker.sock'}",
            "DOCKER_CONFIG": str(folder / "config"),
        }
        yield Engine(dict(environment) | reach, shared, cache, own=True)


def check_means(environment: Mapping[str, str]) -> None:
    """Look whether an engine of our own can be started here.

    Raises:
        NoEngineError: something is missing.
    """
    path = f"{environment.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [
        program
        for program in ("dockerd", "mmdebstrap", "ip", "iptables")
        if not shutil.which(program, path=path)
    ]
    if missing or not hasattr(os, "geteuid") or os.geteuid() != 0:
        lacks = ", ".join(missing) or "root"
        message = (
            "no Docker engine with access to the public images answers, and for one of our own "
            f"{lacks} is missing. Start Docker, or run .ci/install-services and the tests as root"
        )
        raise NoEngineError(message)


def _launch(
    environment: Mapping[str, str], engines: Path, log: Path
) -> tuple[Path, socket.socket | None]:
    """Start an engine in a new folder, after sweeping those whose supervisor was killed."""
    from tests.containers.supervisor import sweep  # noqa: PLC0415 - for POSIX alone

    path = f"{environment.get('PATH', '')}:/usr/sbin:/sbin"
    engines.mkdir(parents=True, exist_ok=True)
    with FileLock(engines / "lock"):
        for old in filter(Path.is_dir, engines.iterdir()):
            sweep(old)
        # Its name is containerd's name space too, which can't hold every «_» of mkdtemp.
        folder = engines / f"e{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        with log.open("ab") as output:
            subprocess.run(
                [sys.executable, str(Path(__file__).with_name("supervisor.py")), str(folder)],
                env=dict(environment) | {"PATH": path},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                check=True,
            )
        deadline = time.monotonic() + LAUNCH
        while folder.exists() and time.monotonic() < deadline:
            if hold := _take_hold(folder):
                return folder, hold
            time.sleep(0.05)
    return folder, None


def _take_hold(folder: Path) -> socket.socket | None:
    """A connection that keeps the engine alive; None if no supervisor listens there."""
    hold = socket.socket(socket.AF_UNIX)
    try:
        hold.connect(str(folder / "hold.sock"))
    except OSError:
        hold.close()
        return None
    return hold
