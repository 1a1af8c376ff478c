# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Servir archivos estáticos."""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from motor.servicio import Servicio
from requisitos.carpeta import ABECEDARIO, ARCHIVOS, GRANDE, MODIFICADO, TESORO
from requisitos.crudo import (
    Conexion,
    Contestacion,
    bien,
    con_estado,
    hasta_que,
    pedir,
    peticion,
    sigue_vivo,
)
from requisitos.curl import curl

pytestmark = pytest.mark.usefixtures("publico")
HTML = "text/html; charset=utf-8"
FECHA = formatdate(MODIFICADO, usegmt=True)


def con(servicio: Servicio, *cabeceras: str, ruta: str = "/nota.txt") -> Contestacion:
    """GET de un archivo con estas cabeceras."""
    return pedir(servicio, "GET", ruta, None, cabeceras)


def etiqueta(servicio: Servicio, ruta: str = "/nota.txt") -> str:
    """El ETag de un archivo, que tiene que ser fuerte."""
    respuesta = bien(con(servicio, ruta=ruta))
    valor = respuesta.get("ETag") or ""
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', valor), (
        f'Se esperaba un ETag fuerte, entre comillas (como "a1b2"):\n{respuesta}'
    )
    return valor


@contextmanager
def archivo(carpeta: Path, nombre: str, datos: bytes) -> Iterator[Path]:
    """Un archivo que solo existe mientras dura la prueba."""
    camino = carpeta / nombre
    camino.write_bytes(datos)
    try:
        yield camino
    finally:
        camino.unlink()


# ----------------------------------------------------------------- enteros y tipos


@pytest.mark.parametrize(
    ("ruta", "nombre", "tipo"),
    [
        ("/", "index.html", HTML),
        ("/index.html?v=2", "index.html", HTML),
        ("/estilo.css", "estilo.css", "text/css; charset=utf-8"),
        ("/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/datos.json", "datos.json", "application/json"),
        ("/foto.png", "foto.png", "image/png"),
        ("/dibujo.svg", "dibujo.svg", "image/svg+xml"),
        ("/nota.txt", "nota.txt", "text/plain; charset=utf-8"),
        ("/MAYUSCULAS.TXT", "MAYUSCULAS.TXT", "text/plain; charset=utf-8"),
        ("/tabla.csv", "tabla.csv", "text/csv; charset=utf-8"),
        ("/foto.jpg", "foto.jpg", "image/jpeg"),
        ("/OTRA.JpG", "OTRA.JpG", "image/jpeg"),
        ("/foto.jpeg", "foto.jpeg", "image/jpeg"),
        ("/baile.gif", "baile.gif", "image/gif"),
        ("/foto.webp", "foto.webp", "image/webp"),
        ("/favicon.ico", "favicon.ico", "image/x-icon"),
        ("/papel.pdf", "papel.pdf", "application/pdf"),
        ("/letra.woff2", "letra.woff2", "font/woff2"),
        ("/vacio.txt", "vacio.txt", "text/plain; charset=utf-8"),
        ("/sin_extension", "sin_extension", "application/octet-stream"),
        ("/raro.zzz", "raro.zzz", "application/octet-stream"),
        ("/pagina.html.zzz", "pagina.html.zzz", "application/octet-stream"),
        ("/html", "html", "application/octet-stream"),
        ("/v1.2.html", "v1.2.html", HTML),
        ("/sub/", "sub/index.html", HTML),
        ("/sub/otro.txt", "sub/otro.txt", "text/plain; charset=utf-8"),
        ("/mi%20p%C3%A1gina%20%c3%b1.html", "mi página ñ.html", HTML),
        ("/100%2525.txt", "100%25.txt", "text/plain; charset=utf-8"),
        ("/a+b.txt", "a+b.txt", "text/plain; charset=utf-8"),
    ],
)
def test_cada_archivo_con_su_tipo(
    servicio: Servicio, ruta: str, nombre: str, tipo: str
) -> None:
    """Un archivo sale byte a byte, con su Content-Type y su longitud."""
    datos = ARCHIVOS[nombre]
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("HEAD", ruta) + peticion("GET", ruta))
        cabeza = bien(conexion.respuesta("HEAD"))
        entera = bien(conexion.respuesta(), datos)
    for respuesta in (cabeza, entera):
        vistas = respuesta.get("Content-Type"), respuesta.get("Content-Length")
        assert vistas == (tipo, str(len(datos))), (
            f"Se esperaba Content-Type «{tipo}» y Content-Length {len(datos)}:\n"
            f"{respuesta}"
        )
        assert respuesta.get("Content-Range") is None, (
            f"Content-Range es de los trozos, y este sale entero:\n{respuesta}"
        )
    assert cabeza.get("ETag") == entera.get("ETag"), (
        f"Se esperaba en el HEAD el ETag del GET ({entera.get('ETag')}):\n{cabeza}"
    )


