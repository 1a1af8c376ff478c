"""Starters, rendered and installed once in a run, and what a run of their tests says.

A project is proven by existing: every folder of `templates/` with a `repo/` is found here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from pytest_copie.plugin import Copie
from uv import find_uv_bin

from scaffolder.check import report
from scaffolder.check.report import Outcome

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
SOLUTIONS = ROOT / "tests" / "solutions"
PROJECTS = sorted(
    (folder.parent.name for folder in TEMPLATES.glob("*/repo")),
    key=lambda name: int(name.split("-")[1]),
)
LINTERS = {
    "ruff": (["ruff", "check"], ["ruff", "format", "--check"]),
    "black-flake8": (["flake8"], ["black", "--check", "-q", "."]),
}
DEFAULT_LINTER, *_ = LINTERS
"""The one with which everything is proven; of the others, what differs."""
UV = find_uv_bin()
UV_CACHE = subprocess.run(
    [UV, "cache", "dir", "--no-config"], capture_output=True, text=True, check=True
).stdout.strip()
_BOX = re.compile(r"^- \[ \] (?=\*\*R\d)", re.MULTILINE)
TIME_LIMIT = 300
"""Seconds after which a run of a starter's tests counts as hanging."""


@dataclass(frozen=True)
class Starter:
    """A rendered starter with its own environment installed."""

    project: str
    folder: Path
    python: Path

    def environment(self) -> dict[str, str]:
        """The environment of its programs; what mypy remembers is shared by all copies."""
        return environment() | {"MYPY_CACHE_DIR": str(self.python.parents[1] / "mypy_cache")}

    def copy_to(self, folder: Path) -> Starter:
        """The same starter in another folder, sharing the environment."""
        ignored = shutil.ignore_patterns(".venv", ".git", "uv.lock", "__pycache__", ".*_cache")
        shutil.copytree(self.folder, folder, ignore=ignored)
        return Starter(self.project, folder, self.python)

    def solve(self) -> Starter:
        """Lay the reference solution over it."""
        overlay = SOLUTIONS / self.project / "overlay"
        shutil.copytree(overlay, self.folder, dirs_exist_ok=True)
        return self

    def tick_all(self) -> Starter:
        """Promise every requirement."""
        file = self.folder / "REQUISITOS.md"
        file.write_text(_BOX.sub("- [x] ", file.read_text("utf-8")), "utf-8")
        return self

    def run(
        self, *command: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's programs in the starter's folder."""
        return subprocess.run(
            [str(self.python), "-m", *command],
            cwd=self.folder,
            env=self.environment() | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=TIME_LIMIT,
        )


@dataclass(frozen=True)
class Verdict:
    """What a run of requirement tests said."""

    exit_code: int
    tests: tuple[Outcome, ...]
    output: str

    def outcomes(self, requirement: str) -> list[str]:
        """How the tests of one requirement ended."""
        return [test.outcome for test in self.tests if test.requirement == requirement]

    def broken(self) -> set[str]:
        """The requirements of which a test failed."""
        return {test.requirement for test in self._failed()}

    def caught_by(self) -> str:
        """The name of the first test that failed, without its file and its parameters."""
        names = [test.test.partition("[")[0].rpartition("::")[2] for test in self._failed()]
        return names[0] if names else ""

    def _failed(self) -> list[Outcome]:
        return [test for test in self.tests if test.outcome in {"failed", "error"}]


def environment() -> dict[str, str]:
    """The environment of a fresh machine, with one uv cache for everybody."""
    foreign = ("PYTEST_", "COVERAGE", "GIT_", "PYTHONDONTWRITEBYTECODE")
    env = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    env |= {"UV_CACHE_DIR": UV_CACHE, "UV_PYTHON_DOWNLOADS": "never", "PYTHONUTF8": "1"}
    env.setdefault("REQUISITOS_PLAZO", "6")  # more suites run at once here than there are cores
    env["PATH"] = f"{Path(UV).parent}{os.pathsep}{env['PATH']}"
    return env


def judge(starter: Starter, *args: str, env: Mapping[str, str] | None = None) -> Verdict:
    """Run a starter's tests and read the engine's own report.

    Args:
        starter: where.
        args: further arguments for pytest.
        env: further environment variables.
    """
    written = starter.folder.parent / f"{starter.folder.name}.jsonl"
    written.unlink(missing_ok=True)
    plugins = ("-p", "no:cacheprovider", "-q", "--tb=short")
    done = starter.run("pytest", *plugins, "--informe", str(written), *args, env=env)
    lines = written.read_bytes().splitlines() if written.exists() else []
    return Verdict(done.returncode, report.read(lines).outcomes, done.stdout)


def rendered(project: str, linter: str, shared: Path) -> Path:
    """Render a starter with pytest-copie, once for all workers; nobody may change it.

    Args:
        project: its id.
        linter: the answer to that question.
        shared: a folder that all workers of this run share.
    """

    def make(folder: Path) -> Path:
        result = Copie(TEMPLATES, folder, folder / "unused").copy(
            {"proyecto": project, "linter": linter}
        )
        assert result.exception is None, repr(result.exception)
        assert result.project_dir
        return Path(result.project_dir)

    return _once(shared / f"rendered-{project}-{linter}", make)


def prepare(project: str, linter: str, shared: Path) -> Starter:
    """Render and install a starter, with all its files known to Git, once for all workers.

    Args:
        project: its id.
        linter: the answer to that question.
        shared: a folder that all workers of this run share.
    """

    def make(folder: Path) -> Path:
        starter = shutil.copytree(rendered(project, linter, shared), folder / "starter")
        for command in (["git", "init", "-qb", "main"], ["git", "add", "-A"], [UV, "sync", "-q"]):
            done = subprocess.run(
                command, cwd=starter, env=environment(), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command} in {project}, {linter}:\n{done.stderr}"
        return starter

    starter = _once(shared / f"installed-{project}-{linter}", make)
    scripts = "Scripts" if os.name == "nt" else "bin"
    return Starter(project, starter, starter / ".venv" / scripts / "python")


def _once(folder: Path, make: Callable[[Path], Path]) -> Path:
    """What is made below a folder by whoever comes first; the others wait for it."""
    ready = folder / "ready"
    with FileLock(f"{folder}.lock"):
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            made = make(folder)
            ready.write_text(made.relative_to(folder).as_posix(), "utf-8")
        return folder / ready.read_text("utf-8")


def requirements(project: str) -> list[str]:
    """The requirements' ids, as REQUISITOS.md names them."""
    text = (TEMPLATES / project / "repo" / "REQUISITOS.md").read_text("utf-8")
    return re.findall(r"^- \[ \] \*\*(R\d+) ", text, re.MULTILINE)


def requirement_file(project: str, requirement: str) -> str:
    """The file of a requirement's tests, as an argument for the starter's pytest."""
    repo = TEMPLATES / project / "repo"
    (file,) = (repo / "tests" / "requisitos").glob(f"test_{requirement.lower()}_*.py")
    return file.relative_to(repo).as_posix()


def judged_on_request(project: str, requirement: str) -> bool:
    """Whether a requirement is about tests that the learner writes."""
    file = TEMPLATES / project / "repo" / requirement_file(project, requirement)
    return "mark.a_peticion" in file.read_text("utf-8")
