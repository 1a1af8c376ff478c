"""Lo que va y viene: peticiones, respuestas y sus cabeceras."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import parse_qs

TROZO = 65_536


class Cabeceras(Mapping[str, str]):
    """Las cabeceras de una petición: da igual cómo se escriban las mayúsculas.

    Si una cabecera se repite, su valor son todos los valores, en orden, unidos con
    «, ». Al recorrerlas, los nombres salen en minúsculas.
    """

    def __init__(self, pares: Iterable[tuple[str, str]] = ()) -> None:
        """Recibe las parejas (nombre, valor) en el orden en que llegaron."""
        self._valores: dict[str, list[str]] = {}
        for nombre, valor in pares:
            self._valores.setdefault(nombre.lower(), []).append(valor)

    def todas(self, nombre: str) -> list[str]:
        """Los valores de una cabecera, uno por cada vez que apareció."""
        return list(self._valores.get(nombre.lower(), ()))

    def __getitem__(self, nombre: str) -> str:
        """El valor de una cabecera; KeyError si no está."""
        return ", ".join(self._valores[nombre.lower()])

    def __iter__(self) -> Iterator[str]:
        """Los nombres, en minúsculas."""
        return iter(self._valores)

    def __len__(self) -> int:
        """Cuántas cabeceras distintas hay."""
        return len(self._valores)


@dataclass(frozen=True)
class Peticion:
    """Una petición ya leída y comprobada."""

    metodo: str
    ruta: str
    """Tal como llegó, sin la consulta y sin descodificar: «/hola/%C3%91u»."""
    cabeceras: Cabeceras = field(default_factory=Cabeceras)
    cuerpo: bytes = b""
    cadena_consulta: str = ""
    """Lo que va detrás de «?», sin descodificar."""
    version: str = "HTTP/1.1"
    parametros: Mapping[str, str] = field(default_factory=dict)
    """Lo que encajó en cada «{nombre}» de la ruta, ya descodificado."""

    @property
    def consulta(self) -> dict[str, list[str]]:
        """La cadena de consulta, ya descodificada: {"color": ["rojo", "azul"]}."""
        return parse_qs(self.cadena_consulta, keep_blank_values=True)


@dataclass(frozen=True)
class Tramo:
    """Una parte de un archivo abierto: uno enorme no cabe en la memoria."""

    archivo: BinaryIO
    """Quien manda el tramo lo cierra al acabar."""
    primero: int
    longitud: int

    def __len__(self) -> int:
        """Cuántos bytes tiene."""
        return self.longitud

    def trozos(self) -> Iterator[bytes]:
        """El tramo, poco a poco; menos bytes si el archivo se ha acortado."""
        self.archivo.seek(self.primero)
        falta = self.longitud
        while falta > 0 and (datos := self.archivo.read(min(TROZO, falta))):
            falta -= len(datos)
            yield datos


@dataclass(frozen=True)
class Respuesta:
    """Lo que devuelve un manejador. El servidor añade Date, Content-Length…"""

    estado: int = 200
    cuerpo: bytes | Tramo = b""
    cabeceras: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def texto(
        cls, texto: str, estado: int = 200, cabeceras: Mapping[str, str] | None = None
    ) -> Respuesta:
        """Una respuesta de texto en UTF-8."""
        tipo = {"Content-Type": "text/plain; charset=utf-8"}
        return cls(estado, texto.encode(), tipo | dict(cabeceras or {}))

    @classmethod
    def json(cls, datos: Any, estado: int = 200) -> Respuesta:
        """Una respuesta JSON en UTF-8."""
        cuerpo = json.dumps(datos, ensure_ascii=False).encode()
        return cls(estado, cuerpo, {"Content-Type": "application/json"})

    @classmethod
    def de_estado(
        cls, estado: int, cabeceras: Mapping[str, str] | None = None
    ) -> Respuesta:
        """La respuesta más sencilla para un estado: su número y su frase."""
        return cls.texto(f"{estado} {frase(estado)}\n", estado, cabeceras)


class ErrorHTTP(Exception):
    """La petición no se puede atender: se contesta con `estado` y se cierra."""

    def __init__(self, estado: int, motivo: str) -> None:
        """`motivo` es para el registro; al cliente le llega solo el estado."""
        super().__init__(f"{estado} {frase(estado)}: {motivo}")
        self.estado = estado


def frase(estado: int) -> str:
    """La frase que acompaña a un estado («Not Found»)."""
    try:
        return HTTPStatus(estado).phrase
    except ValueError:
        return "Unknown"
