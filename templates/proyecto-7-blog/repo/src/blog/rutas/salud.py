"""GET /salud: lo que pregunta quien vigila si la aplicación está viva."""

from fastapi import APIRouter, Response, status
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from blog.deps import SesionBD
from blog.esquemas import Salud

rutas = APIRouter(tags=["salud"])


@rutas.get(
    "/salud",
    summary="¿Está viva la aplicación?",
    responses={503: {"model": Salud, "description": "La base de datos no contesta"}},
)
def ver_salud(sesion: SesionBD, respuesta: Response) -> Salud:
    """Contesta 200 si la base de datos contesta, y 503 si no."""
    try:
        sesion.execute(text("SELECT 1"))
    except SQLAlchemyError:
        respuesta.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return Salud(estado="sin base de datos")
    return Salud(estado="bien")