def test_lo_que_cuenta_de_un_archivo(servicio: Servicio) -> None:
    """Trae ETag, Last-Modified (la fecha del archivo, en GMT) y Accept-Ranges."""
    etiqueta(servicio)
    for cabeceras, estado in (((), 200), (("Range: bytes=0-25",), 206)):
        respuesta = con_estado(con(servicio, *cabeceras), {estado}, ABECEDARIO)
        vistas = respuesta.get("Last-Modified"), respuesta.get("Accept-Ranges")
        assert vistas == (FECHA, "bytes"), (
            f"Se esperaba «Last-Modified: {FECHA}» y «Accept-Ranges: bytes»:\n"
            f"{respuesta}"
        )


def test_un_archivo_grande_con_http_client(servicio: Servicio) -> None:
    """Un archivo de más de un mega llega entero a http.client."""
    with servicio.vigilar(http.client.HTTPException, que="GET /grande.bin"):
        cliente = http.client.HTTPConnection(
            servicio.host, servicio.puerto, timeout=servicio.plazo
        )
        with closing(cliente):
            cliente.request("GET", "/grande.bin")
            llegado = cliente.getresponse().read()
    assert llegado == GRANDE, (
        f"Se esperaban los {len(GRANDE)} bytes del archivo, y llegaron {len(llegado)}"
    )


@pytest.mark.parametrize(("rango", "desde"), [("", 0), ("Range: bytes=1-", 1)])
def test_poco_a_poco(servicio: Servicio, publico: Path, rango: str, desde: int) -> None:
    """Un archivo enorme, o casi todo él, se manda según se lee del disco.

    El cliente deja de leer, cambia el final del archivo, y sigue leyendo: el final
    que le llega es el nuevo.
    """
    tamano = 48 * 1024 * 1024
    with archivo(publico, "enorme.bin", b"viejo") as camino:
        with camino.open("r+b") as abierto:
            abierto.truncate(tamano)
        with Conexion(servicio, bufer=65_536) as conexion:
            cabeceras = ["Connection: close", *([rango] if rango else [])]
            conexion.mandar(peticion("GET", "/enorme.bin", None, cabeceras))
            principio = conexion.exactos(4096)
            empieza = b"HTTP/1.1 206 " if rango else b"HTTP/1.1 200 "
            viejo = b"viejo"[desde:]
            assert principio.startswith(empieza) and viejo in principio, (
                f"Se esperaba {empieza!r} con el archivo, y llegó {principio[:300]!r}"
            )
            with camino.open("r+b") as abierto:
                abierto.seek(tamano - 5)
                abierto.write(b"nuevo")
            sobra = tamano - desde - (4096 - principio.index(b"\r\n\r\n") - 4)
            resto = conexion.exactos(sobra)
            conexion.cerrada(tras="el archivo")
    assert resto[-5:] == b"nuevo", (
        "Se esperaba que el archivo se leyera según se manda, y su final es el que "
        f"tenía al pedirlo ({resto[-5:]!r}): se ha cargado entero en la memoria"
    )


