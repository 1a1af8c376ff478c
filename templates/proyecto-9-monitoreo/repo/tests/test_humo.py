"""Pruebas de humo: lo que ya funciona el primer día, y no debe dejar de hacerlo.

Sirven también de modelo para las tuyas: una aplicación por prueba, con su base de
datos y sus ajustes, y un cliente que le habla sin salir del proceso.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import inspect

from monitor.ajustes import Ajustes
from monitor.bd import abrir
from monitor.main import crear_app
from monitor.reloj import Reloj

ALEMBIC = Config(Path(__file__).parents[1] / "alembic.ini")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Una base de datos nueva y vacía, que también es la de las migraciones."""
    url = f"sqlite:///{(tmp_path / 'monitor.db').as_posix()}"
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
def cliente(url: str) -> Iterator[TestClient]:
    """Una aplicación recién creada, con sus tablas y un cliente que le habla."""
    command.upgrade(ALEMBIC, "head")
    with TestClient(crear_app(Ajustes(database_url=url))) as cliente:
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


def test_tiene_panel(cliente: TestClient) -> None:
    """La portada es una página."""
    respuesta = cliente.get("/")
    assert respuesta.headers["content-type"].startswith("text/html")


def test_los_destinos_permitidos_son_redes() -> None:
    """DESTINOS_PERMITIDOS se escribe como una lista separada por comas."""
    ajustes = Ajustes.model_validate({"destinos_permitidos": "10.0.0.0/8, ::1"})
    assert [str(red) for red in ajustes.destinos_permitidos] == [
        "10.0.0.0/8",
        "::1/128",
    ]


def test_el_reloj_se_puede_mover(tmp_path: Path) -> None:
    """Con un archivo, la hora es la que dice el archivo, en UTC."""
    archivo = tmp_path / "reloj"
    archivo.write_text("2026-11-29T10:00:00-05:00", encoding="utf-8")
    assert Reloj(archivo).ahora() == datetime(2026, 11, 29, 15, tzinfo=UTC)
    assert Reloj().ahora().tzinfo is UTC


def test_las_migraciones_van_y_vuelven(url: str) -> None:
    """Desde una base vacía hasta la última migración, y otra vez a vacía."""
    motor = abrir(url)
    command.upgrade(ALEMBIC, "head")
    assert "objetivos" in inspect(motor).get_table_names()
    command.downgrade(ALEMBIC, "base")
    assert inspect(motor).get_table_names() == ["alembic_version"]
    motor.dispose()
