"""El panel: una página que se pone al día sola (R3)."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from monitor.errores import PorHacer

rutas = APIRouter(tags=["panel"])

PAGINA = """<!doctype html>
<html lang="es">
<meta charset="utf-8">
<title>Monitoreo</title>
<h1>Monitoreo</h1>
<p>El panel está por hacer (R3). La documentación está en <a href="/docs">/docs</a>.</p>
</html>
"""


@rutas.get("/", response_class=HTMLResponse, include_in_schema=False)
def ver_panel() -> str:
    """R3: los objetivos y cómo están, en vivo."""
    return PAGINA


@rutas.get("/eventos")
def seguir_eventos() -> None:
    """R3: las comprobaciones y las alertas, según ocurren, como Server-Sent Events.

    Se aprende en: 3.6 Features Avanzados · WebSockets, y en
    https://fastapi.tiangolo.com/tutorial/server-sent-events/
    """
    raise PorHacer("R3", "seguir los eventos")
