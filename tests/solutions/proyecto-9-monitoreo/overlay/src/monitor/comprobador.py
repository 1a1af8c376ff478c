"""Llama a un servicio y dice cómo ha ido. No sabe nada de la base de datos."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpx2

from monitor.ajustes import Red
from monitor.destinos import DestinoProhibido, resolver

SALTOS = 5
REDIRIGEN = {301, 302, 303, 307, 308}


class MalaRedireccion(Exception):
    """Son demasiadas, o llevan adonde no se puede ir."""


@dataclass(frozen=True)
class Resultado:
    """Cómo ha ido una comprobación."""

    bien: bool
    motivo: str | None
    codigo: int | None
    latencia_ms: float


@cache
def certificados() -> ssl.SSLContext:
    """En quién se confía; cargarlos es lento, y no cambian."""
    return ssl.create_default_context()


async def comprobar(url: str, plazo: float, redes: Sequence[Red]) -> Resultado:
    """Comprueba una URL; el plazo es para todo, con sus redirecciones."""
    inicio = time.perf_counter()
    codigo: int | None = None
    motivo: str | None = None
    try:
        async with asyncio.timeout(plazo):
            if url.startswith("tcp:"):
                await abrir_y_cerrar(url, redes)
            else:
                codigo = await pedir(url, redes)
    except TimeoutError:
        motivo = "tiempo"
    except DestinoProhibido:
        motivo = "destino"
    except MalaRedireccion:
        motivo = "redirecciones"
    except (httpx2.ProtocolError, httpx2.DecodingError):
        motivo = "respuesta"
    except (httpx2.TransportError, OSError, UnicodeError):
        motivo = "conexion"
    if codigo is not None and not 200 <= codigo < 300:
        motivo = "codigo"
    tardado = round((time.perf_counter() - inicio) * 1000, 3)
    return Resultado(motivo is None, motivo, codigo, tardado)


async def abrir_y_cerrar(url: str, redes: Sequence[Red]) -> None:
    """TCP: basta con que alguien acepte la conexión."""
    partes = urlsplit(url)
    puerto = partes.port or 0
    direccion = await resolver(partes.hostname or "", puerto, redes)
    _, escritor = await asyncio.open_connection(direccion, puerto)
    escritor.transport.abort()


async def pedir(url: str, redes: Sequence[Red]) -> int:
    """HTTP: el código de la última respuesta, sin leer su cuerpo."""
    actual = httpx2.URL(url)
    for _ in range(SALTOS + 1):
        codigo, lugar = await un_salto(actual, redes)
        if codigo not in REDIRIGEN:
            return codigo
        try:
            actual = actual.join(lugar)
        except (httpx2.InvalidURL, ValueError) as error:
            raise MalaRedireccion(lugar) from error
        if not lugar or actual.scheme not in {"http", "https"} or not actual.host:
            raise MalaRedireccion(lugar)
    raise MalaRedireccion(url)


async def un_salto(url: httpx2.URL, redes: Sequence[Red]) -> tuple[int, str]:
    """Una petición a la dirección ya mirada; el nombre va en Host y en el TLS."""
    puerto = url.port or {"http": 80, "https": 443}[url.scheme]
    direccion = await resolver(url.host, puerto, redes)
    confianza = certificados() if url.scheme == "https" else False
    async with httpx2.AsyncClient(
        trust_env=False, timeout=None, verify=confianza
    ) as cliente:
        peticion = cliente.build_request(
            "GET",
            url.copy_with(host=direccion),
            headers={"Host": url.netloc.decode(), "User-Agent": "monitor/0.1"},
            extensions={"sni_hostname": url.host},
        )
        respuesta = await cliente.send(peticion, stream=True)
        await respuesta.aclose()
        return respuesta.status_code, respuesta.headers.get("location", "")