def test_quien_se_va_a_mitad_de_la_descarga(servicio: Servicio) -> None:
    """Si el cliente se va con la descarga a medias, el servidor sigue."""
    for _ in range(3):
        with Conexion(servicio, bufer=4096) as conexion:
            conexion.mandar(peticion("GET", "/grande.bin"))
            assert b" 200 " in conexion.leer(4096), "Se esperaba un 200"
    bien(con(servicio), ABECEDARIO)


def test_siempre_lo_ultimo(servicio: Servicio, publico: Path) -> None:
    """Si el archivo cambia, sale lo nuevo, y con otro ETag aunque mida lo mismo."""
    segundo = MODIFICADO * 10**9
    with archivo(publico, "cambia.txt", b"uno") as camino:
        os.utime(camino, ns=(segundo, segundo + 100_000_000))
        antes = etiqueta(servicio, "/cambia.txt")
        assert etiqueta(servicio, "/cambia.txt") == antes, (
            "Se esperaba el mismo ETag mientras el archivo no cambie"
        )
        camino.write_bytes(b"dos")
        os.utime(camino, ns=(segundo, segundo + 900_000_000))
        bien(con(servicio, ruta="/cambia.txt"), "dos")
        assert etiqueta(servicio, "/cambia.txt") != antes, (
            f"Se esperaba otro ETag: el archivo cambió en el mismo segundo ({antes})"
        )


def test_otro_etag_aunque_la_fecha_sea_la_misma(
    servicio: Servicio, publico: Path
) -> None:
    """Con otro contenido hay otro ETag, aunque le hayan puesto la fecha de antes.

    Es lo que hacen «cp -p» o «tar». El sistema apunta de todas formas cuándo cambió
    (st_ctime), y eso no lo puede poner nadie.
    """
    if os.name == "nt":
        pytest.skip("en Windows, st_ctime es cuándo se creó")
    with archivo(publico, "fechado.txt", b"uno") as camino:
        os.utime(camino, (MODIFICADO, MODIFICADO))
        antes, apuntado = etiqueta(servicio, "/fechado.txt"), camino.stat().st_ctime_ns

        def apuntado_otra_vez() -> bool:
            camino.write_bytes(b"dos")
            os.utime(camino, (MODIFICADO, MODIFICADO))
            return camino.stat().st_ctime_ns != apuntado

        hasta_que(apuntado_otra_vez, "que el disco apuntara el cambio", 5)
        ahora = etiqueta(servicio, "/fechado.txt")
        assert ahora != antes, (
            "Se esperaba otro ETag: el archivo dice otra cosa, aunque mida lo mismo y "
            f"lleve la misma fecha ({antes})"
        )


# ------------------------------------------------------- lo que ya tiene el cliente


