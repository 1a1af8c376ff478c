# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Health checks periódicos."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from motor.bases import BaseDeDatos
from motor.limites import plazo
from motor.migraciones import alembic, paso_a_paso, subir
from motor.puertos import puerto_libre
from motor.servicios import Servicios
from motor.tablas import filas, motor_de
from requisitos.api import (
    SIN_ESTRENAR,
    Api,
    Hora,
    al_final,
    comprueba,
    datos_de,
    espera,
    instante,
    json_de,
    problema,
    ultima_de,
    unico,
)
from requisitos.dianas import (
    Dianas,
    Hacer,
    basura,
    corta,
    cuelga,
    gotea,
    redirige,
    responde,
    sin_fin,
)
from sqlalchemy import text

CAMPOS = {
    "id",
    "nombre",
    "url",
    "intervalo",
    "timeout",
    "activo",
    "fallos",
    "aciertos",
    "latencia_maxima",
    "silencio_hasta",
    "creado",
    "siguiente",
    "ultima",
}
CAMPOS_DE_COMPROBACION = {
    "id",
    "objetivo",
    "momento",
    "bien",
    "motivo",
    "codigo",
    "latencia_ms",
    "intentos",
}


def sale(una: dict[str, Any], motivo: str | None, codigo: int | None, que: str) -> None:
    """Falla si esa comprobación no salió así."""
    llego = (una.get("bien"), una.get("motivo"), una.get("codigo"))
    quiso = (motivo is None, motivo, codigo)
    comprueba(
        llego == quiso,
        f"Se esperaba bien, motivo y codigo = {quiso} al comprobar {que}, y llegó "
        f"{llego}",
    )


# --- los objetivos ---------------------------------------------------------------


def test_crear_y_leer_un_objetivo(api: Api) -> None:
    """POST /objetivos lo crea con lo que se diga, y lo demás como siempre: 201."""
    nombre = unico("Pagos ñandú 🦤 <b>&amp;</b>")
    url = "https://ejemplo.test:8443/salud?a=1&b=%20#x"
    respuesta = api.post("/objetivos", {"nombre": f"  {nombre} ", "url": url})
    objetivo = json_de(espera(respuesta, 201, al="crear un objetivo"))
    api.delete(
        f"/objetivos/{objetivo.get('id')}"
    )  # está activo: que nadie lo compruebe
    comprueba(
        isinstance(objetivo, dict) and set(objetivo) == CAMPOS,
        f"Se esperaba un objetivo con {sorted(CAMPOS)}, y llegó {objetivo}",
    )
    esperado = {
        "nombre": nombre,
        "url": url,
        "intervalo": 60,
        "timeout": 5,
        "activo": True,
        "fallos": 3,
        "aciertos": 2,
        "latencia_maxima": None,
        "silencio_hasta": None,
        "ultima": None,
    }
    llego = {campo: objetivo[campo] for campo in esperado}
    comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {llego}")
    creado = instante(objetivo["creado"], "creado")
    comprueba(
        instante(objetivo["siguiente"], "siguiente") == creado,
        "Se esperaba que a un objetivo nuevo le tocara ya (siguiente = creado), y "
        f"llegó {objetivo}",
    )
    lugar = respuesta.headers.get("location", "")
    comprueba(
        lugar.endswith(f"/objetivos/{objetivo['id']}"),
        f"Se esperaba Location: /objetivos/{objetivo['id']}, y llegó «{lugar}»",
    )
    entero = {
        "intervalo": 86400,
        "timeout": 0.25,
        "fallos": 1,
        "aciertos": 7,
        "latencia_maxima": 12.5,
        "activo": False,
    }
    otro = api.crear(**entero)
    leido = api.leer(otro["id"])
    comprueba(leido == otro, f"Se esperaba leer lo que se creó, {otro}: {leido}")
    distinto = {c: leido.get(c) for c, v in entero.items() if leido.get(c) != v}
    comprueba(not distinto, f"Se esperaba guardar {entero}, y llegó {distinto}")


