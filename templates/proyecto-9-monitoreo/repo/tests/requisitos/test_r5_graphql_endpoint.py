# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R5 · GraphQL endpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from motor.servicios import Servicios
from requisitos.api import (
    Api,
    Hora,
    comprueba,
    datos_de,
    espera,
    instante,
    json_de,
    unico,
)
from requisitos.dianas import Dianas, por_turno, responde
from sqlalchemy import Engine, event

BIEN, MAL = responde(200), responde(500)


def pedir(api: Api, consulta: str, **variables: Any) -> httpx2.Response:
    """POST /graphql."""
    return api.post("/graphql", {"query": consulta, "variables": variables})


def respuesta_de(api: Api, consulta: str, **variables: Any) -> dict[str, Any]:
    """Los datos de una consulta que tiene que ir bien."""
    respuesta = pedir(api, consulta, **variables)
    cuerpo = json_de(espera(respuesta, 200, al="hacer una consulta de GraphQL"))
    comprueba(
        isinstance(cuerpo, dict) and not cuerpo.get("errors") and cuerpo.get("data"),
        f"Se esperaban datos sin errores de {consulta[:300]}, y llegó {cuerpo}",
    )
    return dict(cuerpo["data"])


def rechazada(api: Api, que: str, consulta: str, **variables: Any) -> None:
    """Falla si la consulta no se rechaza entera, con su mensaje."""
    respuesta = pedir(api, consulta, **variables)
    cuerpo = json_de(espera(respuesta, 200, 400, al=f"rechazar {que}"))
    mal = isinstance(cuerpo, dict) and cuerpo.get("errors") and not cuerpo.get("data")
    comprueba(
        mal and all(isinstance(e.get("message"), str) for e in cuerpo["errors"]),
        f"Se esperaba rechazar {que}, con errors y sin datos, y llegó "
        f"{str(cuerpo)[:300]}",
    )


@contextmanager
def contando() -> Iterator[list[str]]:
    """Lo que se le pide a la base de datos mientras dura el bloque."""
    sentencias: list[str] = []

    def apuntar(_c: Any, _k: Any, sentencia: str, *_: Any) -> None:
        sentencias.append(sentencia)

    event.listen(Engine, "before_cursor_execute", apuntar)
    try:
        yield sentencias
    finally:
        event.remove(Engine, "before_cursor_execute", apuntar)


TODO = """
    id nombre url intervalo activo
    comprobaciones(limite: 3) {
        id momento bien motivo codigo latenciaMs intentos objetivo { id nombre }
    }
    alertas(limite: 2) { id motivo abierta cerrada objetivo { id } }
    metricas { comprobaciones bien disponibilidad p50 p95 p99 }
"""


def test_un_objetivo_con_todo_lo_suyo(api: Api, dianas: Dianas, hora: Hora) -> None:
    """Lo mismo que dice la API, en una sola petición."""
    diana = dianas.nueva(por_turno(MAL, BIEN, MAL, BIEN))
    objetivo = api.crear(diana.url, nombre=unico("Ñandú 🦤"), fallos=1, aciertos=1)
    id = objetivo["id"]
    for _ in range(4):
        api.comprobar(id)
        hora.avanza(1)
    consulta = f"query Uno($id: ID!) {{ objetivo(id: $id) {{ {TODO} }} }}"
    llego = respuesta_de(api, consulta, id=str(id))["objetivo"]
    yo = {"id": str(id), "nombre": objetivo["nombre"]}
    medidas = json_de(api.get(f"/objetivos/{id}/metricas"))
    alertas = datos_de(api.get("/alertas", objetivo=id, limite=2), "listar las alertas")
    esperado = {
        campo: objetivo[campo] for campo in ("nombre", "url", "intervalo", "activo")
    }
    esperado |= {
        "id": str(id),
        "comprobaciones": [
            {
                "id": str(una["id"]),
                "momento": una["momento"],
                "bien": una["bien"],
                "motivo": una["motivo"],
                "codigo": una["codigo"],
                "latenciaMs": una["latencia_ms"],
                "intentos": una["intentos"],
                "objetivo": yo,
            }
            for una in api.comprobaciones(id, limite=3)
        ],
        "alertas": [
            {
                "id": str(alerta["id"]),
                "motivo": alerta["motivo"],
                "abierta": alerta["abierta"],
                "cerrada": alerta["cerrada"],
                "objetivo": {"id": str(id)},
            }
            for alerta in alertas
        ],
        "metricas": {
            campo: medidas[campo]
            for campo in (
                "comprobaciones",
                "bien",
                "disponibilidad",
                "p50",
                "p95",
                "p99",
            )
        },
    }
    for campo, quiso in esperado.items():
        comprueba(
            iguales(llego.get(campo), quiso),
            f"Se esperaba {campo} = {quiso}, y llegó {llego.get(campo)}",
        )


