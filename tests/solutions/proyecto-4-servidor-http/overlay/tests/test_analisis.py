"""Las reglas que no necesitan sockets: líneas, cabeceras y cuerpos."""

import pytest

from servidor.analisis import (
    cabecera,
    longitud_del_cuerpo,
    persiste,
    primera_linea,
    segmentos,
    tamano_del_trozo,
)
from servidor.mensajes import Cabeceras, ErrorHTTP


def estado_de(error: pytest.ExceptionInfo[ErrorHTTP]) -> int:
    return error.value.estado


def test_primera_linea() -> None:
    """Separa método, ruta, consulta y versión."""
    linea = primera_linea(b"GET /a/b?c=d?e HTTP/1.0")
    assert linea == ("GET", "/a/b", "c=d?e", "HTTP/1.0")


def test_destino_absoluto_sin_ruta() -> None:
    """«http://sitio» es la raíz del sitio, también con consulta."""
    assert primera_linea(b"GET http://a.example HTTP/1.1").ruta == "/"
    assert primera_linea(b"GET http://a.example?b HTTP/1.1").consulta == "b"


@pytest.mark.parametrize(
    ("linea", "estado"),
    [
        (b"GET / HTTP/2.0", 505),
        (b"BREW / HTTP/1.1", 501),
        (b"GET * HTTP/1.1", 400),
        (b"GET /%zz HTTP/1.1", 400),
        (b"GET /\n HTTP/1.1", 400),
    ],
)
def test_primeras_lineas_que_no_valen(linea: bytes, estado: int) -> None:
    """Cada una con su estado."""
    with pytest.raises(ErrorHTTP) as error:
        primera_linea(linea)
    assert estado_de(error) == estado


def test_los_segmentos_se_parten_antes_de_descodificar() -> None:
    """Una barra codificada no separa."""
    assert segmentos("/a%2Fb/%C3%B1/") == ["a/b", "ñ", ""]


def test_cabecera() -> None:
    """Sin los espacios de los extremos."""
    assert cabecera(b"X-A: \t uno dos \t") == ("X-A", "uno dos")
    with pytest.raises(ErrorHTTP):
        cabecera(b" doblada: no")


def test_longitud_del_cuerpo() -> None:
    """Cifras, chunked o nada."""
    assert longitud_del_cuerpo(Cabeceras(), "HTTP/1.1", 10) == 0
    diez = Cabeceras([("content-length", "10")])
    assert longitud_del_cuerpo(diez, "HTTP/1.1", 10) == 10
    trozos = Cabeceras([("Transfer-Encoding", "Chunked")])
    assert longitud_del_cuerpo(trozos, "HTTP/1.1", 10) is None
    with pytest.raises(ErrorHTTP) as error:
        longitud_del_cuerpo(diez, "HTTP/1.1", 9)
    assert estado_de(error) == 413


def test_tamano_del_trozo() -> None:
    """En hexadecimal, y sin las extensiones."""
    assert tamano_del_trozo(b"1a;nombre=valor") == 26
    with pytest.raises(ErrorHTTP):
        tamano_del_trozo(b"0x1a")


@pytest.mark.parametrize(
    ("version", "valor", "sigue"),
    [
        ("HTTP/1.1", "", True),
        ("HTTP/1.1", "otra, Close", False),
        ("HTTP/1.0", "", False),
        ("HTTP/1.0", "keep-alive", True),
    ],
)
def test_persiste(version: str, valor: str, sigue: bool) -> None:
    """1.1 sigue si no dicen lo contrario; 1.0, al revés."""
    assert persiste(Cabeceras([("Connection", valor)]), version) is sigue
