"""El panel: una página que se pone al día sola."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from monitor.documentacion import errores
from monitor.esquemas import Comprobacion
from monitor.eventos import Noticias
from monitor.paginas import MAXIMO

rutas = APIRouter(tags=["panel"])
PAGINA = Path(__file__).parents[1] / "panel.html"
SIN_NADA_DE_FUERA = "default-src 'self' 'unsafe-inline'; base-uri 'none'"


@rutas.get("/", include_in_schema=False)
async def ver_panel() -> FileResponse:
    """Los objetivos y cómo están, en vivo."""
    return FileResponse(PAGINA, headers={"Content-Security-Policy": SIN_NADA_DE_FUERA})


async def desde_cual(
    last_event_id: Annotated[
        str | None, Header(description="El id del último evento que se vio")
    ] = None,
) -> int | None:
    """El número del último evento que vio quien vuelve."""
    if not last_event_id:
        return None
    if not last_event_id.isascii() or not last_event_id.isdigit():
        raise no_es_evento()
    if (numero := int(last_event_id[:20])) > MAXIMO:
        raise no_es_evento()
    return numero


def no_es_evento() -> RequestValidationError:
    """422."""
    lugar = ("header", "Last-Event-ID")
    return RequestValidationError([{"loc": lugar, "msg": "no es el de ningún evento"}])


@rutas.get(
    "/eventos",
    response_class=EventSourceResponse,
    summary="Seguir las comprobaciones en vivo",
    responses=errores(422),
)
async def seguir_eventos(
    request: Request, desde: Annotated[int | None, Depends(desde_cual)]
) -> AsyncIterator[ServerSentEvent]:
    """Un evento «comprobacion» por cada una. Con Last-Event-ID, antes las perdidas."""
    noticias: Noticias = request.app.state.noticias
    yield ServerSentEvent(retry=1000, comment="hola")
    async for una in noticias.seguir(desde):
        datos = Comprobacion.model_validate(una).model_dump(mode="json")
        yield ServerSentEvent(event="comprobacion", id=str(una.id), data=datos)
