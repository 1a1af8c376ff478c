"""Los productos y sus variantes (R1)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from tienda import catalogo
from tienda.deps import CacheApp, EsAdmin, SesionBD
from tienda.errores import documentar, no_existe
from tienda.esquemas import (
    CambioDeProducto,
    CambioDeVariante,
    Filtros,
    Pagina,
    ProductoNuevo,
    ProductoPublico,
    VariantePublica,
)
from tienda.rutas.categorias import de_la_cache

rutas = APIRouter(tags=["productos"], responses=documentar(422))


def cosa(slug: str) -> str:
    """Cómo se llama en la caché un producto."""
    return f"producto:{slug}"


@rutas.get("/productos", summary="Buscar productos")
def listar_productos(
    filtros: Annotated[Filtros, Query()], bd: SesionBD
) -> Pagina[ProductoPublico]:
    """Por categoría (y las de debajo), texto y precio, en páginas."""
    return catalogo.buscar(bd, filtros)


@rutas.post(
    "/productos",
    status_code=status.HTTP_201_CREATED,
    summary="Crear un producto",
    dependencies=[EsAdmin],
    responses=documentar(401, 403, 409),
)
def crear_producto(
    datos: ProductoNuevo, bd: SesionBD, cache: CacheApp, respuesta: Response
) -> ProductoPublico:
    """Con sus variantes."""
    producto = catalogo.crear_producto(bd, datos)
    cache.renovar([cosa(producto.slug)])
    respuesta.headers["Location"] = f"/productos/{producto.slug}"
    return producto


@rutas.get(
    "/productos/{slug}",
    summary="Un producto",
    response_model=ProductoPublico,
    responses=documentar(404),
)
def ver_producto(slug: str, bd: SesionBD, cache: CacheApp) -> Response:
    """Con sus variantes, sus precios y lo que queda."""

    def leer() -> bytes | None:
        try:
            return catalogo.ver_producto(bd, slug).model_dump_json().encode()
        except catalogo.NoEsta:
            return None

    if not catalogo.sano(slug):
        raise no_existe("ese producto")
    cuerpo, acierto = cache.servir(cosa(slug), leer)
    if cuerpo is None:
        raise no_existe("ese producto")
    return de_la_cache(cuerpo, acierto)


@rutas.patch(
    "/productos/{slug}",
    summary="Cambiar un producto",
    dependencies=[EsAdmin],
    responses=documentar(401, 403, 404, 409),
)
def cambiar_producto(
    slug: str, datos: CambioDeProducto, bd: SesionBD, cache: CacheApp
) -> ProductoPublico:
    """Sus textos, o su categoría."""
    cambios = datos.model_dump(exclude_unset=True)
    producto = catalogo.cambiar_producto(bd, slug, cambios)
    if cambios:
        cache.renovar([cosa(slug)])
    return producto


@rutas.delete(
    "/productos/{slug}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Retirar un producto",
    dependencies=[EsAdmin],
    responses=documentar(401, 403, 404),
)
def retirar_producto(slug: str, bd: SesionBD, cache: CacheApp) -> None:
    """Deja de venderse y de verse."""
    catalogo.retirar_producto(bd, slug)
    cache.renovar([cosa(slug)])


@rutas.patch(
    "/variantes/{sku}",
    summary="Cambiar una variante",
    dependencies=[EsAdmin],
    responses=documentar(401, 403, 404),
)
def cambiar_variante(
    sku: str, datos: CambioDeVariante, bd: SesionBD, cache: CacheApp
) -> VariantePublica:
    """Su nombre, su precio o lo que queda."""
    cambios = datos.model_dump(exclude_unset=True)
    variante, producto = catalogo.cambiar_variante(bd, sku, cambios)
    if cambios:
        cache.renovar([cosa(producto)])
    return variante
