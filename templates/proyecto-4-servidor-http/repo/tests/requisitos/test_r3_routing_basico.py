# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Routing básico."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from motor.servicio import Servicio
from requisitos.crudo import (
    Conexion,
    Contestacion,
    bien,
    con_estado,
    espejo,
    pedir,
    peticion,
)


def permite(respuesta: Contestacion, *metodos: str) -> None:
    """Comprueba que es un 405 y que Allow dice exactamente esos métodos."""
    con_estado(respuesta, {405})
    permitidos = re.findall(r"[^,\s]+", respuesta.get("Allow") or "")
    assert sorted(permitidos) == sorted(metodos), (
        f"Se esperaba «Allow: {', '.join(metodos)}»:\n{respuesta}"
    )


# -------------------------------------------------------------------- parámetros


@pytest.mark.parametrize(
    ("trozo", "nombre"),
    [
        ("Ana", "Ana"),
        ("%C3%91u%C3%B1o", "Ñuño"),
        ("Ana%20Mar%c3%ada", "Ana María"),
        ("a+b", "a+b"),
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("%3Fquien%23soy", "?quien#soy"),
        ("100%25", "100%"),
        ("Mundo", "Mundo"),
        ("{nombre}", "{nombre}"),
        ("..", ".."),
        ("Ana?de=Oviedo", "Ana"),
        ("-", "-"),
        ("%20", " "),
        ("a;b=c,d", "a;b=c,d"),
        ("7", "7"),
    ],
)
def test_un_parametro(servicio: Servicio, trozo: str, nombre: str) -> None:
    """«{nombre}» encaja con un trozo de la ruta, que se descodifica una sola vez."""
    bien(pedir(servicio, "GET", f"/hola/{trozo}"), f"Hola, {nombre}\n")


def test_dos_parametros_de_cifras(servicio: Servicio) -> None:
    """«{a:int}» encaja con cifras."""
    bien(pedir(servicio, "GET", "/suma/2/3"), "5\n")
    bien(pedir(servicio, "GET", "/suma/007/999999999999999999"), f"{10**18 + 6}\n")
    bien(pedir(servicio, "GET", "/suma/0/%30%31"), "1\n")


@pytest.mark.parametrize(
    "trozos",
    [
        "dos/3",
        "2/",
        "2",
        "2/3/4",
        "2/3/",
        "/3",
        "-2/3",
        "2.0/3",
        "1_0/3",
        "+2/3",
        "2%20/3",
        "2%0A/3",
        "%D9%A2/3",
        "%C2%B2/3",
        "9" * 19 + "/3",
        "0" * 19 + "/3",
        "3/" + "9" * 19,
        "2%2F3",
        "0x2/3",
        "2e1/3",
        "9" * 5000 + "/3",
    ],
    ids=lambda trozos: str(trozos)[:20],
)
def test_solo_cifras(servicio: Servicio, trozos: str) -> None:
    """Con otra cosa que de 1 a 18 cifras del 0 al 9, «{a:int}» no encaja: 404."""
    bien(pedir(servicio, "GET", "/suma/2/3"), "5\n")
    con_estado(pedir(servicio, "GET", f"/suma/{trozos}"), {404})


@pytest.mark.parametrize(
    "ruta",
    [
        "/hola/Ana/",
        "/hola/Ana/otra",
        "/hola/",
        "/suma",
        "/saludo/",
        "/saludos",
        "/saludo%0A",
        "/SALUDO",
        "/un/saludo",
        "//saludo",
        "/%2Fsaludo",
        "/v1.0/notas/",
        "/v1x0/notas",
        "/v1%2E0/notas/1/2",
        "/no-existe",
    ],
)
def test_la_ruta_encaja_entera(servicio: Servicio, ruta: str) -> None:
    """Una ruta que solo se parece a otra no es de nadie: 404, no 405."""
    con_estado(pedir(servicio, "GET", ruta), {404})
    con_estado(pedir(servicio, "DELETE", ruta), {404})


