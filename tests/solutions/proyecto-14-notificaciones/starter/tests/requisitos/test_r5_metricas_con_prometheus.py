# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R5 · Métricas con Prometheus."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
import pytest
from motor.cliente import resumen
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from requisitos.api import (
    CANALES,
    FALLOS,
    LIMITES,
    REINTENTO,
    Api,
    Persona,
    comprueba,
    espera,
    hasta,
)
from requisitos.proveedores import Contesta

WEB = {
    "avisos_aceptados": "counter",
    "avisos_limitados": "counter",
    "avisos_en_cola": "gauge",
    "avisos_circuito_abierto": "gauge",
    "http_request_duration_seconds": "histogram",
}
TRABAJADOR = {
    "avisos_envios": "counter",
    "avisos_envio_duration_seconds": "histogram",
}
ETIQUETAS: Mapping[str, Mapping[str, set[str]]] = {
    "avisos_aceptados": {
        "canal": {*CANALES},
        "prioridad": {"baja", "normal", "urgente"},
    },
    "avisos_limitados": {
        "canal": {*CANALES},
        "prioridad": {"baja", "normal", "urgente"},
    },
    "avisos_en_cola": {},
    "avisos_circuito_abierto": {"canal": {*CANALES}},
    "avisos_envios": {
        "canal": {*CANALES},
        "resultado": {"aceptado", "temporal", "permanente"},
    },
    "avisos_envio_duration_seconds": {"canal": {*CANALES}},
}


@dataclass
class Foto:
    """Lo que enseñaba un proceso en un momento."""

    familias: dict[str, Metric]
    texto: str

    def valor(self, nombre: str, **etiquetas: str) -> float:
        """La suma de las series con ese nombre y esas etiquetas."""
        return sum(
            muestra.value
            for familia in self.familias.values()
            for muestra in familia.samples
            if muestra.name == nombre and etiquetas.items() <= muestra.labels.items()
        )


def leer(respuesta: httpx2.Response) -> Foto:
    """Lo que dice una respuesta de /metrics, con el lector de Prometheus."""
    espera(respuesta, 200, al="leer las métricas")
    tipo = respuesta.headers.get("content-type", "")
    comprueba(
        tipo.startswith(("text/plain", "application/openmetrics-text")),
        f"Se esperaba el tipo de Prometheus (text/plain; version=…), y llegó «{tipo}»",
    )
    try:
        familias = list(text_string_to_metric_families(respuesta.text))
    except ValueError as error:
        pytest.fail(
            f"Se esperaba el formato de Prometheus, y: {error}\n{resumen(respuesta)}"
        )
    return Foto({familia.name: familia for familia in familias}, respuesta.text)


def web(api: Api) -> Foto:
    """Las métricas del proceso web."""
    return leer(api.get("/metrics"))


def trabajador(api: Api) -> Foto:
    """Las métricas del trabajador."""
    donde = api.ajuste("WORKER_METRICS_ADDRESS")
    try:
        respuesta = httpx2.get(f"http://{donde}/metrics", trust_env=False, timeout=2)
    except httpx2.HTTPError as error:
        pytest.fail(f"Se esperaban las métricas del trabajador en {donde}, y: {error}")
    return leer(respuesta)


def con_tipos(foto: Foto, tipos: Mapping[str, str]) -> None:
    """Falla si falta alguna, o no es de su tipo, o no dice qué es."""
    for nombre, tipo in tipos.items():
        familia = foto.familias.get(nombre)
        comprueba(
            familia, f"Se esperaba la métrica {nombre}, y están {sorted(foto.familias)}"
        )
        assert familia is not None
        comprueba(
            familia.type == tipo and familia.documentation.strip(),
            f"Se esperaba que {nombre} fuera «{tipo}» y dijera qué es, y llegó "
            f"«{familia.type}»: «{familia.documentation}»",
        )


def cuadra(foto: Foto, nombre: str) -> None:
    """Falla si los cubos de un histograma no crecen hasta su total."""
    series: dict[frozenset[tuple[str, str]], list[tuple[float, float]]] = {}
    for muestra in foto.familias[nombre].samples:
        if muestra.name == f"{nombre}_bucket":
            etiquetas = dict(muestra.labels)
            hasta_ = float(etiquetas.pop("le"))
            series.setdefault(frozenset(etiquetas.items()), []).append(
                (hasta_, muestra.value)
            )
    comprueba(series, f"Se esperaba que {nombre} tuviera cubos, y no tiene")
    for etiquetas, cubos in series.items():
        cubos.sort()
        valores = [valor for _, valor in cubos]
        total = foto.valor(f"{nombre}_count", **dict(etiquetas))
        comprueba(
            valores == sorted(valores)
            and cubos[-1] == (math.inf, total)
            and len(cubos) > 3,
            f"Se esperaba que los cubos de {nombre} crecieran hasta su total, y llegó"
            f" {cubos}",
        )


