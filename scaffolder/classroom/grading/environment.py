"""The packages that submissions are run with: resolved once per course, the same for everyone.

What is resolved is written into `course.lock` with a hash for each file, wheels only: so no
package's own build code is ever run, and once the environment is there, grading needs no
network. uv resolves and installs.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import threading
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from scaffolder.errors import Refusal

KEY = "environment"
"""The key in `course.lock`."""
_FILES = ("pyproject.toml", "uv.toml")
_ONE_AT_A_TIME = threading.Lock()
_NETWORK = "Revisa la conexión y repite: lo hecho no se pierde."


def resolve(files: Mapping[str, bytes]) -> dict[str, str]:
    """Resolve what a project's tests need.

    Args:
        files: the template's, by path; `pyproject.toml` and `uv.toml` are read.

    Returns:
        `python`, the versions that it is for, and `requirements`, as pip reads them.

    Raises:
        Refusal: uv is missing, or can't.
    """
    with tempfile.TemporaryDirectory(prefix="scaffold-entorno-") as name:
        for path in _FILES:
            if path in files:
                Path(name, path).write_bytes(files[path])
        words = ("export", "--quiet", "--no-emit-project", "--no-header", "--no-annotate")
        done = _uv(*words, "--format", "requirements-txt", cwd=Path(name))
        if done.returncode:
            raise Refusal(f"No puedo resolver las dependencias: {_last(done)}", _NETWORK)
        project = tomllib.loads(files["pyproject.toml"].decode()).get("project", {})
    return {
        "python": str(project.get("requires-python", ">=3.11")),
        "requirements": done.stdout.decode(),
    }


def prepare(environment: Mapping[str, str], home: Path) -> Path:
    """The Python of the environment, installed unless it is there.

    Args:
        environment: as `resolve` gave it.
        home: the folder of such environments.

    Raises:
        Refusal: a package has no wheel for this machine, or can't be fetched.
    """
    folder = home / key_of(environment)
    with _ONE_AT_A_TIME:
        if not folder.exists():
            home.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(prefix="new-", dir=home))
            try:
                _install(environment, new / "env")
                # A process beside this one may have been quicker: theirs is the same.
                with suppress(OSError):
                    (new / "env").rename(folder)
            finally:
                shutil.rmtree(new, ignore_errors=True)
    return folder / "bin" / "python"


def _install(environment: Mapping[str, str], folder: Path) -> None:
    home = folder.parent
    python = folder / "bin" / "python"
    venv = ("venv", "--quiet", "--relocatable", "--python", environment["python"])
    made = _uv(*venv, str(folder), cwd=home)
    if made.returncode:
        raise Refusal(f"No puedo crear el entorno del curso: {_last(made)}", _NETWORK)
    wanted = folder / "requirements.txt"
    wanted.write_text(environment["requirements"], encoding="utf-8")
    sync = ("pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:")
    done = _uv(*sync, "--python", str(python), str(wanted), cwd=home)
    if done.returncode:
        raise Refusal(f"No puedo instalar las dependencias del curso: {_last(done)}", _NETWORK)
    # A package may have a file for another Python: what can't be compiled is left.
    compiling = [str(python), "-m", "compileall", "-q", str(folder / "lib")]
    subprocess.run(compiling, capture_output=True, check=False)


def key_of(environment: Mapping[str, str]) -> str:
    """What names an environment: equal ones have the same."""
    text = environment["python"] + "\n" + environment["requirements"]
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _uv(*words: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    found = shutil.which("uv")
    if found is None:
        raise Refusal(
            "No encuentro uv, que instala lo que necesitan las entregas.",
            "Escribe: scaffold doctor",
        )
    return subprocess.run([found, *words], cwd=cwd, capture_output=True, check=False)


def _last(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return " · ".join(line.strip() for line in lines[-3:]) or f"uv ha acabado con {done.returncode}"
