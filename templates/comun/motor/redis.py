"""Redis, de verdad: el de REDIS_URL, o uno que arrancan las pruebas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from motor.ordenes_redis import ordenar
from motor.procesos import Proceso
from motor.recursos import Demonio

OCUPADA = "requisitos:en-uso"
"""La clave que dice que una base de datos es de unas pruebas."""


class Redis(Demonio):
    """Cada programa tiene una base de datos suya, con su número."""

    nombre = "Redis"
    programas = ("redis-server",)
    como_conseguirlo = (
        "Con Docker: «docker run -d -p 6379:6379 redis:7», y di dónde está con "
        "REDIS_URL=redis://localhost:6379. O instálalo («sudo apt install "
        "redis-server»; en macOS, «brew install redis») y las pruebas lo arrancan."
    )

    def __init__(self, variable: str = "REDIS_URL", *, opcional: bool = False) -> None:
        """``variable`` es donde el programa busca su dirección.

        Si es ``opcional`` y no lo hay, el programa arranca sin él; las pruebas que lo
        necesitan lo dicen con ``exigir()``.
        """
        super().__init__()
        self.variable, self.opcional = variable, opcional

    def exigir(self) -> None:
        """Falla si no lo hay, diciendo cómo conseguirlo."""
        self.url()

    def orden(self, puerto: int, carpeta: Path) -> Sequence[str]:
        """Sin guardar nada más que cuando se para."""
        programa = self.ejecutable("redis-server") or "redis-server"
        opciones = f"--port {puerto} --bind 127.0.0.1 --databases 1000"
        return [
            programa,
            *opciones.split(),
            *("--save", "", "--appendonly", "no", "--dir", str(carpeta)),
        ]

    def url_en(self, puerto: int) -> str:
        """Su dirección, sin base de datos."""
        return f"redis://127.0.0.1:{puerto}"

    def contesta(self, url: str) -> bool:
        """Si responde a PING (mientras carga lo guardado, responde otra cosa)."""
        with suppress(OSError):
            return ordenar(url, "PING") == "PONG"
        return False

    def despedir(self, propio: Proceso) -> None:
        """Guarda lo que tenga, para recordarlo al volver."""
        del propio
        ordenar(self.url(), "SAVE")

    @contextmanager
    def rincon(self, carpeta: Path) -> Iterator[Mapping[str, str]]:
        """Una base de datos vacía."""
        del carpeta
        if self.opcional and not self.disponible():
            yield {self.variable: ""}
            return
        servidor = urlsplit(self.url())._replace(path="").geturl()
        url = self._libre(servidor)
        try:
            yield {self.variable: url}
        finally:
            with suppress(OSError):
                ordenar(url, "FLUSHDB")

    def _libre(self, servidor: str) -> str:
        """La primera base sin nada, que desde ahora es de estas pruebas."""
        numero = 0
        while True:
            url = f"{servidor}/{numero}"
            try:
                vacia = ordenar(url, "DBSIZE") == "0"
            except ValueError:
                raise AssertionError(
                    f"Se esperaba una base de datos vacía en el Redis de "
                    f"{self.variable}, y las {numero} tienen algo. Vacía las que no "
                    "uses, o indica otro Redis."
                ) from None
            if vacia and ordenar(url, "SET", OCUPADA, "sí", "NX") == "OK":
                return url
            numero += 1

    def vaciar(self, ajustes: Mapping[str, str]) -> None:
        """FLUSHDB de la base de ese programa, y de ninguna otra."""
        if url := ajustes[self.variable]:
            ordenar(url, "FLUSHDB")
            ordenar(url, "SET", OCUPADA, "sí")
