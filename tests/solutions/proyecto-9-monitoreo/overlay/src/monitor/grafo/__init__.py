"""GraphQL: pedir de una vez justo lo que hace falta."""

from fastapi import APIRouter
from sqlalchemy import Engine
from strawberry import Schema
from strawberry.fastapi import GraphQLRouter

from monitor.grafo.cargadores import Cargadores
from monitor.grafo.limites import Limites
from monitor.grafo.tipos import Query
from monitor.reloj import Reloj


def crear_rutas(motor: Engine, reloj: Reloj) -> APIRouter:
    """Las de GraphQL, con su contexto: cada petición tiene sus propios cargadores."""

    async def contexto() -> Cargadores:
        return Cargadores(motor, reloj)

    return GraphQLRouter(
        Schema(Query, extensions=[Limites]),
        context_getter=contexto,
        graphql_ide=None,
        allow_queries_via_get=False,
        include_in_schema=False,
    )
