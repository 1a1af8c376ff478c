"""Lo que puede pesar una petición: se mira según llega, y no cuando ya está aquí."""

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from blog.errores import responder


class CuerpoLimitado:
    """Contesta 413 a lo que se pasa, diga o no cuánto va a pesar."""

    def __init__(self, app: ASGIApp, ruta: str, suyo: int, resto: int) -> None:
        """Con los bytes que caben en esa ruta, y en las demás."""
        self.app = app
        self.ruta, self.suyo, self.resto = ruta, suyo, resto

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lo que llama el servidor con cada petición."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        maximo = self.suyo if scope["path"] == self.ruta else self.resto
        detalle = f"La petición pasa de {maximo} bytes."
        dicho = Headers(scope=scope).get("content-length", "")
        if dicho.isdecimal() and int(dicho) > maximo:
            await responder(413, detalle)(scope, receive, send)
            return
        llegado = 0

        async def recibir() -> Message:
            nonlocal llegado
            mensaje = await receive()
            llegado += len(mensaje.get("body", b""))
            if llegado > maximo:
                raise HTTPException(413, detalle)
            return mensaje

        await self.app(scope, recibir, send)
