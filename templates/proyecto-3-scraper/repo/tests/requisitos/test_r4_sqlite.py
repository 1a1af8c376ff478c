# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Almacenamiento en SQLite."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from motor.programa import Resultado, a_la_vez, plazo
from requisitos.sitio_web import Peticion, SitioWeb, enlace, libro, pagina
from requisitos.taller import Escenarios, Taller, acaba, codigos, filas

escenario = Escenarios(__name__)

BASE = "precios.db"
RARO = 'Robert\'); DROP TABLE articulos; -- "¿?" ñ 日本 🐍'


def precios_de(base: Path, codigo: str) -> list[int]:
    """La historia de precios de un artículo, en orden."""
    historia = filas(base, "SELECT sitio, codigo, precio FROM precios ORDER BY rowid")
    este = ("libreria", codigo)
    return [precio for *de_quien, precio in historia if tuple(de_quien) == este]


def de_otro_sitio(base: Path) -> list[tuple[Any, ...]]:
    """Lo que hay en la base de datos de otro sitio, que nadie debe tocar."""
    consultas = [
        f"SELECT * FROM {tabla} WHERE sitio = 'otro'"
        for tabla in ("articulos", "precios")
    ]
    return [fila for consulta in consultas for fila in filas(base, consulta)]


def apuntar_otro_sitio(base: Path) -> None:
    """Otro sitio tiene un artículo con el mismo código, SUBE, a otro precio."""
    datos = ("otro", "SUBE", "No es de aquí", 1200, "http://ejemplo/", ANTES)
    with closing(sqlite3.connect(base, timeout=5)) as conexion, conexion:
        conexion.execute(
            "INSERT INTO articulos (sitio, codigo, nombre, precio, url, visto) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            datos,
        )
        conexion.execute(
            "INSERT INTO precios (sitio, codigo, precio, fecha) VALUES (?, ?, ?, ?)",
            ("otro", "SUBE", 1200, ANTES),
        )


# ── La historia ─────────────────────────────────────────────────────────────


@dataclass
class Historia:
    """El mismo sitio, rastreado tres días."""

    base: Path
    sitio: SitioWeb
    resultados: list[Resultado] = field(default_factory=list)
    articulos: list[list[tuple[Any, ...]]] = field(default_factory=list)
    """Los de la base de datos al acabar cada día."""
    otro: list[tuple[Any, ...]] = field(default_factory=list)
    """Lo que había de otro sitio al acabar el primero."""


ANTES = "2000-01-01T00:00:00+00:00"


def olvidar_cuando_se_vio(base: Path) -> None:
    """Pone todos los artículos como vistos por última vez en el año 2000."""
    with closing(sqlite3.connect(base, timeout=5)) as conexion, conexion:
        conexion.execute("UPDATE articulos SET visto = ?", (ANTES,))


@escenario
def historia(taller: Taller) -> Historia:
    """Unos precios suben, otros vuelven a bajar, un libro desaparece y otro llega."""
    sitio = taller.sitio()
    tres_dias = Historia(taller.carpeta() / BASE, sitio)
    dias = [
        ["10,00 €", "5,00 €", "1,00 €", "Consultar"],
        ["12,00 €", "5,00 €", "Consultar", "8,00 €"],
        ["10,00 €", "5,00 €", "1,00 €", "Consultar"],
    ]
    for dia, (sube, igual, agotado, tarde) in enumerate(dias, start=1):
        sitio.paginas = {
            "/": pagina(
                libro("SUBE", f"Sube {dia}", sube),
                libro("IGUAL", RARO, igual),
                libro("GRATIS", "De regalo", "0 €"),
                enlace("/mas"),
                enlace("/otra"),
            ),
            "/mas": pagina(
                libro("IGUAL", RARO, igual),
                libro("AGOTADO", "Agotado", agotado),
                libro(f"DIA-{dia}", "De un solo día", "3,00 €"),
            ),
            "/otra": pagina(libro("TARDE", "Precio por decidir", tarde)),
        }
        if dia == 3:  # TARDE cambia de página
            sitio.paginas["/nueva"] = sitio.paginas["/otra"]
            sitio.paginas["/otra"] = pagina(enlace("/nueva"))
            olvidar_cuando_se_vio(tres_dias.base)
        resultado = taller.rastrear(sitio.url("/"), "--base-datos", tres_dias.base)
        tres_dias.resultados.append(resultado)
        acaba(resultado, 0)
        if dia == 1:
            filas(tres_dias.base, "SELECT 1 FROM articulos, precios")
            apuntar_otro_sitio(tres_dias.base)
            tres_dias.otro = de_otro_sitio(tres_dias.base)
        consulta = (
            "SELECT codigo, nombre, precio FROM articulos "
            "WHERE sitio = 'libreria' ORDER BY codigo"
        )
        tres_dias.articulos.append(filas(tres_dias.base, consulta))
    return tres_dias


