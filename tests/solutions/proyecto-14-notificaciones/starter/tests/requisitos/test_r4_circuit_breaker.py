# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Circuit breaker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from requisitos.api import (
    CANALES,
    CORTE,
    FALLOS,
    PRESTAMO,
    REINTENTO,
    Api,
    Persona,
    comprueba,
    hasta,
)
from requisitos.proveedores import Contesta

FALLA = Contesta(503)


@pytest.fixture(autouse=True)
def tras_la_prueba(api: Api) -> Iterator[None]:
    """Después, los circuitos vuelven a estar cerrados para las demás pruebas."""
    yield
    if api.servicio.ajustes and api.servicio.vivo():
        with suppress(AssertionError):
            cerrar(api)


def cerrar(api: Api) -> None:
    """Cierra los que estén abiertos: pasa el tiempo, y la prueba sale bien."""
    abiertos = [canal for canal in CANALES if api.circuito(canal) != "cerrado"]
    if abiertos:
        api.reloj.adelantar(CORTE + 1)
        for canal in abiertos:
            api.avisar(Persona(), canal)
        for canal in abiertos:
            hasta(lambda canal=canal: api.circuito(canal) == "cerrado", canal, 1)


def esta(api: Api, canal: str, estado: str) -> None:
    """Espera a que el circuito esté así."""
    __tracebackhide__ = True
    hasta(
        lambda: api.circuito(canal) == estado,
        f"que el circuito de {canal} estuviera «{estado}» en GET /proveedores",
    )


def falla_uno(api: Api, canal: str, respuesta: Contesta = FALLA) -> str:
    """Un aviso cuyo primer intento falla; da su id."""
    __tracebackhide__ = True
    ana = Persona()
    api.proveedor(canal).preparar(ana.destinos[canal], respuesta)
    id_ = api.avisar(ana, canal)
    api.cuando(id_, 1)
    return id_


def abrir(api: Api, canal: str, respuesta: Contesta = FALLA) -> list[str]:
    """Lo abre, fallo a fallo; da los ids de los avisos que han fallado."""
    __tracebackhide__ = True
    esta(api, canal, "cerrado")
    api.pasa_otro(canal)
    ids = [falla_uno(api, canal, respuesta) for _ in range(FALLOS)]
    esta(api, canal, "abierto")
    return ids


def esperan(api: Api, canal: str, cuantos: int) -> tuple[list[Persona], list[str]]:
    """Avisos que se quedan esperando, porque el circuito no deja pasar."""
    __tracebackhide__ = True
    gente = [Persona() for _ in range(cuantos)]
    return gente, [api.avisar(persona, canal) for persona in gente]


def llamadas(api: Api, canal: str, gente: list[Persona]) -> int:
    """Cuántas llamadas han llegado al proveedor para esa gente."""
    return sum(len(api.proveedor(canal).llamadas(p.destinos[canal])) for p in gente)


def un_rato(api: Api, canal: str) -> None:
    """Da tiempo a lo que no debería pasar: otro canal va y viene dos veces."""
    otro = next(uno for uno in CANALES if uno != canal)
    for _ in range(2):
        api.pasa_otro(otro)
    threading.Event().wait(0.1)


