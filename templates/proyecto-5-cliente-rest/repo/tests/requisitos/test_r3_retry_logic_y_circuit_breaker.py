# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Retry logic y circuit breaker."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import formatdate

import httpx2
import pytest
from requisitos.api import CLAVE, Api, Contestacion, Peticion, Reloj

from cliente import (
    CircuitoAbierto,
    Cliente,
    ErrorDeCliente,
    ErrorDeRespuesta,
    SinConexion,
)

pytestmark = pytest.mark.en_proceso
Hacer = Callable[..., Cliente]
MAL = Contestacion({}, 503)
BIEN = Contestacion({"bien": True})
RFC_850 = "%A, %d-%b-%y %H:%M:%S GMT"


@pytest.mark.parametrize("estado", [429, 500, 502, 503, 504])
def test_lo_pasajero_se_reintenta(api: Api, cliente: Hacer, estado: int) -> None:
    """Tras un fallo pasajero se repite, y quien llama no se entera."""
    api.en_serie(Contestacion({}, estado), Contestacion({}, estado), BIEN)
    respuesta = cliente(intentos=4).pedir("GET", "/x")
    assert respuesta.datos == {"bien": True}, f"Se esperaba la buena: {respuesta}"
    assert len(api.peticiones) == 3, f"Se esperaban 3 peticiones: {len(api.peticiones)}"


@pytest.mark.parametrize("estado", [400, 401, 403, 404, 408, 409, 422, 425, 501, 505])
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


def test_lo_que_llega_es_el_ultimo_fallo(api: Api, cliente: Hacer) -> None:
    """El error es el del último intento: su código, o SinConexion si se cortó."""
    corte = Contestacion({}, cortada=True)
    for ultima, esperado in ((429, 429), (504, 504), (None, None)):
        api.otra_vez()
        peor = corte if ultima is None else Contestacion({}, ultima)
        api.en_serie(MAL, corte, Contestacion({}, 500), peor)
        clase = SinConexion if ultima is None else ErrorDeRespuesta
        with pytest.raises(clase) as error:
            cliente(intentos=4).pedir("GET", "/x")
        estado = getattr(error.value, "estado", None)
        assert estado == esperado, f"Se esperaba {esperado}, y llegó {estado}"
        assert len(api.peticiones) == 4, f"Se esperaban 4: {len(api.peticiones)}"


@pytest.mark.parametrize(
    "metodo", ["PUT", "DELETE", "HEAD", "OPTIONS", "get", "put", "Delete"]
)
def test_los_metodos_idempotentes_se_repiten(
    api: Api, cliente: Hacer, metodo: str
) -> None:
    """Repetir un PUT, un DELETE o un HEAD es como hacerlo una vez (RFC 9110, 9.2.2)."""
    corte = Contestacion({}, cortada=metodo != "HEAD", estado=503)
    api.en_serie(MAL, corte, BIEN)
    cuerpo = {"euros": 10} if metodo.upper() == "PUT" else None
    cliente().pedir(metodo, "/x", json=cuerpo, parametros={"a": "1"})
    visto = [(p.metodo, p.ruta, p.parametros, p.cuerpo) for p in api.peticiones]
    assert len(visto) == 3, f"Se esperaban 3 peticiones: {visto}"
    assert visto == [(metodo.upper(), "/x", {"a": "1"}, visto[0][3])] * 3, (
        f"Se esperaba lo mismo las tres veces: {visto}"
    )
    assert bool(visto[0][3]) == bool(cuerpo), f"Se esperaba {cuerpo}: {visto[0]}"


@pytest.mark.parametrize("metodo", ["POST", "PATCH"])
def test_un_post_no_se_repite(api: Api, cliente: Hacer, metodo: str) -> None:
    """Repetir un POST puede cobrar dos veces: solo con Idempotency-Key."""
    api.en_serie(MAL, BIEN)
    with pytest.raises(ErrorDeRespuesta):
        cliente().pedir(metodo, "/pagos", json={"euros": 10})
    assert len(api.peticiones) == 1, f"Se esperaba una petición: {len(api.peticiones)}"
    api.peticiones.clear()
    api.en_serie(MAL, BIEN)
    for nombre in ("Idempotency-Key", "idempotency-key"):
        api.otra_vez()
        api.en_serie(MAL, Contestacion({}, cortada=True), BIEN)
        con = {nombre: "pago-1"}
        cliente().pedir(metodo.lower(), "/pagos", json={"euros": 10}, cabeceras=con)
        assert len(api.peticiones) == 3, f"Con {nombre}, se puede repetir"
        enviado = {
            (p.metodo, p.cuerpo, p.cabeceras.get("idempotency-key"))
            for p in api.peticiones
        }
        assert len(enviado) == 1, f"Las tres veces tenía que ir lo mismo: {enviado}"


