"""Las dependencias que piden las rutas, con un nombre corto para cada una."""

from typing import Annotated

from fastapi import Depends, Request

from avisos.ajustes import Ajustes
from avisos.almacen import Almacen
from avisos.catalogo import Catalogo
from avisos.circuito import Circuito
from avisos.metricas import MetricasWeb


async def _ajustes(request: Request) -> Ajustes:
    ajustes: Ajustes = request.app.state.ajustes
    return ajustes


async def _almacen(request: Request) -> Almacen:
    almacen: Almacen = request.app.state.almacen
    return almacen


async def _catalogo(request: Request) -> Catalogo:
    catalogo: Catalogo = request.app.state.catalogo
    return catalogo


async def _circuito(request: Request) -> Circuito:
    circuito: Circuito = request.app.state.circuito
    return circuito


async def _metricas(request: Request) -> MetricasWeb:
    metricas: MetricasWeb = request.app.state.metricas
    return metricas


AjustesApp = Annotated[Ajustes, Depends(_ajustes)]
AlmacenApp = Annotated[Almacen, Depends(_almacen)]
CatalogoApp = Annotated[Catalogo, Depends(_catalogo)]
CircuitoApp = Annotated[Circuito, Depends(_circuito)]
MetricasApp = Annotated[MetricasWeb, Depends(_metricas)]
