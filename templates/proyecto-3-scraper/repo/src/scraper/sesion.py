"""R2 · La sesión: entrar, guardar las cookies y volver a entrar cuando caduca."""

from scraper.descarga import Descargador, Respuesta
from scraper.modelo import Opciones


class Sesion:
    """Trae páginas, y entra en el sitio cuando alguna lo pide.

    De momento solo pasa el recado. Roadmap 1.5, y
    https://docs.python.org/3/library/http.cookiejar.html
    """

    def __init__(
        self, inicio: str, opciones: Opciones, ruta_entrada: str | None
    ) -> None:
        """R2: lee las cookies guardadas, y que el descargador las use."""
        self.opciones = opciones
        self.ruta_entrada = ruta_entrada
        self.descargador = Descargador(inicio, opciones)

    def traer(self, url: str) -> Respuesta:
        """Una página del sitio.

        R2: si la respuesta ha acabado en `ruta_entrada`, no es la página que querías:
        hay que entrar y pedirla otra vez. Una sola: ¿y si insiste?
        """
        return self.descargador.pedir(url)
