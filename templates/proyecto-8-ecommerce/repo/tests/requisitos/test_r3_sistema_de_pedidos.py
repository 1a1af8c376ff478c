# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Sistema de pedidos."""

from datetime import UTC, datetime
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

CUENTA = ("lineas", "subtotal", "iva", "total")


def queda(api: Api, sku: str, cuantas: int, que: str) -> None:
    """Falla si de esa variante no quedan esas unidades."""
    llego = api.quedan(sku)
    comprueba(
        llego == cuantas, f"Se esperaba que quedaran {cuantas} {que}, y quedan {llego}"
    )


# --- comprar ---------------------------------------------------------------------


def test_comprar(api: Api) -> None:
    """POST /pedidos da 201 y un pedido pendiente, aparta lo suyo y vacía el carrito."""
    ana = api.nueva()
    una, otra = api.skus("0.50", "19.99", quedan=10)
    api.llenar(ana, una, otra, cantidad=3)
    carrito = api.carrito(ana)
    hecho = espera(api.comprar(ana, carrito["total"]), 201, al="comprar")
    pedido = json_de(hecho)
    for campo in CUENTA:
        comprueba(
            pedido.get(campo) == carrito[campo],
            f"Se esperaba {campo} como en el carrito, {carrito[campo]}, y llegó "
            f"{pedido.get(campo)}",
        )
    comprueba(
        pedido.get("estado") == "pendiente" and isinstance(pedido.get("id"), str),
        f"Se esperaba un pedido pendiente, con su id, y llegó {pedido}",
    )
    momento = datetime.fromisoformat(str(pedido.get("creado")))
    lejos = abs((datetime.now(UTC) - momento).total_seconds())
    comprueba(lejos < 3600, f"Se esperaba creado de ahora, y llegó {momento}")
    lugar = hecho.headers.get("location", "")
    comprueba(
        lugar.endswith(f"/pedidos/{pedido['id']}"),
        f"Se esperaba Location: /pedidos/{pedido['id']}, y llegó «{lugar}»",
    )
    for sku in (una, otra):
        queda(api, sku, 7, "después de comprar 3 de 10")
    comprueba(api.carrito(ana)["lineas"] == [], "Se esperaba el carrito vacío")
    leido = json_de(espera(api.get(f"/pedidos/{pedido['id']}", ana), 200, al="leerlo"))
    comprueba(leido == pedido, f"Se esperaba leer lo comprado, y llegó {leido}")


def test_los_precios_se_fijan_al_comprar(api: Api) -> None:
    """Lo que cambie después (precio, nombres, retirarlo) no cambia el pedido."""
    ana, sku = api.nueva(), api.skus("5.00", nombre="De antes")[0]
    pedido = api.pedido(ana, sku)
    producto = f"/productos/{sku.rpartition('-')[0]}"
    for respuesta in (
        api.patch(f"/variantes/{sku}", {"precio": "9.00", "nombre": "x"}, api.admin()),
        api.patch(producto, {"nombre": "De después"}, api.admin()),
    ):
        espera(respuesta, 200, al="cambiar un producto (R1)")
    espera(api.delete(producto, api.admin()), 204, al="retirar un producto (R1)")
    leido = json_de(espera(api.get(f"/pedidos/{pedido['id']}", ana), 200, al="leerlo"))
    comprueba(leido == pedido, f"Se esperaba {pedido}, y llegó {leido}")


def test_se_compra_al_precio_que_se_vio(api: Api) -> None:
    """Si el total ya no es el que manda quien compra, 409 y no se compra nada."""
    ana, sku = api.nueva(), api.skus("5.00", quedan=10)[0]
    total = api.llenar(ana, sku)
    cambio = api.patch(f"/variantes/{sku}", {"precio": "5.01"}, api.admin())
    espera(cambio, 200, al="cambiar un precio (R1)")
    problema(api.comprar(ana, total), 409, "comprar con un total que ya no es")
    queda(api, sku, 10, "si no se ha comprado")
    carrito = api.carrito(ana)
    comprueba(len(carrito["lineas"]) == 1, f"Se esperaba el carrito igual: {carrito}")
    espera(api.comprar(ana, carrito["total"]), 201, al="comprar con el total de ahora")
    queda(api, sku, 9, "después de comprar uno")


