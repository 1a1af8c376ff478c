# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Manejo de cookies y sesiones."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from motor.programa import Resultado
from requisitos.sitio_web import SitioWeb
from requisitos.socios import CLAVE, USUARIO, SitioConSocios
from requisitos.taller import Escenarios, Taller, acaba, codigos

escenario = Escenarios(__name__)


@dataclass
class Visita:
    """Uno o varios rastreos de una librería con socios."""

    sitio: SitioConSocios
    cookies: Path
    resultados: list[Resultado] = field(default_factory=list)
    entradas: list[int] = field(default_factory=list)
    """Cuántas veces se había enviado el formulario al acabar cada rastreo."""

    def rastrear(self, taller: Taller, *opciones: str, clave: str | None) -> None:
        """Rastrea desde la portada, con --depurar, y apunta lo que pasó."""
        orden = ["--depurar", "rastrear", "libreria", self.sitio.url("/")]
        orden += ["--intervalo", "0", "--cookies", str(self.cookies), *opciones]
        resultado = taller.scraper(*orden, clave=clave)
        self.resultados.append(resultado)
        self.entradas.append(len(self.sitio.entradas))


def visita(taller: Taller, socios: int = 3, usos: int | None = None) -> Visita:
    """Una librería nueva, sin cookies guardadas."""
    sitio = taller.abrir(SitioConSocios(socios, usos))
    return Visita(sitio, taller.carpeta() / "galletas.txt")


def con_todo(resultado: Resultado, sitio: SitioConSocios) -> None:
    """Comprueba que acabó bien y encontró todos los libros, también los de socios."""
    acaba(resultado, 0)
    faltan = sitio.codigos() - codigos(resultado)
    assert not faltan, f"Se esperaban también los libros {faltan}:\n{resultado}"


@escenario
def cuatro_dias(taller: Taller) -> Visita:
    """Lunes: entra. Martes: aprovecha la sesión. Miércoles: el sitio la ha olvidado.

    Y el jueves, sin --usuario, vale la sesión del miércoles.
    """
    dias = visita(taller)
    usuario = ("--usuario", USUARIO)
    dias.rastrear(taller, *usuario, clave=CLAVE)
    dias.rastrear(taller, *usuario, clave=CLAVE)
    dias.sitio.sesiones.clear()
    dias.rastrear(taller, *usuario, clave=CLAVE)
    dias.rastrear(taller, clave=None)
    return dias


def test_entra_con_el_formulario(taller: Taller) -> None:
    """Envía usuario, contraseña y los campos ocultos tal como vienen, y nada más."""
    dias = cuatro_dias(taller)
    assert dias.sitio.entradas, (
        f"Se esperaba un POST a /sesion con el formulario:\n{dias.resultados[0]}"
    )
    enviado = dias.sitio.entradas[0]
    esperado = {"correo": USUARIO, "secreto": CLAVE, "vacio": "", "VOLVER": " a<b"}
    llegado = {campo: valor for campo, valor in enviado.items() if campo != "csrf"}
    assert llegado == esperado, (
        f"Además del csrf, se esperaba enviar {esperado}, y llegó {llegado}"
    )
    con_todo(dias.resultados[0], dias.sitio)


def test_entra_una_sola_vez(taller: Taller) -> None:
    """Con la sesión abierta, no se envía el formulario para cada página."""
    dias = cuatro_dias(taller)
    con_todo(dias.resultados[0], dias.sitio)
    assert dias.entradas[0] == 1, (
        f"Se esperaba un solo envío del formulario, y hubo {dias.entradas[0]}"
    )


def test_la_sesion_se_guarda_en_disco(taller: Taller) -> None:
    """El rastreo siguiente usa las cookies guardadas, diga o no --usuario."""
    dias = cuatro_dias(taller)
    assert dias.entradas[0] == 1, f"Se esperaba entrar:\n{dias.resultados[0]}"
    con_todo(dias.resultados[1], dias.sitio)
    assert dias.entradas[1] == 1, (
        "Se esperaba no volver a enviar el formulario, y se envió"
    )
    con_todo(dias.resultados[3], dias.sitio)