def no_ha_cambiado(servicio: Servicio, *cabeceras: str) -> None:
    """Comprueba que es un 304 sin cuerpo, y que la conexión sigue en su sitio."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("HEAD", "/nota.txt", None, cabeceras))
        con_estado(conexion.respuesta("HEAD"), {304}, porque="a HEAD, como a GET")
        conexion.mandar(peticion("GET", "/nota.txt", None, cabeceras))
        conexion.mandar(peticion("GET", "/vacio.txt"))
        respuesta = con_estado(conexion.respuesta(), {304})
        assert respuesta.get("ETag"), f"Se esperaba el ETag en el 304:\n{respuesta}"
        assert respuesta.get("Content-Length") in {None, "26"}, (
            "Se esperaba que el 304 no llevara Content-Length, o el del archivo (26):\n"
            f"{respuesta}"
        )
        assert bien(conexion.respuesta(), "").get("Content-Length") == "0"


def test_if_none_match(servicio: Servicio) -> None:
    """Si el cliente ya tiene ese ETag, solo o en una lista, recibe un 304."""
    actual = etiqueta(servicio)
    for valor in (
        actual,
        f'"otro", {actual}',
        f'{actual},"otro"',
        f'"a,b", W/"c", {actual}',
        f'"otro"\r\nIf-None-Match: {actual}',
        f"W/{actual}",
        "*",
    ):
        no_ha_cambiado(servicio, f"If-None-Match: {valor}")
    dentro = actual[1:-1]
    for valor in ('"otro"', f'"{dentro}-no"', f'"no-{dentro}"', dentro, '"*"', '""'):
        bien(con(servicio, f"If-None-Match: {valor}"), ABECEDARIO)


def test_if_modified_since(servicio: Servicio) -> None:
    """Si no ha cambiado desde esa fecha es un 304; si ha cambiado, el archivo."""
    no_ha_cambiado(servicio, f"If-Modified-Since: {FECHA}")
    despues = formatdate(MODIFICADO + 1, usegmt=True)
    no_ha_cambiado(servicio, f"If-Modified-Since: {despues}")
    antes = formatdate(MODIFICADO - 1, usegmt=True)
    bien(con(servicio, f"If-Modified-Since: {antes}"), ABECEDARIO)


def test_las_tres_formas_de_una_fecha(servicio: Servicio) -> None:
    """Una fecha puede venir también en las dos formas antiguas (RFC 9110, 5.6.7)."""
    for fecha in ("Tuesday, 14-Nov-23 22:13:20 GMT", "Tue Nov 14 22:13:20 2023"):
        no_ha_cambiado(servicio, f"If-Modified-Since: {fecha}")
        bien(con(servicio, f"If-Unmodified-Since: {fecha}"), ABECEDARIO)
    for fecha in ("Tuesday, 14-Nov-23 22:13:19 GMT", "Tue Nov 14 22:13:19 2023"):
        bien(con(servicio, f"If-Modified-Since: {fecha}"), ABECEDARIO)
        con_estado(con(servicio, f"If-Unmodified-Since: {fecha}"), {412})
    # El siglo de dos cifras es el que no la deje a más de cincuenta años vista.
    antigua = "Sunday, 06-Nov-94 08:49:37 GMT"
    bien(con(servicio, f"If-Modified-Since: {antigua}"), ABECEDARIO)
    con_estado(con(servicio, f"If-Unmodified-Since: {antigua}"), {412})


def test_if_modified_since_sin_fracciones(servicio: Servicio, publico: Path) -> None:
    """La fecha de la cabecera no tiene fracciones de segundo, y la del disco sí."""
    with archivo(publico, "fraccion.txt", b"x") as camino:
        os.utime(camino, ns=(0, MODIFICADO * 10**9 + 700_000_000))
        cabecera = f"If-Modified-Since: {FECHA}"
        con_estado(con(servicio, cabecera, ruta="/fraccion.txt"), {304})


@pytest.mark.aislada
@pytest.mark.usefixtures("otro_huso")
def test_las_fechas_van_en_gmt(servicio: Servicio) -> None:
    """Da igual en qué huso esté el ordenador: las fechas de HTTP van en GMT."""
    respuesta = bien(con(servicio), ABECEDARIO)
    assert respuesta.get("Last-Modified") == FECHA, (
        f"Se esperaba «Last-Modified: {FECHA}»:\n{respuesta}"
    )
    no_ha_cambiado(servicio, f"If-Modified-Since: {FECHA}")
    antes = formatdate(MODIFICADO - 1, usegmt=True)
    bien(con(servicio, f"If-Modified-Since: {antes}"), ABECEDARIO)


@pytest.mark.parametrize(
    "fecha", ["ayer", "", "Tue, 99 Nov 2023 22:13:20 GMT", "1700000000", "0" * 30]
)
def test_una_fecha_que_no_lo_es(servicio: Servicio, fecha: str) -> None:
    """Una fecha que no se entiende se pasa por alto."""
    bien(con(servicio, f"If-Modified-Since: {fecha}"), ABECEDARIO)
    bien(con(servicio, f"If-Unmodified-Since: {fecha}"), ABECEDARIO)


def test_la_etiqueta_manda_sobre_la_fecha(servicio: Servicio) -> None:
    """Con If-None-Match, If-Modified-Since no se mira."""
    fecha = f"If-Modified-Since: {FECHA}"
    bien(con(servicio, 'If-None-Match: "otro"', fecha), ABECEDARIO)
    vieja = f"If-Modified-Since: {formatdate(0, usegmt=True)}"
    no_ha_cambiado(servicio, f"If-None-Match: {etiqueta(servicio)}", vieja)


def test_solo_si_es_el_mismo(servicio: Servicio) -> None:
    """If-Match e If-Unmodified-Since que no se cumplen son un 412."""
    actual = etiqueta(servicio)
    antes = formatdate(MODIFICADO - 1, usegmt=True)
    dentro = actual[1:-1]
    for valor in ('"otro"', f"W/{actual}", f'"{dentro}-no"', f'"no-{dentro}"', '"*"'):
        con_estado(con(servicio, f"If-Match: {valor}"), {412})
    con_estado(con(servicio, f"If-Unmodified-Since: {antes}"), {412})
    bien(con(servicio, f'If-Match: "otro", {actual}'), ABECEDARIO)
    bien(con(servicio, "If-Match: *"), ABECEDARIO)
    bien(con(servicio, f"If-Unmodified-Since: {FECHA}"), ABECEDARIO)
    despues = formatdate(MODIFICADO + 1, usegmt=True)
    bien(con(servicio, f"If-Unmodified-Since: {despues}"), ABECEDARIO)


def test_que_condicion_va_antes(servicio: Servicio) -> None:
    """If-Match manda sobre su fecha, y un 412 sobre un 304 o un trozo."""
    actual = etiqueta(servicio)
    antes = formatdate(MODIFICADO - 1, usegmt=True)
    igual, otra = f"If-Match: {actual}", 'If-Match: "otro"'
    bien(con(servicio, igual, f"If-Unmodified-Since: {antes}"), ABECEDARIO)
    for mas in (f"If-Unmodified-Since: {FECHA}", f"If-None-Match: {actual}"):
        con_estado(con(servicio, otra, mas), {412})
    con_estado(con(servicio, otra, "Range: bytes=0-4"), {412})
    con_estado(con(servicio, otra, "Range: bytes=26-"), {412})
    con_estado(con(servicio, igual, "Range: bytes=0-4"), {206}, "abcde")
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("HEAD", "/nota.txt", None, [otra]))
        con_estado(conexion.respuesta("HEAD"), {412}, porque="a HEAD, como a GET")


# ----------------------------------------------------------------------- rangos


@pytest.mark.parametrize(
    ("rango", "trozo", "donde"),
    [
        ("bytes=0-4", b"abcde", "bytes 0-4/26"),
        ("bytes=25-25", b"z", "bytes 25-25/26"),
        ("bytes=20-", b"uvwxyz", "bytes 20-25/26"),
        ("bytes=-3", b"xyz", "bytes 23-25/26"),
        ("bytes=24-1000", b"yz", "bytes 24-25/26"),
        ("bytes=-1000", ABECEDARIO, "bytes 0-25/26"),
        ("bytes=0-", ABECEDARIO, "bytes 0-25/26"),
        ("Bytes=00-04", b"abcde", "bytes 0-4/26"),
        (f"bytes=3-{'9' * 5000}", ABECEDARIO[3:], "bytes 3-25/26"),
    ],
    ids=lambda valor: str(valor)[:20],
)
def test_un_trozo(servicio: Servicio, rango: str, trozo: bytes, donde: str) -> None:
    """Un rango de bytes es un 206 con solo ese trozo, y Content-Range dice cuál es."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("GET", "/nota.txt", None, [f"Range: {rango}"]))
        conexion.mandar(peticion("GET", "/nota.txt"))
        respuesta = con_estado(conexion.respuesta(), {206}, trozo)
        assert respuesta.get("Content-Range") == donde, (
            f"Se esperaba «Content-Range: {donde}»:\n{respuesta}"
        )
        entera = bien(conexion.respuesta(), ABECEDARIO)
    for nombre in ("ETag", "Last-Modified", "Content-Type"):
        assert respuesta.get(nombre) == entera.get(nombre), (
            f"Se esperaba el {nombre} del archivo ({entera.get(nombre)}):\n{respuesta}"
        )