def test_un_post_que_se_corta_tampoco_se_repite(api: Api, cliente: Hacer) -> None:
    """Si la conexión se corta, no se sabe si se cobró: SinConexion, y a mirarlo."""
    api.en_serie(Contestacion({}, cortada=True), BIEN)
    with pytest.raises(SinConexion):
        cliente().pedir("POST", "/pagos", json={"euros": 10})
    assert len(api.peticiones) == 1, f"Se esperaba una petición: {len(api.peticiones)}"


def test_las_esperas_crecen_y_varian(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """La espera n va de la mitad al total de espera·2ⁿ⁻¹, y no siempre es igual."""
    api.responde = lambda _: MAL
    uno = cliente(intentos=5, espera=0.1, fallos_seguidos=10**6)
    for _ in range(10):
        with pytest.raises(ErrorDeRespuesta):
            uno.pedir("GET", "/x")
    assert len(reloj.siestas) == 40, f"Se esperaban 40 esperas: {len(reloj.siestas)}"
    for lugar in range(4):
        esperas = reloj.siestas[lugar::4]
        techo = 0.1 * 2**lugar
        assert all(techo / 2 <= espera <= techo for espera in esperas), (
            f"La espera {lugar + 1} va de {techo / 2} a {techo}, y fue: {esperas}"
        )
        assert len(set(esperas)) > 1, f"Se esperaban esperas al azar: {esperas}"
    partes = [espera / (0.1 * 2 ** (n % 4)) for n, espera in enumerate(reloj.siestas)]
    assert min(partes) < 0.7 and max(partes) > 0.8, (
        f"Se esperaba de la mitad al total, y fue de {min(partes)} a {max(partes)}"
    )


def test_la_espera_se_puede_cambiar(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """Sin decir nada, la primera espera es de 0,25 a 0,5 s; con espera=0, nada."""
    api.en_serie(MAL, BIEN)
    cliente().pedir("GET", "/x")
    assert len(reloj.siestas) == 1 and 0.25 <= reloj.siestas[0] <= 0.5, (
        f"Se esperaba de 0,25 a 0,5 s: {reloj.siestas}"
    )
    api.responde = lambda _: MAL
    with pytest.raises(ErrorDeRespuesta):
        cliente(espera=0).pedir("GET", "/x")
    assert len(api.peticiones) == 6, f"Se esperaban 4 más: {len(api.peticiones)}"
    assert sum(reloj.siestas[1:]) == 0, f"Se esperaba no esperar: {reloj.siestas}"


@pytest.mark.parametrize("estado", [429, 500, 503, 504])
def test_retry_after_en_segundos(
    api: Api, cliente: Hacer, reloj: Reloj, estado: int
) -> None:
    """Si la API dice cuánto esperar, se espera al menos eso."""
    api.en_serie(Contestacion({}, estado, {"Retry-After": "7"}), MAL, BIEN)
    cliente(espera=0.1).pedir("GET", "/x")
    assert len(reloj.siestas) == 2 and 7 <= reloj.siestas[0] < 7.01, (
        f"Se esperaba una espera de 7 s: {reloj.siestas}"
    )
    assert reloj.siestas[1] <= 0.2, f"Después, la de siempre: {reloj.siestas}"


@pytest.mark.parametrize("pide", [0, 1, 2, 3])
def test_retry_after_no_acorta_la_espera_ni_se_suma(
    api: Api, cliente: Hacer, reloj: Reloj, pide: int
) -> None:
    """Se espera lo mayor de las dos cosas: lo propio, o lo que pide la API."""
    for cuanto in (str(pide), formatdate(reloj.ahora + pide, usegmt=True)):
        for _ in range(6):
            api.en_serie(Contestacion({}, 503, {"Retry-After": cuanto}), BIEN)
            ahora = reloj.ahora
            cliente(espera=4).pedir("GET", "/x")
            reloj.ahora = ahora
    assert len(reloj.siestas) == 12, f"Se esperaban 12 esperas: {reloj.siestas}"
    minimo = max(2, pide)
    assert all(minimo <= espera <= 4 for espera in reloj.siestas), (
        f"Se esperaba de {minimo} a 4 s: {reloj.siestas}"
    )


@pytest.fixture
def otro_huso(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Un ordenador que está en Bogotá (donde se puede cambiar de huso sin más)."""
    mirar_el_huso = getattr(time, "tzset", lambda: None)
    with monkeypatch.context() as cambios:
        cambios.setenv("TZ", "BOG+5")
        mirar_el_huso()
        yield
    mirar_el_huso()


@pytest.mark.usefixtures("otro_huso")
@pytest.mark.parametrize("forma", ["de siempre", "de antes", "de C"])
def test_retry_after_con_fecha(
    api: Api, cliente: Hacer, reloj: Reloj, forma: str
) -> None:
    """Retry-After también puede ser una fecha, y siempre es UTC (RFC 9110, 5.6.7)."""
    cuando = formatdate(reloj.ahora + 12, usegmt=True)
    if forma == "de C":
        cuando = time.asctime(time.gmtime(reloj.ahora + 12))
    if forma == "de antes":
        cuando = f"{datetime.fromtimestamp(reloj.ahora + 12, UTC):{RFC_850}}"
    api.en_serie(Contestacion({}, 503, {"Retry-After": cuando}), BIEN)
    cliente(espera=0.1).pedir("GET", "/x")
    assert len(reloj.siestas) == 1 and 11 <= reloj.siestas[0] <= 13, (
        f"Con {cuando!r} se esperaba una espera de unos 12 s: {reloj.siestas}"
    )


@pytest.mark.parametrize(
    "raro",
    [
        "pronto",
        "-5",
        "",
        "0",
        "1e9999",
        "1.5",
        "+5",
        "7 s",
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


@pytest.mark.parametrize(
    ("presupuesto", "pide", "esperas"),
    [
        (10, "5", [5, 5]),
        (9.9, "5", [5]),
        (5, "5", [5]),
        (4.9, "5", []),
        (30, "9" * 40, []),
        (30, "9" * 5000, []),
        (30, "Fri, 31 Dec 9999 23:59:59 GMT", []),
        (None, "30", [30]),
        (None, "31", []),
    ],
)
def test_el_presupuesto_de_espera_no_se_pasa(
    api: Api,
    cliente: Hacer,
    reloj: Reloj,
    presupuesto: float | None,
    pide: str,
    esperas: list[int],
) -> None:
    """Si la siguiente espera no cabe en el presupuesto, se acaba; si cabe justa, no."""
    api.responde = lambda _: Contestacion({}, 503, {"Retry-After": pide})
    dicho = {} if presupuesto is None else {"presupuesto": presupuesto}
    uno = cliente(intentos=10, espera=0.1, fallos_seguidos=100, **dicho)
    for vez in (1, 2):  # el presupuesto es de cada petición
        with pytest.raises(ErrorDeRespuesta):
            uno.pedir("GET", "/x")
        assert reloj.siestas == esperas * vez, (
            f"Se esperaba {esperas} en cada petición: {reloj.siestas}"
        )
        assert len(api.peticiones) == (len(esperas) + 1) * vez, (
            f"Se esperaban {len(esperas) + 1} cada vez: {len(api.peticiones)}"
        )


def test_lo_que_tarda_la_api_no_es_espera(
    api: Api, cliente: Hacer, reloj: Reloj
) -> None:
    """El presupuesto es de lo que se duerme; lo que tarda la API no lo gasta."""

    def tarda(_: Peticion) -> Contestacion:
        reloj.ahora += 20
        return MAL if len(api.peticiones) < 4 else BIEN

    api.responde = tarda
    assert cliente(presupuesto=5).pedir("GET", "/x").estado == 200, "Se esperaba bien"
    assert len(api.peticiones) == 4, f"Se esperaban 4 peticiones: {len(api.peticiones)}"


def test_una_conexion_que_se_corta_se_reintenta(api: Api, cliente: Hacer) -> None:
    """Una respuesta a medias es un fallo pasajero."""
    api.en_serie(Contestacion({"a": 1}, cortada=True), BIEN)
    assert cliente().pedir("GET", "/x").datos == {"bien": True}, "Se esperaba la buena"
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"


def test_recorrer_tambien_insiste(api: Api, cliente: Hacer) -> None:
    """Las páginas se piden como todo: con reintentos."""
    pagina = Contestacion({"elementos": [{"id": 1}], "siguiente": "c2"})
    ultima = Contestacion({"elementos": [{"id": 2}], "siguiente": None})
    api.en_serie(MAL, pagina, MAL, ultima)
    with contextlib.suppress(NotImplementedError):  # si R2 ya está hecho
        llegaron = list(cliente().recorrer("/x"))
        assert llegaron == [{"id": 1}, {"id": 2}], f"Se esperaban los dos: {llegaron}"


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


def test_una_api_que_no_contesta(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """Pasado tiempo_limite se deja de esperar, y es SinConexion."""
    sigue = threading.Event()

    def colgada(_: Peticion) -> Contestacion:
        sigue.wait(5)
        return BIEN

    api.responde = colgada
    try:
        uno = cliente(tiempo_limite=0.05, fallos_seguidos=1)
        with pytest.raises(SinConexion):
            uno.pedir("POST", "/x")
        esta_abierto(uno)
        assert not reloj.siestas, "Un POST que no se contesta no se repite"
        with pytest.raises(SinConexion):
            cliente(intentos=2, tiempo_limite=0.05).pedir("GET", "/x")
        assert len(reloj.siestas) == 1, "Un GET que no se contesta se repite"
    finally:
        sigue.set()


def fallar(uno: Cliente, veces: int, metodo: str = "GET") -> None:
    """Hace que fallen tantas peticiones."""
    for _ in range(veces):
        with contextlib.suppress(ErrorDeCliente):
            uno.pedir(metodo, "/x")


def esta_abierto(uno: Cliente) -> None:
    """Falla si el circuito de ese cliente deja llamar."""
    with pytest.raises(CircuitoAbierto):
        uno.pedir("GET", "/x")


def test_el_circuito_se_abre(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """Tras tantos fallos seguidos, no se llama más a la API."""
    api.responde = lambda _: MAL
    uno = cliente(intentos=1, fallos_seguidos=3, descanso=60)
    fallar(uno, 3)
    assert len(api.peticiones) == 3, f"Se esperaban 3 peticiones: {len(api.peticiones)}"
    api.responde = lambda _: BIEN
    for pasan in (0, 30, 29.9):
        reloj.ahora += pasan
        for metodo in ("GET", "POST"):
            with pytest.raises(CircuitoAbierto):
                uno.pedir(metodo, "/x")
    assert len(api.peticiones) == 3, "Con el circuito abierto no llega nada a la API"
    assert not reloj.siestas, f"Con el circuito abierto no se espera: {reloj.siestas}"
    reloj.ahora += 0.2
    assert uno.pedir("GET", "/x").estado == 200, "Pasado el descanso, se prueba"


def test_sin_decir_nada_son_cinco_fallos_y_treinta_segundos(
    api: Api, cliente: Hacer, reloj: Reloj
) -> None:
    """Los valores de la tabla: cinco fallos seguidos, treinta segundos de descanso."""
    api.responde = lambda _: MAL
    uno = cliente()
    with pytest.raises(ErrorDeRespuesta):
        uno.pedir("GET", "/x")
    with pytest.raises(CircuitoAbierto):
        uno.pedir("GET", "/x")
    assert len(api.peticiones) == 5, f"Se esperaban 5 peticiones: {len(api.peticiones)}"
    reloj.ahora += 25
    with pytest.raises(CircuitoAbierto):
        uno.pedir("GET", "/x")
    api.responde = lambda _: BIEN
    reloj.ahora += 5.1
    assert uno.pedir("GET", "/x").estado == 200, "Pasado el descanso, se prueba"


@pytest.mark.parametrize("metodo", ["POST", "PATCH", "DELETE", "HEAD"])
@pytest.mark.parametrize("cortada", [False, True])
def test_cuentan_los_fallos_de_cualquier_metodo(
    api: Api, cliente: Hacer, metodo: str, cortada: bool
) -> None:
    """También los de un POST, que no se repite; y sus aciertos ponen a cero."""
    mal = Contestacion({}, 503, cortada=cortada and metodo != "HEAD")
    api.responde = lambda _: mal
    uno = cliente(intentos=1, fallos_seguidos=3)
    fallar(uno, 2, metodo)
    api.responde = lambda _: BIEN
    uno.pedir(metodo, "/x")
    api.responde = lambda _: mal
    fallar(uno, 2, metodo)
    assert len(api.peticiones) == 5, "Con dos fallos seguidos no se abre"
    fallar(uno, 1, metodo)
    with pytest.raises(CircuitoAbierto):
        uno.pedir("GET", "/x")
    assert len(api.peticiones) == 6, f"Se esperaban 6 peticiones: {len(api.peticiones)}"


@pytest.mark.parametrize("estado", [429, 500, 502, 503, 504])
def test_todos_los_que_se_reintentan_abren_el_circuito(
    api: Api, cliente: Hacer, estado: int
) -> None:
    """Cuenta lo que se reintenta, y también un 429, que pide ir más despacio."""
    api.responde = lambda _: Contestacion({}, estado)
    uno = cliente(intentos=1, fallos_seguidos=2)
    fallar(uno, 2)
    esta_abierto(uno)
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"


def test_cada_cliente_tiene_su_circuito(api: Api, cliente: Hacer) -> None:
    """Lo que le pasa a un cliente no abre el circuito de otro."""
    api.responde = lambda _: MAL
    uno, otro = (cliente(intentos=1, fallos_seguidos=2) for _ in range(2))
    fallar(uno, 2)
    esta_abierto(uno)
    api.responde = lambda _: BIEN
    assert otro.pedir("GET", "/x").estado == 200, "El del otro tenía que estar cerrado"


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
    api.otra_vez()
    with pytest.raises(ErrorDeRespuesta):  # ya no iba a llamar: cuenta lo que llegó
        cliente(intentos=4, fallos_seguidos=4).pedir("GET", "/x")
    assert len(api.peticiones) == 4, f"Se esperaban 4 peticiones: {len(api.peticiones)}"


def test_las_redirecciones_son_un_solo_intento(api: Api, cliente: Hacer) -> None:
    """Una redirección que acaba en un 503 es un fallo, y los tres son seguidos."""
    va = Contestacion({}, 302, {"Location": "/y"})
    api.responde = lambda peticion: va if peticion.ruta == "/x" else MAL
    uno = cliente(intentos=1, fallos_seguidos=3)
    fallar(uno, 3)
    esta_abierto(uno)
    assert len(api.peticiones) == 6, f"Se esperaban 6 peticiones: {len(api.peticiones)}"


def test_un_acierto_pone_la_cuenta_a_cero(api: Api, cliente: Hacer) -> None:
    """Los fallos tienen que ser seguidos; y un 404 es una API que responde."""
    for estado in (200, 204, 400, 401, 403, 404, 409, 422, 501):
        api.otra_vez()
        uno = cliente(intentos=1, fallos_seguidos=3)
        api.en_serie(MAL, MAL, Contestacion({}, estado), MAL, MAL, BIEN)
        fallar(uno, 5)
        assert uno.pedir("GET", "/x").estado == 200, (
            f"Con {estado} no se cuenta de cero"
        )
        assert len(api.peticiones) == 6, f"Se esperaban 6: {len(api.peticiones)}"


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
    reloj.ahora += 29
    fallar(uno, 2)
    assert len(api.peticiones) == 3, "Si la prueba falla, el descanso vuelve a empezar"
    reloj.ahora += 2
    api.en_serie(BIEN, MAL, BIEN)
    assert uno.pedir("GET", "/x").estado == 200, "Se esperaba que la prueba fuera bien"
    fallar(uno, 1)
    assert uno.pedir("GET", "/x").estado == 200, (
        "Si la prueba va bien, se cierra y cuenta desde cero: un fallo no lo abre"
    )
    assert len(api.peticiones) == 6, f"Se esperaban 6 peticiones: {len(api.peticiones)}"


def test_la_prueba_no_se_reintenta(api: Api, cliente: Hacer, reloj: Reloj) -> None:
    """Medio abierto pasa una sola petición: si falla, ahí se para."""
    api.responde = lambda _: MAL
    uno = cliente(intentos=4, fallos_seguidos=4, descanso=30)
    fallar(uno, 1)
    reloj.ahora += 31
    with pytest.raises(CircuitoAbierto):
        uno.pedir("GET", "/x")
    assert len(api.peticiones) == 5, f"Se esperaba una más: {len(api.peticiones) - 4}"


@pytest.mark.parametrize("estado", [201, 304, 400, 404, 501])
def test_cualquier_respuesta_cierra_el_circuito(
    api: Api, cliente: Hacer, reloj: Reloj, estado: int
) -> None:
    """Si a la prueba se contesta, aunque sea que no, la API está ahí."""
    uno = cliente(intentos=1, fallos_seguidos=2, descanso=30)
    api.en_serie(MAL, MAL, Contestacion({}, estado), MAL, BIEN)
    fallar(uno, 2)
    esta_abierto(uno)
    reloj.ahora += 31
    fallar(uno, 2)
    assert uno.pedir("GET", "/x").estado == 200, f"Con un {estado} se tenía que cerrar"


class Imprevisto(Exception):
    """Algo con lo que nadie contaba."""


@pytest.mark.parametrize("que", [Imprevisto, KeyboardInterrupt])
def test_una_prueba_que_se_rompe_no_deja_el_circuito_abierto(
    reloj: Reloj, que: type[BaseException]
) -> None:
    """Si quien probaba sale por una excepción, otro puede probar después."""
    vez = "falla"

    def responde(_: httpx2.Request) -> httpx2.Response:
        if vez == "se rompe":
            raise que
        return httpx2.Response(503 if vez == "falla" else 200, json={})

    uno = Cliente(
        "http://api.test",
        clave=CLAVE,
        intentos=1,
        fallos_seguidos=1,
        descanso=30,
        dormir=reloj.dormir,
        reloj=reloj,
        transporte=httpx2.MockTransport(responde),
    )
    fallar(uno, 1)
    esta_abierto(uno)
    reloj.ahora += 31
    vez = "se rompe"
    with pytest.raises(que):
        uno.pedir("GET", "/x")
    vez = "va bien"
    reloj.ahora += 31
    assert uno.pedir("GET", "/x").estado == 200, "Se esperaba que otro pudiera probar"


def test_lo_que_salio_antes_de_abrirse_ya_no_cuenta(
    api: Api, cliente: Hacer, reloj: Reloj
) -> None:
    """Una respuesta que llega tarde ni cierra el circuito ni deja probar a otra."""
    llego = {ruta: threading.Event() for ruta in ("/a", "/b", "/prueba")}
    sigue = {ruta: threading.Event() for ruta in llego}

    def responde(peticion: Peticion) -> Contestacion:
        if peticion.ruta not in llego:
            return MAL
        llego[peticion.ruta].set()
        sigue[peticion.ruta].wait(5)
        return BIEN

    api.responde = responde
    uno = cliente(intentos=1, fallos_seguidos=1, descanso=30, tiempo_limite=5)
    with ThreadPoolExecutor(3) as hilos:

        def sale(ruta: str) -> Future[object]:
            tarea = hilos.submit(uno.pedir, "GET", ruta)
            if not llego[ruta].wait(3):
                sigue[ruta].set()
                pytest.fail(f"{ruta} tenía que llegar a la API: {tarea.exception()}")
            return tarea

        try:
            primera, segunda = sale("/a"), sale("/b")
            fallar(uno, 1)
            sigue["/a"].set()
            primera.result(3)
            esta_abierto(uno)
            reloj.ahora += 31
            prueba = sale("/prueba")
            sigue["/b"].set()
            segunda.result(3)
            esta_abierto(uno)
            sigue["/prueba"].set()
            prueba.result(3)
        finally:
            for seguir in sigue.values():
                seguir.set()
    assert len(api.peticiones) == 4, f"Se esperaban 4 peticiones: {api.rutas()}"


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
