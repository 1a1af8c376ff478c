"""POST /rondas: comprobar a todos los que les toca."""

from fastapi import APIRouter

from monitor.deps import VigilanteApp
from monitor.esquemas import Ronda

rutas = APIRouter(prefix="/rondas", tags=["rondas"])


@rutas.post("", summary="Hacer una ronda")
def hacer_ronda(vigilante: VigilanteApp) -> Ronda:
    """Comprueba a la vez a todos los activos a los que les toca, y dice a quiénes."""
    return Ronda(comprobados=vigilante.ronda())
