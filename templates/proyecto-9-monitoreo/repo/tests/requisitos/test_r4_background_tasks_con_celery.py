# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Background tasks con Celery: beat, workers y un Redis de verdad.

Estas pruebas tienen su propio programa, con dos workers y beat, que arrancan una vez y
siguen en marcha de una prueba a otra.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from motor.servicio import Servicio
from redis import Redis
from requisitos.api import Api, Hora, al_final, comprueba, datos_de, problema
from requisitos.dianas import Diana, Dianas, cuelga, por_turno, responde

BIEN, MAL = responde(200), responde(500)
UN_RATO = 0.6
"""Segundos en los que beat pide varias rondas: lo que sobre, ya habría pasado."""


@pytest.fixture
def cola(con_cola: Servicio | None, cliente: httpx2.Client) -> Iterator[Api]:
    """El cliente de ese programa; al acabar, nadie queda activo."""
    if con_cola is None:
        pytest.skip(
            "con --direccion no se puede parar ni arrancar un worker; y en Windows, lo "
            "que este sistema no puede: Celery no funciona en él"
        )
    cola = Api(con_cola, cliente)
    yield cola
    cola.parar_los_activos()


@pytest.fixture
def hora(cola: Api) -> Hora:
    """El reloj de ese programa."""
    return Hora(cola)


def en_marcha(cola: Api) -> None:
    """Beat y dos workers, con sitio para cuatro comprobaciones a la vez."""
    cola.crear()  # si R1 no está hecho, no hace falta esperarlos
    for nombre in ("worker", "otro worker", "beat"):
        cola.servicio.trabajador(nombre)


def activos(cola: Api, dianas: list[Diana], **campos: Any) -> list[int]:
    """Un objetivo por diana, al que le toca ya."""
    campos = {"intervalo": 100, "timeout": 1.5} | campos
    return [cola.crear(d.url, activo=True, **campos)["id"] for d in dianas]


def llegan(cola: Api, ids: list[int], veces: int, segundos: float = 6) -> None:
    """Espera a que cada uno tenga tantas comprobaciones."""
    for id in ids:
        al_final(
            lambda id=id: len(cola.comprobaciones(id)) >= veces,  # type: ignore[misc]
            f"que beat y el worker hicieran {veces} comprobaciones del objetivo {id}",
            segundos,
        )


def test_a_cada_uno_le_llega_su_turno(cola: Api, dianas: Dianas, hora: Hora) -> None:
    """Una comprobación por turno, sin que nadie la pida; los parados no se tocan."""
    todas = [dianas.nueva() for _ in range(5)]
    quieta = dianas.nueva()
    en_marcha(cola)
    cola.crear(quieta.url)
    ids = activos(cola, todas)
    for veces in (1, 2, 3):
        llegan(cola, ids, veces)
        momento = hora.avanza(111)
    time.sleep(UN_RATO)
    llegan(cola, ids, 4)
    visitas = [diana.visitas for diana in todas]
    comprueba(
        visitas == [4] * 5 and not quieta.visitas,
        f"Se esperaban cuatro visitas a cada uno, por cuatro turnos: {visitas}",
    )
    for id in ids:
        hechas = cola.comprobaciones(id)
        comprueba(
            len(hechas) == 4
            and all((u["bien"], u["intentos"]) == (True, 1) for u in hechas),
            f"Se esperaban cuatro buenas, con un intento, y llegó {hechas}",
        )
        ultima = hechas[0]["momento"].replace("Z", "+00:00")
        comprueba(
            ultima == momento.isoformat(timespec="microseconds"),
            f"Se esperaba momento = {momento}, según su reloj, y llegó {hechas[0]}",
        )


