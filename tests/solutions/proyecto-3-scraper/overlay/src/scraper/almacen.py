"""La base de datos: artículos, historia de precios y el rastreo en marcha."""

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from scraper.errores import UsoIncorrecto
from scraper.modelo import Articulo

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
CREATE INDEX IF NOT EXISTS precios_de ON precios (sitio, codigo);
CREATE TABLE IF NOT EXISTS rastreos (
    id     INTEGER PRIMARY KEY,
    sitio  TEXT NOT NULL,
    inicio TEXT NOT NULL,
    UNIQUE (sitio, inicio)
);
CREATE TABLE IF NOT EXISTS paginas (
    rastreo INTEGER NOT NULL REFERENCES rastreos (id),
    url     TEXT NOT NULL,
    hecha   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (rastreo, url)
);
"""
GUARDAR = """
INSERT INTO articulos (sitio, codigo, nombre, precio, url, visto)
VALUES (:sitio, :codigo, :nombre, :precio, :url, :ahora)
ON CONFLICT (sitio, codigo) DO UPDATE SET
    nombre = excluded.nombre, precio = excluded.precio,
    url = excluded.url, visto = excluded.visto
"""
# Solo si es distinto del último que se vio: «IS NOT» también vale si no había ninguno.
APUNTAR_PRECIO = """
INSERT INTO precios (sitio, codigo, precio, fecha)
SELECT :sitio, :codigo, :precio, :ahora
WHERE :precio IS NOT NULL AND :precio IS NOT (
    SELECT precio FROM precios WHERE sitio = :sitio AND codigo = :codigo
    ORDER BY rowid DESC LIMIT 1
)
"""
PAGINA = "INSERT OR IGNORE INTO paginas (rastreo, url) VALUES (?, ?)"


class Almacen:
    """Un rastreo y lo que va encontrando, en SQLite.

    Cada página se guarda con una sola transacción (sus artículos, sus enlaces y que
    ya está hecha): por eso un rastreo interrumpido sigue donde estaba.
    """

    def __init__(self, archivo: Path | None, sitio: str, inicio: str) -> None:
        """Abre o crea la base de datos; sin archivo, en memoria."""
        self.sitio = sitio
        destino = ":memory:" if archivo is None else str(archivo)
        try:
            self.conexion = sqlite3.connect(destino, timeout=30)
            self.conexion.executescript(ESQUEMA)
            self.rastreo = self.abrir_rastreo(inicio)
        except sqlite3.Error as error:
            raise UsoIncorrecto(
                f"no se puede usar la base de datos {archivo}: {error}"
            ) from error

    def __enter__(self) -> Self:
        """Para usarlo con «with»."""
        return self

    def __exit__(
        self,
        tipo: type[BaseException] | None,
        error: BaseException | None,
        traza: TracebackType | None,
    ) -> None:
        """Cierra la conexión; lo confirmado, confirmado está."""
        self.conexion.close()

    def abrir_rastreo(self, inicio: str) -> int:
        """El rastreo que quedó a medias desde ese inicio, o uno nuevo."""
        with self.conexion:
            self.conexion.execute(
                "INSERT OR IGNORE INTO rastreos (sitio, inicio) VALUES (?, ?)",
                (self.sitio, inicio),
            )
            (rastreo,) = self.conexion.execute(
                "SELECT id FROM rastreos WHERE sitio = ? AND inicio = ?",
                (self.sitio, inicio),
            ).fetchone()
            self.conexion.execute(PAGINA, (rastreo, inicio))
        return int(rastreo)

    def siguiente(self) -> str | None:
        """La próxima página pendiente, por orden de llegada."""
        fila = self.conexion.execute(
            "SELECT url FROM paginas WHERE rastreo = ? AND NOT hecha "
            "ORDER BY rowid LIMIT 1",
            (self.rastreo,),
        ).fetchone()
        return fila[0] if fila else None

    def guardar_pagina(
        self,
        pedida: str,
        final: str,
        articulos: Iterable[Articulo] = (),
        enlaces: Iterable[str] = (),
    ) -> None:
        """Da una página por hecha, con lo que había en ella: o todo o nada."""
        ahora = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self.conexion:
            for articulo in articulos:
                datos = {
                    "sitio": self.sitio,
                    "codigo": articulo.codigo,
                    "nombre": articulo.nombre,
                    "precio": articulo.precio,
                    "url": final,
                    "ahora": ahora,
                }
                self.conexion.execute(GUARDAR, datos)
                self.conexion.execute(APUNTAR_PRECIO, datos)
            filas = [(self.rastreo, url) for url in enlaces]
            self.conexion.executemany(PAGINA, filas)
            self.conexion.execute(
                "UPDATE paginas SET hecha = 1 WHERE rastreo = ? AND url = ?",
                (self.rastreo, pedida),
            )

    def terminar(self) -> None:
        """El rastreo está completo: el próximo empezará desde el principio."""
        with self.conexion:
            self.conexion.execute(
                "DELETE FROM paginas WHERE rastreo = ?", (self.rastreo,)
            )
            self.conexion.execute("DELETE FROM rastreos WHERE id = ?", (self.rastreo,))
