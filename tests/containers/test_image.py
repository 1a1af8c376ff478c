"""Every image builds from a clean folder, and holds what it needs and nothing else."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.containers.engine import OURS, DockerError
from tests.containers.images import Image, layer_digests, leaks, size
from tests.containers.projects import WITH_CONTAINERS, base_image, dockerfiles, stages
from tests.proof.starters import UV, environment

if TYPE_CHECKING:
    from tests.containers.builder import Builder

pytestmark = [pytest.mark.containers, pytest.mark.proof]
each_project = pytest.mark.parametrize("project", WITH_CONTAINERS)
CANARY = "canario-7f3a9c"


@each_project
def test_it_is_built_in_stages_for_a_user_without_privileges(
    project: str, builder: Builder, measured: Callable[[str], None]
) -> None:
    """Several stages; a numeric user other than root, who can't change the program."""
    ask = builder.engine.ask
    for dockerfile, tag in builder.each(project, builder.fresh(project)):
        assert len(stages(dockerfile)) >= 2, "one stage only"
        user = ask("image", "inspect", "--format", "{{.Config.User}}", tag)
        assert re.match(r"[1-9]\d*(:|$)", user), f"USER {user}"
        script = "find /app -writable -not -path '/app/datos*' -not -name .lock -not -type l"
        writable = ask("run", "--rm", "--entrypoint", "sh", tag, "-c", script)
        assert not writable, f"user {user} could change {writable}"
    for path, (_, seconds) in builder.in_clean_folder(project).items():
        measured(f"{project} {path} built for the first time: {seconds:.1f} s")


