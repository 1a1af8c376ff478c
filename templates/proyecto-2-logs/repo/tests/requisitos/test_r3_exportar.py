# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Exportar reportes en CSV/JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from motor.programa import a_la_vez, entorno_de_prueba, plazo
from requisitos.apoyo import (
    Analizador,
    comprobar_codigo,
    filas_csv,
    guardar,
    informe_de,
)
from requisitos.logs import sucesos

PELIGROSOS = "=+-@\t\r\n"
TABLAS = ["nivel", "estado", "ruta", "cliente", "minuto"]


def log_de_rutas(ruta: Path, valores: list[str]) -> Path:
    """Un log con una entrada por cada valor, que es su ruta."""
    momento = "2026-03-01T09:00:00Z"
    return guardar(
        ruta, (json.dumps({"time": momento, "path": valor}) for valor in valores)
    )


def deshacer(celda: str) -> str:
    """El valor de una celda: si empieza por un apóstrofo, sobra."""
    return celda.removeprefix("'")


def comprobar_forma(valor: Any, forma: Any, donde: str) -> None:
    """Falla si el valor no tiene la forma (tipos y claves) que dice el contrato."""
    if isinstance(forma, dict):
        assert isinstance(valor, dict) and set(valor) == set(forma), (
            f"En {donde} se esperaban las claves {sorted(forma)}, y hay {valor!r}"
        )
        for clave, dentro in forma.items():
            comprobar_forma(valor[clave], dentro, f"{donde}.{clave}")
    elif isinstance(forma, list):
        assert isinstance(valor, list), f"En {donde} se esperaba una lista: {valor!r}"
        for elemento in valor:
            comprobar_forma(elemento, forma[0], f"{donde}[]")
    else:
        assert isinstance(valor, forma) and not isinstance(valor, bool), (
            f"En {donde} se esperaba {forma}, y hay {valor!r}"
        )


def test_esquema_del_json(analizador: Analizador, tmp_path: Path) -> None:
    """El documento tiene las claves y los tipos del esquema, y ninguno más."""
    cuentas = {"entradas": int, "errores": int, "tasa_errores": int | float}
    esquema = {
        "version": int,
        **cuentas,
        "rotas": int,
        "desde": str,
        "hasta": str,
        "duracion_ms": {"entradas": int, "p50": int, "p95": int, "p99": int},
        "tablas": {nombre: [{"valor": str, **cuentas}] for nombre in TABLAS},
        "muestra_rotas": [{"origen": str, "linea": int, "texto": str}],
    }
    log = guardar(tmp_path / "app.log", ["rota", *(s.como_json() for s in sucesos(60))])
    documento = informe_de(analizador.exporta("--tipo", "json", log).salida)
    comprobar_forma(documento, esquema, "el informe")
    vacias = [nombre for nombre in TABLAS if not documento["tablas"][nombre]]
    assert not vacias, f"Se esperaban filas en todas las tablas, y no hay en {vacias}"


def test_los_dos_dicen_lo_mismo_que_el_informe(
    analizador: Analizador, tmp_path: Path
) -> None:
    """El JSON es el de «estadisticas --json», y el CSV tiene todas sus filas."""
    log = guardar(
        tmp_path / "app.log", ["rota", *(s.como_json() for s in sucesos(120))]
    )
    en_json = tmp_path / "informe.json"
    # Con tan pocos valores, en casi todas las tablas hay una fila «(otros)».
    pocos = ["--max-valores", "4"]
    ordenes = [
        ["estadisticas", "--json", *pocos],
        ["exportar", "--tipo", "json", "--salida", en_json, *pocos],
        ["exportar", "--tipo", "csv", *pocos],
    ]
    resultados = a_la_vez(lambda orden: analizador.ordena(*orden, log), ordenes)
    for resultado in resultados:
        comprobar_codigo(resultado, 0)
    documento = informe_de(resultados[0].salida)
    llego = informe_de(en_json.read_bytes().decode("utf-8"))
    assert llego == documento, f"Se esperaba:\n{documento}\ny el archivo dice:\n{llego}"
    assert documento["entradas"] == 120, (
        f"Se esperaban 120 entradas, y llegó {documento['entradas']}"
    )
    esperado = [("total", "", documento)]
    for nombre in TABLAS:
        esperado += [(nombre, f["valor"], f) for f in documento["tablas"][nombre]]
    filas = filas_csv(resultados[2].salida)
    vistas = [(fila["tabla"], fila["valor"]) for fila in filas]
    assert vistas == [fila[:2] for fila in esperado], (
        f"Se esperaban estas filas:\n{[fila[:2] for fila in esperado]}\n"
        f"y llegaron:\n{vistas}"
    )
    for fila, (nombre, valor, numeros) in zip(filas, esperado, strict=True):
        for columna in ("entradas", "errores", "tasa_errores"):
            assert float(fila[columna]) == numeros[columna], (
                f"En la fila {nombre} {valor} se esperaba {columna} = "
                f"{numeros[columna]}, y llegó {fila[columna]}"
            )


