"""Rangos y condiciones, sin archivos ni sockets."""

import pytest

from servidor.condiciones import (
    estado_condicional,
    fecha_http,
    leer_rango,
    vale_el_rango,
)
from servidor.mensajes import Cabeceras

ETIQUETA = '"abc"'


@pytest.mark.parametrize(
    ("valor", "rango"),
    [
        ("bytes=0-4", (0, 4)),
        ("bytes=5-", (5, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-30", (0, 9)),
        ("bytes=8-30", (8, 9)),
        ("bytes=10-", (10, 9)),
        ("bytes=-0", (10, 9)),
        ("bytes=4-2", None),
        ("bytes=0-1,3-4", None),
        ("bytes=-", None),
    ],
)
def test_leer_rango(valor: str, rango: tuple[int, int] | None) -> None:
    """De un archivo de diez bytes. Primero mayor que último: no hay ni uno."""
    assert leer_rango(valor, 10) == rango


@pytest.mark.parametrize(
    ("cabecera", "valor", "estado"),
    [
        ("If-None-Match", ETIQUETA, 304),
        ("If-None-Match", f"W/{ETIQUETA}", 304),
        ("If-None-Match", '"otra"', None),
        ("If-Match", '"otra"', 412),
        ("If-Match", "*", None),
        ("If-Modified-Since", fecha_http(1000), 304),
        ("If-Modified-Since", fecha_http(999), None),
        ("If-Modified-Since", "ayer", None),
        ("If-Unmodified-Since", fecha_http(999), 412),
    ],
)
def test_condiciones(cabecera: str, valor: str, estado: int | None) -> None:
    """Un archivo que se modificó en el segundo 1000."""
    assert estado_condicional(Cabeceras([(cabecera, valor)]), ETIQUETA, 1000) == estado


def test_if_range() -> None:
    """Etiqueta fuerte o fecha exacta."""
    assert vale_el_rango(Cabeceras(), ETIQUETA, 1000)
    for valor, vale in (
        (ETIQUETA, True),
        (f"W/{ETIQUETA}", False),
        (fecha_http(1000), True),
        (fecha_http(1001), False),
    ):
        assert vale_el_rango(Cabeceras([("If-Range", valor)]), ETIQUETA, 1000) is vale
