# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R5 · Implementación con sockets."""

from __future__ import annotations

import ast
import http.client
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from motor.programa import SRC, ejecutar, entorno_de_prueba
from motor.servicio import Servicio
from requisitos.crudo import (
    Conexion,
    bien,
    con_algo_que_leer,
    con_estado,
    hasta_que,
    peticion,
    sigue_vivo,
)

PROHIBIDOS = {"http.server", "socketserver", "wsgiref", "xmlrpc", "asyncio"}
A_LA_VEZ = 100


@pytest.fixture(autouse=True)
def descriptores() -> None:
    """En macOS, un proceso solo puede abrir 256 cosas si no pide más."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        blando, duro = resource.getrlimit(resource.RLIMIT_NOFILE)
        if blando < 1024:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, duro), duro))


# -------------------------------------------------------------------- con sockets


def importados(archivo: Path) -> Iterator[str]:
    """Los módulos que importa un archivo, y de qué parte («http.server»)."""
    for nodo in ast.walk(ast.parse(archivo.read_text(encoding="utf-8"))):
        if isinstance(nodo, ast.Import):
            yield from (nombre.name for nombre in nodo.names)
        elif isinstance(nodo, ast.ImportFrom) and not nodo.level and nodo.module:
            yield nodo.module
            yield from (f"{nodo.module}.{nombre.name}" for nombre in nodo.names)


@pytest.mark.aislada
def test_hecho_con_sockets() -> None:
    """Solo la biblioteca estándar, y ningún servidor ya hecho: ni a escondidas."""
    propios = {camino.stem for camino in SRC.iterdir()}
    for archivo in SRC.rglob("*.py"):
        for nombre in importados(archivo):
            raiz = nombre.partition(".")[0]
            assert nombre not in PROHIBIDOS and raiz not in PROHIBIDOS, (
                f"No se esperaba «{nombre}»: el servidor lo escribes tú ({archivo})"
            )
            assert raiz in sys.stdlib_module_names or raiz in propios, (
                f"Solo vale la biblioteca estándar, y {archivo} importa «{nombre}»"
            )
    orden = [sys.executable, str(Path(__file__).with_name("sonda.py")), str(SRC)]
    with subprocess.Popen(
        [*orden, *sorted(PROHIBIDOS)],
        env=entorno_de_prueba(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as sonda:
        try:
            salida = sonda.communicate(timeout=15)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            sonda.kill()
            pytest.fail("Se esperaba que el servidor atendiera y se detuviera")
    assert "PROHIBIDO" not in salida, f"No se esperaba importar eso:\n{salida}"
    assert "Hola, mundo" in salida, f"Se esperaba que atendiera /saludo:\n{salida}"
    assert "HTTP/1.1 404 " in salida, (
        f"Sin carpeta no se sirven archivos: se esperaba un 404:\n{salida}"
    )
    tardo = re.search(r"^DETENER ([0-9.]+)$", salida, re.M)
    assert tardo and float(tardo[1]) < 1, (
        "Se esperaba que detener() volviera enseguida, sin esperar a la petición que "
        f"hay a medias:\n{salida}"
    )


# ---------------------------------------------------------------- muchos a la vez


def test_cien_clientes_a_medias(servicio: Servicio) -> None:
    """Con cien peticiones a medias a la vez, cada una acaba recibiendo la suya."""
    with ExitStack() as pila:
        clientes = [pila.enter_context(Conexion(servicio)) for _ in range(A_LA_VEZ)]
        for numero, cliente in enumerate(clientes):
            cliente.mandar(peticion("POST", "/eco", f"soy {numero:03}".encode())[:-3])
        sigue_vivo(servicio)
        for numero, cliente in reversed(list(enumerate(clientes))):
            bien(cliente.mandar(f"{numero:03}").respuesta(), f"soy {numero:03}")


def test_cien_clientes_de_verdad(servicio: Servicio) -> None:
    """Cien clientes a la vez, con varias peticiones cada uno, reciben todas lo suyo."""
    host, puerto, plazo = servicio.host, servicio.puerto, servicio.plazo

    def cliente(numero: int) -> list[bytes]:
        vistos = []
        conexion = http.client.HTTPConnection(host, puerto, timeout=plazo)
        with closing(conexion):
            for vez in range(3):
                conexion.request("POST", "/eco", f"{numero}-{vez}" * 100)
                vistos.append(conexion.getresponse().read())
        return vistos

    with servicio.vigilar(http.client.HTTPException, que="cien clientes"):
        with ThreadPoolExecutor(A_LA_VEZ) as hilos:
            todos = list(hilos.map(cliente, range(A_LA_VEZ)))
    for numero, vistos in enumerate(todos):
        esperados = [f"{numero}-{vez}".encode() * 100 for vez in range(3)]
        assert vistos == esperados, f"El cliente {numero} recibió lo de otro: {vistos}"


def test_los_lentos_no_frenan(servicio: Servicio) -> None:
    """Cuarenta clientes parados en cualquier punto no hacen esperar a los demás."""
    trozos = peticion("POST", "/eco", None, ["Transfer-Encoding: chunked"])
    callado = (b"", peticion("GET", "/saludo"), "Hola, mundo\n")
    paradas: list[tuple[bytes, bytes, str]] = [
        (b"GE", peticion("GET", "/saludo")[2:], "Hola, mundo\n"),
        (peticion("GET", "/saludo")[:30], peticion("GET", "/saludo")[30:], "Hola, m"),
        (peticion("POST", "/eco", b"hola")[:-2], b"la", "hola"),
        (trozos + b"4\r\nho", b"la\r\n0\r\n\r\n", "hola"),
    ]
    with ExitStack() as pila:
        lentos = [
            (pila.enter_context(Conexion(servicio)), *parada)
            for parada in [callado, *paradas * 10]
        ]
        for lento, principio, _, _ in lentos:
            lento.mandar(principio)
        for _ in range(5):
            sigue_vivo(servicio)
        for lento, _, resto, esperado in lentos:
            respuesta = bien(lento.mandar(resto).respuesta())
            assert respuesta.cuerpo.startswith(esperado.encode()), (
                f"Se esperaba {esperado!r}:\n{respuesta}"
            )


@pytest.mark.aislada
def test_quien_no_lee_no_frena(con_rutas: Callable[..., Servicio]) -> None:
    """Quien pide mucho y no lee no hace esperar a los demás, y al final se le corta."""
    import servidor

    enorme = servidor.Respuesta(200, b"x" * (24 * 1024 * 1024), {})

    def crear() -> servidor.Enrutador:
        rutas = servidor.crear_demo()
        rutas.ruta("GET", "/enorme")(lambda peticion: enorme)
        return rutas

    servicio = con_rutas(crear, plazo_cierre="0.1", plazo_inactividad="0.4")
    with ExitStack() as pila:
        parados = [pila.enter_context(Conexion(servicio, bufer=4096)) for _ in "12"]
        for parado in parados:
            parado.mandar(peticion("GET", "/enorme"))
            assert b" 200 " in parado.leer(100), "Se esperaba un 200"
        for _ in range(5):
            sigue_vivo(servicio)
        for _ in range(8):
            # Una que no pide nada hace de reloj: se cierra pasado el mismo plazo.
            with Conexion(servicio) as muda, servicio.vigilar(que="cerrar la ociosa"):
                _cortada(muda)
            if all(no_hay_nadie(parado) for parado in parados):
                break
        else:
            pytest.fail(
                "Se esperaba que se cortara a quien no lee la respuesta en "
                "plazo_inactividad (0.4 s), y sigue ahí"
            )


class Pulso:
    """Lo que ha pasado, como mucho, entre dos pasos de una prueba con plazos."""

    def __init__(self) -> None:
        """Empieza a contar."""
        self._ultimo = time.monotonic()
        self._peor = 0.0

    def late(self) -> float:
        """Apunta que se ha dado un paso, y da la hora."""
        ahora = time.monotonic()
        self._peor = max(self._peor, ahora - self._ultimo)
        self._ultimo = ahora
        return ahora

    @property
    def peor(self) -> float:
        """La pausa más larga, contando la de ahora."""
        return max(self._peor, time.monotonic() - self._ultimo)


def no_hay_nadie(conexion: Conexion) -> bool:
    """Si el otro lado ha cerrado, sin leer lo que queda por leer."""
    try:
        for _ in range(2):  # a lo que llega tras cerrar, el sistema contesta con un RST
            conexion.enchufe.sendall(b"\r\n")
    except ConnectionError:
        return True
    return False


@pytest.mark.aislada
def test_a_quien_no_se_le_corta(con_rutas: Callable[..., Servicio]) -> None:
    """Ni a quien lee despacio, ni a quien sigue pidiendo, ni a quien espera lo suyo.

    Los plazos son de lo que tarda el cliente: pasar de ellos en total no importa, y lo
    que tarda un manejador no cuenta.
    """
    for plazo in (0.4, 2.0):
        if _nadie_cortado(con_rutas, plazo):
            return
    pytest.skip("este ordenador va a saltos: no se puede medir")


def _nadie_cortado(con_rutas: Callable[..., Servicio], plazo: float) -> bool:
    """Lo comprueba con ese plazo; False si el ordenador va a saltos y no se sabe."""
    import servidor

    enorme = servidor.Respuesta(200, b"x" * (24 * 1024 * 1024), {})
    dentro, sigue = threading.Event(), threading.Event()

    def lento(peticion: servidor.Peticion) -> servidor.Respuesta:
        dentro.set()
        sigue.wait(10)
        return servidor.Respuesta.texto("por fin")

    def crear() -> servidor.Enrutador:
        rutas = servidor.crear_demo()
        rutas.ruta("GET", "/enorme")(lambda peticion: enorme)
        rutas.ruta("GET", "/lento")(lento)
        return rutas

    plazos = {"plazo_inactividad": str(plazo), "plazo_peticion": str(plazo)}
    servicio = con_rutas(crear, **plazos)
    with (
        Conexion(servicio, bufer=262_144) as lee,
        Conexion(servicio) as pide,
        Conexion(servicio) as espera,
    ):
        pulso = Pulso()
        try:
            espera.mandar(peticion("GET", "/lento"))
            atiende(espera, dentro)
            lee.mandar(peticion("GET", "/enorme"))
            principio = lee.leer(262_144).partition(b"\r\n\r\n")[2]
            quedan = len(enorme.cuerpo) - len(principio)
            empezo = time.monotonic()
            while pulso.late() < empezo + plazo * 2:
                time.sleep(plazo / 4)
                pulso.late()
                bien(pide.mandar(peticion("GET", "/saludo")).respuesta())
                for _ in range(8):
                    pulso.late()
                    quedan -= len(lee.exactos(262_144))
            sigue.set()
            bien(espera.respuesta(), "por fin")
            while quedan > 0 and (datos := lee.leer(262_144)):
                pulso.late()
                quedan -= len(datos)
            assert quedan == 0, (
                "Se esperaba la respuesta entera, porque el cliente la leía cada "
                f"{plazo / 4} s (plazo_inactividad es de {plazo} s), y se le cortó con "
                f"{quedan} bytes por llegar"
            )
        except AssertionError:
            if pulso.peor > plazo / 2:
                return False
            raise
        finally:
            sigue.set()
    return True


@pytest.mark.aislada
def test_un_manejador_lento_no_frena(con_rutas: Callable[..., Servicio]) -> None:
    """Mientras cien manejadores trabajan, los demás clientes reciben su respuesta."""
    import servidor

    dentro, sigue = threading.Semaphore(0), threading.Event()

    def lento(peticion: servidor.Peticion) -> servidor.Respuesta:
        dentro.release()
        sigue.wait(10)
        return servidor.Respuesta.texto("por fin")

    def crear() -> servidor.Enrutador:
        rutas = servidor.crear_demo()
        rutas.ruta("GET", "/lento")(lento)
        return rutas

    servicio = con_rutas(crear)
    with ExitStack() as pila:
        conexiones = [pila.enter_context(Conexion(servicio)) for _ in range(A_LA_VEZ)]
        try:
            for numero, conexion in enumerate(conexiones):
                # La segunda se contesta después, aunque esté lista antes.
                conexion.mandar(peticion("GET", "/lento"))
                conexion.mandar(peticion("POST", "/eco", f"soy {numero}".encode()))
            for cuantos in range(A_LA_VEZ):
                assert dentro.acquire(timeout=servicio.plazo), (
                    f"Se esperaba que {A_LA_VEZ} manejadores trabajaran a la vez, y "
                    f"solo lo hacen {cuantos}"
                )
            sigue_vivo(servicio)
        finally:
            sigue.set()
        for numero, conexion in enumerate(conexiones):
            bien(conexion.respuesta(), "por fin")
            bien(conexion.respuesta(), f"soy {numero}")


def atiende(conexion: Conexion, dentro: threading.Event) -> None:
    """Espera a que el manejador esté trabajando; si contestan otra cosa, falla."""
    hasta_que(
        lambda: dentro.is_set() or con_algo_que_leer([conexion], 0),
        f"que atendiera:\n{conexion.pedido}",
        conexion.servicio.plazo,
    )
    assert dentro.is_set(), (
        f"Se esperaba que el manejador siguiera trabajando: {conexion.respuesta()}"
    )


def test_quien_desaparece(servicio: Servicio) -> None:
    """Clientes que cuelgan de golpe, en cualquier momento, no le hacen daño."""
    entera = peticion("POST", "/eco", b"hola")
    for cuanto in range(0, len(entera) + 1, 4):
        with Conexion(servicio) as conexion:
            conexion.mandar(entera[:cuanto])
            colgar = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            conexion.enchufe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, colgar)
    sigue_vivo(servicio)
    assert servicio.vivo(), "Se esperaba que el servidor siguiera en marcha"


def test_no_se_queda_con_nada(servicio: Servicio) -> None:
    """Cuando los clientes se van, el servidor cierra también su lado."""
    sigue_vivo(servicio)
    numero = servicio.proceso.pid if servicio.proceso else os.getpid()
    abiertos = Path(f"/proc/{numero}/fd")
    if not servicio.ajustes or not abiertos.exists():
        pytest.skip("aquí no se puede ver qué tiene abierto el servidor")

    def cuantos() -> int:
        return len(list(abiertos.iterdir()))

    antes = cuantos()
    for vez in range(60):
        with Conexion(servicio) as conexion:
            conexion.mandar(peticion("GET", "/saludo"))
            if vez % 3:
                bien(conexion.respuesta(), "Hola, mundo\n")
    hasta_que(
        lambda: cuantos() < antes + 20,
        f"que tras irse 60 clientes quedaran abiertos unos {antes} descriptores",
        servicio.plazo,
    )
    sigue_vivo(servicio)


# ------------------------------------------------------------------ cortar a tiempo


@pytest.mark.aislada(plazo_peticion="0.6")
def test_al_lento_se_le_corta(servicio: Servicio) -> None:
    """Quien manda un byte de vez en cuando agota el plazo total: 408, o se cierra."""
    goteos = [
        b"GET /saludo",
        b"GET /saludo HTTP/1.1\r\nX-Lenta: ",
        peticion("POST", "/eco", None, ["Content-Length: 1000"]),
        peticion("POST", "/eco", None, ["Transfer-Encoding: chunked"]) + b"fff\r\n",
    ]
    sigue_vivo(servicio)
    with ExitStack() as pila:
        # El plazo es de la petición, desde su primer byte: esta aún no ha empezado.
        quieta = pila.enter_context(Conexion(servicio))
        tranquila = pila.enter_context(Conexion(servicio))
        abiertas = [pila.enter_context(Conexion(servicio)) for _ in goteos]
        for conexion, goteo in zip(abiertas, goteos, strict=True):
            conexion.mandar(goteo)
        final = time.monotonic() + servicio.plazo
        # El plazo es de cada petición, y no de la conexión: esta hace muchas.
        bien(tranquila.mandar(peticion("GET", "/saludo")).respuesta(), "Hola, mundo\n")
        while abiertas:
            assert time.monotonic() < final, (
                f"Se esperaba que se cortara a quien gotea (el plazo es de 0.6 s), y "
                f"tras {servicio.plazo:g} s sigue ahí:\n{abiertas[0].pedido}"
            )
            for conexion in con_algo_que_leer(abiertas, 0.05):
                abiertas.remove(conexion)
                _cortada(conexion)
            for conexion in abiertas:
                conexion.mandar(b"x")
            tranquila.mandar(peticion("POST", "/eco", b"sigo"))
            bien(tranquila.respuesta(), "sigo")
        bien(quieta.mandar(peticion("GET", "/saludo")).respuesta(), "Hola, mundo\n")
        # Y la última, aunque llegue en dos veces, empieza a contar ahora.
        empezo = time.monotonic()
        tranquila.mandar(peticion("GET", "/saludo")[:20])
        con_algo_que_leer([tranquila], 0.05)
        tranquila.mandar(peticion("GET", "/saludo")[20:])
        if time.monotonic() < empezo + 0.4:
            bien(tranquila.respuesta(), "Hola, mundo\n")
    sigue_vivo(servicio)


def _cortada(conexion: Conexion) -> None:
    """Comprueba que lo que llega es un 408 o el final de la conexión."""
    try:
        llegado = conexion.enchufe.recv(4096)
    except ConnectionError:
        return
    assert not llegado or llegado.startswith(b"HTTP/1.1 408"), (
        f"Se esperaba un 408 o que se cerrara, y llegó {llegado[:200]!r} tras "
        f"mandar:\n{conexion.pedido}"
    )


@pytest.mark.aislada(plazo_inactividad="0.4")
def test_a_quien_no_pide_nada_se_le_cierra(servicio: Servicio) -> None:
    """Se cierra a quien no pide nada, y no a quien va despacio con su petición."""
    entera = peticion("GET", "/saludo")
    with (
        Conexion(servicio) as lenta,
        Conexion(servicio) as muda,
        Conexion(servicio) as callada,
    ):
        lenta.mandar(entera[:20])
        bien(callada.mandar(peticion("GET", "/saludo")).respuesta(), "Hola, mundo\n")
        for conexion in (muda, callada):
            with servicio.vigilar(que="cerrar una conexión sin uso (0.4 s)"):
                _cortada(conexion)
        bien(lenta.mandar(entera[20:]).respuesta(), "Hola, mundo\n")
    sigue_vivo(servicio)


# ------------------------------------------------------------------------- detener


@pytest.mark.aislada(plazo_cierre="0.3")
def test_se_detiene_del_todo(servicio: Servicio) -> None:
    """Al detenerlo, cierra todo aunque haya clientes parados, y deja de escuchar."""
    puerto = servicio.puerto
    with ExitStack() as pila:
        ociosa, a_medias, muda = (
            pila.enter_context(Conexion(servicio)) for _ in range(3)
        )
        bien(ociosa.mandar(peticion("GET", "/saludo")).respuesta(), "Hola, mundo\n")
        # El 100 dice que esa petición ya se está atendiendo; el cuerpo no llegará.
        cabeceras = ["Content-Length: 10", "Expect: 100-continue"]
        a_medias.mandar(peticion("POST", "/eco", None, cabeceras))
        con_estado(a_medias.respuesta(), {100}, porque="R5 necesita R1")
        proceso = servicio.proceso
        assert servicio.parar(servicio.plazo), (
            "Se esperaba que el servidor se detuviera al pedírselo (plazo_cierre es de "
            f"0.3 s), y tras {servicio.plazo:g} s sigue en marcha"
        )
        ociosa.cerrada(tras="detener el servidor")
        for conexion in (a_medias, muda):
            with servicio.vigilar(que="cerrar las conexiones al detenerse"):
                _cortada(conexion)
    assert no_escucha(puerto), "Se esperaba que nadie escuchara ya en ese puerto"
    if proceso and sys.platform != "win32":
        assert proceso.returncode == 0, (
            f"Se esperaba el código de salida 0, y es {proceso.returncode}"
        )


@pytest.mark.aislada
def test_no_espera_a_un_manejador_sin_fin(con_rutas: Callable[..., Servicio]) -> None:
    """Al detenerlo, a un manejador que no acaba se le espera plazo_cierre, y ya."""
    import servidor

    dentro, sigue = threading.Event(), threading.Event()

    def eterno(peticion: servidor.Peticion) -> servidor.Respuesta:
        dentro.set()
        sigue.wait(20)
        return servidor.Respuesta.texto("tarde")

    def crear() -> servidor.Enrutador:
        rutas = servidor.Enrutador()
        rutas.ruta("GET", "/eterno")(eterno)
        return rutas

    servicio = con_rutas(crear, plazo_cierre="0.3")
    with Conexion(servicio) as conexion:
        try:
            conexion.mandar(peticion("GET", "/eterno"))
            atiende(conexion, dentro)
            assert servicio.parar(servicio.plazo), (
                "Se esperaba que el servidor se detuviera (plazo_cierre es de 0.3 s) "
                "aunque un manejador no acabe, y sigue en marcha"
            )
            with servicio.vigilar(que="cortar la conexión al detenerse"):
                _cortada(conexion)
        finally:
            sigue.set()


def no_escucha(puerto: int, host: str = "127.0.0.1") -> bool:
    """Si ya se rechaza a quien llega (que esperar en la cola no es un rechazo)."""
    try:
        socket.create_connection((host, puerto), 5).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


@pytest.mark.aislada
def test_acaba_lo_que_tiene_entre_manos(con_rutas: Callable[..., Servicio]) -> None:
    """Al detenerlo, la petición que ya se atendía recibe su respuesta entera."""
    import servidor

    dentro, sigue = threading.Event(), threading.Event()

    def lento(peticion: servidor.Peticion) -> servidor.Respuesta:
        dentro.set()
        sigue.wait(10)
        return servidor.Respuesta(200, b"x" * 300_000, {})

    def crear() -> servidor.Enrutador:
        rutas = servidor.crear_demo()
        rutas.ruta("GET", "/lento")(lento)
        return rutas

    servicio = con_rutas(crear, plazo_cierre="10")
    puerto = servicio.puerto
    with (
        Conexion(servicio) as ociosa,
        Conexion(servicio) as conexion,
        Conexion(servicio) as a_medias,
        Conexion(servicio) as detras,
        ThreadPoolExecutor(1) as aparte,
    ):
        try:
            bien(ociosa.mandar(peticion("GET", "/saludo")).respuesta(), "Hola, mundo\n")
            # El 100 dice que esa petición ya se está atendiendo.
            cabeceras = ["Content-Length: 4", "Expect: 100-continue"]
            mitad = peticion("POST", "/eco", None, cabeceras)
            a_medias.mandar(mitad)
            # También la que llegó pegada a otra, que ya está contestada.
            detras.mandar(peticion("GET", "/saludo") + mitad)
            bien(detras.respuesta(), "Hola, mundo\n")
            for una in (a_medias, detras):
                con_estado(una.respuesta(), {100}, porque="R5 necesita R1")
            conexion.mandar(peticion("GET", "/lento"))
            atiende(conexion, dentro)
            parado = aparte.submit(servicio.parar, servicio.plazo)
            ociosa.cerrada(tras="detener el servidor")
            hasta_que(
                lambda: no_escucha(puerto),
                "que, al detenerse, no aceptara a nadie más",
                servicio.plazo,
            )
            time.sleep(0.2)
            acabadas = [
                bien(una.mandar(b"hola").respuesta(), "hola")
                for una in (a_medias, detras)
            ]
        finally:
            sigue.set()
        respuesta = bien(conexion.respuesta(), b"x" * 300_000)
        for cual in (*acabadas, respuesta):
            assert cual.get("Connection") == "close", (
                f"Se esperaba «Connection: close», porque se está deteniendo:\n{cual}"
            )
        conexion.cerrada(tras="la última respuesta")
        assert parado.result(), "Se esperaba que, acabado eso, se detuviera"


@pytest.mark.aislada
def test_el_puerto_queda_libre(con_rutas: Callable[..., Servicio]) -> None:
    """Tras detenerlo se puede volver a arrancar enseguida en el mismo puerto."""
    import servidor

    primero = con_rutas(servidor.crear_demo)
    puerto = str(primero.puerto)
    with Conexion(primero) as conexion:
        conexion.mandar(peticion("GET", "/saludo", None, ["Connection: close"]))
        bien(conexion.respuesta(), "Hola, mundo\n")
        conexion.cerrada()
    assert primero.parar(primero.plazo), "Se esperaba que se detuviera"
    segundo = con_rutas(servidor.crear_demo, puerto=puerto)
    sigue_vivo(segundo)
    assert segundo.puerto == int(puerto), "Se esperaba el mismo puerto"


@pytest.mark.aislada
@pytest.mark.parametrize(
    ("senal", "opciones"),
    [
        ("SIGINT", ()),
        (
            "SIGTERM",
            ("--max-cuerpo=5", "--plazo-peticion=0.5", "--plazo-inactividad=0.5"),
        ),
    ],
)
def test_una_senal_lo_detiene(
    tmp_path: Path, senal: str, opciones: tuple[str, ...]
) -> None:
    """Hace caso de sus opciones; y con SIGTERM o Ctrl+C cierra: código 0, sin traza."""
    if sys.platform == "win32":
        pytest.skip("en Windows no hay señales así: prueba Ctrl+C a mano")
    diario = tmp_path / "diario.txt"
    # En Linux todo 127.x.x.x es este ordenador; en macOS, solo 127.0.0.1.
    host, otro = "127.0.0.1", "127.0.0.2"
    if opciones and sys.platform == "linux":
        opciones, (host, otro) = (*opciones, f"--host={otro}"), (otro, host)
    with diario.open("wb") as salida:
        proceso = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "servidor",
                "--puerto",
                "0",
                "--raiz",
                str(tmp_path),
                "--plazo-cierre=0.1",
                *opciones,
            ],
            env=entorno_de_prueba(),
            stdin=subprocess.DEVNULL,
            stdout=salida,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        anuncio = re.compile(rf"^Escuchando en http://{host}:([0-9]+)$", re.M)
        hasta_que(
            lambda: anuncio.search(diario.read_text()) or proceso.poll() is not None,
            f"que dijera «Escuchando en http://{host}:PUERTO» al arrancar",
            10,
        )
        hallado = anuncio.search(diario.read_text())
        assert hallado, f"Se esperaba «Escuchando en http://…»:\n{diario.read_text()}"
        puerto = int(hallado[1])
        if sys.platform == "linux":
            assert no_escucha(puerto, otro), (
                f"Se esperaba que escuchara solo en {host}, y también lo hace en {otro}"
            )
        if opciones:
            _hace_caso((host, puerto))
        with (
            socket.create_connection((host, puerto), 5) as ociosa,
            socket.create_connection((host, puerto), 5) as a_medias,
        ):
            ociosa.sendall(peticion("GET", "/saludo"))
            assert b"Hola, mundo" in _leer(ociosa, b"mundo\n"), "Se esperaba el saludo"
            cabeceras = ["Content-Length: 1", "Expect: 100-continue"]
            a_medias.sendall(peticion("POST", "/eco", None, cabeceras))
            assert b" 100 " in _leer(a_medias, b"\r\n\r\n"), "Se esperaba un 100 (R1)"
            # Una señal que llega justo antes de un accept no lo despierta, y Python no
            # la atiende hasta que vuelva: como en la vida, se repite una vez.
            pulso, empezo = Pulso(), time.monotonic()
            for vez in (1, 2):
                proceso.send_signal(getattr(signal, senal))
                while proceso.poll() is None and pulso.late() < empezo + 4 * vez:
                    time.sleep(0.02)
                if proceso.poll() is not None:
                    break
            tardo = time.monotonic() - empezo
            assert tardo < 2.8 or vez == 2 or pulso.peor > 0.5, (
                "Con --plazo-cierre=0.1 no se esperaba que aguardara a una petición a "
                f"medias los 3 s de fábrica, y tras {senal} tardó {tardo:.1f} s"
            )
        assert proceso.poll() == 0, (
            f"Se esperaba que acabara con el código 0 tras {senal}, y es "
            f"{proceso.poll()} (None: sigue en marcha):\n{diario.read_text()}"
        )
        assert "Traceback" not in diario.read_text(), (
            f"No se esperaba ninguna traza:\n{diario.read_text()}"
        )
    finally:
        proceso.kill()
        proceso.wait()


def _hace_caso(direccion: tuple[str, int]) -> None:
    """Comprueba --max-cuerpo=5, --plazo-peticion=0.5 y --plazo-inactividad=0.5."""
    for cuerpo, estado in ((b"hola.", b"200"), (b"hola..", b"413")):
        with socket.create_connection(direccion, 5) as enchufe:
            enchufe.sendall(peticion("POST", "/eco", cuerpo, ["Connection: close"]))
            llegado = _leer(enchufe, b"nada")
        assert llegado.startswith(b"HTTP/1.1 " + estado), (
            f"Con --max-cuerpo=5 se esperaba un {estado.decode()} para un cuerpo de "
            f"{len(cuerpo)} bytes, y llegó {llegado[:200]!r}"
        )
    # Los de fábrica son de 10 y 5 segundos: de sobra para notar la diferencia.
    with (
        socket.create_connection(direccion, 4) as a_medias,
        socket.create_connection(direccion, 4) as muda,
    ):
        a_medias.sendall(b"GET /salu")
        for opcion, enchufe in (("peticion", a_medias), ("inactividad", muda)):
            try:
                _leer(enchufe, b"nada")
            except TimeoutError:
                pytest.fail(
                    f"Con --plazo-{opcion}=0.5 se esperaba que cerrara la conexión "
                    f"{'a medias' if enchufe is a_medias else 'que no pide nada'}, y "
                    "tras 4 s sigue abierta"
                )


def _leer(enchufe: socket.socket, final: bytes) -> bytes:
    datos = b""
    while not datos.endswith(final):
        nuevo = enchufe.recv(4096)
        if not nuevo:
            break
        datos += nuevo
    return datos


@pytest.mark.aislada
def test_si_no_puede_arrancar_lo_explica(tmp_path: Path) -> None:
    """Puerto ocupado: código 1. Una carpeta que no existe: código 2. Y sin traza."""
    (tmp_path / "archivo").write_bytes(b"no es una carpeta")
    # Con SO_REUSEPORT, dos programas pueden escuchar en el mismo puerto.
    compartido = hasattr(socket, "SO_REUSEPORT")
    with ExitStack() as pila:
        ocupado = pila.enter_context(
            socket.create_server(("127.0.0.1", 0), reuse_port=compartido)
        )
        puerto = str(ocupado.getsockname()[1])
        casos = [
            (["--puerto", puerto, "--raiz", str(tmp_path)], 1, puerto),
            (["--puerto", "0", "--raiz", str(tmp_path / "nada")], 2, "nada"),
            (["--puerto", "0", "--raiz", str(tmp_path / "archivo")], 2, "archivo"),
            # Lo que no se dice: la carpeta «publico», que aquí no está, y el 8000.
            (["--puerto", "0"], 2, "publico"),
            (["--raiz", str(tmp_path)], 1, "8000"),
        ]
        with suppress(OSError):  # si ya lo ocupa otro programa, da lo mismo
            pila.enter_context(
                socket.create_server(("127.0.0.1", 8000), reuse_port=compartido)
            )
        for opciones, codigo, pista in casos:
            hecho = ejecutar("servidor", *opciones, carpeta=tmp_path, limite=5)
            assert hecho.codigo == codigo, f"Se esperaba el código {codigo}:\n{hecho}"
            assert pista in hecho.error and "Traceback" not in hecho.error, (
                f"Se esperaba una explicación que nombre {pista!r}, sin traza:\n{hecho}"
            )