def test_la_ruta_tambien_viene_codificada(servicio: Servicio) -> None:
    """«/%73aludo» es «/saludo»: se compara lo descodificado."""
    bien(pedir(servicio, "GET", "/%73aludo"), "Hola, mundo\n")
    bien(pedir(servicio, "GET", "/hola/%6dundo"), "Hola a todo el mundo\n")
    assert bien(pedir(servicio, "GET", "/v1%2E0/notas")).cuerpo == b"[]"
    con_estado(pedir(servicio, "GET", "/%2573aludo"), {404})
    visto = espejo(pedir(servicio, "GET", "/%65spej%6F?a=1"))
    assert visto["ruta"] == "/%65spej%6F", (
        f"Se esperaba en «ruta» lo que llegó, «/%65spej%6F», y se vio {visto}"
    )


def test_el_texto_fijo_gana(servicio: Servicio) -> None:
    """«/hola/mundo» gana a «/hola/{nombre}», aunque se registre después."""
    bien(pedir(servicio, "GET", "/hola/mundo"), "Hola a todo el mundo\n")
    bien(pedir(servicio, "GET", "/hola/mundos"), "Hola, mundos\n")


def test_las_rutas_ganan_a_los_archivos(servicio: Servicio) -> None:
    """Hay un archivo «hola/mundo», pero manda la ruta; con POST, un 405."""
    bien(pedir(servicio, "GET", "/hola/mundo"), "Hola a todo el mundo\n")
    permite(pedir(servicio, "POST", "/hola/mundo", b""), "GET", "HEAD")


# ----------------------------------------------------------------------- métodos


def test_cada_metodo_lo_suyo(servicio: Servicio) -> None:
    """La misma ruta hace una cosa con cada método."""
    assert bien(pedir(servicio, "GET", "/v1.0/notas")).cuerpo == b"[]"
    creada = con_estado(pedir(servicio, "POST", "/v1.0/notas", b"x"), {201}, "creada\n")
    assert creada.get("Location") == "/v1.0/notas/1", (
        f"Se esperaba la cabecera Location que puso el manejador:\n{creada}"
    )
    bien(pedir(servicio, "PUT", "/v1.0/notas/7", b"x"), "cambiada la 7\n")
    con_estado(pedir(servicio, "DELETE", "/v1.0/notas/7"), {204})


def test_metodo_que_no_vale(servicio: Servicio) -> None:
    """Con otro método es un 405, y Allow dice cuáles valen: HEAD donde haya GET."""
    permite(pedir(servicio, "DELETE", "/v1.0/notas"), "GET", "HEAD", "POST")
    permite(pedir(servicio, "GET", "/v1.0/notas/7"), "DELETE", "PUT")
    permite(pedir(servicio, "HEAD", "/eco"), "POST")
    permite(pedir(servicio, "GET", "/eco"), "POST")
    permite(pedir(servicio, "PATCH", "/hola/mundo"), "GET", "HEAD")
    permite(pedir(servicio, "OPTIONS", "/suma/1/2"), "GET", "HEAD")
    permite(pedir(servicio, "GET", "/nada"), "POST")
    permite(pedir(servicio, "PUT", "/espejo", b""), "GET", "HEAD", "POST")


