"""Builds the images of starters, the same ones once for all workers of a run."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.containers.engine import OURS
from tests.containers.projects import dockerfiles, public_images
from tests.containers.sharing import once
from tests.proof.starters import rendered

if TYPE_CHECKING:
    from tests.containers.engine import Engine


@dataclass(frozen=True)
class Builder:
    """Renders starters and builds their images with BuildKit."""

    engine: Engine
    shared: Path
    """What all workers of this run see."""
    new_folder: Callable[[str], Path]
    """Makes an empty folder with such a name."""

    def fresh(self, project: str) -> Path:
        """Render a project's starter into a folder of its own, and provide its base images."""
        folder = self.new_folder(project) / "starter"
        shutil.copytree(rendered(project, "ruff", self.shared), folder)
        self.provide(folder)
        return folder

    def provide(self, folder: Path) -> None:
        """See to it that the public images are here that a starter comes from."""
        self.engine.provide(*public_images(folder))

    def build(self, dockerfile: Path, tag: str) -> float:
        """Build an image from its Dockerfile's folder; returns the seconds it took.

        Raises:
            DockerError: it fails; with what BuildKit wrote.
        """
        start = time.monotonic()
        arguments = ["--progress=plain", "--tag", tag, "--file", str(dockerfile)]
        self.engine.docker("buildx", "build", *arguments, str(dockerfile.parent))
        return time.monotonic() - start

    def in_clean_folder(self, project: str) -> dict[str, tuple[str, float]]:
        """Build a fresh starter's images, once for all workers.

        Returns:
            The tag and the seconds that its first build took, by the Dockerfile's path.
        """

        def build() -> dict[str, tuple[str, float]]:
            folder = self.fresh(project)
            built = {}
            for number, dockerfile in enumerate(dockerfiles(folder)):
                tag = f"{OURS}/{project}-{number}"
                path = dockerfile.relative_to(folder).as_posix()
                built[path] = tag, self.build(dockerfile, tag)
            return built

        return once(self.engine.shared, f"built-{project}", build)

    def each(self, project: str, folder: Path) -> Iterator[tuple[Path, str]]:
        """The Dockerfiles of a rendered starter, each with the tag of its clean image."""
        for name, (tag, _) in self.in_clean_folder(project).items():
            yield folder / name, tag
