"""Los productos y sus variantes: los cambian los admin y los ve cualquiera."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from tienda import catalogo
from tienda.deps import CacheApp, EsAdmin, SesionBD
from tienda.errores import documentar
from tienda.esquemas import (
    Filtros,
    Pagina,
    ProductoCambiado,
    ProductoNuevo,
    ProductoPublico,
    VarianteCambiada,
    VariantePublica,
)
from tienda.respuestas import clave_de, de_la_cache

rutas = APIRouter(tags=["productos"], responses=documentar(422))
DE_ADMIN = documentar(401, 403, 404, 409)


@rutas.get("/productos", summary="Buscar productos")
def listar_productos(
    bd: SesionBD, filtros: Annotated[Filtros, Query()]
) -> Pagina[ProductoPublico]:
    """Los filtros se cumplen todos a la vez."""
    productos, total, siguiente = catalogo.listar(bd, filtros)
    datos = [ProductoPublico.de(producto) for producto in productos]
    return Pagina(datos=datos, total=total, siguiente=siguiente)


@rutas.post(
    "/productos",
    status_code=status.HTTP_201_CREATED,
    summary="Crear un producto",
    dependencies=[EsAdmin],
    responses=documentar(401, 403, 409),
)
def crear_producto(
    datos: ProductoNuevo, bd: SesionBD, respuesta: Response
) -> ProductoPublico:
    """Con sus variantes."""
    producto = catalogo.crear(bd, datos)
    respuesta.headers["Location"] = f"/productos/{producto.slug}"
    return ProductoPublico.de(producto)


@rutas.get(
    "/productos/{slug}",
    summary="Un producto",
    response_model=ProductoPublico,
    responses=documentar(404),
)
def ver_producto(slug: str, bd: SesionBD, cache: CacheApp) -> Response:
    """Con sus variantes, sus precios y lo que queda."""

    def calcular() -> str:
        return ProductoPublico.de(catalogo.buscar(bd, slug)).model_dump_json()

    return de_la_cache(cache, clave_de(slug), calcular)


@rutas.patch(
    "/productos/{slug}",
    summary="Cambiar un producto",
    dependencies=[EsAdmin],
    responses=DE_ADMIN,
)
def cambiar_producto(
    slug: str, datos: ProductoCambiado, bd: SesionBD, cache: CacheApp
) -> ProductoPublico:
    """Cambia solo los campos que llegan."""
    producto = catalogo.cambiar(bd, slug, datos.llegados())
    cache.invalidar(clave_de(slug))
    return ProductoPublico.de(producto)


@rutas.delete(
    "/productos/{slug}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Retirar un producto",
    dependencies=[EsAdmin],
    responses=DE_ADMIN,
)
def retirar_producto(slug: str, bd: SesionBD, cache: CacheApp) -> None:
    """Deja de verse y de venderse."""
    catalogo.retirar(bd, slug)
    cache.invalidar(clave_de(slug))


@rutas.patch(
    "/variantes/{sku}",
    summary="Cambiar una variante",
    dependencies=[EsAdmin],
    responses=DE_ADMIN,
)
def cambiar_variante(
    sku: str, datos: VarianteCambiada, bd: SesionBD, cache: CacheApp
) -> VariantePublica:
    """Su nombre, su precio o lo que queda."""
    variante = catalogo.cambiar_variante(bd, sku, datos.llegados())
    cache.invalidar(clave_de(variante.producto.slug))
    return VariantePublica.de(variante)
