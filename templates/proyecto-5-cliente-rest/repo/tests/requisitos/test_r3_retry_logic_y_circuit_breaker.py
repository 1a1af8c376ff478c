# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Retry logic y circuit breaker."""

import contextlib
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest
from requisitos.api import CLAVE, Api, Contestacion, Peticion, Reloj

from cliente import (
    CircuitoAbierto,
    Cliente,
    ErrorDeCliente,
    ErrorDeRespuesta,
    SinConexion,
)

Hacer = Callable[..., Cliente]
MAL = Contestacion({}, 503)
BIEN = Contestacion({"bien": True})


@pytest.mark.parametrize("estado", [429, 500, 502, 503, 504])
def test_lo_pasajero_se_reintenta(api: Api, cliente: Hacer, estado: int) -> None:
    """Tras un fallo pasajero se repite, y quien llama no se entera."""
    api.en_serie(Contestacion({}, estado), Contestacion({}, estado), BIEN)
    respuesta = cliente(intentos=4).pedir("GET", "/x")
    assert respuesta.datos == {"bien": True}, f"Se esperaba la buena: {respuesta}"
    assert len(api.peticiones) == 3, f"Se esperaban 3 peticiones: {len(api.peticiones)}"


@pytest.mark.parametrize("estado", [400, 401, 403, 404, 409, 422, 501])
def test_lo_definitivo_no_se_reintenta(api: Api, cliente: Hacer, estado: int) -> None:
    """Un error que no va a cambiar se cuenta a la primera, con su código."""
    api.responde = lambda _: Contestacion({}, estado)
    with pytest.raises(ErrorDeRespuesta) as error:
        cliente().pedir("GET", "/x")
    assert error.value.estado == estado, f"Se esperaba {estado}: {error.value.estado}"
    assert len(api.peticiones) == 1, f"Se esperaba una petición: {len(api.peticiones)}"


