# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Métricas y alertas. El tiempo pasa cuando la prueba mueve el reloj."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from requisitos.api import (
    Api,
    Hora,
    comprueba,
    datos_de,
    espera,
    instante,
    json_de,
    problema,
)
from requisitos.dianas import Diana, Dianas, Hacer, por_turno, responde

BIEN, MAL = responde(200), responde(500)
CIFRAS = {
    "desde",
    "hasta",
    "comprobaciones",
    "bien",
    "disponibilidad",
    "p50",
    "p95",
    "p99",
}


def metricas(api: Api, id: int, **ventana: Any) -> dict[str, Any]:
    """GET /objetivos/{id}/metricas."""
    filtros = {nombre: valor.isoformat() for nombre, valor in ventana.items()}
    respuesta = api.get(f"/objetivos/{id}/metricas", **filtros)
    datos = json_de(espera(respuesta, 200, al="ver las métricas"))
    comprueba(
        isinstance(datos, dict) and set(datos) == CIFRAS,
        f"Se esperaban las cifras {sorted(CIFRAS)}, y llegó {datos}",
    )
    return dict(datos)


def percentil(valores: Sequence[float], p: int) -> float:
    """Por la cuenta más simple: el que ocupa ese lugar entre los ordenados."""
    return sorted(valores)[math.ceil(len(valores) * p / 100) - 1]


def cuadra(cifras: dict[str, Any], hechas: Sequence[dict[str, Any]]) -> None:
    """Falla si las cifras no son las de esas comprobaciones, contadas una a una."""
    buenas = [una["latencia_ms"] for una in hechas if una["bien"]]
    esperado = {"comprobaciones": len(hechas), "bien": len(buenas)}
    llego = {nombre: cifras[nombre] for nombre in esperado}
    comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {cifras}")
    for nombre in ("p50", "p95", "p99"):
        quiso = percentil(buenas, int(nombre[1:])) if buenas else None
        comprueba(
            iguales(cifras[nombre], quiso),
            f"Se esperaba {nombre} = {quiso}, de las latencias {sorted(buenas)}, y "
            f"llegó {cifras[nombre]}",
        )
    disponible = len(buenas) / len(hechas) if hechas else None
    comprueba(
        iguales(cifras["disponibilidad"], disponible, 0.00006),
        f"Se esperaba disponibilidad = {disponible}, y llegó {cifras}",
    )


def iguales(llego: Any, quiso: float | None, margen: float = 0.0015) -> bool:
    """Si son iguales, salvo el redondeo."""
    if quiso is None:
        return llego is None
    return isinstance(llego, int | float) and abs(llego - quiso) <= margen


def alertas(api: Api, id: int, **filtros: Any) -> list[dict[str, Any]]:
    """GET /alertas de un objetivo, de la más nueva a la más antigua."""
    respuesta = api.get("/alertas", objetivo=id, limite=100, **filtros)
    return datos_de(respuesta, "listar las alertas")


def vigilado(
    api: Api, dianas: Dianas, *cosas: Hacer, **campos: Any
) -> tuple[int, Diana]:
    """Un objetivo que hace esas cosas, una por comprobación."""
    diana = dianas.nueva(por_turno(*cosas) if cosas else BIEN)
    return api.crear(diana.url, **campos)["id"], diana


# --- las cifras ------------------------------------------------------------------


def test_las_cifras_salen_de_contar(api: Api, dianas: Dianas, hora: Hora) -> None:
    """Percentiles de las buenas, disponibilidad y totales, con 1, 2, 3… y 21."""
    retrasos = [(n * 7 % 21) * 0.002 for n in range(21)]
    cosas = [responde(200, tras=t) for t in retrasos]
    for mala in (3, 4, 11):
        cosas[mala] = responde(503, tras=0.06)
    id, _ = vigilado(api, dianas, *cosas)
    cuadra(metricas(api, id), [])
    hechas = []
    for numero in range(21):
        hechas.append(api.comprobar(id))
        hora.avanza(1)
        if numero in {0, 1, 2, 3, 9, 10, 19, 20}:
            cuadra(metricas(api, id), hechas)


def test_si_todas_van_mal(api: Api, dianas: Dianas, hora: Hora) -> None:
    """Sin ninguna buena no hay percentiles, y la disponibilidad es 0."""
    id, _ = vigilado(api, dianas, MAL)
    hechas = [api.comprobar(id), api.comprobar(id)]
    hora.avanza(1)
    cuadra(metricas(api, id), hechas)


