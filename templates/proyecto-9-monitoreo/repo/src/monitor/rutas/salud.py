"""GET /salud: lo que pregunta quien vigila si la aplicación está viva."""

from fastapi import APIRouter, HTTPException, status
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from monitor.deps import SesionBD
from monitor.esquemas import Salud

rutas = APIRouter(tags=["salud"])


@rutas.get("/salud")
def ver_salud(sesion: SesionBD) -> Salud:
    """Contesta 200 si la base de datos contesta, y 503 si no.

    Por hacer (R6): summary, ejemplo y errores, aquí y en las demás.
    """
    try:
        sesion.execute(text("SELECT 1"))
    except SQLAlchemyError:
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE, "La base de datos no contesta."
        ) from None
    return Salud(estado="bien")
