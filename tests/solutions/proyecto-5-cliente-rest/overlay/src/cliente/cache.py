"""Las respuestas guardadas en el disco (RFC 9111), en una base de SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

TABLA = """
CREATE TABLE IF NOT EXISTS respuestas (
    url TEXT, huella TEXT, variante TEXT, cabeceras TEXT, cuerpo BLOB,
    fecha REAL, usada INTEGER, PRIMARY KEY (url, huella, variante)
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
    return float(maxima) if maxima.isdecimal() and "no-cache" not in dichas else 0.0


def variante(cabeceras: Mapping[str, str], peticion: Mapping[str, str]) -> str | None:
    """Qué cabeceras de la petición importan según Vary; None si no se puede saber."""
    nombres = [x.strip().lower() for x in cabeceras.get("vary", "").split(",")]
    if "*" in nombres:
        return None
    return json.dumps({x: peticion.get(x) for x in sorted(nombres) if x})


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
        with self._base() as base:
            filas = base.execute(
                "SELECT variante, cabeceras, cuerpo, fecha FROM respuestas "
                "WHERE url = ? AND huella = ?",
                (url, huella),
            ).fetchall()
            for cual, texto, cuerpo, fecha in filas:
                cabeceras = json.loads(texto)
                if cual == variante(cabeceras, peticion):
                    self._usar(base, url, huella, cual)
                    fresca = self.reloj() - fecha < duracion(cabeceras)
                    return Guardada(cual, cabeceras, cuerpo, fresca)
        return None

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
            return
        with self._base() as base:
            base.execute(
                "INSERT OR REPLACE INTO respuestas VALUES (?, ?, ?, ?, ?, ?, 0)",
                (
                    url,
                    huella,
                    cual,
                    json.dumps(dict(cabeceras)),
                    cuerpo,
                    self.reloj(),
                ),
            )
            self._usar(base, url, huella, cual)
            base.execute(
                "DELETE FROM respuestas WHERE rowid NOT IN "
                "(SELECT rowid FROM respuestas ORDER BY usada DESC LIMIT ?)",
                (self.limite,),
            )

    def olvidar(self, url: str) -> None:
        """Lo guardado de esa dirección ya no vale."""
        with self._base() as base:
            base.execute("DELETE FROM respuestas WHERE url = ?", (url,))

    def _usar(self, base: sqlite3.Connection, url: str, huella: str, cual: str) -> None:
        base.execute(
            "UPDATE respuestas SET usada = (SELECT max(usada) + 1 FROM respuestas) "
            "WHERE url = ? AND huella = ? AND variante = ?",
            (url, huella, cual),
        )

    @contextmanager
    def _base(self) -> Iterator[sqlite3.Connection]:
        """La base abierta; si está rota, una nueva: solo eran copias."""
        self.carpeta.mkdir(parents=True, exist_ok=True)
        archivo = self.carpeta / "respuestas.sqlite3"
        with closing(sqlite3.connect(archivo, timeout=5)) as base:
            try:
                base.execute(TABLA)
                sana = True
            except sqlite3.DatabaseError:
                sana = False
            if sana:
                with base:
                    yield base
                return
        archivo.unlink()
        with closing(sqlite3.connect(archivo, timeout=5)) as base, base:
            base.execute(TABLA)
            yield base