@pytest.mark.parametrize(
    ("ruta", "rango"),
    [
        ("/nota.txt", "bytes=26-"),
        ("/nota.txt", "bytes=26-30"),
        ("/nota.txt", f"bytes={'9' * 5000}-"),
        ("/nota.txt", "bytes=-0"),
        ("/vacio.txt", "bytes=0-"),
        ("/vacio.txt", "bytes=-5"),
    ],
    ids=lambda valor: str(valor)[:20],
)
def test_un_trozo_que_no_hay(servicio: Servicio, ruta: str, rango: str) -> None:
    """Si el rango no tiene ni un byte del archivo, es un 416 que dice cuánto mide."""
    respuesta = con_estado(con(servicio, f"Range: {rango}", ruta=ruta), {416})
    mide = f"bytes */{len(ARCHIVOS[ruta[1:]])}"
    assert respuesta.get("Content-Range") == mide, (
        f"Se esperaba «Content-Range: {mide}»:\n{respuesta}"
    )


@pytest.mark.parametrize(
    "rango",
    [
        "bytes=4-2",
        "bytes=a-b",
        "bytes=-",
        "bytes=",
        "bytes 0-4",
        "lineas=0-4",
        "bytes=+0-4",
        "bytes=0_0-4",
        "bytes=--4",
        "bytes=0-4-8",
        "bytes=0-1,4-5",
        "",
    ],
)
def test_un_rango_que_no_se_entiende(servicio: Servicio, rango: str) -> None:
    """Un rango mal escrito, o varios a la vez, se pasan por alto: sale todo."""
    bien(con(servicio, f"Range: {rango}"), ABECEDARIO)


