"""POST /rondas: comprobar a todos los que les toca (R1)."""

from fastapi import APIRouter

from monitor.errores import PorHacer

rutas = APIRouter(prefix="/rondas", tags=["rondas"])


@rutas.post("")
def hacer_ronda() -> None:
    """R1: comprueba a la vez a quien le toque, y dice a quiénes.

    Se aprende en: 3.6 Features Avanzados · Background Tasks
    """
    raise PorHacer("R1", "hacer una ronda")