BUENOS = [
    {"nombre": "ñ" * 100},
    {"nombre": f"  {'x' * 100}  "},
    {"intervalo": 10},
    {"intervalo": 86400},
    {"timeout": 0.1},
    {"timeout": 30},
    {"fallos": 1},
    {"aciertos": 100},
    {"latencia_maxima": 0.5},
    {"latencia_maxima": 30000},
    {"url": "tcp://ejemplo.test:5432"},
    {"url": "http://[2001:db8::1]:8080/x"},
    {"url": "http://ejemplo.test/" + "x" * 1980},
]
MALOS = [
    {"nombre": "ñ" * 101},
    {"nombre": "   "},
    {"nombre": "con\x00nulo"},
    {"nombre": None},
    {"nombre": 5},
    {"intervalo": 9},
    {"intervalo": 86401},
    {"intervalo": 60.5},
    {"intervalo": "60"},
    {"intervalo": None},
    {"timeout": 0.09},
    {"timeout": 30.1},
    {"timeout": 0},
    {"timeout": -1},
    {"timeout": True},
    {"fallos": 0},
    {"fallos": 101},
    {"aciertos": 0},
    {"latencia_maxima": 0},
    {"latencia_maxima": 30001},
    {"silencio_hasta": "mañana"},
    {"silencio_hasta": "2026-11-29T10:00:00"},
    {"activo": "quizás"},
    {"activo": None},
    {"url": "ejemplo.test"},
    {"url": "ftp://ejemplo.test/"},
    {"url": "file:///etc/passwd"},
    {"url": "javascript:alert(1)"},
    {"url": "http://"},
    {"url": "http:///x"},
    {"url": "http://ejemplo.test:0/"},
    {"url": "http://ejemplo.test:65536/"},
    {"url": "http://ana:secreta@ejemplo.test/"},
    {"url": "http://ejemplo.test/un espacio"},
    {"url": "http://ejemplo.test/\r\nX-Mia: 1"},
    {"url": "http://ejemplo.test/" + "x" * 1981},
    {"url": "tcp://ejemplo.test"},
    {"url": "tcp://ejemplo.test:80/ruta"},
    {"url": None},
    {"ultima": None},
    {"desconocido": 1},
]


@pytest.mark.parametrize("puerta", ["POST", "PATCH"])
def test_los_limites_estan_incluidos(api: Api, puerta: str) -> None:
    """Lo que dice la tabla vale, justo hasta el límite; lo demás es 422 y no cambia."""
    antes = api.crear()
    ruta = f"/objetivos/{antes['id']}"

    def mandar(campos: dict[str, Any]) -> Any:
        if puerta == "PATCH":
            return api.patch(ruta, campos)
        base = {"nombre": unico("x"), "url": SIN_ESTRENAR, "activo": False}
        return api.post("/objetivos", base | campos)

    for campos in MALOS:
        (campo,) = campos
        datos = problema(mandar(campos), 422, f"mandar {str(campos)[:80]} ({puerta})")
        nombrados = str(datos.get("errores"))
        comprueba(
            campo in nombrados,
            f"Se esperaba que el 422 nombrara «{campo}» en errores: {nombrados}",
        )
    despues = api.leer(antes["id"])
    comprueba(despues == antes, f"Se esperaba que siguiera {antes}, y está {despues}")
    for campos in BUENOS:
        al = f"mandar {str(campos)[:80]} ({puerta})"
        objetivo = json_de(
            espera(mandar(campos), 201 if puerta == "POST" else 200, al=al)
        )
        for campo, valor in campos.items():
            quiso = valor.strip() if isinstance(valor, str) else valor
            comprueba(
                objetivo.get(campo) == quiso,
                f"Se esperaba {campo} = {quiso!r} al {al}: {objetivo.get(campo)!r}",
            )


@pytest.mark.parametrize("cuerpo", [b"", b"{", b"[]", b"null", b'"x"'])
def test_un_cuerpo_que_no_vale_es_422(api: Api, cuerpo: bytes) -> None:
    """Lo que no es un objeto JSON es 422, al crear y al cambiar."""
    id = api.crear()["id"]
    for metodo, ruta in (("POST", "/objetivos"), ("PATCH", f"/objetivos/{id}")):
        cabeceras = {"Content-Type": "application/json"}
        respuesta = api.pedir(metodo, ruta, content=cuerpo, headers=cabeceras)
        problema(respuesta, 422, f"mandar {cuerpo!r} a {metodo} {ruta}")


def test_cambiar_solo_lo_que_llega(api: Api, hora: Hora) -> None:
    """PATCH cambia lo que llega y nada más; null quita la latencia y el silencio."""
    hasta = (hora.ahora() + timedelta(hours=1)).isoformat()
    antes = api.crear(latencia_maxima=100, silencio_hasta=hasta, fallos=5)
    ruta = f"/objetivos/{antes['id']}"
    cambiado = json_de(espera(api.patch(ruta, {"timeout": 2}), 200, al="cambiar"))
    esperado = antes | {"timeout": 2}
    comprueba(cambiado == esperado, f"Se esperaba {esperado}, y llegó {cambiado}")
    nada = json_de(espera(api.patch(ruta, {}), 200, al="no cambiar nada"))
    comprueba(nada == esperado, f"Se esperaba {esperado}, y llegó {nada}")
    quita = {"latencia_maxima": None, "silencio_hasta": None}
    espera(api.patch(ruta, quita), 200, al="quitar la latencia y el silencio")
    leido = api.leer(antes["id"])
    comprueba(leido == esperado | quita, f"Se esperaba quitar {quita}: {leido}")


