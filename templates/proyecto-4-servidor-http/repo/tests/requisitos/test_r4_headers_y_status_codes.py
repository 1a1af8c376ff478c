# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Headers y status codes."""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from motor.servicio import Servicio
from requisitos.crudo import (
    Conexion,
    Contestacion,
    bien,
    con_algo_que_leer,
    con_estado,
    espejo,
    hasta_que,
    pedir,
    peticion,
    sigue_vivo,
)
from requisitos.curl import curl

SALUDO = "Hola, mundo\n"
HOST = "Host: prueba.example\r\n"
MEGA = 1_048_576
FECHA = (
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct"
    r"|Nov|Dec) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)


def vistas(servicio: Servicio, *cabeceras: str) -> dict[str, str]:
    """Las cabeceras que ve un manejador cuando se mandan estas."""
    visto: dict[str, str] = espejo(pedir(servicio, "GET", "/espejo", None, cabeceras))[
        "cabeceras"
    ]
    return visto


def rechaza(servicio: Servicio, datos: bytes | str, *estados: int) -> Contestacion:
    """Comprueba que eso se rechaza con uno de estos estados, y que se cierra."""
    with Conexion(servicio) as conexion:
        conexion.mandar(datos)
        respuesta = con_estado(conexion.respuesta(), set(estados))
        assert (respuesta.get("Connection") or "").lower() == "close", (
            f"Se esperaba «Connection: close» en un {respuesta.estado}:\n{respuesta}"
        )
        conexion.cerrada(tras=f"un {respuesta.estado}")
    return respuesta


# ------------------------------------------------------------ cabeceras que llegan


def test_mayusculas_y_minusculas(servicio: Servicio) -> None:
    """El nombre de una cabecera vale igual en mayúsculas que en minúsculas."""
    with Conexion(servicio) as conexion:
        conexion.mandar("POST /eco HTTP/1.1\r\nhOST: a\r\n")
        conexion.mandar("cONTENT-lENGTH: 4\r\n\r\nhola")
        bien(conexion.respuesta(), "hola")
        conexion.mandar("POST /eco HTTP/1.1\r\nHOST: a\r\n")
        conexion.mandar("TRANSFER-encoding: CHUNKED\r\ncontent-TYPE: text/rimado\r\n")
        conexion.mandar("\r\n1\r\nx\r\n0\r\n\r\n")
        respuesta = bien(conexion.respuesta(), "x")
    assert respuesta.get("Content-Type") == "text/rimado", (
        f"Se esperaba que el manejador encontrara «content-TYPE»:\n{respuesta}"
    )


def test_el_valor_sin_espacios_alrededor(servicio: Servicio) -> None:
    """Del valor se quitan los espacios de los extremos, y nada más."""
    visto = vistas(
        servicio, "X-A:uno", "X-B: \t dos  tres \t", "X-C: a:b: c", "X-D:", "X_e!: \xf1"
    )
    esperado = {"x-a": "uno", "x-b": "dos  tres", "x-c": "a:b: c", "x-d": ""}
    esperado |= {"x_e!": "ñ", "host": "prueba.example"}
    assert visto == esperado, f"Se esperaban las cabeceras {esperado}, y son {visto}"


def test_cabeceras_repetidas(servicio: Servicio) -> None:
    """Los valores de una cabecera repetida se juntan con «, », en su orden."""
    visto = vistas(servicio, "X-A: 1", "X-B: 0", "x-a: 2, 3", "X-A: 4")
    assert visto.get("x-a") == "1, 2, 3, 4", (
        f"Se esperaba «x-a» con «1, 2, 3, 4», y se vio {visto}"
    )


@pytest.mark.aislada
@pytest.mark.en_proceso
def test_las_cabeceras_de_la_biblioteca() -> None:
    """Cabeceras busca sin mirar mayúsculas, y todas() da los valores uno a uno."""
    from servidor import Cabeceras

    cabeceras = Cabeceras([("Accept", "a/b"), ("ACCEPT", "c/d"), ("Host", "x")])
    assert cabeceras.get("aCCept") == "a/b, c/d", "Se esperaba «a/b, c/d»"
    assert cabeceras.todas("Accept") == ["a/b", "c/d"], "Se esperaban los dos"
    assert cabeceras.todas("X-No") == [], "Se esperaba una lista vacía"
    assert cabeceras.get("X-No") is None, "Se esperaba None"
    assert "HOST" in cabeceras and "X-No" not in cabeceras, "Falla «in»"
    assert cabeceras["hOST"] == "x", "Se esperaba «x» de cabeceras['hOST']"
    assert dict(cabeceras) == {"accept": "a/b, c/d", "host": "x"}, (
        "Se esperaban los nombres en minúsculas al recorrerlas, y salen "
        f"{dict(cabeceras)}"
    )
    with pytest.raises(TypeError):
        cabeceras["X-Otra"] = "no"  # type: ignore[index]


# --------------------------------------------------------------------------- 400


@pytest.mark.parametrize(
    "lineas",
    [
        "X-A: uno\r\n dos\r\n",
        "X-A: uno\r\n\tdos\r\n",
        " X-A: uno\r\n",
        "\tX-A: uno\r\n",
        "X-A: uno\r\n \r\n",
        "X-A : uno\r\n",
        "X-A\t: uno\r\n",
        "X,A: uno\r\n",
        'X"A": uno\r\n',
        "X-A\r\n",
        ": uno\r\n",
        "X A: uno\r\n",
        "X-(A): uno\r\n",
        "X-Ñ: uno\r\n",
        "X-A: u\0no\r\n",
        "X-A: u\rno\r\n",
        "X-A: u\x0bno\r\n",
        "X-A: u\x7fno\r\n",
        "X-A: uno\nX-B: dos\r\n",
        "Host: otro.example\r\n",
        "Host: prueba.example\r\n",
        "X-A: 1\r\nhOST: prueba.example\r\n",
    ],
    ids=repr,
)
def test_cabeceras_mal_hechas(servicio: Servicio, lineas: str) -> None:
    """Una cabecera mal formada, o partida en dos líneas, es un 400, y se cierra."""
    datos = f"GET /saludo HTTP/1.1\r\n{HOST}{lineas}\r\n".encode("latin-1")
    rechaza(servicio, datos + peticion("GET", "/saludo"), 400)
    sigue_vivo(servicio)


@pytest.mark.parametrize(
    "linea",
    [
        "GET /saludo",
        "GET",
        "/saludo",
        "GET  /saludo HTTP/1.1",
        "GET\t/saludo\tHTTP/1.1",
        " GET /saludo HTTP/1.1",
        "GET /saludo HTTP/1.1 ",
        "GET /saludo HTTP/1.1 otra",
        "GET /sa ludo HTTP/1.1",
        "GET saludo HTTP/1.1",
        "GET /saludo http/1.1",
        "GET /saludo HTTP/1.",
        "GET /saludo HTTP/.1",
        "GET /saludo HTTP /1.1",
        "GET /saludo HTTP/1,1",
        "GET /saludo#aqui HTTP/1.1",
        "GET /saludo?a=1#aqui HTTP/1.1",
        "GET /salu\x7fdo HTTP/1.1",
        "GET /saludo HTTP/\xb2.1",
        "GET /saludo HTTPS/1.1",
        "GET /salu\xffdo HTTP/1.1",
        "GET /salu\0do HTTP/1.1",
        "GET /salu\rdo HTTP/1.1",
        "G(T /saludo HTTP/1.1",
        "GET /hola/%zz HTTP/1.1",
        "GET /hola/%4 HTTP/1.1",
        "GET /hola/%ff HTTP/1.1",
        "GET /hola/%00 HTTP/1.1",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "{'json': 'suelto'}",
    ],
    ids=repr,
)
def test_primera_linea_mal_hecha(servicio: Servicio, linea: str) -> None:
    """Una primera línea mal formada es un 400, y se cierra."""
    rechaza(servicio, f"{linea}\r\n{HOST}\r\n".encode("latin-1"), 400)
    sigue_vivo(servicio)


@pytest.mark.parametrize("version", ["11", "1.10", "10.1", "01.1", "1.1.1"])
def test_una_version_mal_escrita(servicio: Servicio, version: str) -> None:
    """La versión es una cifra, un punto y otra cifra; si no, un 400 (o un 505)."""
    rechaza(servicio, peticion("GET", "/saludo", version=version), 400, 505)
    sigue_vivo(servicio)


def test_lineas_sin_cr(servicio: Servicio) -> None:
    """Las líneas acaban en CRLF: un LF a secas es un 400."""
    rechaza(servicio, "GET /saludo HTTP/1.1\nHost: a\n\n", 400)
    rechaza(servicio, "GET /saludo HTTP/1.1\r\nHost: a\n\r\n", 400)
    rechaza(servicio, "GET /saludo HTTP/1.1\nHost: a\r\n\r\n", 400)
    rechaza(servicio, "GET /saludo HTTP/1.1\r\nHost: a\r\n\n", 400)
    sigue_vivo(servicio)


def test_basura(servicio: Servicio) -> None:
    """Bytes al azar son un error del cliente, y el servidor sigue."""
    azar = random.Random(4)
    for cuantos in (10, 100, 1000):
        datos = azar.randbytes(cuantos).replace(b"\r", b"").replace(b"\n", b"")
        rechaza(servicio, datos + b"\r\n\r\n", 400)
    sigue_vivo(servicio)


def test_sin_host(servicio: Servicio) -> None:
    """HTTP/1.1 exige Host; sin ella es un 400. HTTP/1.0, no."""
    rechaza(servicio, "GET /saludo HTTP/1.1\r\n\r\n", 400)
    rechaza(servicio, "GET http://a.example/saludo HTTP/1.1\r\n\r\n", 400)
    rechaza(servicio, "GET /saludo HTTP/1.1\r\nX-Host: a\r\n\r\n", 400)
    with Conexion(servicio) as conexion:
        conexion.mandar("GET /saludo HTTP/1.0\r\n\r\n")
        bien(conexion.respuesta(), SALUDO)


# ------------------------------------------------------------- demasiado de algo


def linea_de(bytes_: int) -> bytes:
    """Una petición cuya primera línea mide exactamente eso, sin contar el CRLF."""
    relleno = "x" * (bytes_ - len("GET /saludo? HTTP/1.1"))
    return peticion("GET", f"/saludo?{relleno}")


def test_primera_linea_larguisima(servicio: Servicio) -> None:
    """Hasta 8000 bytes vale; uno más es un 414, aunque la línea no haya acabado."""
    with Conexion(servicio) as conexion:
        bien(conexion.mandar(linea_de(8000)).respuesta(), SALUDO)
        # Ni aunque llegue en dos veces, partida entre el CR y el LF.
        conexion.mandar(linea_de(8000)[:8001])
        con_algo_que_leer([conexion], 0.05)
        bien(conexion.mandar(linea_de(8000)[8001:]).respuesta(), SALUDO)
    rechaza(servicio, linea_de(8001), 414)
    rechaza(servicio, "GET /" + "x" * 20_000, 414)
    # Bytes, y no letras: cada «%C3%B1» son seis.
    rechaza(servicio, peticion("GET", "/saludo?" + "%C3%B1" * 1400), 414)
    sigue_vivo(servicio)


def cabeceras_de(bytes_: int, cuantas: int = 10) -> bytes:
    """Una petición con tantas cabeceras, que miden eso contando cada CRLF."""
    lineas = [HOST] + [f"X-{n}: {n}\r\n" for n in range(cuantas - 2)]
    falta = bytes_ - sum(map(len, lineas)) - len("X: \r\n")
    lineas.append(f"X: {'x' * falta}\r\n")
    return f"GET /saludo HTTP/1.1\r\n{''.join(lineas)}\r\n".encode()


def test_cabeceras_enormes(servicio: Servicio) -> None:
    """Hasta 16 384 bytes de cabeceras vale; uno más es un 431, aunque no acaben."""
    with Conexion(servicio) as conexion:
        bien(conexion.mandar(cabeceras_de(16_384)).respuesta(), SALUDO)
    rechaza(servicio, cabeceras_de(16_385), 431)
    rechaza(servicio, cabeceras_de(40_000)[:-4], 431)
    sigue_vivo(servicio)


def test_demasiadas_cabeceras(servicio: Servicio) -> None:
    """Hasta 100 cabeceras vale; una más es un 431."""
    with Conexion(servicio) as conexion:
        bien(conexion.mandar(cabeceras_de(3000, 100)).respuesta(), SALUDO)
    rechaza(servicio, cabeceras_de(3000, 101), 431)
    repetida = f"GET /saludo HTTP/1.1\r\n{HOST}" + "X-A: 1\r\n" * 100 + "\r\n"
    rechaza(servicio, repetida, 431)
    sigue_vivo(servicio)


def test_cuerpo_demasiado_grande(servicio: Servicio) -> None:
    """Hasta 1 MiB de cuerpo vale; si anuncia más, es un 413 sin esperarlo."""
    entero = b"x" * MEGA
    bien(pedir(servicio, "POST", "/eco", entero), entero)
    for longitud in (str(MEGA + 1), "9" * 18, "9" * 30, "9" * 5000):
        cabeceras = [f"Content-Length: {longitud}", "Expect: 100-continue"]
        rechaza(servicio, peticion("POST", "/eco", None, cabeceras), 413)
        rechaza(servicio, peticion("POST", "/eco", None, cabeceras[:1]), 413)
        rechaza(servicio, peticion("GET", "/no-existe", None, cabeceras[:1]), 413)
    sigue_vivo(servicio)


def test_trozos_demasiado_grandes(servicio: Servicio) -> None:
    """Por trozos tampoco se pasa de 1 MiB, ni con uno enorme ni con muchos pequeños."""
    cabeza = peticion("POST", "/eco", None, ["Transfer-Encoding: chunked"])
    mitad = b"80000\r\n" + b"x" * 0x80000 + b"\r\n"
    with Conexion(servicio) as conexion:
        conexion.mandar(cabeza + mitad * 2 + b"0\r\n\r\n")
        bien(conexion.respuesta(), b"x" * MEGA)
    rechaza(servicio, cabeza + mitad * 2 + b"1\r\nx\r\n0\r\n\r\n", 413)
    for tamano in (b"100001", b"7fffffffffffffff", b"f" * 16, b"f" * 100):
        rechaza(servicio, cabeza + tamano + b"\r\n", 413, 400)
    sigue_vivo(servicio)


def test_la_respuesta_llega_aunque_siga_mandando(servicio: Servicio) -> None:
    """Si el cliente no para de mandar un cuerpo rechazado, recibe el 413 igualmente."""
    for _ in range(3):
        rechaza(servicio, peticion("POST", "/eco", b"x" * (MEGA * 3)), 413)
    sigue_vivo(servicio)


def test_no_se_cierra_en_seco(servicio: Servicio) -> None:
    """Tras un error se sigue leyendo un poco: cerrar en seco borraría la respuesta.

    Quien cierra con bytes por leer, o por llegar, corta por lo sano («connection
    reset»), y según el sistema el cliente se queda sin la respuesta.
    """
    casos: list[tuple[int, bytes | str]] = [
        (400, "GET /saludo\r\n"),
        (400, f"GET /saludo HTTP/1.1\r\n{HOST}mala\r\n"),
        (413, peticion("POST", "/eco", None, [f"Content-Length: {MEGA * 3}"])),
        (414, "GET /" + "x" * 9000),
        (431, f"GET /saludo HTTP/1.1\r\n{HOST}X: " + "x" * 20_000),
        (505, peticion("GET", "/saludo", version="2.0")),
    ]
    with ExitStack() as pila:
        abiertas = [pila.enter_context(Conexion(servicio)) for _ in casos]
        for conexion, (_, datos) in zip(abiertas, casos, strict=True):
            conexion.mandar(datos)
        contestado = time.monotonic()
        respuestas = [conexion.respuesta() for conexion in abiertas]
        for _ in range(4):
            for conexion, respuesta in zip(abiertas, respuestas, strict=True):
                try:
                    conexion.enchufe.sendall(b"x" * 1000)
                except ConnectionError as error:
                    if time.monotonic() > contestado + 0.4:
                        pytest.skip("este ordenador va a saltos: ya no era «un poco»")
                    pytest.fail(
                        "Se esperaba que, contestado el error, el servidor leyera y "
                        "tirara lo que el cliente sigue mandando antes de cerrar, y "
                        f"ha cortado ({error}):\n{respuesta}"
                    )
            time.sleep(0.02)
        for conexion, respuesta, (estado, _) in zip(
            abiertas, respuestas, casos, strict=True
        ):
            con_estado(respuesta, {estado})
            conexion.cerrada(tras=f"un {estado}")


def test_finales_demasiado_grandes(servicio: Servicio) -> None:
    """Las cabeceras de después de los trozos tienen los mismos límites, aparte."""
    cabeza = peticion("POST", "/eco", None, ["Transfer-Encoding: chunked"])
    # Con las de delante casi al límite, otras tantas detrás: 100, y 16 384 bytes.
    lineas = [f"X-{n:02}: {'x' * 153}" for n in range(99)]
    llena = peticion("POST", "/eco", None, ["Transfer-Encoding: chunked", *lineas[:98]])
    finales = "".join(f"{linea}\r\n" for linea in lineas) + "X: "
    finales += "x" * (16_384 - len(finales) - 2)
    with Conexion(servicio) as conexion:
        conexion.mandar(llena + f"0\r\n{finales}\r\n\r\n".encode())
        bien(conexion.respuesta(), "")
    rechaza(servicio, llena + f"0\r\n{finales}x\r\n\r\n".encode(), 431)
    cien = b"".join(b"X-%d: 1\r\n" % n for n in range(100))
    with Conexion(servicio) as conexion:
        bien(conexion.mandar(cabeza + b"0\r\n" + cien + b"\r\n").respuesta(), "")
    rechaza(servicio, cabeza + b"0\r\n" + cien + b"X: 1\r\n\r\n", 431)
    larga = b"X-%d: " + b"x" * 5000 + b"\r\n"
    larguisimas = b"".join(larga % n for n in range(4))
    rechaza(servicio, cabeza + b"0\r\n" + larguisimas + b"\r\n", 431)
    rechaza(servicio, cabeza + b"0\r\nX: " + b"x" * 20_000, 431)
    rechaza(servicio, cabeza + b"0\r\nsin dos puntos\r\n\r\n", 400)
    sigue_vivo(servicio)


# ----------------------------------------------------------------- 501, 505 y 500


@pytest.mark.parametrize(
    "metodo", ["BREW", "get", "Post", "TRACE", "CONNECT", "GETS", "X" * 50]
)
def test_metodo_desconocido(servicio: Servicio, metodo: str) -> None:
    """Un método que el servidor no conoce es un 501, exista la ruta o no."""
    con_estado(pedir(servicio, metodo, "/saludo"), {501})
    con_estado(pedir(servicio, metodo, "/no-existe"), {501})


def test_los_metodos_que_conoce(servicio: Servicio) -> None:
    """Los siete que conoce no son un 501, aunque ahí no haya nada."""
    for metodo in "GET HEAD POST PUT PATCH DELETE OPTIONS".split():
        con_estado(pedir(servicio, metodo, "/no-existe"), {404})


@pytest.mark.parametrize("version", ["2.0", "0.9", "3.0", "9.9"])
def test_version_desconocida(servicio: Servicio, version: str) -> None:
    """Una versión que no es 1.x es un 505, y se cierra."""
    rechaza(servicio, peticion("GET", "/saludo", version=version), 505)
    sigue_vivo(servicio)


def test_cualquier_version_1(servicio: Servicio) -> None:
    """HTTP/1.2 no existe, pero quien sabe HTTP/1.1 la entiende (RFC 9110, 2.5)."""
    with Conexion(servicio) as conexion:
        for version in ("1.2", "1.9", "1.1"):
            conexion.mandar(peticion("GET", "/saludo", version=version))
            bien(conexion.respuesta(), SALUDO)


def no_cuenta_nada(respuesta: Contestacion, *secretos: str) -> None:
    """Comprueba que es un 500 que no dice nada de por dentro."""
    con_estado(respuesta, {500})
    texto = str(respuesta.pares) + respuesta.cuerpo.decode("utf-8", "replace")
    for secreto in (*secretos, "Traceback", "Error(", "Error:", ".py", "servidor"):
        assert secreto not in texto, (
            f"No se esperaba {secreto!r} en un 500:\n{respuesta}"
        )


def test_un_manejador_que_falla(
    servicio: Servicio, caplog: pytest.LogCaptureFixture
) -> None:
    """Es un 500 que no cuenta por qué; el porqué, con su traza, va al registro."""
    for _ in range(3):
        respuesta = pedir(servicio, "GET", "/fallo")
        no_cuenta_nada(respuesta, "tortuga", "contraseña", "RuntimeError")
    sigue_vivo(servicio)
    if not servicio.ajustes:
        return  # con --direccion no se ve lo que registra

    def registro() -> str:
        return servicio.salida() if servicio.proceso else caplog.text

    hasta_que(
        lambda: "tortuga-42" in registro() and "Traceback" in registro(),
        "que el error del manejador quedara en el registro (logging), con su traza",
        servicio.plazo,
    )


@pytest.mark.aislada
def test_lo_que_un_manejador_puede_hacer_mal(
    con_rutas: Callable[..., Servicio], caplog: pytest.LogCaptureFixture
) -> None:
    """Si un manejador devuelve algo imposible, o intenta salir, es un 500."""
    import servidor

    respuesta = servidor.Respuesta
    malas: dict[str, Callable[[], Any]] = {
        "nada": lambda: None,
        "texto": lambda: "hola",
        "salir": lambda: sys.exit("adiós"),
        "cero": lambda: 1 / 0,
        "clave": lambda: {}["secreta"],
        "recursion": lambda: malas["recursion"](),
        "numero-suelto": lambda: 200,
        "pareja": lambda: (200, b"hola"),
        "bytes": lambda: b"hola",
        "cuerpo": lambda: respuesta(200, "no son bytes", {}),
        "sin-cuerpo": lambda: respuesta(200, None, {}),
        "lista": lambda: respuesta(200, [1, 2], {}),
        "numero": lambda: respuesta(200, b"x", {"X-A": 5}),
        "estado": lambda: respuesta(99, b"", {}),
        "estado-negativo": lambda: respuesta(-200, b"", {}),
        "estado-texto": lambda: respuesta("200", b"", {}),
        "estado-grande": lambda: respuesta(1000, b"", {}),
        "casi-200": lambda: respuesta(199, b"", {}),
        "casi-599": lambda: respuesta(600, b"", {}),
        "continuar": lambda: respuesta(100, b"", {}),
        "crlf": lambda: respuesta(200, b"x", {"X-A": "a\r\nX-Colada: si"}),
        "lf": lambda: respuesta(200, b"x", {"X-A": "a\nX-Colada: si"}),
        "cr": lambda: respuesta(200, b"x", {"X-A": "a\rX-Colada: si"}),
        "nulo": lambda: respuesta(200, b"x", {"X-A": "a\0"}),
        "nombre": lambda: respuesta(200, b"x", {"X-A: 1\r\nX-Colada": "si"}),
        "nombre-vacio": lambda: respuesta(200, b"x", {"": "si"}),
        "nombre-espacio": lambda: respuesta(200, b"x", {"X A": "si"}),
        "final-lf": lambda: respuesta(200, b"x", {"X-A": "a\n"}),
        "nombre-lf": lambda: respuesta(200, b"x", {"X-A\n": "a"}),
        "euro": lambda: respuesta(200, b"x", {"X-A": "10 €"}),
    }

    def crear() -> servidor.Enrutador:
        rutas = servidor.Enrutador()
        rutas.ruta("GET", "/bien")(lambda peticion: respuesta.texto("bien"))
        for nombre, mala in malas.items():
            rutas.ruta("GET", f"/{nombre}")(lambda peticion, mala=mala: mala())
        return rutas

    servicio = con_rutas(crear)
    for nombre in malas:
        no_cuenta_nada(pedir(servicio, "GET", f"/{nombre}"), "Colada", "adiós")
        bien(pedir(servicio, "GET", "/bien"), "bien")
    for error in ("SystemExit", "ZeroDivisionError", "KeyError"):
        hasta_que(
            lambda error=error: error in caplog.text,
            f"que {error} quedara en el registro (logging), con su traza",
            servicio.plazo,
        )


@pytest.mark.parametrize("salto", ["%0d%0a", "%0a", "%0d", "%00"])
def test_nadie_cuela_cabeceras(servicio: Servicio, salto: str) -> None:
    """Un salto de línea en lo que manda el cliente no acaba siendo una cabecera."""
    buena = con_estado(pedir(servicio, "GET", "/ir?a=/sub/"), {302})
    assert buena.get("Location") == "/sub/", f"Se esperaba Location: /sub/:\n{buena}"
    ruta = f"/ir?a=/x{salto}Set-Cookie:%20robada=1{salto}{salto}<h1>hola</h1>"
    respuesta = con_estado(pedir(servicio, "GET", ruta), {500})
    nombres = {nombre.lower() for nombre, _ in respuesta.pares}
    assert not {"set-cookie", "location"} & nombres, (
        f"No se esperaba ninguna cabecera del atacante:\n{respuesta}"
    )


# ------------------------------------------------------------ cabeceras que salen


@pytest.mark.aislada
@pytest.mark.usefixtures("otro_huso")
def test_cada_respuesta_con_su_fecha(servicio: Servicio) -> None:
    """Todas las respuestas llevan Date, en GMT y en inglés, también las de error."""
    antes = time.time()
    respuestas = [
        bien(pedir(servicio, "GET", "/saludo"), SALUDO),
        pedir(servicio, "GET", "/no-existe"),
        pedir(servicio, "GET", "/fallo"),
        pedir(servicio, "GET", "/saludo", None, ["mal hecha"]),
        pedir(servicio, "DELETE", "/saludo"),
        pedir(servicio, "BREW", "/saludo"),
        pedir(servicio, "POST", "/nada", b""),
        pedir(servicio, "GET", "/saludo", None, [f"X: {'x' * 20_000}"]),
        pedir(servicio, "GET", "/saludo", None, [f"Content-Length: {MEGA + 1}"]),
    ]
    for respuesta in respuestas:
        fecha = respuesta.get("Date") or ""
        assert re.fullmatch(FECHA, fecha), (
            "Se esperaba una cabecera Date como «Sun, 06 Nov 1994 08:49:37 GMT»:\n"
            f"{respuesta}"
        )
        atraso = parsedate_to_datetime(fecha).timestamp() - antes
        assert -2 <= atraso <= time.time() - antes + 1, (
            f"Se esperaba la fecha de ahora:\n{respuesta}"
        )
    primera = respuestas[0].get("Date")
    hasta_que(
        lambda: pedir(servicio, "GET", "/saludo").get("Date") != primera,
        "que la fecha de las respuestas avanzara con el reloj",
        3,
    )


def test_la_frase_de_cada_estado(servicio: Servicio) -> None:
    """Cada estado va con su frase: 200 OK, 404 Not Found…"""
    larga = "x" * 20_000
    frases = [
        ("GET", "/saludo", [], "200 OK"),
        ("POST", "/v1.0/notas", [], "201 Created"),
        ("POST", "/nada", [], "204 No Content"),
        ("GET", "/ir?a=/", [], "302 Found"),
        ("GET", "/saludo", ["mal hecha"], "400 Bad Request"),
        ("GET", "/no-existe", [], "404 Not Found"),
        ("PUT", "/saludo", [], "405 Method Not Allowed"),
        ("GET", "/saludo", [f"X: {larga}"], "431 Request Header Fields Too Large"),
        ("GET", "/saludo", ["Expect: nada"], "417 Expectation Failed"),
        ("GET", "/fallo", [], "500 Internal Server Error"),
        ("BREW", "/saludo", [], "501 Not Implemented"),
    ]
    for metodo, ruta, cabeceras, frase in frases:
        respuesta = pedir(servicio, metodo, ruta, None, cabeceras)
        llegada = f"{respuesta.estado} {respuesta.frase}"
        assert llegada == frase, f"Se esperaba «{frase}»:\n{respuesta}"


def test_un_204_no_lleva_nada(servicio: Servicio) -> None:
    """Un 204 va sin cuerpo y sin Content-Length, y la conexión sigue en su sitio."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("POST", "/nada", b""))
        conexion.mandar(peticion("GET", "/saludo"))
        respuesta = con_estado(conexion.respuesta(), {204})
        assert respuesta.get("Content-Length") is None, (
            f"No se esperaba Content-Length en un 204:\n{respuesta}"
        )
        bien(conexion.respuesta(), SALUDO)


@pytest.mark.aislada
def test_lo_que_pone_el_servidor(con_rutas: Callable[..., Servicio]) -> None:
    """Content-Length, Transfer-Encoding, Connection y Date los pone el servidor."""
    import servidor

    def mandon(peticion: servidor.Peticion) -> servidor.Respuesta:
        cabeceras = {"content-length": "3", "transfer-encoding": "chunked"}
        cabeceras |= {"CONNECTION": "x-mia", "date": "ayer", "X-A": "a\t\xf1"}
        return servidor.Respuesta(299, b"hola", cabeceras)

    def sin_cuerpo(peticion: servidor.Peticion) -> servidor.Respuesta:
        return servidor.Respuesta(int(peticion.ruta[-3:]), b"hola", {})

    def crear() -> servidor.Enrutador:
        rutas = servidor.Enrutador()
        rutas.ruta("GET", "/mandon")(mandon)
        for estado in (200, 204, 304, 418, 599):
            rutas.ruta("GET", f"/sin/{estado}")(sin_cuerpo)
        return rutas

    with Conexion(con_rutas(crear)) as conexion:
        for ruta in ("mandon", "sin/204", "sin/304", "sin/418", "sin/200", "sin/599"):
            conexion.mandar(peticion("GET", f"/{ruta}"))
        respuesta = con_estado(conexion.respuesta(), {299}, "hola")
        puestas = respuesta.todas("Content-Length"), respuesta.todas("Date")
        assert puestas[0] == ["4"] and len(puestas[1]) == 1, (
            f"Se esperaba un solo Content-Length (4) y una sola Date:\n{respuesta}"
        )
        assert "ayer" not in puestas[1], f"Se esperaba la fecha de ahora:\n{respuesta}"
        assert not respuesta.todas("Transfer-Encoding"), (
            f"No se esperaba Transfer-Encoding:\n{respuesta}"
        )
        assert respuesta.get("Connection") == "keep-alive", (
            f"Se esperaba «Connection: keep-alive», y no la del manejador:\n{respuesta}"
        )
        assert respuesta.get("X-A") == "a\t\xf1", f"Falta X-A:\n{respuesta}"
        con_estado(conexion.respuesta(), {204})
        nada = con_estado(conexion.respuesta(), {304})
        assert nada.get("Content-Length") != "0", (
            "Un 304 no lleva Content-Length, o lleva el de lo que no se manda (4); "
            f"llegó 0:\n{nada}"
        )
        for estado in (418, 200, 599):
            con_estado(conexion.respuesta(), {estado}, "hola")


def test_curl_entiende_los_errores(servicio: Servicio) -> None:
    """curl recibe cada estado, y el cuerpo de los errores acaba donde debe."""
    formato = ["-w", " %{http_code}", "-o", "-"]
    for ruta, opciones, estado in (
        ("/no-existe", [], b"404"),
        ("/fallo", [], b"500"),
        ("/saludo", ["-X", "BREW"], b"501"),
        ("/saludo", ["-H", "X-Larga: " + "x" * 20_000], b"431"),
    ):
        hecho = curl(servicio, ruta, *formato, *opciones)
        assert hecho.stdout.endswith(b" " + estado), (
            f"Se esperaba un {estado.decode()} de {ruta}, y curl vio {hecho.stdout!r}"
        )
