# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R6 · Trazabilidad con OpenTelemetry."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from requisitos.api import REINTENTO, Api, Persona, comprueba, espera, hasta, id_de
from requisitos.proveedores import Contesta, Span

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
SERVIDOR, CLIENTE, CONSUMIDOR = 2, 3, 5


def nueva_traza(banderas: str = "01") -> tuple[str, str, str]:
    """El id de una traza, el de su primer span y la cabecera que los lleva."""
    traza, span = secrets.token_hex(16), secrets.token_hex(8)
    return traza, span, f"00-{traza}-{span}-{banderas}"


def que_lleva(llamada: Any) -> tuple[str, str, str]:
    """El traceparent que llegó al proveedor: traza, span y banderas."""
    __tracebackhide__ = True
    visto = TRACEPARENT.fullmatch(llamada.cabeceras.get("traceparent", ""))
    comprueba(
        visto,
        "Se esperaba un traceparent en la llamada al proveedor, y llegó "
        f"«{llamada.cabeceras.get('traceparent')}»",
    )
    assert visto is not None
    return visto[1], visto[2], visto[3]


def spans_con(api: Api, traza: str, *clases: int, cuantos: int = 1) -> list[Span]:
    """Los spans de una traza, cuando han llegado los de esas clases."""
    __tracebackhide__ = True

    def mirar() -> list[Span]:
        hay = api.recolector.spans(traza)
        clases_de = [span.clase for span in hay]
        return hay if all(clases_de.count(clase) >= cuantos for clase in clases) else []

    que = f"que llegaran al recolector los spans de clase {clases} de la traza"
    return hasta(mirar, que)


def camino(spans: list[Span], desde: str) -> list[Span]:
    """De un span a su padre, y así hasta el que no lo tiene aquí."""
    por_id = {span.id: span for span in spans}
    pasos = []
    while desde in por_id:
        pasos.append(por_id.pop(desde))
        desde = pasos[-1].padre
    return pasos


@pytest.mark.parametrize("canal", ["sms", "push"])
def test_una_sola_traza_de_la_peticion_al_proveedor(api: Api, canal: str) -> None:
    """El traceparent del proveedor cuelga de la petición, pasando por la cola."""
    ana = Persona()
    traza, origen, cabecera = nueva_traza()
    id_ = api.avisar(ana, canal, cabeceras={"traceparent": cabecera})
    api.queda(id_, "enviado")
    (llamada,) = api.proveedor(canal).llamadas(ana.destinos[canal])
    llega, span, banderas = que_lleva(llamada)
    comprueba(
        (llega, banderas) == (traza, "01"),
        f"Se esperaba la traza {traza}, y al proveedor le llegó {llega} ({banderas})",
    )
    spans = spans_con(api, traza, SERVIDOR, CONSUMIDOR, CLIENTE)
    pasos = camino(spans, span)
    clases = [paso.clase for paso in pasos]
    comprueba(
        clases[:1] == [CLIENTE],
        "Se esperaba que el traceparent del proveedor fuera el de un span cliente, y"
        f" es {pasos}",
    )
    comprueba(
        CONSUMIDOR in clases and SERVIDOR in clases[clases.index(CONSUMIDOR) :],
        "Se esperaba cliente → consumidor → servidor, de hijo a padre, y llegó "
        f"{[(p.nombre, p.clase) for p in pasos]}",
    )
    comprueba(
        pasos[-1].padre == origen,
        f"Se esperaba que la petición colgara de quien llama ({origen}), y cuelga de "
        f"«{pasos[-1].padre}»",
    )
    nombres = {span.servicio for span in spans}
    comprueba(
        nombres == {api.ajuste("OTEL_SERVICE_NAME")},
        f"Se esperaba service.name={api.ajuste('OTEL_SERVICE_NAME')}, y llegó"
        f" {nombres}",
    )


def test_el_correo_tambien_esta_en_la_traza(api: Api) -> None:
    """Un envío por SMTP tiene su span cliente, debajo del del trabajador."""
    traza, _, cabecera = nueva_traza()
    api.queda(
        api.avisar(Persona(), "email", cabeceras={"traceparent": cabecera}), "enviado"
    )
    spans = spans_con(api, traza, SERVIDOR, CONSUMIDOR, CLIENTE)
    (cliente,) = [span for span in spans if span.clase == CLIENTE]
    clases = [paso.clase for paso in camino(spans, cliente.id)]
    comprueba(
        CONSUMIDOR in clases and SERVIDOR in clases,
        f"Se esperaba cliente → consumidor → servidor, y llegó {clases}",
    )


