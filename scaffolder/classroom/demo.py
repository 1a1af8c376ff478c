"""A class of three invented students, to try everything without an account or a server.

The course gets templates of its own in two versions, so that there is a fix to hand out. What
the students do is played when they get the project: one does nothing, one works in files of
theirs, one changes the very line that the fix will change. Their commits, too, are the same
on every machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom import mirror, remote
from scaffolder.classroom.push import Move, push
from scaffolder.classroom.roster import Student
from scaffolder.errors import Refusal
from scaffolder.git.object_format import Entry, signature
from scaffolder.git.template_commits import neutral_objects
from scaffolder.starter import checklist
from scaffolder.templating import source

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.roster import Repo
    from scaffolder.git.objects import Objects

PROJECT = "proyecto-1-tareas"
TEMPLATES = "plantillas"
FIRST, FIXED = "v1.0.0", "v1.1.0"
STUDENTS = (
    Student("demo-uno", "Demo uno", section="a"),
    Student("demo-dos", "Demo dos", section="a"),
    Student("demo-tres", "Demo tres", section="b"),
)

_README = "Abre una terminal en esta carpeta y escribe:"
_README_FIXED = "Abre una terminal en la carpeta de este README y escribe:"
_README_OWN = "Abre la terminal de tu editor y escribe:"
_NOTES = "Puedes añadir tus notas debajo de cada casilla."
_NOTES_FIXED = "Puedes añadir tus notas debajo de cada casilla: también se leen."
_MODULE = '''\
"""Mis primeros apuntes: lo que voy probando antes de llevarlo a su sitio."""


def limpiar(texto: str) -> str:
    """Quita los espacios de los lados y junta los de en medio."""
    return " ".join(texto.split())
'''
_TEST = '''\
"""Mis pruebas."""

from {package}.apuntes import limpiar


def test_limpiar_junta_los_espacios() -> None:
    """Los de los lados y los de en medio."""
    assert limpiar("  comprar   pan ") == "comprar pan"
'''
_BORN = 1_767_258_000
"""1 January 2026, 9:00 UTC: when the demo's template, and so its class, begins."""


def write_templates(folder: Path, project: str) -> None:
    """Write the course's own templates: the toolkit's, in a repository with two versions.

    Args:
        folder: where; it must not exist.
        project: the id of the one project that they have.
    """
    root = source.embedded().root
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", "*.pyc")
    for name in ("comun", project):
        shutil.copytree(root / name, folder / name, ignore=ignored, symlinks=True)
    for name in ("copier.yml", "roadmap.toml"):
        shutil.copyfile(root / name, folder / name)
    git.isolated("init", "--quiet", "--initial-branch=main", "--template=", "--", str(folder))
    _release(folder, FIRST, "Las plantillas, como llegaron", 0)
    _replace(folder / "comun" / "README.md.jinja", _README, _README_FIXED)
    _replace(next((folder / project / "repo").glob("REQUISITOS.md*")), _NOTES, _NOTES_FIXED)
    _release(folder, FIXED, "Di mejor dónde se abre la terminal", 1)


def play(course: Course, repo: Repo, first: str, host: Host) -> None:
    """Do a student's work and push it.

    Args:
        first: the id of the first commit, which is all that the repository has.

    Raises:
        Refusal: it can't be pushed.
    """
    work = _WORK.get(repo.id)
    if work is None:
        return
    copy = mirror.open_mirror(course, repo.id)
    with neutral_objects(copy) as objects:
        files = dict(objects.entries(first))
        files |= {
            name: Entry("100644", objects.write_blob(text.encode()))
            for name, text in work.change(objects, files).items()
        }
        when = signature(repo.id, f"{repo.id}@localhost", _BORN + work.hours * 3600)
        tree = objects.write_tree(files)
        commit = objects.write_commit(tree, [first], when, when, f"{work.message}\n")
    push(host, copy, host.url(repo), Move(remote.BRANCH, first, commit))


@dataclass(frozen=True, slots=True)
class _Work:
    """What a student does: files by name, with a commit's message and its hour."""

    message: str
    hours: int
    change: Callable[[Objects, Mapping[str, Entry]], dict[str, str]]


def _own_files(objects: Objects, files: Mapping[str, Entry]) -> dict[str, str]:
    """Work in the learner's own files, and a first promise."""
    packages = sorted(name.split("/")[1] for name in files if name.startswith("src/"))
    package = packages[0]
    boxes = _text(objects, files, checklist.FILE)
    return {
        f"src/{package}/apuntes.py": _MODULE,
        "tests/test_apuntes.py": _TEST.format(package=package),
        checklist.FILE: checklist.mark(boxes, tick={"R1"}),
    }


def _shared_line(objects: Objects, files: Mapping[str, Entry]) -> dict[str, str]:
    """A change of the line that the fix changes too, in a file that is nobody's alone."""
    return {"README.md": _text(objects, files, "README.md").replace(_README, _README_OWN)}


_WORK = {
    "demo-dos": _Work("Pruebo una función para los títulos", 50, _own_files),
    "demo-tres": _Work("Explico cómo lo abro yo", 75, _shared_line),
}


def _text(objects: Objects, files: Mapping[str, Entry], name: str) -> str:
    entry = files.get(name)
    if entry is None:
        raise Refusal(f"el proyecto no tiene {name}", "Prueba con otro: --project tareas")
    return objects.read([entry.id])[entry.id].decode()


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_bytes().decode()
    if text.count(old) != 1:
        raise ValueError(f"«{old}» stands {text.count(old)} times in {file.name}")
    file.write_bytes(text.replace(old, new).encode())


def _release(folder: Path, version: str, message: str, days: int) -> None:
    """Commit everything as a version, with the same id on every machine."""
    env = {f"GIT_{role}_DATE": f"{_BORN + days * 86_400} +0000" for role in ("AUTHOR", "COMMITTER")}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": git.NAME, f"GIT_{role}_EMAIL": git.EMAIL}
    env["GIT_CEILING_DIRECTORIES"] = os.fspath(folder.parent)
    git.isolated("add", "--all", "--force", cwd=folder)
    git.isolated("commit", "--quiet", "-m", message, cwd=folder, env=env)
    git.isolated("tag", version, cwd=folder)