@pytest.mark.parametrize("canal", CANALES)
def test_tras_varios_fallos_seguidos_no_se_llama(api: Api, canal: str) -> None:
    """Con el último fallo se abre: ni una llamada más a ese, y los otros siguen."""
    respuesta = Contesta(451) if canal == "email" else FALLA
    esta(api, canal, "cerrado")
    api.pasa_otro(canal)
    for _ in range(FALLOS - 1):
        falla_uno(api, canal, respuesta)
    comprueba(
        api.circuito(canal) == "cerrado",
        f"Se esperaba que con {FALLOS - 1} fallos siguiera cerrado, y está"
        f" «{api.circuito(canal)}»",
    )
    falla_uno(api, canal, respuesta)
    esta(api, canal, "abierto")
    gente, ids = esperan(api, canal, 5)
    un_rato(api, canal)
    comprueba(
        llamadas(api, canal, gente) == 0,
        f"Se esperaba que, abierto, no se llamara, y van {llamadas(api, canal, gente)}",
    )
    api.reloj.adelantar(CORTE - 1)
    un_rato(api, canal)
    comprueba(
        llamadas(api, canal, gente) == 0 and api.circuito(canal) == "abierto",
        f"Se esperaba que siguiera abierto un segundo antes de {CORTE} s",
    )
    for otro in CANALES:
        comprueba(
            (api.circuito(otro) == "abierto") == (otro == canal),
            f"Se esperaba que solo se abriera {canal}, y {otro} está"
            f" «{api.circuito(otro)}»",
        )
    api.reloj.adelantar(1)
    hasta(lambda: api.circuito(canal) == "cerrado", "que la prueba lo cerrara")
    api.reloj.adelantar(CORTE)
    for id_ in ids:
        intentos = [
            (i["canal"], i["resultado"]) for i in api.queda(id_, "enviado")["intentos"]
        ]
        comprueba(
            intentos == [(canal, "aceptado")],
            f"Se esperaba que esperar no gastara intentos, y llegó {intentos}",
        )


def test_los_fallos_tienen_que_ser_seguidos(api: Api) -> None:
    """Un acierto en medio vuelve a empezar la cuenta; un 400 también: contesta."""
    for en_medio in (Contesta(), Contesta(400)):
        api.pasa_otro("sms")
        for _ in range(FALLOS - 1):
            falla_uno(api, "sms")
        falla_uno(api, "sms", en_medio)
        for _ in range(FALLOS - 1):
            falla_uno(api, "sms")
        comprueba(
            api.circuito("sms") == "cerrado",
            "Se esperaba que siguiera cerrado: no ha habido "
            f"{FALLOS} fallos seguidos, y está «{api.circuito('sms')}»",
        )
    api.pasa_otro("sms")


def test_lo_que_rechaza_un_mensaje_no_lo_abre(api: Api) -> None:
    """Rechazar a alguien (400, 550) o pedir calma (429) no es fallar."""
    for canal, codigo in (("push", 400), ("push", 429), ("email", 550)):
        for _ in range(FALLOS + 1):
            falla_uno(api, canal, Contesta(codigo))
        comprueba(
            api.circuito(canal) == "cerrado",
            f"Se esperaba que {FALLOS + 1} respuestas {codigo} no abrieran el circuito",
        )
        api.pasa_otro(canal)


LENTOS = {
    "push": [Contesta(tarda=3), Contesta(corta=True)],
    "sms": [Contesta(goteo=True), Contesta(corta=True)],
    "email": [Contesta(tarda=3), Contesta(corta=True)],
}


def test_no_contestar_a_tiempo_tambien_es_fallar(api: Api) -> None:
    """Quien tarda más del plazo, contesta a gotas o cuelga, falla."""
    ids = []
    for canal, respuestas in LENTOS.items():
        esta(api, canal, "cerrado")
        api.pasa_otro(canal)
        for numero in range(FALLOS):
            ana = Persona()
            respuesta = respuestas[numero % len(respuestas)]
            api.proveedor(canal).preparar(ana.destinos[canal], respuesta)
            ids.append(api.avisar(ana, canal))
    for id_ in ids:
        api.cuando(id_, 1)
    for canal in LENTOS:
        esta(api, canal, "abierto")


def test_el_canal_de_reserva_no_espera(api: Api) -> None:
    """Con el circuito abierto, un aviso con otro canal sale por él en el acto."""
    abrir(api, "push")
    ana = Persona()
    aviso = api.queda(api.avisar(ana, "push", "email"), "enviado")
    comprueba(
        [(i["canal"], i["resultado"]) for i in aviso["intentos"]]
        == [("email", "aceptado")]
        and not api.push.llamadas(ana.push),
        f"Se esperaba que saliera por email sin llamar a push, y llegó {aviso}",
    )


