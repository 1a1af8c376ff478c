"""Las alertas: qué va mal, y desde cuándo (R2)."""

from fastapi import APIRouter

from monitor.errores import PorHacer

rutas = APIRouter(prefix="/alertas", tags=["alertas"])


@rutas.get("")
def listar_alertas() -> None:
    """R2: de la más nueva a la más antigua, en páginas."""
    raise PorHacer("R2", "listar las alertas")