def test_cambiar_el_intervalo_cambia_cuando_le_toca(
    api: Api, dianas: Dianas, hora: Hora
) -> None:
    """Con un intervalo más corto le toca antes; al reactivarlo, le toca ya."""
    uno = api.crear(dianas.nueva().url, intervalo=86400, activo=True)
    espera(api.post("/rondas"), 200, al="hacer una ronda")
    ruta = f"/objetivos/{uno['id']}"
    lejos = instante(api.leer(uno["id"])["siguiente"], "siguiente")
    comprueba(
        lejos > hora.ahora() + timedelta(hours=12),
        f"Se esperaba que le tocara mañana, y le toca en {lejos - hora.ahora()}",
    )
    espera(api.patch(ruta, {"intervalo": 60}), 200, al="acortar el intervalo")
    cerca = instante(api.leer(uno["id"])["siguiente"], "siguiente")
    comprueba(
        cerca <= hora.ahora() + timedelta(seconds=66),
        "Se esperaba que con intervalo 60 le tocara en 66 s como mucho, y le toca en "
        f"{cerca - hora.ahora()}",
    )
    espera(api.patch(ruta, {"activo": False}), 200, al="pararlo")
    ahora = hora.avanza(3600)
    espera(api.patch(ruta, {"activo": True}), 200, al="reactivarlo")
    ya = instante(api.leer(uno["id"])["siguiente"], "siguiente")
    comprueba(ya <= ahora, f"Se esperaba que al reactivarlo le tocara ya: {ya}")


def test_borrar_un_objetivo(api: Api, dianas: Dianas) -> None:
    """DELETE lo borra con todo lo suyo: después es 404 por todas las puertas."""
    id = api.crear(dianas.nueva().url)["id"]
    otro = api.crear(dianas.nueva().url)
    api.comprobar(id)
    api.comprobar(otro["id"])
    espera(api.delete(f"/objetivos/{id}"), 204, al="borrar un objetivo")
    for metodo, final in PUERTAS:
        respuesta = api.pedir(metodo, f"/objetivos/{id}{final}", **cuerpo_de(metodo))
        problema(respuesta, 404, f"pedir {metodo} …{final} de un objetivo borrado")
    quedan = len(api.comprobaciones(otro["id"]))
    comprueba(quedan == 1, f"Se esperaba que otro siguiera entero, y tiene {quedan}")


PUERTAS = [
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("POST", "/comprobar"),
    ("GET", "/comprobaciones"),
]


def cuerpo_de(metodo: str) -> dict[str, Any]:
    """Lo que hay que mandar con ese método."""
    return {"json": {"timeout": 1}} if metodo == "PATCH" else {}


@pytest.mark.parametrize("id", ["0", "2147483647", "2147483648", "9" * 30, "x", "-1"])
def test_un_objetivo_que_no_existe(api: Api, id: str) -> None:
    """Un número de nadie es 404; lo que no puede ser un número, 404 o 422."""
    for metodo, final in PUERTAS:
        respuesta = api.pedir(metodo, f"/objetivos/{id}{final}", **cuerpo_de(metodo))
        codigo = (
            404 if id in {"0", "2147483647"} or respuesta.status_code == 404 else 422
        )
        problema(respuesta, codigo, f"pedir {metodo} /objetivos/{id}{final}")


def test_las_listas_van_por_paginas(api: Api, dianas: Dianas) -> None:
    """Los objetivos, del más antiguo al más nuevo; las comprobaciones, al revés."""
    nuevos = [api.crear()["id"] for _ in range(5)]
    vistos = recorrer(api, "/objetivos", limite=2)
    suyos = [id for id in vistos if id in nuevos]
    comprueba(suyos == nuevos, f"Se esperaba {nuevos} en su orden, y llegó {suyos}")
    comprueba(len(vistos) == len(set(vistos)), f"Se repiten objetivos: {vistos}")
    id = api.crear(dianas.nueva().url)["id"]
    hechas = [api.comprobar(id)["id"] for _ in range(5)]
    ruta = f"/objetivos/{id}/comprobaciones"
    llegan = recorrer(api, ruta, limite=2, entre=lambda: api.comprobar(id))
    comprueba(
        llegan == hechas[::-1],
        f"Se esperaban las comprobaciones {hechas[::-1]}, sin repetir ni saltar aunque "
        f"haya nuevas entre página y página, y llegaron {llegan}",
    )
    for malo in ({"limite": 0}, {"limite": 101}, {"limite": "x"}, {"cursor": "ñ"}):
        for donde in ("/objetivos", ruta):
            problema(api.get(donde, **malo), 422, f"listar con {malo}")