def test_el_rango_es_cosa_de_get(servicio: Servicio) -> None:
    """HEAD no hace caso de Range."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("HEAD", "/nota.txt", None, ["Range: bytes=0-4"]))
        respuesta = bien(conexion.respuesta("HEAD"))
    assert respuesta.get("Content-Length") == "26", (
        f"Se esperaba Content-Length: 26:\n{respuesta}"
    )


def test_seguir_una_descarga(servicio: Servicio) -> None:
    """Con If-Range, si el archivo es otro no sale el trozo, sino todo."""
    actual = etiqueta(servicio)
    rango = "Range: bytes=23-"
    con_estado(con(servicio, rango, f"If-Range: {actual}"), {206}, "xyz")
    con_estado(con(servicio, rango, f"If-Range: {FECHA}"), {206}, "xyz")
    despues = formatdate(MODIFICADO + 1, usegmt=True)
    antes = formatdate(MODIFICADO - 1, usegmt=True)
    for valor in ('"otro"', f"W/{actual}", despues, antes, "ayer", actual.strip('"')):
        bien(con(servicio, rango, f"If-Range: {valor}"), ABECEDARIO)
    bien(con(servicio, "Range: bytes=26-", 'If-Range: "otro"'), ABECEDARIO)


def test_el_304_manda_sobre_el_rango(servicio: Servicio) -> None:
    """Si el cliente ya lo tiene, da igual qué rango pida."""
    no_ha_cambiado(servicio, "Range: bytes=0-4", f"If-None-Match: {etiqueta(servicio)}")


def test_curl_sigue_una_descarga(servicio: Servicio, tmp_path: Path) -> None:
    """«curl --continue-at -» completa un archivo que se quedó a medias."""
    destino = tmp_path / "grande.bin"
    destino.write_bytes(GRANDE[:1_000_000])
    curl(servicio, "/grande.bin", "--continue-at", "-", "--output", str(destino))
    assert destino.read_bytes() == GRANDE, (
        "Se esperaba que curl completara el archivo con lo que le faltaba"
    )


def test_la_fecha_y_la_frase_de_cada_una(servicio: Servicio) -> None:
    """Las respuestas de los archivos llevan Date y su frase, como todas."""
    actual = etiqueta(servicio)
    for ruta, cabeceras, estado, frase in (
        ("/nota.txt", (), 200, "OK"),
        ("/nota.txt", ("Range: bytes=0-4",), 206, "Partial Content"),
        ("/sub", (), 301, "Moved Permanently"),
        ("/nota.txt", (f"If-None-Match: {actual}",), 304, "Not Modified"),
        ("/nota.txt", ('If-Match: "otro"',), 412, "Precondition Failed"),
    ):
        respuesta = con_estado(con(servicio, *cabeceras, ruta=ruta), {estado})
        assert respuesta.frase == frase and respuesta.get("Date"), (
            f"Se esperaba «{estado} {frase}» con su Date:\n{respuesta}"
        )


# ------------------------------------------------------------------- nada de fuera


def no_esta(servicio: Servicio, ruta: str, *estados: int) -> None:
    """Comprueba que ahí no hay nada que ver, y que el tesoro no sale."""
    respuesta = pedir(servicio, "GET", ruta)
    assert TESORO.encode() not in respuesta.cuerpo, (
        f"¡Ha salido un archivo de fuera de la carpeta!\n{respuesta}"
    )
    con_estado(respuesta, set(estados or {404}), porque="no se sirve")


@pytest.mark.parametrize(
    "ruta",
    [
        "/../secreto.txt",
        "/sub/../../secreto.txt",
        "/%2e%2e/secreto.txt",
        "/%2E%2e%2Fsecreto.txt",
        "/..%2fsecreto.txt",
        "/.%2e/secreto.txt",
        "/sub%2fotro.txt",
        "/sub%5cotro.txt",
        "/sub%252fotro.txt",
        "/sub%2f",
        "/sub/%2e%2e/%2e%2e/secreto.txt",
        "/..%5csecreto.txt",
        "/%252e%252e%252fsecreto.txt",
        "/../publico-privado/clave.txt",
        "/../publico-privado/",
        "/nota.txt/",
        "/nota.txt/../nota.txt/.",
        "/sub%2f..%2f..%2fsecreto.txt",
        "/.env",
        "/.git/config",
        "/%2eenv",
        "/.git/",
        "/sub/.oculto",
        "/sub/.ocultos/clave.txt",
        "/no-existe.txt",
        "/no-existe/",
        "/sin_indice/",
        "/sin_indice",
        "/" + "a" * 300,
        "/" + "a/" * 2000,
    ],
    ids=lambda ruta: str(ruta)[:40],
)
def test_no_hay_salida(servicio: Servicio, ruta: str) -> None:
    """Lo que no existe, lo de fuera y lo oculto son un 404, se disfrace como sea."""
    no_esta(servicio, ruta)
    bien(con(servicio), ABECEDARIO)


@pytest.mark.parametrize(
    "ruta",
    [
        "/nota.txt%00",
        "/%00/../secreto.txt",
        "/nota.txt%00.html",
        "/%zz",
        "/nota.txt%",
        "/nota.txt%4",
        "/%ff%fe.txt",
        "/%c0%ae%c0%ae/secreto.txt",
        "/sub/%ed%a0%80",
    ],
)
def test_una_ruta_imposible(servicio: Servicio, ruta: str) -> None:
    """Una ruta con %00, con «%» mal escritos o que no es UTF-8 es un 400."""
    no_esta(servicio, ruta, 400)
    bien(con(servicio), ABECEDARIO)


def test_una_barra_al_reves(servicio: Servicio) -> None:
    """«\\» no separa carpetas, y en una ruta no puede estar: 404, o 400."""
    no_esta(servicio, "/..\\secreto.txt", 400, 404)
    bien(con(servicio), ABECEDARIO)


def test_una_ruta_absoluta(servicio: Servicio, publico: Path) -> None:
    """Una ruta absoluta del disco no vale: Path("/a") / "/b" es "/b"."""
    secreto = quote((publico.parent / "secreto.txt").resolve().as_posix())
    for ruta in (f"/{secreto}", secreto, f"/{quote(secreto, safe='')}", f"//{secreto}"):
        no_esta(servicio, ruta, 404)
    bien(con(servicio), ABECEDARIO)


@pytest.mark.parametrize(
    "ruta",
    [
        "/fuera.txt",
        "/carpeta_fuera/clave.txt",
        "/carpeta_fuera/",
        "/carpeta_fuera",
        "/enlazada/",
        "/a_la_vista.txt",
        "/git/config",
        "/bucle.txt",
        "/roto.txt",
    ],
)
def test_los_enlaces_no_salen(servicio: Servicio, publico: Path, ruta: str) -> None:
    """Un enlace que lleva fuera, a lo oculto o a ninguna parte es un 404."""
    if not (publico / "fuera.txt").is_symlink():
        pytest.skip("este sistema no deja crear enlaces simbólicos")
    no_esta(servicio, ruta)
    bien(con(servicio, ruta="/dentro.txt"), ABECEDARIO)


def test_solo_archivos_corrientes(servicio: Servicio, publico: Path) -> None:
    """Una tubería no se sirve: abrirla dejaría colgado a quien la abra."""
    if not (publico / "tuberia.txt").exists():
        pytest.skip("este sistema no tiene tuberías con nombre")
    no_esta(servicio, "/tuberia.txt")
    bien(con(servicio), ABECEDARIO)


def test_una_carpeta_sin_barra(servicio: Servicio) -> None:
    """«/sub» redirige a «/sub/», y «//sub» no redirige a otro sitio."""
    respuesta = con_estado(con(servicio, ruta="/sub"), {301, 308})
    assert respuesta.get("Location") == "/sub/", (
        f"Se esperaba «Location: /sub/»:\n{respuesta}"
    )
    otra = con_estado(con(servicio, ruta="/sub%20%C3%B1"), {301, 308})
    assert (otra.get("Location") or "").upper() == "/SUB%20%C3%B1/".upper(), (
        f"Se esperaba «Location: /sub%20%C3%B1/», codificada como llegó:\n{otra}"
    )
    con_consulta = con_estado(con(servicio, ruta="/sub?v=2&a=%20"), {301, 308})
    assert con_consulta.get("Location") == "/sub/?v=2&a=%20", (
        f"Se esperaba «Location: /sub/?v=2&a=%20», con su consulta:\n{con_consulta}"
    )
    for ruta in ("//sub", "//evil.example/%2e%2e/sub", "/\\sub"):
        destino = pedir(servicio, "GET", ruta).get("Location") or ""
        assert not destino.startswith(("//", "/\\")), (
            f"GET {ruta} manda al navegador a otro sitio: «Location: {destino}»"
        )