@pytest.mark.skipif(os.name != "posix", reason="en Windows no hay permisos así")
def test_las_cookies_son_solo_tuyas(taller: Taller) -> None:
    """El archivo de cookies no lo puede leer nadie más: quien lo lee, entra."""
    dias = cuatro_dias(taller)
    assert dias.cookies.exists(), f"Se esperaba el archivo:\n{dias.resultados[0]}"
    permisos = dias.cookies.stat().st_mode & 0o777
    assert permisos & 0o077 == 0, f"Se esperaban permisos 600, y son {permisos:o}"


def test_sesion_guardada_que_ya_no_vale(taller: Taller) -> None:
    """Si el sitio ha olvidado la sesión guardada, se vuelve a entrar."""
    dias = cuatro_dias(taller)
    con_todo(dias.resultados[2], dias.sitio)
    assert dias.entradas[2] == 2, (
        f"Se esperaban dos envíos del formulario en total, y hubo {dias.entradas[2]}"
    )


@escenario
def caduca(taller: Taller) -> Visita:
    """Cada sesión solo vale para dos páginas."""
    larga = visita(taller, socios=5, usos=2)
    larga.rastrear(taller, "--usuario", USUARIO, clave=CLAVE)
    return larga


def test_la_sesion_caduca_a_medias(taller: Taller) -> None:
    """Vuelve a entrar y repite la página: no se pierde ninguna."""
    larga = caduca(taller)
    con_todo(larga.resultados[0], larga.sitio)
    assert larga.entradas[0] == 3, (
        "Cinco páginas, dos por sesión: se esperaba entrar 3 veces, y fueron "
        f"{larga.entradas[0]}"
    )


@escenario
def imposible(taller: Taller) -> Visita:
    """A /socios/2 no se llega ni habiendo entrado."""
    rara = visita(taller)
    rara.sitio.imposibles = {"/socios/2"}
    rara.rastrear(taller, "--usuario", USUARIO, clave=CLAVE)
    return rara


def test_una_pagina_que_siempre_pide_entrar(taller: Taller) -> None:
    """Se entra otra vez una sola vez: si la página insiste, es una página fallida."""
    rara = imposible(taller)
    acaba(rara.resultados[0], 1)
    assert codigos(rara.resultados[0]) == {"PORTADA", "SOCIO-1", "SOCIO-3"}, (
        f"Se esperaban los libros de las demás páginas:\n{rara.resultados[0]}"
    )
    assert 1 <= rara.entradas[0] <= 3, (
        f"Se esperaba no insistir, y el formulario se envió {rara.entradas[0]} veces"
    )


@escenario
def rechazada(taller: Taller) -> Visita:
    """La contraseña no es esa."""
    mala = visita(taller)
    mala.rastrear(taller, "--usuario", USUARIO, clave="no-es-esta-ni-de-lejos")
    return mala


def test_contrasena_rechazada(taller: Taller) -> None:
    """Se explica, es el código 3, y no se insiste: insistir bloquea cuentas."""
    mala = rechazada(taller)
    acaba(mala.resultados[0], 3)
    assert mala.entradas[0] == 1, (
        f"Se esperaba un solo intento, y hubo {mala.entradas[0]}:\n{mala.resultados[0]}"
    )
    socios = mala.sitio.codigos() - {"PORTADA"}
    assert not socios & codigos(mala.resultados[0]), "No se esperaban libros de socios"


def test_la_contrasena_no_aparece(taller: Taller) -> None:
    """Ni por pantalla, ni con --depurar, ni en un error, ni entre las cookies."""
    dias, mala = cuatro_dias(taller), rechazada(taller)
    con_todo(dias.resultados[0], dias.sitio)
    acaba(mala.resultados[0], 3)
    escrito = dias.cookies.read_text(encoding="utf-8", errors="replace")
    for resultado in (*dias.resultados, *mala.resultados):
        escrito += resultado.salida + resultado.error
    for secreto in (CLAVE, quote(CLAVE), quote_plus(CLAVE), "no-es-esta-ni-de-lejos"):
        assert secreto not in escrito, "No se esperaba ver la contraseña escrita"


@escenario
def anonima(taller: Taller) -> Visita:
    """Sin --usuario y sin cookies."""
    sin_nombre = visita(taller)
    sin_nombre.rastrear(taller, clave=CLAVE)
    return sin_nombre


