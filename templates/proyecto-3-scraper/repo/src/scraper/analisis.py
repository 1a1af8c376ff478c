"""De bytes a texto, y de texto a enlaces y formularios. Aquí no se abre la red."""

from html.parser import HTMLParser

from scraper.modelo import Pagina


class LectorDeEnlaces(HTMLParser):
    """Anota los enlaces según pasan las etiquetas.

    HTMLParser llama a estos métodos mientras lee: la página no se busca, se escucha.
    Roadmap 1.5 (herencia), y https://docs.python.org/3/library/html.parser.html
    """

    def __init__(self) -> None:
        """Sin enlaces todavía."""
        super().__init__()
        self.enlaces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Llega una etiqueta de apertura, ya en minúsculas.

        R1: quédate con el href de cada <a>. ¿Y qué dice <base href>?
        """


def descodificar(cuerpo: bytes, cabecera: str | None) -> str:
    """El texto de una página, en la codificación que declara.

    R1: manda `cabecera` (la de Content-Type, si la dijo), después el <meta> del
    principio, y si nadie dice nada, UTF-8. ¿Qué pasa con un byte imposible? Mira
    «errors» en https://docs.python.org/3/library/stdtypes.html#bytes.decode
    """
    raise NotImplementedError("R1 · descodificar una página")


def enlaces_de(pagina: Pagina) -> list[str]:
    """Las direcciones absolutas a las que enlaza una página.

    R1: usa LectorDeEnlaces y urllib.parse.urljoin. Hay enlaces con espacios, con
    acentos y con trampas: una función que los limpie te servirá en más sitios.
    Roadmap 2.1: https://docs.python.org/3/library/urllib.parse.html
    """
    raise NotImplementedError("R1 · los enlaces de una página")


# R2: hace falta otro lector que encuentre el formulario que pide una contraseña.
