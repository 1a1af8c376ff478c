# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R5 · WebSockets para notificaciones."""

import time
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from motor.stripe_falso import StripeFalso
from requisitos.api import Api, Persona, comprueba, espera, json_de
from requisitos.oyente import SILENCIO, Oyente, escuchar


def historia(avisos: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """De cada aviso, el pedido y el estado."""
    return [(aviso["pedido"], aviso["estado"]) for aviso in avisos]


def cuenta(avisos: list[dict[str, Any]], esperado: list[tuple[str, str]]) -> None:
    """Falla si los avisos no cuentan eso, en ese orden."""
    llego = historia(avisos)
    comprueba(llego == esperado, f"Se esperaban los avisos {esperado}, y llegó {llego}")


def seguidos(avisos: list[dict[str, Any]], desde: int) -> None:
    """Falla si los números no van de uno en uno a partir de ese."""
    numeros = [aviso["numero"] for aviso in avisos]
    esperado = list(range(desde, desde + len(avisos)))
    comprueba(numeros == esperado, f"Se esperaban los números {esperado}, y {numeros}")


def avanza(api: Api, pedido: str, *estados: str) -> None:
    """Un admin lo pasa por esos estados."""
    for estado in estados:
        cambio = api.pasar(pedido, estado, api.admin())
        espera(cambio, 200, al=f"pasarlo a {estado} (R3)")


def compra(api: Api, quien: Persona) -> str:
    """Un pedido nuevo, y su número."""
    return str(api.pedido(quien, api.un_sku(), necesita="R5 necesita R3")["id"])


def test_cada_paso_se_cuenta(api: Api) -> None:
    """Comprar, pagar, enviar y entregar: un aviso de cada, en orden y numerado."""
    ana = api.nueva()
    with escuchar(api.servicio, ana, desde=0) as oye:
        pedido = compra(api, ana)
        primero = oye.aviso()  # llega sin que pase nada más
        avanza(api, pedido, "pagado", "enviado", "entregado")
        avisos = [primero, *oye.avisos(3)]
        oye.calla("después del último")
    pasos = ("pendiente", "pagado", "enviado", "entregado")
    cuenta(avisos, [(pedido, estado) for estado in pasos])
    seguidos(avisos, 1)
    momento = datetime.fromisoformat(str(avisos[0]["momento"]))
    comprueba(momento.tzinfo is not None, f"Se esperaba momento con zona: {momento}")


@pytest.mark.aislada("stripe")
def test_lo_que_hace_stripe_se_cuenta(api: Api, stripe: StripeFalso) -> None:
    """Lo pagado por Stripe, y lo que se devuelve: un aviso de cada (necesita R4)."""
    ana = api.nueva()
    with escuchar(api.servicio, ana, desde=0) as oye:
        uno, otro = compra(api, ana), compra(api, ana)
        with stripe.avisos.retenidos() as eventos:
            for pedido in (uno, otro):
                pago = espera(
                    api.post(f"/pedidos/{pedido}/pago", None, ana), 200, al="pagar (R4)"
                )
                stripe.pagar(json_de(pago)["payment_intent"])
        cobros = [este for este in eventos if este["type"].endswith(".succeeded")]
        stripe.avisos.entregar(cobros[0])
        espera(api.pasar(otro, "cancelado", ana), 200, al="cancelarlo (R3)")
        stripe.avisos.entregar(cobros[1])
        avisos = oye.avisos(5)
        oye.calla("después del último")
    primero = [(uno, "pendiente"), (otro, "pendiente"), (uno, "pagado")]
    cuenta(avisos, [*primero, (otro, "cancelado"), (otro, "reembolsado")])
    seguidos(avisos, 1)


def test_sin_desde_solo_lo_nuevo(api: Api) -> None:
    """Quien no dice desde dónde recibe lo que pase a partir de ahora."""
    ana = api.nueva()
    viejo = compra(api, ana)
    with escuchar(api.servicio, ana) as oye:
        oye.calla("si no pasa nada")
        nuevo = compra(api, ana)
        avisos = [oye.aviso()]
        cancelar = api.pasar(viejo, "cancelado", ana)
        espera(cancelar, 200, al="cancelar un pedido (R3)")
        avisos.append(oye.aviso())
    cuenta(avisos, [(nuevo, "pendiente"), (viejo, "cancelado")])
    seguidos(avisos, 2)


def test_solo_lo_propio(api: Api) -> None:
    """Cada cual recibe lo suyo, y nada de los demás; tampoco un admin."""
    ana, leo = api.nueva(), api.nueva()
    with (
        escuchar(api.servicio, ana, desde=0) as oye_ana,
        escuchar(api.servicio, leo, desde=0) as oye_leo,
        escuchar(api.servicio, api.admin()) as oye_jefa,
    ):
        de_ana, de_leo = compra(api, ana), compra(api, leo)
        avanza(api, de_ana, "pagado")
        cuenta(oye_ana.avisos(2), [(de_ana, "pendiente"), (de_ana, "pagado")])
        cuenta(oye_leo.avisos(1), [(de_leo, "pendiente")])
        time.sleep(SILENCIO)
        for oye in (oye_ana, oye_leo, oye_jefa):
            oye.calla("con lo que les pasa a los demás", 0.02)


def test_en_dos_ventanas(api: Api) -> None:
    """Quien tiene dos conexiones recibe lo mismo en las dos."""
    ana = api.nueva()
    with escuchar(api.servicio, ana) as una, escuchar(api.servicio, ana) as otra:
        una.calla("al principio")
        pedido = compra(api, ana)
        for oye in (una, otra):
            cuenta([oye.aviso()], [(pedido, "pendiente")])


def test_lo_que_se_perdio(api: Api) -> None:
    """Al volver con el último número se recibe lo perdido, en orden y sin repetir."""
    ana = api.nueva()
    with escuchar(api.servicio, ana, desde=0) as oye:
        pedido = compra(api, ana)
        ultimo = oye.aviso()["numero"]
        oye.cortar()
    avanza(api, pedido, "pagado", "enviado")
    otro = compra(api, ana)
    with escuchar(api.servicio, ana, desde=ultimo) as oye:
        perdidos = oye.avisos(3)
        avanza(api, pedido, "entregado")
        perdidos.append(oye.aviso())
        oye.calla("después del último")
    cuenta(
        perdidos,
        [
            (pedido, "pagado"),
            (pedido, "enviado"),
            (otro, "pendiente"),
            (pedido, "entregado"),
        ],
    )
    seguidos(perdidos, ultimo + 1)
    with escuchar(api.servicio, ana, desde=0) as oye:
        todos = oye.avisos(5)
    comprueba(
        todos[1:] == perdidos, f"Se esperaban los mismos avisos, y llegó {todos[1:]}"
    )


def test_cortes_en_mitad_de_todo(api: Api) -> None:
    """Con cambios a la vez y cortes entre medias no se pierde ni se repite ninguno."""
    ana, jefa = api.nueva(), api.admin()
    pedidos = [compra(api, ana) for _ in range(12)]
    oidos: list[dict[str, Any]] = []
    for tanda in (pedidos[:6], pedidos[6:]):
        desde = oidos[-1]["numero"] if oidos else 0
        with escuchar(api.servicio, ana, desde=desde) as oye:
            api.a_la_vez([partial(api.pasar, uno, "pagado", jefa) for uno in tanda])
            oidos += oye.avisos(5)
            oye.cortar()
    desde = oidos[-1]["numero"]
    with escuchar(api.servicio, ana, desde=desde) as oye:
        oidos += oye.avisos(24 - len(oidos))
        oye.calla("cuando ya se ha contado todo")
    seguidos(oidos, 1)
    llego = sorted(historia(oidos))
    esperado = sorted((uno, x) for uno in pedidos for x in ("pendiente", "pagado"))
    comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {llego}")


@pytest.mark.aislada("reinicia")
def test_sobreviven_a_un_reinicio(api: Api) -> None:
    """Lo que se perdió sigue ahí aunque el programa se haya reiniciado."""
    ana = api.nueva()
    pedido = compra(api, ana)
    api.servicio.reiniciar()
    avanza(api, pedido, "pagado")
    with escuchar(api.servicio, ana, desde=0) as oye:
        cuenta(oye.avisos(2), [(pedido, "pendiente"), (pedido, "pagado")])


@pytest.mark.aislada("otro")
def test_con_dos_procesos(api: Api) -> None:
    """Da igual qué proceso atendió la compra: quien escucha en otro se entera."""
    ana = api.nueva()
    otro = api.servicio.otro()
    with escuchar(otro, ana) as oye:
        oye.calla("antes de comprar")
        pedido = compra(api, ana)
        cuenta([oye.aviso()], [(pedido, "pendiente")])
        avanza(api, pedido, "pagado")
        cuenta([oye.aviso()], [(pedido, "pagado")])


def test_lo_que_no_pasa_no_se_cuenta(api: Api) -> None:
    """Una compra que es 409, o repetida con su clave, no da ningún aviso."""
    ana, sku = api.nueva(), api.skus("1.00", quedan=1)[0]
    with escuchar(api.servicio, ana, desde=0) as oye:
        total = api.llenar(ana, sku, cantidad=2)
        espera(api.comprar(ana, total), 409, al="comprar dos de lo que queda uno (R3)")
        total = api.llenar(ana, sku)
        for _ in range(2):
            comprado = api.comprar(ana, total, "una-sola-vez")
            espera(comprado, 201, al="comprar con la misma clave (R3)")
        avisos = [oye.aviso()]
        pedido = avisos[0]["pedido"]
        espera(api.pasar(pedido, "enviado", api.admin()), 409, al="enviar lo pendiente")
        oye.calla("por lo que no ha pasado")
    cuenta(avisos, [(pedido, "pendiente")])
    seguidos(avisos, 1)


@pytest.mark.parametrize("token", ["", "hola", "a.b.c", "nulo\x00"])
def test_sin_identificarse_no_se_oye_nada(api: Api, token: str) -> None:
    """Con un token que no vale, se cierra con 4401 sin contar nada."""
    with Oyente(api.servicio, {"token": token, "desde": 0}) as oye:
        codigo = oye.cierre()
        comprueba(codigo == 4401, f"Se esperaba que cerrara con 4401, y llegó {codigo}")


def test_un_token_retocado(api: Api) -> None:
    """Un token bueno al que se le cambia una letra también es 4401."""
    token = api.persona().token
    malo = token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:]
    with Oyente(api.servicio, {"token": malo, "desde": 0}) as oye:
        codigo = oye.cierre()
        comprueba(codigo == 4401, f"Se esperaba que cerrara con 4401, y llegó {codigo}")