def recorrer(
    api: Api, ruta: str, limite: int, entre: Any = None, guardar: Any = None
) -> list[int]:
    """Los ids de todas las páginas de una lista; lo que traen, en ``guardar``."""
    ids: list[int] = []
    filtros: dict[str, Any] = {"limite": limite}
    for _ in range(2000):
        respuesta = api.get(ruta, **filtros)
        datos = datos_de(respuesta, f"listar {ruta}")
        comprueba(len(datos) <= limite, f"Se esperaban {limite} como mucho: {datos}")
        ids += [uno["id"] for uno in datos]
        if guardar is not None:
            guardar += datos
        siguiente = json_de(respuesta)["siguiente"]
        if siguiente is None:
            return ids
        filtros["cursor"] = siguiente
        if entre is not None:
            entre()
    pytest.fail(f"Se esperaba que {ruta} acabara, y siguiente nunca es null")


def test_las_migraciones_no_pierden_nada(bases: BaseDeDatos, tmp_path: Path) -> None:
    """Los objetivos de antes de tus migraciones siguen, y van y vuelven con datos."""
    with bases.vacia(tmp_path) as url:
        alembic(url, lambda config: command.upgrade(config, "0001"))
        with motor_de(url).begin() as conexion:
            for numero in (1, 2):
                conexion.execute(
                    text(
                        "INSERT INTO objetivos (id, nombre, url, creado) VALUES "
                        "(:n, 'Ñandú', 'http://192.0.2.1/', '2026-01-01 00:00:00')"
                    ),
                    {"n": numero},
                )
        alembic(url, subir)
        comprueba(
            [t for t, _ in filas(url)].count("objetivos") == 2,
            "Se esperaba que los objetivos que había siguieran tras migrar",
        )
        try:
            alembic(url, paso_a_paso)
        except AssertionError as error:
            pytest.fail(f"Se esperaba que las migraciones fueran y volvieran: {error}")


# --- comprobar -------------------------------------------------------------------


def test_comprobar_uno_que_va_bien(api: Api, dianas: Dianas, hora: Hora) -> None:
    """POST …/comprobar hace un GET, y dice cómo fue, cuándo y cuánto tardó."""
    diana = dianas.nueva(responde(204, tras=0.15))
    objetivo = api.crear(f"{diana.url}?a=1&b=%C3%B1")
    antes = time.perf_counter()
    una = api.comprobar(objetivo["id"])
    tardado = (time.perf_counter() - antes) * 1000
    comprueba(
        set(una) == CAMPOS_DE_COMPROBACION,
        f"Se esperaba una comprobación con {sorted(CAMPOS_DE_COMPROBACION)}: {una}",
    )
    sale(una, None, 204, "lo que contesta 204")
    comprueba(
        (una["objetivo"], una["intentos"]) == (objetivo["id"], 1),
        f"Se esperaba su objetivo y un intento, y llegó {una}",
    )
    comprueba(
        150 <= una["latencia_ms"] <= tardado,
        f"Se esperaba una latencia de 150 a {tardado:.0f} ms, y llegó {una}",
    )
    comprueba(
        instante(una["momento"], "momento") == hora.ahora(),
        f"Se esperaba momento = {hora.ahora()}, según su reloj, y llegó {una}",
    )
    cabeza = diana.cabezas[0]
    linea, host = cabeza.splitlines()[0], f"127.0.0.1:{dianas.puerto}"
    comprueba(
        linea.startswith("GET ") and linea.split()[1].endswith("?a=1&b=%C3%B1"),
        f"Se esperaba un GET con su consulta, y llegó «{linea}»",
    )
    comprueba(f"host: {host}" in cabeza.lower(), f"Se esperaba Host: {host}:\n{cabeza}")
    leido = api.leer(objetivo["id"])
    comprueba(leido["ultima"] == una, f"Se esperaba ultima = {una}, y llegó {leido}")
    lista = api.comprobaciones(objetivo["id"])
    comprueba(lista == [una], f"Se esperaba la lista [{una}], y llegó {lista}")
    todos: list[dict[str, Any]] = []
    recorrer(api, "/objetivos", limite=100, guardar=todos)
    en_lista = [uno for uno in todos if uno["id"] == objetivo["id"]]
    comprueba(en_lista == [leido], f"Se esperaba {leido} en la lista: {en_lista}")


FALLOS: list[tuple[str, Hacer, str, int | None]] = [
    ("un 500", responde(500), "codigo", 500),
    ("un 404", responde(404), "codigo", 404),
    ("un 304", responde(304), "codigo", 304),
    ("algo que no es HTTP", basura, "respuesta", None),
    ("quien corta sin contestar", corta, "respuesta", None),
    ("quien no contesta", cuelga, "tiempo", None),
    ("quien contesta a gotas", gotea, "tiempo", None),
]