def test_sin_traceparent_se_empieza_una(api: Api) -> None:
    """Quien no manda traceparent, o manda uno que no vale, tiene su traza nueva."""
    vistas = set()
    malos = ("", "00-0-0-00", f"00-{'0' * 32}-{'0' * 16}-01", "basura; x=ñ".encode())
    for malo in malos:
        ana = Persona()
        cabeceras = {"traceparent": malo} if malo else {}
        respuesta = api.pedir_aviso(ana, "push", cabeceras=cabeceras)
        api.queda(
            id_de(respuesta, al="pedir con un traceparent que no vale"), "enviado"
        )
        traza, _, _ = que_lleva(api.push.llamadas(ana.push)[0])
        spans_con(api, traza, SERVIDOR, CONSUMIDOR, CLIENTE)
        vistas.add(traza)
    comprueba(
        len(vistas) == len(malos), f"Se esperaba una traza por petición, y hay {vistas}"
    )


def test_se_respeta_que_no_se_muestree(api: Api) -> None:
    """Con las banderas a 00 no se exporta nada, y la traza sigue hasta el proveedor."""
    ana = Persona()
    traza, _, cabecera = nueva_traza("00")
    api.queda(api.avisar(ana, "push", cabeceras={"traceparent": cabecera}), "enviado")
    llega, _, banderas = que_lleva(api.push.llamadas(ana.push)[0])
    comprueba(
        (llega, banderas) == (traza, "00"),
        f"Se esperaba {traza} sin muestrear (00), y al proveedor le llegó {llega}"
        f" ({banderas})",
    )
    otra, _, cabecera = nueva_traza()
    api.queda(
        api.avisar(Persona(), "push", cabeceras={"traceparent": cabecera}), "enviado"
    )
    spans_con(api, otra, SERVIDOR, CONSUMIDOR, CLIENTE)
    comprueba(
        not api.recolector.spans(traza),
        f"Se esperaba que no se exportara, y llegaron {api.recolector.spans(traza)}",
    )


def test_los_errores_y_los_reintentos_estan_en_la_traza(api: Api) -> None:
    """Cada intento tiene su span; el que falla, en error; y el reintento se apunta."""
    ana = Persona()
    traza, _, cabecera = nueva_traza()
    api.push.preparar(ana.push, Contesta(503))
    id_ = api.avisar(ana, "push", cabeceras={"traceparent": cabecera})
    api.cuando(id_, 1)
    api.reloj.adelantar(2 * REINTENTO)
    api.queda(id_, "enviado")
    spans = spans_con(api, traza, CONSUMIDOR, CLIENTE, cuantos=2)
    llevan = [que_lleva(llamada)[:2] for llamada in api.push.llamadas(ana.push)]
    comprueba(
        [t for t, _ in llevan] == [traza, traza] and len({s for _, s in llevan}) == 2,
        "Se esperaba la misma traza y un span distinto en cada intento, y llegó"
        f" {llevan}",
    )
    por_id = {span.id: span for span in spans}
    mal, bien = (por_id[span] for _, span in llevan)
    comprueba(
        mal.error and mal.eventos and not bien.error and not bien.eventos,
        "Se esperaba el primer intento en error, con su evento, y el segundo bien; y"
        f" llegó {mal} y {bien}",
    )
    de_mal = next(paso for paso in camino(spans, mal.id) if paso.clase == CONSUMIDOR)
    de_bien = next(paso for paso in camino(spans, bien.id) if paso.clase == CONSUMIDOR)
    comprueba(
        "reintento" in de_mal.eventos and "reintento" not in de_bien.eventos,
        "Se esperaba el evento «reintento» en el span consumidor del primer intento, y"
        f" llegó {de_mal.eventos} y {de_bien.eventos}",
    )


# --- logs ------------------------------------------------------------------------


def lineas_de(salida: str, id_: str) -> list[dict[str, Any]]:
    """Las líneas del registro que hablan de un aviso."""
    lineas = []
    for linea in salida.splitlines():
        if id_ in linea and linea.startswith("{"):
            try:
                lineas.append(json.loads(linea))
            except ValueError:
                continue
    return [una for una in lineas if una.get("aviso") == id_]


