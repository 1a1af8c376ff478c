# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Manejo de requests GET/POST."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from contextlib import closing

import pytest
from motor.servicio import Servicio
from requisitos.crudo import (
    Conexion,
    Contestacion,
    bien,
    con_algo_que_leer,
    con_estado,
    espejo,
    pedir,
    peticion,
)
from requisitos.curl import curl

TODOS_LOS_BYTES = bytes(range(256)) * 8
SALUDO = "Hola, mundo\n"
CHUNKED = ["Transfer-Encoding: chunked"]
COLADA = b"GET /espejo?colada=1 HTTP/1.1\r\nHost: prueba.example\r\n\r\n"


def post(*lineas: str, cuerpo: bytes = b"", destino: str = "/eco") -> bytes:
    """Una petición POST con estas cabeceras, estén bien o mal, y este cuerpo."""
    return peticion("POST", destino, None, lineas) + cuerpo


# ------------------------------------------------------------------- lo sencillo


def test_get(servicio: Servicio) -> None:
    """GET trae el cuerpo, su tipo y su longitud."""
    respuesta = bien(pedir(servicio, "GET", "/saludo"), SALUDO)
    assert respuesta.get("Content-Length") == "12", (
        f"Se esperaba Content-Length: 12:\n{respuesta}"
    )
    assert respuesta.get("Content-Type") == "text/plain; charset=utf-8", (
        f"Se esperaba el Content-Type que puso el manejador:\n{respuesta}"
    )


def test_post_con_cualquier_byte(servicio: Servicio) -> None:
    """El cuerpo de un POST llega al manejador byte a byte, sea lo que sea."""
    respuesta = bien(pedir(servicio, "POST", "/eco", TODOS_LOS_BYTES), TODOS_LOS_BYTES)
    assert respuesta.get("Content-Length") == "2048", (
        f"Se esperaba Content-Length: 2048:\n{respuesta}"
    )


def test_post_sin_cuerpo(servicio: Servicio) -> None:
    """Sin Content-Length ni Transfer-Encoding no hay cuerpo, y no se espera."""
    with Conexion(servicio) as conexion:
        conexion.mandar(post())
        bien(conexion.respuesta(), "")
        conexion.mandar(post("Content-Length: 0"))
        bien(conexion.respuesta(), "")
        conexion.mandar(post("Content-Length: 0004", cuerpo=b"hola"))
        bien(conexion.respuesta(), "hola")


def test_peticion_byte_a_byte(servicio: Servicio) -> None:
    """TCP es un chorro: una petición puede llegar en pedazos de un byte."""
    with Conexion(servicio) as conexion:
        conexion.a_trocitos(peticion("POST", "/eco", b"\r\n\r\nhola\r\n\r\n"))
        bien(conexion.respuesta(), "\r\n\r\nhola\r\n\r\n")


def test_cuerpo_grande(servicio: Servicio) -> None:
    """Un cuerpo grande no cabe en un solo recv, y llega entero."""
    cuerpo = TODOS_LOS_BYTES * 300
    with servicio.vigilar(http.client.HTTPException, que="POST de 600 KB"):
        cliente = http.client.HTTPConnection(
            servicio.host, servicio.puerto, timeout=servicio.plazo
        )
        with closing(cliente):
            cliente.request("POST", "/eco", cuerpo)
            respuesta = cliente.getresponse()
            estado, vuelta = respuesta.status, respuesta.read()
    assert (estado, vuelta == cuerpo) == (200, True), (
        f"Se esperaba un 200 con los mismos {len(cuerpo)} bytes, y llegó un {estado} "
        f"con {len(vuelta)}"
    )


