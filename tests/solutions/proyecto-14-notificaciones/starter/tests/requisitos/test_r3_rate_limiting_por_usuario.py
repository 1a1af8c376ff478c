# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Rate limiting por usuario."""

from __future__ import annotations

from functools import partial

import httpx2
import pytest
from requisitos.api import (
    CANALES,
    LIMITES,
    VENTANA,
    Api,
    Persona,
    comprueba,
    espera,
    hasta,
    id_de,
    problema,
    unico,
)


def gastar(
    api: Api, persona: Persona, canal: str, cuantos: int, **mas: str
) -> list[str]:
    """Pide avisos que tienen que caber, y da sus ids."""
    __tracebackhide__ = True
    return [
        id_de(
            api.pedir_aviso(persona, canal, **mas),
            al=f"pedir el aviso {n + 1} por {canal}",
        )
        for n in range(cuantos)
    ]


def no_cabe(api: Api, persona: Persona, canal: str, **mas: str) -> int:
    """Falla si cabe otro aviso; da los segundos de Retry-After."""
    __tracebackhide__ = True
    respuesta = api.pedir_aviso(persona, canal, **mas)
    problema(respuesta, 429, al=f"pasar del límite por {canal} (R3)")
    pide = respuesta.headers.get("retry-after", "")
    comprueba(
        pide.isdigit() and int(pide) > 0,
        f"Se esperaba Retry-After con segundos enteros, y llegó «{pide}»",
    )
    return int(pide)


@pytest.mark.parametrize("canal", CANALES)
def test_cada_canal_tiene_su_limite(api: Api, canal: str) -> None:
    """Caben justo los que dice su ajuste; ni otro canal ni otro usuario lo notan."""
    ana, leo = Persona(), Persona()
    gastar(api, ana, canal, LIMITES[canal])
    no_cabe(api, ana, canal)
    otro = next(uno for uno in CANALES if uno != canal)
    gastar(api, ana, otro, 1)
    gastar(api, leo, canal, 1)
    # Cuenta el primer canal: los de reserva no gastan del suyo.
    id_de(
        api.pedir_aviso(ana, otro, canal), al="pedir un aviso con ese canal de reserva"
    )
    problema(api.pedir_aviso(ana, canal, otro), 429, al="pasar del límite con reserva")


def test_la_ventana_se_desliza(api: Api) -> None:
    """Cada aviso deja sitio cuando pasa su ventana, y no cuando pasa la de otro."""
    ana = Persona()
    limite = LIMITES["sms"]
    gastar(api, ana, "sms", 2)
    api.reloj.adelantar(VENTANA * 0.9)
    gastar(api, ana, "sms", limite - 2)
    no_cabe(api, ana, "sms")
    api.reloj.adelantar(VENTANA * 0.1 - 1)
    no_cabe(api, ana, "sms")
    api.reloj.adelantar(1)
    gastar(api, ana, "sms", 2)
    no_cabe(api, ana, "sms")
    api.reloj.adelantar(VENTANA * 0.5)
    no_cabe(api, ana, "sms")
    api.reloj.adelantar(VENTANA * 0.4)
    gastar(api, ana, "sms", limite - 2)
    no_cabe(api, ana, "sms")


def test_lo_rechazado_no_cuenta(api: Api) -> None:
    """Insistir no alarga la espera: los 429 y los 422 no ocupan sitio."""
    ana = Persona()
    for _ in range(LIMITES["sms"] + 1):
        mala = api.pedir_aviso(ana, "sms", prioridad="ninguna")
        espera(mala, 422, al="pedir un aviso que no vale")
    gastar(api, ana, "sms", LIMITES["sms"])
    api.reloj.adelantar(VENTANA / 2)
    for _ in range(LIMITES["sms"] * 2):
        no_cabe(api, ana, "sms")
    api.reloj.adelantar(VENTANA / 2)
    gastar(api, ana, "sms", LIMITES["sms"])
    no_cabe(api, ana, "sms")


def test_retry_after_dice_la_verdad(api: Api) -> None:
    """Un segundo antes todavía no cabe; cuando dice, cabe uno y solo uno."""
    ana = Persona()
    for _ in range(LIMITES["sms"]):
        gastar(api, ana, "sms", 1)
        api.reloj.adelantar(7)
    pide = no_cabe(api, ana, "sms")
    esperado = VENTANA - 7 * LIMITES["sms"]
    comprueba(
        pide == esperado,
        f"Se esperaba Retry-After: {esperado} (lo que le falta al primero), y llegó"
        f" {pide}",
    )
    api.reloj.adelantar(pide - 1)
    comprueba(
        no_cabe(api, ana, "sms") == 1,
        "Se esperaba Retry-After: 1 cuando falta un segundo",
    )
    api.reloj.adelantar(0.5)
    comprueba(
        no_cabe(api, ana, "sms") == 1, "Se esperaba Retry-After: 1 cuando falta medio"
    )
    api.reloj.adelantar(0.5)
    gastar(api, ana, "sms", 1)
    comprueba(
        no_cabe(api, ana, "sms") == 7,
        "Se esperaba Retry-After: 7, lo que le falta al segundo",
    )