def test_head_donde_hay_get(servicio: Servicio) -> None:
    """HEAD lo atiende el manejador de GET, también con parámetros."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion("HEAD", "/hola/Ana") + peticion("GET", "/hola/Ana"))
        cabeza = bien(conexion.respuesta("HEAD"))
        bien(conexion.respuesta(), "Hola, Ana\n")
    assert cabeza.get("Content-Length") == "10", (
        f"Se esperaba Content-Length: 10:\n{cabeza}"
    )


# ---------------------------------------------------------------------- consulta


@pytest.mark.parametrize(
    ("cadena", "consulta"),
    [
        ("", {}),
        ("?", {}),
        ("?a=1&b=2", {"a": ["1"], "b": ["2"]}),
        ("?a=1&a=2", {"a": ["1", "2"]}),
        ("?vacio=&solo", {"vacio": [""], "solo": [""]}),
        ("?q=uno+dos%20tres", {"q": ["uno dos tres"]}),
        ("?a%26b=c%3Dd", {"a&b": ["c=d"]}),
        ("?%C3%B1=%C3%91", {"ñ": ["Ñ"]}),
        ("?a=/../x?y", {"a": ["/../x?y"]}),
        ("?a=1=2", {"a": ["1=2"]}),
        ("?a=%2B&b=%2525", {"a": ["+"], "b": ["%25"]}),
        ("?a=1;b=2", {"a": ["1;b=2"]}),
    ],
)
def test_la_consulta(servicio: Servicio, cadena: str, consulta: dict[str, Any]) -> None:
    """Lo que va tras «?» no cuenta para elegir la ruta, y llega descodificado."""
    visto = espejo(pedir(servicio, "GET", f"/espejo{cadena}"))
    assert (visto["ruta"], visto["consulta"]) == ("/espejo", consulta), (
        f"Se esperaba la ruta /espejo con la consulta {consulta}, y se vio {visto}"
    )


# --------------------------------------------------------------- tus propias rutas


@pytest.mark.aislada
def test_las_rutas_las_pones_tu(con_rutas: Callable[..., Servicio]) -> None:
    """crear_servidor atiende las rutas de cualquier Enrutador, no solo las de demo."""
    import servidor

    def crear() -> servidor.Enrutador:
        rutas = servidor.Enrutador()

        @rutas.ruta("GET", "/casas/{casa}/pisos/{piso:int}")
        def piso(peticion: servidor.Peticion) -> servidor.Respuesta:
            partes = peticion.parametros
            return servidor.Respuesta.texto(f"{partes['casa']} {int(partes['piso'])}")

        @rutas.ruta("GET", "/casas/azul/pisos/{piso:int}")
        @rutas.ruta("PUT", "/casas/{casa}/pisos/{numero}")
        def otro(peticion: servidor.Peticion) -> servidor.Respuesta:
            return servidor.Respuesta.json(dict(peticion.parametros), 202)

        @rutas.ruta("PATCH", "/solo/{x}")
        @rutas.ruta("OPTIONS", "/solo/{x}")
        @rutas.ruta("HEAD", "/solo/{y}")
        def solo(peticion: servidor.Peticion) -> servidor.Respuesta:
            return servidor.Respuesta.texto(f"{peticion.metodo} {peticion.ruta}", 203)

        rutas.ruta("PUT", "/solo/{z}")(otro)

        @rutas.ruta("GET", "/")
        def portada(peticion: servidor.Peticion) -> servidor.Respuesta:
            return servidor.Respuesta.texto(f"{peticion.metodo} {peticion.ruta}")

        assert piso is not None, "Se esperaba que el decorador devolviera la función"
        return rutas

    servicio = con_rutas(crear)
    bien(pedir(servicio, "GET", "/"), "GET /")
    bien(pedir(servicio, "GET", "/casas/roja/pisos/03"), "roja 3")
    azul = pedir(servicio, "GET", "/casas/azul/pisos/3")
    con_estado(azul, {202}, '{"piso": "3"}')
    azul = pedir(servicio, "GET", "/casas/azul/pisos/03")
    con_estado(azul, {202}, '{"piso": "03"}')
    otra = pedir(servicio, "PUT", "/casas/azul/pisos/3", b"")
    con_estado(otra, {202}, '{"casa": "azul", "numero": "3"}')
    con_estado(pedir(servicio, "GET", "/casas/azul/pisos/bajo"), {405})
    varia = pedir(servicio, "PUT", "/casas/azul/pisos/bajo", b"")
    con_estado(varia, {202}, '{"casa": "azul", "numero": "bajo"}')
    permite(pedir(servicio, "POST", "/casas/azul/pisos/3"), "GET", "HEAD", "PUT")
    for metodo in ("PATCH", "OPTIONS"):
        propia = pedir(servicio, metodo, "/solo/%41", b"")
        con_estado(propia, {203}, f"{metodo} /solo/%41")
    con_estado(pedir(servicio, "HEAD", "/solo/a"), {203})
    # Es la misma ruta que «/solo/{x}», y cada método llama a lo suyo como quiere.
    con_estado(pedir(servicio, "PUT", "/solo/a", b""), {202}, '{"z": "a"}')
    permite(pedir(servicio, "GET", "/solo/a"), "HEAD", "OPTIONS", "PATCH", "PUT")
    con_estado(
        pedir(servicio, "GET", "/hola/mundo"),
        {200},
        "un archivo que se llama como una ruta",
    )
    con_estado(pedir(servicio, "GET", "/hola/Ana"), {404})


@pytest.mark.aislada
def test_si_encajan_varias(con_rutas: Callable[..., Servicio]) -> None:
    """Gana la que tiene texto fijo antes, y después «:int», en cualquier orden."""
    import servidor

    def crear() -> servidor.Enrutador:
        rutas = servidor.Enrutador()

        def registrar(patron: str) -> None:
            rutas.ruta("GET", patron)(lambda _: servidor.Respuesta.texto(patron))

        antes = ["/a/{x}", "/a/{x:int}", "/{x}/dos/tres", "/uno/{x}/{y}"]
        despues = ["/b/{x:int}", "/b/{x}", "/seis/{x}/{y}", "/{x}/siete/ocho"]
        antes += ["/c/{x:int}/{y}", "/c/{x}/fin", "/d/{x}/{y:int}", "/d/{x}/9"]
        despues += ["/e/{x}/fin", "/e/{x:int}/{y}"]
        for patron in antes + despues:
            registrar(patron)
        return rutas

    servicio = con_rutas(crear)
    for ruta, patron in (
        ("/a/7", "/a/{x:int}"),
        ("/a/siete", "/a/{x}"),
        ("/b/7", "/b/{x:int}"),
        ("/b/siete", "/b/{x}"),
        ("/uno/dos/tres", "/uno/{x}/{y}"),
        ("/seis/siete/ocho", "/seis/{x}/{y}"),
        ("/otro/siete/ocho", "/{x}/siete/ocho"),
        ("/c/7/fin", "/c/{x:int}/{y}"),
        ("/e/7/fin", "/e/{x:int}/{y}"),
        ("/c/siete/fin", "/c/{x}/fin"),
        ("/d/1/9", "/d/{x}/9"),
        ("/d/1/8", "/d/{x}/{y:int}"),
    ):
        bien(pedir(servicio, "GET", ruta), patron)


@pytest.mark.aislada
@pytest.mark.en_proceso
@pytest.mark.parametrize(
    ("metodo", "patron"),
    [
        ("GET", "sin/barra"),
        ("GET", ""),
        ("GET", "/a/{b"),
        ("GET", "/a/{}"),
        ("GET", "/a/{b}{c}"),
        ("GET", "/a/{b:float}"),
        ("GET", "/a/{b}/{b}"),
        ("GET", "/a/{b}/{b:int}"),
        ("GET", "/a/b}"),
        ("GET", "/a/}b{"),
        ("GET", "/a/x{b}"),
        ("GET", "/a/{b}x"),
        ("GET", "/a/{b:}"),
        ("GET", "/a/{:int}"),
        ("GET", "/a/{{b}}"),
        ("GET", "{b}"),
        ("get", "/a"),
        ("BREW", "/a"),
        ("", "/a"),
        ("GET", "/repetida"),
        ("POST", "/repetida"),
        ("GET", "/repetida/{otro}"),
        ("GET", "/repetida/{otro:int}/fin"),
    ],
)
def test_una_ruta_mal_escrita(metodo: str, patron: str) -> None:
    """Un método o un patrón imposible, o uno ya ocupado, es un ValueError al registrar.

    Mejor al arrancar que cuando llegue el primer cliente.
    """
    import servidor

    rutas = servidor.Enrutador()

    def manejador(peticion: servidor.Peticion) -> servidor.Respuesta:
        return servidor.Respuesta()

    rutas.ruta("GET", "/repetida")(manejador)
    rutas.ruta("GET", "/repetida/{uno}")(manejador)
    rutas.ruta("GET", "/repetida/{uno:int}")(manejador)
    rutas.ruta("GET", "/repetida/{uno:int}/fin")(manejador)
    rutas.ruta("GET", "/repetida/{uno}/fin")(manejador)
    rutas.ruta("POST", "/repetida")(manejador)
    try:
        rutas.ruta(metodo, patron)(manejador)
    except ValueError:
        return
    except (KeyError, IndexError, TypeError, AttributeError) as otro:
        pytest.fail(f"Se esperaba un ValueError, y ha sido {otro!r}")
    pytest.fail(f"Se esperaba un ValueError al registrar {metodo} {patron}")