def test_head(servicio: Servicio) -> None:
    """HEAD trae las mismas cabeceras que GET, y ni un byte de cuerpo."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("HEAD", "/saludo") + peticion("GET", "/saludo"))
        cabeza = bien(conexion.respuesta("HEAD"))
        entera = bien(conexion.respuesta(), SALUDO)
    for nombre in ("Content-Length", "Content-Type"):
        assert cabeza.get(nombre) == entera.get(nombre), (
            f"Se esperaba el {nombre} de GET ({entera.get(nombre)}):\n{cabeza}"
        )


def test_head_de_lo_que_no_hay(servicio: Servicio) -> None:
    """Tampoco la respuesta de error a un HEAD lleva cuerpo: no toca a la siguiente."""
    with Conexion(servicio) as conexion:
        for ruta in ("/no-existe", "/fallo", "/eco"):
            conexion.mandar(peticion("HEAD", ruta) + peticion("GET", "/saludo"))
            conexion.respuesta("HEAD")
            bien(conexion.respuesta(), SALUDO)


@pytest.mark.parametrize(
    "datos",
    [
        b"HEAD /saludo HTTP/1.1\r\n\r\n",
        b"HEAD /saludo HTTP/2.0\r\nHost: a\r\n\r\n",
        peticion("HEAD", "/%zz"),
        peticion("HEAD", f"/{'x' * 9000}"),
        peticion("HEAD", "/saludo", None, ["sin dos puntos"]),
        peticion("HEAD", "/saludo", None, [f"X: {'x' * 20_000}"]),
        peticion("HEAD", "/saludo", None, ["Content-Length: 9999999"]),
        peticion("HEAD", "/saludo", None, ["Content-Length: 5", "Content-Length: 6"]),
        peticion("HEAD", "/saludo", None, ["Transfer-Encoding: gzip"]),
        peticion("HEAD", "/saludo", None, CHUNKED) + b"malo\r\n",
        peticion("HEAD", "/saludo", None, ["Expect: otra-cosa"]),
    ],
    ids="sin-host 2.0 %zz 414 cabecera 431 413 longitudes gzip trozo 417".split(),
)
def test_head_de_un_error_que_cierra(servicio: Servicio, datos: bytes) -> None:
    """Sea cual sea el error, la respuesta a un HEAD no lleva cuerpo."""
    with Conexion(servicio) as conexion:
        conexion.mandar(datos).no_mandar_mas()
        respuesta = conexion.respuesta("HEAD")
        resto = conexion.hasta_el_final()
    assert not resto or resto.startswith(b"HTTP/1.1 "), (
        f"No se esperaba cuerpo tras las cabeceras de un HEAD, y llegó "
        f"{resto[:200]!r}:\n{respuesta}"
    )


def test_el_cuerpo_no_depende_del_metodo(servicio: Servicio) -> None:
    """También un GET o un DELETE pueden traer cuerpo, y se lee: no es otra petición."""
    siguiente = peticion("GET", "/saludo")
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("GET", "/espejo", COLADA) + siguiente)
        visto = espejo(conexion.respuesta())
        assert visto["bytes"] == len(COLADA), (
            f"Se esperaba un GET con un cuerpo de {len(COLADA)} bytes: {visto}"
        )
        bien(conexion.respuesta(), SALUDO)
        trozos = f"{len(COLADA):x}\r\n".encode() + COLADA + b"\r\n0\r\n\r\n"
        for metodo in ("GET", "HEAD", "DELETE", "OPTIONS"):
            conexion.mandar(peticion(metodo, "/no-existe", COLADA) + siguiente)
            conexion.respuesta(metodo)
            bien(conexion.respuesta(), SALUDO)
            conexion.mandar(peticion(metodo, "/no-existe", None, CHUNKED) + trozos)
            conexion.mandar(siguiente)
            conexion.respuesta(metodo)
            bien(conexion.respuesta(), SALUDO)


@pytest.mark.parametrize(
    "datos",
    [
        peticion("POST", "/eco", COLADA, ["Expect: otra-cosa"]),
        peticion("BREW", "/eco", COLADA),
        peticion("POST", "/saludo", COLADA),
        peticion("POST", "/%zz", COLADA),
        peticion("POST", "/eco", COLADA, ["sin dos puntos"]),
        peticion("POST", "/eco", COLADA, version="2.0"),
        peticion("HEAD", "/fallo", COLADA),
    ],
    ids="417 501 405 400-ruta 400-cabecera 505 500".split(),
)
def test_el_cuerpo_de_lo_rechazado(servicio: Servicio, datos: bytes) -> None:
    """El cuerpo de una petición rechazada no se toma nunca por otra petición."""
    with Conexion(servicio) as conexion:
        conexion.mandar(datos).no_mandar_mas()
        llegado = conexion.hasta_el_final()
    assert llegado.startswith(b"HTTP/1.1 ") and b"colada" not in llegado, (
        "Se esperaba una respuesta de error, y que no se atendiera lo que venía en "
        f"el cuerpo; llegó:\n{llegado[:600]!r}\ntras mandar:\n{conexion.pedido}"
    )


def test_destino_absoluto(servicio: Servicio) -> None:
    """«GET http://sitio/saludo» vale lo mismo que «GET /saludo»."""
    bien(pedir(servicio, "GET", "http://prueba.example/saludo"), SALUDO)
    visto = espejo(pedir(servicio, "GET", "HTTP://otro.example:8080/espejo?a=1"))
    assert (visto["ruta"], visto["consulta"]) == ("/espejo", {"a": ["1"]}), (
        f"Se esperaba la ruta /espejo con la consulta a=1, y se vio {visto}"
    )


