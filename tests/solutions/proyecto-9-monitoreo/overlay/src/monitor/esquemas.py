"""Lo que entra y lo que sale por la API, como modelos de Pydantic."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import httpx2
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

# FastAPI quita los null de los ejemplos: mejor unos que no lleven ninguno.
INSTANTE = "2026-11-29T10:00:00.000000Z"


def sin_nulos(texto: str) -> str:
    """El carácter nulo no cabe en PostgreSQL, ni hace falta en ningún texto."""
    if "\x00" in texto:
        raise ValueError("no puede llevar el carácter nulo")
    texto.encode()  # medio emoji no es texto: UnicodeEncodeError es un ValueError
    return texto


def url_vigilable(texto: str) -> str:
    """Una URL http, https o tcp, con su host, y sin usuario ni contraseña."""
    if not texto.isascii() or not texto.isprintable() or " " in texto:
        raise ValueError("tiene letras que no caben en una URL")
    partes = urlsplit(texto)
    if partes.scheme not in {"http", "https", "tcp"}:
        raise ValueError("tiene que empezar por http://, https:// o tcp://")
    if not partes.hostname or partes.port == 0:  # un puerto imposible da ValueError
        raise ValueError("le falta el host, o el puerto no vale")
    try:
        httpx2.URL(texto)
    except httpx2.InvalidURL:
        raise ValueError("no se entiende") from None
    if "@" in partes.netloc:
        raise ValueError("no puede llevar usuario ni contraseña")
    resto = partes.path.strip("/") or partes.query or partes.fragment
    if partes.scheme == "tcp" and (partes.port is None or resto):
        raise ValueError("con tcp:// va un host, un puerto y nada más")
    return texto


def no_es_texto(valor: Any) -> Any:
    """Un número es un número: ni «5» ni true."""
    if isinstance(valor, str | bool):
        raise ValueError("tiene que ser un número")
    return valor


def guardable(momento: datetime) -> datetime:
    """En UTC, y dentro de lo que sabe guardar una base de datos."""
    try:
        return momento.astimezone(UTC)
    except OverflowError:
        raise ValueError("está fuera del calendario") from None


Nombre = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(sin_nulos),
]
Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2000),
    AfterValidator(url_vigilable),
]
Numero = BeforeValidator(no_es_texto)
Intervalo = Annotated[int, Numero, Field(ge=10, le=86400)]
Timeout = Annotated[float, Numero, Field(ge=0.1, le=30, allow_inf_nan=False)]
Veces = Annotated[int, Numero, Field(ge=1, le=100)]
Milisegundos = Annotated[float, Numero, Field(gt=0, le=30000, allow_inf_nan=False)]
Activo = Annotated[bool, Field(strict=True)]
Instante = Annotated[AwareDatetime, AfterValidator(guardable)]


class Entrada(BaseModel):
    """Lo que llega: un campo que no existe es un error."""

    model_config = ConfigDict(extra="forbid")


class Salida(BaseModel):
    """Lo que sale, hecho de una fila."""

    model_config = ConfigDict(from_attributes=True)


class Salud(BaseModel):
    """Respuesta de GET /salud."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"estado": "bien"}]})

    estado: str


NUEVO: dict[str, Any] = {
    "nombre": "Página de ejemplo",
    "url": "https://example.com/",
    "intervalo": 60,
    "timeout": 5,
    "activo": True,
    "fallos": 3,
    "aciertos": 2,
    "latencia_maxima": 800,
    "silencio_hasta": INSTANTE,
}
COMPROBACION: dict[str, Any] = {
    "id": 41,
    "objetivo": 7,
    "momento": INSTANTE,
    "bien": False,
    "motivo": "codigo",
    "codigo": 503,
    "latencia_ms": 31.25,
    "intentos": 3,
}
OBJETIVO: dict[str, Any] = {
    "id": 7,
    **NUEVO,
    "creado": INSTANTE,
    "siguiente": INSTANTE,
    "ultima": COMPROBACION,
}
ALERTA: dict[str, Any] = {
    "id": 3,
    "objetivo": 7,
    "motivo": "tiempo",
    "abierta": INSTANTE,
    "cerrada": INSTANTE,
}
METRICAS: dict[str, Any] = {
    "desde": INSTANTE,
    "hasta": INSTANTE,
    "comprobaciones": 1440,
    "bien": 1437,
    "disponibilidad": 0.9979,
    "p50": 31.25,
    "p95": 80.5,
    "p99": 240.125,
}


