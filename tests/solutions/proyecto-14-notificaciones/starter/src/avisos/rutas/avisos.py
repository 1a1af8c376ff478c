"""Pedir un aviso y preguntar por él (R1, R2 y R3)."""

from fastapi import APIRouter, status

from avisos.errores import PorHacerError

rutas = APIRouter(prefix="/avisos", tags=["avisos"])


@rutas.post("", status_code=status.HTTP_202_ACCEPTED, summary="Pedir un aviso")
async def pedir() -> None:
    """R1: lo deja guardado y en la cola, y contesta; enviarlo es del trabajador.

    R2 lo escribe con una plantilla, y R3 mira si a ese usuario le cabe otro.
    """
    raise PorHacerError("R1", "pedir un aviso")


@rutas.get("/{id}", summary="Un aviso")
async def ver(id: str) -> None:  # noqa: A002, ARG001 - así se llama en el contrato
    """R1: en qué estado está, y lo que ha pasado hasta ahora."""
    raise PorHacerError("R1", "mirar un aviso")