def test_csv_como_manda_la_norma(analizador: Analizador, tmp_path: Path) -> None:
    """Comas, comillas, saltos y acentos vuelven enteros; en UTF-8 y con CRLF."""
    valores = ["/a,b", '/dice "hola"', "/dos\nlíneas", "/a;b", "/ñandú/€", "/ espacio "]
    log = log_de_rutas(tmp_path / "app.log", valores)
    analizador.exporta("--tipo", "csv", "--salida", tmp_path / "informe.csv", log)
    crudo = (tmp_path / "informe.csv").read_bytes()
    filas = filas_csv(crudo.decode("utf-8"))
    llego = sorted(fila["valor"] for fila in filas if fila["tabla"] == "ruta")
    assert llego == sorted(valores), f"Se esperaba {sorted(valores)}, y llegó {llego}"
    # Nuestro único salto de línea suelto es el de «/dos\nlíneas».
    finales = (crudo.count(b"\r\n"), crudo.count(b"\n"), crudo.count(b"\r"))
    assert finales == (len(filas) + 1, len(filas) + 2, len(filas) + 1), (
        f"Se esperaba que cada fila acabara en \\r\\n (RFC 4180): {crudo[:300]!r}"
    )


def test_ninguna_celda_es_una_formula(analizador: Analizador, tmp_path: Path) -> None:
    """Lo que una hoja de cálculo tomaría por una fórmula lleva un apóstrofo delante."""
    valores = [f"{c}SUM(1;2)*cmd|' /C calc'!A0" for c in PELIGROSOS]
    valores += ["'=1+1", "'", "-", "/normal", "a=1", "1-1"]
    log = log_de_rutas(tmp_path / "rutas.log", valores)
    otro = guardar(
        tmp_path / "clientes.log",
        [
            "=HYPERLINK(1) - - [01/Mar/2026:09:00:00 +0000] "
            '"GET / HTTP/1.1" 200 5 "-" "-"',
            "<14>1 2026-03-01T09:00:00Z @equipo a - - - mensaje",
        ],
    )
    analizador.exporta("--tipo", "csv", "--salida", tmp_path / "informe.csv", log, otro)
    filas = filas_csv((tmp_path / "informe.csv").read_bytes().decode("utf-8"))
    for fila in filas:
        for celda in fila.values():
            assert not celda.startswith(tuple(PELIGROSOS)), (
                f"Se esperaba que ninguna celda empezara por {PELIGROSOS!r}, y hay una "
                f"que dice {celda!r}"
            )
    rutas = {fila["valor"] for fila in filas if fila["tabla"] == "ruta"}
    assert {"/normal", "a=1", "1-1"} <= rutas, (
        f"Las celdas inofensivas no se tocan, y llegó {sorted(rutas)}"
    )
    vueltas = sorted(deshacer(celda) for celda in rutas)
    assert vueltas == sorted([*valores, "/"]), (
        "Quitando un apóstrofo al principio se esperaba volver a los valores de antes, "
        f"{sorted([*valores, '/'])}, y salió {vueltas}"
    )
    clientes = {deshacer(f["valor"]) for f in filas if f["tabla"] == "cliente"}
    assert clientes == {"=HYPERLINK(1)", "@equipo"}, (
        f"Se esperaban los clientes =HYPERLINK(1) y @equipo, y llegó {clientes}"
    )


