"""What surrounds the tests of a repository: its Python, and the variables that they see.

What Python, pytest, coverage, uv and Git would read is decided here, so that nobody's shell
changes a verdict; the rest passes, as the address of a database must.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scaffolder.errors import Refusal

_DROPPED = (
    *("PYTHON", "PYTEST", "COVERAGE", "COV_CORE", "UV_", "GIT_", "VIRTUAL_ENV", "CONDA_"),
    *("__PYVENV_LAUNCHER__", "PIPENV_", "POETRY_", "HATCH_", "TOX_", "NOX_"),
    # The interpreter colours its tracebacks by these, and pytest its output.
    *("FORCE_COLOR", "NO_COLOR", "PY_COLORS", "CLICOLOR"),
    *("DJANGO_SETTINGS_MODULE", "DJANGO_CONFIGURATION", "FLASK_", "HYPOTHESIS_PROFILE"),
)
_KEPT = (  # how the network is reached, and where caches are: no verdict depends on them
    *("UV_CACHE_DIR", "UV_OFFLINE", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_DEFAULT_INDEX"),
    *("UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_HTTP_TIMEOUT", "UV_LINK_MODE"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)


def decided(python: Path, environment: Mapping[str, str], temporary: Path) -> dict[str, str]:
    """The variables for what a repository's Python runs.

    Args:
        python: that Python, in its environment's `bin` or `Scripts`.
        environment: the variables of this process.
        temporary: where it may leave what it likes; removed by the caller.
    """
    passed = {
        name: value
        for name, value in environment.items()
        if name.upper() in _KEPT or not name.upper().startswith(_DROPPED)
    }
    path = os.pathsep.join(filter(None, (str(python.parent), environment.get("PATH", ""))))
    return passed | {
        "PATH": path,  # programs of the environment are found, as `uv run` has it
        "VIRTUAL_ENV": str(python.parents[1]),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONNOUSERSITE": "1",
        # Memory that is only reserved counts for some limits: glibc reserves for each thread.
        "MALLOC_ARENA_MAX": "4",
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)),
    }


def find_python(repo: Path, environment: Mapping[str, str]) -> Path:
    """The Python of a repository's environment, found as uv finds it.

    `UV_PROJECT_ENVIRONMENT`, relative to the root of its workspace; else `.venv` there; else
    `.venv` in the repository itself, where pip puts it; else the active one (Poetry's, say),
    unless it is another project's.

    Raises:
        Refusal: there is none, with what is in the way and the command that makes one.
    """
    root = workspace_root(repo)
    wanted = environment.get("UV_PROJECT_ENVIRONMENT", "")
    active = Path(environment.get("VIRTUAL_ENV") or root / ".venv")
    around = {repo, *repo.parents}  # an environment for all of a course stands there
    other = active.parent not in around and (active.parent / "pyproject.toml").is_file()
    folders = [root / wanted] if wanted else []
    folders += [root / ".venv", repo / ".venv", *([] if other else [active])]
    for python in (python for folder in folders for python in _pythons(folder)):
        return python
    if wanted:
        raise Refusal(
            f"UV_PROJECT_ENVIRONMENT manda el entorno a «{root / wanted}», y ahí no hay ninguno.",
            "Escribe: uv sync (si no lo quieres ahí, quita antes esa variable)",
        )
    if other:
        raise Refusal(
            f"El entorno activo, «{active}», es de otro proyecto, y este aún no tiene el suyo.",
            "Escribe: uv sync",
        )
    if root != repo:
        raise Refusal(
            f"Este repositorio aún no tiene su entorno con pytest: es parte del «workspace» de "
            f"uv de «{root}», y ahí tampoco hay un .venv.",
            "Escribe: uv sync",
        )
    raise no_environment()


def no_environment() -> Refusal:
    """The refusal where an environment is not there, or has no pytest."""
    return Refusal("Este repositorio aún no tiene su entorno con pytest.", "Escribe: uv sync")


def workspace_root(repo: Path) -> Path:
    """The folder whose environment uv uses: the repository, or the root of its workspace."""
    if _workspace(repo) is not None:
        return repo
    for folder in repo.parents:
        workspace = _workspace(folder)
        if workspace is None:
            continue
        inside = repo.relative_to(folder)
        members, excluded = (workspace.get(key, ()) for key in ("members", "exclude"))
        if _matches(inside, folder, members) and not _matches(inside, folder, excluded):
            return folder
        return repo
    return repo


def _workspace(folder: Path) -> dict[str, Any] | None:
    try:
        settings = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
        workspace = settings.get("tool", {}).get("uv", {}).get("workspace")
    except (OSError, ValueError, AttributeError):
        return None
    return workspace if isinstance(workspace, dict) else None


def _matches(inside: Path, root: Path, patterns: object) -> bool:
    if not isinstance(patterns, list):
        return False
    wanted = root / inside
    return any(wanted in root.glob(pattern) for pattern in patterns if isinstance(pattern, str))


def _pythons(folder: Path) -> Iterator[Path]:
    for python in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
        if python.exists():
            yield python


def shadowed(repo: Path) -> tuple[tuple[str, Path], ...]:
    """The modules of a learner's that hide one of Python's own: its name, and where it is."""
    files = [*sorted((repo / "src").glob("*")), *sorted(repo.glob("*.py"))]
    names = {file.stem: file.relative_to(repo) for file in files if _is_module(file)}
    return tuple((name, file) for name, file in names.items() if name in sys.stdlib_module_names)


def _is_module(file: Path) -> bool:
    return file.suffix == ".py" or (file.is_dir() and (file / "__init__.py").is_file())
