# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Estadísticas y métricas."""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from motor.programa import a_la_vez
from requisitos.apoyo import (
    Analizador,
    comprobar_codigo,
    filas_de,
    guardar,
    informe_de,
    objetos,
    tabla,
)
from requisitos.logs import Suceso, iso, sucesos


def log_json(
    ruta: Path, campos: Iterable[dict[str, Any]], inicio: str = "2026-03-01T09:00:00Z"
) -> Path:
    """Un log de JSON, con la misma hora en las líneas que no dicen otra."""
    return guardar(ruta, (json.dumps({"time": inicio, **linea}) for linea in campos))


def es_error(suceso: Suceso) -> bool:
    """Lo que dice el contrato: una respuesta 5xx, o nivel ERROR o CRITICAL."""
    return suceso.estado >= 500 or suceso.nivel in {"ERROR", "CRITICAL"}


def contar(
    todos: list[Suceso], valor: Callable[[Suceso], str]
) -> dict[str, tuple[int, int]]:
    """Las entradas y los errores de cada valor."""
    entradas = Counter(map(valor, todos))
    errores = Counter(valor(suceso) for suceso in todos if es_error(suceso))
    return {clave: (entradas[clave], errores[clave]) for clave in entradas}


def test_cuenta_por_cada_cosa(analizador: Analizador, tmp_path: Path) -> None:
    """Entradas y errores por nivel, estado, ruta, cliente y minuto."""
    todos = list(sucesos(400))
    log = guardar(tmp_path / "app.log", [suceso.como_json() for suceso in todos])
    documento = analizador.informe(log)
    esperado = {
        "nivel": contar(todos, lambda s: s.nivel),
        "estado": contar(todos, lambda s: str(s.estado)),
        "ruta": contar(todos, lambda s: s.ruta),
        "cliente": contar(todos, lambda s: s.cliente),
        "minuto": contar(todos, lambda s: f"{s.momento:%Y-%m-%dT%H:%M}Z"),
    }
    for nombre, filas in esperado.items():
        llego = tabla(documento, nombre)
        assert llego == filas, (
            f"En la tabla «{nombre}» se esperaba (entradas, errores):\n{filas}\n"
            f"y llegó:\n{llego}"
        )
    assert documento["entradas"] == 400, (
        f"Se esperaban 400 entradas, y llegó {documento['entradas']}"
    )


def test_tasa_de_error(analizador: Analizador, tmp_path: Path) -> None:
    """Es error lo que tiene nivel ERROR o CRITICAL y las respuestas 5xx, y nada más."""
    lineas: list[dict[str, Any]] = [
        {"level": "error", "path": "/a"},
        {"level": "critical", "path": "/a"},
        {"level": "info", "status": 500, "path": "/a"},
        {"status": 503, "path": "/b"},
        {"status": 499, "path": "/b"},
        {"level": "warning", "path": "/b"},
        {"status": 200, "path": "/c"},
        {"level": "error", "path": "/c"},
        {"level": "error", "path": "/c"},
    ]
    log = log_json(tmp_path / "app.log", lineas)
    with log.open("a", encoding="utf-8") as archivo:
        archivo.write("una línea rota, que no es una entrada ni un error\n" * 5)
    documento = analizador.informe(log)
    assert documento["errores"] == 6, (
        f"Se esperaban 6 errores, y llegó {documento['errores']}"
    )
    assert documento["tasa_errores"] == 0.6667, (
        f"Se esperaba 0.6667 (6 de 9), y llegó {documento['tasa_errores']}"
    )
    tasas = {f["valor"]: f["tasa_errores"] for f in documento["tablas"]["ruta"]}
    esperado = {"/a": 1, "/b": 0.3333, "/c": 0.6667}
    assert tasas == esperado, f"Se esperaba {esperado}, y llegó {tasas}"


