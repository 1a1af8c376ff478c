"""La sesión: entrar, guardar las cookies y volver a entrar cuando caduca."""

import logging
from http.cookiejar import LoadError, MozillaCookieJar
from urllib.parse import urlsplit

from scraper.analisis import formulario_de_entrada, origen
from scraper.descarga import Descargador, Respuesta
from scraper.errores import NoSePuedeEmpezar, PaginaFallida, UsoIncorrecto
from scraper.modelo import Opciones

log = logging.getLogger(__name__)


class Sesion:
    """Trae páginas, y entra en el sitio cuando alguna lo pide."""

    def __init__(
        self, inicio: str, opciones: Opciones, ruta_entrada: str | None
    ) -> None:
        """Lee las cookies guardadas, si las hay."""
        self.opciones = opciones
        self.ruta_entrada = ruta_entrada
        self.inicio = inicio
        self.cookies = MozillaCookieJar()
        self.cargar()
        self.descargador = Descargador(inicio, opciones, self.cookies)

    def cargar(self) -> None:
        """Recupera la sesión guardada; si no se entiende, es como no tenerla."""
        archivo = self.opciones.cookies
        if archivo is None:
            return
        nuevo = not archivo.exists()
        try:
            archivo.touch(mode=0o600)
            archivo.open("ab").close()  # mejor saber ahora si no se va a poder guardar
        except OSError as error:
            raise UsoIncorrecto(
                f"no se puede guardar la sesión en {archivo}: {error.strerror}"
            ) from error
        if nuevo:
            return
        try:
            # ignore_discard: las cookies de sesión no dicen cuándo caducan.
            self.cookies.load(str(archivo), ignore_discard=True)
        except (LoadError, OSError, ValueError) as error:
            log.warning("%s no tiene una sesión que se entienda: %s", archivo, error)

    def guardar(self) -> None:
        """Deja las cookies en disco, solo para quien lo ejecuta."""
        archivo = self.opciones.cookies
        if archivo is not None:
            archivo.touch(mode=0o600)
            archivo.chmod(0o600)
            self.cookies.save(str(archivo), ignore_discard=True)

    def traer(self, url: str) -> Respuesta:
        """Una página; si lleva a la entrada, entra y la pide otra vez, solo una."""
        respuesta = self.descargador.pedir(url)
        if not self.es_entrada(respuesta.url):
            return respuesta
        if not self.opciones.usuario:
            raise PaginaFallida("hay que entrar, y falta --usuario")
        self.entrar(respuesta)
        respuesta = self.descargador.pedir(url)
        if self.es_entrada(respuesta.url):
            raise PaginaFallida("sigue pidiendo entrar")
        return respuesta

    def es_entrada(self, url: str) -> bool:
        """Si esa dirección es la del formulario de entrada."""
        if self.ruta_entrada is None or origen(url) != origen(self.inicio):
            return False
        return urlsplit(url).path == self.ruta_entrada

    def entrar(self, respuesta: Respuesta) -> None:
        """Rellena el formulario que ha llegado y lo envía."""
        pagina = respuesta.pagina()
        formulario = formulario_de_entrada(pagina) if pagina else None
        if formulario is None:
            raise NoSePuedeEmpezar(f"en {respuesta.url} no hay formulario de entrada")
        campos = formulario.campos | {
            formulario.usuario: self.opciones.usuario or "",
            formulario.clave: self.opciones.clave or "",
        }
        log.info("se entra como %s", self.opciones.usuario)
        try:
            pagina = self.descargador.pedir(formulario.destino, campos).pagina()
        except PaginaFallida as error:
            raise NoSePuedeEmpezar(f"no se ha podido entrar: {error}") from error
        if pagina and formulario_de_entrada(pagina):
            raise NoSePuedeEmpezar(
                f"el sitio no deja entrar a {self.opciones.usuario}: "
                "revisa --usuario y SCRAPER_CLAVE"
            )
        self.guardar()