def test_la_ventana(api: Api, dianas: Dianas, hora: Hora) -> None:
    """`desde` incluido y `hasta` sin incluir; si no se dice, las últimas 24 horas."""
    id, _ = vigilado(api, dianas, BIEN, MAL, BIEN, MAL, MAL)
    momentos, hechas = [], []
    for horas in (0, 10, 10, 10, 10):
        momentos.append(hora.avanza(3600 * horas))
        hechas.append(api.comprobar(id))
    for principio in range(5):
        for final in range(principio, 5):
            cifras = metricas(api, id, desde=momentos[principio], hasta=momentos[final])
            cuadra(cifras, hechas[principio:final])
    hora.avanza(0.000001)
    justo = metricas(api, id)
    cuadra(justo, hechas[2:])
    dicho = (instante(justo["desde"], "desde"), instante(justo["hasta"], "hasta"))
    quiso = (hora.ahora() - timedelta(days=1), hora.ahora())
    comprueba(dicho == quiso, f"Se esperaba la ventana {quiso}, y llegó {dicho}")
    otro_huso = momentos[1].isoformat().replace("+00:00", "Z")
    filtros = {"desde": otro_huso, "hasta": hora.ahora().isoformat()}
    respuesta = api.get(f"/objetivos/{id}/metricas", **filtros)
    cuadra(json_de(espera(respuesta, 200, al="ver las métricas")), hechas[1:])


def test_las_cifras_de_cada_cual(api: Api, dianas: Dianas, hora: Hora) -> None:
    """Lo de un objetivo no cuenta en las cifras ni en las alertas de otro."""
    uno, _ = vigilado(api, dianas, MAL, fallos=2)
    otro, _ = vigilado(api, dianas, BIEN, fallos=2)
    suyas: dict[int, list[dict[str, Any]]] = {uno: [], otro: []}
    for id in (uno, otro, uno, otro, uno):
        suyas[id].append(api.comprobar(id))
    hora.avanza(1)
    for id, hechas in suyas.items():
        cuadra(metricas(api, id), hechas)
    numeros = (len(alertas(api, uno)), len(alertas(api, otro)))
    comprueba(numeros == (1, 0), f"Se esperaban 1 y 0 alertas, y hay {numeros}")


def test_una_ventana_que_no_vale(api: Api) -> None:
    """Sin zona, al revés, o algo que no es un instante: 422. De nadie: 404."""
    ruta = f"/objetivos/{api.crear()['id']}/metricas"
    for filtros in (
        {"desde": "ayer"},
        {"hasta": "2026-11-29T10:00:00"},
        {"desde": "2026-13-01T00:00:00Z"},
        {"desde": "2026-11-29T10:00:01Z", "hasta": "2026-11-29T10:00:00Z"},
    ):
        problema(api.get(ruta, **filtros), 422, f"pedir métricas con {filtros}")
    for raros in (
        {"desde": "0001-01-01T00:00:00Z"},
        {"desde": "0001-01-01T00:00:00+14:00"},
        {"hasta": "9999-12-31T23:59:59-12:00"},
        {"hasta": "0001-01-01T00:00:00Z"},
    ):
        respuesta = api.get(ruta, **raros)
        espera(respuesta, 200, 422, al=f"pedir métricas con {raros}")
    problema(api.get("/objetivos/0/metricas"), 404, "pedir métricas de nadie")


# --- las alertas -----------------------------------------------------------------


def hechos(api: Api, hora: Hora, id: int, veces: int) -> None:
    """Tantas comprobaciones, una cada minuto."""
    for _ in range(veces):
        hora.avanza(60)
        api.comprobar(id)


def test_se_abre_tras_varias_malas_seguidas(
    api: Api, dianas: Dianas, hora: Hora
) -> None:
    """Con `fallos` malas seguidas, y no antes; una buena en medio vuelve a empezar."""
    id, _ = vigilado(api, dianas, MAL, MAL, BIEN, MAL, MAL, MAL, MAL, MAL, fallos=3)
    hechos(api, hora, id, 5)
    comprueba(
        alertas(api, id) == [],
        f"Dos malas, una buena y dos malas no son tres seguidas: {alertas(api, id)}",
    )
    momento = hora.avanza(60)
    api.comprobar(id)
    todas = alertas(api, id)
    comprueba(len(todas) == 1, f"Se esperaba una alerta a la tercera, y hay {todas}")
    alerta = todas[0]
    esperado = {"objetivo": id, "motivo": "codigo", "cerrada": None}
    llego = {campo: alerta.get(campo) for campo in esperado}
    comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {alerta}")
    comprueba(
        instante(alerta["abierta"], "abierta") == momento,
        f"Se esperaba abierta = {momento}, cuando fue la tercera, y llegó {alerta}",
    )
    hechos(api, hora, id, 2)
    despues = alertas(api, id)
    comprueba(
        despues == todas, f"Un incidente tiene una alerta: {todas}, y hay {despues}"
    )


