# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Carrito de compras."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from requisitos.api import (
    MIO,
    Api,
    Persona,
    comprueba,
    espera,
    json_de,
    problema,
    suma,
    unico,
)

DURA = 86400
"""CART_SECONDS, en los programas que arrancan las pruebas."""


def invitado(api: Api) -> str:
    """La ruta de un carrito sin cuenta, recién hecho."""
    hecho = json_de(
        espera(api.post("/carritos"), 201, al="hacer un carrito sin cuenta")
    )
    comprueba(
        isinstance(hecho.get("id"), str) and hecho.get("lineas") == [],
        f"Se esperaba un carrito vacío con su id, y llegó {hecho}",
    )
    return f"/carritos/{hecho['id']}"


def poner(
    api: Api, carrito: str, sku: str, cantidad: Any, quien: Persona | None = None
) -> Any:
    """PUT /carritos/{carrito}/lineas/{sku}."""
    ruta = f"{carrito}/lineas/{sku}"
    return api.pedir("PUT", ruta, quien, json={"cantidad": cantidad})


def cantidades(carrito: dict[str, Any]) -> dict[str, int]:
    """Cuántas unidades de cada sku."""
    return {linea["sku"]: linea["cantidad"] for linea in carrito["lineas"]}


def lleva(carrito: dict[str, Any], esperado: dict[str, int]) -> None:
    """Falla si el carrito no lleva exactamente eso, en ese orden."""
    llego = cantidades(carrito)
    comprueba(
        list(llego.items()) == list(esperado.items()),
        f"Se esperaba {esperado}, y llegó {llego}",
    )


# --- llenarlo --------------------------------------------------------------------


@pytest.mark.parametrize("con_cuenta", [False, True])
def test_llenar_un_carrito(api: Api, con_cuenta: bool) -> None:
    """Añadir suma, PUT dice cuántas, cero quita; con cuenta y sin ella."""
    quien = api.nueva() if con_cuenta else None
    carrito = MIO if con_cuenta else invitado(api)
    una, otra = api.skus("2.50", "4.00")
    api.anadir(quien, otra, 2, carrito)
    api.anadir(quien, una, 1, carrito)
    lleva(api.anadir(quien, otra, 3, carrito), {otra: 5, una: 1})
    cambio = espera(poner(api, carrito, otra, 2, quien), 200, al="decir cuántas")
    lleva(json_de(cambio), {otra: 2, una: 1})
    for _ in range(2):
        quitar = espera(poner(api, carrito, una, 0, quien), 200, al="quitar una línea")
        lleva(json_de(quitar), {otra: 2})
    espera(poner(api, carrito, una, 7, quien), 200, al="poner una línea que no estaba")
    leido = api.carrito(quien, carrito)
    lleva(leido, {otra: 2, una: 7})
    linea = leido["lineas"][0]
    esperada = {
        "sku": otra,
        "producto": otra.rpartition("-")[0],
        "nombre": "Una cosa",
        "variante": "Talla 1",
        "precio": "4.00",
        "cantidad": 2,
        "importe": "8.00",
        "iva": "1.68",
    }
    comprueba(linea == esperada, f"Se esperaba la línea {esperada}, y llegó {linea}")


def test_el_impuesto_se_redondea_en_cada_linea(api: Api) -> None:
    """El iva se redondea en la línea (la mitad, hacia arriba); el total es su suma."""
    carrito = invitado(api)
    # 21 % de 0.50 es 0.105; de 1.50, 0.315; de 0.10 + 0.20, ni un céntimo más de 0.06.
    casos = {"0.50": "0.11", "1.50": "0.32", "0.10": "0.02", "0.20": "0.04"}
    for sku in api.skus(*casos):
        api.anadir(None, sku, 1, carrito)
    leido = api.carrito(None, carrito)
    ivas = [linea["iva"] for linea in leido["lineas"]]
    comprueba(
        ivas == list(casos.values()),
        f"Se esperaban los iva {list(casos.values())}, y llegó {ivas}",
    )
    llego = (leido["subtotal"], leido["iva"], leido["total"])
    esperado = (suma(*casos), suma(*casos.values()), suma(*casos, *casos.values()))
    comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {llego}")