def test_con_salida_o_sin_ella(analizador: Analizador, tmp_path: Path) -> None:
    """Sin --salida, a la pantalla; con ella, solo al archivo, y sin dejar restos."""
    log = guardar(tmp_path / "app.log", [s.como_json() for s in sucesos(5)])
    salida = tmp_path / "informe.csv"
    salida.write_text("el informe de ayer", encoding="utf-8")
    # Otro nombre del archivo de ayer: si se escribe encima, también cambia.
    testigo = tmp_path / "testigo.csv"
    os.link(salida, testigo)
    # En Linux, /dev/shm es otro disco: desde ahí no se puede sustituir de una vez.
    entorno = {"TMPDIR": "/dev/shm"} if Path("/dev/shm").is_dir() else {}
    por_pantalla, al_archivo = a_la_vez(
        lambda opciones: analizador.exporta(
            "--tipo", "csv", *opciones, log, entorno=entorno
        ),
        [[], ["--salida", salida]],
    )
    assert al_archivo.salida == "", (
        f"Con --salida no se esperaba nada por la salida normal:\n{al_archivo}"
    )
    llego = filas_csv(salida.read_bytes().decode("utf-8"))
    assert llego == filas_csv(por_pantalla.salida), (
        "Se esperaba lo mismo en el archivo que por la pantalla"
    )
    assert testigo.read_text(encoding="utf-8") == "el informe de ayer", (
        "Se esperaba un archivo nuevo que sustituye al de ayer (os.replace), y se "
        "escribió encima: si el programa muere a la mitad, se pierden los dos"
    )
    restos = sorted(ruta.name for ruta in tmp_path.iterdir())
    esperado = ["app.log", "informe.csv", "testigo.csv"]
    assert restos == esperado, f"No se esperaban restos: {restos}"


def test_un_informe_vacio(analizador: Analizador, tmp_path: Path) -> None:
    """Sin entradas, el CSV tiene las columnas y el total, que es cero."""
    vacio = guardar(tmp_path / "vacio.log", [])
    filas = filas_csv(analizador.exporta("--tipo", "csv", vacio).salida)
    assert [fila["tabla"] for fila in filas] == ["total"], (
        f"Se esperaba solo la fila del total, y llegó {filas}"
    )
    assert filas[0]["entradas"] == "0", f"Se esperaban 0 entradas: {filas[0]}"


def test_caracteres_imposibles(analizador: Analizador, tmp_path: Path) -> None:
    """Medios caracteres, controles y bytes nulos no impiden exportar."""
    log = guardar(
        tmp_path / "app.log",
        [
            '{"time": "2026-03-01T09:00:00Z", "path": "/\\ud800"}',
            '{"time": "2026-03-01T09:00:00Z", "path": "/\\u0000\\u001b"}',
        ],
    )
    tipos = ["csv", "json"]
    salidas = [tmp_path / f"informe.{tipo}" for tipo in tipos]
    a_la_vez(
        lambda salida: analizador.exporta(
            "--tipo", salida.suffix[1:], "--salida", salida, log
        ),
        salidas,
    )
    for tipo, salida in zip(tipos, salidas, strict=True):
        texto = salida.read_bytes().decode("utf-8")
        if tipo == "csv":
            rutas = [f["valor"] for f in filas_csv(texto) if f["tabla"] == "ruta"]
        else:
            rutas = [fila["valor"] for fila in informe_de(texto)["tablas"]["ruta"]]
        assert len(rutas) == 2 and "/\0\x1b" in rutas, (
            f"Se esperaban dos rutas, una «/\\0\\x1b», y llegó {rutas}"
        )


def test_no_se_puede_escribir(analizador: Analizador, tmp_path: Path) -> None:
    """Si el informe no se puede guardar, se explica y el código es 1."""
    log = guardar(tmp_path / "app.log", [s.como_json() for s in sucesos(5)])
    (tmp_path / "carpeta.csv").mkdir()
    rutas = [tmp_path / "no" / "existe.csv", tmp_path / "carpeta.csv"]
    resultados = a_la_vez(
        lambda ruta: analizador.exporta(
            "--tipo", "csv", "--salida", ruta, log, codigo=1
        ),
        rutas,
    )
    for ruta, resultado in zip(rutas, resultados, strict=True):
        assert ruta.name in resultado.error, (
            f"Se esperaba que dijera que no puede escribir {ruta.name}:\n{resultado}"
        )
    restos = sorted(ruta.name for ruta in tmp_path.iterdir())
    esperado = ["app.log", "carpeta.csv"]
    assert restos == esperado, f"Se esperaba solo {esperado}, y hay {restos}"