@pytest.mark.parametrize(
    ("que", "hacer", "motivo", "codigo"), FALLOS, ids=[f[0] for f in FALLOS]
)
def test_comprobar_uno_que_va_mal(
    api: Api, dianas: Dianas, que: str, hacer: Hacer, motivo: str, codigo: int | None
) -> None:
    """Cada manera de ir mal tiene su motivo, y ninguna tarda más que el plazo."""
    objetivo = api.crear(dianas.nueva(hacer).url, timeout=0.4)
    antes = time.perf_counter()
    una = api.comprobar(objetivo["id"])
    tardado = time.perf_counter() - antes
    sale(una, motivo, codigo, que)
    comprueba(
        tardado < plazo(1.4),
        f"Se esperaba dejarlo a los 0,4 s: {tardado:.2f} s ({que})",
    )
    ultima = api.leer(objetivo["id"])["ultima"]
    comprueba(ultima == una, f"Se esperaba guardarla: {una}, y está {ultima}")


def test_lo_que_no_se_puede_conectar(api: Api, dianas: Dianas) -> None:
    """Un puerto cerrado o un nombre que no existe es motivo «conexion», también tcp."""
    del dianas
    puerto = puerto_libre()
    for url in (
        f"http://127.0.0.1:{puerto}/",
        f"tcp://127.0.0.1:{puerto}",
        "http://no-existe.invalid/",
        "tcp://no-existe.invalid:80",
    ):
        una = api.comprobar(api.crear(url)["id"])
        sale(una, "conexion", None, url)


def test_comprobar_por_tcp(api: Api, dianas: Dianas) -> None:
    """Con tcp:// basta con que acepten la conexión: codigo es null."""
    una = api.comprobar(api.crear(f"tcp://127.0.0.1:{dianas.puerto}")["id"])
    sale(una, None, None, "un puerto abierto")
    comprueba(0 < una["latencia_ms"] < 1000, f"Se esperaba su latencia, y llegó {una}")


def test_el_plazo_es_para_todo(api: Api, dianas: Dianas) -> None:
    """Un poco antes del plazo va bien; y las redirecciones también lo gastan."""
    a_tiempo = api.crear(dianas.nueva(responde(tras=0.3)).url, timeout=1)
    sale(api.comprobar(a_tiempo["id"]), None, 200, "lo que tarda 0,3 s")
    actual = dianas.nueva(responde(tras=0.3))
    for _ in range(3):
        actual = dianas.nueva(redirige(actual.url, tras=0.3))
    lento = api.crear(actual.url, timeout=0.7)
    sale(api.comprobar(lento["id"]), "tiempo", None, "tres redirecciones de 0,3 s")


def test_el_cuerpo_no_se_espera(api: Api, dianas: Dianas) -> None:
    """Con las cabeceras basta: un cuerpo sin fin no gasta el plazo ni la memoria."""
    una = api.comprobar(api.crear(dianas.nueva(sin_fin).url, timeout=2)["id"])
    sale(una, None, 200, "lo que manda un cuerpo sin fin")


def test_las_redirecciones_se_siguen(api: Api, dianas: Dianas) -> None:
    """Hasta cinco, absolutas o relativas; vale el código de la última."""
    final = dianas.nueva(responde(201))
    for codigo in (301, 302, 303, 307, 308):
        diana = dianas.nueva(redirige(final.url, codigo))
        sale(api.comprobar(api.crear(diana.url)["id"]), None, 201, f"un {codigo}")
    relativa = "/" + final.url.split("/", 3)[3]
    for lugar in (relativa, f"//127.0.0.1:{dianas.puerto}{relativa}", relativa[1:]):
        diana = dianas.nueva(redirige(lugar))
        sale(api.comprobar(api.crear(diana.url)["id"]), None, 201, f"Location: {lugar}")
    actual = final
    for _ in range(5):
        actual = dianas.nueva(redirige(actual.url))
    sale(api.comprobar(api.crear(actual.url)["id"]), None, 201, "cinco redirecciones")
    actual = dianas.nueva(redirige(actual.url))
    una = api.comprobar(api.crear(actual.url)["id"])
    comprueba(
        (una["bien"], una["motivo"]) == (False, "redirecciones"),
        f"Se esperaba motivo «redirecciones» tras seis, y llegó {una}",
    )


@pytest.mark.parametrize(
    "lugar", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "", "http://[::"]
)
def test_una_redireccion_a_ninguna_parte(api: Api, dianas: Dianas, lugar: str) -> None:
    """Si no lleva a una URL http o https, el motivo es «redirecciones»."""
    una = api.comprobar(api.crear(dianas.nueva(redirige(lugar)).url)["id"])
    comprueba(
        (una["bien"], una["motivo"]) == (False, "redirecciones"),
        f"Se esperaba motivo «redirecciones» con Location: {lugar!r}, y llegó {una}",
    )


