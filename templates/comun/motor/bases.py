"""Bases de datos para las pruebas: cada programa tiene la suya.

Las migraciones se aplican una sola vez, a una base que hace de plantilla; las demás
son copias. Sin más, son de SQLite; si DATABASE_URL dice que hay un PostgreSQL, son
bases nuevas de ese servidor, que se borran al acabar (la de la URL no se toca).
"""

from __future__ import annotations

import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from motor.postgres import Postgres, vaciar_postgres
from motor.recursos import Recurso

Migrar = Callable[[str], None]
"""Crea las tablas en la base vacía de esa URL (con Alembic, con Django…), o falla."""


class BaseDeDatos(Recurso):
    """Una base con las migraciones aplicadas y sin datos, para cada programa."""

    nombre = "la base de datos"

    def __init__(
        self,
        migrar: Migrar | None = None,
        *,
        variable: str = "DATABASE_URL",
        esquema: str = "postgresql",
        sqlite: bool = True,
    ) -> None:
        """``esquema`` es como empieza la URL de PostgreSQL que entiende el programa.

        Con ``sqlite=False`` tiene que ser PostgreSQL, y si hace falta se arranca.
        """
        self.variable, self._esquema = variable, esquema
        self._migrar = migrar
        self._servidor = Postgres(variable)
        self._con_servidor = not sqlite or bool(self._servidor.de_fuera())
        self._plantilla: str | None = None
        self._recoger = ExitStack()

    @contextmanager
    def rincon(self, carpeta: Path) -> Iterator[Mapping[str, str]]:
        """Una base recién migrada."""
        with self.nueva(carpeta) as url:
            yield {self.variable: url}

    @contextmanager
    def nueva(self, carpeta: Path) -> Iterator[str]:
        """La URL de una base sin datos y con las migraciones aplicadas."""
        with self.vacia(carpeta, self._de_plantilla()) as url:
            yield url

    def _de_plantilla(self) -> str | None:
        if self._plantilla is None and self._migrar is not None:
            temporal = tempfile.TemporaryDirectory(
                prefix="plantilla-", ignore_cleanup_errors=True
            )
            with ExitStack() as pila:
                carpeta = Path(pila.enter_context(temporal))
                url = pila.enter_context(self.vacia(carpeta))
                self._migrar(url)
                self._recoger = pila.pop_all()
            self._plantilla = url
        return self._plantilla

    @contextmanager
    def vacia(self, carpeta: Path, plantilla: str | None = None) -> Iterator[str]:
        """La URL de una base recién creada, sin nada o como la plantilla."""
        if not self._con_servidor:
            archivo = carpeta / "base.db"
            if plantilla is not None:
                _copiar(archivo_de(plantilla), archivo)
            yield f"sqlite:///{archivo.as_posix()}"
            return
        nombre = f"requisitos_{secrets.token_hex(8)}"
        como = f' TEMPLATE "{urlsplit(plantilla).path[1:]}"' if plantilla else ""
        self._servidor.ejecutar(f'CREATE DATABASE "{nombre}"{como}')
        try:
            url = urlsplit(self._servidor.url())
            yield url._replace(scheme=self._esquema, path=f"/{nombre}").geturl()
        finally:
            self._servidor.ejecutar(f'DROP DATABASE "{nombre}" WITH (FORCE)')

    def vaciar(self, ajustes: Mapping[str, str]) -> None:
        """Deja solo lo que pusieron las migraciones, sin cortar ninguna conexión."""
        url, plantilla = ajustes[self.variable], self._de_plantilla()
        assert plantilla is not None, "para vaciar hace falta saber migrar"
        if self._con_servidor:
            vaciar_postgres(url, plantilla)
        else:
            _copiar(archivo_de(plantilla), archivo_de(url))

    @contextmanager
    def parado(self) -> Iterator[None]:
        """Para el servidor de verdad; un archivo de SQLite no se puede parar."""
        if not self._con_servidor:
            with super().parado():
                yield
            return
        with self._servidor.parado():
            yield

    def cerrar(self) -> None:
        """Borra la plantilla, y para el servidor si se arrancó aquí."""
        self._recoger.close()
        self._plantilla = None
        self._servidor.cerrar()


def archivo_de(url: str) -> Path:
    """El archivo de una base de SQLite."""
    return Path(unquote(url.removeprefix("sqlite:///")))


def _copiar(origen: Path, destino: Path) -> None:
    """Copia una base de SQLite entera, con lo que aún no esté en su archivo."""
    with closing(sqlite3.connect(origen)) as de, closing(sqlite3.connect(destino)) as a:
        de.backup(a)