def test_guarda_los_articulos(taller: Taller) -> None:
    """Cada artículo es una fila de «articulos», con lo mismo que sale por pantalla."""
    tres_dias = historia(taller)
    consulta = (
        "SELECT sitio, codigo, nombre, precio, url FROM articulos "
        "WHERE sitio = 'libreria'"
    )
    leidos = {fila[1]: fila for fila in filas(tres_dias.base, consulta)}
    url = tres_dias.sitio.url("/")
    esperado = ("libreria", "SUBE", "Sube 3", 1000, url)
    assert leidos.get("SUBE") == esperado, (
        f"Se esperaba {esperado}, y hay {leidos.get('SUBE')}"
    )
    assert "SUBE" in codigos(tres_dias.resultados[0]), (
        "Con --base-datos se esperaba que los artículos salieran también por pantalla"
    )


def test_rastrear_otra_vez_no_repite(taller: Taller) -> None:
    """Un artículo visto varias veces, el mismo día u otro, es una sola fila."""
    tres_dias = historia(taller)
    for dia, articulos in enumerate(tres_dias.articulos, start=1):
        vistos = [fila[0] for fila in articulos]
        esperados = sorted(
            ["AGOTADO", "GRATIS", "IGUAL", "SUBE", "TARDE"]
            + [f"DIA-{d + 1}" for d in range(dia)]
        )
        assert vistos == esperados, (
            f"El día {dia} se esperaban las filas {esperados}, y hay {vistos}"
        )


def test_rastrear_otra_vez_actualiza(taller: Taller) -> None:
    """El nombre y el precio son los últimos; lo que ya no está se conserva."""
    tres_dias = historia(taller)
    for dia, precio in enumerate((1000, 1200, 1000)):
        esperado = ("SUBE", f"Sube {dia + 1}", precio)
        assert esperado in tres_dias.articulos[dia], (
            f"El día {dia + 1} se esperaba {esperado}: {tres_dias.articulos[dia]}"
        )
    assert ("AGOTADO", "Agotado", None) in tres_dias.articulos[1], (
        "Si la página deja de decir el precio, se esperaba NULL: "
        f"{tres_dias.articulos[1]}"
    )
    assert ("DIA-1", "De un solo día", 300) in tres_dias.articulos[2], (
        f"Se esperaba conservar lo que ya no se vende: {tres_dias.articulos[2]}"
    )
    url = tres_dias.sitio.url("/nueva")
    consulta = "SELECT codigo, url FROM articulos WHERE sitio = 'libreria'"
    donde = dict(filas(tres_dias.base, consulta))
    assert donde["TARDE"] == url, (
        f"TARDE cambió de página: se esperaba {url}, y hay {donde['TARDE']}"
    )


def test_dice_cuando_se_vio(taller: Taller) -> None:
    """«visto» es de la última vez que se vio, cambie o no el precio."""
    consulta = "SELECT codigo, visto FROM articulos WHERE sitio = 'libreria'"
    vistos = dict(filas(historia(taller).base, consulta))
    de_antes = {codigo for codigo, visto in vistos.items() if visto == ANTES}
    assert de_antes == {"DIA-1", "DIA-2"}, (
        "Se esperaba que el tercer día se vieran todos menos DIA-1 y DIA-2, y siguen "
        f"como no vistos: {de_antes}"
    )


def test_cada_sitio_tiene_sus_articulos(taller: Taller) -> None:
    """El mismo código en otro sitio es otro artículo: ni se toca ni se mira."""
    tres_dias = historia(taller)
    assert tres_dias.otro and de_otro_sitio(tres_dias.base) == tres_dias.otro, (
        f"Lo de otro sitio tenía que seguir como estaba, {tres_dias.otro}, y hay "
        f"{de_otro_sitio(tres_dias.base)}"
    )
    llegado = precios_de(tres_dias.base, "SUBE")
    assert llegado == [1000, 1200, 1000], (
        "El precio de SUBE en otro sitio no cuenta: se esperaba la historia "
        f"[1000, 1200, 1000], y hay {llegado}"
    )


