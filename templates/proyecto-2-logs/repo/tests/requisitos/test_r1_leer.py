# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Leer múltiples formatos de logs."""

import gzip
import json
import os
import random
import re
import subprocess
import sys
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from motor.programa import a_la_vez, ejecutar, entorno_de_prueba, plazo
from requisitos.apoyo import (
    Analizador,
    comprobar,
    comprobar_codigo,
    entradas_de,
    guardar,
)
from requisitos.logs import MESES, Suceso, iso, sucesos

BUENA = '{"time": "2026-03-01T09:00:00Z", "level": "info", "msg": "buena"}'
TRAZA = "Traceback (most recent call last):"
DOS_TRAZAS = [
    TRAZA,
    "KeyError: 'pan'",
    "During handling of the above exception, another exception occurred:",
    TRAZA,
    "ValueError: sin pan",
]
# Un ordenador en hora local de las islas Line: catorce horas por delante de UTC.
LEJOS = {"TZ": "Pacific/Kiritimati"}


def test_combined(analizador: Analizador, tmp_path: Path) -> None:
    """El formato combined (y el common, sin los dos últimos campos) se lee entero."""
    log = guardar(
        tmp_path / "acceso.log",
        [
            "203.0.113.7 - ana [01/Mar/2026:23:30:05 -0500] "
            '"GET /posts/7?orden=fecha HTTP/1.1" 200 512 "-" "curl/8.1" 1.001',
            '::1 - - [01/Dec/2026:00:00:00 +0000] "POST /año HTTP/2.0" 503 - '
            r'"https://ej.es/\"x\"" "Robot \"curioso\" [v2] \\" -',
            '10.0.0.9 - - [29/Feb/2028:12:00:00 +0530] "HEAD / HTTP/1.0" 404 0',
            r'10.0.0.9 - - [01/Mar/2026:09:00:00 +0000] "\x16\x03\x01" 400 157 "-" "-"',
            '- - - [01/Mar/2026:09:00:00 +0000] "GET /?a=1?b HTTP/1.1" 599 5 0.0004',
            *(
                f'10.0.0.9 - - [09/{mes}/2026:09:00:00 -0330] "GET / HTTP/1.1" 200 5'
                for mes in MESES
            ),
        ],
    )
    entradas = analizador.leer(log)
    assert len(entradas) == 17, f"Se esperaban 17 entradas, y llegaron {len(entradas)}"
    por_linea = {entrada["linea"]: entrada for entrada in entradas}
    comprobar(
        por_linea[1],
        momento="2026-03-02T04:30:05Z",
        nivel="INFO",
        mensaje="GET /posts/7?orden=fecha HTTP/1.1",
        cliente="203.0.113.7",
        metodo="GET",
        ruta="/posts/7",
        estado=200,
        duracion_ms=1001,
        programa=None,
        formato="combined",
        origen=str(log),
    )
    comprobar(
        por_linea[2],
        momento="2026-12-01T00:00:00Z",
        nivel="ERROR",
        cliente="::1",
        metodo="POST",
        ruta="/año",
        estado=503,
        duracion_ms=None,
    )
    comprobar(por_linea[3], momento="2028-02-29T06:30:00Z", nivel="WARNING", estado=404)
    comprobar(por_linea[4], metodo=None, ruta=None, estado=400, mensaje=r"\x16\x03\x01")
    comprobar(
        por_linea[5], cliente=None, ruta="/", estado=599, nivel="ERROR", duracion_ms=0
    )
    for mes in range(1, 13):
        comprobar(por_linea[5 + mes], momento=f"2026-{mes:02}-09T12:30:00Z")


