"""Small helpers that several test modules share."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from scaffolder.git.lineage import find_bases
from scaffolder.git.repository import open_repository
from scaffolder.git.template_commits import TemplateCommit, neutral_objects
from tools.wrappers import engine_modules


def build_file_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a tree of files.

    Args:
        root: the folder, made if missing.
        files: content by path; text is dedented, its first line break dropped.

    Returns:
        The root.
    """
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else dedent(content).lstrip("\n").encode()
        file.write_bytes(data)
        if data.startswith(b"#!"):
            file.chmod(0o755)
    return root


def engine_files(*modules: str) -> dict[str, str | bytes]:
    """The files of the engine that every starter carries, and the conftest that loads it.

    Args:
        modules: further shared modules to carry (`programa`, say), with what they need.
    """
    shared = Path(__file__).parents[1] / "templates" / "comun"
    files: dict[str, str | bytes] = {"conftest.py": (shared / "conftest.py").read_bytes()}
    for name in engine_modules(shared, modules) - {"test_casillas"}:
        file = shared / "motor" / f"{name}.py"
        files[f"tests/motor/{name}.py"] = file.read_bytes()
    return files


def git(cwd: Path, *args: str, stdin: str | None = None) -> str:
    """Run Git as a learner would and return what it prints.

    Args:
        cwd: the folder to run in.
        args: its arguments.
        stdin: what it reads.
    """
    done = subprocess.run(
        ["git", "-c", "user.name=Ana", "-c", "user.email=ana@example.org", *args],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout.rstrip("\n")


def template_commit(repo: Path) -> TemplateCommit:
    """The one template commit in a repository's history, whose tree is the one that it names.

    Args:
        repo: a folder of the work tree.
    """
    opened = open_repository(repo)
    with neutral_objects(opened.common_dir) as objects:
        [base] = find_bases(objects, opened.head)
    assert not base.flattened
    return base.claim


ROADMAP = """
    title = "Mi curso"

    [[phases]]
    number = 1
    title = "Inicio"
    duration = "1 mes"

    [[phases.topics]]
    id = "1.1"
    title = "Entorno"
    links = [{ title = "venv", url = "https://docs.python.org/3/library/venv.html" }]

    [[phases.projects]]
    id = "proyecto-18-recetas"
    number = 18
    title = "Recetario"
    description = "Recetas en la línea de comandos"
    topics = ["1.1"]
    requirements = [
        { id = "R1", title = "Guardar recetas" },
        { id = "R2", title = "Buscar recetas", needs = ["R1"] },
    ]

    [[phases.projects]]
    id = "proyecto-19-vinos"
    number = 19
    title = "Bodega"
    description = "Vinos"
    requirements = [{ id = "R1", title = "Guardar vinos" }]
    """
QUESTIONS = """
    _subdirectory: "{{ proyecto }}/repo"
    _envops: {undefined: jinja2.StrictUndefined}
    proyecto: {type: str}
    nombre:
      type: str
      default: Recetario
      validator: "{% if not nombre %}El nombre no puede estar vacío.{% endif %}"
    autor: {type: str, default: Estudiante}
    linter: {type: str, default: ruff, choices: [ruff, black-flake8]}
    scaffold_source: {type: str, default: local, when: false}
    scaffold_version: {type: str, default: 0.0.0, when: false}
    """
REQUISITOS = """
    # Requisitos

    - [ ] **R1 · Guardar recetas**
      - Se guardan.
      - Se aprende en: [1.1 Entorno · venv](https://docs.python.org/3/library/venv.html)
    - [ ] **R2 · Buscar recetas**
      - Se encuentran.
    """


def build_template_root(root: Path) -> Path:
    """A template root with two projects, of which one has a template.

    Args:
        root: the folder, made if missing.

    Returns:
        The root.
    """
    project = "proyecto-18-recetas/repo"
    return build_file_tree(
        root,
        {
            "roadmap.toml": ROADMAP,
            "copier.yml": QUESTIONS,
            f"{project}/.gitattributes": "* text=auto eol=lf\n",
            f"{project}/.gitignore": "*.log\n",
            f"{project}/README.md.jinja": "# {{ nombre }}\n\nDe {{ autor }}, con {{ linter }}.\n",
            f"{project}/REQUISITOS.md": REQUISITOS,
            f"{project}/guion.sh": "#!/bin/sh\n",
            f"{project}/src/recetas.py": "RECETAS = []\n",
        },
    )


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """Mount a disk in memory for a while, or skip the test where that is not allowed.

    Args:
        folder: where; it is made.
        options: of `mount`, as `size=2m`.
    """
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def tree(folder: Path) -> list[str]:
    """Every path below a folder, what Git keeps to itself left out.

    Args:
        folder: the folder.
    """
    paths = (path.relative_to(folder) for path in folder.rglob("*"))
    return sorted(path.as_posix() for path in paths if ".git" not in path.parts)
