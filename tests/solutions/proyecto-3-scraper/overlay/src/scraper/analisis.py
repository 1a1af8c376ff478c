"""De bytes a texto, y de texto a enlaces y formularios."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from scraper.modelo import Pagina

# Las páginas declaran su codificación cerca del principio.
META = re.compile(
    rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)[^>]*>""", re.IGNORECASE
)
DONDE_MIRAR = 1024
SIN_TOCAR = "%/:=&?~+!$,;'@()*[]"


def descodificar(cuerpo: bytes, cabecera: str | None) -> str:
    """El texto de una página: manda la cabecera, luego el <meta>, luego UTF-8."""
    meta = META.search(cuerpo[:DONDE_MIRAR])
    declaradas = (cabecera, meta[1].decode("ascii") if meta else None)
    for codificacion in filter(None, declaradas):
        try:
            return cuerpo.decode(codificacion, errors="replace")
        except (LookupError, ValueError):
            continue  # no existe, o no es de texto («hex»): como si no dijera nada
    return cuerpo.decode("utf-8", errors="replace")


def normalizar(base: str, enlace: str) -> str | None:
    """La dirección completa y sin fragmento, o None si no se puede pedir por HTTP."""
    try:
        partes = urlsplit(urljoin(base, enlace.strip()))
        servidor = origen(partes.geturl())
    except ValueError:
        return None
    if partes.scheme not in ("http", "https") or not servidor:
        return None
    ruta = quote(partes.path or "/", safe=SIN_TOCAR)
    consulta = quote(partes.query, safe=SIN_TOCAR)
    return urlunsplit((partes.scheme, partes.netloc, ruta, consulta, ""))


def origen(url: str) -> str:
    """Servidor y puerto de una dirección; ValueError si el puerto no es un puerto."""
    partes = urlsplit(url)
    puerto = partes.port or {"http": 80, "https": 443}.get(partes.scheme, 0)
    return f"{partes.hostname}:{puerto}" if partes.hostname else ""


class LectorDeEnlaces(HTMLParser):
    """Anota los <a href> y el primer <base href>."""

    def __init__(self) -> None:
        """Sin enlaces todavía."""
        super().__init__()
        self.base = ""
        self.enlaces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Llega una etiqueta: ya en minúsculas y con los atributos sin entidades."""
        destino = dict(attrs).get("href")
        if not destino:
            return
        if tag == "a":
            self.enlaces.append(destino)
        elif tag == "base" and not self.base:
            self.base = destino


def enlaces_de(pagina: Pagina) -> list[str]:
    """Las direcciones absolutas a las que enlaza una página."""
    lector = LectorDeEnlaces()
    lector.feed(pagina.texto)
    lector.close()
    base = normalizar(pagina.url, lector.base) or pagina.url
    direcciones = (normalizar(base, enlace) for enlace in lector.enlaces)
    return [direccion for direccion in direcciones if direccion]


@dataclass
class Formulario:
    """Un <form>: adónde se envía y con qué campos."""

    destino: str
    campos: dict[str, str] = field(default_factory=dict)
    usuario: str = ""
    clave: str = ""


class LectorDeFormularios(HTMLParser):
    """Separa los formularios de una página, cada uno con sus campos."""

    def __init__(self) -> None:
        """Sin formularios todavía."""
        super().__init__()
        self.formularios: list[Formulario] = []
        self.dentro = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Un formulario empieza, o llega un campo del último."""
        atributos = {nombre: valor or "" for nombre, valor in attrs}
        if tag == "form":
            self.formularios.append(Formulario(atributos.get("action", "")))
            self.dentro = True
        elif tag == "input" and self.dentro and atributos.get("name"):
            self.anotar(self.formularios[-1], atributos)

    def handle_endtag(self, tag: str) -> None:
        """Lo que venga tras </form> ya no es suyo."""
        if tag == "form":
            self.dentro = False

    @staticmethod
    def anotar(formulario: Formulario, atributos: dict[str, str]) -> None:
        """Apunta un campo según su tipo."""
        tipo = atributos.get("type", "text").lower()
        nombre = atributos["name"]
        if tipo == "hidden":
            formulario.campos[nombre] = atributos.get("value", "")
        elif tipo == "password":
            formulario.clave = formulario.clave or nombre
        elif tipo in ("text", "email"):
            formulario.usuario = formulario.usuario or nombre


def formulario_de_entrada(pagina: Pagina) -> Formulario | None:
    """El formulario que pide una contraseña, con su destino absoluto."""
    lector = LectorDeFormularios()
    lector.feed(pagina.texto)
    lector.close()
    for formulario in lector.formularios:
        if formulario.clave:
            destino = normalizar(pagina.url, formulario.destino)
            formulario.destino = destino or pagina.url
            return formulario
    return None
