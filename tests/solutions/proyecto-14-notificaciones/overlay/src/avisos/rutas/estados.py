"""Lo que cuentan los proveedores cuando saben si un mensaje llegó (R1)."""

import hashlib
import hmac
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Header, Request, status

from avisos.deps import AjustesApp, AlmacenApp
from avisos.errores import Problema
from avisos.esquemas import EstadoDeEntrega

rutas = APIRouter(prefix="/estados", tags=["estados"])


@rutas.post(
    "/{canal}", status_code=status.HTTP_204_NO_CONTENT, summary="Decir si ha llegado"
)
async def apuntar(
    canal: Literal["sms", "push"],
    request: Request,
    estado: Annotated[EstadoDeEntrega, Body()],
    ajustes: AjustesApp,
    almacen: AlmacenApp,
    firma: Annotated[str, Header(alias="X-Signature")] = "",
) -> None:
    """Solo se cree lo que va firmado con la clave de ese proveedor."""
    clave = ajustes.sms_key if canal == "sms" else ajustes.push_key
    suma = hmac.new(
        clave.get_secret_value().encode(), await request.body(), hashlib.sha256
    )
    if not hmac.compare_digest(f"sha256={suma.hexdigest()}".encode(), firma.encode()):
        raise Problema(401, "La firma no es del proveedor.")
    aviso = await almacen.leer(estado.referencia)
    if aviso is None:
        raise Problema(404, "No hay ningún aviso con esa referencia.")
    if aviso.canal == canal:
        que = "entregado" if estado.estado == "entregado" else "siguiente"
        await almacen.concluir(aviso, que, resultado=estado.estado)
