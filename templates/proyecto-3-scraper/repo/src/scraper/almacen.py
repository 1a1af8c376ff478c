"""R4 · La base de datos: el único módulo que sabe SQL."""

from pathlib import Path

ESQUEMA = """
CREATE TABLE IF NOT EXISTS articulos (
    sitio  TEXT NOT NULL,
    codigo TEXT NOT NULL,
    nombre TEXT NOT NULL,
    precio INTEGER,
    url    TEXT NOT NULL,
    visto  TEXT NOT NULL,
    PRIMARY KEY (sitio, codigo)
);
CREATE TABLE IF NOT EXISTS precios (
    sitio  TEXT NOT NULL,
    codigo TEXT NOT NULL,
    precio INTEGER NOT NULL,
    fecha  TEXT NOT NULL
);
"""
"""Las dos tablas del contrato. Para poder seguir un rastreo a medias harán falta más:
¿qué tendría que recordar el programa si lo apagan ahora mismo?"""


class Almacen:
    """Lo que se va encontrando, en SQLite.

    R4: guarda cada página con una sola transacción («with conexion:»): o todo o nada.
    Y los datos, siempre con «?», nunca pegados al SQL. Mira «ON CONFLICT» para
    actualizar sin repetir. https://docs.python.org/3/library/sqlite3.html
    """

    def __init__(self, archivo: Path) -> None:
        """Abre la base de datos, y la crea si no existe."""
        raise NotImplementedError("R4 · abrir la base de datos")