def test_sin_existencias_no_se_compra_nada(api: Api) -> None:
    """Si de algo no hay bastante, 409: no se aparta lo demás y el carrito sigue."""
    ana = api.nueva()
    hay, otra = api.skus("1.00", "1.00", quedan=10)
    poco, justo = api.skus("1.00", "1.00", quedan=2)
    for skus in ((hay, poco, otra), (poco, hay), (otra, hay, poco)):
        total = api.llenar(ana, *skus, cantidad=3)
        problema(api.comprar(ana, total), 409, "comprar 3 de lo que quedan 2")
        for sku, cuantas in ((hay, 10), (otra, 10), (poco, 2)):
            queda(api, sku, cuantas, "si no se ha comprado nada")
        llego = {linea["sku"] for linea in api.carrito(ana)["lineas"]}
        comprueba(llego == set(skus), f"Se esperaba el carrito igual, y llegó {llego}")
    api.pedido(ana, justo, cantidad=2)
    queda(api, justo, 0, "después de comprar las dos últimas")


def test_lo_que_no_se_puede_comprar(api: Api) -> None:
    """Carrito vacío, 409; sin clave o sin un total de verdad, 422; sin token, 401."""
    ana, sku = api.nueva(), api.un_sku()
    problema(api.comprar(ana, "0.00"), 409, "comprar con el carrito vacío")
    total = api.llenar(ana, sku)
    cuerpo = {"total": total}
    problema(api.post("/pedidos", cuerpo, ana), 422, "comprar sin Idempotency-Key")
    for clave in ("", "x" * 101):
        cabeceras = {"Idempotency-Key": clave}
        respuesta = api.pedir("POST", "/pedidos", ana, json=cuerpo, headers=cabeceras)
        problema(respuesta, 422, f"comprar con la clave «{clave[:9]}»")
    cabeceras = {"Idempotency-Key": unico("clave")}
    for malo in ({}, {"total": 12.1}, {"total": "doce"}, cuerpo | {"precio": "1.00"}):
        respuesta = api.pedir("POST", "/pedidos", ana, json=malo, headers=cabeceras)
        problema(respuesta, 422, f"comprar con {malo}")
    sin_token = api.pedir("POST", "/pedidos", None, json=cuerpo, headers=cabeceras)
    problema(sin_token, 401, "comprar sin token")
    comprueba(len(api.carrito(ana)["lineas"]) == 1, "Se esperaba el carrito igual")
    larga = "x" * 80 + unico("clave")[:20]
    espera(api.comprar(ana, total, larga), 201, al="comprar con una clave de 100")


# --- a la vez --------------------------------------------------------------------


def test_cincuenta_para_los_diez_ultimos(api: Api) -> None:
    """De cincuenta a la vez: diez compran, las demás reciben 409 y queda cero."""
    sku = api.skus("3.30", quedan=10)[0]
    respuestas = api.compra_masiva(sku, api.personas(50))
    codigos = sorted(respuesta.status_code for respuesta in respuestas)
    comprueba(
        codigos == [201] * 10 + [409] * 40,
        f"Se esperaban diez 201 y cuarenta 409, y llegó "
        f"{ {codigo: codigos.count(codigo) for codigo in codigos} }",
    )
    queda(api, sku, 0, "después de vender las diez")
    ids = {json_de(r)["id"] for r in respuestas if r.status_code == 201}
    comprueba(len(ids) == 10, f"Se esperaban diez pedidos distintos, y llegó {ids}")


def test_dos_productos_en_distinto_orden(api: Api) -> None:
    """Unos compran A y B, y otros B y A, a la vez: nadie se queda esperando."""
    una, otra = api.skus("1.00", "2.00", quedan=8)
    gente = api.personas(16)
    totales = [
        api.llenar(quien, *((una, otra) if n % 2 else (otra, una)))
        for n, quien in enumerate(gente)
    ]
    tareas = [partial(api.comprar, *par) for par in zip(gente, totales, strict=True)]
    codigos = sorted(r.status_code for r in api.a_la_vez(tareas))
    comprueba(
        codigos == [201] * 8 + [409] * 8,
        f"Se esperaban ocho 201 y ocho 409, y llegó {codigos}",
    )
    for sku in (una, otra):
        queda(api, sku, 0, "después de vender los ocho")


