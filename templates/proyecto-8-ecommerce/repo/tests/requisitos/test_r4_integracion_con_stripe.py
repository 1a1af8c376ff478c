# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Integración con Stripe (mock). El Stripe de mentira está en motor/."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx2
import pytest
from motor.stripe_falso import TARJETA_SIN_FONDOS, StripeFalso
from requisitos.api import Api, Persona, comprueba, espera, json_de, problema

pytestmark = pytest.mark.aislada("stripe")


def empezar(api: Api, pedido: str, quien: Persona | None) -> httpx2.Response:
    """POST /pedidos/{pedido}/pago."""
    return api.post(f"/pedidos/{pedido}/pago", None, quien)


def intento_de(api: Api, pedido: str, quien: Persona) -> str:
    """El PaymentIntent de un pedido, después de pedirlo."""
    pago = json_de(espera(empezar(api, pedido, quien), 200, al="empezar a pagar"))
    comprueba(
        isinstance(pago.get("payment_intent"), str)
        and isinstance(pago.get("client_secret"), str),
        f"Se esperaba payment_intent y client_secret, y llegó {pago}",
    )
    return str(pago["payment_intent"])


def un_pedido(api: Api, *precios: str, **mas: Any) -> tuple[Persona, str]:
    """Alguien, y el número de un pedido suyo por pagar."""
    ana = api.persona()
    skus = api.skus(*precios) if precios else [api.un_sku()]
    return ana, str(api.pedido(ana, *skus, **mas)["id"])


def queda(api: Api, pedido: str, estado: str, que: str) -> None:
    """Falla si el pedido no está en ese estado."""
    llego = api.estado(pedido, api.admin())
    comprueba(llego == estado, f"Se esperaba {estado} {que}, y está {llego}")


def contestan(
    stripe: StripeFalso, evento: dict[str, Any], codigo: int, que: str
) -> None:
    """Entrega un aviso, y falla si no contestan ese código."""
    llego = stripe.avisos.entregar(evento)
    comprueba(
        llego == codigo,
        f"Se esperaba {codigo} al aviso {evento['type']} {que}, y llegó {llego}",
    )


def sin_devolver(stripe: StripeFalso, intento: str) -> None:
    """Falla si se ha devuelto ese pago."""
    hay = stripe.devoluciones(intento)
    comprueba(not hay, f"Se esperaba que no se devolviera nada, y se devolvió {hay}")


# --- el PaymentIntent ------------------------------------------------------------


def test_pagar_un_pedido(api: Api, stripe: StripeFalso) -> None:
    """El importe va en céntimos, en euros y con el pedido; al pagarlo, queda pagado."""
    ana, pedido = un_pedido(api, "19.99", "0.50", cantidad=3)
    total = json_de(api.get(f"/pedidos/{pedido}", ana))["total"]
    intento = intento_de(api, pedido, ana)
    creado = stripe.intentos()[0]
    llego = (creado["amount"], creado["currency"], creado["metadata"])
    esperado = (int(total.replace(".", "")), "eur", {"pedido": pedido})
    comprueba(llego == esperado, f"Se esperaba {esperado} en Stripe, y llegó {llego}")
    queda(api, pedido, "pendiente", "hasta que se pague")
    stripe.pagar(intento)
    stripe.avisos.esperar()
    queda(api, pedido, "pagado", "después de pagar")
    problema(empezar(api, pedido, ana), 409, "pagarlo otra vez")
    sin_devolver(stripe, intento)


def test_un_pedido_tiene_un_solo_pago(api: Api, stripe: StripeFalso) -> None:
    """Pedirlo diez veces a la vez, o al cabo de dos días, da el mismo PaymentIntent."""
    ana, pedido = un_pedido(api)
    respuestas = api.a_la_vez([partial(empezar, api, pedido, ana)] * 10)
    ids = {
        json_de(espera(una, 200, al="empezar a pagar a la vez"))["payment_intent"]
        for una in respuestas
    }
    stripe.adelantar(2 * 24 * 3600)  # Stripe ya ha olvidado las claves de entonces
    ids.add(intento_de(api, pedido, ana))
    comprueba(
        len(ids) == len(stripe.intentos()) == 1,
        f"Se esperaba uno solo, y llegó {ids}; en Stripe hay {len(stripe.intentos())}",
    )