def test_json(analizador: Analizador, tmp_path: Path) -> None:
    """Un objeto JSON por línea, con los nombres de campo del contrato.

    Si de una cosa hay varios nombres, vale el primero de la lista del contrato.
    """
    log = guardar(
        tmp_path / "app.log",
        [
            '{"time": "2026-03-01T10:00:00.25+01:00", "level": "warn", "msg": "Señal", '
            '"client": "10.0.0.1", "logger": "web", "method": "GET", "otro": [1, {}], '
            '"path": "//a;x#b?c=d?e", "status": 499, "duration_ms": 12.6}',
            '{"timestamp": "2026-03-01 09:00:01", "severity": "FATAL", '
            '"message": "fin"}',
            '{"ts": 1772355602.5, "status": 502}',
            '{"time": "2026-03-01T09:00:03.123456789Z", "level": 30, "msg": {"a": 1}, '
            '"status": "nada", "duration_ms": -5, "remote_addr": "::1"}',
            # De cada cosa, con todos sus nombres: vale el primero del contrato.
            '{"ts": 1, "timestamp": "2026-03-01T09:00:05Z", '
            '"time": "2026-03-01T09:00:04Z", "severity": "debug", "level": "error", '
            '"msg": "segundo", "message": "primero", "remote_addr": "dos", '
            '"client": "uno", "service": "dos", "logger": "uno"}',
            '{"severity": "debug", "ts": 1, "timestamp": "2026-03-01T09:00:05Z", '
            '"service": "s"}',
            # Lo vacío y el cero también son algo que se dice.
            '{"ts": 0, "msg": "", "client": "", "logger": "", "method": "", '
            '"path": "?a=b", "duration_ms": 0}',
        ],
    )
    entradas = analizador.leer(log, entorno=LEJOS)
    assert len(entradas) == 7, f"Se esperaban 7 entradas, y llegaron {len(entradas)}"
    comprobar(
        entradas[0],
        momento="2026-03-01T09:00:00.250Z",
        nivel="WARNING",
        mensaje="Señal",
        cliente="10.0.0.1",
        programa="web",
        metodo="GET",
        ruta="//a;x#b",
        estado=499,
        duracion_ms=13,
        formato="json",
        linea=1,
    )
    comprobar(
        entradas[1], momento="2026-03-01T09:00:01Z", nivel="CRITICAL", mensaje="fin"
    )
    comprobar(
        entradas[2],
        momento="2026-03-01T09:00:02.500Z",
        nivel="ERROR",
        mensaje=None,
        estado=502,
    )
    comprobar(
        entradas[3],
        momento="2026-03-01T09:00:03.123456Z",
        nivel=None,
        mensaje=None,
        estado=None,
        duracion_ms=None,
        cliente="::1",
    )
    comprobar(
        entradas[4],
        momento="2026-03-01T09:00:04Z",
        nivel="ERROR",
        mensaje="primero",
        cliente="uno",
        programa="uno",
    )
    comprobar(entradas[5], momento="2026-03-01T09:00:05Z", nivel="DEBUG", programa="s")
    vacios = dict.fromkeys(["mensaje", "cliente", "programa", "metodo", "ruta"], "")
    comprobar(
        entradas[6], momento="1970-01-01T00:00:00Z", nivel=None, duracion_ms=0, **vacios
    )


ALIAS = {
    "trace": "DEBUG",
    "notice": "INFO",
    "Warn": "WARNING",
    "err": "ERROR",
    **dict.fromkeys(["fatal", "crit", "alert", "EMERG"], "CRITICAL"),
    **{nivel.lower(): nivel for nivel in ("DEBUG", "INFO", "WARNING", "CRITICAL")},
}