def rango_mas_proximo(datos: list[int], p: int) -> int:
    """El percentil, como lo define el contrato."""
    return sorted(datos)[-(-p * len(datos) // 100) - 1]


def test_percentiles(analizador: Analizador, tmp_path: Path) -> None:
    """p50, p95 y p99 por el rango más próximo, con muchos datos y con pocos."""
    azar = random.Random(7)
    casos = [
        [7],
        [15, 20, 35, 40, 50],
        [0] * 98 + [500, 9000],
        [azar.randrange(5000) for _ in range(997)],
    ]
    logs = [
        log_json(tmp_path / f"{n}.log", ({"duration_ms": ms} for ms in datos))
        for n, datos in enumerate(casos)
    ]
    for datos, documento in zip(casos, a_la_vez(analizador.informe, logs), strict=True):
        esperado = {f"p{p}": rango_mas_proximo(datos, p) for p in (50, 95, 99)}
        esperado["entradas"] = len(datos)
        llego = documento.get("duracion_ms")
        assert llego == esperado, (
            f"Con {len(datos)} duraciones (de {min(datos)} a {max(datos)}) se esperaba "
            f"{esperado}, y llegó {llego}"
        )


def test_percentiles_de_varios_archivos(analizador: Analizador, tmp_path: Path) -> None:
    """Los percentiles son de todos los archivos juntos, y de quien dice su duración."""
    datos = [suceso.duracion_ms for suceso in sucesos(300)]
    log = guardar(tmp_path / "a.log", [s.como_combined() for s in sucesos(300)])
    otro = guardar(
        tmp_path / "b.log",
        [s.como_combined().rpartition(" ")[0] for s in sucesos(50, semilla=8)],
    )
    tercero = log_json(tmp_path / "c.log", ({"duration_ms": 100_000},) * 300)
    documento = analizador.informe(log, otro, tercero)
    datos += [100_000] * 300
    esperado = {f"p{p}": rango_mas_proximo(datos, p) for p in (50, 95, 99)}
    esperado["entradas"] = 600
    assert documento["duracion_ms"] == esperado, (
        f"Se esperaba {esperado}, y llegó {documento['duracion_ms']}"
    )


def test_orden_de_las_filas(analizador: Analizador, tmp_path: Path) -> None:
    """Primero lo que más sale; los empates, por el valor; los minutos, por orden."""
    lineas = [
        {"path": ruta, "time": f"2026-03-01T{hora}:00Z"}
        for ruta, hora in zip(
            ["/b", "/z", "/a", "/z", "/c"],
            ["23:59", "09:30", "00:01", "09:30", "10:00"],
            strict=True,
        )
    ]
    tablas = analizador.informe(log_json(tmp_path / "app.log", lineas))["tablas"]
    rutas = [fila["valor"] for fila in tablas["ruta"]]
    assert rutas == ["/z", "/a", "/b", "/c"], (
        f"Se esperaba /z, /a, /b, /c, y llegó {rutas}"
    )
    minutos = [fila["valor"] for fila in tablas["minuto"]]
    assert minutos == sorted(minutos) and len(minutos) == 4, (
        f"Se esperaban 4 minutos en orden, y llegó {minutos}"
    )


def test_desde_y_hasta(analizador: Analizador, tmp_path: Path) -> None:
    """El primer momento y el último, en UTC, aunque el archivo esté desordenado."""
    horas = ["10:00:00+02:00", "03:45:00-05:00", "07:30:00Z"]
    lineas = [{"time": f"2026-03-01T{hora}", "msg": "x"} for hora in horas]
    documento = analizador.informe(log_json(tmp_path / "app.log", lineas))
    llego = [documento["desde"], documento["hasta"]]
    esperado = ["2026-03-01T07:30:00.000000Z", "2026-03-01T08:45:00.000000Z"]
    assert llego == esperado, f"Se esperaba {esperado}, y llegó {llego}"
    minutos = list(tabla(documento, "minuto"))
    esperado = ["2026-03-01T07:30Z", "2026-03-01T08:00Z", "2026-03-01T08:45Z"]
    assert minutos == esperado, f"Se esperaba {esperado}, y llegó {minutos}"


def test_lo_que_no_se_dice_no_se_cuenta(analizador: Analizador, tmp_path: Path) -> None:
    """Sin ruta, cliente o estado no se sale en su tabla; un texto vacío sí cuenta."""
    log = guardar(
        tmp_path / "app.log",
        [suceso.como_python() for suceso in sucesos(20)]
        + ['{"time": "2026-03-01T09:00:00Z", "path": "/a?b=1"}']
        + ['{"time": "2026-03-01T09:00:00Z", "path": "/a?b=2"}']
        + ['{"time": "2026-03-01T09:00:00Z", "path": "?", "client": ""}'],
    )
    documento = analizador.informe(log)
    assert documento["entradas"] == 23, (
        f"Se esperaban 23 entradas, y llegó {documento['entradas']}"
    )
    tablas = {"ruta": {"/a": (2, 0), "": (1, 0)}, "cliente": {"": (1, 0)}, "estado": {}}
    for nombre, esperado in tablas.items():
        llego = tabla(documento, nombre)
        assert llego == esperado, (
            f"En «{nombre}» se esperaba {esperado}, y llegó {llego}"
        )
    assert sum(filas[0] for filas in tabla(documento, "nivel").values()) == 20, (
        "Se esperaban 20 entradas con nivel"
    )


def test_si_falta_un_log_se_resumen_los_demas(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Con un log que no existe, el informe es de los demás y el código es 1."""
    log = log_json(tmp_path / "app.log", [{"path": "/a"}])
    resultado = analizador.ordena("estadisticas", "--json", tmp_path / "falta.log", log)
    comprobar_codigo(resultado, 1)
    assert "falta.log" in resultado.error, (
        f"Se esperaba que explicara qué pasa con falta.log:\n{resultado}"
    )
    rutas = tabla(informe_de(resultado.salida), "ruta")
    assert rutas == {"/a": (1, 0)}, f"Se esperaba la entrada de app.log, y hay {rutas}"


def test_sin_entradas(analizador: Analizador, tmp_path: Path) -> None:
    """De un archivo vacío sale un informe vacío, no un error."""
    documento = analizador.informe(guardar(tmp_path / "vacio.log", []))
    esperado = {
        "version": 1,
        "entradas": 0,
        "errores": 0,
        "tasa_errores": 0,
        "rotas": 0,
        "desde": None,
        "hasta": None,
        "duracion_ms": {"entradas": 0, "p50": None, "p95": None, "p99": None},
        "tablas": {"nivel": [], "estado": [], "ruta": [], "cliente": [], "minuto": []},
        "muestra_rotas": [],
    }
    assert documento == esperado, f"Se esperaba:\n{esperado}\ny llegó:\n{documento}"


def test_lineas_rotas_en_el_informe(analizador: Analizador, tmp_path: Path) -> None:
    """El informe dice cuántas líneas rotas hay, y las diez primeras, recortadas."""
    log = guardar(
        tmp_path / "app.log",
        [
            "ñ" * 900,
            *(s.como_json() for s in sucesos(3)),
            "ñ" * 600_000,  # más de 1 MiB
            *["rota"] * 13,
        ],
    )
    documento = analizador.informe(log)
    assert (documento["entradas"], documento["rotas"]) == (3, 15), (
        "Se esperaban 3 entradas y 15 rotas, y llegó "
        f"{documento['entradas']} y {documento['rotas']}"
    )
    muestra = documento["muestra_rotas"]
    assert len(muestra) == 10, f"Se esperaban 10 en la muestra, y hay {len(muestra)}"
    esperado = [
        {"origen": str(log), "linea": 1, "texto": "ñ" * 200},
        {"origen": str(log), "linea": 5, "texto": "ñ" * 200},
        {"origen": str(log), "linea": 6, "texto": "rota"},
    ]
    assert muestra[:3] == esperado, f"Se esperaba {esperado}, y llegó {muestra[:3]}"


def test_limite_de_valores(analizador: Analizador, tmp_path: Path) -> None:
    """Con --max-valores, lo que no cabe se suma en «(otros)», que va al final."""
    rutas = ["/a", "(otros)", "/c", "(otros)", "/c", "/d", "/d", "/d", "/a"]
    lineas = [
        {
            "path": ruta,
            "status": 500 if ruta == "/d" else 200,
            "time": f"2026-03-01T09:{minuto:02}:00Z",
        }
        for minuto, ruta in enumerate(rutas)
    ]
    log = log_json(tmp_path / "app.log", lineas)
    documento = analizador.informe("--max-valores", "2", log)
    # Hay una ruta que se llama así, y no es la fila de las demás.
    llego = filas_de(documento, "ruta")
    esperado = [("(otros)", 2, 0), ("/a", 2, 0), ("(otros)", 5, 3)]
    assert llego == esperado, f"Se esperaba {esperado}, y llegó {llego}"
    llego = filas_de(documento, "minuto")
    esperado = [("2026-03-01T09:00Z", 1, 0), ("2026-03-01T09:01Z", 1, 0)]
    esperado += [("(otros)", 7, 3)]
    assert llego == esperado, f"Se esperaba {esperado}, y llegó {llego}"
    assert "(otros)" not in tabla(documento, "estado"), (
        "Los dos estados caben: no se esperaba «(otros)» en esa tabla"
    )


def test_informe_para_personas(analizador: Analizador, tmp_path: Path) -> None:
    """Sin --json se ven los números, y nada de los logs manda en la terminal."""
    lineas: list[dict[str, Any]] = [
        {"path": "/\x1b[2Jborrado\x9b", "duration_ms": 319, "status": 503}
    ] * 434
    lineas += [{"duration_ms": 641, "client": "203.0.113.77"}] * 280
    lineas += [{"duration_ms": 977, "time": "2026-03-01T09:17:00Z"}] * 19
    lineas += [{"duration_ms": 977, "time": "2026-03-01T09:30:00Z"}]
    log = log_json(tmp_path / "app.log", lineas)
    with log.open("a", encoding="utf-8") as archivo:
        archivo.write("rota\n" * 86)
    resultado = analizador.ordena("estadisticas", log)
    comprobar_codigo(resultado, 0)
    numeros = ["734", "434", "86", "319", "641", "977", "503", "203.0.113.77"]
    for parte in (*numeros, "p50", "p95", "p99", "ERROR", "borrado", "09:17"):
        assert parte in resultado.salida, f"Se esperaba ver «{parte}»:\n{resultado}"
    assert not set(resultado.salida) & {"\x1b", "\x9b"}, (
        f"Se esperaban los caracteres de control escritos de otra forma:\n{resultado}"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no mide así la memoria")
def test_la_memoria_no_crece_con_el_archivo(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Con 12 000 líneas largas, de ruta y cliente distintos, la memoria no crece."""
    relleno = "relleno-" * 24
    log = guardar(
        tmp_path / "mucho.log",
        (
            f'{{"time": "2026-03-01T09:{n % 60:02}:00Z", "msg": "{relleno * 10}", '
            f'"path": "/{n:06}{relleno}", "client": "10.{n % 250}.{n // 250}.1", '
            f'"duration_ms": {n % 900}}}'
            for n in range(12_000)
        ),
    )
    salida = tmp_path / "informe.json"
    memoria = analizador.memoria_de_mas(
        salida, "estadisticas", "--json", "--max-valores", "1000", log
    )
    documento = informe_de(salida.read_text(encoding="utf-8"))
    assert documento["entradas"] == 12_000, (
        f"Se esperaban 12 000 entradas, y llegó {documento['entradas']}"
    )
    assert memoria < 12, (
        f"Se esperaba resumir {log.stat().st_size // 2**20} MiB con menos de 12 MiB "
        f"más de memoria que un log vacío, y hicieron falta {memoria:.0f} MiB más"
    )


def test_no_se_guarda_nada_de_cada_entrada(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Con el triple de líneas, el programa no llega a tener más objetos a la vez."""
    cuantos = []
    for lineas in (3000, 9000):
        log = log_json(
            tmp_path / f"{lineas}.log",
            (
                {
                    "duration_ms": 300 + n % 500,
                    "path": "/a",
                    "time": f"2026-03-01T09:00:00.{n:06}Z",
                }
                for n in range(lineas)
            ),
        )
        informe = tmp_path / f"{lineas}.txt"
        cuantos.append(objetos(informe, "estadisticas", "--json", log))
    de_mas = cuantos[1] - cuantos[0]
    assert de_mas < 3000, (
        "Con 6000 líneas más se esperaban unos pocos objetos más a la vez, y hubo "
        f"{de_mas}: algo se guarda de cada entrada"
    )


def test_limite_de_valores_si_no_se_dice_otro(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Si no se dice nada, cada tabla recuerda 10 000 valores distintos."""
    log = log_json(tmp_path / "app.log", ({"path": f"/{n}"} for n in range(10_003)))
    rutas = tabla(analizador.informe(log), "ruta")
    assert len(rutas) == 10_001 and rutas.get("(otros)") == (3, 0), (
        "Se esperaban 10 000 rutas y 3 entradas en «(otros)»; llegaron "
        f"{len(rutas)} filas, y en «(otros)» {rutas.get('(otros)')}"
    )


def test_valores_enormes(analizador: Analizador, tmp_path: Path) -> None:
    """Un valor larguísimo se corta a 200 caracteres: nadie llena la memoria con él."""
    ruta, cliente = "/" + "ñ" * 5000, "c" * 300
    lineas = [{"path": f"{ruta}{n}", "client": cliente} for n in range(3)]
    documento = analizador.informe(log_json(tmp_path / "app.log", lineas))
    rutas = tabla(documento, "ruta")
    esperado = {"/" + "ñ" * 199: (3, 0)}
    assert rutas == esperado, (
        "Se esperaba una sola ruta, de 200 caracteres, con 3 entradas; llegaron "
        f"{[(len(ruta), filas) for ruta, filas in rutas.items()]}"
    )
    clientes = tabla(documento, "cliente")
    assert clientes == {"c" * 200: (3, 0)}, (
        f"Se esperaba un cliente de 200 caracteres, y llegó {clientes}"
    )


def test_todos_los_formatos_en_un_informe(
    analizador: Analizador, tmp_path: Path
) -> None:
    """Cuatro archivos de cuatro formatos se resumen juntos."""
    todos = list(sucesos(40))
    logs = [
        guardar(tmp_path / "1.log", [s.como_combined() for s in todos]),
        guardar(tmp_path / "2.log", [s.como_json() for s in todos]),
        guardar(tmp_path / "3.log", [s.como_syslog() for s in todos]),
        guardar(tmp_path / "4.log", [s.como_python() for s in todos]),
    ]
    documento = analizador.informe(*logs)
    por_nivel = sum(suceso.nivel in {"ERROR", "CRITICAL"} for suceso in todos)
    por_estado = sum(suceso.estado >= 500 for suceso in todos)
    esperado = 2 * por_nivel + por_estado + sum(map(es_error, todos))
    assert (documento["entradas"], documento["errores"]) == (160, esperado), (
        f"Se esperaban 160 entradas y {esperado} errores, y llegó "
        f"{documento['entradas']} y {documento['errores']}"
    )
    assert documento["desde"][:23] <= iso(todos[0].momento)[:23], (
        f"Se esperaba desde {iso(todos[0].momento)} o antes: {documento['desde']}"
    )
