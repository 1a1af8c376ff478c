"""Fixtures de mis pruebas: una aplicación para todas, y sin restos entre una y otra."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import delete

from blog import seguridad
from blog.ajustes import Ajustes
from blog.bd import Base, abrir
from blog.main import crear_app
from blog.modelos import Usuario
from blog.permisos import Rol

CLAVE = "una contraseña larga"
# En las pruebas no hace falta que cifrar sea lento.
seguridad._argon2 = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def ajustes(tmp_path_factory: pytest.TempPathFactory) -> Ajustes:
    """Ajustes con su base de datos, su carpeta y su admin."""
    carpeta: Path = tmp_path_factory.mktemp("blog")
    return Ajustes(
        database_url=f"sqlite:///{(carpeta / 'blog.db').as_posix()}",
        secret_key=SecretStr("solo-para-mis-pruebas-0123456789abcdef" * 2),
        media_dir=carpeta / "media",
        max_image_bytes=20_000,
        admin_user="jefa",
        admin_password=SecretStr(CLAVE),
    )


@pytest.fixture(scope="session")
def app(ajustes: Ajustes) -> FastAPI:
    """La aplicación, con sus tablas."""
    motor = abrir(ajustes.database_url)
    Base.metadata.create_all(motor)
    motor.dispose()
    return crear_app(ajustes)


@pytest.fixture(scope="session")
def un_cliente(app: FastAPI) -> Iterator[TestClient]:
    """El cliente que comparten todas las pruebas."""
    with TestClient(app) as cliente:
        yield cliente


@pytest.fixture
def cliente(un_cliente: TestClient, app: FastAPI) -> Iterator[TestClient]:
    """El cliente; al acabar la prueba solo queda el admin."""
    yield un_cliente
    with app.state.motor.begin() as conexion:
        for tabla in reversed(Base.metadata.sorted_tables):
            borrar = delete(tabla)
            if tabla is Usuario.__table__:
                borrar = borrar.where(Usuario.rol != Rol.ADMIN)
            conexion.execute(borrar)


@pytest.fixture
def como(cliente: TestClient) -> Callable[[str], dict[str, str]]:
    """Da las cabeceras de alguien con ese rol; crea la cuenta la primera vez."""
    gente: dict[str, dict[str, str]] = {}

    def entrar(nombre: str) -> dict[str, str]:
        datos = {"username": nombre, "password": CLAVE}
        respuesta = cliente.post("/auth/token", data=datos)
        return {"Authorization": f"Bearer {respuesta.json()['access_token']}"}

    def como(quien: str) -> dict[str, str]:
        rol = quien.removesuffix("2")
        if quien not in gente and rol == Rol.ADMIN:
            gente[quien] = entrar("jefa")
        elif quien not in gente:
            cliente.post("/usuarios", json={"nombre": quien, "password": CLAVE})
            if rol != Rol.LECTOR:
                cambio = {"rol": rol}
                ruta = f"/usuarios/{quien}"
                cliente.patch(ruta, json=cambio, headers=como("admin"))
            gente[quien] = entrar(quien)
        return gente[quien]

    return como
