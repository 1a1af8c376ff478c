# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Manejo de requests GET/POST."""

from __future__ import annotations

import http.client
from contextlib import closing

import pytest
from motor.servicio import Servicio
from requisitos.crudo import (
    Conexion,
    bien,
    con_estado,
    espejo,
    pedir,
    peticion,
    sigue_vivo,
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
        for ruta in ("/no-existe", "/fallo"):
            conexion.mandar(peticion("HEAD", ruta) + peticion("GET", "/saludo"))
            conexion.respuesta("HEAD")
            bien(conexion.respuesta(), SALUDO)


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
        for metodo in ("DELETE", "OPTIONS"):
            conexion.mandar(peticion(metodo, "/no-existe", COLADA) + siguiente)
            conexion.respuesta()
            bien(conexion.respuesta(), SALUDO)


def test_destino_absoluto(servicio: Servicio) -> None:
    """«GET http://sitio/saludo» vale lo mismo que «GET /saludo»."""
    bien(pedir(servicio, "GET", "http://prueba.example/saludo"), SALUDO)


def test_linea_en_blanco_de_mas(servicio: Servicio) -> None:
    """Un CRLF antes de la petición se pasa por alto: hay clientes que lo mandan."""
    with Conexion(servicio) as conexion:
        conexion.mandar(post("Content-Length: 4", cuerpo=b"hola"))
        bien(conexion.respuesta(), "hola")
        conexion.mandar(b"\r\n" + peticion("GET", "/saludo"))
        bien(conexion.respuesta(), SALUDO)


def test_se_va_a_medias(servicio: Servicio) -> None:
    """Si el cliente se va a mitad del cuerpo, la petición no llega al manejador."""
    for a_medias in (
        post("Content-Length: 10", cuerpo=b"1234"),
        post(*CHUNKED, cuerpo=b"4\r\n1234\r\n"),
    ):
        with Conexion(servicio) as conexion:
            conexion.mandar(a_medias).no_mandar_mas()
            llegado = conexion.leer(4096)
        assert not llegado or llegado.startswith(b"HTTP/1.1 400"), (
            f"No se esperaba respuesta (o un 400), y llegó {llegado[:200]!r} tras "
            f"mandar y cerrar:\n{conexion.pedido}"
        )
    sigue_vivo(servicio)


# ------------------------------------------------------------------- por trozos


@pytest.mark.parametrize(
    "cuerpo",
    [
        b"4\r\nhola\r\n8\r\n, mundo\n\r\n0\r\n\r\n",
        b"C\r\nhola, mundo\n\r\n0\r\n\r\n",
        b"c\r\nhola, mundo\n\r\n0\r\n\r\n",
        b"0000c\r\nhola, mundo\n\r\n000\r\n\r\n",
        b'4;a=b;c\r\nhola\r\n8 ; d="e"\r\n, mundo\n\r\n0;fin\r\n\r\n',
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
    ],
    ids="0x + - espacio _ g nada solo-extension LF corto sin-CRLF".split(),
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
            bien(conexion.respuesta(), cuerpo)


@pytest.mark.parametrize("valor", ["close", "Close", "foo, CLOSE"])
def test_el_cliente_pide_cerrar(servicio: Servicio, valor: str) -> None:
    """Con «Connection: close» se contesta, se avisa y se cierra."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("GET", "/saludo", None, [f"Connection: {valor}"]))
        respuesta = bien(conexion.respuesta(), SALUDO)
        assert (respuesta.get("Connection") or "").lower() == "close", (
            f"Se esperaba «Connection: close» en la respuesta:\n{respuesta}"
        )
        conexion.cerrada(tras="Connection: close")


def test_http_1_0(servicio: Servicio) -> None:
    """Un cliente HTTP/1.0 no manda Host, y tras la respuesta se cierra."""
    with Conexion(servicio) as conexion:
        conexion.mandar("GET /saludo HTTP/1.0\r\n\r\n")
        bien(conexion.respuesta(), SALUDO)
        conexion.cerrada(tras="una petición HTTP/1.0")


def test_http_1_0_que_quiere_seguir(servicio: Servicio) -> None:
    """Si un cliente HTTP/1.0 pide keep-alive, se le dice que sí y no se cierra."""
    with Conexion(servicio) as conexion:
        conexion.mandar("GET /saludo HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        respuesta = bien(conexion.respuesta(), SALUDO)
        assert (respuesta.get("Connection") or "").lower() == "keep-alive", (
            f"Se esperaba «Connection: keep-alive» en la respuesta:\n{respuesta}"
        )
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
        conexion.mandar(peticion("POST", "/eco", None, cabeceras, "1.0") + b"x")
        bien(conexion.respuesta(), "x")


def test_espera_otra_cosa(servicio: Servicio) -> None:
    """Un «Expect» que no se conoce es un 417."""
    cabeceras = ["Expect: 200-ok"]
    con_estado(pedir(servicio, "POST", "/eco", b"x", cabeceras), {417})


# ------------------------------------------------------ contrabando de peticiones


@pytest.mark.parametrize(
    "lineas",
    [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5", "Content-Length: 5"],
        ["Content-Length: 5, 5"],
        ["Content-Length: +5"],
        ["Content-Length: -5"],
        ["Content-Length: 0_5"],
        ["Content-Length: 0x5"],
        ["Content-Length: 5 5"],
        ["Content-Length: 5.0"],
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
    with Conexion(servicio) as conexion:
        conexion.mandar(post(*lineas, cuerpo=b"0\r\n\r\n" + COLADA))
        con_estado(conexion.respuesta(), {400, 501})
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