def iguales(llego: Any, quiso: Any) -> bool:
    """Si dicen lo mismo; los instantes, escritos de cualquier manera."""
    if isinstance(quiso, list):
        return (
            isinstance(llego, list)
            and len(llego) == len(quiso)
            and all(map(iguales, llego, quiso))
        )
    if isinstance(quiso, dict):
        return isinstance(llego, dict) and all(
            campo in llego and instante(llego[campo], campo) == instante(valor, campo)
            if campo in {"momento", "abierta", "cerrada"} and valor is not None
            else iguales(llego.get(campo), valor)
            for campo, valor in quiso.items()
        )
    return bool(llego == quiso)


def test_lo_que_no_existe_es_null(api: Api) -> None:
    """Un objetivo que no existe, o un id imposible, es null y no un error."""
    for id in ("0", "2147483647", "9" * 30, "x", "-1", "", "1 OR 1=1"):
        consulta = "query Uno($id: ID!) { objetivo(id: $id) { id } }"
        cuerpo = json_de(espera(pedir(api, consulta, id=id), 200, al="pedir uno"))
        comprueba(
            cuerpo.get("data") == {"objetivo": None} and not cuerpo.get("errors"),
            f"Se esperaba null con el id {id!r}, y llegó {cuerpo}",
        )


PAGINA = """query Pagina($cursor: String, $limite: Int!) {
    objetivos(limite: $limite, cursor: $cursor) { datos { id } siguiente }
}"""


def test_los_objetivos_van_por_paginas(api: Api) -> None:
    """objetivos(limite, cursor) los da todos, del más antiguo al más nuevo."""
    nuevos = [str(api.crear()["id"]) for _ in range(7)]
    vistos: list[str] = []
    cursor = None
    for _ in range(1000):
        pagina = respuesta_de(api, PAGINA, cursor=cursor, limite=3)["objetivos"]
        comprueba(len(pagina["datos"]) <= 3, f"Se esperaban 3 como mucho: {pagina}")
        vistos += [uno["id"] for uno in pagina["datos"]]
        cursor = pagina["siguiente"]
        if cursor is None:
            break
    comprueba(
        [id for id in vistos if id in nuevos] == nuevos
        and len(vistos) == len(set(vistos)),
        f"Se esperaba cada uno una vez, y {nuevos} en su orden, y llegó {vistos}",
    )
    for limite in (0, -1, 101, 2**31 - 1):
        rechazada(api, f"limite: {limite}", PAGINA, limite=limite, cursor=None)
    rechazada(api, "un cursor inventado", PAGINA, limite=3, cursor="ñ")


@pytest.mark.aislada
def test_con_cincuenta_las_mismas_consultas_que_con_cinco(
    api: Api, dianas: Dianas, hora: Hora, servicios: Servicios
) -> None:
    """Pedir diez veces más objetivos, con todo lo suyo, no pregunta más a la base."""
    if servicios.en_proceso:
        pytest.skip("lo que hace la base de datos de otro proceso no se ve desde aquí")
    diana = dianas.nueva(MAL)
    for _ in range(50):
        api.crear(diana.url, fallos=1, activo=True)
    espera(api.post("/rondas"), 200, al="hacer una ronda")
    hora.avanza(200)
    espera(api.post("/rondas"), 200, al="hacer una ronda")
    hora.avanza(1)
    consulta = "{ objetivos(limite: %d) { datos { " + TODO.replace("%", "%%") + " } } }"
    consulta = consulta.replace(
        "comprobaciones(limite: 3)", "comprobaciones(limite: 2)"
    )
    cuentas = {}
    for cuantos in (5, 50):
        with contando() as sentencias:
            datos = respuesta_de(api, consulta % cuantos)["objetivos"]["datos"]
        completos = [
            uno
            for uno in datos
            if len(uno["comprobaciones"]) == 2
            and len(uno["alertas"]) == 1
            and uno["metricas"]["comprobaciones"] == 2
        ]
        comprueba(
            len(completos) == cuantos,
            f"Se esperaban {cuantos} objetivos completos, y llegó {str(datos)[:300]}",
        )
        cuentas[cuantos] = list(sentencias)
    comprueba(
        0 < len(cuentas[5]) == len(cuentas[50]) <= 12,
        f"Se esperaban las mismas consultas (12 como mucho) con 5 que con 50, y fueron "
        f"{len(cuentas[5])} y {len(cuentas[50])}. Las de 5:\n" + "\n".join(cuentas[5]),
    )


def anidada(niveles: int, fragmentos: bool = False) -> str:
    """Una consulta con ese número de campos, uno dentro de otro, que cuesta poco."""
    nombres = ["objetivo(id: 0)", "comprobaciones(limite: 1)", "objetivo"]
    camino = [nombres[0]]
    while len(camino) < niveles - 1:
        camino.append(nombres[1] if camino[-1].startswith("objetivo") else nombres[2])
    dentro = "id"
    for numero, campo in enumerate(reversed(camino)):
        if fragmentos and numero:
            tipo = "Objetivo" if campo.startswith("objetivo") else "Comprobacion"
            dentro = f"... on {tipo} {{ {dentro} }}"
        dentro = f"{campo} {{ {dentro} }}"
    return f"{{ {dentro} }}"