def test_si_se_pierde_la_respuesta_no_hay_dos_pagos(
    api: Api, stripe: StripeFalso
) -> None:
    """Stripe lo creó y la respuesta se perdió: 503, y al repetirlo es el mismo."""
    ana, pedido = un_pedido(api)
    stripe.fallar(0, ruta="POST /v1/payment_intents", hecho=True)
    primera = empezar(api, pedido, ana)
    espera(primera, 200, 503, al="empezar a pagar si se pierde la respuesta")
    intento_de(api, pedido, ana)
    comprueba(
        len(stripe.intentos()) == 1,
        f"Se esperaba un solo PaymentIntent, y hay {len(stripe.intentos())}",
    )


def test_se_pierde_la_respuesta_y_pasan_dos_dias(api: Api, stripe: StripeFalso) -> None:
    """La clave ya no sirve, pero a Stripe se le puede preguntar qué cobros tiene."""
    ana, pedido = un_pedido(api)
    stripe.fallar(0, ruta="POST /v1/payment_intents", hecho=True)
    primera = empezar(api, pedido, ana)
    espera(primera, 200, 503, al="empezar a pagar si se pierde la respuesta")
    dos_dias = 2 * 24 * 3600
    stripe.adelantar(dos_dias)
    api.adelantar(dos_dias)
    llego = intento_de(api, pedido, ana)
    hay = [uno["id"] for uno in stripe.intentos()]
    comprueba(hay == [llego], f"Se esperaba solo {llego} en Stripe, y hay {hay}")


def test_se_paga_aunque_no_se_llegara_a_saber(api: Api, stripe: StripeFalso) -> None:
    """Si se perdió la respuesta y aun así se paga, el aviso basta: queda pagado."""
    ana, pedido = un_pedido(api)
    with stripe.averiado(0, "POST /v1/payment_intents", hecho=True):
        espera(empezar(api, pedido, ana), 503, al="empezar a pagar sin respuesta")
    [creado] = stripe.intentos()
    stripe.pagar(creado["id"])
    stripe.avisos.esperar()
    queda(api, pedido, "pagado", "después de pagar")


@pytest.mark.parametrize(("codigo", "sale"), [(402, 402), (429, 503), (500, 503)])
def test_si_stripe_falla_se_dice(
    api: Api, stripe: StripeFalso, codigo: int, sale: int
) -> None:
    """402 es 402; 429, 500 y el silencio, 503; y después se puede volver a intentar."""
    ana, pedido = un_pedido(api)
    with stripe.averiado(codigo):
        problema(
            empezar(api, pedido, ana), sale, f"empezar a pagar si Stripe da {codigo}"
        )
    queda(api, pedido, "pendiente", "si Stripe ha fallado")
    stripe.pagar(intento_de(api, pedido, ana))
    stripe.avisos.esperar()
    queda(api, pedido, "pagado", "después de pagar al segundo intento")


def test_si_stripe_no_contesta_se_dice(api: Api, stripe: StripeFalso) -> None:
    """Si Stripe cuelga, 503 sin enseñar nada de dentro; luego vuelve a funcionar."""
    ana, pedido = un_pedido(api)
    with stripe.averiado(0):
        respuesta = empezar(api, pedido, ana)
    problema(respuesta, 503, "empezar a pagar si Stripe cuelga")
    for secreto in (stripe.clave, "Traceback", "127.0.0.1"):
        comprueba(secreto not in respuesta.text, f"Se enseña de más: {respuesta.text}")
    intento_de(api, pedido, ana)


def test_lo_que_no_se_puede_pagar(api: Api, stripe: StripeFalso) -> None:
    """Un pedido ajeno o inventado es 404; uno cancelado, 409; sin token, 401."""
    ana, pedido = un_pedido(api)
    problema(empezar(api, pedido, None), 401, "pagar sin token")
    problema(empezar(api, pedido, api.persona("leo")), 404, "pagar un pedido ajeno")
    problema(empezar(api, "inventado", ana), 404, "pagar un pedido inventado")
    espera(api.pasar(pedido, "cancelado", ana), 200, al="cancelarlo (R3)")
    problema(empezar(api, pedido, ana), 409, "pagar un pedido cancelado")
    comprueba(not stripe.intentos(), "Se esperaba no haberle pedido nada a Stripe")