def test_la_historia_guarda_cada_cambio(taller: Taller) -> None:
    """Cada cambio de precio es una fila de «precios», también si vuelve al de antes."""
    tres_dias = historia(taller)
    llegado = precios_de(tres_dias.base, "SUBE")
    assert llegado == [1000, 1200, 1000], (
        f"Se esperaba la historia [1000, 1200, 1000], y hay {llegado}"
    )


def test_la_historia_solo_guarda_cambios(taller: Taller) -> None:
    """Si el precio no cambia, o deja de saberse, no hay fila nueva."""
    tres_dias = historia(taller)
    esperadas = {"IGUAL": [500], "AGOTADO": [100], "TARDE": [800], "DIA-1": [300]}
    esperadas["GRATIS"] = [0]  # gratis también es un precio
    for codigo, esperada in esperadas.items():
        llegada = precios_de(tres_dias.base, codigo)
        assert llegada == esperada, (
            f"Se esperaba que la historia de {codigo} fuera {esperada}, y es {llegada}"
        )


def test_las_fechas_dicen_su_huso(taller: Taller) -> None:
    """«visto» y «fecha» son ISO 8601 en UTC: 2026-12-24T18:30:00+00:00."""
    base = historia(taller).base
    fechas = filas(base, "SELECT codigo, fecha FROM precios")
    for codigo, fecha in fechas + filas(base, "SELECT codigo, visto FROM articulos"):
        try:
            desfase = datetime.fromisoformat(fecha).utcoffset()
        except (TypeError, ValueError):
            pytest.fail(f"Se esperaba una fecha ISO 8601, y {codigo} tiene {fecha!r}")
        assert desfase == timedelta(0), f"Se esperaba una fecha en UTC: {fecha!r}"


def test_textos_raros(taller: Taller) -> None:
    """Un nombre con comillas, SQL o emojis se guarda tal cual y no rompe nada."""
    articulos = historia(taller).articulos[0]
    assert ("IGUAL", RARO, 500) in articulos, (
        f"Se esperaba el nombre {RARO!r}, y hay {articulos}"
    )


# ── Interrupciones ──────────────────────────────────────────────────────────


class SitioQueEspera(SitioWeb):
    """Seis páginas en fila; en una de ellas no contesta hasta que se le dice."""

    def __init__(self, parada: str) -> None:
        """Se para en la ruta `parada` la primera vez que se la piden."""
        self.parada = parada
        self.ha_llegado = threading.Event()
        paginas: dict[str, Any] = {
            f"/{numero}": pagina(libro(f"N-{numero}"), enlace(f"/{numero + 1}"))
            for numero in range(1, 6)
        }
        paginas["/6"] = pagina(libro("N-6"))
        paginas["/aparte"] = pagina(libro("APARTE"))
        super().__init__(paginas)

    def responde(self, peticion: Peticion) -> Any:
        """Como siempre, salvo en la parada."""
        if peticion.ruta == self.parada:
            self.parada = ""
            self.ha_llegado.set()
            self.cerrado.wait(plazo(20))
        return super().responde(peticion)


OTRA = """
from scraper.sitios.libreria import Libreria


class Otra(Libreria):
    nombre = "otra"
"""


@dataclass
class Corte:
    """Lo que se vio antes y después de matar el programa."""

    base: Path
    sitio: SitioQueEspera
    al_morir: set[str]
    pedidas: list[list[str]]
    """Las páginas que pidió cada rastreo: cortado, aparte, reanudado y nuevo."""
    resultados: list[Resultado]
    otra: tuple[Resultado, list[str]]
    """El rastreo de otro sitio desde la misma URL, y las páginas que pidió."""


@escenario
def corte(taller: Taller) -> Corte:
    """Dos páginas por --max-paginas, otras dos y un SIGKILL, y después el resto."""
    sitio = taller.abrir(SitioQueEspera("/5"))
    base = taller.carpeta() / BASE
    opciones = ["--base-datos", str(base)]
    primero = taller.rastrear(sitio.url("/1"), *opciones, "--max-paginas", "2")
    acaba(primero, 0)
    proceso = taller.empezar(sitio.url("/1"), *opciones)
    matar_en_la_parada(proceso, sitio)
    al_morir = {fila[0] for fila in filas(base, "SELECT codigo FROM articulos")}
    pedidas = [sitio.pedidas()]
    resultados = [primero]
    src, antes = taller.copia(otra=OTRA), len(sitio.pedidas())
    de_otra = taller.rastrear(sitio.url("/1"), *opciones, sitio="otra", src=src)
    otra = de_otra, sitio.pedidas()[antes:]
    for ruta in ("/aparte", "/1", "/1"):
        antes = len(sitio.pedidas())
        resultados.append(taller.rastrear(sitio.url(ruta), *opciones))
        pedidas.append(sitio.pedidas()[antes:])
    return Corte(base, sitio, al_morir, pedidas, resultados, otra)


