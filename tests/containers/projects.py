"""The projects that ship containers, and one of their composed systems."""

from __future__ import annotations

import json
import re
import tomllib
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.containers.engine import DockerError, Engine
from tests.proof.starters import PROJECTS, SOLUTIONS, TEMPLATES
from tests.services import free_port

WITH_CONTAINERS = [
    project for project in PROJECTS if any((TEMPLATES / project / "repo").rglob("Dockerfile*"))
]
"""Found by looking: a project with a Dockerfile is tested here, and nobody lists it."""
_FROM = re.compile(
    r"^FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_COPY_FROM = re.compile(r"--from=(\S+)|[,=]from=([^\s,]+)")
_VARIABLE = re.compile(r"\$\{(\w+)")


def dockerfiles(folder: Path) -> list[Path]:
    """The Dockerfiles of a rendered starter."""
    return sorted(file for file in folder.rglob("Dockerfile*") if ".venv" not in file.parts)


def stages(dockerfile: Path) -> list[tuple[str, str]]:
    """The image or stage that each stage starts from, and its own name."""
    text = dockerfile.read_text("utf-8")
    return [(match["image"], match["stage"] or "") for match in _FROM.finditer(text)]


def base_image(dockerfile: Path) -> str:
    """The public image that the last stage comes from."""
    names = {stage: image for image, stage in stages(dockerfile) if stage}
    image = stages(dockerfile)[-1][0]
    while image in names:
        image = names[image]
    return image


def public_images(folder: Path) -> set[str]:
    """The images that a starter's Dockerfiles and compose file take from a registry."""
    images: set[str] = set()
    for dockerfile in dockerfiles(folder):
        named = {stage for _, stage in stages(dockerfile)}
        images |= {image for image, _ in stages(dockerfile)} - named
        copied = _COPY_FROM.findall(dockerfile.read_text("utf-8"))
        images |= {first or second for first, second in copied} - named
    if (folder / "compose.yaml").exists():
        compose = (folder / "compose.yaml").read_text("utf-8")
        images |= set(re.findall(r"^\s+image:\s*(\S+)\s*$", compose, re.MULTILINE))
    return {image for image in images if not image.isdecimal() and image != "scratch"}


def variables(folder: Path) -> set[str]:
    """The variables that a starter's compose file lets one set."""
    return set(_VARIABLE.findall((folder / "compose.yaml").read_text("utf-8")))


def particulars(project: str) -> dict[str, Any]:
    """What tests can't find out by looking: ``containers.toml`` beside the solution, if any."""
    file = SOLUTIONS / project / "containers.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.exists() else {}


@dataclass
class System:
    """A starter brought up with compose, under a name and on a port of its own."""

    engine: Engine
    project: str
    folder: Path
    name: str = field(default_factory=lambda: f"scaffold-{uuid.uuid4().hex[:8]}")
    port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        """Where the application is published."""
        return f"http://127.0.0.1:{self.port}"

    def compose(self, *arguments: str, check: bool = True) -> str:
        """Run docker compose as a learner does in the starter's folder, and return its output."""
        own = {"PUERTO": str(self.port), "COMPOSE_PROJECT_NAME": self.name}
        hidden = variables(self.folder) | {"COMPOSE_FILE", "COMPOSE_PROFILES"}
        outside = {k: v for k, v in self.engine.environment.items() if k not in hidden}
        command = ("compose", "--ansi=never", "--progress=plain", *arguments)
        bare = Engine(outside, self.engine.shared, self.engine.cache, own=self.engine.own)
        return bare.docker(*command, cwd=self.folder, env=own, check=check, timeout=300)

    def up(self) -> None:
        """Build what has changed, start, and wait until every service is healthy.

        Raises:
            DockerError: one does not get there; with the log of all.
        """
        self.engine.provide(*public_images(self.folder))
        try:
            self.compose("up", "--build", "--wait", "--wait-timeout", "120")
        except DockerError as error:
            log = self.compose("logs", "--no-color", "--tail=80", check=False)
            raise DockerError(f"{error}\n--- log ---\n{log}") from error

    def down(self) -> None:
        """Remove containers and networks; the data stay."""
        self.compose("down")

    def remove(self) -> None:
        """Remove everything that it has made."""
        self.compose("down", "--volumes", "--rmi=local", "--timeout=1", check=False)
        label = f"label=com.docker.compose.project={self.name}"
        self.engine.attempt("image", "prune", "--force", "--filter", label)

    def model(self) -> dict[str, Any]:
        """The compose file as compose understands it."""
        text = self.compose("config", "--format", "json")
        loaded: dict[str, Any] = json.loads(text[text.index("{") :])
        return loaded

    def container(self, service: str) -> str:
        """The id of a service's container, running or not."""
        return self.compose("ps", "--all", "--quiet", service).splitlines()[-1]

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine knows about a service's container."""
        loaded = json.loads(self.engine.ask("inspect", self.container(service)))
        state: dict[str, Any] = loaded[0]
        return state

    def execute(self, service: str, *command: str) -> str:
        """Run a command inside a running service and return what it prints."""
        return self.compose("exec", "--no-TTY", service, *command)

    def published(self) -> str:
        """The service that answers on the published port."""
        services = self.model()["services"]
        (service,) = (name for name, service in services.items() if service.get("ports"))
        return str(service)

    def health_page(self) -> str:
        """The page that the published service's own health check asks for, from outside."""
        check = " ".join(self.inspect(self.published())["Config"]["Healthcheck"]["Test"])
        path = re.search(r"http://(?:127\.0\.0\.1|localhost):\d+([^'\" ]*)", check)
        assert path, f"the health check asks for no page: {check}"
        return self.address + path[1]