def test_linea_en_blanco_de_mas(servicio: Servicio) -> None:
    """Un CRLF antes de la petición se pasa por alto: hay clientes que lo mandan."""
    with Conexion(servicio) as conexion:
        conexion.mandar(post("Content-Length: 4", cuerpo=b"hola"))
        bien(conexion.respuesta(), "hola")
        conexion.mandar(b"\r\n" + peticion("GET", "/saludo"))
        bien(conexion.respuesta(), SALUDO)
        # Y pegado al cuerpo, como lo mandaban los navegadores antiguos.
        conexion.mandar(post("Content-Length: 4", cuerpo=b"hola\r\n"))
        conexion.mandar(peticion("GET", "/saludo"))
        bien(conexion.respuesta(), "hola")
        bien(conexion.respuesta(), SALUDO)


@pytest.mark.aislada
def test_se_va_a_medias(con_rutas: Callable[..., Servicio]) -> None:
    """Si el cliente se va a medias, esté donde esté, no se llama al manejador."""
    import servidor

    llamadas: list[bytes] = []

    def apunta(recibida: servidor.Peticion) -> servidor.Respuesta:
        llamadas.append(recibida.cuerpo)
        return servidor.Respuesta.texto("apuntado")

    def crear() -> servidor.Enrutador:
        rutas = servidor.crear_demo()
        rutas.ruta("GET", "/apunta")(apunta)
        rutas.ruta("POST", "/apunta")(apunta)
        return rutas

    servicio = con_rutas(crear)
    entera = peticion("GET", "/apunta")
    por_trozos = post(*CHUNKED, destino="/apunta")
    for a_medias in (
        entera[:12],
        entera[:20],
        entera[:-10],
        entera[:-4],
        entera[:-2],
        entera[:-1],
        post("Content-Length: 10", destino="/apunta"),
        post("Content-Length: 10", cuerpo=b"1234", destino="/apunta"),
        por_trozos,
        por_trozos + b"4\r\n12",
        por_trozos + b"4\r\n1234\r\n",
        por_trozos + b"4\r\n1234\r\n0\r\n",
        por_trozos + b"4\r\n1234\r\n0\r\nX-Suma: 1\r\n",
    ):
        with Conexion(servicio) as conexion:
            conexion.mandar(a_medias).no_mandar_mas()
            llegado = conexion.hasta_el_final()
        assert not llegado or llegado.startswith(b"HTTP/1.1 40"), (
            f"No se esperaba respuesta (o un 400), y llegó {llegado[:200]!r} tras "
            f"mandar esto y cerrar:\n{conexion.pedido}"
        )
    bien(pedir(servicio, "POST", "/apunta", b"entera"), "apuntado")
    assert llamadas == [b"entera"], (
        "Se esperaba que el manejador solo viera la petición que llegó entera, y ha "
        f"visto también las de quien se fue a medias: {llamadas}"
    )