def test_si_falta_un_log_se_exporta_el_resto(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Con un log que no existe, el informe es de los demás y el código es 1."""
    log = guardar(tmp_path / "app.log", [s.como_json() for s in sucesos(5)])
    salida = tmp_path / "informe.json"
    falta = tmp_path / "falta.log"
    resultado = analizador.exporta(
        "--tipo", "json", "--salida", salida, log, falta, codigo=1
    )
    assert "falta.log" in resultado.error, (
        f"Se esperaba que dijera que falta falta.log:\n{resultado}"
    )
    documento = informe_de(salida.read_text(encoding="utf-8"))
    assert documento["entradas"] == 5, f"Se esperaban 5 entradas: {documento}"


def test_nunca_encima_de_un_log(analizador: Analizador, tmp_path: Path) -> None:
    """Si --salida es uno de los logs, aunque tenga otro nombre, se rechaza con un 2."""
    log = guardar(tmp_path / "app.log", [s.como_json() for s in sucesos(5)])
    antes = log.read_bytes()
    otro = guardar(tmp_path / "otro.log", [s.como_json() for s in sucesos(5)])
    enlace = tmp_path / "enlace.log"
    os.link(log, enlace)
    (tmp_path / "sub").mkdir()
    casos = [
        ("csv", tmp_path / "bien.csv", [otro, log], 0),
        ("csv", log, [log], 2),
        ("json", log, [otro, log], 2),
        ("csv", enlace, [otro, log], 2),
        ("csv", f"{tmp_path}/sub/../app.log", [log, otro], 2),
    ]
    if sys.platform != "win32":
        simbolico = tmp_path / "simbolico.log"
        simbolico.symlink_to(log)
        casos += [("json", simbolico, [otro, log], 2), ("csv", log, [simbolico], 2)]
    resultados = a_la_vez(
        lambda caso: analizador.exporta(
            "--tipo", caso[0], "--salida", caso[1], *caso[2], codigo=caso[3]
        ),
        casos,
    )
    for resultado in resultados:
        assert not resultado.salida, f"No se esperaba nada por la salida:\n{resultado}"
    assert log.read_bytes() == antes, "El log no se debía tocar"
    assert enlace.read_bytes() == antes, "Ni el log ni sus enlaces se debían tocar"
    restos = {ruta.name for ruta in tmp_path.iterdir()}
    restos -= {"app.log", "otro.log", "enlace.log", "simbolico.log", "bien.csv", "sub"}
    assert not restos, f"No se esperaban restos: {restos}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no limita los archivos")
def test_si_no_cabe_queda_el_informe_de_antes(tmp_path: Path) -> None:
    """Si el informe no cabe en el disco, se explica y queda el de antes, sin restos."""
    log = guardar(tmp_path / "app.log", [s.como_json() for s in sucesos(20)])
    salida = tmp_path / "informe.csv"
    salida.write_text("el informe de ayer", encoding="utf-8")
    orden = (
        "import resource, runpy, signal, sys;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300));"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "sys.argv[0] = 'analizador';"
        "runpy.run_module('analizador', run_name='__main__')"
    )
    argumentos = ["exportar", "--tipo", "csv", "--salida", str(salida), str(log)]
    hecho = subprocess.run(
        [sys.executable, "-c", orden, *argumentos],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=entorno_de_prueba(),
        timeout=plazo(10),
        check=False,
    )
    error = hecho.stderr.decode("utf-8", "replace")
    assert hecho.returncode == 1 and error and "Traceback" not in error, (
        "Se esperaba el código 1 y una explicación, y llegó "
        f"{hecho.returncode}:\n{error}"
    )
    assert salida.read_text(encoding="utf-8") == "el informe de ayer", (
        "Se esperaba el informe de ayer, entero: el nuevo no cabía"
    )
    restos = sorted(ruta.name for ruta in tmp_path.iterdir())
    esperado = ["app.log", "informe.csv"]
    assert restos == esperado, f"No se esperaban restos: {restos}"


def test_si_muere_a_la_mitad_queda_el_informe_de_antes(tmp_path: Path) -> None:
    """El informe de antes no se toca hasta que el nuevo está entero."""
    salida = tmp_path / "informe.csv"
    salida.write_text("el informe de ayer", encoding="utf-8")
    orden = ["exportar", "--tipo", "csv", "--salida", str(salida), "-"]
    with subprocess.Popen(
        [sys.executable, "-m", "analizador", *orden],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=entorno_de_prueba(),
    ) as proceso:
        assert proceso.stdin is not None
        # Más de lo que cabe en la tubería: si se ha podido escribir, está leyendo.
        try:
            proceso.stdin.write(f"{'x' * 99}\n".encode() * 5000)
            proceso.stdin.flush()
        except BrokenPipeError:
            pytest.fail("El programa acabó sin leer la entrada estándar")
        proceso.kill()
    assert salida.read_text(encoding="utf-8") == "el informe de ayer", (
        "Se esperaba el informe de ayer, entero: el programa murió mientras leía"
    )