def matar_en_la_parada(proceso: subprocess.Popen[bytes], sitio: SitioQueEspera) -> None:
    """Espera a que el programa pida la página que no contesta, y lo mata."""
    with proceso:
        for _ in range(round(plazo(100))):
            if sitio.ha_llegado.wait(0.1) or proceso.poll() is not None:
                break
        proceso.kill()
        _, error = proceso.communicate()
    assert sitio.ha_llegado.is_set(), (
        f"Se esperaba que pidiera la página /5, y se pidió {sitio.pedidas()}:\n"
        f"{error.decode('utf-8', 'replace')}"
    )


def test_guarda_pagina_a_pagina(taller: Taller) -> None:
    """Lo leído se guarda según se lee: si el programa muere, ahí está."""
    visto = corte(taller)
    esperado = {"N-1", "N-2", "N-3", "N-4"}
    assert visto.al_morir == esperado, (
        f"Al matarlo en la página 5 se esperaba tener {esperado}, y había "
        f"{visto.al_morir}"
    )


def test_un_rastreo_interrumpido_sigue(taller: Taller) -> None:
    """El rastreo siguiente continúa: no pide otra vez las páginas que ya estaban."""
    visto = corte(taller)
    assert visto.pedidas[0] == ["/1", "/2", "/3", "/4", "/5"], (
        f"Tras --max-paginas 2 se esperaba seguir por /3, y se pidió {visto.pedidas[0]}"
    )
    acaba(visto.resultados[2], 0)
    assert visto.pedidas[2] == ["/5", "/6"], (
        f"Tras la interrupción se esperaba pedir /5 y /6, y fue {visto.pedidas[2]}"
    )


def test_no_se_pierde_ni_se_repite(taller: Taller) -> None:
    """Tras seguir están todos los artículos, una vez cada uno, y la base está sana."""
    visto = corte(taller)
    acaba(visto.resultados[2], 0)
    de_aqui = "WHERE sitio = 'libreria'"
    guardados = filas(visto.base, f"SELECT codigo FROM articulos {de_aqui}")
    leidos = sorted(codigo for (codigo,) in guardados)
    esperados = sorted(["APARTE", *(f"N-{numero}" for numero in range(1, 7))])
    assert leidos == esperados, f"Se esperaba {esperados}, y hay {leidos}"
    historia = filas(visto.base, f"SELECT codigo FROM precios {de_aqui}")
    assert len(historia) == len(esperados), (
        f"Se esperaba un precio por artículo, y hay {historia}"
    )
    salud = filas(visto.base, "PRAGMA integrity_check")
    assert salud == [("ok",)], f"Se esperaba una base de datos sana: {salud}"


def test_cada_inicio_es_otro_rastreo(taller: Taller) -> None:
    """Lo que dejó pendiente un rastreo no se mezcla con el de otra dirección."""
    visto = corte(taller)
    acaba(visto.resultados[1], 0)
    assert visto.pedidas[1] == ["/aparte"], (
        f"Se esperaba pedir solo /aparte, y se pidió {visto.pedidas[1]}"
    )


def test_cada_sitio_es_otro_rastreo(taller: Taller) -> None:
    """Lo que dejó pendiente un sitio no se mezcla con lo de otro en la misma URL."""
    visto = corte(taller)
    acaba(visto.resultados[1], 0)
    resultado, pedidas = visto.otra
    # Sin R5 todavía no hay otro sitio que pedir.
    if resultado.codigo != 2:
        assert pedidas == [f"/{numero}" for numero in range(1, 7)], (
            "«libreria» se quedó a medias en /5, y después «otra» empezaba en la misma "
            f"URL: se esperaba pedirlo todo desde /1, y se pidió {pedidas}\n{resultado}"
        )


def test_uno_terminado_empieza_de_nuevo(taller: Taller) -> None:
    """Cuando un rastreo termina, el siguiente pide todas las páginas otra vez."""
    visto = corte(taller)
    acaba(visto.resultados[3], 0)
    esperadas = [f"/{numero}" for numero in range(1, 7)]
    assert visto.pedidas[3] == esperadas, (
        f"Se esperaba pedir {esperadas}, y se pidió {visto.pedidas[3]}"
    )