# ------------------------------------------------------------------- por trozos


@pytest.mark.parametrize(
    "cuerpo",
    [
        b"4\r\nhola\r\n8\r\n, mundo\n\r\n0\r\n\r\n",
        b"C\r\nhola, mundo\n\r\n0\r\n\r\n",
        b"c\r\nhola, mundo\n\r\n0\r\n\r\n",
        b"0000c\r\nhola, mundo\n\r\n000\r\n\r\n",
        b'4;a=b;c\r\nhola\r\n8 ; d="e\\";"\r\n, mundo\n\r\n0;fin\r\n\r\n',
        b"4\r\nhola\r\n8\r\n, mundo\n\r\n0\r\nX-Suma: 12\r\nX-Otra: 1\r\n\r\n",
    ],
    ids=["dos", "C", "c", "ceros", "extensiones", "trailers"],
)
def test_cuerpo_por_trozos(servicio: Servicio, cuerpo: bytes) -> None:
    """Un cuerpo chunked se recompone: extensiones y cabeceras finales se descartan."""
    with Conexion(servicio) as conexion:
        conexion.mandar(post(*CHUNKED, cuerpo=cuerpo) + peticion("GET", "/saludo"))
        bien(conexion.respuesta(), "hola, mundo\n")
        bien(conexion.respuesta(), SALUDO)


def test_por_trozos_byte_a_byte(servicio: Servicio) -> None:
    """Los trozos también pueden llegar de byte en byte, con CRLF dentro."""
    cuerpo = b"6;x\r\n\r\n0\r\n\r\r\n2\r\n\n\n\r\n0\r\nA: b\r\n\r\n"
    with Conexion(servicio) as conexion:
        conexion.a_trocitos(post("transfer-encoding: Chunked", cuerpo=cuerpo))
        bien(conexion.respuesta(), b"\r\n0\r\n\r\n\n")


def test_las_cabeceras_finales_no_cuelan(servicio: Servicio) -> None:
    """Una cabecera mandada tras el cuerpo no se mezcla con las de la petición."""
    trailers = b"1\r\nx\r\n0\r\nX-Colada: si\r\nContent-Type: falso/tipo\r\n\r\n"
    with Conexion(servicio) as conexion:
        conexion.mandar(post(*CHUNKED, cuerpo=trailers, destino="/espejo"))
        cabeceras = espejo(conexion.respuesta())["cabeceras"]
    coladas = {"x-colada", "content-type"} & set(cabeceras)
    assert not coladas, f"No se esperaban {coladas} entre las cabeceras: {cabeceras}"


@pytest.mark.parametrize(
    "cuerpo",
    [
        b"0x4\r\nhola\r\n0\r\n\r\n",
        b"+4\r\nhola\r\n0\r\n\r\n",
        b"-4\r\nhola\r\n0\r\n\r\n",
        b" 4\r\nhola\r\n0\r\n\r\n",
        b"0_4\r\nhola\r\n0\r\n\r\n",
        b"g\r\nhola\r\n0\r\n\r\n",
        b"\r\nhola\r\n0\r\n\r\n",
        b";x\r\nhola\r\n0\r\n\r\n",
        b"4\nhola\r\n0\r\n\r\n",
        b"3\r\nhola\r\n0\r\n\r\n",
        b"4\r\nholaXX0\r\n\r\n",
        b"4 4\r\nhola\r\n0\r\n\r\n",
        b"4;a=\x01\r\nhola\r\n0\r\n\r\n",
        b"4\r\nhola\r\n0\r\nX Y: 1\r\n\r\n",
        b"4\r\nhola\r\n0\r\nX: 1\n\r\n",
        b"4\r\nhola\r\n0\r\n X: 1\r\n\r\n",
    ],
    ids=(
        "0x + - espacio _ g nada solo-extension LF corto sin-CRLF dos-tamanos "
        "extension-rara final-raro final-LF final-espacio"
    ).split(),
)
def test_trozos_mal_hechos(servicio: Servicio, cuerpo: bytes) -> None:
    """Un trozo mal formado es un 400, y la conexión se cierra: ya no hay quien siga."""
    with Conexion(servicio) as conexion:
        conexion.mandar(post(*CHUNKED, cuerpo=cuerpo + COLADA))
        con_estado(conexion.respuesta(), {400})
        conexion.cerrada(tras="un trozo mal formado")