# --- los avisos ------------------------------------------------------------------


def test_solo_vale_lo_firmado(api: Api, stripe: StripeFalso) -> None:
    """Sin firma, con otra, de otro cuerpo o de hace tiempo: 400, y nada cambia."""
    ana, pedido = un_pedido(api)
    intento = intento_de(api, pedido, ana)
    with stripe.avisos.retenidos() as eventos:
        stripe.pagar(intento)
    [evento] = eventos
    avisos = stripe.avisos
    cuerpo = json.dumps(evento, ensure_ascii=False).encode()
    buena = avisos.firmar(cuerpo)
    ahora = int(time.time())
    sello = buena.split("v1=")[1]
    for que, firma in {
        "sin firma": "",
        "una firma cualquiera": f"t={ahora},v1={'0' * 64}",
        "con otro secreto": avisos.firmar(cuerpo, secreto="whsec_otro"),
        "de otro cuerpo": avisos.firmar(cuerpo + b" "),
        "de hace más de cinco minutos": avisos.firmar(cuerpo, ahora - 310),
        "con la hora cambiada": f"t={ahora + 1},v1={sello}",
        "que no es una firma": "hola",
        "de otra versión": buena.replace("v1=", "v0="),
    }.items():
        llego = avisos.entregar(evento, firma=firma)
        comprueba(llego == 400, f"Se esperaba 400 a un aviso {que}, y llegó {llego}")
        queda(api, pedido, "pendiente", f"tras un aviso {que}")
    hace_poco = avisos.firmar(cuerpo, ahora - 240)
    llego = avisos.entregar(evento, firma=hace_poco)
    comprueba(
        llego == 200, f"Se esperaba 200 si es de hace cuatro minutos, y llegó {llego}"
    )
    queda(api, pedido, "pagado", "tras un aviso bien firmado")


def test_lo_firmado_es_el_cuerpo_tal_como_llega(api: Api, stripe: StripeFalso) -> None:
    """La firma es de los bytes que llegan, también con letras de fuera del ASCII."""
    ana, pedido = un_pedido(api)
    intento = intento_de(api, pedido, ana)
    with stripe.avisos.retenidos() as eventos:
        stripe.pagar(intento)
    evento = eventos[0]
    evento["data"]["object"]["description"] = "Ñandú  — 🦤"
    contestan(stripe, evento, 200, "con letras raras")
    queda(api, pedido, "pagado", "tras un aviso con letras raras")


def test_un_aviso_repetido_no_hace_nada(api: Api, stripe: StripeFalso) -> None:
    """Cinco veces a la vez y tres más después, y aun otra al final: se atiende una."""
    ana, pedido = un_pedido(api)
    intento = intento_de(api, pedido, ana)
    with stripe.avisos.retenidos() as eventos:
        stripe.pagar(intento)
    respuestas = a_la_vez(stripe, eventos[0], 5)
    respuestas += [stripe.avisos.entregar(eventos[0]) for _ in range(3)]
    comprueba(
        set(respuestas) == {200}, f"Se esperaba 200 a cada repetición, y {respuestas}"
    )
    queda(api, pedido, "pagado", "tras un aviso repetido")
    for estado in ("enviado", "entregado"):
        cambio = api.pasar(pedido, estado, api.admin())
        espera(cambio, 200, al=f"pasarlo a {estado} (R3)")
    contestan(stripe, eventos[0], 200, "repetido más tarde")
    queda(api, pedido, "entregado", "tras repetir un aviso viejo")
    sin_devolver(stripe, intento)


def a_la_vez(stripe: StripeFalso, evento: dict[str, Any], veces: int) -> list[int]:
    """Entrega el mismo aviso varias veces a la vez."""
    with ThreadPoolExecutor(veces) as hilos:
        return list(hilos.map(lambda _: stripe.avisos.entregar(evento), range(veces)))


def test_los_avisos_llegan_en_cualquier_orden(api: Api, stripe: StripeFalso) -> None:
    """Falla una tarjeta y vale la segunda, contado al revés: el pedido está pagado."""
    for orden in (1, -1):
        ana, pedido = un_pedido(api)
        intento = intento_de(api, pedido, ana)
        with stripe.avisos.retenidos() as eventos:
            stripe.pagar(intento, TARJETA_SIN_FONDOS)
            stripe.pagar(intento)
        tipos = [evento["type"] for evento in eventos]
        for evento in eventos[::orden]:
            contestan(stripe, evento, 200, f"en el orden {tipos[::orden]}")
        queda(api, pedido, "pagado", f"con los avisos en el orden {tipos[::orden]}")