def test_comprar_dos_veces_el_mismo_carrito(api: Api) -> None:
    """El mismo carrito a la vez con claves distintas: se compra una sola vez."""
    ana, sku = api.nueva(), api.skus("1.00", quedan=10)[0]
    total = api.llenar(ana, sku)
    codigos = sorted(
        r.status_code for r in api.a_la_vez([partial(api.comprar, ana, total)] * 8)
    )
    comprueba(
        codigos == [201] + [409] * 7,
        f"Se esperaba un 201 y siete 409 (carrito vacío), y llegó {codigos}",
    )
    queda(api, sku, 9, "después de comprar uno")


# --- repetir ---------------------------------------------------------------------


def test_la_misma_clave_da_el_mismo_pedido(api: Api) -> None:
    """Repetir una compra con su clave da el mismo pedido, lleve lo que lleve."""
    ana, clave, sku = api.nueva(), unico("clave"), api.skus("1.00", quedan=10)[0]
    total = api.llenar(ana, sku)
    primero = json_de(espera(api.comprar(ana, total, clave), 201, al="comprar"))
    otra_vez = json_de(espera(api.comprar(ana, total, clave), 201, al="repetirlo"))
    comprueba(otra_vez == primero, f"Se esperaba {primero}, y llegó {otra_vez}")
    api.anadir(ana, sku)
    otra_vez = json_de(espera(api.comprar(ana, total, clave), 201, al="repetirlo"))
    comprueba(otra_vez == primero, f"Se esperaba {primero}, y llegó {otra_vez}")
    queda(api, sku, 9, "después de comprar uno y repetirlo")
    comprueba(len(api.carrito(ana)["lineas"]) == 1, "Se esperaba el carrito igual")
    otro_total = suma(total, "1.00")
    problema(api.comprar(ana, otro_total, clave), 422, "usarla para otra compra")
    nuevo = json_de(espera(api.comprar(ana, total), 201, al="comprar con otra clave"))
    comprueba(nuevo["id"] != primero["id"], "Se esperaba otro pedido con otra clave")


def test_la_misma_clave_veinte_veces_a_la_vez(api: Api) -> None:
    """Veinte compras iguales a la vez con la misma clave son un solo pedido."""
    ana, clave, sku = api.nueva(), unico("clave"), api.skus("1.00", quedan=30)[0]
    total = api.llenar(ana, sku, cantidad=2)
    respuestas = api.a_la_vez([partial(api.comprar, ana, total, clave)] * 20)
    ids = {
        json_de(espera(respuesta, 201, al="comprar a la vez con la misma clave"))["id"]
        for respuesta in respuestas
    }
    comprueba(len(ids) == 1, f"Se esperaba un solo pedido, y llegó {ids}")
    queda(api, sku, 28, "después de comprar dos una vez")


def test_la_clave_es_de_cada_cual(api: Api) -> None:
    """La misma clave en otra cuenta es otra compra."""
    clave, sku = unico("clave"), api.un_sku()
    ids = set()
    for quien in (api.nueva(), api.nueva()):
        total = api.llenar(quien, sku)
        hecho = espera(api.comprar(quien, total, clave), 201, al="comprar")
        ids.add(json_de(hecho)["id"])
    comprueba(len(ids) == 2, f"Se esperaban dos pedidos, y llegó {ids}")


def test_un_fallo_no_gasta_la_clave(api: Api) -> None:
    """Si la compra fue un 409, con la misma clave se puede volver a intentar."""
    ana, clave, sku = api.nueva(), unico("clave"), api.skus("1.00", quedan=1)[0]
    total = api.llenar(ana, sku, cantidad=2)
    problema(api.comprar(ana, total, clave), 409, "comprar dos de lo que queda uno")
    reponer = api.patch(f"/variantes/{sku}", {"existencias": 2}, api.admin())
    espera(reponer, 200, al="reponer existencias (R1)")
    espera(api.comprar(ana, total, clave), 201, al="volver a intentarlo")
    queda(api, sku, 0, "después de comprar los dos")


# --- los estados -----------------------------------------------------------------