@each_project
def test_it_holds_no_secrets_and_no_caches(
    project: str, builder: Builder, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    """Of a folder full of secrets and caches, nothing reaches the image."""
    engine, folder = builder.engine, builder.fresh(project)
    litter(folder)
    for dockerfile, clean in builder.each(project, folder):
        tag = f"{clean}-littered"
        builder.build(dockerfile, tag)
        image = Image.save(engine, tag, tmp_path / "image.tar")
        base = base_image(dockerfile)
        assert leaks(image, layer_digests(engine, base), CANARY) == []
        total, below = size(engine, tag) / 1e6, size(engine, base) / 1e6
        measured(f"{project} image: {total:.0f} MB, {total - below:.0f} MB above {base}")


def litter(folder: Path) -> None:
    """Leave in a starter what its learner's folder holds after a week."""
    package = next(path for path in (folder / "src").iterdir() if path.is_dir())
    for name in (
        ".env",
        ".env.local",
        ".git/config",
        ".venv/lib/secreto.py",
        ".pytest_cache/v",
        ".mypy_cache/m.json",
        ".coverage",
        "blog.db",
        "datos/foto.png",
        f"src/{package.name}/__pycache__/viejo.cpython-311.pyc",
        f"src/{package.name}/.DS_Store",
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(CANARY)


@each_project
def test_a_change_in_src_reuses_the_dependencies(
    project: str, builder: Builder, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    """The layer of the dependencies stays the same, and nothing heavy stands above it."""
    engine, folder = builder.engine, builder.fresh(project)
    for module in (folder / "src").glob("*/__init__.py"):
        module.write_text(module.read_text("utf-8") + "\nCAMBIO = 1\n", "utf-8")
    for dockerfile, before in builder.each(project, folder):
        tag = f"{before}-changed"
        seconds = builder.build(dockerfile, tag)
        image = Image.save(engine, tag, tmp_path / "image.tar")
        known = layer_digests(engine, before)
        above = image.above(layer_digests(engine, base_image(dockerfile)))
        new = sum(layer.size for layer in above if layer.digest not in known)
        kept = sum(layer.size for layer in above if layer.digest in known)
        assert new > 0, "the change did not reach the image"
        assert kept > 20 * new, "the dependencies are rebuilt with the program"
        figures = f"{seconds:.1f} s, {new / 1e3:.0f} kB of new layers"
        measured(f"{project} image after a change in src/: {figures}")


@each_project
def test_a_lock_file_decides_the_versions(project: str, builder: Builder) -> None:
    """With `uv.lock` in the folder, the image has its versions and not the newest ones."""
    folder = builder.fresh(project)
    name, version = lock_an_older_version(folder)
    tag = f"{OURS}/{project}-locked"
    builder.build(folder / "Dockerfile", tag)
    code = f"from importlib.metadata import version; print(version({name!r}))"
    found = builder.engine.ask("run", "--rm", "--network=none", tag, "python", "-c", code)
    assert found == version, f"{name} {found}, and uv.lock says {version}"


def lock_an_older_version(folder: Path) -> tuple[str, str]:
    """Lock a starter with one package of its program held back; returns it and its version."""
    lock = folder / "uv.lock"
    run_uv(folder, "lock", "--quiet")
    newest = {package["name"]: package for package in tomllib.loads(lock.read_text())["package"]}
    (root,) = (package for package in newest.values() if "editable" in package["source"])
    direct = [dependency["name"] for dependency in root["dependencies"]]
    for name in (d["name"] for one in direct for d in newest[one].get("dependencies", [])):
        version = newest[name]["version"]
        if run_uv(folder, "lock", "--quiet", "-P", f"{name}<{version}", check=False):
            packages = tomllib.loads(lock.read_text())["package"]
            (locked,) = (package["version"] for package in packages if package["name"] == name)
            if locked != version:
                return name, locked
    raise AssertionError("no package of this project has an older version that fits")


def run_uv(folder: Path, *arguments: str, check: bool = True) -> bool:
    """Run uv in a starter; says whether it succeeded."""
    done = subprocess.run(
        [UV, *arguments], cwd=folder, env=environment(), capture_output=True, check=check
    )
    return done.returncode == 0


@each_project
def test_it_builds_for_another_python(project: str, builder: Builder) -> None:
    """The answer to «python» reaches the image."""
    folder = builder.fresh(project)
    for file in [*dockerfiles(folder), folder / "pyproject.toml"]:
        file.write_text(file.read_text("utf-8").replace("3.11", "3.13"), "utf-8")
    builder.provide(folder)
    tag = f"{OURS}/{project}-python"
    builder.build(folder / "Dockerfile", tag)
    package = next(path.name for path in (folder / "src").iterdir() if path.is_dir())
    code = f"import sys, {package}; print(*sys.version_info[:2], sep='.')"
    assert builder.engine.ask("run", "--rm", tag, "python", "-c", code) == "3.13"


def test_a_build_that_fails_says_why(builder: Builder, tmp_path: Path) -> None:
    """The error of a broken Dockerfile reaches the person who reads the test's output."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY no-existe /\n")
    with pytest.raises(DockerError, match="no-existe"):
        builder.build(tmp_path / "Dockerfile", f"{OURS}/broken")


def test_leaks_are_found(builder: Builder, tmp_path: Path) -> None:
    """An image made carelessly is caught on every count."""
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(
        "FROM python:3.11-slim\n"
        f"ENV SECRETO={CANARY}\n"
        "WORKDIR /app\n"
        "COPY . .\n"
        "RUN mkdir -p /root/.cache/pip && touch /root/.cache/pip/http /usr/local/bin/uv\n"
        "RUN rm -r .git\n"
    )
    (tmp_path / "src" / "blog").mkdir(parents=True)
    litter(tmp_path)
    builder.provide(tmp_path)
    builder.build(dockerfile, f"{OURS}/leaky")
    image = Image.save(builder.engine, f"{OURS}/leaky", tmp_path / "leaky.tar")
    found = leaks(image, layer_digests(builder.engine, "python:3.11-slim"), CANARY)
    for expected in (
        "app/.env is in a layer",
        "app/.git/config is in a layer",
        "root/.cache/pip/http is in a layer",
        "usr/local/bin/uv is in a layer",
        "app/blog.db is in a layer",
        "the canary is in app/src/blog/__pycache__/viejo.cpython-311.pyc",
        "the canary is in the image's settings or history",
    ):
        assert expected in found