# --- adónde no se llama ----------------------------------------------------------

PROHIBIDAS = [
    "127.0.0.2",
    "[::1]",
    "[::ffff:127.0.0.2]",
    "0.0.0.0",  # noqa: S104
    "[::]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "[fd00::1]",
    "[fe80::1]",
]
RARAS = [
    "127.2",
    "0x7f.0.0.2",
    "2130706434",
    "0177.0.0.2",
    "127.0.0.2.",
    "[::ffff:7f00:2]",
    "[64:ff9b::7f00:2]",
    "224.0.0.1",
    "255.255.255.255",
]
"""Otras maneras de escribirlas, que quizá no se entiendan: basta con no llamar."""


def prohibido(api: Api, dianas: Dianas, url: str, que: str) -> None:
    """Falla si al comprobar eso se llama a alguien, o no se dice por qué no."""
    una = api.comprobar(api.crear(url, timeout=0.5)["id"])
    comprueba(
        (una["bien"], una["motivo"]) == (False, "destino"),
        f"Se esperaba motivo «destino» al comprobar {que}, y llegó {una}",
    )
    comprueba(not dianas.intrusos, f"Se esperaba no llamar a nadie, y llamó con {que}")


@pytest.mark.parametrize("host", PROHIBIDAS)
def test_a_la_red_interna_no_se_llama(api: Api, dianas: Dianas, host: str) -> None:
    """Ni por su número, escrito como sea, ni con tcp, ni tras una redirección."""
    directa = f"http://{host}:{dianas.puerto}/"
    prohibido(api, dianas, directa, directa)
    tcp = f"tcp://{host}:{dianas.puerto}"
    prohibido(api, dianas, tcp, tcp)
    vuelta = dianas.nueva(redirige(directa))
    prohibido(api, dianas, vuelta.url, f"una redirección a {directa}")


def test_ni_escrita_de_otra_manera(api: Api, dianas: Dianas) -> None:
    """Un número escrito de manera rara no se entiende, o tampoco se llama."""
    for host in RARAS:
        url = f"http://{host}:{dianas.puerto}/"
        datos = {"nombre": "Rara", "url": url, "activo": False, "timeout": 0.3}
        respuesta = api.post("/objetivos", datos)
        if respuesta.status_code != 422:
            creado = json_de(espera(respuesta, 201, al=f"crear {url}"))
            una = api.comprobar(creado["id"])
            comprueba(not una["bien"], f"Se esperaba no llamar a {url}: {una}")
        rodeo = api.crear(dianas.nueva(redirige(url)).url, timeout=0.3)
        vuelta = api.comprobar(rodeo["id"])
        comprueba(not vuelta["bien"], f"Se esperaba no ir a {url}: {vuelta}")
        comprueba(not dianas.intrusos, f"Se esperaba no llamar a nadie con {url}")


@pytest.mark.aislada(DESTINOS_PERMITIDOS="")
def test_sin_permisos_tampoco_a_este_ordenador(api: Api, dianas: Dianas) -> None:
    """Sin DESTINOS_PERMITIDOS, ni a localhost: se mira la dirección, no el nombre."""
    for host in ("localhost", "127.0.0.1", "LocalHost"):
        diana = dianas.nueva()
        url = diana.url.replace("127.0.0.1", host)
        prohibido(api, dianas, url, url)
        comprueba(not diana.visitas, f"Se esperaba no llamar a {url}, y llamó")


