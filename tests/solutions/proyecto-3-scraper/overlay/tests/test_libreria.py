"""Los libros de la librería."""

import pytest

from scraper.modelo import Articulo, Pagina
from scraper.sitios.libreria import Libreria, en_centimos


def libros(texto: str) -> list[Articulo]:
    """Lo que se extrae de un trozo de HTML."""
    return list(Libreria().extraer(Pagina("http://ejemplo.test/", texto)))


@pytest.mark.parametrize(
    ("texto", "centimos"),
    [
        ("7 €", 700),
        ("12,5 €", 1250),
        ("0,29 €", 29),
        ("1.234.567,89 €", 123456789),
        ("Ahora: 19,95 €", 1995),
        ("Consultar", None),
        ("1.2.3", None),
    ],
)
def test_en_centimos(texto: str, centimos: int | None) -> None:
    """Los precios son enteros, o nada."""
    assert en_centimos(texto) == centimos


def test_un_libro_bien_escrito() -> None:
    """Código, título sin espacios de más y precio."""
    texto = (
        "<article class='libro' data-codigo='L-1'><h2 class='titulo'> El\n primero</h2>"
        "<p class='precio'>10 €</p></article>"
    )
    assert libros(texto) == [Articulo("L-1", "El primero", 1000)]


def test_libros_sin_cierres() -> None:
    """Cada campo acaba donde empieza otra cosa."""
    texto = (
        "<div class=libro data-codigo=A><p class=titulo>Uno<p class=nota>bonito"
        "<p class=precio>1 €<div class=libro data-codigo=B><p class=titulo>Dos"
    )
    assert libros(texto) == [Articulo("A", "Uno", 100), Articulo("B", "Dos")]


def test_sin_codigo_o_sin_titulo_no_hay_libro() -> None:
    """Lo que no se puede identificar no cuenta."""
    assert libros("<p class=libro><b class=titulo>Sin código</b></p>") == []
    assert libros("<p class=libro data-codigo=A></p><b class=titulo>Fuera</b>") == []