def test_cada_nivel_con_todos_sus_nombres(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Los niveles salen siempre con su nombre; sin nivel, lo da el estado."""
    casos = [({"level": alias}, nivel) for alias, nivel in ALIAS.items()]
    casos += [({"status": 399}, "INFO"), ({"status": 400}, "WARNING")]
    casos += [({"status": 499}, "WARNING"), ({"status": 500}, "ERROR")]
    casos += [({"status": 100}, "INFO"), ({"status": 599}, "ERROR")]
    casos += [({"status": 500, "level": "info"}, "INFO"), ({"status": 600}, None)]
    casos += [({"status": 99}, None), ({"status": 404.7}, None)]
    log = guardar(
        tmp_path / "app.log",
        (json.dumps({"time": "2026-03-01T09:00:00Z", **campos}) for campos, _ in casos),
    )
    entradas = analizador.leer(log)
    llegaron = [entrada["nivel"] for entrada in entradas]
    assert len(llegaron) == len(casos), f"Se esperaban {len(casos)}, y llegó {llegaron}"
    for (campos, nivel), llego in zip(casos, llegaron, strict=True):
        assert llego == nivel, f"Con {campos} se esperaba {nivel}, y llegó {llego}"
    for (campos, nivel), entrada in zip(casos, entradas, strict=True):
        estado = campos.get("status") if nivel else None
        comprobar(entrada, estado=estado)


def test_syslog(analizador: Analizador, tmp_path: Path) -> None:
    """syslog según la RFC 5424: la gravedad, los datos estructurados y el BOM."""
    log = guardar(
        tmp_path / "syslog",
        [
            "<34>1 2026-03-01T09:00:00.003Z equipo1 su - ID47 - \ufefffallo de su ",
            "<165>1 2026-03-01T11:00:01.000003+02:00 equipo2 nginx 812 - "
            r'[ej@32473 iut="3" k="a\] b\"c"][otro@1] arranca - [ya]',
            "<191>1 2026-03-01T09:00:02Z - - - - -",
            "<11>1 - equipo1 cron 7 - - sin hora",
            "<192>1 2026-03-01T09:00:03Z equipo1 su - - - gravedad imposible",
            *(f"<{24 + n}>1 2026-03-01T09:00:04Z e p - - - {n}" for n in range(8)),
        ],
    )
    entradas = analizador.leer(log)
    assert len(entradas) == 12, f"Se esperaban 12 entradas, y llegaron {len(entradas)}"
    gravedades = ["CRITICAL"] * 3 + ["ERROR", "WARNING", "INFO", "INFO", "DEBUG"]
    for entrada, nivel in zip(entradas[4:], gravedades, strict=True):
        comprobar(entrada, nivel=nivel)
    comprobar(
        entradas[0],
        momento="2026-03-01T09:00:00.003Z",
        nivel="CRITICAL",
        mensaje="fallo de su ",
        cliente="equipo1",
        programa="su",
        formato="syslog",
    )
    comprobar(
        entradas[1],
        momento="2026-03-01T09:00:01.000003Z",
        nivel="INFO",
        mensaje="arranca - [ya]",
        cliente="equipo2",
        programa="nginx",
    )
    comprobar(entradas[2], nivel="DEBUG", mensaje="", cliente=None, programa=None)
    comprobar(entradas[3], momento=None, nivel="ERROR", mensaje="sin hora", linea=4)


def test_logging_de_python(analizador: Analizador, tmp_path: Path) -> None:
    """Las dos formas de logging, y la traza, que es de la entrada que la precede."""
    log = guardar(
        tmp_path / "tienda.log",
        [
            "2026-03-01 09:00:00,250 ERROR tienda.pagos: no se pudo cobrar: 3 - tres",
            TRAZA,
            '  File "pagos.py", line 7, in cobrar',
            "    raise ValueError(total)  ",
            "",
            "ValueError: 2026-03-01 está vacío",
            "2026-03-01 09:00:01,000 - tienda.web - INFO - listo - ya",
            f"esto no empieza por {TRAZA}",
            "2026-03-01 09:00:02 DEBUG tienda.web: adiós",
            "2026-03-01 09:00:03 - tienda.web - warn - con otro nombre",
            '{"time": "2026-03-01T09:00:04Z"}',
            TRAZA,
            "2026-03-01 09:00:05 Critical tienda.web: última",
            "esto tampoco",
            TRAZA,
            "2026-03-01 09:00:06 ERROR tienda.web: dos trazas",
            "  ",
            *DOS_TRAZAS,
        ],
    )
    resultado = ejecutar("analizador", "leer", log, entorno=LEJOS)
    comprobar_codigo(resultado, 0)
    entradas = entradas_de(resultado)
    lineas = [entrada["linea"] for entrada in entradas]
    esperado = [1, 7, 9, 10, 11, 13, 16]
    assert lineas == esperado, f"Se esperaban las líneas {esperado}, y llegó {lineas}"
    comprobar(
        entradas[0],
        momento="2026-03-01T09:00:00.250Z",
        nivel="ERROR",
        programa="tienda.pagos",
        formato="python",
        mensaje="no se pudo cobrar: 3 - tres\n"
        f'{TRAZA}\n  File "pagos.py", line 7, in cobrar\n'
        "    raise ValueError(total)  \nValueError: 2026-03-01 está vacío",
    )
    comprobar(entradas[1], nivel="INFO", programa="tienda.web", mensaje="listo - ya")
    comprobar(entradas[2], nivel="DEBUG", mensaje="adiós")
    comprobar(entradas[3], nivel="WARNING", mensaje="con otro nombre")
    comprobar(entradas[4], formato="json", mensaje=None)
    comprobar(entradas[5], nivel="CRITICAL", mensaje="última")
    comprobar(entradas[6], mensaje="\n".join(["dos trazas", *DOS_TRAZAS]))
    rotas = re.findall(r"tienda\.log:(\d+):", resultado.error)
    assert rotas == ["8", "12", "14", "15"], (
        "Se esperaban rotas la 8 y la 14, y también la 12 y la 15, que son trazas pero "
        f"no vienen justo detrás de una entrada de logging:\n{resultado}"
    )


def mezclar(suceso: Suceso, numero: int) -> tuple[str, str]:
    """El suceso en uno de los cuatro formatos, y el nombre del formato."""
    escribir = [
        (suceso.como_combined, "combined"),
        (suceso.como_json, "json"),
        (suceso.como_syslog, "syslog"),
        (suceso.como_python, "python"),
    ]
    hacer, formato = escribir[numero % 4]
    return hacer(), formato


def test_reconoce_el_formato_por_el_contenido(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Ni el nombre del archivo ni su primera línea: cada línea dice su formato."""
    todos = list(sucesos(200))
    escritas = [mezclar(suceso, numero) for numero, suceso in enumerate(todos)]
    basura = ["### rotado a las 09:00 ###"] * 3
    log = guardar(tmp_path / "nginx.json", [*basura, *(linea for linea, _ in escritas)])
    entradas = analizador.leer("--formato", "auto", log)
    assert len(entradas) == 200, f"Se esperaban 200, y llegaron {len(entradas)}"
    por_linea = {entrada["linea"]: entrada for entrada in entradas}
    for numero, (suceso, (_, formato)) in enumerate(
        zip(todos, escritas, strict=True), len(basura) + 1
    ):
        esperado = {"formato": formato}
        if formato in {"combined", "json"}:
            esperado |= {
                "ruta": suceso.ruta,
                "metodo": suceso.metodo,
                "cliente": suceso.cliente,
                "estado": suceso.estado,
                "duracion_ms": suceso.duracion_ms,
            }
        if formato != "combined":
            esperado |= {
                "momento": iso(suceso.momento),
                "nivel": suceso.nivel,
                "programa": suceso.programa,
                "mensaje": suceso.mensaje,
            }
        comprobar(por_linea[numero], **esperado)


def test_formato_obligado(analizador: Analizador, tmp_path: Path) -> None:
    """Con --formato, las líneas de cualquier otro formato están rotas."""
    suceso = next(sucesos(1))
    lineas = [mezclar(suceso, numero)[0] for numero in range(4)]
    log = guardar(tmp_path / "todo.log", lineas)
    nombres = ["combined", "json", "syslog", "python"]
    resultados = a_la_vez(
        lambda nombre: analizador.ordena("leer", "--formato", nombre, log), nombres
    )
    for nombre, resultado in zip(nombres, resultados, strict=True):
        comprobar_codigo(resultado, 0)
        formatos = [entrada["formato"] for entrada in entradas_de(resultado)]
        assert formatos == [nombre], (
            f"Se esperaba solo una entrada, {nombre}, y llegó {formatos}"
        )
        assert "3 líneas rotas" in resultado.error, (
            f"Se esperaban 3 líneas rotas:\n{resultado}"
        )


def test_gzip(analizador: Analizador, tmp_path: Path) -> None:
    """Un gzip se descomprime, se llame como se llame y tenga los trozos que tenga."""
    lineas = [suceso.como_combined() for suceso in sucesos(60)]
    mitades = ["".join(f"{linea}\n" for linea in lineas[i : i + 30]) for i in (0, 30)]
    mitades[0] = f"\ufeff{mitades[0]}"  # un BOM de los que escribe Windows
    comprimido = b"".join(gzip.compress(mitad.encode(), mtime=0) for mitad in mitades)
    log = tmp_path / "acceso.log"
    log.write_bytes(comprimido)
    falso = guardar(tmp_path / "falso.gz", lineas[:1])
    archivo, tuberia, texto = a_la_vez(
        lambda caso: analizador.leer(*caso[0], entrada=caso[1]),
        [([log], None), (["-"], comprimido), ([falso], None)],
    )
    for entradas in (archivo, tuberia):
        numeros = [entrada["linea"] for entrada in entradas]
        assert numeros == list(range(1, 61)), (
            f"Se esperaban las líneas de la 1 a la 60, y llegaron: {numeros}"
        )
        comprobar(entradas[0], cliente=lineas[0].split()[0])  # sin el BOM
    assert len(texto) == 1, "Un .gz que no es gzip se lee como texto"


def test_entrada_estandar(analizador: Analizador) -> None:
    """Sin archivos, o con «-», se lee la entrada estándar."""
    texto = "".join(f"{suceso.como_json()}\n" for suceso in sucesos(5))
    for entradas in a_la_vez(
        lambda args: analizador.leer(*args, entrada=texto), [[], ["-"]]
    ):
        assert [entrada["origen"] for entrada in entradas] == ["-"] * 5, (
            f"Se esperaban 5 entradas de origen «-», y llegó {entradas}"
        )


def test_mezcla_por_orden_de_tiempo(analizador: Analizador, tmp_path: Path) -> None:
    """Varios archivos salen como uno, en orden de tiempo, sean de la zona que sean."""
    todos = list(sucesos(90, cada=timedelta(seconds=1)))
    madrid = guardar(
        tmp_path / "madrid.log", [s.como_combined(horas=1) for s in todos[0::3]]
    )
    lima = guardar(
        tmp_path / "lima.log", [s.como_combined(horas=-5) for s in todos[1::3]]
    )
    utc = "".join(f"{s.como_json()}\n" for s in todos[2::3])
    entradas = analizador.leer(madrid, "-", lima, entrada=utc)
    assert len(entradas) == 90, f"Se esperaban 90 entradas, y llegaron {len(entradas)}"
    origenes = [Path(entrada["origen"]).name for entrada in entradas[:6]]
    esperado = ["madrid.log", "lima.log", "-"] * 2
    assert origenes == esperado, f"Se esperaba el orden {esperado}, y llegó {origenes}"
    momentos = [entrada["momento"] for entrada in entradas]
    assert momentos == sorted(momentos), "Se esperaban las entradas en orden de tiempo"
    fracciones = [[".9", ".99", ".999", ".9995"], [".95", ".991", ".9991", ".9999"]]
    par = [
        guardar(
            tmp_path / f"{numero}.log",
            (f'{{"time": "2026-03-01T09:00:00{f}Z", "msg": "{f}"}}' for f in unas),
        )
        for numero, unas in enumerate(fracciones)
    ]
    mensajes = [entrada["mensaje"] for entrada in analizador.leer(*par)]
    esperado = [".9", ".95", ".99", ".991", ".999", ".9991", ".9995", ".9999"]
    assert mensajes == esperado, (
        f"Dentro del mismo segundo se esperaba {esperado}, y llegó {mensajes}"
    )


def test_empates_en_el_orden_dado(analizador: Analizador, tmp_path: Path) -> None:
    """A la misma hora, primero el que se nombró antes; sin hora, tras la anterior.

    Y el orden que cada archivo tiene por dentro no se toca.
    """
    guardar(
        tmp_path / "uno.log",
        [
            "<14>1 2026-03-01T09:00:00Z e a - - - uno",
            "<14>1 - e a - - - dos, sin hora",
            "<14>1 2026-03-01T09:00:05Z e a - - - cinco",
        ],
    )
    guardar(
        tmp_path / "otro.log",
        [
            "<14>1 2026-03-01T10:00:00+01:00 e a - - - tres",
            "<14>1 2026-03-01T09:00:01Z e a - - - cuatro",
        ],
    )
    guardar(
        tmp_path / "desordenado.log",
        [
            "<14>1 2026-03-01T09:00:01Z e a - - - seis",
            "<14>1 2026-03-01T08:00:00Z e a - - - siete, va detrás de seis",
        ],
    )
    guardar(
        tmp_path / "principio.log",
        [
            "<14>1 - e a - - - delante no hay nada",
            "<14>1 2026-03-01T09:00:02Z e a - - - ocho",
        ],
    )
    logs = ["./uno.log", "otro.log", "desordenado.log", "principio.log"]
    todas = analizador.leer(*logs, carpeta=tmp_path)
    # Dónde va lo que no tiene hora ni nada delante no se dice: que no estorbe.
    entradas = [e for e in todas if e["mensaje"] != "delante no hay nada"]
    assert len(todas) == len(entradas) + 1, f"Falta o sobra la que empieza: {todas}"
    # El origen es el archivo como se escribió en la orden.
    origenes = [entrada["origen"] for entrada in entradas]
    esperado = [logs[0]] * 2 + [logs[1]] * 2 + [logs[2]] * 2 + [logs[3], logs[0]]
    assert origenes == esperado, f"Se esperaba {esperado}, y llegó {origenes}"
    mensajes = [entrada["mensaje"] for entrada in entradas]
    esperado = ["uno", "dos, sin hora", "tres", "cuatro"]
    esperado += ["seis", "siete, va detrás de seis", "ocho", "cinco"]
    assert mensajes == esperado, f"Se esperaba {esperado}, y llegó {mensajes}"


def test_lineas_rotas(analizador: Analizador, tmp_path: Path) -> None:
    """Las líneas que no se entienden se cuentan, se enseñan (diez) y no paran nada."""
    raras = [
        "esto no es un log",
        '10.0.0.9 - - [31/Feb/2026:09:00:00 +0000] "GET / HTTP/1.1" 200 5',
        '10.0.0.9 - - [01/Mar/2026:09:00:00 +0000] "GET / HTTP/1.1" 20',
        '{"time": "2026-03-01T09:00:00Z", "level": "info"',
        '{"level": "info", "msg": "sin hora"}',
        '{"time": "ayer", "msg": "sin hora que se entienda"}',
        "<34>2 2026-03-01T09:00:00Z equipo1 su - - - otra versión",
        "<34>1 2026-03-01T25:00:00Z equipo1 su - - - hora imposible",
        "2026-02-30 09:00:00,000 ERROR tienda: día imposible",
        "2026-03-01 09:00:00,000 GRAVE tienda: nivel desconocido",
        "\x1b[2J una más",
        "y otra",
    ]
    log = guardar(tmp_path / "mixto.log", [*raras[:6], BUENA, "", "   ", *raras[6:]])
    # Las diez son de todos los archivos juntos.
    varias = guardar(tmp_path / "varias.log", ["rota"] * 15)
    juntos = analizador.ordena("leer", log, varias)
    assert "27 líneas rotas" in juntos.error, f"Se esperaban 27 rotas:\n{juntos}"
    vistas = re.findall(r"(?:mixto|varias)\.log:\d+:", juntos.error)
    assert len(vistas) == 10, f"Se esperaba ver 10, y se ven {len(vistas)}:\n{juntos}"
    resultado = analizador.ordena("leer", log)
    comprobar_codigo(resultado, 0)
    assert len(entradas_de(resultado)) == 1, f"Se esperaba una entrada:\n{resultado}"
    assert "12 líneas rotas" in resultado.error, (
        f"Se esperaba que dijera «12 líneas rotas»:\n{resultado}"
    )
    for numero in (1, 2, 3, 4, 5, 6, 10, 11, 12, 13):
        assert f"mixto.log:{numero}:" in resultado.error, (
            f"Se esperaba que enseñara la línea {numero}, con mixto.log:{numero}:\n"
            f"{resultado}"
        )
    assert "esto no es un log" in resultado.error, (
        f"Se esperaba ver el texto de la línea rota:\n{resultado}"
    )
    assert "mixto.log:15:" not in resultado.error, (
        f"Se esperaba ver solo las diez primeras:\n{resultado}"
    )


def test_lo_que_se_muestra_no_manda_en_la_terminal(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Ni una línea rota ni un nombre se enseñan con caracteres de control."""
    nombre = "hostil.log" if sys.platform == "win32" else "hostil\x1b[31m.log"
    log = guardar(
        tmp_path / nombre, ["\x1b[2J\x1b]0;hola\x07\x9b31m\x7f ¡borrado!", BUENA]
    )
    resultado = analizador.ordena("leer", log, tmp_path / "falta\x1b[2J.log")
    comprobar_codigo(resultado, 1)
    assert "borrado!" in resultado.error, (
        f"Se esperaba ver el texto de la línea rota:\n{resultado}"
    )
    assert "1 línea rota\n" in resultado.error, (
        f"Se esperaba que dijera «1 línea rota», en singular:\n{resultado}"
    )
    malos = [c for c in resultado.error if c in "\x1b\x07\x9b\x7f"]
    assert not malos, (
        "Se esperaban los caracteres de control escritos de otra forma, y la salida "
        f"de error los tiene tal cual: {malos}"
    )


def test_codificaciones(analizador: Analizador, tmp_path: Path) -> None:
    """UTF-8 con BOM, bytes que no son UTF-8, finales de Windows y separadores raros."""
    log = tmp_path / "raro.log"
    log.write_bytes(
        b"\xef\xbb\xbf"
        + BUENA.encode()
        + b"\r\n"
        + "2026-03-01 09:00:01,000 INFO t: uno\u2028dos\x85tres\x0ccuatro\r\n".encode()
        + b"2026-03-01 09:00:02,000 INFO t: caf\xe9 y \xff\r\n"
        + b"2026-03-01 09:00:03,000 INFO t: uno\rdos\r\r\n"
        + b"2026-03-01 09:00:04,000 INFO t: sin final\r"
    )
    otro = tmp_path / "otro.log"
    otro.write_bytes(b"\xef\xbb\xbf" + BUENA.replace("00Z", "05Z").encode())
    entradas = analizador.leer(log, otro)
    lineas = [entrada["linea"] for entrada in entradas]
    assert lineas == [1, 2, 3, 4, 5, 1], f"Se esperaban 6 entradas, y llegó {lineas}"
    comprobar(entradas[0], mensaje="buena", formato="json")
    comprobar(entradas[1], mensaje="uno\u2028dos\x85tres\x0ccuatro")
    comprobar(entradas[2], mensaje="caf\ufffd y \ufffd")
    comprobar(entradas[3], mensaje="uno\rdos\r")
    comprobar(entradas[4], mensaje="sin final\r")  # un \r sin \n es texto


def test_la_salida_es_utf8_en_cualquier_sistema(
    analizador: Analizador, tmp_path: Path
) -> None:
    """La salida es UTF-8 aunque el sistema esté configurado de otra forma."""
    log = tmp_path / "ñandú.log"
    guardar(log, ["2026-03-01 09:00:00,000 INFO t: ñ, «日本» y €", "línea rota: ñ"])
    entorno = {
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "",
        "LC_ALL": "C",
    }
    resultado = analizador.ordena(
        "leer", "ñandú.log", carpeta=tmp_path, entorno=entorno
    )
    comprobar_codigo(resultado, 0)
    comprobar(entradas_de(resultado)[0], mensaje="ñ, «日本» y €")


def test_un_archivo_que_falta_no_para_a_los_demas(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Lo que no se puede leer se explica, el resto se lee, y el código es 1."""
    primero = guardar(tmp_path / "primero.log", [BUENA])
    ultimo = guardar(tmp_path / "ultimo.log", [BUENA])
    (tmp_path / "carpeta").mkdir()
    resultado = analizador.ordena(
        "leer", primero, tmp_path / "falta.log", tmp_path / "carpeta", ultimo
    )
    comprobar_codigo(resultado, 1)
    origenes = [Path(entrada["origen"]).name for entrada in entradas_de(resultado)]
    assert origenes == ["primero.log", "ultimo.log"], (
        f"Se esperaban primero.log y ultimo.log, y llegó {origenes}"
    )
    for nombre in ("falta.log", "carpeta"):
        assert nombre in resultado.error, (
            f"Se esperaba que explicara qué pasa con {nombre}:\n{resultado}"
        )


def test_gzip_cortado_o_estropeado(analizador: Analizador, tmp_path: Path) -> None:
    """De un gzip cortado se leen todas las líneas enteras que hay, y el código es 1."""
    entero = "".join(f"{s.como_json()}\n" for s in sucesos(3000)).encode()
    comprimido = gzip.compress(entero, 1, mtime=0)
    cortado = tmp_path / "cortado.log.gz"
    cortado.write_bytes(comprimido[: len(comprimido) * 2 // 3])
    hay = zlib.decompressobj(31).decompress(cortado.read_bytes()).count(b"\n")
    estropeado = tmp_path / "estropeado.log.gz"
    estropeado.write_bytes(comprimido[:12] + b"\xff" * 40 + comprimido[52:])
    # Y otro cortado justo al final de una línea, a la que podría seguir una traza.
    justo = tmp_path / "justo.log.gz"
    en_marcha = zlib.compressobj(1, wbits=31)
    texto = "".join(f"{s.como_python()}\n" for s in sucesos(20)).encode()
    justo.write_bytes(en_marcha.compress(texto) + en_marcha.flush(zlib.Z_SYNC_FLUSH))
    bueno = guardar(tmp_path / "bueno.log", [BUENA])
    resultado = analizador.ordena("leer", cortado, estropeado, justo, bueno)
    comprobar_codigo(resultado, 1)
    for nombre in ("cortado.log.gz", "estropeado.log.gz", "justo.log.gz"):
        assert nombre in resultado.error, (
            f"Se esperaba que explicara qué pasa con {nombre}:\n{resultado}"
        )
    entradas = entradas_de(resultado)
    buenas = [e for e in entradas if Path(e["origen"]).name == "bueno.log"]
    assert len(buenas) == 1, f"bueno.log no tiene la culpa: dio {len(buenas)} entradas"
    leidas = [e["linea"] for e in entradas if Path(e["origen"]).name == cortado.name]
    del_justo = [e["linea"] for e in entradas if Path(e["origen"]).name == justo.name]
    assert del_justo == list(range(1, 21)), (
        f"De justo.log.gz se esperaban sus 20 entradas, y llegaron las {del_justo}"
    )
    # Si la línea por donde se cortó parece buena, puede salir también.
    assert leidas in (list(range(1, hay + 1)), list(range(1, hay + 2))), (
        f"Se esperaban las {hay} entradas que están enteras antes del corte, seguidas, "
        f"y llegaron {len(leidas)}, de la {min(leidas, default=0)} a la "
        f"{max(leidas, default=0)}"
    )


def test_lo_que_no_es_un_log(analizador: Analizador, tmp_path: Path) -> None:
    """Un archivo vacío, binario o en UTF-16 no da entradas, pero tampoco problemas."""
    archivos = {
        "vacio.log": b"",
        "binario.log": random.Random(7).randbytes(60_000),
        "ceros.log": b"\0" * 5000,
        "utf16.log": BUENA.encode("utf-16"),
        "vacio.gz": gzip.compress(b"", mtime=0),
    }
    for nombre, contenido in archivos.items():
        (tmp_path / nombre).write_bytes(contenido)
    bueno = guardar(tmp_path / "bueno.log", [BUENA])
    resultado = analizador.ordena(
        "leer", *(tmp_path / nombre for nombre in archivos), bueno
    )
    comprobar_codigo(resultado, 0)
    origenes = [Path(entrada["origen"]).name for entrada in entradas_de(resultado)]
    assert origenes == ["bueno.log"], f"Se esperaba solo bueno.log, y llegó {origenes}"


def test_json_hostil(analizador: Analizador, tmp_path: Path) -> None:
    """Un JSON hecho para romper el programa es solo una línea rota."""
    hostiles = [
        '{"time": ' + "[" * 50_000,
        '{"time": NaN}',
        '{"time": 1e400, "msg": "infinito"}',
        '{"time": ' + "9" * 5000 + "}",
        '{"time": 99999999999999, "msg": "muy tarde"}',
        '{"time": "0001-01-01T00:00:00+14:00", "msg": "antes del calendario"}',
        '{"time": "9999-12-31T23:59:59-14:00", "msg": "después del calendario"}',
        '{"time": [2026], "msg": "una lista"}',
        '{"time": null}',
        '{"time": true, "msg": "verdadero no es un segundo"}',
        '{"time": 1e400}',
        '{"time": "1772355602.5", "msg": "un número entre comillas"}',
        '["time", "2026-03-01T09:00:00Z"]',
        "42",
        "null",
        '"2026-03-01T09:00:00Z"',
    ]
    vivas = [
        '{"time": "2026-03-01T09:00:00Z", "msg": "medio \\ud800 carácter"}',
        '{"time": "2026-03-01T09:00:00Z", "duration_ms": 1e999, "status": 1e3}',
        '{"time": "2026-03-01T09:00:00Z", "duration_ms": NaN, "status": true}',
        '{"time": "2026-03-01T09:00:00Z", "duration_ms": true, "status": NaN}',
        '{"time": "2026-03-01T09:00:00Z", "duration_ms": -1e999, "status": 1e999}',
        '{"time": "2026-03-01T09:00:00Z", "path": 7, "client": null, "level": []}',
    ]
    log = guardar(tmp_path / "hostil.log", [*hostiles, *vivas])
    resultado = analizador.ordena("leer", log)
    comprobar_codigo(resultado, 0)
    assert f"{len(hostiles)} líneas rotas" in resultado.error, (
        f"Se esperaban {len(hostiles)} líneas rotas:\n{resultado}"
    )
    entradas = entradas_de(resultado)
    assert len(entradas) == len(vivas), (
        f"Se esperaban {len(vivas)} entradas:\n{resultado}"
    )
    for entrada in entradas[1:]:
        comprobar(entrada, duracion_ms=None, estado=None, cliente=None, nivel=None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no mide así la memoria")
def test_una_linea_enorme(analizador: Analizador, tmp_path: Path) -> None:
    """Una línea de más de 1 MiB está rota, y nunca se carga entera en la memoria."""
    bomba = tmp_path / "bomba.log.gz"
    # Detrás de la basura, la línea enorme acaba como si fuera una buena.
    bomba.write_bytes(
        gzip.compress(f"{BUENA}\n".encode(), 1)
        + gzip.compress(b" " * 1000 + b"a" * 40_000_000 + f"{BUENA}\n".encode(), 1)
        + gzip.compress(f"{BUENA}\n".encode(), 1)
    )
    salida = tmp_path / "salida.txt"
    memoria = analizador.memoria_de_mas(salida, "leer", bomba)
    lineas = [json.loads(linea)["linea"] for linea in salida.open(encoding="utf-8")]
    assert lineas == [1, 3], f"Se esperaban las líneas 1 y 3, y llegó {lineas}"
    assert memoria < 16, (
        "Se esperaba leer una línea de 40 MB con menos de 16 MiB más de memoria que "
        f"un log vacío, y hicieron falta {memoria:.0f} MiB más"
    )


def test_el_limite_de_una_linea(analizador: Analizador, tmp_path: Path) -> None:
    """Una línea de 1 MiB justo se entiende; con un byte más, está rota."""
    mebi = 1024 * 1024
    justa = BUENA.replace("buena", "x" * (mebi - len(BUENA) + len("buena")))
    # El final no cuenta, sea de Unix o de Windows.
    larga = justa.replace("xx", "xxx", 1)
    log = guardar(tmp_path / "app.log", [justa, larga, f"{justa}\r", BUENA])
    resultado = analizador.ordena("leer", log)
    comprobar_codigo(resultado, 0)
    lineas = [entrada["linea"] for entrada in entradas_de(resultado)]
    assert lineas == [1, 3, 4], (
        f"Se esperaban la 1 y la 3 (de {mebi} bytes sin su final, que en la 3 es "
        f"\\r\\n) y la 4, y no la 2 (de {mebi + 1}); llegaron {lineas}"
    )
    assert "app.log:2:" in resultado.error, (
        f"Se esperaba la línea 2 entre las rotas:\n{resultado.error[:500]}"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no mide así la memoria")
def test_la_mezcla_no_carga_los_archivos(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Mezclar dos logs grandes, uno por la entrada estándar, no ocupa más memoria."""
    relleno = "x" * 4000
    archivos = []
    for nombre, cuantas in (("a", 1000), ("b", 5000)):
        lineas = [
            f'{{"time": "2026-03-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z", '
            f'"msg": "{n} {relleno}"}}'
            for n in range(cuantas)
        ]
        archivos.append(guardar(tmp_path / f"{nombre}.log", lineas))
    salida = tmp_path / "salida.txt"
    memoria = analizador.memoria_de_mas(
        salida, "leer", archivos[0], "-", entrada=archivos[1]
    )
    with salida.open(encoding="utf-8") as entradas:
        cuantas = sum(1 for _ in entradas)
    assert cuantas == 6000, f"Se esperaban 6000 entradas, y llegaron {cuantas}"
    assert memoria < 12, (
        "Se esperaba mezclar 24 MB de logs con menos de 12 MiB más de memoria que un "
        f"log vacío, y hicieron falta {memoria:.0f} MiB más"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="en Windows no hay SIGPIPE")
def test_quien_lee_puede_cortar(tmp_path: Path) -> None:
    """Con «analizador leer … | head -1», cortar pronto no es un error con traza."""
    log = guardar(tmp_path / "largo.log", [s.como_json() for s in sucesos(3000)])
    with subprocess.Popen(
        [sys.executable, "-m", "analizador", "leer", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=entorno_de_prueba(),
        bufsize=0,
    ) as proceso:
        assert proceso.stdout is not None and proceso.stderr is not None
        comienzo = os.read(proceso.stdout.fileno(), 4000)
        proceso.stdout.close()
        error = proceso.stderr.read().decode("utf-8", "replace")
        proceso.wait(timeout=plazo(10))
    primera = comienzo.decode("utf-8", "replace").split("\n")[0]
    assert primera.startswith("{") and json.loads(primera)["linea"] == 1, (
        f"Se esperaba la primera entrada, y llegó {primera!r}\n{error}"
    )
    assert "Traceback" not in error and "BrokenPipe" not in error, (
        f"Se esperaba que acabara en silencio, y dijo:\n{error}"
    )