def test_se_cierra_tras_varias_buenas_seguidas(
    api: Api, dianas: Dianas, hora: Hora
) -> None:
    """Con `aciertos` buenas seguidas, y no antes; el siguiente incidente es otra."""
    cosas = [MAL, BIEN, MAL, BIEN, BIEN, MAL, BIEN, BIEN, BIEN, BIEN, MAL]
    id, _ = vigilado(api, dianas, *cosas, fallos=1, aciertos=3)
    hechos(api, hora, id, 8)
    abiertas = alertas(api, id, abierta="true")
    comprueba(
        len(abiertas) == 1 and len(alertas(api, id)) == 1,
        "Se esperaba una sola alerta, abierta mientras no haya tres buenas seguidas, y "
        f"hay {alertas(api, id)}",
    )
    momento = hora.avanza(60)
    api.comprobar(id)
    (cerrada,) = alertas(api, id)
    comprueba(
        cerrada["cerrada"] is not None
        and instante(cerrada["cerrada"], "cerrada") == momento
        and cerrada["abierta"] == abiertas[0]["abierta"],
        f"Se esperaba cerrada = {momento}, y llegó {cerrada}",
    )
    hechos(api, hora, id, 2)
    todas = alertas(api, id)
    comprueba(
        len(todas) == 2 and todas[1] == cerrada and todas[0]["cerrada"] is None,
        f"Se esperaba otra alerta, primera de la lista, y hay {todas}",
    )
    comprueba(
        alertas(api, id, abierta="true") == todas[:1]
        and alertas(api, id, abierta="false") == todas[1:],
        f"Se esperaba que `abierta` filtrara {todas}",
    )


def test_lo_que_tarda_demasiado_cuenta_como_malo(
    api: Api, dianas: Dianas, hora: Hora
) -> None:
    """Con latencia_maxima, una buena más lenta abre alertas y sigue siendo buena."""
    lenta = responde(200, tras=0.5)
    id, _ = vigilado(
        api, dianas, lenta, lenta, BIEN, fallos=2, aciertos=1, latencia_maxima=400
    )
    hechos(api, hora, id, 2)
    (alerta,) = alertas(api, id) or [None]
    comprueba(
        alerta and (alerta["motivo"], alerta["cerrada"]) == ("latencia", None),
        f"Se esperaba una alerta con motivo «latencia», y hay {alerta}",
    )
    buenas = [una["bien"] for una in api.comprobaciones(id)]
    comprueba(buenas == [True, True], f"Se esperaban buenas, y llegó {buenas}")
    hechos(api, hora, id, 1)
    comprueba(
        not alertas(api, id, abierta="true"), "Se esperaba cerrarla al ir deprisa"
    )
    api.patch(f"/objetivos/{id}", {"latencia_maxima": None})
    hechos(api, hora, id, 2)
    comprueba(len(alertas(api, id)) == 1, "Sin latencia_maxima nada es lento")


def test_en_silencio_no_se_abre(api: Api, dianas: Dianas, hora: Hora) -> None:
    """Mientras dura no se abre; si al acabar sigue mal, la primera la abre."""
    id, _ = vigilado(api, dianas, MAL, fallos=2)
    hasta = hora.ahora() + timedelta(hours=1)
    callar = api.patch(f"/objetivos/{id}", {"silencio_hasta": hasta.isoformat()})
    dicho = json_de(espera(callar, 200, al="poner silencio_hasta"))["silencio_hasta"]
    comprueba(
        instante(dicho, "silencio_hasta") == hasta,
        f"Se esperaba silencio_hasta = {hasta}, y llegó {dicho}",
    )
    hechos(api, hora, id, 3)
    hora.poner(hasta - timedelta(microseconds=1))
    api.comprobar(id)
    comprueba(alertas(api, id) == [], f"En silencio no se abre: {alertas(api, id)}")
    hora.poner(hasta)
    api.comprobar(id)
    (alerta,) = alertas(api, id) or [None]
    comprueba(
        alerta and instante(alerta["abierta"], "abierta") == hasta,
        f"Se esperaba abrirla en cuanto acabó el silencio ({hasta}), y hay {alerta}",
    )