def test_una_consulta_demasiado_honda(api: Api) -> None:
    """Con 8 niveles se contesta y con 9 se rechaza, también por fragmentos."""
    for fragmentos in (False, True):
        buena = pedir(api, anidada(8, fragmentos))
        cuerpo = json_de(espera(buena, 200, al="hacer una consulta de 8 niveles"))
        comprueba(
            cuerpo == {"data": {"objetivo": None}},
            f"Se esperaba contestar {anidada(8, fragmentos)}, y llegó {cuerpo}",
        )
        rechazada(api, "9 niveles", anidada(9, fragmentos))
    hondo = "fragment Hondo on Objetivo { comprobaciones { objetivo { comprobaciones { "
    hondo += (
        "objetivo { comprobaciones { objetivo { comprobaciones { id } } } } } } } }"
    )
    rechazada(api, "un fragmento hondo", "{ objetivo(id: 0) { ...Hondo } } " + hondo)
    ciclo = "fragment Ciclo on Objetivo { comprobaciones { objetivo { ...Ciclo } } }"
    rechazada(api, "un fragmento sin fin", "{ objetivo(id: 0) { ...Ciclo } } " + ciclo)
    rechazada(api, "cien niveles", anidada(100))


def con_coste(dentro: int) -> str:
    """Cuesta 201 + 100 * dentro."""
    hondo = f"comprobaciones(limite: {dentro}) {{ id }}"
    return f"{{ objetivos(limite: 100) {{ datos {{ {hondo} }} }} }}"


def test_una_consulta_demasiado_cara(api: Api) -> None:
    """Hasta 5000 se contesta; lo que pasa se rechaza, se escriba como se escriba."""
    respuesta_de(api, con_coste(47))
    rechazada(api, "una consulta que cuesta 5001", con_coste(48))
    por_variable = (
        "query V($n: Int!, $m: Int = 100) { objetivos(limite: $n) { datos { "
        "comprobaciones(limite: $m) { id } } } }"
    )
    rechazada(api, "un límite en una variable", por_variable, n=100)
    respuesta_de(api, por_variable, n=100, m=10)
    alias = " ".join(f"a{n}: objetivos(limite: 100) {{ siguiente }}" for n in range(60))
    rechazada(api, "sesenta alias", f"{{ {alias} }}")
    bomba = (
        "query { ...F0 } fragment F12 on Query { objetivos(limite: 1) { siguiente } }"
    )
    for n in range(12):
        bomba += f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}"
    rechazada(api, "fragmentos que se multiplican", bomba)
    por_defecto = (
        "{ objetivos(limite: 100) { datos { comprobaciones { id momento bien motivo "
        "codigo latenciaMs } } } }"
    )
    rechazada(api, "un límite que no se dice (son 10)", por_defecto)
    dos = "query Barata { objetivo(id: 0) { id } } query Cara " + con_coste(100)
    cuerpo = {"query": dos, "operationName": "Cara"}
    respuesta = espera(api.post("/graphql", cuerpo), 200, 400, al="pedir la cara")
    comprueba(
        json_de(respuesta).get("errors") and not json_de(respuesta).get("data"),
        f"Se esperaba rechazar la cara de dos consultas: {respuesta.text[:300]}",
    )


@pytest.mark.aislada
def test_lo_que_se_rechaza_no_se_ejecuta(api: Api, servicios: Servicios) -> None:
    """Ni una consulta a la base de datos: se decide antes de empezar."""
    if servicios.en_proceso:
        pytest.skip("lo que hace la base de datos de otro proceso no se ve desde aquí")
    respuesta_de(api, con_coste(1))
    for consulta in (con_coste(100), anidada(30), "{ objetivos { noExiste } }"):
        with contando() as sentencias:
            rechazada(api, consulta[:80], consulta)
        comprueba(
            not sentencias,
            f"Se esperaba rechazar {consulta[:80]} sin preguntar a la base de datos, y "
            f"se le preguntó {sentencias[:3]}",
        )


def test_una_consulta_que_no_se_entiende(api: Api) -> None:
    """Lo que no es una consulta es un error de quien la manda, y nunca un 500."""
    respuesta_de(api, "{ objetivos(limite: 1) { siguiente } }")
    for consulta in ("", "{", "hola", "{ objetivo { id } }", "mutation { x }"):
        respuesta = espera(
            pedir(api, consulta), 200, 400, al=f"mandar la consulta {consulta!r}"
        )
        if respuesta.status_code == 200:
            comprueba(
                json_de(respuesta).get("errors"),
                f"Se esperaban errores con {consulta!r}: {respuesta.text[:300]}",
            )
    for cuerpo in (b"", b"{", b"[]", b'{"query": 1}', b'{"query": null}'):
        respuesta = api.pedir(
            "POST",
            "/graphql",
            content=cuerpo,
            headers={"Content-Type": "application/json"},
        )
        comprueba(
            respuesta.status_code in {200, 400, 415, 422},
            f"Se esperaba un error de quien manda {cuerpo!r}, y llegó "
            f"{respuesta.status_code}: {respuesta.text[:200]}",
        )