ESTADOS = ("pendiente", "pagado", "enviado", "entregado", "cancelado", "reembolsado")
CAMINOS = {
    "pendiente": (),
    "pagado": ("pagado",),
    "enviado": ("pagado", "enviado"),
    "entregado": ("pagado", "enviado", "entregado"),
    "cancelado": ("cancelado",),
}
PASOS = {
    "pendiente": {"pagado", "cancelado"},
    "pagado": {"enviado"},
    "enviado": {"entregado"},
}


@pytest.mark.parametrize("desde", CAMINOS)
def test_la_tabla_de_estados(api: Api, desde: str) -> None:
    """Desde cada estado un admin lo pasa a los que dice la tabla; a los demás, 409."""
    jefa, sku = api.admin(), api.un_sku()
    pedido = ""

    def llegar() -> str:
        numero = str(api.pedido(api.persona(), sku)["id"])
        for paso in CAMINOS[desde]:
            espera(api.pasar(numero, paso, jefa), 200, al=f"pasarlo a {paso}")
        return numero

    for a in ESTADOS:
        pedido = pedido or llegar()
        respuesta = api.pasar(pedido, a, jefa)
        if a in PASOS.get(desde, set()):
            hecho = json_de(espera(respuesta, 200, al=f"pasar de {desde} a {a}"))
            comprueba(hecho["estado"] == a, f"Se esperaba {a}, y llegó {hecho}")
            pedido = ""
        else:
            problema(respuesta, 409, f"pasar de {desde} a {a}")
            llego = api.estado(pedido, jefa)
            comprueba(llego == desde, f"Se esperaba {desde} todavía, y está {llego}")


def test_estados_que_no_lo_son(api: Api) -> None:
    """Un estado que no existe, o un cambio de otra cosa, es 422."""
    pedido = api.pedido(api.persona(), api.un_sku())["id"]
    for malo in ({"estado": "perdido"}, {}, {"estado": None}, {"total": "0.01"}):
        respuesta = api.patch(f"/pedidos/{pedido}", malo, api.admin())
        problema(respuesta, 422, f"cambiar un pedido con {malo}")


def test_cancelar_devuelve_lo_apartado(api: Api) -> None:
    """Quien compró puede cancelar lo pendiente, y lo apartado vuelve a la venta."""
    ana = api.nueva()
    una, otra = api.skus("1.00", "2.00", quedan=5)
    pedido = api.pedido(ana, una, otra, cantidad=2)["id"]
    hecho = espera(api.pasar(pedido, "cancelado", ana), 200, al="cancelar un pedido")
    comprueba(
        json_de(hecho)["estado"] == "cancelado", f"Se esperaba cancelado: {hecho.text}"
    )
    for sku in (una, otra):
        queda(api, sku, 5, "después de cancelar")
    problema(api.pasar(pedido, "cancelado", ana), 409, "cancelarlo otra vez")
    queda(api, una, 5, "después de cancelar dos veces")


def test_cancelar_a_la_vez_devuelve_una_vez(api: Api) -> None:
    """Diez veces a la vez: un 200 y nueve 409, y las existencias vuelven una vez."""
    ana, sku = api.nueva(), api.skus("1.00", quedan=5)[0]
    pedido = api.pedido(ana, sku, cantidad=3)["id"]
    cancelar = partial(api.pasar, pedido, "cancelado", ana)
    codigos = sorted(r.status_code for r in api.a_la_vez([cancelar] * 10))
    comprueba(
        codigos == [200] + [409] * 9,
        f"Se esperaba un 200 y nueve 409, y llegó {codigos}",
    )
    queda(api, sku, 5, "después de cancelar diez veces a la vez")


def test_pagar_y_cancelar_a_la_vez(api: Api) -> None:
    """Si a la vez se paga y se cancela, gana uno solo, y las existencias lo saben."""
    ana, sku = api.nueva(), api.skus("1.00", quedan=5)[0]
    for _ in range(5):
        antes = api.quedan(sku)
        pedido = api.pedido(ana, sku)["id"]
        tareas = [
            partial(api.pasar, pedido, "pagado", api.admin()),
            partial(api.pasar, pedido, "cancelado", ana),
        ]
        codigos = sorted(r.status_code for r in api.a_la_vez(tareas))
        comprueba(
            codigos == [200, 409], f"Se esperaba un 200 y un 409, y llegó {codigos}"
        )
        estado = api.estado(pedido, ana)
        esperadas = antes if estado == "cancelado" else antes - 1
        queda(api, sku, esperadas, f"si el pedido está {estado}")


