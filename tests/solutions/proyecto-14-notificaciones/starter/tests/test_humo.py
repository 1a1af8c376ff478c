"""Pruebas de humo: lo que ya funciona el primer día, y no debe dejar de hacerlo.

Sirven también de modelo para las tuyas: una aplicación por prueba, con sus ajustes, y
un cliente que le habla sin salir del proceso.
"""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from avisos.ajustes import Ajustes
from avisos.main import crear_app


@pytest.fixture
def cliente() -> Iterator[TestClient]:
    """Una aplicación recién creada, sin Redis, y un cliente que le habla."""
    app = crear_app(Ajustes(redis_url="redis://127.0.0.1:1/0"))
    with TestClient(app, raise_server_exceptions=False) as cliente:
        yield cliente


def test_sin_redis_lo_dice(cliente: TestClient) -> None:
    """GET /salud contesta 503 cuando Redis no contesta."""
    assert cliente.get("/salud").status_code == 503


def test_tiene_documentacion(cliente: TestClient) -> None:
    """La API se describe a sí misma, y /docs lo enseña."""
    assert "/salud" in cliente.get("/openapi.json").json()["paths"]
    assert cliente.get("/docs").status_code == 200