def test_las_metricas_del_proceso_web(api: Api) -> None:
    """GET /metrics las da todas, cada una de su tipo."""
    api.avisar(Persona(), "push")
    foto = web(api)
    con_tipos(foto, WEB)
    cuadra(foto, "http_request_duration_seconds")
    for canal in CANALES:
        comprueba(
            foto.valor("avisos_circuito_abierto", canal=canal) in {0.0, 1.0},
            f"Se esperaba 0 o 1 en avisos_circuito_abierto de {canal}",
        )


def test_lo_aceptado_cuadra(api: Api) -> None:
    """Cada aviso cuenta una vez, por su primer canal y su prioridad."""
    ana = Persona()
    antes = web(api)
    for canal in CANALES:
        api.avisar(ana, canal, prioridad="urgente")
    api.avisar(ana, "push", "email")
    for _ in range(3):
        api.pedir_aviso(ana, "push", clave=f"clave-{ana.usuario}")
    espera(
        api.pedir_aviso(ana, "push", prioridad="ninguna"),
        422,
        al="pedir uno que no vale",
    )
    despues = web(api)
    esperado = {
        ("push", "urgente"): 1,
        ("email", "urgente"): 1,
        ("sms", "urgente"): 1,
        ("push", "normal"): 2,
        ("email", "normal"): 0,
        ("push", "baja"): 0,
    }
    for (canal, prioridad), cuantos in esperado.items():
        etiquetas = {"canal": canal, "prioridad": prioridad}
        mas = despues.valor("avisos_aceptados_total", **etiquetas)
        mas -= antes.valor("avisos_aceptados_total", **etiquetas)
        comprueba(
            mas == cuantos,
            f"Se esperaba {cuantos} más en avisos_aceptados_total{etiquetas}, y hay"
            f" {mas:g}",
        )


def test_lo_limitado_cuadra(api: Api) -> None:
    """Cada 429 cuenta una vez, y no cuenta como aceptado."""
    ana = Persona()
    antes = web(api)
    codigos = [
        api.pedir_aviso(ana, "sms").status_code for _ in range(LIMITES["sms"] + 3)
    ]
    despues = web(api)
    esperado = {
        "avisos_aceptados_total": codigos.count(202),
        "avisos_limitados_total": codigos.count(429),
    }
    comprueba(codigos.count(429) == 3, f"Se esperaban tres 429 (R3), y llegó {codigos}")
    for nombre, cuantos in esperado.items():
        mas = despues.valor(nombre, canal="sms", prioridad="normal")
        mas -= antes.valor(nombre, canal="sms", prioridad="normal")
        comprueba(
            mas == cuantos, f"Se esperaba {cuantos} más en {nombre}, y hay {mas:g}"
        )


def test_las_peticiones_se_miden_por_ruta(api: Api) -> None:
    """La ruta es la plantilla, y lo que no es una ruta no crea series nuevas."""
    api.get("/avisos/uno-cualquiera")
    api.get("/no-hay/nada")
    api.pedir("INVENTADO", "/avisos")
    antes = web(api)
    for n in range(20):
        api.get(f"/avisos/no-hay-{n}")
        api.get(f"/nada/{n}/{n}")
        api.pedir(f"RARO{n}", "/avisos")
    despues = web(api)
    nombre = "http_request_duration_seconds_count"
    etiquetas = {"metodo": "GET", "ruta": "/avisos/{id}", "estado": "404"}
    mas = despues.valor(nombre, **etiquetas) - antes.valor(nombre, **etiquetas)
    comprueba(
        mas == 20, f"Se esperaban 20 peticiones más en {etiquetas}, y hay {mas:g}"
    )
    total = despues.valor(nombre) - antes.valor(nombre)
    comprueba(
        total >= 60,
        f"Se esperaba que se midieran también las que no hay, y hay {total:g} más",
    )

    def series(foto: Foto) -> int:
        return len(foto.familias["http_request_duration_seconds"].samples)

    comprueba(
        series(despues) <= series(antes) + 40,
        "Se esperaba que las direcciones y los métodos inventados no crearan series, y"
        f" hay {series(despues) - series(antes)} más",
    )


def test_el_trabajador_cuenta_sus_intentos(api: Api) -> None:
    """Cada intento cuenta una vez, con su resultado y su tiempo; todo suma lo mismo."""
    for canal in CANALES:
        api.pasa_otro(canal)
    antes = trabajador(api)
    gente = [Persona() for _ in range(3)]
    for persona in gente:
        api.queda(api.avisar(persona, "email"), "enviado")
    roto = Persona()
    api.sms.preparar(roto.sms, Contesta(503), Contesta(503), Contesta(400))
    id_ = api.avisar(roto, "sms", "push")
    for vuelta in (1, 2):
        api.cuando(id_, vuelta)
        api.reloj.adelantar(4 * REINTENTO)
    api.queda(id_, "enviado")
    foto = hasta(
        lambda: _cuando_cuente(api, antes, 7),
        "que el trabajador contara 7 intentos más",
    )
    con_tipos(foto, TRABAJADOR)
    cuadra(foto, "avisos_envio_duration_seconds")
    esperado = {
        ("email", "aceptado"): 3,
        ("sms", "temporal"): 2,
        ("sms", "permanente"): 1,
        ("push", "aceptado"): 1,
        ("sms", "aceptado"): 0,
    }
    for (canal, resultado), cuantos in esperado.items():
        etiquetas = {"canal": canal, "resultado": resultado}
        mas = foto.valor("avisos_envios_total", **etiquetas)
        mas -= antes.valor("avisos_envios_total", **etiquetas)
        comprueba(
            mas == cuantos,
            f"Se esperaba {cuantos} más en avisos_envios_total{etiquetas}, y hay"
            f" {mas:g}",
        )
    for canal in CANALES:
        medidos = foto.valor("avisos_envio_duration_seconds_count", canal=canal)
        enviados = foto.valor("avisos_envios_total", canal=canal)
        comprueba(
            medidos == enviados,
            f"Se esperaba que los tiempos de {canal} fueran tantos como sus intentos "
            f"({enviados:g}), y son {medidos:g}",
        )


