"""Las respuestas guardadas en el disco (RFC 9111), en una base de SQLite."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
TABLA = """
CREATE TABLE IF NOT EXISTS respuestas (
    url TEXT, huella TEXT, variante TEXT, cabeceras TEXT, cuerpo BLOB,
    fecha REAL, suma TEXT, usada INTEGER, PRIMARY KEY (url, huella, variante)
)
"""


@dataclass(frozen=True)
class Guardada:
    """Una respuesta 200 que se guardó."""

    variante: str
    cabeceras: dict[str, str]
    cuerpo: bytes
    fresca: bool

    @property
    def etag(self) -> str | None:
        """Con qué preguntar si ha cambiado."""
        return self.cabeceras.get("etag")


def directivas(cabeceras: Mapping[str, str]) -> dict[str, str]:
    """Cache-Control, por sus partes."""
    partes = cabeceras.get("cache-control", "").lower().split(",")
    pares = (parte.strip().partition("=") for parte in partes)
    return {nombre.strip(): valor.strip(' "') for nombre, _, valor in pares}


def duracion(cabeceras: Mapping[str, str]) -> float:
    """Segundos que una respuesta vale sin preguntar."""
    dichas = directivas(cabeceras)
    maxima = dichas.get("max-age", "")
    es_numero = maxima.isascii() and maxima.isdecimal()
    return float(maxima) if es_numero and "no-cache" not in dichas else 0.0


def variante(cabeceras: Mapping[str, str], peticion: Mapping[str, str]) -> str | None:
    """Qué cabeceras de la petición importan según Vary; None si no se puede saber."""
    nombres = [x.strip().lower() for x in cabeceras.get("vary", "").split(",")]
    if "*" in nombres:
        return None
    pedidas = {x: peticion.get(x) for x in sorted(nombres) if x}
    # Una huella: entre lo pedido puede haber secretos, como la propia clave.
    return hashlib.sha256(json.dumps(pedidas).encode()).hexdigest()


def suma(fila: tuple[str, str, str, str, bytes, float]) -> str:
    """Delata que lo guardado ya no es lo que se guardó."""
    *textos, cuerpo, fecha = fila
    hecha = hashlib.sha256(json.dumps([*textos, fecha]).encode())
    hecha.update(cuerpo)
    return hecha.hexdigest()


@dataclass
class Cache:
    """Guarda como mucho `limite` respuestas; al pasarse, olvida la menos usada."""

    carpeta: Path
    limite: int
    reloj: Callable[[], float]

    def buscar(
        self, url: str, huella: str, peticion: Mapping[str, str]
    ) -> Guardada | None:
        """La respuesta guardada que sirve para esta petición."""

        def mirar(base: sqlite3.Connection) -> Guardada | None:
            filas = base.execute(
                "SELECT variante, cabeceras, cuerpo, fecha, suma FROM respuestas "
                "WHERE url = ? AND huella = ?",
                (url, huella),
            ).fetchall()
            for cual, texto, cuerpo, fecha, su_suma in filas:
                if su_suma != suma((url, huella, cual, texto, cuerpo, fecha)):
                    continue  # se escribirá encima
                cabeceras = json.loads(texto)
                if cual == variante(cabeceras, peticion):
                    self._usar(base, url, huella, cual)
                    fresca = self.reloj() - fecha < duracion(cabeceras)
                    return Guardada(cual, cabeceras, cuerpo, fresca)
            return None

        return self._en_la_base(mirar, None)

    def guardar(
        self,
        url: str,
        huella: str,
        peticion: Mapping[str, str],
        cabeceras: Mapping[str, str],
        cuerpo: bytes,
    ) -> None:
        """Guarda una respuesta, si deja que la guarden."""
        cual = variante(cabeceras, peticion)
        util = duracion(cabeceras) > 0 or "etag" in cabeceras
        if cual is None or not util or "no-store" in directivas(cabeceras):
            self._quitar(url, huella, peticion)
            return
        texto = json.dumps(dict(cabeceras))
        fila = (url, huella, cual, texto, cuerpo, self.reloj())

        def escribir(base: sqlite3.Connection) -> None:
            base.execute(
                "INSERT OR REPLACE INTO respuestas VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                (*fila, suma(fila)),
            )
            self._usar(base, url, huella, cual)
            base.execute(
                "DELETE FROM respuestas WHERE rowid NOT IN "
                "(SELECT rowid FROM respuestas ORDER BY usada DESC LIMIT ?)",
                (self.limite,),
            )

        self._en_la_base(escribir, None)

    def _quitar(self, url: str, huella: str, peticion: Mapping[str, str]) -> None:
        guardada = self.buscar(url, huella, peticion)

        def borrar(base: sqlite3.Connection) -> None:
            base.execute(
                "DELETE FROM respuestas WHERE url = ? AND huella = ? AND variante = ?",
                (url, huella, guardada.variante if guardada else None),
            )

        self._en_la_base(borrar, None)

    def olvidar(self, url: str) -> None:
        """Lo guardado de esa dirección ya no vale."""

        def borrar(base: sqlite3.Connection) -> None:
            base.execute("DELETE FROM respuestas WHERE url = ?", (url,))

        self._en_la_base(borrar, None)

    def _usar(self, base: sqlite3.Connection, url: str, huella: str, cual: str) -> None:
        base.execute(
            "UPDATE respuestas SET usada = (SELECT max(usada) + 1 FROM respuestas) "
            "WHERE url = ? AND huella = ? AND variante = ?",
            (url, huella, cual),
        )

    def _en_la_base(self, hacer: Callable[[sqlite3.Connection], T], si_no: T) -> T:
        """Lo hace con la base abierta; si está rota, con una nueva: eran copias.

        Sin una carpeta en la que escribir no hay caché, y no pasa nada más.
        """
        archivo = self.carpeta / "respuestas.sqlite3"
        for _ in range(2):
            try:
                self.carpeta.mkdir(parents=True, exist_ok=True)
                with closing(sqlite3.connect(archivo, timeout=5)) as base, base:
                    base.execute("PRAGMA synchronous = OFF")  # eran copias
                    base.execute(TABLA)
                    return hacer(base)
            except (sqlite3.OperationalError, OSError):
                break
            except sqlite3.DatabaseError:
                with suppress(OSError):
                    archivo.unlink()
        return si_no
