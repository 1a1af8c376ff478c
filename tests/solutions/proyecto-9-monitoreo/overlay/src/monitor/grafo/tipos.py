"""Lo que se puede pedir, y cómo se llama."""

from datetime import datetime
from typing import Annotated

import strawberry
from graphql import GraphQLError
from sqlalchemy import select
from strawberry import ID, Info

from monitor import esquemas, modelos
from monitor.grafo.cargadores import Cargadores
from monitor.paginas import MAXIMO, pedir

Contexto = Info[Cargadores, None]


def limite_bueno(limite: int) -> int:
    """De 1 a 100."""
    if not 1 <= limite <= 100:
        raise GraphQLError("«limite» va de 1 a 100.")
    return limite


def numero(id: str) -> int | None:
    """El número de un id; None si no puede ser el de nadie."""
    if id.isascii() and id.isdigit() and int(id[:20]) <= MAXIMO:
        return int(id)
    return None


@strawberry.type
class Comprobacion:
    """Cómo fue una comprobación."""

    id: ID
    momento: datetime
    bien: bool
    motivo: str | None
    codigo: int | None
    latencia_ms: float
    intentos: int
    objetivo_id: strawberry.Private[int]

    @strawberry.field
    async def objetivo(
        self, info: Contexto
    ) -> Annotated["Objetivo", strawberry.lazy(".tipos")] | None:
        """De quién es."""
        return quiza(await info.context.objetivo.load(self.objetivo_id))


@strawberry.type
class Alerta:
    """Un incidente de un objetivo."""

    id: ID
    motivo: str
    abierta: datetime
    cerrada: datetime | None
    objetivo_id: strawberry.Private[int]

    @strawberry.field
    async def objetivo(
        self, info: Contexto
    ) -> Annotated["Objetivo", strawberry.lazy(".tipos")] | None:
        """De quién es."""
        return quiza(await info.context.objetivo.load(self.objetivo_id))


@strawberry.type
class Metricas:
    """Las cifras de las últimas 24 horas."""

    comprobaciones: int
    bien: int
    disponibilidad: float | None
    p50: float | None
    p95: float | None
    p99: float | None


@strawberry.type
class Objetivo:
    """Un servicio que se vigila."""

    id: ID
    nombre: str
    url: str
    intervalo: int
    activo: bool

    @strawberry.field
    async def comprobaciones(
        self, info: Contexto, limite: int = 10
    ) -> list[Comprobacion]:
        """Las últimas, de la más nueva a la más antigua."""
        clave = (int(self.id), limite_bueno(limite))
        filas = await info.context.comprobaciones.load(clave)
        return [una_comprobacion(fila) for fila in filas]

    @strawberry.field
    async def alertas(self, info: Contexto, limite: int = 20) -> list[Alerta]:
        """Las últimas, de la más nueva a la más antigua."""
        clave = (int(self.id), limite_bueno(limite))
        return [una_alerta(fila) for fila in await info.context.alertas.load(clave)]

    @strawberry.field
    async def metricas(self, info: Contexto) -> Metricas:
        """Las cifras de las últimas 24 horas."""
        return unas_metricas(await info.context.metricas.load(int(self.id)))


@strawberry.type
class PaginaDeObjetivos:
    """Una página de objetivos."""

    datos: list[Objetivo]
    siguiente: str | None


def un_objetivo(fila: modelos.Objetivo) -> Objetivo:
    """De la fila, lo que se enseña."""
    return Objetivo(
        id=ID(str(fila.id)),
        nombre=fila.nombre,
        url=fila.url,
        intervalo=fila.intervalo,
        activo=fila.activo,
    )


def quiza(fila: modelos.Objetivo | None) -> Objetivo | None:
    """Lo mismo, si lo hay."""
    return None if fila is None else un_objetivo(fila)


def una_comprobacion(fila: modelos.Comprobacion) -> Comprobacion:
    """De la fila, lo que se enseña."""
    return Comprobacion(
        id=ID(str(fila.id)),
        momento=fila.momento,
        bien=fila.bien,
        motivo=fila.motivo,
        codigo=fila.codigo,
        latencia_ms=fila.latencia_ms,
        intentos=fila.intentos,
        objetivo_id=fila.objetivo_id,
    )


def una_alerta(fila: modelos.Alerta) -> Alerta:
    """De la fila, lo que se enseña."""
    return Alerta(
        id=ID(str(fila.id)),
        motivo=fila.motivo,
        abierta=fila.abierta,
        cerrada=fila.cerrada,
        objetivo_id=fila.objetivo_id,
    )


def unas_metricas(medidas: esquemas.Metricas) -> Metricas:
    """De las medidas, lo que se enseña."""
    return Metricas(
        comprobaciones=medidas.comprobaciones,
        bien=medidas.bien,
        disponibilidad=medidas.disponibilidad,
        p50=medidas.p50,
        p95=medidas.p95,
        p99=medidas.p99,
    )


@strawberry.type
class Query:
    """Por dónde se empieza."""

    @strawberry.field
    async def objetivo(self, info: Contexto, id: ID) -> Objetivo | None:
        """Un objetivo, o null si no existe."""
        cual = numero(id)
        if cual is None:
            return None
        return quiza(await info.context.objetivo.load(cual))

    @strawberry.field
    async def objetivos(
        self, info: Contexto, limite: int = 20, cursor: str | None = None
    ) -> PaginaDeObjetivos:
        """Del más antiguo al más nuevo."""
        desde = None if cursor is None else numero(cursor)
        if cursor is not None and desde is None:
            raise GraphQLError("Ese cursor no es de esta lista.")
        cuantos = limite_bueno(limite)
        filas, siguiente = await info.context.consultar(
            lambda bd: pedir(
                bd,
                select(modelos.Objetivo),
                modelos.Objetivo.id,
                limite=cuantos,
                cursor=desde,
            )
        )
        return PaginaDeObjetivos(
            datos=[un_objetivo(fila) for fila in filas],
            siguiente=None if siguiente is None else str(siguiente),
        )
