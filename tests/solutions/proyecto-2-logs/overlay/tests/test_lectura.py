"""De archivos a entradas."""

import gzip
import io
from pathlib import Path

from analizador.formatos import elegir
from analizador.lectura import LINEA_MAXIMA, Lector, lineas


def leer(*rutas: Path) -> tuple[Lector, list[str | None]]:
    lector = Lector(elegir("auto"))
    return lector, [entrada.mensaje for entrada in lector.leer([*map(str, rutas)])]


def test_mezcla_por_instante_y_no_por_texto(tmp_path: Path) -> None:
    uno, dos = tmp_path / "uno.log", tmp_path / "dos.log"
    uno.write_text('{"time": "2026-03-01T10:00:00+02:00", "msg": "antes"}\n')
    dos.write_text('{"time": "2026-03-01T09:00:00Z", "msg": "después"}\n')
    assert leer(dos, uno)[1] == ["antes", "después"]


def test_la_traza_es_de_la_entrada_anterior(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(
        "2026-03-01 09:00:00 ERROR t: mal\n"
        "Traceback (most recent call last):\n"
        "\n"
        "ValueError: x\n"
        "2026-03-01 09:00:01 INFO t: bien\n"
        "ValueError: y\n"
    )
    lector, mensajes = leer(log)
    assert mensajes == [
        "mal\nTraceback (most recent call last):\nValueError: x",
        "bien",
    ]
    assert [(rota.linea, rota.texto) for rota in lector.muestra] == [
        (6, "ValueError: y")
    ]


def test_gzip_cortado_conserva_lo_leido(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(gzip.compress(b'{"ts": 1, "msg": "hola"}\n' * 9)[:-6])
    lector, mensajes = leer(log, tmp_path / "falta.log")
    assert mensajes == ["hola"] * 9
    assert len(lector.fallos) == 2


def test_lineas_enormes_y_finales_de_windows() -> None:
    enorme = b"x" * (3 * LINEA_MAXIMA) + b"\n"
    flujo = io.BytesIO(b"\xef\xbb\xbfuno\r\n" + enorme + b"tres\xff")
    leidas = [(numero, texto[:9], entera) for numero, texto, entera in lineas(flujo)]
    assert leidas == [
        (1, "uno", True),
        (2, "x" * 9, False),
        (3, "tres\ufffd", True),
    ]