# ------------------------------------------------------- la misma conexión, o no


def test_la_conexion_persiste(servicio: Servicio) -> None:
    """En HTTP/1.1 la conexión sigue abierta para la petición siguiente."""
    with Conexion(servicio) as conexion:
        for numero in range(4):
            cuerpo = b"x" * numero * 1000
            conexion.mandar(peticion("POST", "/eco", cuerpo))
            dice(bien(conexion.respuesta(), cuerpo), "keep-alive")
        # Lo que solo se parece a «close» no lo es.
        for valor in ("closed", "x-close", "no_close, Keep-Alive", ""):
            conexion.mandar(peticion("GET", "/saludo", None, [f"Connection: {valor}"]))
            dice(bien(conexion.respuesta(), SALUDO), "keep-alive")


def dice(respuesta: Contestacion, que: str) -> None:
    """Comprueba qué dice la cabecera Connection de una respuesta."""
    assert (respuesta.get("Connection") or "").lower() == que, (
        f"Se esperaba «Connection: {que}» en la respuesta:\n{respuesta}"
    )


@pytest.mark.parametrize(
    "valor", ["close", "Close", "foo, CLOSE", "close ,foo", "foo\r\nConnection: close"]
)
def test_el_cliente_pide_cerrar(servicio: Servicio, valor: str) -> None:
    """Con «Connection: close» se contesta, se avisa y se cierra."""
    for ruta in ("/saludo", "/no-existe"):
        with Conexion(servicio) as conexion:
            conexion.mandar(peticion("GET", ruta, None, [f"Connection: {valor}"]))
            dice(conexion.respuesta(), "close")
            conexion.cerrada(tras="Connection: close")
    with Conexion(servicio) as conexion:
        ultima = peticion("GET", "/saludo", None, [f"Connection: {valor}"])
        conexion.mandar(ultima + COLADA)  # lo que venga detrás ya no se atiende
        dice(bien(conexion.respuesta(), SALUDO), "close")
        conexion.cerrada(tras="Connection: close")


@pytest.mark.parametrize(
    "cabecera",
    ["", "Connection: x-keep-alive\r\n", "Connection: keep-alive, close\r\n"],
)
def test_http_1_0(servicio: Servicio, cabecera: str) -> None:
    """Un cliente HTTP/1.0 no manda Host, y tras la respuesta se cierra."""
    with Conexion(servicio) as conexion:
        conexion.mandar(f"GET /saludo HTTP/1.0\r\n{cabecera}\r\n")
        dice(bien(conexion.respuesta(), SALUDO), "close")
        conexion.cerrada(tras="una petición HTTP/1.0")


def test_http_1_0_que_quiere_seguir(servicio: Servicio) -> None:
    """Si un cliente HTTP/1.0 pide keep-alive, se le dice que sí y no se cierra."""
    with Conexion(servicio) as conexion:
        for valor in ("Keep-Alive", "foo, keep-alive"):
            conexion.mandar(f"GET /saludo HTTP/1.0\r\nConnection: {valor}\r\n\r\n")
            dice(bien(conexion.respuesta(), SALUDO), "keep-alive")
        conexion.mandar("GET /saludo HTTP/1.0\r\n\r\n")
        bien(conexion.respuesta(), SALUDO)