class Retenida:
    """La llamada de prueba, parada en el proveedor hasta que se suelta."""

    def __init__(self) -> None:
        """Todavía no retiene nada."""
        self._suelta = threading.Event()

    def contesta(self, codigo: int = 0) -> Contesta:
        """Lo que hay que decirle al proveedor."""
        return Contesta(codigo, antes=lambda _: self._suelta.wait(0.8))

    def soltar(self) -> None:
        """Que conteste ya."""
        self._suelta.set()


@pytest.mark.aislada("reinicia")
def test_el_circuito_es_de_todos_y_pasa_una_sola_prueba(api: Api) -> None:
    """Dos trabajadores lo abren juntos; después pasa una prueba, y decide por todos."""
    canal = "sms"
    esta(api, canal, "cerrado")
    api.pasa_otro(canal)
    for _ in range(FALLOS - 2):
        falla_uno(api, canal)
    api.servicio.trabajador("trabajador").parar(3)
    otro = api.servicio.trabajador("otro trabajador")
    try:
        for _ in range(2):
            falla_uno(api, canal)
        esta(api, canal, "abierto")
        api.servicio.trabajador("trabajador")
        gente, ids = esperan(api, canal, 10)
        un_rato(api, canal)
        comprueba(
            llamadas(api, canal, gente) == 0,
            "Se esperaba que un trabajador nuevo supiera que está abierto, y ha"
            " llamado",
        )
        prueba(api, canal, 503, "abierto", pasan=CORTE)
        antes = llamadas(api, canal, gente)
        api.reloj.adelantar(CORTE - 1)
        un_rato(api, canal)
        comprueba(
            llamadas(api, canal, gente) == antes and api.circuito(canal) == "abierto",
            f"Se esperaba que, tras fallar la prueba, nadie llamara en otros {CORTE} s",
        )
        prueba(api, canal, 0, "cerrado", pasan=1)
        api.reloj.adelantar(CORTE)
        for id_ in ids:
            api.queda(id_, "enviado")
    finally:
        otro.parar(3)
    entregas = [len(api.sms.entregas(persona.sms)) for persona in gente]
    comprueba(
        entregas == [1] * len(gente),
        f"Se esperaba que, al final, los diez llegaran una vez, y llegó {entregas}",
    )


def prueba(api: Api, canal: str, codigo: int, despues: str, *, pasan: int) -> None:
    """Se cumple el tiempo, pasa una llamada y solo una, y acaba con ese código."""
    retenida = Retenida()
    with api.proveedor(canal).siempre(retenida.contesta(codigo)):
        api.reloj.adelantar(pasan)
        hasta(lambda: api.sms.a_la_vez, "que pasara la llamada de prueba")
        comprueba(
            api.circuito(canal) == "semiabierto",
            f"Se esperaba «semiabierto» en la prueba, y está «{api.circuito(canal)}»",
        )
        un_rato(api, canal)
        comprueba(
            api.sms.a_la_vez == 1,
            f"Se esperaba una sola llamada de prueba, y hay {api.sms.a_la_vez}",
        )
        retenida.soltar()
        esta(api, canal, despues)


@pytest.mark.aislada("reinicia")
def test_una_prueba_que_no_vuelve_no_lo_deja_parado(api: Api) -> None:
    """Si el trabajador muere en la llamada de prueba, más tarde pasa otra."""
    canal = "push"
    abrir(api, canal)
    trabajador = api.servicio.trabajador("trabajador")
    muere: Callable[[Any], object] = lambda _: trabajador.matar()  # noqa: E731
    _, (id_,) = esperan(api, canal, 1)
    with api.push.siempre(Contesta(antes=muere)):
        api.reloj.adelantar(CORTE)
        hasta(lambda: not trabajador.vivo(), "que el trabajador muriera en la prueba")
    api.servicio.trabajador("trabajador")
    api.reloj.adelantar(max(CORTE, PRESTAMO, REINTENTO) + 1)
    hasta(
        lambda: api.circuito(canal) == "cerrado",
        "que pasara una segunda prueba, y lo cerrara",
        segundos=PRESTAMO + 4,
    )
    api.reloj.adelantar(CORTE)
    api.queda(id_, "enviado")