@escenario
def lo_justo(taller: Taller) -> tuple[Path, SitioWeb]:
    """Un libro a dos precios y un enlace roto, rastreados dos veces con el máximo.

    Los dos precios de una página se leen a la vez: puede que en el mismo instante.
    """
    precios = (libro("DOS", "Dos", precio) for precio in ("10,00 €", "12,00 €"))
    sitio = taller.sitio({"/": pagina(*precios, enlace("/no-esta"))})
    base = taller.carpeta() / BASE
    for _ in range(2):
        opciones = ("--base-datos", base, "--max-paginas", "2")
        acaba(taller.rastrear(sitio.url("/"), *opciones), 1)
    return base, sitio


def test_terminado_justo_con_el_maximo(taller: Taller) -> None:
    """Si con --max-paginas ya no queda ninguna, se ha completado, aunque falle una."""
    _, sitio = lo_justo(taller)
    assert sitio.pedidas() == ["/", "/no-esta"] * 2, (
        "La primera vez se pidieron todas las páginas: se esperaba empezar de nuevo, y "
        f"en las dos veces se pidió {sitio.pedidas()}"
    )


def test_dos_cambios_en_el_mismo_instante(taller: Taller) -> None:
    """Un precio se compara con el último que se vio, aunque tengan la misma fecha."""
    llegado = precios_de(lo_justo(taller)[0], "DOS")
    assert llegado == [1000, 1200, 1000, 1200], (
        f"Se esperaba la historia [1000, 1200, 1000, 1200], y hay {llegado}"
    )


@escenario
def dos_juntos(taller: Taller) -> tuple[Path, list[Resultado]]:
    """Dos rastreos de sitios distintos en la misma base de datos, al mismo tiempo."""
    base = taller.carpeta() / BASE

    def rastrear(letra: str) -> Resultado:
        paginas = {
            f"/{numero}": pagina(libro(f"{letra}-{numero}"), enlace(f"/{numero + 1}"))
            for numero in range(15)
        }
        sitio = taller.sitio(paginas | {"/15": pagina(libro(f"{letra}-15"))})
        return taller.rastrear(sitio.url("/0"), "--base-datos", base)

    return base, a_la_vez(rastrear, "XY")


def test_dos_rastreos_a_la_vez(taller: Taller) -> None:
    """Dos programas a la vez en la misma base de datos no pierden nada."""
    base, resultados = dos_juntos(taller)
    for resultado in resultados:
        acaba(resultado, 0)
    (total,) = filas(base, "SELECT COUNT(*) FROM articulos")[0]
    assert total == 32, f"Se esperaban 16 artículos de cada uno, y hay {total}"


# ── Bases de datos que no lo son ────────────────────────────────────────────


BASURA = b"\x00\xff esto no es SQLite, son mis apuntes \x80" * 50


@dataclass
class Intento:
    """Un rastreo con una base de datos que no puede ser."""

    resultado: Resultado
    sitio: SitioWeb
    archivo: Path


@escenario
def imposibles(taller: Taller) -> dict[str, Intento]:
    """Un archivo que no es una base de datos, una carpeta, y otra que no existe."""
    carpeta = taller.carpeta()
    (carpeta / "apuntes").write_bytes(BASURA)
    (carpeta / "carpeta").mkdir()
    intentos = {}
    for archivo in (carpeta / "apuntes", carpeta / "carpeta", carpeta / "no" / "está"):
        sitio = taller.sitio({"/": pagina(libro("X"))})
        resultado = taller.rastrear(sitio.url("/"), "--base-datos", archivo)
        intentos[archivo.name] = Intento(resultado, sitio, archivo)
    return intentos


@pytest.mark.parametrize("nombre", ["apuntes", "carpeta", "está"])
def test_base_de_datos_imposible(taller: Taller, nombre: str) -> None:
    """Si no se puede usar, se explica antes de pedir nada: es el código 2."""
    intento = imposibles(taller)[nombre]
    acaba(intento.resultado, 2)
    assert not intento.sitio.peticiones, (
        f"No se esperaba pedir nada al sitio, y se pidió {intento.sitio.pedidas()}"
    )


def test_un_archivo_ajeno_no_se_toca(taller: Taller) -> None:
    """Un archivo que no es una base de datos queda como estaba."""
    intento = imposibles(taller)["apuntes"]
    acaba(intento.resultado, 2)
    assert intento.archivo.read_bytes() == BASURA, "El archivo no se debía tocar"