def test_las_cuentas_grandes_son_exactas(api: Api) -> None:
    """Lo más caro noventa y nueve veces, y diez líneas de 0.10: exactas."""
    carrito = invitado(api)
    caro = api.skus("999999.99")[0]
    leido = api.anadir(None, caro, 99, carrito)
    llego = (leido["subtotal"], leido["iva"], leido["total"])
    esperado = ("98999999.01", "20789999.79", "119789998.80")
    comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {llego}")
    muchas = invitado(api)
    for sku in api.skus(*["0.10"] * 10):
        api.anadir(None, sku, 1, muchas)
    total = api.carrito(None, muchas)
    llego = (total["subtotal"], total["iva"], total["total"])
    comprueba(llego == ("1.00", "0.20", "1.20"), f"Se esperaba 1.20, y llegó {llego}")


def test_ensena_los_precios_de_ahora(api: Api) -> None:
    """Si cambia un precio, el carrito lo enseña; lo que se retira desaparece de él."""
    carrito = invitado(api)
    sku, otro = api.skus("5.00")[0], api.skus("1.00")[0]
    for uno in (sku, otro):
        api.anadir(None, uno, 2, carrito)
    cambio = api.patch(f"/variantes/{sku}", {"precio": "6.00"}, api.admin())
    espera(cambio, 200, al="cambiar un precio (R1)")
    leido = api.carrito(None, carrito)
    comprueba(
        (leido["lineas"][0]["precio"], leido["subtotal"]) == ("6.00", "14.00"),
        f"Se esperaban los precios de ahora, y llegó {leido}",
    )
    retirar = api.delete(f"/productos/{sku.rpartition('-')[0]}", api.admin())
    espera(retirar, 204, al="retirar un producto (R1)")
    leido = api.carrito(None, carrito)
    lleva(leido, {otro: 2})
    comprueba(leido["subtotal"] == "2.00", f"Se esperaba 2.00, y llegó {leido}")
    problema(poner(api, carrito, sku, 1), 404, "añadir algo retirado")


def test_lo_que_se_anade_a_la_vez_se_suma(api: Api) -> None:
    """Veinte peticiones que añaden una unidad a la vez dejan veinte."""
    ana, sku = api.nueva(), api.un_sku()
    sin_cuenta = invitado(api)
    for quien, carrito in ((ana, MIO), (None, sin_cuenta)):
        datos = {"sku": sku, "cantidad": 1}
        anadir = partial(api.post, f"{carrito}/lineas", datos, quien)
        for respuesta in api.a_la_vez([anadir] * 20):
            espera(respuesta, 200, al="añadir veinte a la vez")
        lleva(api.carrito(quien, carrito), {sku: 20})


def test_una_linea_tiene_un_maximo(api: Api) -> None:
    """Hasta 99 unidades en una línea: sumar más es 409, y se queda como estaba."""
    carrito, sku = invitado(api), api.un_sku()
    lleva(api.anadir(None, sku, 99, carrito), {sku: 99})
    datos = {"sku": sku, "cantidad": 1}
    problema(api.post(f"{carrito}/lineas", datos), 409, "pasar de 99 unidades")
    lleva(api.carrito(None, carrito), {sku: 99})


@pytest.mark.parametrize("cantidad", [-1, 100, 1.5, "2", None, True, 10**30])
def test_cantidades_que_no_valen(api: Api, cantidad: Any) -> None:
    """Una cantidad es un entero de 1 a 99 (0 con PUT, para quitar); si no, 422."""
    carrito, sku = invitado(api), api.un_sku()
    datos = {"sku": sku, "cantidad": cantidad}
    problema(api.post(f"{carrito}/lineas", datos), 422, f"añadir {cantidad!r}")
    problema(poner(api, carrito, sku, cantidad), 422, f"decir {cantidad!r} unidades")
    cero = {"sku": sku, "cantidad": 0}
    problema(api.post(f"{carrito}/lineas", cero), 422, "añadir cero")
    lleva(api.carrito(None, carrito), {})


def test_lo_que_no_existe(api: Api) -> None:
    """Un sku o un carrito que no existen son 404; un campo de más, 422."""
    carrito, sku = invitado(api), api.un_sku()
    for nada in (unico("NADA"), f"{sku}x"):
        datos = {"sku": nada, "cantidad": 1}
        problema(api.post(f"{carrito}/lineas", datos), 404, "añadir lo que no existe")
        problema(poner(api, carrito, nada, 1), 404, "poner lo que no existe")
    espera(api.get("/carritos/nulo%00"), 404, 422, al="ver un carrito imposible")
    for ruta in (f"/carritos/{unico('nada')}", "/carritos/1"):
        problema(api.get(ruta), 404, f"ver {ruta}")
        problema(poner(api, ruta, sku, 1), 404, f"llenar {ruta}")
    datos = {"sku": sku, "cantidad": 1, "precio": "0.01"}
    problema(api.post(f"{carrito}/lineas", datos), 422, "elegir el precio")