@pytest.mark.parametrize(
    "saludo",
    [
        "esto no es JSON",
        "[]",
        '"texto"',
        "{}",
        {"desde": 0},
        {"token": 7},
        {"token": None},
        {"desde": -1},
        {"desde": "0"},
        {"desde": 1.5},
        {"desde": True},
        {"usuario": 1},
    ],
    ids=str,
)
def test_saludos_que_no_valen(api: Api, saludo: Any) -> None:
    """Lo primero tiene que ser un saludo como dice el contrato; si no, 4400."""
    if isinstance(saludo, dict) and saludo and "token" not in saludo:
        con_token = {} if saludo == {"desde": 0} else {"token": api.persona().token}
        saludo = con_token | saludo
    with Oyente(api.servicio, saludo) as oye:
        codigo = oye.cierre()
        comprueba(codigo == 4400, f"Se esperaba que cerrara con 4400, y llegó {codigo}")


def test_un_desde_que_no_cabe_en_la_base(api: Api) -> None:
    """Detrás de un número enorme no hay nada; cerrar con 4400 vale, y romperse no."""
    with Oyente(api.servicio, {"token": api.persona().token, "desde": 10**30}) as oye:
        codigo = oye.cierre_o_silencio()
        comprueba(
            codigo in (None, 4400),
            f"Se esperaba silencio, o que cerrara con 4400, y llegó {codigo}",
        )
