"""The starter's engine, imported as its tests import it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers import build_file_tree, engine_files


@pytest.fixture
def engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the engine by its name, with what it needs; forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path / "tests"))

    def load(name: str) -> ModuleType:
        build_file_tree(tmp_path, engine_files(name))
        return importlib.import_module(f"motor.{name}")

    yield load
    for name in [name for name in sys.modules if name.split(".")[0] == "motor"]:
        del sys.modules[name]
