"""El cliente de las pruebas: habla HTTP con tu programa y sabe explicar los fallos."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx2
import pytest

from motor.servicio import Servicio

SIN_HACER = {404, 405, 501}
"""Lo que contesta una ruta que todavía no existe."""


def unico(prefijo: str = "x") -> str:
    """Un texto que nadie más usa: las pruebas pueden compartir la base de datos."""
    return f"{prefijo}-{secrets.token_hex(6)}"


def resumen(respuesta: httpx2.Response) -> str:
    """Lo que llegó, en pocas palabras."""
    return f"{respuesta.status_code}: {respuesta.text[:500]}"


def comprueba(bien: object, mensaje: str) -> None:
    """Un assert con su mensaje: qué se esperaba y qué llegó."""
    __tracebackhide__ = True
    assert bien, mensaje


def espera(respuesta: httpx2.Response, *codigos: int, al: str) -> httpx2.Response:
    """Falla si la respuesta no tiene uno de esos códigos; si lo tiene, la devuelve."""
    pedido = f"{respuesta.request.method} {respuesta.request.url.path}"
    comprueba(
        respuesta.status_code in codigos,
        f"Se esperaba {' o '.join(map(str, codigos))} al {al} ({pedido}), "
        f"y llegó {resumen(respuesta)}",
    )
    return respuesta


def rechaza(respuesta: httpx2.Response, codigo: int, al: str) -> None:
    """Falla si no es un error con ese código, tenga la forma que tenga (eso es R1)."""
    espera(respuesta, codigo, al=al)


def problema(respuesta: httpx2.Response, codigo: int, al: str) -> dict[str, Any]:
    """Falla si no es un error con ese código y con la forma de todos los errores."""
    espera(respuesta, codigo, al=al)
    tipo = respuesta.headers.get("content-type", "").split(";")[0]
    comprueba(
        tipo == "application/problem+json",
        f"Se esperaba que el error al {al} fuera application/problem+json, "
        f"y llegó «{tipo}»: {respuesta.text[:300]}",
    )
    datos: dict[str, Any] = json_de(respuesta)
    bien = (
        isinstance(datos.get("title"), str)
        and isinstance(datos.get("detail"), str)
        and bool(datos["detail"])
        and datos.get("status") == codigo
    )
    comprueba(
        bien,
        f"Se esperaba que el error al {al} llevara title, detail y status ({codigo}), "
        f"y llegó {resumen(respuesta)}",
    )
    return datos


def json_de(respuesta: httpx2.Response) -> Any:
    """El JSON de una respuesta, o un fallo que la enseña."""
    try:
        return respuesta.json()
    except ValueError:
        raise AssertionError(
            f"Se esperaba JSON, y llegó {resumen(respuesta)}"
        ) from None


class Cliente:
    """Convierte en fallos los silencios y los cortes; cada proyecto añade lo suyo."""

    def __init__(self, servicio: Servicio, cliente: httpx2.Client) -> None:
        """Sin efectos: el programa arranca con la primera petición."""
        self.servicio = servicio
        self._cliente = cliente

    def credencial(self, quien: Any) -> Mapping[str, str]:
        """Las cabeceras con las que se presenta alguien: aquí, un access token."""
        return {"Authorization": f"Bearer {quien}"}

    def pedir(
        self, metodo: str, ruta: str, quien: Any = None, **mas: Any
    ) -> httpx2.Response:
        """Manda una petición; ``quien`` es alguien con credencial, o nadie (None)."""
        url = self.servicio.direccion.rstrip("/") + ruta
        cabeceras = dict(mas.pop("headers", {}))
        if quien is not None:
            cabeceras |= self.credencial(quien)
        with self.servicio.vigilar(httpx2.TimeoutException, que=f"{metodo} {ruta}"):
            try:
                return self._cliente.request(
                    metodo, url, headers=cabeceras, timeout=self.servicio.plazo, **mas
                )
            except (httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
                raise ConnectionError(str(error)) from error

    def get(self, ruta: str, quien: Any = None, **filtros: Any) -> httpx2.Response:
        """GET, con esos parámetros en la URL."""
        return self.pedir("GET", ruta, quien, params=filtros)

    def post(self, ruta: str, datos: Any = None, quien: Any = None) -> httpx2.Response:
        """POST, con esos datos en JSON."""
        return self.pedir("POST", ruta, quien, json=datos)

    def patch(self, ruta: str, datos: Any, quien: Any = None) -> httpx2.Response:
        """PATCH, con esos datos en JSON."""
        return self.pedir("PATCH", ruta, quien, json=datos)

    def delete(self, ruta: str, quien: Any = None) -> httpx2.Response:
        """DELETE."""
        return self.pedir("DELETE", ruta, quien)

    def a_la_vez(
        self, tareas: Sequence[Callable[[], httpx2.Response]]
    ) -> list[httpx2.Response]:
        """Hace todas esas peticiones a la vez, cada una en su hilo."""
        salida = Barrier(len(tareas), timeout=10)

        def hacer(tarea: Callable[[], httpx2.Response]) -> httpx2.Response:
            salida.wait()
            return tarea()

        self.servicio.direccion  # noqa: B018 - que arranque antes, y una sola vez
        with ThreadPoolExecutor(len(tareas)) as hilos:
            return list(hilos.map(hacer, tareas))

    def ajuste(self, nombre: str) -> str:
        """Un ajuste del programa; con --direccion, el del entorno o no se puede."""
        self.servicio.direccion  # noqa: B018 - hasta que arranca no hay ajustes
        valor = (self.servicio.ajustes or os.environ).get(nombre)
        if valor is None:
            pytest.skip(f"con --direccion, hace falta {nombre} en el entorno")
        return valor


def nuevo_cliente() -> httpx2.Client:
    """Uno para toda la sesión: abrir otro en cada prueba es lento."""
    # Una conexión ociosa se deja antes de que la cierre el servidor (uvicorn, a los
    # 5 s): si no, una petición puede llegar justo cuando se está cerrando.
    limites = httpx2.Limits(max_connections=None, keepalive_expiry=1)
    return httpx2.Client(trust_env=False, limits=limites)
