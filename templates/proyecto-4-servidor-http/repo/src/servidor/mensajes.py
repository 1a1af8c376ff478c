"""Lo que va y viene: peticiones, respuestas y sus cabeceras."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


class Cabeceras(Mapping[str, str]):
    """Las cabeceras de una petición.

    R4: de momento es un diccionario corriente, y eso no basta: «Host», «host» y
    «HOST» son la misma cabecera, y una repetida no puede borrar a la anterior.
    Roadmap 2.1: https://docs.python.org/3/library/http.client.html
    """

    def __init__(self, pares: Iterable[tuple[str, str]] = ()) -> None:
        """Recibe las parejas (nombre, valor) en el orden en que llegaron."""
        self._valores = dict(pares)

    def todas(self, nombre: str) -> list[str]:
        """Los valores de una cabecera, uno por cada vez que apareció.

        R1: sin esto no se puede saber si han mandado dos Content-Length.
        """
        raise NotImplementedError("R4 · todos los valores de una cabecera")

    def __getitem__(self, nombre: str) -> str:
        """El valor de una cabecera; KeyError si no está."""
        return self._valores[nombre]

    def __iter__(self) -> Iterator[str]:
        """Los nombres, en minúsculas (R4)."""
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
        """La cadena de consulta, ya descodificada: {"color": ["rojo", "azul"]}.

        R3: busca quién sabe hacerlo en la biblioteca estándar, y qué hace con «?solo».
        Roadmap 2.1: https://docs.python.org/3/library/urllib.html
        """
        raise NotImplementedError("R3 · descodificar la consulta")


@dataclass(frozen=True)
class Respuesta:
    """Lo que devuelve un manejador. El servidor añade Date, Content-Length…

    R2: un archivo enorme no cabe en `bytes`. ¿Qué otra cosa podría ser el cuerpo?
    """

    estado: int = 200
    cuerpo: bytes = b""
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