def test_varias_de_golpe(servicio: Servicio) -> None:
    """Varias peticiones mandadas sin esperar se contestan todas, y en su orden."""
    trozos = post(*CHUNKED, cuerpo=b"4\r\ndos\n\r\n0\r\n\r\n")
    with Conexion(servicio) as conexion:
        conexion.mandar(
            peticion("POST", "/eco", b"uno")
            + trozos
            + peticion("HEAD", "/saludo")
            + peticion("POST", "/espejo", COLADA)
            + peticion("POST", "/no-existe", COLADA)
            + peticion("GET", "/saludo")
            + peticion("POST", "/eco", b"fin")
        )
        bien(conexion.respuesta(), "uno")
        bien(conexion.respuesta(), "dos\n")
        bien(conexion.respuesta("HEAD"))
        visto = espejo(conexion.respuesta())
        assert visto["bytes"] == len(COLADA), (
            f"Se esperaba un cuerpo de {len(COLADA)} bytes, y se leyó {visto}"
        )
        perdida = conexion.respuesta()
        assert 400 <= perdida.estado < 500, f"Se esperaba un error 4xx:\n{perdida}"
        bien(conexion.respuesta(), SALUDO)
        bien(conexion.respuesta(), "fin")


def test_espera_un_100(servicio: Servicio) -> None:
    """Con «Expect: 100-continue» se da paso al cuerpo antes de que llegue."""
    with Conexion(servicio) as conexion:
        conexion.mandar(post("Content-Length: 4", "expect: 100-Continue"))
        con_estado(conexion.respuesta(), {100})
        conexion.mandar(b"hola")
        bien(conexion.respuesta(), "hola")
        conexion.mandar(post(*CHUNKED, "Expect: 100-continue"))
        con_estado(conexion.respuesta(), {100})
        conexion.mandar(b"1\r\nx\r\n0\r\n\r\n")
        bien(conexion.respuesta(), "x")


