"""Los formatos, de línea en línea."""

from datetime import UTC, datetime

import pytest

from analizador.formatos import DE_FABRICA, elegir
from analizador.formatos.combined import Combined
from analizador.formatos.lineas_json import LineasJson
from analizador.formatos.python_logging import PythonLogging
from analizador.formatos.syslog import Syslog

COMBINED = (
    '203.0.113.7 - ana [01/Mar/2026:10:00:00 +0100] "GET /posts?p=2 HTTP/1.1" 200 5'
)


def test_combined_dice_hora_ruta_y_duracion() -> None:
    entrada = Combined().analizar(COMBINED + ' "-" "curl" 0.029')
    assert entrada is not None
    assert entrada.momento == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert (entrada.metodo, entrada.ruta) == ("GET", "/posts")
    assert (entrada.estado, entrada.nivel, entrada.duracion_ms) == (200, "INFO", 29)


@pytest.mark.parametrize(
    "linea",
    [
        COMBINED.replace("01/Mar", "31/Feb"),
        COMBINED.replace("Mar", "mar"),
        COMBINED.replace("+0100", "+9900"),
        COMBINED + " sobra",
        "",
    ],
)
def test_combined_no_entiende_cualquier_cosa(linea: str) -> None:
    assert Combined().analizar(linea) is None


@pytest.mark.parametrize(
    ("linea", "nivel"),
    [
        ('{"ts": 0, "level": "warn"}', "WARNING"),
        ('{"ts": 0, "severity": "emerg"}', "CRITICAL"),
        ('{"ts": 0, "level": "raro"}', None),
        ('{"ts": 0, "status": 404}', "WARNING"),
        ('{"ts": 0, "status": "503"}', "ERROR"),
        ('{"ts": 0, "status": 7}', None),
    ],
)
def test_json_y_sus_niveles(linea: str, nivel: str | None) -> None:
    entrada = LineasJson().analizar(linea)
    assert entrada is not None
    assert entrada.nivel == nivel


@pytest.mark.parametrize(
    "linea", ['{"ts": true}', '{"ts": 1e400}', "{", "[]", "{}", '{"time": "ayer"}']
)
def test_json_sin_un_momento_que_exista(linea: str) -> None:
    assert LineasJson().analizar(linea) is None


def test_syslog_salta_los_datos_estructurados() -> None:
    linea = r'<165>1 2026-03-01T09:00:00Z web - 8 - [a@1 k="x\]"][b@1] hola'
    entrada = Syslog().analizar(linea)
    assert entrada is not None
    assert (entrada.mensaje, entrada.cliente, entrada.programa) == ("hola", "web", None)


@pytest.mark.parametrize(("pri", "nivel"), [(0, "CRITICAL"), (12, "WARNING")])
def test_syslog_saca_el_nivel_de_pri(pri: int, nivel: str) -> None:
    entrada = Syslog().analizar(f"<{pri}>1 - - - - - -")
    assert entrada is not None
    assert (entrada.nivel, entrada.momento) == (nivel, None)


@pytest.mark.parametrize(
    "linea",
    [
        "2026-03-01 09:00:00,250 ERROR tienda: no",
        "2026-03-01 09:00:00.250 - tienda - ERROR - no",
    ],
)
def test_logging_en_sus_dos_formas(linea: str) -> None:
    entrada = PythonLogging().analizar(linea)
    assert entrada is not None
    assert entrada.momento == datetime(2026, 3, 1, 9, 0, 0, 250_000, tzinfo=UTC)
    assert (entrada.programa, entrada.mensaje) == ("tienda", "no")
    assert entrada.es_error


def test_cada_linea_es_de_un_solo_formato() -> None:
    lineas = [
        COMBINED,
        '{"ts": 0}',
        "<34>1 - - - - - -",
        "2026-03-01 09:00:00 INFO tienda: hola",
    ]
    for linea in lineas:
        entienden = [f.nombre for f in DE_FABRICA if f.analizar(linea)]
        assert len(entienden) == 1, (linea, entienden)
        entrada = elegir("auto").analizar(linea)
        assert entrada is not None
        assert entrada.formato == entienden[0]
