# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R5 · Programación orientada a objetos: un sitio nuevo es una subclase.

Estas pruebas copian tu código a otra carpeta y le añaden archivos en sitios/, como
haría una compañera que no ha leído el resto.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from motor.programa import Resultado
from requisitos.sitio_web import SitioWeb, enlace, libro, pagina
from requisitos.taller import Escenarios, Taller, acaba, articulos, codigos

escenario = Escenarios(__name__)

TIENDA = '''
"""Una tienda que escribe sus artículos en una tabla, y solo se sigue por «next»."""

import re

from scraper import Articulo, Pagina, Sitio

FILA = re.compile(r"<tr><td>(\\w+)</td><td>([^<]+)</td><td>(\\d+)</td></tr>")


class Tienda(Sitio):
    nombre = "tienda"

    def extraer(self, pagina: Pagina):
        assert pagina.url.startswith("http://127.0.0.1:"), pagina.url
        for codigo, nombre, precio in FILA.findall(pagina.texto):
            if codigo == "BOMBA":
                raise ZeroDivisionError("una bomba en la página")
            yield Articulo(codigo=codigo, nombre=nombre, precio=int(precio))


class TiendaEnFila(Tienda):
    """Hereda cómo se extrae y cambia por dónde se sigue."""

    nombre = "tienda-en-fila"

    def enlaces(self, pagina: Pagina):
        yield from re.findall(r'rel="next" href="([^"]+)"', pagina.texto)
        if "TRAMPA" in pagina.texto:
            raise LookupError("una trampa en los enlaces")


class TiendaSinNombre(Tienda):
    """Un paso intermedio: no es un sitio que se pueda pedir."""
'''

REBAJAS = '''
"""La librería de siempre, a mitad de precio."""

from dataclasses import replace

from scraper.sitios.libreria import Libreria


class Rebajas(Libreria):
    nombre = "baratillo"

    def extraer(self, pagina):
        for libro in super().extraer(pagina):
            yield replace(libro, precio=libro.precio // 2)

    def enlaces(self, pagina):
        propios = [e for e in super().enlaces(pagina) if "rebajas" in e]
        return [*propios, "http://localhost:1/rebajas", "mailto:rebajas@ejemplo.es"]
'''

INACABADO = """
from scraper import Sitio


class Inacabado(Sitio):
    nombre = "inacabado"
"""

REPETIDO = """
from scraper import Sitio


class OtraLibreria(Sitio):
    nombre = "libreria"

    def extraer(self, pagina):
        return []
"""


def fila(codigo: str, precio: int) -> str:
    """Un artículo, como los escribe la tienda nueva."""
    return f"<tr><td>{codigo}</td><td>Cosa {codigo}</td><td>{precio}</td></tr>"


@escenario
def lista(taller: Taller) -> Resultado:
    """«scraper sitios», con dos archivos más."""
    src = taller.copia(tienda=TIENDA, zz_rebajas=REBAJAS)
    return taller.scraper("sitios", src=src)


def test_un_archivo_nuevo_basta(taller: Taller) -> None:
    """«scraper sitios» conoce las subclases de cada archivo, en orden alfabético."""
    resultado = lista(taller)
    acaba(resultado, 0)
    esperado = ["baratillo", "libreria", "tienda", "tienda-en-fila"]
    llegado = resultado.salida.split()
    assert llegado == esperado, f"Se esperaba {esperado}, y llegó {llegado}"


@dataclass
class Tienda:
    """Un rastreo de la tienda nueva."""

    resultado: Resultado
    sitio: SitioWeb


def rastrear_tienda(taller: Taller, nombre: str) -> Tienda:
    """Rastrea las páginas de la tienda con el sitio que se diga."""
    sitio = taller.sitio(
        {
            "/": f"<table>{fila('A1', 150)}{fila('A2', 20)}</table>"
            f'{libro("LIBRO")}{enlace("/oferta")}<a rel="next" href="?p=2">más</a>',
            "/?p=2": fila("B1", 999)
            + enlace("/oferta")
            + enlace("/bomba")
            + '<a rel="next" href="/trampa">más</a>',
            "/trampa": fila("E1", 7) + "TRAMPA",
            "/oferta": fila("C1", 1),
            "/bomba": fila("D1", 5) + fila("BOMBA", 5) + enlace("/"),
        }
    )
    src = taller.copia(tienda=TIENDA)
    return Tienda(taller.rastrear(sitio.url("/"), sitio=nombre, src=src), sitio)


@escenario
def tienda(taller: Taller) -> Tienda:
    """Con los enlaces de fábrica: se siguen todos."""
    return rastrear_tienda(taller, "tienda")


@escenario
def tienda_en_fila(taller: Taller) -> Tienda:
    """Con los enlaces que dice la subclase."""
    return rastrear_tienda(taller, "tienda-en-fila")


def test_la_subclase_extrae(taller: Taller) -> None:
    """El rastreo usa el «extraer» de la subclase, y solo ese."""
    visto = tienda(taller)
    leidos = {
        a["codigo"]: (a["sitio"], a["nombre"], a["precio"])
        for a in articulos(visto.resultado)
    }
    esperado = {
        "A1": ("tienda", "Cosa A1", 150),
        "A2": ("tienda", "Cosa A2", 20),
        "B1": ("tienda", "Cosa B1", 999),
        "C1": ("tienda", "Cosa C1", 1),
        "E1": ("tienda", "Cosa E1", 7),
    }
    assert leidos == esperado, (
        f"Se esperaba {esperado}, y llegó {leidos}:\n{visto.resultado}"
    )


