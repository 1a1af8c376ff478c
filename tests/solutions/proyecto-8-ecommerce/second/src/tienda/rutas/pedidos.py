"""Los pedidos: de un carrito lleno a un paquete entregado (R3)."""

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Response, status

from tienda import pedidos
from tienda.deps import AjustesApp, CacheApp, RelojApp, SesionBD, UsuarioActual
from tienda.errores import documentar
from tienda.esquemas import Compra, Entrada, Pagina, PedidoPublico, Trozo
from tienda.rutas.productos import cosa

rutas = APIRouter(prefix="/pedidos", tags=["pedidos"], responses=documentar(401, 422))
Clave = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=100)]


class CambioDePedido(Entrada):
    """A qué estado tiene que pasar."""

    estado: pedidos.Estado


@rutas.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Comprar",
    responses=documentar(409),
)
def comprar(
    datos: Compra,
    clave: Clave,
    cuenta: UsuarioActual,
    bd: SesionBD,
    reloj: RelojApp,
    ajustes: AjustesApp,
    cache: CacheApp,
    respuesta: Response,
) -> PedidoPublico:
    """Hace un pedido de lo que hay en el carrito, una sola vez por clave."""
    if not clave.isascii() or "\x00" in clave:
        raise HTTPException(422, "Idempotency-Key es solo de caracteres ASCII.")
    pedido, tocados = pedidos.comprar(
        bd, cuenta, clave, datos.total, reloj.ahora(), ajustes
    )
    cache.renovar(map(cosa, tocados))
    respuesta.headers["Location"] = f"/pedidos/{pedido.id}"
    return pedido


@rutas.get("", summary="Mis pedidos")
def listar_pedidos(
    trozo: Annotated[Trozo, Query()], cuenta: UsuarioActual, bd: SesionBD
) -> Pagina[PedidoPublico]:
    """Los de quien manda el token, del más nuevo al más viejo."""
    return pedidos.listar(bd, cuenta, trozo.limite, trozo.cursor)


@rutas.get("/{pedido}", summary="Un pedido", responses=documentar(404))
def ver_pedido(pedido: str, cuenta: UsuarioActual, bd: SesionBD) -> PedidoPublico:
    """Para quien lo hizo y para un admin; para los demás no existe."""
    return pedidos.publicar(pedidos.buscar_pedido(bd, pedido, cuenta))


@rutas.patch(
    "/{pedido}", summary="Cambiar su estado", responses=documentar(403, 404, 409)
)
def cambiar_pedido(
    pedido: str,
    datos: CambioDePedido,
    cuenta: UsuarioActual,
    bd: SesionBD,
    reloj: RelojApp,
    cache: CacheApp,
) -> PedidoPublico:
    """Solo por los pasos que hay, y quien puede darlos."""
    cambiado, tocados = pedidos.cambiar_estado(
        bd, pedido, cuenta, datos.estado, reloj.ahora()
    )
    cache.renovar(map(cosa, tocados))
    return cambiado
