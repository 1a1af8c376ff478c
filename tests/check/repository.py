"""A small repository of a learner's, with three requirements, and what they do in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from scaffolder.starter.answers import Answers
from tests.conftest import Done, Scaffold
from tests.helpers import build_file_tree, engine_files

REQUISITOS = """\
# Requisitos

- [ ] **R1 · Sumar**
  - La suma es la suma.
  - Se aprende en: [1.2 Sintaxis](https://example.org/sintaxis), [1.3 Más](https://example.org/mas)
- [ ] **R2 · Restar**
  - La resta es la resta.
- [ ] **R3 · Contar**
  - Se cuenta.
"""
TESTS = {
    "tests/requisitos/test_r1_sumar.py": '''
        """R1."""

        from cuentas import sumar


        def test_suma():
            """Dos y dos son cuatro."""
            assert sumar(2, 2) == 4, "Se esperaba 4"


        def test_suma_negativos():
            """Los negativos también se suman."""
            assert sumar(-1, -2) == -3, "Se esperaba -3"
        ''',
    "tests/requisitos/test_r2_restar.py": '''
        """R2."""

        import cuentas


        def test_resta():
            """Cuatro menos dos son dos."""
            assert cuentas.restar(4, 2) == 2, "Se esperaba 2"
        ''',
    "tests/requisitos/test_r3_contar.py": '''
        """R3."""

        import cuentas


        def test_cuenta():
            """Se cuenta hasta tres."""
            assert cuentas.contar() == [1, 2, 3], "Se esperaba [1, 2, 3]"
        ''',
}
# Of the plugins of the environment that runs these tests, a starter has none.
SETTINGS = """
    [pytest]
    pythonpath = src tests
    addopts = --import-mode=importlib --disable-plugin-autoload
    """
GOOD = """
    def sumar(a, b):
        return a + b


    def restar(a, b):
        return a - b


    def contar():
        return [1, 2, 3]
    """
BAD_SUM = GOOD.replace("a + b", "a * b")


class Learner:
    """A learner's repository, and what they do in it."""

    def __init__(self, folder: Path, scaffold: Scaffold) -> None:
        self.folder = folder
        self._scaffold = scaffold
        self.has("proyecto-99-cuentas", GOOD)
        (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)

    def has(self, project: str, code: str, requisitos: str = REQUISITOS) -> None:
        """Write the repository."""
        build_file_tree(
            self.folder,
            {
                ".copier-answers.yml": Answers(project, "embedded", "0.1.0", {}).dump(),
                "REQUISITOS.md": requisitos.encode(),
                **engine_files(),
                "pytest.ini": SETTINGS,
                "src/cuentas.py": code,
                **TESTS,
            },
        )

    def writes(self, code: str) -> None:
        """Change the program."""
        build_file_tree(self.folder, {"src/cuentas.py": code})

    def ticks(self, *ids: str) -> None:
        """Promise something."""
        file = self.folder / "REQUISITOS.md"
        text = file.read_text(encoding="utf-8")
        for name in ids:
            text = text.replace(f"[ ] **{name}", f"[x] **{name}")
        file.write_text(text, encoding="utf-8")

    def promised(self) -> list[str]:
        """What is ticked."""
        text = (self.folder / "REQUISITOS.md").read_text(encoding="utf-8")
        return [name for name in ("R1", "R2", "R3") if f"[x] **{name}" in text]

    def checks(self, *options: object) -> Done:
        """Run the check in the repository."""
        return self._scaffold("check", self.folder, *options)

    def states(self, *options: object) -> Mapping[str, str]:
        """What the check says of each requirement."""
        told = self.checks("--json", *options).json()
        return {entry["id"]: entry["state"] for entry in told["requirements"]}
