"""Las categorías: un árbol, que cambian los admin y ve cualquiera."""

from fastapi import APIRouter, Response, status
from pydantic import TypeAdapter

from tienda import categorias
from tienda.deps import CacheApp, EsAdmin, SesionBD
from tienda.errores import documentar
from tienda.esquemas import CategoriaCambiada, CategoriaNueva, CategoriaPublica, Rama
from tienda.respuestas import de_la_cache

rutas = APIRouter(prefix="/categorias", tags=["categorías"], responses=documentar(422))
CLAVE = "categorias"
ARBOL = TypeAdapter(list[Rama])
DE_ADMIN = documentar(401, 403, 404, 409)


@rutas.get("", summary="El árbol de categorías", response_model=list[Rama])
def ver_arbol(bd: SesionBD, cache: CacheApp) -> Response:
    """Las de arriba, cada una con sus hijas dentro."""
    return de_la_cache(
        cache, CLAVE, lambda: ARBOL.dump_json(categorias.arbol(bd)).decode()
    )


@rutas.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Crear una categoría",
    dependencies=[EsAdmin],
    responses=DE_ADMIN,
)
def crear_categoria(
    datos: CategoriaNueva, bd: SesionBD, cache: CacheApp, respuesta: Response
) -> CategoriaPublica:
    """Arriba, o colgando de otra."""
    categoria = categorias.crear(bd, datos)
    cache.invalidar(CLAVE)
    respuesta.headers["Location"] = f"/categorias/{categoria.slug}"
    return categoria


@rutas.patch(
    "/{slug}",
    summary="Cambiar una categoría",
    dependencies=[EsAdmin],
    responses=DE_ADMIN,
)
def cambiar_categoria(
    slug: str, datos: CategoriaCambiada, bd: SesionBD, cache: CacheApp
) -> CategoriaPublica:
    """Su nombre, o de quién cuelga."""
    categoria = categorias.cambiar(bd, slug, datos.llegados())
    cache.invalidar(CLAVE)
    return categoria


@rutas.delete(
    "/{slug}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Borrar una categoría",
    dependencies=[EsAdmin],
    responses=DE_ADMIN,
)
def borrar_categoria(slug: str, bd: SesionBD, cache: CacheApp) -> None:
    """Solo si está vacía."""
    categorias.borrar(bd, slug)
    cache.invalidar(CLAVE)
