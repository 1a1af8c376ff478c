# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Bases de datos para las pruebas: cada programa tiene la suya.

Las migraciones se aplican una sola vez, a una base que hace de plantilla; las demás
son copias. Sin más, son de SQLite; si DATABASE_URL dice que hay un PostgreSQL, son
bases nuevas de ese servidor, que se borran al acabar (la de la URL no se toca).
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from motor.arranque import en_el_entorno
from sqlalchemy import (
    DateTime,
    Engine,
    Inspector,
    MetaData,
    create_engine,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool


def url_de_servidor() -> str | None:
    """La de DATABASE_URL si es un PostgreSQL; si no, ninguna."""
    url = os.environ.get("DATABASE_URL", "")
    esquema, _, resto = url.partition("://")
    if esquema in {"postgres", "postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{resto}"
    return None


def motor_de(url: str) -> Engine:
    """Un motor que no guarda conexiones: nadie estorba cuando se borra la base."""
    return create_engine(url, poolclass=NullPool)


def alembic(raiz: Path, url: str, orden: Callable[[Config], object]) -> None:
    """Ejecuta una orden de Alembic sobre esa base, o falla diciendo qué pasó.

    Los errores al importar tu código salen tal cual.
    """
    config = Config(raiz / "alembic.ini")
    with en_el_entorno({"DATABASE_URL": url}):
        try:
            orden(config)
        except (ImportError, SyntaxError):
            raise
        except Exception as error:
            raise AssertionError(
                "Se esperaba que tus migraciones funcionaran, y Alembic ha fallado "
                f"({type(error).__name__}): {error}"
            ) from error


def subir(config: Config) -> None:
    """«alembic upgrade head»."""
    command.upgrade(config, "head")


def paso_a_paso(config: Config) -> None:
    """Deshace las migraciones una a una, rehaciendo cada una con los datos que queden.

    Así se ve si una columna nueva y obligatoria sabe qué poner en las filas que ya hay.
    """
    for paso in ScriptDirectory.from_config(config).walk_revisions():
        anterior = paso.down_revision or "base"
        if isinstance(anterior, str):  # la que une dos ramas no se deshace sola
            command.downgrade(config, anterior)
            command.upgrade(config, paso.revision)
            command.downgrade(config, anterior)
    command.downgrade(config, "base")


class Bases:
    """Las bases de una sesión de pruebas."""

    def __init__(self, raiz: Path, carpeta: Path) -> None:
        """``raiz`` es la del proyecto; en ``carpeta`` se guarda la plantilla."""
        self.raiz = raiz
        self.servidor = url_de_servidor()
        self._carpeta = carpeta
        self._plantilla: str | None = None
        self._recoger = ExitStack()

    def __enter__(self) -> Bases:
        """Sin efectos: la plantilla se hace cuando hace falta la primera base."""
        return self

    def __exit__(self, *_: object) -> None:
        """Borra la plantilla."""
        self._recoger.close()

    @contextmanager
    def vacia(self, carpeta: Path, plantilla: str | None = None) -> Iterator[str]:
        """La URL de una base recién creada, sin nada o como la plantilla."""
        if self.servidor is None:
            archivo = carpeta / "blog.db"
            if plantilla is not None:
                _copiar(Path(make_url(plantilla).database or ""), archivo)
            yield f"sqlite:///{archivo.as_posix()}"
            return
        nombre = f"requisitos_{secrets.token_hex(8)}"
        como = f' TEMPLATE "{make_url(plantilla).database}"' if plantilla else ""
        self._en_el_servidor(f'CREATE DATABASE "{nombre}"{como}')
        try:
            url = make_url(self.servidor).set(database=nombre)
            yield url.render_as_string(hide_password=False)
        finally:
            self._en_el_servidor(f'DROP DATABASE "{nombre}" WITH (FORCE)')

    @contextmanager
    def nueva(self, carpeta: Path) -> Iterator[str]:
        """La URL de una base sin datos y con las migraciones aplicadas."""
        if self._plantilla is None:
            url = self._recoger.enter_context(self.vacia(self._carpeta))
            alembic(self.raiz, url, subir)
            self._plantilla = url
        with self.vacia(carpeta, self._plantilla) as url:
            yield url

    def _en_el_servidor(self, orden: str) -> None:
        motor = motor_de(self.servidor or "")
        with motor.connect() as conexion:
            conexion.execution_options(isolation_level="AUTOCOMMIT")
            conexion.execute(text(orden))


def _copiar(origen: Path, destino: Path) -> None:
    """Copia una base de SQLite entera, con lo que aún no esté en su archivo."""
    with closing(sqlite3.connect(origen)) as de, closing(sqlite3.connect(destino)) as a:
        de.backup(a)


def filas(url: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Todas las filas de todas las tablas de una base, se llamen como se llamen."""
    motor = motor_de(url)
    tablas = MetaData()
    tablas.reflect(motor)
    with motor.connect() as conexion:
        for tabla in tablas.sorted_tables:
            for fila in conexion.execute(tabla.select()):
                yield tabla.name, dict(fila._mapping)


def todo_el_texto(url: str) -> str:
    """Todo lo que hay guardado en una base, como texto, para buscar secretos en él."""
    return "\n".join(str(valor) for _, fila in filas(url) for valor in fila.values())


def columnas_con(url: str, valor: str) -> list[tuple[str, bool]]:
    """Las columnas en las que está ese valor, y si la base de datos las hace únicas."""
    inspector = inspect(motor_de(url))
    return [
        (f"{tabla}.{nombre}", [nombre] in unicas(inspector, tabla))
        for tabla, fila in filas(url)
        for nombre, guardado in fila.items()
        if guardado == valor
    ]


def empatar(url: str, momentos: Collection[datetime]) -> None:
    """Deja iguales esos instantes allí donde estén guardados.

    Si la base no lo permite, es que no puede haber empates: se queda como estaba.
    """
    motor = motor_de(url)
    tablas = MetaData()
    tablas.reflect(motor)
    with suppress(IntegrityError), motor.begin() as conexion:
        for tabla in tablas.sorted_tables:
            for columna in tabla.columns:
                if not isinstance(columna.type, DateTime):
                    continue
                guardados = [
                    valor
                    for valor in conexion.scalars(select(columna))
                    if valor and valor.replace(tzinfo=valor.tzinfo or UTC) in momentos
                ]
                if guardados:
                    cuales = tabla.update().where(columna.in_(guardados))
                    conexion.execute(cuales.values({columna.name: min(guardados)}))


def estructura(url: str) -> dict[str, list[str]]:
    """Las tablas de una base, con los nombres de sus columnas."""
    inspector = inspect(motor_de(url))
    return {
        tabla: sorted(columna["name"] for columna in inspector.get_columns(tabla))
        for tabla in sorted(inspector.get_table_names())
    }


def unicas(inspector: Inspector, tabla: str) -> list[list[str | None]]:
    """Los grupos de columnas que no se pueden repetir en esa tabla."""
    grupos: list[list[str | None]] = [
        list(inspector.get_pk_constraint(tabla)["constrained_columns"])
    ]
    for una in inspector.get_unique_constraints(tabla):
        grupos.append(list(una["column_names"]))
    for uno in inspector.get_indexes(tabla):
        if uno["unique"]:
            grupos.append(list(uno["column_names"]))
    return grupos