def _cuando_cuente(api: Api, antes: Foto, cuantos: int) -> Foto | None:
    foto = trabajador(api)
    mas = foto.valor("avisos_envios_total") - antes.valor("avisos_envios_total")
    return foto if mas >= cuantos else None


def test_los_tiempos_van_en_segundos(api: Api) -> None:
    """Un envío de tres décimas suma unas tres décimas, y cae en su cubo."""
    ana = Persona()
    antes = trabajador(api)
    api.push.preparar(ana.push, Contesta(tarda=0.3))
    api.queda(api.avisar(ana, "push"), "enviado")
    foto = trabajador(api)
    nombre = "avisos_envio_duration_seconds"
    suma = foto.valor(f"{nombre}_sum", canal="push") - antes.valor(
        f"{nombre}_sum", canal="push"
    )
    comprueba(
        0.29 <= suma < 1.2,
        f"Se esperaban unos 0,3 segundos más en {nombre}_sum, y hay {suma:g}",
    )


def test_la_cola_y_los_circuitos_se_ven(api: Api) -> None:
    """La métrica de la cola dice cuántos esperan; la del circuito, a quién se llama."""
    api.pasa_otro("push")
    antes = web(api).valor("avisos_en_cola")
    gente = [Persona() for _ in range(FALLOS)]
    for persona in gente:
        api.push.preparar(persona.push, Contesta(503))
        api.cuando(api.avisar(persona, "push"), 1)
    hasta(lambda: api.circuito("push") == "abierto", "que el circuito se abriera (R4)")
    foto = web(api)
    abiertos = {
        canal: foto.valor("avisos_circuito_abierto", canal=canal) for canal in CANALES
    }
    esperado = {"email": 0.0, "sms": 0.0, "push": 1.0}
    comprueba(abiertos == esperado, f"Se esperaba {esperado}, y llegó {abiertos}")
    mas = foto.valor("avisos_en_cola") - antes
    comprueba(
        mas == FALLOS,
        f"Se esperaban {FALLOS} avisos más en avisos_en_cola, y hay {mas:g}",
    )
    api.reloj.adelantar(100)
    hasta(lambda: api.circuito("push") == "cerrado", "que el circuito se cerrara (R4)")
    api.reloj.adelantar(100)
    hasta(lambda: web(api).valor("avisos_en_cola") <= antes, "que la cola se vaciara")
    comprueba(
        web(api).valor("avisos_circuito_abierto", canal="push") == 0,
        "Se esperaba avisos_circuito_abierto 0 con el circuito cerrado",
    )


@pytest.mark.aislada("reinicia")
def test_sin_redis_hay_metricas(api: Api) -> None:
    """Cuando más falta hacen es cuando algo no va: sin Redis, /metrics contesta."""
    api.avisar(Persona(), "push")
    antes = web(api).valor("avisos_aceptados_total")
    with api.servicio.recurso("Redis").parado():
        foto = web(api)
    comprueba(
        foto.valor("avisos_aceptados_total") == antes > 0,
        "Se esperaba que, sin Redis, siguieran las métricas del proceso",
    )


def test_las_etiquetas_no_dicen_nada_de_nadie(api: Api) -> None:
    """Las etiquetas son las del contrato, y sus valores son pocos y de nadie."""
    ana = Persona()
    api.push.preparar(ana.push, Contesta(400))
    id_ = api.avisar(ana, "push", "email", "sms")
    api.queda(id_, "enviado")
    for foto in (web(api), trabajador(api)):
        for canario in (ana.usuario, ana.email, ana.sms, ana.push, id_):
            comprueba(
                canario not in foto.texto,
                "Se esperaba que las métricas no dijeran nada de nadie, y está"
                f" «{canario}»",
            )
        for nombre, permitidas in ETIQUETAS.items():
            for muestra in (
                foto.familias[nombre].samples if nombre in foto.familias else []
            ):
                etiquetas = {k: v for k, v in muestra.labels.items() if k != "le"}
                comprueba(
                    etiquetas.keys() == permitidas.keys()
                    and all(valor in permitidas[k] for k, valor in etiquetas.items()),
                    f"Se esperaba que {nombre} llevara {dict(permitidas)}, y lleva"
                    f" {etiquetas}",
                )
