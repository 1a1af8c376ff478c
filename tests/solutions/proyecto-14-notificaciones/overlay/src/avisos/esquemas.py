"""Lo que entra y lo que sale por la API, como modelos de Pydantic."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from avisos.plantillas import (
    IDIOMA,
    MAXIMO,
    MAXIMO_DEL_ASUNTO,
    cabe_en_una_linea,
)

CORREO = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
TELEFONO = re.compile(r"\+[1-9][0-9]{7,14}")
DISPOSITIVO = re.compile(r"[A-Za-z0-9_:.-]{1,200}")


class Canal(StrEnum):
    """Por dónde puede salir un aviso."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class Prioridad(StrEnum):
    """Cuánto importa; decide qué le toca del límite de su usuario."""

    BAJA = "baja"
    NORMAL = "normal"
    URGENTE = "urgente"


def _sin_nulos(texto: str) -> str:
    if "\x00" in texto:
        msg = "no puede llevar el carácter nulo"
        raise ValueError(msg)
    return texto


def _con_algo(texto: str) -> str:
    if not texto.strip():
        msg = "no puede estar vacío"
        raise ValueError(msg)
    return _sin_nulos(texto)


def _en_una_linea(texto: str) -> str:
    if not cabe_en_una_linea(texto):
        msg = "tiene que caber en una línea"
        raise ValueError(msg)
    return _con_algo(texto)


def _idioma(texto: str) -> str:
    if not IDIOMA.fullmatch(texto):
        msg = "no es un código de idioma"
        raise ValueError(msg)
    return texto.lower()


Nombre = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")]
Idioma = Annotated[str, Field(max_length=35), AfterValidator(_idioma)]
Asunto = Annotated[
    str, Field(max_length=MAXIMO_DEL_ASUNTO), AfterValidator(_en_una_linea)
]
Cuerpo = Annotated[str, Field(max_length=MAXIMO), AfterValidator(_con_algo)]
Fuente = Annotated[str, Field(max_length=20_000), AfterValidator(_con_algo)]


class Esquema(BaseModel):
    """Lo que no se conoce es un error."""

    model_config = ConfigDict(extra="forbid")


class Destinos(Esquema):
    """Adónde llega alguien por cada canal."""

    email: str | None = None
    sms: str | None = None
    push: str | None = None

    @model_validator(mode="after")
    def bien_escritos(self) -> Self:
        """Una dirección, y solo una, de cada clase."""
        formas = {"email": CORREO, "sms": TELEFONO, "push": DISPOSITIVO}
        for canal, forma in formas.items():
            destino = getattr(self, canal)
            if destino is not None and not forma.fullmatch(destino):
                msg = f"el destino de {canal} no vale"
                raise ValueError(msg)
        if self.email is not None and not self.email.isascii():
            msg = "el destino de email no vale"
            raise ValueError(msg)
        return self


class Contenido(Esquema):
    """Un mensaje ya escrito."""

    asunto: Asunto
    texto: Cuerpo
    html: Cuerpo | None = None


class UsoDePlantilla(Esquema):
    """Con qué plantilla se escribe el mensaje."""

    nombre: Nombre
    version: int | None = Field(default=None, ge=1, strict=True)
    idioma: Idioma
    variables: dict[str, Any] = {}


class AvisoNuevo(Esquema):
    """Lo que se pide en POST /avisos."""

    usuario: Annotated[str, Field(max_length=100), AfterValidator(_en_una_linea)]
    canales: list[Canal] = Field(min_length=1, max_length=3)
    destinos: Destinos
    prioridad: Prioridad = Prioridad.NORMAL
    contenido: Contenido | None = None
    plantilla: UsoDePlantilla | None = None

    @model_validator(mode="after")
    def completo(self) -> Self:
        """Un destino para cada canal, y una sola manera de decir qué se manda."""
        if len(set(self.canales)) != len(self.canales):
            msg = "hay un canal repetido"
            raise ValueError(msg)
        for canal in self.canales:
            if getattr(self.destinos, canal) is None:
                msg = f"falta el destino de {canal.value}"
                raise ValueError(msg)
        if (self.contenido is None) == (self.plantilla is None):
            msg = "hace falta contenido o plantilla, y no los dos"
            raise ValueError(msg)
        return self


class Intento(BaseModel):
    """Cómo acabó un intento."""

    canal: str
    resultado: str


class AvisoPublico(BaseModel):
    """Un aviso, visto desde fuera."""

    id: str
    usuario: str
    estado: str
    canal: str
    intentos: list[Intento]


class EstadoDeEntrega(Esquema):
    """Lo que cuenta un proveedor cuando sabe si llegó."""

    referencia: str
    estado: Literal["entregado", "fallido"]


class PartesDePlantilla(Esquema):
    """Una plantilla en un idioma."""

    asunto: Annotated[str, Field(max_length=1000), AfterValidator(_con_algo)]
    texto: Fuente
    html: Fuente | None = None


class PlantillaNueva(Esquema):
    """Una versión nueva de una plantilla."""

    por_defecto: Idioma
    idiomas: dict[Idioma, PartesDePlantilla] = Field(min_length=1)

    @model_validator(mode="after")
    def con_su_defecto(self) -> Self:
        """El idioma por defecto tiene que estar."""
        if self.por_defecto not in self.idiomas:
            msg = "el idioma por defecto no está entre los que hay"
            raise ValueError(msg)
        return self


class PlantillaPublica(PlantillaNueva):
    """Una versión de una plantilla."""

    nombre: str
    version: int


class Vista(Esquema):
    """Con qué se quiere ver una plantilla."""

    version: int | None = Field(default=None, ge=1, strict=True)
    idioma: Idioma
    variables: dict[str, Any] = {}


class VistaPrevia(BaseModel):
    """Cómo quedaría."""

    version: int
    idioma: str
    asunto: str
    texto: str
    html: str | None


class Circuito(BaseModel):
    """Cómo está un proveedor."""

    circuito: Literal["cerrado", "abierto", "semiabierto"]


class Salud(BaseModel):
    """Respuesta de GET /salud."""

    estado: str
