"""What a template and a learner can do to the same repository.

Each scenario is one change on either side. `keeps` are words of the learner's that must
still be in the work tree afterwards, `brings` words of the template's; a word that is left
out must be told by the name of its file in `told`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.update.sandbox import PICTURE, Edit, lines, replace

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Scenario:
    """One way of both changing the same repository.

    Args:
        name: what happens.
        template: what the template does between two versions.
        learner: what the learner did meanwhile; it is committed.
        keeps: the learner's words that stay in the work tree.
        brings: the template's words that arrive there.
        code: how `scaffold update` ends.
        told: words that it says.
        gone: files that must not be there afterwards.
        untracked: the learner's change is left uncommitted.
    """

    name: str
    template: Edit
    learner: Edit
    keeps: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()
    code: int = 0
    told: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    untracked: bool = False


def edit(path: str, line: int, word: str) -> Edit:
    """Append a word to a line of a file."""

    def change(folder: Path) -> None:
        file = folder / path
        content = file.read_bytes().decode("utf-8").split("\n")
        content[line - 1] += f" {word}"
        file.write_bytes("\n".join(content).encode())

    return change


def write(path: str, content: str | bytes) -> Edit:
    """Write a file."""

    def change(folder: Path) -> None:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


def drop(path: str) -> Edit:
    """Remove a file or a folder."""

    def change(folder: Path) -> None:
        target = folder / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    return change


def move(path: str, to: str) -> Edit:
    """Move a file or a folder."""

    def change(folder: Path) -> None:
        (folder / to).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).rename(folder / to)

    return change


def link(path: str, to: str) -> Edit:
    """Replace a file by a symbolic link."""

    def change(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        (folder / path).symlink_to(to)

    return change


def chmod(path: str, mode: int) -> Edit:
    """Change what may be done with a file."""
    return lambda folder: (folder / path).chmod(mode)


def dependency(folder: Path, name: str) -> None:
    """Add a dependency where the file says that a learner adds them, or as the template does."""
    file = next(f for f in folder.iterdir() if f.name.startswith("pyproject.toml"))
    if file.suffix == ".jinja":
        block = f'%}}\n{{% block dependencias %}}\n    "{name}",{{% endblock %}}\n'
        replace(file, "{% block final %}", block.lstrip("%}\n") + "{% block final %}")
    else:
        marker = "    # Añade las tuyas debajo de la línea en blanco, o con «uv add NOMBRE».\n"
        replace(file, marker, f'{marker}\n    "{name}",')


def both(*edits: Edit) -> Edit:
    """Several changes, one after the other."""

    def change(folder: Path) -> None:
        for each in edits:
            each(folder)

    return change


def crlf(path: str) -> Edit:
    """Turn all line ends of a file into CRLF, and keep Git from turning them back."""

    def change(folder: Path) -> None:
        file = folder / path
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
        with (folder / ".gitattributes").open("a", encoding="utf-8") as attributes:
            attributes.write(f"{path} -text\n")

    return change


GUIDE = "docs/guia.md"
UNO = "src/tareas/piezas/uno.py"
A_TEST = "tests/requisitos/test_r1_crear_listar_actualizar_eliminar.py"

SCENARIOS = (
    Scenario("far edits", edit(GUIDE, 25, "SUYO"), edit(GUIDE, 3, "MÍO"), ("MÍO",), ("SUYO",)),
    Scenario(
        "adjacent edits of a shared file",
        edit(GUIDE, 10, "SUYO"),
        edit(GUIDE, 11, "MÍO"),
        ("MÍO",),
        ("SUYO",),
        code=1,
        told=(GUIDE, "git merge --abort"),
    ),
    Scenario(
        "adjacent edits of a learner's file",
        both(edit(UNO, 10, "SUYO"), edit(UNO, 25, "LEJOS")),
        edit(UNO, 11, "MÍO"),
        ("MÍO",),
        ("LEJOS",),
        told=(UNO, "queda lo tuyo"),
    ),
    Scenario(
        "the same lines of a template's file",
        edit(A_TEST, 10, "# SUYO"),
        both(edit(A_TEST, 10, "# PISADO"), edit(A_TEST, 40, "# LEJOS")),
        ("LEJOS",),
        ("SUYO",),
        told=(A_TEST, "queda lo suyo", "git show ORIG_HEAD:"),
    ),
    Scenario(
        "both add the same file alike",
        write("docs/nuevo.md", "IGUAL\n"),
        write("docs/nuevo.md", "IGUAL\n"),
        ("IGUAL",),
        ("IGUAL",),
    ),
    Scenario(
        "both add the same file otherwise",
        write("docs/nuevo.md", "SUYO\n"),
        write("docs/nuevo.md", "MÍO\n"),
        ("MÍO",),
        ("SUYO",),
        code=1,
        told=("docs/nuevo.md",),
    ),
    Scenario(
        "both add the same file of the template's",
        write("tests/requisitos/test_r9_nuevo.py", "# SUYO\n"),
        write("tests/requisitos/test_r9_nuevo.py", "# MÍO\n"),
        ("MÍO",),
        ("SUYO",),
        told=("tests/requisitos/test_r9_nuevo.py.tuyo",),
    ),
    Scenario(
        "both add the same dependency",
        lambda folder: dependency(folder, "structlog>=25"),
        lambda folder: dependency(folder, "structlog>=25"),
        ("structlog>=25",),
        ("structlog>=25",),
    ),
    Scenario(
        "each adds a dependency",
        lambda folder: dependency(folder, "structlog>=25"),
        lambda folder: dependency(folder, "rich>=14"),
        ("rich>=14",),
        ("structlog>=25",),
    ),
    Scenario(
        "the learner renames a file",
        edit(GUIDE, 25, "SUYO"),
        both(move(GUIDE, "docs/manual.md"), edit("docs/manual.md", 3, "MÍO")),
        ("MÍO", "docs/manual.md"),
        ("SUYO",),
        gone=(GUIDE,),
    ),
    Scenario(
        "the template renames a file",
        both(move(GUIDE, "docs/manual.md"), edit("docs/manual.md", 25, "SUYO")),
        edit(GUIDE, 3, "MÍO"),
        ("MÍO",),
        ("SUYO", "docs/manual.md"),
        told=(GUIDE, "docs/manual.md", "con tus cambios dentro"),
        gone=(GUIDE,),
    ),
    Scenario(
        "both rename the same file",
        move("src/tareas/modelo.py", "src/tareas/dominio.py"),
        both(
            move("src/tareas/modelo.py", "src/tareas/mio.py"),
            edit("src/tareas/mio.py", 3, "# MÍO"),
        ),
        ("MÍO", "src/tareas/mio.py"),
        told=("src/tareas/mio.py", "queda lo tuyo"),
    ),
    Scenario(
        "the learner deletes a shared file",
        edit(GUIDE, 25, "SUYO"),
        drop(GUIDE),
        (),
        ("SUYO",),
        code=1,
        told=(GUIDE, "lo borraste"),
    ),
    Scenario(
        "the learner deletes one of their files",
        edit(UNO, 25, "SUYO"),
        drop(UNO),
        told=(UNO, "sigue borrado"),
        gone=(UNO,),
    ),
    Scenario(
        "the learner deletes one of the template's files",
        edit(A_TEST, 25, "# SUYO"),
        drop(A_TEST),
        (),
        ("SUYO",),
        told=(A_TEST, "ha vuelto"),
    ),
    Scenario(
        "the template deletes a shared file",
        drop(GUIDE),
        edit(GUIDE, 3, "MÍO"),
        ("MÍO",),
        code=1,
        told=(GUIDE, "la plantilla lo ha borrado"),
    ),
    Scenario(
        "the template deletes one of the learner's files",
        drop(UNO),
        edit(UNO, 3, "MÍO"),
        ("MÍO", UNO),
        told=(UNO, "se queda"),
    ),
    Scenario(
        "the template deletes one of its files",
        drop(A_TEST),
        edit(A_TEST, 25, "# MÍO"),
        ("MÍO",),
        told=(f"{A_TEST}.tuyo",),
        gone=(A_TEST,),
    ),
    Scenario(
        "the template deletes a file that nobody touched",
        drop(GUIDE),
        edit("notas.txt", 3, "MÍO"),
        ("MÍO",),
        gone=(GUIDE,),
    ),
    Scenario(
        "the learner moves a folder",
        both(edit(UNO, 25, "SUYO"), write("src/tareas/piezas/tres.py", "# NUEVO\n")),
        both(
            move("src/tareas/piezas", "src/tareas/partes"),
            edit("src/tareas/partes/uno.py", 3, "MÍO"),
        ),
        ("MÍO", "src/tareas/partes/uno.py"),
        ("SUYO", "NUEVO"),
        told=("src/tareas/partes/tres.py",),
    ),
    Scenario(
        "the template moves a folder",
        both(
            move("src/tareas/piezas", "src/tareas/partes"),
            edit("src/tareas/partes/uno.py", 25, "SUYO"),
        ),
        both(edit(UNO, 3, "MÍO"), write("src/tareas/piezas/mio.py", "# NUEVO\n")),
        ("MÍO", "NUEVO"),
        ("SUYO", "src/tareas/partes/dos.py"),
        told=("src/tareas/partes/mio.py",),
    ),
    Scenario(
        "the learner's editor writes CRLF",
        edit(GUIDE, 25, "SUYO"),
        both(edit(GUIDE, 3, "MÍO"), crlf(GUIDE)),
        ("MÍO\r\n",),
        ("SUYO\r\n",),
    ),
    Scenario(
        "the learner makes a file executable",
        edit(GUIDE, 25, "SUYO"),
        chmod(GUIDE, 0o755),
        (),
        ("SUYO",),
    ),
    Scenario(
        "the template makes a file executable",
        both(chmod("notas.txt", 0o755), edit("notas.txt", 25, "SUYO")),
        edit("notas.txt", 3, "MÍO"),
        ("MÍO",),
        ("SUYO",),
    ),
    Scenario(
        "the learner turns a file into a link",
        edit(GUIDE, 25, "SUYO"),
        link(GUIDE, "uso.md"),
        (GUIDE,),
        ("SUYO",),
        code=1,
        told=(GUIDE,),
    ),
    Scenario(
        "the template turns a file into a link",
        link("tests/requisitos/dato.bin", "apoyo.py"),
        write("tests/requisitos/dato.bin", PICTURE + b"M\xc3\x8dO"),
        ("MÍO",),
        told=("tests/requisitos/dato.bin.tuyo",),
    ),
    Scenario(
        "a shared binary that both changed",
        write("docs/logo.png", PICTURE + b"SUYO"),
        write("docs/logo.png", PICTURE + b"M\xc3\x8dO"),
        ("MÍO",),
        code=1,
        told=("docs/logo.png", "git checkout --theirs docs/logo.png"),
    ),
    Scenario(
        "a binary of the template's that both changed",
        write("tests/requisitos/dato.bin", PICTURE + b"SUYO"),
        write("tests/requisitos/dato.bin", PICTURE + b"M\xc3\x8dO"),
        ("MÍO",),
        ("SUYO",),
        told=("tests/requisitos/dato.bin.tuyo",),
    ),
    Scenario(
        "a file becomes a folder",
        both(drop("notas.txt"), write("notas.txt/uno.md", "SUYO\n")),
        edit("notas.txt", 3, "MÍO"),
        ("MÍO",),
        ("SUYO",),
        code=1,
        told=("notas.txt",),
    ),
    Scenario(
        "a folder becomes a file",
        both(drop("docs/año nuevo"), write("docs/año nuevo", "SUYO\n")),
        edit("docs/año nuevo/índice ñandú.md", 3, "MÍO"),
        ("MÍO",),
        ("SUYO",),
        code=1,
        told=("docs/año nuevo",),
    ),
    Scenario(
        "names with accents and spaces",
        both(
            edit("docs/año nuevo/índice ñandú.md", 25, "SUYO"),
            write("docs/año nuevo/cañón «dos».md", "NUEVO\n"),
        ),
        edit("docs/año nuevo/índice ñandú.md", 3, "MÍO"),
        ("MÍO",),
        ("SUYO", "NUEVO"),
        told=("docs/año nuevo/índice ñandú.md",),
    ),
    Scenario(
        "an ignored file of the learner's is in the way",
        write("secretos.env", "SUYO\n"),
        both(write(".git/info/exclude", "secretos.env\n"), write("secretos.env", "MÍO\n")),
        ("MÍO",),
        code=2,
        told=("secretos.env", "No los piso"),
        untracked=True,
    ),
    Scenario(
        "an untracked file of the learner's is in the way",
        write("docs/plan.md", "SUYO\n"),
        write("docs/plan.md", "MÍO\n"),
        ("MÍO",),
        code=2,
        told=("docs/plan.md", "No los piso"),
        untracked=True,
    ),
    Scenario(
        "an untracked file stands where a folder comes",
        write("extra/dentro.md", "SUYO\n"),
        write("extra", "MÍO\n"),
        ("MÍO",),
        code=2,
        told=("extra",),
        untracked=True,
    ),
    Scenario(
        "an untracked folder stands where a file comes",
        write("extra", "SUYO\n"),
        write("extra/dentro.md", "MÍO\n"),
        ("MÍO",),
        code=2,
        told=("extra/dentro.md",),
        untracked=True,
    ),
    Scenario(
        "look-alike stubs: the template drops one and adds another",
        both(
            drop("src/tareas/trozo_a.py"),
            write("src/tareas/trozo_b.py", f'"""Trozo B, por hacer."""\n\n{lines("# Común", 8)}'),
        ),
        edit("src/tareas/trozo_a.py", 5, "MÍO"),
        ("MÍO", "== src/tareas/trozo_a.py"),
        ("Trozo B",),
        told=("src/tareas/trozo_a.py", "se queda"),
    ),
    Scenario(
        "the learner edits the answers file",
        edit(GUIDE, 25, "SUYO"),
        lambda folder: replace(
            folder / ".copier-answers.yml", "Gestor de Tareas CLI", "Otro nombre"
        ),
        (),
        ("SUYO", "Gestor de Tareas CLI"),
        told=(".copier-answers.yml", "--data"),
    ),
    Scenario(
        "the learner deletes the answers file",
        edit(GUIDE, 25, "SUYO"),
        drop(".copier-answers.yml"),
        (),
        ("SUYO", "== .copier-answers.yml"),
        told=(".copier-answers.yml",),
    ),
    Scenario(
        "ticks and notes in REQUISITOS.md",
        lambda folder: replace(
            folder / "REQUISITOS.md", "`actualizar` cambia solo lo que se le pide.", "SUYO."
        ),
        lambda folder: replace(
            folder / "REQUISITOS.md",
            "- [ ] **R1 · Crear, listar, actualizar y eliminar tareas**\n",
            "- [x] **R1 · Crear, listar, actualizar y eliminar tareas**\n  - MÍO\n",
        ),
        ("MÍO", "- [x] **R1"),
        ("SUYO",),
        told=("REQUISITOS.md", "con tus casillas"),
    ),
)
