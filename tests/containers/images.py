"""What an image is made of: its settings and its layers, file by file."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.containers.engine import Engine

# What must not be in a layer of the project's own, by path.
_FORBIDDEN = re.compile(
    r"""(^|/)(
        \.env(\.\w+)?           # secrets
      | \.git/                  # history, which may hold old secrets
      | \.(pytest|mypy|ruff)_cache/
      | \.cache/ | \.hypothesis/ | \.coverage$
      | \.venv/.*/site-packages/(pytest|mypy|ruff|black|flake8|pre_commit)/
      | tests/requisitos/ | [^/]*\.(db|sqlite3)$
    ) | ^var/(cache/apt|lib/apt/lists)/. | ^root/. | ^tmp/. | (^|/)uvx?$""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Layer:
    """A layer: what it is called by content, and how to read it."""

    digest: str
    archive: Path
    member: str
    size: int
    """In bytes, as a tar file."""

    def files(self) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        """Its files with their content."""
        with tarfile.open(self.archive) as outer:
            inner = outer.extractfile(self.member)
            assert inner is not None
            with tarfile.open(fileobj=inner, mode="r:*") as layer:
                for member in layer:
                    handle = layer.extractfile(member) if member.isfile() else None
                    yield member, handle.read() if handle else b""


@dataclass(frozen=True)
class Image:
    """An image saved to a file."""

    config: dict[str, Any]
    layers: list[Layer]

    @classmethod
    def save(cls, engine: Engine, tag: str, archive: Path) -> Image:
        """Save an image to a file and read what it is made of."""
        engine.docker("save", "--output", str(archive), tag)
        with tarfile.open(archive) as outer:
            manifest = json.load(_file(outer, "manifest.json"))[0]
            config = json.load(_file(outer, manifest["Config"]))
            sizes = [outer.getmember(member).size for member in manifest["Layers"]]
        parts = zip(config["rootfs"]["diff_ids"], manifest["Layers"], sizes, strict=True)
        return cls(config, [Layer(digest, archive, name, size) for digest, name, size in parts])

    def above(self, base: list[str]) -> list[Layer]:
        """The layers that are not those of the image it comes from."""
        return [layer for layer in self.layers if layer.digest not in base]


def _file(archive: tarfile.TarFile, name: str) -> Any:
    handle = archive.extractfile(name)
    assert handle is not None
    return handle


def layer_digests(engine: Engine, tag: str) -> list[str]:
    """An image's layers, without saving it."""
    template = "{{json .RootFS.Layers}}"
    digests: list[str] = json.loads(engine.ask("image", "inspect", "--format", template, tag))
    return digests


def size(engine: Engine, tag: str) -> int:
    """An image's size in bytes, its base included."""
    return int(engine.ask("image", "inspect", "--format", "{{.Size}}", tag))


def leaks(image: Image, base: list[str], canary: str) -> list[str]:
    """Secrets, caches and tools that an image carries above its base.

    Args:
        image: what is looked into.
        base: the digests of the base's layers.
        canary: a text that stood in secrets and caches of the build's folder.
    """
    found = [
        f"{file.name} is in a layer"
        for layer in image.above(base)
        for file, _ in layer.files()
        if _FORBIDDEN.search(file.name) and not file.isdir()
    ]
    found += [
        f"the canary is in {file.name}"
        for layer in image.above(base)
        for file, content in layer.files()
        if canary.encode() in content
    ]
    if canary in json.dumps(image.config):
        found.append("the canary is in the image's settings or history")
    return found
