"""Las plantillas: guardar versiones, leerlas y ver cómo quedan (R2)."""

from fastapi import APIRouter, status

from avisos.errores import PorHacerError

rutas = APIRouter(prefix="/plantillas", tags=["plantillas"])


@rutas.post(
    "/{nombre}/versiones",
    status_code=status.HTTP_201_CREATED,
    summary="Guardar una versión nueva",
)
async def guardar(nombre: str) -> None:  # noqa: ARG001 - por hacer
    """R2: las versiones no cambian nunca: corregir una es guardar otra."""
    raise PorHacerError("R2", "guardar una plantilla")


# Por hacer (R2): GET /plantillas/{nombre}, GET /plantillas/{nombre}/versiones/{version}
# y POST /plantillas/{nombre}/vista.