def test_los_intentos_se_acaban(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """Con intentos=3 se pide tres veces, se espera dos, y llega el último error."""
    api.responde = lambda _: MAL
    with pytest.raises(ErrorDeRespuesta) as error:
        cliente(intentos=3).pedir("GET", "/x")
    assert error.value.estado == 503, f"Se esperaba 503: {error.value.estado}"
    assert len(api.peticiones) == 3, f"Se esperaban 3 peticiones: {len(api.peticiones)}"
    assert len(reloj.siestas) == 2, f"Se esperaban dos esperas: {reloj.siestas}"


@pytest.mark.parametrize("metodo", ["PUT", "DELETE", "HEAD"])
def test_los_metodos_idempotentes_se_repiten(
    api: Api, cliente: Hacer, metodo: str
) -> None:
    """Repetir un PUT, un DELETE o un HEAD es como hacerlo una vez (RFC 9110, 9.2.2)."""
    api.en_serie(MAL, BIEN)
    cliente().pedir(metodo, "/x")
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"


@pytest.mark.parametrize("metodo", ["POST", "PATCH"])
def test_un_post_no_se_repite(api: Api, cliente: Hacer, metodo: str) -> None:
    """Repetir un POST puede cobrar dos veces: solo con Idempotency-Key."""
    api.en_serie(MAL, BIEN)
    with pytest.raises(ErrorDeRespuesta):
        cliente().pedir(metodo, "/pagos", json={"euros": 10})
    assert len(api.peticiones) == 1, f"Se esperaba una petición: {len(api.peticiones)}"
    api.peticiones.clear()
    api.en_serie(MAL, BIEN)
    con = {"Idempotency-Key": "pago-1"}
    cliente().pedir(metodo, "/pagos", json={"euros": 10}, cabeceras=con)
    assert len(api.peticiones) == 2, "Con Idempotency-Key, se puede repetir"
    cuerpos = {peticion.cuerpo for peticion in api.peticiones}
    assert len(cuerpos) == 1, f"Las dos veces tenía que ir lo mismo: {cuerpos}"


def test_un_post_que_se_corta_tampoco_se_repite(api: Api, cliente: Hacer) -> None:
    """Si la conexión se corta, no se sabe si se cobró: SinConexion, y a mirarlo."""
    api.en_serie(Contestacion({}, cortada=True), BIEN)
    with pytest.raises(SinConexion):
        cliente().pedir("POST", "/pagos", json={"euros": 10})
    assert len(api.peticiones) == 1, f"Se esperaba una petición: {len(api.peticiones)}"


def test_las_esperas_crecen_y_varian(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """Cada espera va de la mitad al total de espera·2ⁿ, y no siempre es igual."""
    api.responde = lambda _: MAL
    uno = cliente(intentos=5, espera=0.1, fallos_seguidos=10**6)
    for _ in range(6):
        with pytest.raises(ErrorDeRespuesta):
            uno.pedir("GET", "/x")
    assert len(reloj.siestas) == 24, f"Se esperaban 24 esperas: {len(reloj.siestas)}"
    for lugar in range(4):
        esperas = reloj.siestas[lugar::4]
        techo = 0.1 * 2**lugar
        assert all(techo / 2 <= espera <= techo for espera in esperas), (
            f"La espera {lugar + 1} va de {techo / 2} a {techo}, y fue: {esperas}"
        )
        assert len(set(esperas)) > 1, f"Se esperaban esperas al azar: {esperas}"


@pytest.mark.parametrize("estado", [429, 503])
def test_retry_after_en_segundos(
    api: Api, cliente: Hacer, reloj: Reloj, estado: int
) -> None:
    """Si la API dice cuánto esperar, se espera al menos eso."""
    api.en_serie(Contestacion({}, estado, {"Retry-After": "7"}), BIEN)
    cliente(espera=0.1).pedir("GET", "/x")
    assert len(reloj.siestas) == 1 and 7 <= reloj.siestas[0] < 9, (
        f"Se esperaba una espera de 7 s: {reloj.siestas}"
    )


def test_retry_after_con_fecha(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """Retry-After también puede ser una fecha (RFC 9110, 10.2.3)."""
    cuando = formatdate(reloj.ahora + 12, usegmt=True)
    api.en_serie(Contestacion({}, 503, {"Retry-After": cuando}), BIEN)
    cliente(espera=0.1).pedir("GET", "/x")
    assert len(reloj.siestas) == 1 and 10 <= reloj.siestas[0] <= 13, (
        f"Se esperaba una espera de unos 12 s: {reloj.siestas}"
    )


@pytest.mark.parametrize(
    "raro",
    [
        "pronto",
        "-5",
        "",
        "0",
        "1e9999",
        "Mon, 99 Foo 2026",
        "Sun, 06 Nov 1994 08:49:37 GMT",
    ],
)
def test_un_retry_after_raro_no_estorba(
    api: Api, cliente: Hacer, reloj: Reloj, raro: str
) -> None:
    """Un Retry-After que no se entiende, o ya pasado, es como si no estuviera."""
    api.en_serie(Contestacion({}, 503, {"Retry-After": raro}), BIEN)
    assert cliente(espera=0.1).pedir("GET", "/x").estado == 200, (
        "Se esperaba que fuera bien"
    )
    assert len(reloj.siestas) == 1 and 0.05 <= reloj.siestas[0] <= 0.1, (
        f"Se esperaba la espera normal: {reloj.siestas}"
    )


def test_el_presupuesto_de_espera_no_se_pasa(
    api: Api, cliente: Hacer, reloj: Reloj
) -> None:
    """Si lo que falta por esperar no cabe en el presupuesto, se deja de insistir."""
    api.responde = lambda _: Contestacion({}, 503, {"Retry-After": "4"})
    with pytest.raises(ErrorDeRespuesta):
        cliente(intentos=10, espera=0.1, presupuesto=10).pedir("GET", "/x")
    assert len(api.peticiones) == 3, f"Se esperaban 3: {len(api.peticiones)}"
    assert sum(reloj.siestas) <= 10, f"Se esperó de más: {reloj.siestas}"


def test_una_conexion_que_se_corta_se_reintenta(api: Api, cliente: Hacer) -> None:
    """Una respuesta a medias es un fallo pasajero."""
    api.en_serie(Contestacion({"a": 1}, cortada=True), BIEN)
    assert cliente().pedir("GET", "/x").datos == {"bien": True}, "Se esperaba la buena"


def test_sin_nadie_al_otro_lado(reloj: Reloj) -> None:
    """Si no hay conexión, se insiste y al final es SinConexion."""
    with socket.socket() as nadie:
        nadie.bind(("127.0.0.1", 0))
        uno = Cliente(
            f"http://127.0.0.1:{nadie.getsockname()[1]}",
            clave=CLAVE,
            intentos=3,
            dormir=reloj.dormir,
            reloj=reloj,
        )
        with pytest.raises(SinConexion):
            uno.pedir("GET", "/x")
    assert len(reloj.siestas) == 2, f"Se esperaban dos esperas: {reloj.siestas}"


def test_una_api_que_no_contesta(api: Api, cliente: Hacer) -> None:
    """Pasado tiempo_limite se deja de esperar, y es SinConexion."""
    sigue = threading.Event()

    def colgada(_: Peticion) -> Contestacion:
        sigue.wait(5)
        return BIEN

    api.responde = colgada
    try:
        with pytest.raises(SinConexion):
            cliente(intentos=1, tiempo_limite=0.1).pedir("GET", "/x")
    finally:
        sigue.set()


def fallar(uno: Cliente, veces: int) -> None:
    """Hace que fallen tantas peticiones."""
    for _ in range(veces):
        with contextlib.suppress(ErrorDeCliente):
            uno.pedir("GET", "/x")


def test_el_circuito_se_abre(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """Tras tantos fallos seguidos, no se llama más a la API."""
    api.responde = lambda _: MAL
    uno = cliente(intentos=1, fallos_seguidos=3, descanso=60)
    fallar(uno, 3)
    assert len(api.peticiones) == 3, f"Se esperaban 3 peticiones: {len(api.peticiones)}"
    reloj.ahora += 59
    for _ in range(4):
        with pytest.raises(CircuitoAbierto):
            uno.pedir("GET", "/x")
    assert len(api.peticiones) == 3, "Con el circuito abierto no llega nada a la API"


def test_los_cortes_tambien_abren_el_circuito(
    api: Api, cliente: Hacer, reloj: Reloj
) -> None:
    """Una conexión que se corta cuenta como fallo, también en la petición de prueba."""
    api.responde = lambda _: Contestacion({}, cortada=True)
    uno = cliente(intentos=1, fallos_seguidos=2, descanso=30)
    fallar(uno, 2)
    for esperadas in (2, 3, 4):
        fallar(uno, 1 if esperadas > 2 else 0)
        for _ in range(2):
            with pytest.raises(CircuitoAbierto):
                uno.pedir("GET", "/x")
        assert len(api.peticiones) == esperadas, (
            f"Se esperaban {esperadas} peticiones: {len(api.peticiones)}"
        )
        reloj.ahora += 31
    api.responde = lambda _: BIEN
    assert uno.pedir("GET", "/x").estado == 200, "Se esperaba que se cerrara"


def test_cada_intento_cuenta(api: Api, cliente: Hacer) -> None:
    """También los reintentos de una sola petición abren el circuito, y ahí se para."""
    api.responde = lambda _: MAL
    with pytest.raises(CircuitoAbierto):
        cliente(intentos=10, fallos_seguidos=4).pedir("GET", "/x")
    assert len(api.peticiones) == 4, f"Se esperaban 4 peticiones: {len(api.peticiones)}"


def test_un_acierto_pone_la_cuenta_a_cero(api: Api, cliente: Hacer) -> None:
    """Los fallos tienen que ser seguidos; y un 404 es una API que responde."""
    uno = cliente(intentos=1, fallos_seguidos=3)
    api.en_serie(MAL, MAL, BIEN, MAL, MAL, Contestacion({}, 404), MAL, MAL, BIEN)
    fallar(uno, 8)
    assert uno.pedir("GET", "/x").estado == 200, "El circuito tenía que seguir cerrado"
    assert len(api.peticiones) == 9, f"Se esperaban 9 peticiones: {len(api.peticiones)}"


def test_despues_del_descanso_prueba_una_vez(
    api: Api, cliente: Hacer, reloj: Reloj
) -> None:
    """Medio abierto: si la prueba falla, se abre otra vez; si va bien, se cierra."""
    api.responde = lambda _: MAL
    uno = cliente(intentos=1, fallos_seguidos=2, descanso=30)
    fallar(uno, 2)
    reloj.ahora += 31
    fallar(uno, 3)
    assert len(api.peticiones) == 3, "Tras el descanso pasa una sola, y falla"
    reloj.ahora += 31
    api.en_serie(BIEN, MAL, BIEN)
    assert uno.pedir("GET", "/x").estado == 200, "Se esperaba que la prueba fuera bien"
    fallar(uno, 1)
    assert uno.pedir("GET", "/x").estado == 200, (
        "Si la prueba va bien, se cierra y cuenta desde cero: un fallo no lo abre"
    )
    assert len(api.peticiones) == 6, f"Se esperaban 6 peticiones: {len(api.peticiones)}"


def test_medio_abierto_deja_pasar_una_sola(
    api: Api, cliente: Hacer, reloj: Reloj
) -> None:
    """Si varios hilos llaman a la vez tras el descanso, solo uno prueba."""
    api.responde = lambda _: MAL
    uno = cliente(intentos=1, fallos_seguidos=1, descanso=30)
    fallar(uno, 1)
    reloj.ahora += 31
    decididos = threading.Barrier(4)

    def espera_a_los_demas() -> None:
        """Nadie acaba hasta que cada uno está en la API o se ha quedado fuera."""
        with contextlib.suppress(threading.BrokenBarrierError):
            decididos.wait(1)

    def lenta(_: Peticion) -> Contestacion:
        espera_a_los_demas()
        return BIEN

    api.responde = lenta

    def llama(_: int) -> str:
        try:
            uno.pedir("GET", "/x")
        except CircuitoAbierto:
            espera_a_los_demas()
            return "abierto"
        return "bien"

    with ThreadPoolExecutor(4) as hilos:
        visto = sorted(hilos.map(llama, range(4)))
    assert visto == ["abierto"] * 3 + ["bien"], f"Se esperaba uno que pasa: {visto}"
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"