def test_nadie_espera_un_100(servicio: Servicio) -> None:
    """Sin cuerpo, o en HTTP/1.0, no se manda ningún 100."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("GET", "/saludo", None, ["Expect: 100-continue"]))
        bien(conexion.respuesta(), SALUDO)
        cabeceras = ["Content-Length: 1", "Expect: 100-continue"]
        conexion.mandar(peticion("POST", "/eco", None, cabeceras, "1.0"))
        con_algo_que_leer([conexion], 0.1)  # lo que tardaría en llegar un 100
        bien(conexion.mandar(b"x").respuesta(), "x")


def test_espera_otra_cosa(servicio: Servicio) -> None:
    """Un «Expect» que no se conoce es un 417."""
    for valor in ("200-ok", "100-continue-no", "x100-continue"):
        cabeceras = [f"Expect: {valor}"]
        con_estado(pedir(servicio, "POST", "/eco", b"x", cabeceras), {417})


# ------------------------------------------------------ contrabando de peticiones


@pytest.mark.parametrize(
    "lineas",
    [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5", "Content-Length: 5"],
        ["Content-Length: 5", "X-A: 1", "content-LENGTH: 5"],
        ["Content-Length: 5, 5"],
        ["Content-Length: +5"],
        ["Content-Length: -5"],
        ["Content-Length: 0_5"],
        ["Content-Length: 0x5"],
        ["Content-Length: 5 5"],
        ["Content-Length: 5.0"],
        ["Content-Length: 5e0"],
        ["Content-Length: \xb2"],
        ["Content-Length:"],
        ["Content-Length: cinco"],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: chunked, chunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding: identity", "Content-Length: 5"],
        ["Transfer-Encoding:"],
        ["Transfer-Encoding:", "Content-Length: 5"],
        ["Transfer-Encoding : chunked"],
        ["Transfer-Encoding\t: chunked", "Content-Length: 5"],
    ],
    ids=" | ".join,
)
def test_donde_acaba_el_cuerpo(servicio: Servicio, lineas: list[str]) -> None:
    """Si no está claro dónde acaba el cuerpo, se rechaza y se cierra.

    Un proxy podría entenderlo de otra manera, y lo que para uno es cuerpo sería para
    el otro una petición de contrabando (request smuggling).
    """
    for metodo in ("POST", "GET"):
        with Conexion(servicio) as conexion:
            conexion.mandar(peticion(metodo, "/eco", None, lineas))
            conexion.mandar(b"0\r\n\r\n" + COLADA)
            dice(con_estado(conexion.respuesta(), {400, 501}), "close")
            conexion.cerrada(tras=lineas)


def test_chunked_en_http_1_0(servicio: Servicio) -> None:
    """HTTP/1.0 no conoce Transfer-Encoding: es un 400, y se cierra."""
    with Conexion(servicio) as conexion:
        cabeceras = [*CHUNKED, "Connection: keep-alive"]
        conexion.mandar(peticion("POST", "/eco", None, cabeceras, "1.0"))
        conexion.mandar(b"1\r\nx\r\n0\r\n\r\n" + COLADA)
        con_estado(conexion.respuesta(), {400})
        conexion.cerrada(tras="chunked en HTTP/1.0")


# -------------------------------------------------------------- clientes de verdad


def test_http_client(servicio: Servicio) -> None:
    """http.client hace varias peticiones seguidas por la misma conexión."""
    with servicio.vigilar(http.client.HTTPException, que="http.client"):
        cliente = http.client.HTTPConnection(
            servicio.host, servicio.puerto, timeout=servicio.plazo
        )
        with closing(cliente):
            cliente.connect()
            enchufe = cliente.sock
            vistos: list[bytes] = []
            for metodo, ruta, cuerpo in (
                ("GET", "/saludo", None),
                ("POST", "/eco", b"hola"),
                ("HEAD", "/saludo", None),
                ("POST", "/eco", iter([b"por ", b"trozos"])),
                ("GET", "/saludo", None),
            ):
                cliente.request(metodo, ruta, cuerpo)
                vistos.append(cliente.getresponse().read())
            misma = cliente.sock is enchufe
    esperados = [b"Hola, mundo\n", b"hola", b"", b"por trozos", b"Hola, mundo\n"]
    assert vistos == esperados, f"Se esperaban los cuerpos {esperados}, y son {vistos}"
    assert misma, "Se esperaba que la conexión siguiera abierta hasta el final"


def test_curl_post(servicio: Servicio) -> None:
    """«curl --data» y «curl --upload-file -» (por trozos) reciben el eco."""
    assert curl(servicio, "/eco", "--data", "hola").stdout == b"hola", (
        "Se esperaba el eco de «curl --data hola»"
    )
    cabecera = ["-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"]
    opciones = [*cabecera, "-X", "POST", "--data-binary", "@-"]
    hecho = curl(servicio, "/eco", *opciones, entrada=TODOS_LOS_BYTES)
    assert hecho.stdout == TODOS_LOS_BYTES, (
        f"Se esperaban los {len(TODOS_LOS_BYTES)} bytes, y llegaron {hecho.stdout!r}"
    )


def test_curl_aprovecha_la_conexion(servicio: Servicio) -> None:
    """curl pide dos cosas y le basta con conectarse una vez."""
    formato = ["-w", "%{http_code} %{num_connects}\n", "-o"]
    primera = [*formato, "-", "-I", f"{servicio.direccion.rstrip('/')}/saludo"]
    hecho = curl(servicio, "/saludo", *primera, "-o", "-")
    lineas = hecho.stdout.decode().splitlines()
    assert lineas[-1:] == ["200 0"], (
        "Se esperaba que la segunda petición no abriera otra conexión (200 0), y curl "
        f"dijo:\n{hecho.stdout.decode()}"
    )