# --- de quién es -----------------------------------------------------------------


def test_cada_cual_ve_los_suyos(api: Api) -> None:
    """Un pedido ajeno es 404 para todo; un admin lo ve; sin token, 401."""
    ana, leo = api.nueva(), api.nueva()
    pedido = api.pedido(ana, api.un_sku())
    ruta = f"/pedidos/{pedido['id']}"
    for quien, codigo in ((leo, 404), (None, 401)):
        problema(api.get(ruta, quien), codigo, "leer un pedido ajeno")
        cambio = api.patch(ruta, {"estado": "cancelado"}, quien)
        problema(cambio, codigo, "cancelar un pedido ajeno")
        cambio = api.patch(ruta, {"estado": "pagado"}, quien)
        problema(cambio, codigo, "pagar a mano un pedido ajeno")
    espera(api.get("/pedidos/nulo%00", ana), 404, 422, al="leer un pedido imposible")
    for nada in (unico("nada"), "1"):
        problema(api.get(f"/pedidos/{nada}", ana), 404, f"leer el pedido «{nada}»")
    problema(api.get("/pedidos"), 401, "listar los pedidos sin token")
    leido = json_de(espera(api.get(ruta, api.admin()), 200, al="leerlo como admin"))
    comprueba(leido == pedido, f"Se esperaba {pedido}, y llegó {leido}")
    comprueba(lista(api, leo)["datos"] == [], "Se esperaba leo sin pedidos")


def test_quien_compra_no_se_lo_da_por_pagado(api: Api) -> None:
    """Con una cuenta que no es admin, lo único que se puede es cancelar: 403."""
    ana = api.nueva()
    pedido = api.pedido(ana, api.un_sku())["id"]
    for estado in ("pagado", "enviado", "entregado", "reembolsado"):
        problema(
            api.pasar(pedido, estado, ana), 403, f"pasarlo a {estado} sin ser admin"
        )
    espera(api.pasar(pedido, "pagado", api.admin()), 200, al="pasarlo a pagado")
    problema(api.pasar(pedido, "cancelado", ana), 409, "cancelar lo pagado")


def lista(api: Api, quien: Persona, **filtros: Any) -> dict[str, Any]:
    """Una página de GET /pedidos."""
    respuesta = api.get("/pedidos", quien, **filtros)
    return dict(json_de(espera(respuesta, 200, al="listar los pedidos")))


def test_mis_pedidos(api: Api) -> None:
    """Los propios, del más nuevo al más viejo, en páginas que no repiten ni saltan."""
    ana, sku = api.nueva(), api.un_sku()
    pedidos = [api.pedido(ana, sku) for _ in range(4)]
    api.pedido(api.nueva(), sku)
    primera = lista(api, ana, limite=2)
    comprueba(
        primera["datos"] == pedidos[:1:-1] and primera["total"] == 4,
        f"Se esperaban los dos más nuevos de cuatro, y llegó {primera}",
    )
    api.pedido(ana, sku)
    segunda = lista(api, ana, limite=2, cursor=primera["siguiente"])
    comprueba(
        segunda["datos"] == pedidos[1::-1] and segunda["siguiente"] is None,
        f"Se esperaban los dos más viejos, y llegó {segunda}",
    )
    for malo in ({"limite": 0}, {"limite": 101}, {"cursor": "x"}, {"cursor": "9" * 40}):
        problema(api.get("/pedidos", ana, **malo), 422, f"listar con {malo}")


def test_una_compra_vacia_el_carrito_y_nada_mas(api: Api) -> None:
    """El carrito de los demás no se toca, y el propio vale para la siguiente."""
    ana, leo, sku = api.nueva(), api.nueva(), api.un_sku()
    api.anadir(leo, sku, 2)
    api.pedido(ana, sku)
    comprueba(len(api.carrito(leo)["lineas"]) == 1, "Se esperaba el de leo igual")
    api.anadir(ana, sku, 4)
    carrito = json_de(espera(api.get(MIO, ana), 200, al="ver el carrito"))
    cantidades = [linea["cantidad"] for linea in carrito["lineas"]]
    comprueba(cantidades == [4], f"Se esperaban cuatro unidades, y llegó {cantidades}")