def test_una_tarjeta_sin_fondos_no_paga(api: Api, stripe: StripeFalso) -> None:
    """El pedido sigue pendiente, y se puede probar con otra tarjeta."""
    ana, pedido = un_pedido(api)
    intento = intento_de(api, pedido, ana)
    stripe.pagar(intento, TARJETA_SIN_FONDOS)
    stripe.avisos.esperar()
    queda(api, pedido, "pendiente", "con una tarjeta sin fondos")
    comprueba(
        intento_de(api, pedido, ana) == intento, "Se esperaba el mismo PaymentIntent"
    )
    stripe.pagar(intento)
    stripe.avisos.esperar()
    queda(api, pedido, "pagado", "con otra tarjeta")


def test_lo_que_no_es_de_un_pedido_se_deja_pasar(api: Api, stripe: StripeFalso) -> None:
    """Avisos de otras cosas, o de pagos que no son de la tienda: 200, y nada cambia."""
    ana, pedido = un_pedido(api)
    intento = intento_de(api, pedido, ana)
    cobro = dict(stripe.intentos()[0]) | {"status": "succeeded"}
    ajeno = cobro | {"id": "pi_ajeno"}
    for tipo, objeto, que in (
        ("customer.created", {"id": "cus_1", "object": "customer"}, "de otra cosa"),
        ("inventado.del.todo", {}, "de un tipo que no existe"),
        ("payment_intent.succeeded", ajeno | {"metadata": {}}, "sin pedido"),
        (
            "payment_intent.succeeded",
            ajeno | {"metadata": {"pedido": "otro"}},
            "de un pedido que no existe",
        ),
        ("payment_intent.processing", cobro, "de un pago sin acabar"),
    ):
        with stripe.avisos.retenidos():
            evento = stripe.avisos.emitir(tipo, objeto)
        contestan(stripe, evento, 200, que)
        queda(api, pedido, "pendiente", f"tras un aviso {que}")
    sin_devolver(stripe, intento)


def test_lo_cobrado_tiene_que_ser_el_total(api: Api, stripe: StripeFalso) -> None:
    """Un cobro de menos, o en otra moneda, no da el pedido por pagado."""
    ana, pedido = un_pedido(api)
    intento_de(api, pedido, ana)
    cobro = dict(stripe.intentos()[0]) | {"status": "succeeded"}
    entero = {"amount_received": cobro["amount"]}
    for cambio in (
        {"amount_received": cobro["amount"] - 1},
        {"amount_received": 0},
        entero | {"currency": "jpy"},
    ):
        with stripe.avisos.retenidos():
            evento = stripe.avisos.emitir("payment_intent.succeeded", cobro | cambio)
        contestan(stripe, evento, 200, f"con {cambio}")
        queda(api, pedido, "pendiente", f"tras cobrarse {cambio}")


# --- ningún pago se pierde -------------------------------------------------------


def pagado_tarde(api: Api, stripe: StripeFalso) -> tuple[str, str, dict[str, Any]]:
    """Un pedido que se canceló mientras se pagaba: él, el pago, y el aviso."""
    ana, pedido = un_pedido(api)
    intento = intento_de(api, pedido, ana)
    with stripe.avisos.retenidos() as eventos:
        stripe.pagar(intento)
    espera(api.pasar(pedido, "cancelado", ana), 200, al="cancelarlo (R3)")
    return pedido, intento, eventos[0]


def test_un_pago_que_llega_tarde_se_devuelve(api: Api, stripe: StripeFalso) -> None:
    """Si el pedido ya estaba cancelado, se devuelve entero, una vez: reembolsado."""
    pedido, intento, evento = pagado_tarde(api, stripe)
    for _ in range(2):
        contestan(stripe, evento, 200, "de un pedido cancelado")
    queda(api, pedido, "reembolsado", "tras pagarse cancelado")
    importes = [uno["amount"] for uno in stripe.devoluciones(intento)]
    esperado = [stripe.todo["payment_intents"][intento]["amount"]]
    comprueba(
        importes == esperado,
        f"Se esperaba devolver {esperado}, y se devolvió {importes}",
    )