def test_un_error_al_extraer(taller: Taller) -> None:
    """Si «extraer» falla, esa página es fallida y no da nada; las demás siguen."""
    visto = tienda(taller)
    acaba(visto.resultado, 1)
    assert "/bomba" in visto.resultado.error, (
        f"Se esperaba que nombrara la página /bomba:\n{visto.resultado}"
    )
    leidos = codigos(visto.resultado)
    assert "C1" in leidos, f"Se esperaban las demás páginas:\n{visto.resultado}"
    assert "D1" not in leidos, "De una página fallida no se esperaba ningún artículo"


def test_la_subclase_decide_por_donde_seguir(taller: Taller) -> None:
    """Si la subclase redefine «enlaces», solo se siguen esos, aunque sean relativos."""
    visto = tienda_en_fila(taller)
    pedidas = visto.sitio.pedidas()
    assert pedidas == ["/", "/?p=2", "/trampa"], (
        f"Se esperaba pedir /, /?p=2 y /trampa, y se pidió {pedidas}"
    )
    assert {"A1", "A2", "B1"} <= codigos(visto.resultado), (
        f"Se esperaba lo que extrae la clase madre:\n{visto.resultado}"
    )


def test_un_error_en_los_enlaces(taller: Taller) -> None:
    """Si «enlaces» falla, esa página también es fallida, y no da nada."""
    visto = tienda_en_fila(taller)
    acaba(visto.resultado, 1)
    assert "/trampa" in visto.resultado.error, (
        f"Se esperaba que nombrara la página /trampa:\n{visto.resultado}"
    )
    leidos = codigos(visto.resultado)
    assert leidos == {"A1", "A2", "B1"}, (
        f"Se esperaban solo los artículos de las otras dos páginas, y llegó {leidos}"
    )


@escenario
def rebajas(taller: Taller) -> Tienda:
    """Una subclase de Libreria que aprovecha lo que ya sabe."""
    sitio = taller.sitio(
        {
            "/": pagina(
                libro("L-1", "Uno", "10,00 €"), enlace("/rebajas"), enlace("/otros")
            ),
            "/rebajas": pagina(libro("L-2", "Dos", "1.000,00 €")),
            "/otros": pagina(libro("L-3", "Tres", "1,00 €")),
        }
    )
    # Un archivo roto tampoco estorba al rastrear.
    src = taller.copia(zz_rebajas=REBAJAS, aa_sintaxis="class Roto(:\n")
    return Tienda(taller.rastrear(sitio.url("/"), sitio="baratillo", src=src), sitio)


def test_una_subclase_aprovecha_a_su_madre(taller: Taller) -> None:
    """Con super() se usa lo que ya sabe hacer Libreria, y se cambia el resto.

    Los enlaces que no son del sitio se ignoran, también los que da la subclase.
    """
    visto = rebajas(taller)
    acaba(visto.resultado, 0)
    leidos = {
        (a["sitio"], a["codigo"], a["precio"]) for a in articulos(visto.resultado)
    }
    esperado = {("baratillo", "L-1", 500), ("baratillo", "L-2", 50000)}
    assert leidos == esperado, f"Se esperaba {esperado}, y llegó {leidos}"


@escenario
def rotos(taller: Taller) -> Resultado:
    """Cuatro archivos que no valen y uno que sí."""
    src = taller.copia(
        aa_sintaxis="class Roto(:\n",
        bb_importa="import esto_no_existe_en_ninguna_parte\n",
        cc_inacabado=INACABADO,
        dd_falla="raise RuntimeError('me he roto al importarme')\n",
        tienda=TIENDA,
    )
    return taller.scraper("sitios", src=src)


def test_un_sitio_roto_no_estropea_a_los_demas(taller: Taller) -> None:
    """Lo que no se puede usar se cuenta por la salida de error, y lo demás funciona."""
    resultado = rotos(taller)
    acaba(resultado, 0)
    esperado = ["libreria", "tienda", "tienda-en-fila"]
    llegado = resultado.salida.split()
    assert llegado == esperado, f"Se esperaba {esperado}, y llegó:\n{resultado}"
    for pista in ("aa_sintaxis", "bb_importa", "Inacabado", "dd_falla"):
        assert pista in resultado.error, (
            f"Se esperaba que nombrara {pista}:\n{resultado}"
        )


@escenario
def repetido(taller: Taller) -> list[Resultado]:
    """Otro archivo usa un nombre que ya está cogido."""
    src = taller.copia(otra=REPETIDO)
    sitio = taller.sitio({"/": pagina(libro("X"))})
    return [
        taller.scraper("sitios", src=src),
        taller.rastrear(sitio.url("/"), src=src),
    ]


def test_dos_sitios_con_el_mismo_nombre(taller: Taller) -> None:
    """Es un error que nombra a los dos: el código 2, en las dos órdenes."""
    for resultado in repetido(taller):
        acaba(resultado, 2)
        assert not resultado.salida, f"No se esperaba nada por la salida:\n{resultado}"
        for clase in ("Libreria", "OtraLibreria"):
            assert re.search(rf"\b{clase}\b", resultado.error), (
                f"Se esperaba que nombrara {clase}:\n{resultado}"
            )


@escenario
def desconocido(taller: Taller) -> Tienda:
    """Se pide un sitio que no existe."""
    sitio = taller.sitio({"/": pagina(libro("X"))})
    src = taller.copia(tienda=TIENDA)
    return Tienda(taller.rastrear(sitio.url("/"), sitio="mercadillo", src=src), sitio)


def test_un_sitio_desconocido(taller: Taller) -> None:
    """Se explica con los que hay, los nuevos incluidos: es el código 2."""
    visto = desconocido(taller)
    acaba(visto.resultado, 2)
    assert "tienda" in visto.resultado.error, (
        f"Se esperaba que dijera qué sitios hay:\n{visto.resultado}"
    )
    assert not visto.sitio.peticiones, "No se esperaba ninguna petición"