def test_un_nombre_que_cambia_de_direccion(
    api: Api,
    dianas: Dianas,
    servicios: Servicios,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Se llama a la dirección que se ha mirado, aunque el nombre cambie después."""
    if servicios.en_proceso:
        pytest.skip("el DNS de otro proceso no se puede cambiar desde aquí")
    if "127.0.0.2" not in dianas.prohibidas:
        pytest.skip("este sistema no tiene la dirección 127.0.0.2")
    de_verdad, preguntas = socket.getaddrinfo, []

    def dns(host: Any, *args: Any, **mas: Any) -> Any:
        nombre = host.decode() if isinstance(host, bytes) else str(host)
        if nombre.rstrip(".") not in {"cambia.test", "interno.test"}:
            return de_verdad(host, *args, **mas)
        preguntas.append(nombre)
        buena = nombre.startswith("cambia") and len(preguntas) == 1
        return de_verdad("127.0.0.1" if buena else "127.0.0.2", *args, **mas)

    monkeypatch.setattr(socket, "getaddrinfo", dns)
    diana = dianas.nueva()
    prohibido(
        api,
        dianas,
        f"http://interno.test:{dianas.puerto}/",
        "un nombre que está en la red interna",
    )
    preguntas.clear()
    url = diana.url.replace("127.0.0.1", "cambia.test")
    una = api.comprobar(api.crear(url, timeout=1)["id"])
    comprueba(
        not dianas.intrusos,
        "Se esperaba llamar a la dirección que se comprobó, y el nombre se resolvió "
        f"otra vez y llamó a 127.0.0.2: {una}",
    )
    sale(una, None, 200, "un nombre que luego cambia")
    comprueba(
        f"host: cambia.test:{dianas.puerto}" in diana.cabezas[0].lower(),
        f"Se esperaba que Host fuera el nombre, y llegó:\n{diana.cabezas[0]}",
    )


# --- las rondas ------------------------------------------------------------------


def ronda(api: Api) -> list[int]:
    """POST /rondas: a quiénes se ha comprobado."""
    datos = json_de(espera(api.post("/rondas"), 200, al="hacer una ronda"))
    ids = datos.get("comprobados") if isinstance(datos, dict) else None
    comprueba(isinstance(ids, list), f"Se esperaba comprobados: [ids], y llegó {datos}")
    return list(ids or [])


def test_la_ronda_comprueba_a_quien_le_toca(
    api: Api, dianas: Dianas, hora: Hora
) -> None:
    """Solo a los activos a los que les toca, y una sola vez lo atrasado."""
    toca, no_toca, parado = (dianas.nueva() for _ in range(3))
    uno = api.crear(toca.url, activo=True, intervalo=100)
    otro = api.crear(no_toca.url, activo=True, intervalo=10000)
    quieto = api.crear(parado.url)
    primeros = ronda(api)
    comprueba(
        {uno["id"], otro["id"]} <= set(primeros) and quieto["id"] not in primeros,
        f"Se esperaban {uno['id']} y {otro['id']}, y no {quieto['id']}: {primeros}",
    )
    comprueba(uno["id"] not in ronda(api), "Se esperaba que ya no le tocara")
    hora.avanza(89)
    comprueba(uno["id"] not in ronda(api), "A los 89 s de 100 todavía no le toca")
    hora.avanza(22)
    segundos = ronda(api)
    comprueba(
        uno["id"] in segundos and otro["id"] not in segundos,
        f"Se esperaba {uno['id']} a los 111 s, y no {otro['id']}: {segundos}",
    )
    momento = hora.avanza(5000)
    comprueba(uno["id"] in ronda(api), "Se esperaba una comprobación de lo atrasado")
    comprueba(uno["id"] not in ronda(api), "Lo atrasado se comprueba una sola vez")
    visitas = (toca.visitas, no_toca.visitas, parado.visitas)
    comprueba(visitas == (3, 1, 0), f"Se esperaban 3, 1 y 0 visitas, y hubo {visitas}")
    ultima = ultima_de(api, uno["id"])
    comprueba(
        instante(ultima["momento"], "momento") == momento,
        f"Se esperaba momento = {momento}, y llegó {ultima}",
    )


def test_no_van_todos_a_la_vez(api: Api, dianas: Dianas, hora: Hora) -> None:
    """Les vuelve a tocar a `intervalo` segundos, un 10 % arriba o abajo, al azar."""
    diana = dianas.nueva()
    ids = [api.crear(diana.url, activo=True, intervalo=1000)["id"] for _ in range(25)]
    ahora = hora.ahora()
    ronda(api)
    esperas = [
        (instante(api.leer(id)["siguiente"], "siguiente") - ahora).total_seconds()
        for id in ids
    ]
    comprueba(
        all(899 <= espera <= 1101 for espera in esperas),
        f"Se esperaba de 900 a 1100 s, y llegó de {min(esperas)} a {max(esperas)}",
    )
    comprueba(
        min(esperas) < 990 and max(esperas) > 1010 and len(set(esperas)) > 10,
        f"Se esperaba que se repartieran arriba y abajo, y llegó {sorted(esperas)}",
    )


def test_los_lentos_no_hacen_esperar(api: Api, dianas: Dianas) -> None:
    """Los de una ronda se comprueban a la vez, y mientras se atiende lo demás."""
    diana = dianas.nueva(cuelga)
    ids = [api.crear(diana.url, activo=True, timeout=15)["id"] for _ in range(10)]
    with ThreadPoolExecutor(1) as hilos:
        haciendo = hilos.submit(ronda, api)
        try:
            al_final(
                lambda: diana.dentro == 10,
                "que diez lentos se comprobaran a la vez en una ronda",
                3,
            )
            api.leer(ids[0])
        finally:
            diana.suelta.set()
        hechos = haciendo.result()
    comprueba(set(ids) <= set(hechos), f"Se esperaban {ids}, y se hicieron {hechos}")
    malas = [id for id in ids if not ultima_de(api, id)["bien"]]
    comprueba(not malas, f"Se esperaba que todas salieran bien, y estas no: {malas}")


def test_dos_rondas_a_la_vez_no_repiten(api: Api, dianas: Dianas) -> None:
    """Cada objetivo lo hace una sola de las rondas que se piden a la vez."""
    todas = [dianas.nueva(responde(tras=0.1)) for _ in range(6)]
    ids = [api.crear(d.url, activo=True)["id"] for d in todas]
    respuestas = api.a_la_vez([lambda: api.post("/rondas")] * 6)
    hechos = [
        id
        for r in respuestas
        for id in json_de(espera(r, 200, al="una ronda"))["comprobados"]
    ]
    visitas = [d.visitas for d in todas]
    comprueba(
        visitas == [1] * 6, f"Se esperaba una visita a cada uno, y hubo {visitas}"
    )
    repetidos = sorted(id for id in hechos if id in ids)
    comprueba(repetidos == ids, f"Se esperaba cada uno una vez, y llegó {repetidos}")


def test_nadie_se_comprueba_dos_veces_a_la_vez(api: Api, dianas: Dianas) -> None:
    """Mientras dura una comprobación, otra es 409 y la ronda lo deja para después."""
    diana = dianas.nueva(cuelga)
    id = api.crear(diana.url, activo=True, timeout=10)["id"]
    with ThreadPoolExecutor(1) as hilos:
        primera = hilos.submit(api.post, f"/objetivos/{id}/comprobar")
        comprueba(diana.llamada.wait(3), "Se esperaba que llamara al servicio")
        for _ in range(3):
            otra = api.post(f"/objetivos/{id}/comprobar")
            problema(otra, 409, "comprobar lo que ya se está comprobando")
        comprueba(id not in ronda(api), "La ronda no repite lo que está en curso")
        diana.suelta.set()
        espera(primera.result(), 200, al="comprobar un objetivo")
    comprueba(
        (diana.visitas, diana.maximo) == (1, 1),
        f"Se esperaba una visita, y hubo {diana.visitas}",
    )
    comprueba(id in ronda(api), "Se esperaba que después la ronda lo comprobara")
    sale(api.comprobar(id), None, 200, "otra vez, ya libre")


def test_veinte_a_la_vez_son_una(api: Api, dianas: Dianas) -> None:
    """De veinte peticiones iguales a la vez, una comprueba y las demás son 409."""
    diana = dianas.nueva(responde(tras=0.5))
    id = api.crear(diana.url)["id"]
    ruta = f"/objetivos/{id}/comprobar"
    codigos = sorted(r.status_code for r in api.a_la_vez([lambda: api.post(ruta)] * 20))
    comprueba(set(codigos) <= {200, 409}, f"Se esperaban 200 y 409, y llegó {codigos}")
    comprueba(diana.maximo == 1, f"Se esperaba una a la vez, y hubo {diana.maximo}")
    guardadas = len(api.comprobaciones(id))
    comprueba(
        guardadas == diana.visitas == codigos.count(200),
        f"Se esperaba guardar una por visita: {guardadas}, {diana.visitas}, {codigos}",
    )


def test_borrar_mientras_se_comprueba(api: Api, dianas: Dianas) -> None:
    """Si lo borran en medio, la comprobación es 404 y no deja nada suelto."""
    diana = dianas.nueva(cuelga)
    id = api.crear(diana.url, timeout=10)["id"]
    with ThreadPoolExecutor(1) as hilos:
        en_curso = hilos.submit(api.post, f"/objetivos/{id}/comprobar")
        comprueba(diana.llamada.wait(3), "Se esperaba que llamara al servicio")
        espera(api.delete(f"/objetivos/{id}"), 204, al="borrar mientras se comprueba")
        diana.suelta.set()
        problema(en_curso.result(), 404, "acabar de comprobar lo que se ha borrado")


def test_se_puede_cambiar_mientras_se_comprueba(api: Api, dianas: Dianas) -> None:
    """Lo que se cambia durante una comprobación no se pierde al acabar esta."""
    diana = dianas.nueva(cuelga)
    id = api.crear(diana.url, timeout=10)["id"]
    with ThreadPoolExecutor(1) as hilos:
        en_curso = hilos.submit(api.post, f"/objetivos/{id}/comprobar")
        comprueba(diana.llamada.wait(3), "Se esperaba que llamara al servicio")
        nombre = unico("Otro nombre")
        cambio = api.patch(f"/objetivos/{id}", {"nombre": nombre, "intervalo": 77})
        espera(cambio, 200, al="cambiar mientras se comprueba")
        diana.suelta.set()
        una = json_de(espera(en_curso.result(), 200, al="comprobar un objetivo"))
    leido = api.leer(id)
    comprueba(
        (leido["nombre"], leido["intervalo"]) == (nombre, 77)
        and leido["ultima"] == una,
        f"Se esperaba el cambio y la comprobación, y llegó {leido}",
    )