# --- de quién es -----------------------------------------------------------------


def test_el_carrito_de_una_cuenta_es_suyo(api: Api) -> None:
    """/carritos/mio pide token, es distinto para cada cual, y sigue ahí al volver."""
    ana, leo, sku = api.nueva(), api.nueva(), api.un_sku()
    problema(api.get(MIO), 401, "ver mi carrito sin token")
    problema(poner(api, MIO, sku, 1), 401, "llenar mi carrito sin token")
    suyo = api.anadir(ana, sku, 3)
    comprueba(suyo.get("id") == "mio", f"Se esperaba el id «mio», y llegó {suyo}")
    lleva(api.carrito(leo), {})
    lleva(api.carrito(api.entrar(ana.nombre)), {sku: 3})


def test_el_id_de_un_carrito_no_se_adivina(api: Api) -> None:
    """Los id de los carritos sin cuenta son largos, al azar y no se parecen."""
    ids = [invitado(api).removeprefix("/carritos/") for _ in range(5)]
    comprueba(
        all(len(uno) >= 20 for uno in ids) and len({uno[:8] for uno in ids}) == 5,
        f"Se esperaban cinco id largos y al azar, y llegó {ids}",
    )


def test_la_primera_vez_a_la_vez(api: Api) -> None:
    """Quien pide su carrito por primera vez diez veces a la vez tiene uno, y entero."""
    ana, sku = api.nueva(), api.un_sku()
    anadir = partial(api.post, f"{MIO}/lineas", {"sku": sku, "cantidad": 1}, ana)
    for respuesta in api.a_la_vez([anadir] * 10):
        espera(respuesta, 200, al="añadir a un carrito que aún no existía")
    lleva(api.carrito(ana), {sku: 10})


# --- juntarlos -------------------------------------------------------------------


def fusionar(api: Api, carrito: str, quien: Persona | None) -> Any:
    """POST /carritos/mio/fusion."""
    datos = {"carrito": carrito.removeprefix("/carritos/")}
    return api.post(f"{MIO}/fusion", datos, quien)


def test_juntar_los_carritos(api: Api) -> None:
    """Lo del carrito sin cuenta se suma a lo propio (hasta 99), y aquel desaparece."""
    ana = api.nueva()
    comun, mio, suyo, mucho = api.skus("1.00", "2.00", "3.00", "4.00")
    for sku, cantidad in ((comun, 2), (mio, 1), (mucho, 60)):
        api.anadir(ana, sku, cantidad)
    carrito = invitado(api)
    for sku, cantidad in ((comun, 5), (suyo, 4), (mucho, 60)):
        api.anadir(None, sku, cantidad, carrito)
    junto = json_de(espera(fusionar(api, carrito, ana), 200, al="juntar los carritos"))
    esperado = {comun: 7, mio: 1, mucho: 99, suyo: 4}
    llego = cantidades(junto)
    comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {llego}")
    problema(api.get(carrito), 404, "ver un carrito que ya se ha juntado")
    problema(fusionar(api, carrito, ana), 404, "juntarlo otra vez")
    llego = cantidades(api.carrito(ana))
    comprueba(llego == esperado, f"Se esperaba {esperado} después, y llegó {llego}")


def test_juntarlos_dos_veces_a_la_vez(api: Api) -> None:
    """Diez veces a la vez: uno recibe 200 y los demás 404, y se suma una vez."""
    ana, leo, sku = api.nueva(), api.nueva(), api.un_sku()
    carrito = invitado(api)
    api.anadir(None, sku, 3, carrito)
    tareas = [partial(fusionar, api, carrito, quien) for quien in (ana, leo) * 5]
    codigos = sorted(r.status_code for r in api.a_la_vez(tareas))
    comprueba(
        codigos == [200] + [404] * 9,
        f"Se esperaba un 200 y nueve 404, y llegó {codigos}",
    )
    entre_los_dos = [cantidades(api.carrito(quien)) for quien in (ana, leo)]
    comprueba(
        sorted(entre_los_dos, key=len) == [{}, {sku: 3}],
        f"Se esperaban 3 unidades en uno de los dos, y llegó {entre_los_dos}",
    )