def test_sin_usuario_no_se_entra(taller: Taller) -> None:
    """Sin --usuario, las páginas que piden entrar son fallidas y las demás, no."""
    sin_nombre = anonima(taller)
    acaba(sin_nombre.resultados[0], 1)
    assert codigos(sin_nombre.resultados[0]) == {"PORTADA"}, (
        f"Se esperaba solo el libro de la portada:\n{sin_nombre.resultados[0]}"
    )
    assert not sin_nombre.sitio.entradas, "No se esperaba ningún envío del formulario"


def test_la_pagina_de_entrada_no_se_rastrea(taller: Taller) -> None:
    """Un enlace a /entrar no es una página más: no se sigue."""
    sin_nombre = anonima(taller)
    acaba(sin_nombre.resultados[0], 1)
    pedidas = sin_nombre.sitio.pedidas()
    directas = {"/entrar", "/entrar?desde=portada"} & set(pedidas)
    assert not directas, f"No se esperaba pedir {directas}: {pedidas}"
    assert "/entrar-en-la-feria" in pedidas, (
        "/entrar-en-la-feria no es la página de entrada: se esperaba pedirla, y se "
        f"pidió {pedidas}"
    )


@escenario
def basura(taller: Taller) -> Visita:
    """El archivo de cookies no es un archivo de cookies."""
    sucia = visita(taller)
    sucia.cookies.touch(0o644)
    sucia.cookies.write_bytes(b"\x00\xff\xfe no soy un archivo de cookies \n\x80\tx\t")
    sucia.rastrear(taller, "--usuario", USUARIO, clave=CLAVE)
    return sucia


def test_archivo_de_cookies_roto(taller: Taller) -> None:
    """Un archivo de cookies que no se entiende es como no tener sesión."""
    sucia = basura(taller)
    con_todo(sucia.resultados[0], sucia.sitio)
    assert sucia.entradas[0] == 1, "Se esperaba entrar de nuevo, y una sola vez"
    if os.name == "posix":
        permisos = sucia.cookies.stat().st_mode & 0o777
        assert permisos & 0o077 == 0, (
            "Aunque el archivo ya existiera y lo pudiera leer cualquiera, con la "
            f"sesión dentro se esperaban permisos 600, y son {permisos:o}"
        )


@escenario
def sin_carpeta(taller: Taller) -> Visita:
    """El archivo de cookies va en una carpeta que no existe."""
    perdida = visita(taller)
    perdida.cookies = perdida.cookies.parent / "no" / "galletas.txt"
    perdida.rastrear(taller, "--usuario", USUARIO, clave=CLAVE)
    return perdida


def test_cookies_en_una_carpeta_que_no_existe(taller: Taller) -> None:
    """Si la sesión no se va a poder guardar, se dice antes de pedir nada: código 2."""
    perdida = sin_carpeta(taller)
    acaba(perdida.resultados[0], 2)
    assert not perdida.sitio.peticiones, "No se esperaba ninguna petición al sitio"


@escenario
def enganosa(taller: Taller) -> tuple[Visita, SitioWeb]:
    """El formulario envía la contraseña a otro servidor."""
    ajeno = taller.sitio({"/robar": "gracias"})
    trampa = visita(taller)
    trampa.sitio.envio = ajeno.url("/robar")
    trampa.rastrear(taller, "--usuario", USUARIO, clave=CLAVE)
    return trampa, ajeno


def test_la_contrasena_no_va_a_otro_servidor(taller: Taller) -> None:
    """Si el formulario se envía a otro servidor, no se envía: es el código 3."""
    trampa, ajeno = enganosa(taller)
    acaba(trampa.resultados[0], 3)
    assert "/entrar" in "".join(trampa.sitio.pedidas()), (
        f"Se esperaba llegar al formulario:\n{trampa.resultados[0]}"
    )
    assert not ajeno.peticiones, (
        "No se esperaba enviar nada a otro servidor, y llegó: "
        f"{[(p.metodo, p.ruta) for p in ajeno.peticiones]}"
    )


@escenario
def sin_clave(taller: Taller) -> Visita:
    """--usuario, pero sin SCRAPER_CLAVE."""
    olvido = visita(taller)
    olvido.rastrear(taller, "--usuario", USUARIO, clave=None)
    return olvido


def test_usuario_sin_contrasena(taller: Taller) -> None:
    """Con --usuario y sin SCRAPER_CLAVE no se pide nada: es el código 2."""
    olvido = sin_clave(taller)
    acaba(olvido.resultados[0], 2)
    assert not olvido.sitio.peticiones, "No se esperaba ninguna petición al sitio"