def test_lo_urgente_pasa_siempre(api: Api) -> None:
    """Un urgente pasa con el cupo lleno, y no ocupa sitio de los demás."""
    ana = Persona()
    gastar(api, ana, "sms", LIMITES["sms"] + 2, prioridad="urgente")
    gastar(api, ana, "sms", LIMITES["sms"])
    no_cabe(api, ana, "sms", prioridad="normal")
    ids = gastar(api, ana, "sms", 2, prioridad="urgente")
    for id_ in ids:
        api.queda(id_, "enviado")
    api.reloj.adelantar(VENTANA)
    gastar(api, ana, "sms", LIMITES["sms"])
    no_cabe(api, ana, "sms")


def test_lo_de_prioridad_baja_deja_sitio(api: Api) -> None:
    """Lo de prioridad baja cabe mientras no se llegue a la mitad del límite."""
    ana = Persona()
    mitad = (LIMITES["sms"] + 1) // 2
    gastar(api, ana, "sms", mitad, prioridad="baja")
    no_cabe(api, ana, "sms", prioridad="baja")
    gastar(api, ana, "sms", LIMITES["sms"] - mitad)
    no_cabe(api, ana, "sms")
    leo = Persona()
    for _ in range(mitad + 1):
        gastar(api, leo, "sms", 1)
        api.reloj.adelantar(10)
    pide = no_cabe(api, leo, "sms", prioridad="baja")
    esperado = VENTANA - 10 * mitad
    comprueba(
        pide == esperado,
        f"Se esperaba Retry-After: {esperado} (hasta que haya menos de {mitad}), y"
        f" llegó {pide}",
    )
    api.reloj.adelantar(esperado - 1)
    no_cabe(api, leo, "sms", prioridad="baja")
    api.reloj.adelantar(1)
    gastar(api, leo, "sms", 1, prioridad="baja")


def test_repetir_con_la_misma_clave_no_gasta(api: Api) -> None:
    """La misma Idempotency-Key no ocupa otro sitio, y un 429 no la gasta."""
    ana = Persona()
    clave, otra = unico("clave"), unico("clave")
    ids = {
        id_de(api.pedir_aviso(ana, "sms", clave=clave), al="repetir una petición")
        for _ in range(LIMITES["sms"] * 2)
    }
    comprueba(len(ids) == 1, f"Se esperaba un solo aviso, y han salido {len(ids)}")
    gastar(api, ana, "sms", LIMITES["sms"] - 1)
    problema(
        api.pedir_aviso(ana, "sms", clave=otra), 429, al="pasar del límite con clave"
    )
    repetida = id_de(
        api.pedir_aviso(ana, "sms", clave=clave), al="repetir con el cupo lleno"
    )
    comprueba(
        {repetida} == ids, "Se esperaba el mismo aviso, también con el cupo lleno"
    )
    api.reloj.adelantar(VENTANA)
    nuevo = id_de(
        api.pedir_aviso(ana, "sms", clave=otra), al="insistir con la misma clave"
    )
    comprueba({nuevo} != ids, "Se esperaba un aviso nuevo")


def test_es_exacto_con_dos_procesos(api: Api, cliente: httpx2.Client) -> None:
    """De cien peticiones a la vez, a dos procesos, pasan justo las que caben."""
    ana = Persona()
    otro = Api(api.servicio.otro(), cliente)
    otro.servicio.direccion  # noqa: B018 - que esté en marcha antes de empezar
    pedidos = [
        partial(uno.pedir_aviso, ana, "push") for uno in (api, otro) for _ in range(50)
    ]
    respuestas = api.a_la_vez(pedidos)
    codigos = [respuesta.status_code for respuesta in respuestas]
    cuantos = {codigo: codigos.count(codigo) for codigo in sorted(set(codigos))}
    esperado = {202: LIMITES["push"], 429: 100 - LIMITES["push"]}
    comprueba(cuantos == esperado, f"Se esperaba {esperado}, y llegó {cuantos}")
    hasta(
        lambda: len(api.push.entregas(ana.push)) >= LIMITES["push"],
        "que llegaran los que caben",
    )
    api.pasa_otro("push")
    entregas = len(api.push.entregas(ana.push))
    comprueba(
        entregas == LIMITES["push"],
        f"Se esperaba que llegaran {LIMITES['push']}, y han llegado {entregas}",
    )
    # Y lo que se gasta en un proceso, se ha gastado en el otro.
    leo = Persona()
    gastar(api, leo, "sms", LIMITES["sms"] - 1)
    gastar(otro, leo, "sms", 1)
    no_cabe(api, leo, "sms")
    no_cabe(otro, leo, "sms")