def con_su_traza(leer: Callable[[], str], id_: str, traza: str, quien: str) -> None:
    """Falla si ese proceso no ha escrito nada de ese aviso, o lo hizo sin su traza."""
    __tracebackhide__ = True
    lineas = hasta(
        lambda: lineas_de(leer(), id_),
        f"que {quien} escribiera una línea de JSON con «aviso»: {id_}",
    )
    trazas = {str(una.get("trace_id")) for una in lineas}
    comprueba(
        trazas == {traza},
        f"Se esperaba trace_id {traza} en los logs de {quien}, y llegó {lineas}",
    )


CANARIO = "Canario Ñandú"


@pytest.mark.aislada("reinicia")
def test_los_logs_llevan_la_traza_y_nada_de_nadie(
    api: Api, cliente: httpx2.Client
) -> None:
    """En los logs está la traza; en ellos y en los spans no hay datos de nadie."""
    otro = Api(api.servicio.otro(), cliente)
    ana = Persona()
    palabra = secrets.token_hex(6)
    contenido = {"asunto": f"{CANARIO} {palabra}", "texto": f"Tu código es {palabra}"}
    secretos = [ana.usuario, ana.email, ana.sms, ana.push, palabra, CANARIO]
    secretos += [api.ajuste("SMS_KEY"), api.ajuste("PUSH_KEY")]
    api.correo.preparar(ana.email, Contesta(550))
    api.sms.preparar(ana.sms, Contesta(400))
    api.push.preparar(ana.push, Contesta(503))
    traza, _, cabecera = nueva_traza()
    id_ = otro.avisar(
        ana,
        "email",
        "sms",
        "push",
        contenido=contenido,
        cabeceras={"traceparent": cabecera},
    )
    api.cuando(id_, 3)
    api.reloj.adelantar(2 * REINTENTO)
    api.queda(id_, "enviado")
    espera(api.cuenta("push", id_, "entregado"), 204, al="contar que ha llegado")
    mala = otro.pedir_aviso(
        ana, "email", contenido=contenido | {"texto": f"\x00{palabra}"}
    )
    espera(mala, 422, al="pedir un aviso que no vale")
    comprueba(
        palabra not in mala.text and ana.email not in mala.text,
        f"Se esperaba un 422 que no repitiera lo que llegó, y llegó {mala.text}",
    )
    spans_con(api, traza, CONSUMIDOR, CLIENTE, cuantos=4)
    trabajador = api.servicio.trabajador("trabajador")

    def lo_del_trabajador() -> str:
        return trabajador.lectura.todo().decode("utf-8", "replace")

    con_su_traza(otro.servicio.salida, id_, traza, "la web")
    con_su_traza(lo_del_trabajador, id_, traza, "el trabajador")
    donde = {
        "lo que llegó al recolector": api.recolector.bruto().decode("utf-8", "replace"),
        "los logs de la web": otro.servicio.salida(),
        "los logs del trabajador": lo_del_trabajador(),
    }
    for que, texto in donde.items():
        for secreto in secretos:
            formas = (secreto, quote(secreto), json.dumps(secreto)[1:-1])
            comprueba(
                not any(forma in texto for forma in formas),
                f"Se esperaba que en {que} no hubiera datos de nadie, y está"
                f" «{secreto}»",
            )


# --- sin recolector --------------------------------------------------------------


def todo_sigue(api: Api, como: str) -> None:
    """Falla si, con el recolector así, pedir un aviso tarda o no se envía."""
    __tracebackhide__ = True
    for _ in range(3):
        inicio = time.monotonic()
        respuesta = api.pedir_aviso(Persona(), "push")
        tarda = time.monotonic() - inicio
        id_ = id_de(respuesta, al=f"pedir un aviso con el recolector {como}")
        comprueba(
            tarda < 1,
            f"Se esperaba que no se notara el recolector {como}, y tarda {tarda:.1f} s",
        )
        api.queda(id_, "enviado")


@pytest.mark.aislada("reinicia")
def test_sin_recolector_no_se_nota(api: Api) -> None:
    """Si en su dirección no hay nadie, los avisos se piden y se envían igual."""
    api.pasa_otro("push")
    with api.servicio.recurso("recolector").parado():
        todo_sigue(api, "parado")


@pytest.mark.aislada("reinicia")
def test_un_recolector_colgado_no_impide_parar(api: Api) -> None:
    """Si acepta y no contesta, todo sigue, y al trabajador se le puede parar."""
    recolector = api.recolector
    recolector.colgado.set()
    try:
        todo_sigue(api, "colgado")
        bien = api.servicio.trabajador("trabajador").parar(3)
    finally:
        recolector.colgado.clear()
    api.servicio.trabajador("trabajador")
    comprueba(bien, "Se esperaba que el trabajador acabara en 3 s, y hubo que matarlo")
