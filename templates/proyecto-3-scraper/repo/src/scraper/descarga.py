"""Trae páginas por HTTP: el único módulo que abre conexiones."""

from dataclasses import dataclass
from email.message import Message

from scraper.modelo import Opciones, Pagina


@dataclass(frozen=True)
class Respuesta:
    """Lo que contestó el servidor, tras las redirecciones."""

    url: str
    cabeceras: Message
    cuerpo: bytes

    def pagina(self) -> Pagina | None:
        """La página, o None si lo que llegó no es HTML.

        R1: `cabeceras` sabe leer su Content-Type: busca get_content_type y
        get_content_charset en https://docs.python.org/3/library/email.message.html
        """
        raise NotImplementedError("R1 · convertir una respuesta en página")


class Descargador:
    """Pide direcciones de un solo sitio."""

    def __init__(self, inicio: str, opciones: Opciones) -> None:
        """No pide nada todavía.

        R1: aquí puedes crear tu «abridor» con urllib.request.build_opener. R2: con él
        viajan las cookies. R3: y por él pasan todas las peticiones, que es donde se
        puede hacer esperar. Roadmap 2.1:
        https://docs.python.org/3/library/urllib.request.html
        """
        self.inicio = inicio
        self.opciones = opciones

    def pedir(self, url: str, campos: dict[str, str] | None = None) -> Respuesta:
        """Trae una dirección; con campos, los envía con POST.

        R1: lo que salga mal (HTTPError, URLError, un cuerpo cortado…) es
        PaginaFallida. Una redirección a otro servidor, también: urllib la seguiría.
        R3: con 429 y 503 se espera y se vuelve a pedir.
        """
        raise NotImplementedError("R1 · pedir una página")
