"""La librería del README: el primer sitio, y el ejemplo para los demás."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from scraper.modelo import Articulo, Pagina
from scraper.sitio import Sitio

PRECIO = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?(?![\d.,])")


class Libreria(Sitio):
    """Una librería en línea, con páginas para socios."""

    nombre = "libreria"
    ruta_entrada = "/entrar"

    def extraer(self, pagina: Pagina) -> Iterator[Articulo]:
        """Un artículo por cada elemento de clase «libro» que tenga código y título."""
        lector = LectorDeLibros()
        lector.feed(pagina.texto)
        lector.close()
        for libro in lector.libros:
            codigo = libro["codigo"].strip()
            nombre = " ".join(libro["titulo"].split())
            if codigo and nombre:
                yield Articulo(codigo, nombre, en_centimos(libro["precio"]))


class LectorDeLibros(HTMLParser):
    """Reúne el texto de los campos de cada libro, aunque falten cierres."""

    def __init__(self) -> None:
        """Sin libros todavía."""
        super().__init__()
        self.libros: list[dict[str, str]] = []
        self.abiertas: list[str] = []
        self.campo = ""
        self.etiqueta = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Empieza un libro, un campo suyo, o algo que cierra el campo abierto."""
        atributos = dict(attrs)
        clases = (atributos.get("class") or "").split()
        if tag == self.etiqueta:
            self.campo = ""
        if "libro" in clases:
            codigo = atributos.get("data-codigo") or ""
            self.libros.append({"codigo": codigo, "titulo": "", "precio": ""})
            self.abiertas = [tag]
            self.campo = ""
        elif self.abiertas:
            if tag == self.abiertas[0]:
                self.abiertas.append(tag)
            for campo in ("titulo", "precio"):
                if campo in clases:
                    self.campo, self.etiqueta = campo, tag

    def handle_endtag(self, tag: str) -> None:
        """El campo acaba con el cierre de su etiqueta, y el libro con el de la suya."""
        if tag == self.etiqueta:
            self.campo = ""
        if self.abiertas and tag == self.abiertas[0]:
            self.abiertas.pop()
            if not self.abiertas:
                self.campo = ""

    def handle_data(self, data: str) -> None:
        """El texto es del campo abierto, si hay alguno."""
        if self.campo:
            self.libros[-1][self.campo] += data


def en_centimos(texto: str) -> int | None:
    """«1.012,50 €» son 101250; si ahí no hay un precio, None."""
    encontrado = PRECIO.search(texto)
    if not encontrado:
        return None
    euros, centimos = encontrado.groups()
    return int(euros.replace(".", "")) * 100 + int((centimos or "0").ljust(2, "0"))
