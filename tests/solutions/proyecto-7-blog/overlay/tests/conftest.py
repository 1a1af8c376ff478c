"""Fixtures de mis pruebas: una aplicación por prueba, y gente con cada rol."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from pydantic import SecretStr

from blog import seguridad
from blog.ajustes import Ajustes
from blog.bd import Base, abrir
from blog.main import crear_app
from blog.permisos import Rol

CLAVE = "una contraseña larga"


@pytest.fixture(autouse=True)
def argon2_rapido(monkeypatch: pytest.MonkeyPatch) -> None:
    """En las pruebas no hace falta que cifrar sea lento."""
    rapido = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(seguridad, "_argon2", rapido)


@pytest.fixture(scope="session")
def plantilla(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Una base de datos con las tablas y sin filas: copiarla es más rápido."""
    ruta = tmp_path_factory.mktemp("plantilla") / "blog.db"
    motor = abrir(f"sqlite:///{ruta.as_posix()}")
    Base.metadata.create_all(motor)
    motor.dispose()
    return ruta


@pytest.fixture
def ajustes(tmp_path: Path, plantilla: Path) -> Ajustes:
    """Ajustes con su base de datos vacía, su carpeta y su admin."""
    shutil.copy(plantilla, tmp_path / "blog.db")
    return Ajustes(
        database_url=f"sqlite:///{(tmp_path / 'blog.db').as_posix()}",
        secret_key=SecretStr("solo-para-mis-pruebas-0123456789abcdef"),
        media_dir=tmp_path / "media",
        max_image_bytes=20_000,
        admin_user="jefa",
        admin_password=SecretStr(CLAVE),
    )


@pytest.fixture
def cliente(ajustes: Ajustes) -> Iterator[TestClient]:
    """Un cliente de una aplicación recién creada."""
    with TestClient(crear_app(ajustes)) as cliente:
        yield cliente


Entrar = Callable[[str], dict[str, str]]


@pytest.fixture
def como(cliente: TestClient) -> Entrar:
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
            jefa = como("admin")
            cliente.patch(f"/usuarios/{quien}", json={"rol": rol}, headers=jefa)
            gente[quien] = entrar(quien)
        return gente[quien]

    return como
