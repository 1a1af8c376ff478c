# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que comparten las pruebas de requisitos."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from requisitos.api import CLAVE, Api, Reloj

if TYPE_CHECKING:
    from cliente import Cliente


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Lo que el cliente lance sin que se espere es un fallo, no un accidente."""
    try:
        return (yield)
    except (AssertionError, NotImplementedError, ImportError):
        raise
    except Exception as error:
        pytest.fail(f"Se esperaba que saliera bien, y el cliente lanzó {error!r}")


@pytest.fixture
def api() -> Iterator[Api]:
    """Una API recién arrancada."""
    servidor = Api()
    yield servidor
    servidor.shutdown()
    servidor.server_close()


@pytest.fixture
def otra() -> Iterator[Api]:
    """Otro servidor: en el mismo ordenador, y en otro puerto."""
    servidor = Api()
    yield servidor
    servidor.shutdown()
    servidor.server_close()


@pytest.fixture
def reloj() -> Reloj:
    """El reloj que usa el cliente."""
    return Reloj()


@pytest.fixture(scope="session")
def sin_certificados(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Una carpeta vacía."""
    return tmp_path_factory.mktemp("certificados")


@pytest.fixture(autouse=True)
def entorno_limpio(monkeypatch: pytest.MonkeyPatch, sin_certificados: Path) -> None:
    """Ni las claves ni el proxy de quien ejecuta las pruebas cuentan.

    Y como nada va por HTTPS, nadie lee los certificados de este ordenador: era más de
    la mitad de lo que tardaba cada prueba.
    """
    for nombre in ("CLIENTE_CLAVE", "CLIENTE_ARCHIVO_CLAVE", "SSL_CERT_FILE"):
        monkeypatch.delenv(nombre, raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(sin_certificados))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def cliente(api: Api, reloj: Reloj) -> "Callable[..., Cliente]":
    """Hace clientes de la API, con el reloj de las pruebas."""

    def hacer(camino: str = "", **opciones: Any) -> "Cliente":
        from cliente import Cliente

        if "archivo_clave" not in opciones:
            opciones.setdefault("clave", CLAVE)
        por_defecto = {"dormir": reloj.dormir, "reloj": reloj, "tiempo_limite": 1.5}
        return Cliente(api.url + camino, **{**por_defecto, **opciones})

    return hacer