def una_pagina(ejemplo: dict[str, Any]) -> ConfigDict:
    """Lo que hace falta para que una página tenga ejemplo."""
    pagina: dict[str, Any] = {"datos": [ejemplo], "siguiente": ejemplo["id"]}
    return ConfigDict(json_schema_extra={"examples": [pagina]})


class ObjetivoNuevo(Entrada):
    """Un servicio que se quiere vigilar."""

    model_config = ConfigDict(json_schema_extra={"examples": [NUEVO]})

    nombre: Nombre
    url: Url
    intervalo: Intervalo = 60
    timeout: Timeout = 5
    activo: Activo = True
    fallos: Veces = 3
    aciertos: Veces = 2
    latencia_maxima: Milisegundos | None = None
    silencio_hasta: Instante | None = None


class ObjetivoCambiado(Entrada):
    """Lo que cambia de un objetivo; lo que no llega, se queda como estaba."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"intervalo": 300, "activo": False}]}
    )

    nombre: Nombre | None = None
    url: Url | None = None
    intervalo: Intervalo | None = None
    timeout: Timeout | None = None
    activo: Activo | None = None
    fallos: Veces | None = None
    aciertos: Veces | None = None
    latencia_maxima: Milisegundos | None = None
    silencio_hasta: Instante | None = None

    @model_validator(mode="after")
    def solo_algunos_se_quitan(self) -> Self:
        """Un null quita la latencia máxima o el silencio; en lo demás no vale."""
        for campo in self.model_fields_set - {"latencia_maxima", "silencio_hasta"}:
            if getattr(self, campo) is None:
                raise ValueError(f"{campo} no puede ser null")
        return self


class Comprobacion(Salida):
    """Cómo fue una comprobación."""

    model_config = ConfigDict(
        from_attributes=True, json_schema_extra={"examples": [COMPROBACION]}
    )

    id: int
    objetivo: int = Field(validation_alias="objetivo_id")
    momento: datetime
    bien: bool
    motivo: str | None
    codigo: int | None
    latencia_ms: float
    intentos: int


class Objetivo(Salida):
    """Un servicio que se vigila, y cómo le fue la última vez."""

    model_config = ConfigDict(
        from_attributes=True, json_schema_extra={"examples": [OBJETIVO]}
    )

    id: int
    nombre: str
    url: str
    intervalo: int
    timeout: float
    activo: bool
    fallos: int
    aciertos: int
    latencia_maxima: float | None
    silencio_hasta: datetime | None
    creado: datetime
    siguiente: datetime
    ultima: Comprobacion | None


class Alerta(Salida):
    """Un incidente de un objetivo."""

    model_config = ConfigDict(
        from_attributes=True, json_schema_extra={"examples": [ALERTA]}
    )

    id: int
    objetivo: int = Field(validation_alias="objetivo_id")
    motivo: str
    abierta: datetime
    cerrada: datetime | None


class Metricas(BaseModel):
    """Las cifras de un objetivo en una ventana de tiempo."""

    model_config = ConfigDict(json_schema_extra={"examples": [METRICAS]})

    desde: datetime
    hasta: datetime
    comprobaciones: int
    bien: int
    disponibilidad: float | None
    p50: float | None
    p95: float | None
    p99: float | None


class Ronda(BaseModel):
    """A quiénes se ha comprobado."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"comprobados": [7, 9]}]})

    comprobados: list[int]


class PaginaDeObjetivos(BaseModel):
    """Una página de objetivos."""

    model_config = una_pagina(OBJETIVO)

    datos: list[Objetivo]
    siguiente: int | None


class PaginaDeComprobaciones(BaseModel):
    """Una página de comprobaciones."""

    model_config = una_pagina(COMPROBACION)

    datos: list[Comprobacion]
    siguiente: int | None


class PaginaDeAlertas(BaseModel):
    """Una página de alertas."""

    model_config = una_pagina(ALERTA)

    datos: list[Alerta]
    siguiente: int | None