def test_en_silencio_se_cierra_y_se_olvida(
    api: Api, dianas: Dianas, hora: Hora
) -> None:
    """Callado, una alerta se cierra igual; y lo que se arregló callado no la abre."""
    cosas = [MAL, BIEN, MAL, BIEN, MAL]
    id, _ = vigilado(api, dianas, *cosas, fallos=1, aciertos=1)
    hechos(api, hora, id, 1)
    hasta = hora.ahora() + timedelta(minutes=10)
    api.patch(f"/objetivos/{id}", {"silencio_hasta": hasta.isoformat()})
    hechos(api, hora, id, 1)
    (alerta,) = alertas(api, id) or [None]
    comprueba(
        alerta and alerta["cerrada"], f"Se esperaba cerrarla en silencio: {alerta}"
    )
    hechos(api, hora, id, 1)
    hora.poner(hasta)
    api.comprobar(id)
    comprueba(
        len(alertas(api, id)) == 1,
        f"Lo que pasó y se arregló en silencio no abre nada: {alertas(api, id)}",
    )
    espera(api.patch(f"/objetivos/{id}", {"silencio_hasta": None}), 200, al="quitarlo")
    hechos(api, hora, id, 1)
    comprueba(len(alertas(api, id)) == 2, "Sin silencio, se abre como siempre")


def test_una_alerta_aunque_se_compruebe_a_la_vez(api: Api, dianas: Dianas) -> None:
    """Diez comprobaciones a la vez de lo que va mal abren una sola alerta."""
    id, _ = vigilado(api, dianas, MAL, fallos=1)
    ruta = f"/objetivos/{id}/comprobar"
    for respuesta in api.a_la_vez([lambda: api.post(ruta)] * 10):
        espera(respuesta, 200, 409, al="comprobar a la vez")
    comprueba(len(alertas(api, id)) == 1, f"Se esperaba una: {alertas(api, id)}")


def test_las_rondas_tambien_abren_alertas(api: Api, dianas: Dianas, hora: Hora) -> None:
    """Cuenta lo que comprueban las rondas, igual que lo que se pide a mano."""
    id, _ = vigilado(api, dianas, MAL, activo=True, fallos=2)
    for _ in range(2):
        espera(api.post("/rondas"), 200, al="hacer una ronda")
        hora.avanza(100)
    comprueba(len(alertas(api, id)) == 1, f"Se esperaba una, y hay {alertas(api, id)}")


def test_cambiar_los_umbrales(api: Api, dianas: Dianas, hora: Hora) -> None:
    """Valen desde la comprobación siguiente; las malas de antes siguen contando."""
    id, _ = vigilado(api, dianas, MAL, fallos=10)
    hechos(api, hora, id, 3)
    api.patch(f"/objetivos/{id}", {"fallos": 4})
    comprueba(alertas(api, id) == [], "Se esperaba que cambiarlo no la abriera")
    hechos(api, hora, id, 1)
    comprueba(len(alertas(api, id)) == 1, "Se esperaba abrirla a la cuarta mala")


def test_las_alertas_van_por_paginas(api: Api, dianas: Dianas, hora: Hora) -> None:
    """De la más nueva a la más antigua, sin repetir; los filtros imposibles son 422."""
    id, _ = vigilado(api, dianas, *[MAL, BIEN] * 4, fallos=1, aciertos=1)
    hechos(api, hora, id, 7)
    todas = [alerta["id"] for alerta in alertas(api, id)]
    comprueba(len(todas) == 4, f"Se esperaban cuatro alertas, y hay {todas}")
    filtros: dict[str, Any] = {"objetivo": id, "limite": 3}
    primera = api.get("/alertas", **filtros)
    vistas = [a["id"] for a in datos_de(primera, "listar las alertas")]
    filtros["cursor"] = json_de(primera)["siguiente"]
    hechos(api, hora, id, 1)
    segunda = api.get("/alertas", **filtros)
    vistas += [a["id"] for a in datos_de(segunda, "listar las alertas")]
    comprueba(vistas == todas, f"Se esperaba {todas} en dos páginas, y llegó {vistas}")
    comprueba(json_de(segunda)["siguiente"] is None, "Se esperaba que acabara ahí")
    for malo in ({"limite": 0}, {"objetivo": "x"}, {"abierta": "quizás"}):
        problema(api.get("/alertas", **malo), 422, f"listar alertas con {malo}")
    comprueba(alertas(api, 0) == [], "De un objetivo que no existe no hay alertas")


@pytest.mark.parametrize("filtro", [{}, {"abierta": "true"}])
def test_lo_borrado_no_deja_alertas(
    api: Api, dianas: Dianas, filtro: dict[str, Any]
) -> None:
    """Al borrar un objetivo desaparecen sus alertas."""
    id, _ = vigilado(api, dianas, MAL, fallos=1)
    api.comprobar(id)
    comprueba(len(alertas(api, id, **filtro)) == 1, "Se esperaba una alerta")
    espera(api.delete(f"/objetivos/{id}"), 204, al="borrar un objetivo")
    comprueba(alertas(api, id, **filtro) == [], "Se esperaba que se borrara con él")
