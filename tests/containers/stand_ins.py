"""Images that stand in for the public ones where those can't be pulled.

A stand-in has the contract that starters rely on (the interpreter's place, the entry point's
variables, the data folder), made of Debian's packages. The root file system, which takes half
a minute, is made once per machine and cached by what it is made of; the layer above it, which
also carries how this machine reaches its package index, takes a second and is made every time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from filelock import FileLock
from uv import find_uv_bin

if TYPE_CHECKING:
    from tests.containers.engine import Engine

IMAGES = Path(__file__).with_name("images")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")
# Documentation and translations: a third of a small system, and read by nobody here.
LEAN = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")]


@dataclass(frozen=True)
class Recipe:
    """What a stand-in is made of."""

    kind: str
    """Its folder in ``images/``."""
    suite: str = ""
    """Debian's release that has this version; empty where no file system is needed."""
    packages: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    version: str = ""

    def fingerprint(self) -> str:
        """Names the root file system by what it is made of."""
        parts = [self.suite, *self.packages, *self.hooks, *LEAN]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


# Debian's releases by the Python version they have.
PYTHONS = {"3.11": "bookworm", "3.13": "trixie"}
_NO_CLUSTER = (
    'folder="$1/etc/postgresql-common" && mkdir -p "$folder"'
    ' && echo create_main_cluster=false >"$folder/createcluster.conf"'
)
POSTGRES = Recipe(
    "postgres",
    suite="trixie",
    packages=("postgresql-17", "locales"),
    hooks=(
        f"--essential-hook={_NO_CLUSTER}",
        "--dpkgopt=force-confold",
        '--customize-hook=chroot "$1" localedef -i en_US -c -f UTF-8 en_US.UTF-8',
    ),
    version="17",
)
REDIS = Recipe("redis", suite="bookworm", packages=("redis-server",), version="7")


def recipe_for(image: str) -> Recipe | None:
    """How to make the stand-in for a public image; None if nobody has said so yet."""
    if python := re.fullmatch(r"python:(3\.\d+)(?:\.\d+)?-slim(?:-\w+)?", image):
        suite = PYTHONS.get(python[1])
        packages = ("python3", "python3-venv", "ca-certificates")
        return Recipe("python", suite, packages, version=python[1]) if suite else None
    if re.fullmatch(r"postgres:17(\.\d+)?(-\w+)?", image):
        return POSTGRES
    if re.fullmatch(r"redis:7(\.\d+)*(-\w+)?", image):
        return REDIS
    if image.startswith("ghcr.io/astral-sh/uv:"):
        return Recipe("uv")
    return None


def provide(engine: Engine, image: str, cache: Path) -> None:
    """Make the stand-in for an image and tag it with the image's name.

    Raises:
        LookupError: nobody has said how this image's stand-in is made.
    """
    recipe = recipe_for(image)
    if recipe is None:
        message = f"{image} can't be pulled here and has no stand-in: add one to {__file__}"
        raise LookupError(message)
    arguments = ["--build-arg", f"VERSION={recipe.version}"]
    if recipe.suite:
        base = f"stand-in/{recipe.kind}:{recipe.fingerprint()}"
        with root_file_system(recipe, cache) as tar:
            engine.docker("import", str(tar), base)
        arguments += ["--build-arg", f"BASE={base}"]
    with TemporaryDirectory(prefix="stand-in-") as folder:
        context = shutil.copytree(IMAGES / recipe.kind, folder, dirs_exist_ok=True)
        _add_machine(recipe.kind, Path(context))
        for name in INDEX_VARIABLES:
            if recipe.kind == "python" and name in engine.environment:
                with (Path(context) / "Dockerfile").open("a") as dockerfile:
                    dockerfile.write(f"\nENV {name}={engine.environment[name]}\n")
        engine.docker("build", "--quiet", "--tag", image, *arguments, context)


@contextmanager
def root_file_system(recipe: Recipe, cache: Path) -> Iterator[Path]:
    """A Debian with the recipe's packages as a tar file, from the cache if it has it."""
    cache.mkdir(parents=True, exist_ok=True)
    tar = cache / f"{recipe.kind}-{recipe.version}-{recipe.fingerprint()}.tar"
    with FileLock(tar.with_suffix(".lock")):
        if not tar.exists():
            for old in cache.glob(f"{recipe.kind}-{recipe.version}-*.tar"):
                old.unlink()
            _bootstrap(recipe, tar)
        yield tar


def _bootstrap(recipe: Recipe, tar: Path) -> None:
    partial = tar.with_suffix(".partial")
    packages = ",".join(recipe.packages)
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--format=tar", *LEAN, *recipe.hooks]
    command += [f"--include={packages}", recipe.suite, str(partial)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        partial.unlink(missing_ok=True)
        message = f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)
    partial.rename(tar)


def _add_machine(kind: str, context: Path) -> None:
    """Put beside the Dockerfile what this machine alone can give."""
    if kind == "uv":
        shutil.copy2(find_uv_bin(), context / "uv")
    if kind != "python":
        return
    files: Mapping[Path, Path] = {
        _first(os.environ.get("SSL_CERT_FILE"), CERTIFICATES): CERTIFICATES,
        _first(Path.home() / ".config/uv/uv.toml", Path("/etc/uv/uv.toml")): Path(
            "/etc/uv/uv.toml"
        ),
    }
    (context / "machine").mkdir()
    for source, place in files.items():
        if source.is_file():
            target = context / "machine" / place.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _first(*candidates: str | Path | None) -> Path:
    """The first of these paths that is a file, or else the last."""
    paths = [Path(path) for path in candidates if path]
    return next((path for path in paths if path.is_file()), paths[-1])