def test_lo_que_no_se_puede_juntar(api: Api) -> None:
    """Sin token, 401; el carrito propio, el de otro o uno inventado, 404."""
    ana, leo, sku = api.nueva(), api.nueva(), api.un_sku()
    api.anadir(leo, sku, 2)
    api.anadir(ana, sku, 1)
    carrito = invitado(api)
    problema(fusionar(api, carrito, None), 401, "juntar carritos sin token")
    for nada in ("mio", leo.nombre, unico("nada"), "", "1", "2", "nulo\x00"):
        respuesta = fusionar(api, nada, ana)
        espera(respuesta, 404, 422, al=f"juntar con «{nada}»")
        problema(respuesta, respuesta.status_code, f"juntar con «{nada}»")
    espera(api.get(carrito), 200, al="ver el que no se juntó")
    lleva(api.carrito(ana), {sku: 1})
    lleva(api.carrito(leo), {sku: 2})


# --- caduca ----------------------------------------------------------------------


def vence(carrito: dict[str, Any]) -> datetime:
    """Cuándo dice que caduca."""
    try:
        momento = datetime.fromisoformat(str(carrito.get("caduca")))
    except ValueError:
        pytest.fail(f"Se esperaba caduca en ISO 8601, y llegó {carrito.get('caduca')}")
    comprueba(momento.tzinfo is not None, f"Se esperaba con zona: {momento}")
    return momento


@pytest.mark.aislada("reloj")
def test_un_carrito_sin_cuenta_caduca(api: Api) -> None:
    """Pasado CART_SECONDS sin cambios es 404; mirarlo no lo alarga, y cambiarlo sí."""
    carrito, sku = invitado(api), api.un_sku()
    hecho = api.anadir(None, sku, 1, carrito)
    dura = (vence(hecho) - datetime.now(UTC)).total_seconds()
    comprueba(abs(dura - DURA) < 60, f"Se esperaba que durara {DURA} s, y dura {dura}")
    api.adelantar(DURA - 60)
    mirado = api.carrito(None, carrito)
    comprueba(
        vence(mirado) == vence(hecho), "Se esperaba que mirarlo no cambiara caduca"
    )
    pasarse = api.post(f"{carrito}/lineas", {"sku": sku, "cantidad": 99})
    problema(pasarse, 409, "pasar de 99")
    comprueba(
        vence(api.carrito(None, carrito)) == vence(hecho),
        "Se esperaba que lo que no se pudo añadir no cambiara caduca",
    )
    lleva(api.anadir(None, sku, 1, carrito), {sku: 2})
    api.adelantar(2 * DURA - 120)
    lleva(api.carrito(None, carrito), {sku: 2})
    api.adelantar(2 * DURA - 30)
    problema(api.get(carrito), 404, "ver un carrito caducado")
    problema(poner(api, carrito, sku, 1), 404, "llenar un carrito caducado")
    problema(fusionar(api, carrito, api.nueva()), 404, "juntar un carrito caducado")


@pytest.mark.aislada("reloj")
def test_el_carrito_de_una_cuenta_se_vacia(api: Api) -> None:
    """El de una cuenta, al caducar, está vacío; y se puede volver a llenar."""
    ana = api.nueva()
    sku, otro = api.skus("1.00", "2.00")
    lleno = api.anadir(ana, sku, 5)
    api.adelantar(DURA - 60)
    comprueba(
        vence(api.carrito(ana)) == vence(lleno),
        "Se esperaba que mirarlo no cambiara caduca",
    )
    api.adelantar(DURA + 10)
    leido = api.carrito(ana)
    lleva(leido, {})
    comprueba(leido["total"] == "0.00", f"Se esperaba 0.00, y llegó {leido}")
    lleva(api.anadir(ana, otro, 1), {otro: 1})
    espera_hasta = datetime.now(UTC) + timedelta(seconds=2 * DURA)
    comprueba(
        vence(api.carrito(ana)) > espera_hasta,
        "Se esperaba que el tiempo volviera a empezar al llenarlo",
    )


@pytest.mark.aislada("reloj")
def test_un_carrito_caducado_no_resucita(api: Api) -> None:
    """Añadir a un carrito propio caducado, sin mirarlo antes, no trae lo viejo."""
    ana = api.nueva()
    sku, otro = api.skus("1.00", "2.00")
    api.anadir(ana, sku, 5)
    sin_cuenta = invitado(api)
    api.adelantar(DURA - 10)
    api.anadir(None, otro, 2, sin_cuenta)
    api.adelantar(DURA + 10)
    junto = json_de(espera(fusionar(api, sin_cuenta, ana), 200, al="juntarlos"))
    lleva(junto, {otro: 2})
    api.adelantar(3 * DURA)
    lleva(api.anadir(ana, otro, 1), {otro: 1})
