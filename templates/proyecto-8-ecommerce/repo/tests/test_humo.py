"""Pruebas de humo: lo que ya funciona el primer día, y no debe dejar de hacerlo.

Sirven también de modelo para las tuyas: una aplicación por prueba, con su base de
datos y sus ajustes, y un cliente que le habla sin salir del proceso.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import inspect

from tienda.ajustes import Ajustes
from tienda.bd import abrir
from tienda.main import crear_app

ALEMBIC = Config(Path(__file__).parents[1] / "alembic.ini")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Una base de datos nueva y vacía, que también es la de las migraciones."""
    url = f"sqlite:///{(tmp_path / 'tienda.db').as_posix()}"
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
def cliente(url: str, tmp_path: Path) -> Iterator[TestClient]:
    """Una aplicación recién creada, con sus tablas y un cliente que le habla."""
    command.upgrade(ALEMBIC, "head")
    app = crear_app(Ajustes(database_url=url))
    with TestClient(app) as cliente:
        yield cliente


def test_esta_viva(cliente: TestClient) -> None:
    """GET /salud contesta 200 cuando la base de datos contesta."""
    respuesta = cliente.get("/salud")
    assert respuesta.status_code == 200
    assert respuesta.json() == {"estado": "bien"}


def test_tiene_documentacion(cliente: TestClient) -> None:
    """La API se describe a sí misma, y /docs lo enseña."""
    assert "/salud" in cliente.get("/openapi.json").json()["paths"]
    assert cliente.get("/docs").status_code == 200


def test_las_migraciones_van_y_vuelven(url: str) -> None:
    """Desde una base vacía hasta la última migración, y otra vez a vacía."""
    motor = abrir(url)
    command.upgrade(ALEMBIC, "head")
    assert "usuarios" in inspect(motor).get_table_names()
    command.downgrade(ALEMBIC, "base")
    assert inspect(motor).get_table_names() == ["alembic_version"]
    motor.dispose()
