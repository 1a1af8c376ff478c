"""Lo que cuentan los proveedores cuando saben si un mensaje llegó (R1)."""

from fastapi import APIRouter, status

from avisos.errores import PorHacerError

rutas = APIRouter(prefix="/estados", tags=["estados"])


@rutas.post(
    "/{canal}", status_code=status.HTTP_204_NO_CONTENT, summary="Decir si ha llegado"
)
async def apuntar(canal: str) -> None:  # noqa: ARG001 - por hacer
    """R1: solo se cree lo que va firmado con la clave de ese proveedor."""
    raise PorHacerError("R1", "apuntar si ha llegado")