def test_lo_que_sale_mal_se_intenta_otra_vez(cola: Api, dianas: Dianas) -> None:
    """REINTENTOS veces más; se guarda una sola, la última, y cuenta una vez."""
    a_la_tercera = dianas.nueva(por_turno(MAL, MAL, BIEN))
    nunca = dianas.nueva(MAL)
    cerrado = dianas.cerrada()
    en_marcha(cola)
    (uno,) = activos(cola, [a_la_tercera], fallos=1)
    (otro,) = activos(cola, [nunca], fallos=2)
    nadie = cola.crear(cerrado, activo=True, fallos=1)["id"]
    llegan(cola, [uno, otro, nadie], 1)
    time.sleep(UN_RATO)
    visitas = (a_la_tercera.visitas, nunca.visitas)
    comprueba(
        visitas == (3, 3), f"Se esperaban 3 intentos de cada uno, y hubo {visitas}"
    )
    for id, motivo, abiertas in (
        (uno, None, 0),
        (otro, "codigo", 0),
        (nadie, "conexion", 1),
    ):
        hechas = cola.comprobaciones(id)
        comprueba(
            [(u["motivo"], u["intentos"]) for u in hechas] == [(motivo, 3)],
            f"Se esperaba una comprobación con motivo {motivo} y 3 intentos: {hechas}",
        )
        alertas = datos_de(cola.get("/alertas", objetivo=id), "listar las alertas (R2)")
        comprueba(
            len(alertas) == abiertas,
            f"Tres intentos de un turno cuentan como uno, y hay {alertas}",
        )


def repetir_lo_entregado(url: str) -> int:
    """Pone otra vez en la cola lo que un worker tiene a medias, como hace Redis."""
    redis: Any = Redis.from_url(url)
    repetidos = 0
    for clave in redis.keys("*unacked"):
        for texto in redis.hvals(clave):
            mensaje, _, ruta = json.loads(texto)
            cola = clave.decode().removesuffix("unacked") + ruta
            redis.lpush(cola, json.dumps(mensaje))
            repetidos += 1
    redis.close()
    return repetidos


def test_lo_entregado_dos_veces_se_hace_una(cola: Api, dianas: Dianas) -> None:
    """Mientras se hace, y también después: una visita y una comprobación por turno."""
    diana = dianas.nueva(cuelga)
    en_marcha(cola)
    (id,) = activos(cola, [diana], timeout=10)
    comprueba(diana.llamada.wait(6), "Se esperaba que el worker llamara al servicio")
    url = cola.ajuste("REDIS_URL")
    comprueba(
        repetir_lo_entregado(url),
        "Se esperaba que el mensaje siguiera en Redis mientras se hace (acks_late): si "
        "el worker muere ahora, se pierde",
    )
    problema(
        cola.post(f"/objetivos/{id}/comprobar"), 409, "comprobar lo que hace Celery"
    )
    time.sleep(UN_RATO)
    repetir_lo_entregado(url)
    diana.suelta.set()
    llegan(cola, [id], 1)
    time.sleep(UN_RATO)
    hechas = cola.comprobaciones(id)
    comprueba(
        (diana.visitas, len(hechas)) == (1, 1),
        f"Se esperaba una visita y una comprobación: {diana.visitas} y {hechas}",
    )


def test_si_matan_a_un_worker_no_se_pierde_nada(cola: Api, dianas: Dianas) -> None:
    """SIGKILL en medio de una comprobación: la hace otro, y una sola vez."""
    todas = [dianas.nueva(cuelga) for _ in range(6)]
    en_marcha(cola)
    ids = activos(cola, todas, timeout=2.5)
    al_final(
        lambda: sum(diana.dentro for diana in todas) >= 4,
        "que los dos workers comprobaran cuatro a la vez (cada uno con -c 2)",
        6,
    )
    cola.servicio.trabajador("worker").matar()
    al_final(lambda: sum(d.dentro for d in todas) <= 2, "que el worker muriera")
    comprueba(
        not any(cola.comprobaciones(id) for id in ids),
        "Nadie ha contestado todavía, y ya hay comprobaciones guardadas",
    )
    vivas = [diana.visitas - diana.dentro for diana in todas]
    for diana in todas:
        diana.suelta.set()
    llegan(cola, ids, 1, 10)
    time.sleep(UN_RATO)
    for id, diana, antes in zip(ids, todas, vivas, strict=True):
        hechas = cola.comprobaciones(id)
        comprueba(
            [(una["bien"], una["intentos"]) for una in hechas] == [(True, 1)],
            f"Se esperaba una comprobación del objetivo {id}, y buena: {hechas}",
        )
        comprueba(
            diana.visitas - antes == 1,
            f"Se esperaba acabar una vez el objetivo {id}: {diana.visitas - antes}",
        )