def test_los_archivos_solo_se_leen(servicio: Servicio, publico: Path) -> None:
    """Con otro método, un archivo es un 405 que permite GET y HEAD."""
    metodos = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    for metodo, ruta in [*((m, "/nota.txt") for m in metodos), ("POST", "/sub/")]:
        respuesta = con_estado(pedir(servicio, metodo, ruta, b"x"), {405})
        permitidos = sorted(re.findall("[A-Z]+", respuesta.get("Allow") or ""))
        assert permitidos == ["GET", "HEAD"], (
            f"Se esperaba «Allow: GET, HEAD»:\n{respuesta}"
        )
    con_estado(pedir(servicio, "POST", "/no-existe.txt", b"x"), {404})
    assert (publico / "nota.txt").read_bytes() == ABECEDARIO


def test_curl_no_sale(servicio: Servicio) -> None:
    """curl tampoco lo consigue con «--path-as-is»."""
    formato = ["--path-as-is", "-w", "%{http_code}", "-o", os.devnull]
    hecho = curl(servicio, "/../secreto.txt", *formato)
    assert hecho.stdout == b"404", f"Se esperaba un 404, y es {hecho.stdout!r}"
    fecha = parsedate_to_datetime(FECHA).strftime("%Y%m%d %H:%M:%S GMT")
    hecho = curl(servicio, "/nota.txt", "-z", fecha, *formato)
    assert hecho.stdout == b"304", (
        f"Se esperaba un 304 con «curl --time-cond», y es {hecho.stdout!r}"
    )
    sigue_vivo(servicio)