def test_si_no_se_puede_devolver_se_reintenta(api: Api, stripe: StripeFalso) -> None:
    """Si la devolución falla, el aviso no se da por bueno, y al repetirse se hace."""
    pedido, intento, evento = pagado_tarde(api, stripe)
    with stripe.averiado(500, "refunds"):
        codigo = stripe.avisos.entregar(evento)
    comprueba(
        codigo >= 500,
        f"Se esperaba un 5xx si no se ha podido devolver, y llegó {codigo}",
    )
    stripe.fallar(0, ruta="refunds", hecho=True)  # se devuelve, y no se llega a saber
    stripe.avisos.entregar(evento)
    contestan(stripe, evento, 200, "a la tercera")
    queda(api, pedido, "reembolsado", "tras devolverlo por fin")
    cuantas = len(stripe.devoluciones(intento))
    comprueba(cuantas == 1, f"Se esperaba una devolución, y hay {cuantas}")


def test_stripe_insiste_hasta_que_se_le_contesta(api: Api, stripe: StripeFalso) -> None:
    """Un aviso al que no se contestó bien llega otra vez al cabo de un minuto."""
    pedido, intento, evento = pagado_tarde(api, stripe)
    with stripe.averiado(429, "refunds"):
        stripe.avisos.encolar(evento)
        stripe.avisos.esperar()
    stripe.adelantar(30)
    queda(api, pedido, "cancelado", "si Stripe aún no ha repetido el aviso")
    stripe.adelantar(31)
    queda(api, pedido, "reembolsado", "cuando Stripe ha repetido el aviso")
    sobran = stripe.devoluciones(intento)[1:]
    comprueba(not sobran, f"Se esperaba una devolución, y sobran {sobran}")


def test_cincuenta_para_los_diez_ultimos_pagan(api: Api, stripe: StripeFalso) -> None:
    """Ni una venta de más ni un pago perdido, con avisos dobles y revueltos."""
    sku = api.skus("3.30", quedan=10)[0]
    gente = api.personas(50)
    respuestas = api.compra_masiva(sku, gente)
    ventas = [
        (quien, json_de(respuesta)["id"])
        for quien, respuesta in zip(gente, respuestas, strict=True)
        if respuesta.status_code == 201
    ]
    comprueba(len(ventas) == 10, f"Se esperaban diez ventas, y hay {len(ventas)}")
    arrepentidos = ventas[:3]
    with stripe.avisos.retenidos() as eventos:
        for quien, pedido in ventas:
            stripe.pagar(intento_de(api, pedido, quien))
    cancelar = [
        partial(api.pasar, pedido, "cancelado", quien) for quien, pedido in arrepentidos
    ]
    avisar = [
        partial(entregado, stripe, evento) for evento in [*eventos[::-1], *eventos]
    ]
    api.a_la_vez([*cancelar, *avisar])
    for evento in eventos:
        contestan(stripe, evento, 200, "otra vez, por si acaso")
    estados = {pedido: api.estado(pedido, quien) for quien, pedido in ventas}
    devueltos = {
        pedido for pedido in estados if stripe.devoluciones(cobro_de(stripe, pedido))
    }
    for pedido, estado in estados.items():
        esperado = "reembolsado" if pedido in devueltos else "pagado"
        comprueba(
            estado == esperado,
            f"Se esperaba {esperado} un pedido cobrado, y está {estado}",
        )
    comprueba(
        len(stripe.devoluciones()) == len(devueltos) <= 3,
        f"Se esperaba una devolución por cada cancelado: {stripe.devoluciones()}",
    )
    llego = api.quedan(sku)
    comprueba(
        llego == len(devueltos),
        f"Se esperaba que quedaran las {len(devueltos)} canceladas, y quedan {llego}",
    )


def entregado(stripe: StripeFalso, evento: dict[str, Any]) -> httpx2.Response:
    """Entrega un aviso, y da algo que parece una respuesta."""
    codigo = stripe.avisos.entregar(evento)
    return httpx2.Response(codigo or 599)


def cobro_de(stripe: StripeFalso, pedido: str) -> str:
    """El PaymentIntent de un pedido, según Stripe."""
    return str(stripe.intentos(pedido=pedido)[0]["id"])
