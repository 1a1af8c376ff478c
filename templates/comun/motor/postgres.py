"""PostgreSQL, de verdad: el de DATABASE_URL, o uno que arrancan las pruebas."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from motor.procesos import Proceso
from motor.recursos import Demonio

if TYPE_CHECKING:
    import psycopg

USUARIO = "postgres"
TABLAS = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
CONTADORES = """
    SELECT format('%I.%I', schemaname, sequencename), last_value, start_value
    FROM pg_sequences
"""


class Postgres(Demonio):
    """El servidor; las bases las crea y las borra quien las usa."""

    nombre = "PostgreSQL"
    programas = ("initdb", "postgres")
    carpetas = (
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        *sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True),
        *sorted(Path("/usr/local/opt").glob("postgresql*/bin"), reverse=True),
    )
    como_conseguirlo = (
        "Con Docker: «docker run -d -p 5432:5432 -e POSTGRES_PASSWORD=clave "
        "postgres:17», y di dónde está con DATABASE_URL=postgresql://postgres:clave@"
        "localhost:5432/postgres. O instálalo («sudo apt install postgresql»; en "
        "macOS, «brew install postgresql») y las pruebas lo arrancan."
    )

    def __init__(self, variable: str = "DATABASE_URL") -> None:
        """``variable`` es donde el programa busca su dirección."""
        super().__init__()
        self.variable = variable

    def de_fuera(self) -> str:
        """Solo si es un PostgreSQL: la variable puede decir una base de SQLite."""
        esquema, _, resto = super().de_fuera().partition("://")
        if esquema in {"postgres", "postgresql", "postgresql+psycopg"}:
            return f"postgresql://{resto}"
        return ""

    def preparar(self, carpeta: Path) -> None:
        """Crea los archivos del servidor, que no puede arrancar como root."""
        if self.opciones():
            shutil.chown(carpeta, USUARIO, USUARIO)
        orden = [str(self.ejecutable("initdb")), "-D", str(carpeta / "datos")]
        orden += ["-U", USUARIO, "-A", "trust", "-E", "UTF8", "--no-sync"]
        hecho = subprocess.run(
            orden, cwd=carpeta, capture_output=True, check=False, **self.opciones()
        )
        assert hecho.returncode == 0, (
            f"Se esperaba que PostgreSQL creara sus archivos, y no ha podido:\n"
            f"{hecho.stderr.decode('utf-8', 'replace')}"
        )

    def opciones(self) -> Mapping[str, Any]:
        """Como root, el servidor corre con su propio usuario."""
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            return {"user": USUARIO, "group": USUARIO, "extra_groups": []}
        return {}

    def orden(self, puerto: int, carpeta: Path) -> Sequence[str]:
        """Sin esperar al disco: son datos de prueba."""
        programa = str(self.ejecutable("postgres"))
        ajustes = ("listen_addresses=127.0.0.1", "fsync=off", "max_connections=200")
        opciones = [parte for ajuste in ajustes for parte in ("-c", ajuste)]
        donde = ["-D", str(carpeta / "datos"), "-k", str(carpeta), "-p", str(puerto)]
        return [programa, *donde, *opciones]

    def url_en(self, puerto: int) -> str:
        """La de su base de mantenimiento."""
        return f"postgresql://{USUARIO}@127.0.0.1:{puerto}/postgres"

    def contesta(self, url: str) -> bool:
        """Si acepta conexiones y contesta."""
        with suppress(OSError, *_errores()), conectar(url) as conexion:
            return conexion.execute("SELECT 1").fetchone() == (1,)
        return False

    def despedir(self, propio: Proceso) -> None:
        """Con SIGINT corta las conexiones; con SIGTERM esperaría a que se cerraran."""
        propio.popen.send_signal(signal.SIGINT)

    def ejecutar(self, orden: str) -> None:
        """Ejecuta una orden en la base de mantenimiento."""
        with conectar(self.url()) as conexion:
            conexion.execute(orden.encode())


def conectar(url: str) -> psycopg.Connection[Any]:
    """Una conexión que guarda cada orden en cuanto se hace."""
    import psycopg

    partes = urlsplit(url)
    sencilla = partes._replace(scheme=partes.scheme.partition("+")[0]).geturl()
    return psycopg.connect(sencilla, autocommit=True, connect_timeout=5)


def _errores() -> tuple[type[Exception], ...]:
    import psycopg

    return (psycopg.Error,)


def vaciar_postgres(url: str, plantilla: str) -> None:
    """Deja en una base solo lo que tiene su plantilla, en una transacción.

    Borrar fila a fila es más rápido que TRUNCATE con las pocas que deja una prueba, y
    no espera a nadie. Hace falta ser superusuario, como en la imagen de Docker.
    """
    with conectar(url) as base, conectar(plantilla) as origen, base.transaction():
        base.execute("SET LOCAL session_replication_role = replica")
        for (tabla,) in base.execute(TABLAS).fetchall():
            base.execute(f"DELETE FROM {tabla}".encode())  # noqa: S608
        for (tabla,) in origen.execute(TABLAS).fetchall():
            salen = f"COPY {tabla} TO STDOUT".encode()
            entran = f"COPY {tabla} FROM STDIN".encode()
            de, a = origen.cursor(), base.cursor()
            with de.copy(salen) as leida, a.copy(entran) as escrita:
                for trozo in leida:
                    escrita.write(trozo)
        for contador, ultimo, primero in origen.execute(CONTADORES).fetchall():
            base.execute(
                "SELECT setval(%s::regclass, %s, %s)",
                [contador, ultimo or primero, ultimo is not None],
            )
