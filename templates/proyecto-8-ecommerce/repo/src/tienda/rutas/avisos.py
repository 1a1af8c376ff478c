"""Lo que le pasa a mis pedidos, según pasa: por WebSocket (R5).

Por hacer (R5): @rutas.websocket("/avisos"), tal como dice el contrato.
Se aprende en: 3.6 Features Avanzados · WebSockets
"""

from fastapi import APIRouter

rutas = APIRouter(tags=["avisos"])
