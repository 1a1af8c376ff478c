"""Los pedidos: de un carrito lleno a un paquete entregado."""

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Response, status
from sqlalchemy import func, select

from tienda import pedidos
from tienda.deps import AjustesApp, CacheApp, RelojApp, SesionBD, UsuarioActual
from tienda.errores import documentar
from tienda.esquemas import Compra, EstadoNuevo, Pagina, PedidoPublico
from tienda.modelos import Estado, Pedido, Rol
from tienda.respuestas import clave_de

rutas = APIRouter(prefix="/pedidos", tags=["pedidos"], responses=documentar(401, 422))
Clave = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[ -~]{1,100}$")]


@rutas.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Comprar",
    responses=documentar(409),
)
def comprar(
    datos: Compra,
    clave: Clave,
    usuario: UsuarioActual,
    bd: SesionBD,
    ajustes: AjustesApp,
    reloj: RelojApp,
    cache: CacheApp,
    respuesta: Response,
) -> PedidoPublico:
    """Un pedido con lo que hay en el carrito, una sola vez por clave."""
    momento = reloj.ahora()
    pedido = pedidos.comprar(bd, usuario, clave, datos.total, momento, ajustes)
    cache.invalidar(*(clave_de(linea.producto) for linea in pedido.lineas))
    respuesta.headers["Location"] = f"/pedidos/{pedido.numero}"
    return pedidos.publico(pedido)


@rutas.get("", summary="Mis pedidos")
def listar_pedidos(
    usuario: UsuarioActual,
    bd: SesionBD,
    limite: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
) -> Pagina[PedidoPublico]:
    """Del más nuevo al más viejo."""
    suyos = Pedido.usuario_id == usuario.id
    total = bd.scalar(select(func.count(Pedido.id)).where(suyos)) or 0
    consulta = select(Pedido).where(suyos)
    if cursor is not None:
        consulta = consulta.where(Pedido.id < cursor)
    leidos = list(bd.scalars(consulta.order_by(Pedido.id.desc()).limit(limite + 1)))
    hay_mas, pagina = len(leidos) > limite, leidos[:limite]
    return Pagina(
        datos=[pedidos.publico(pedido) for pedido in pagina],
        total=total,
        siguiente=str(pagina[-1].id) if hay_mas else None,
    )


@rutas.get("/{pedido}", summary="Un pedido", responses=documentar(404))
def ver_pedido(pedido: str, usuario: UsuarioActual, bd: SesionBD) -> PedidoPublico:
    """Para quien lo hizo y para un admin; para los demás no existe."""
    return pedidos.publico(pedidos.buscar(bd, pedido, usuario))


@rutas.patch(
    "/{pedido}",
    summary="Cambiar el estado de un pedido",
    responses=documentar(403, 404, 409),
)
def cambiar_estado(
    pedido: str,
    datos: EstadoNuevo,
    usuario: UsuarioActual,
    bd: SesionBD,
    reloj: RelojApp,
    cache: CacheApp,
) -> PedidoPublico:
    """Cancelarlo puede quien lo hizo; lo demás, un admin."""
    suyo = pedidos.buscar(bd, pedido, usuario)
    if usuario.rol != Rol.ADMIN and datos.estado != Estado.CANCELADO:
        raise HTTPException(403, "Eso solo lo puede hacer un admin.")
    pedidos.pasar(bd, suyo, datos.estado, reloj.ahora())
    cache.invalidar(*(clave_de(linea.producto) for linea in suyo.lineas))
    return pedidos.publico(suyo)
