# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que comparten las pruebas de requisitos."""

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from api import CLAVE, Api, Reloj

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
def reloj() -> Reloj:
    """El reloj que usa el cliente."""
    return Reloj()


@pytest.fixture(autouse=True)
def sin_clave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Las claves de quien ejecuta las pruebas no cuentan."""
    monkeypatch.delenv("CLIENTE_CLAVE", raising=False)
    monkeypatch.delenv("CLIENTE_ARCHIVO_CLAVE", raising=False)


@pytest.fixture
def cliente(api: Api, reloj: Reloj) -> "Callable[..., Cliente]":
    """Hace clientes de la API, con el reloj de las pruebas."""

    def hacer(**opciones: Any) -> "Cliente":
        from cliente import Cliente

        if "archivo_clave" not in opciones:
            opciones.setdefault("clave", CLAVE)
        por_defecto = {"dormir": reloj.dormir, "reloj": reloj, "tiempo_limite": 1.5}
        return Cliente(api.url, **{**por_defecto, **opciones})

    return hacer
