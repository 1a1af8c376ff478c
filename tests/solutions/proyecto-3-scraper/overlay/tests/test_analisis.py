"""Lo que se lee de una página, sin red."""

import pytest

from scraper.analisis import (
    descodificar,
    enlaces_de,
    formulario_de_entrada,
    normalizar,
)
from scraper.modelo import Pagina

AQUI = "http://ejemplo.test/libros/"


@pytest.mark.parametrize(
    ("cuerpo", "cabecera", "texto"),
    [
        ("añil".encode(), None, "añil"),
        ("añil".encode("latin-1"), "iso-8859-1", "añil"),
        (b"<meta charset=latin-1>a\xf1il", None, "<meta charset=latin-1>añil"),
        (b"<meta charset=latin-1>" + "ñ".encode(), "utf-8", "<meta charset=latin-1>ñ"),
        ("añil".encode(), "klingon", "añil"),
        ("añil".encode(), "hex", "añil"),
        (b"a\xf1il", None, "a\N{REPLACEMENT CHARACTER}il"),
    ],
)
def test_descodificar(cuerpo: bytes, cabecera: str | None, texto: str) -> None:
    """Manda la cabecera, luego el <meta>, luego UTF-8."""
    assert descodificar(cuerpo, cabecera) == texto


@pytest.mark.parametrize(
    ("enlace", "direccion"),
    [
        ("?p=2", "http://ejemplo.test/libros/?p=2"),
        ("../a/./b#c", "http://ejemplo.test/a/b"),
        ("año nuevo", "http://ejemplo.test/libros/a%C3%B1o%20nuevo"),
        ("a%20b", "http://ejemplo.test/libros/a%20b"),
        ("//otro.test", "http://otro.test/"),
        ("javascript:alert(1)", None),
        ("http://[mal/", None),
        ("http://ejemplo.test:99999/", None),
        ("file:///etc/passwd", None),
    ],
)
def test_normalizar(enlace: str, direccion: str | None) -> None:
    """Una dirección completa, o nada."""
    assert normalizar(AQUI, enlace) == direccion


def test_enlaces_con_base() -> None:
    """<base href> manda sobre la dirección de la página."""
    texto = "<base href=/x/><A HREF='a'>a</A><!-- <a href=no> --><a>nada</a>"
    assert enlaces_de(Pagina(AQUI, texto)) == ["http://ejemplo.test/x/a"]


def test_el_formulario_es_el_de_la_contrasena() -> None:
    """De dos formularios, el que pide contraseña, con sus campos ocultos."""
    texto = (
        "<form action=/buscar><input name=q></form>"
        "<form action=/dentro method=post><input type=hidden name=csrf value='a&amp;b'>"
        "<input name=correo type=email><input name=clave type=password></form>"
    )
    formulario = formulario_de_entrada(Pagina(AQUI, texto))
    assert formulario is not None
    assert formulario.destino == "http://ejemplo.test/dentro"
    assert formulario.campos == {"csrf": "a&b"}
    assert (formulario.usuario, formulario.clave) == ("correo", "clave")


def test_sin_contrasena_no_hay_formulario_de_entrada() -> None:
    """Un buscador no es una entrada."""
    assert formulario_de_entrada(Pagina(AQUI, "<form><input name=q></form>")) is None
