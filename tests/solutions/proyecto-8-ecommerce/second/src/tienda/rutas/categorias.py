"""Las categorías: un árbol (R1)."""

from fastapi import APIRouter, Response, status

from tienda import catalogo
from tienda.deps import CacheApp, EsAdmin, SesionBD
from tienda.errores import documentar
from tienda.esquemas import CambioDeCategoria, CategoriaNueva, CategoriaPublica, Rama

rutas = APIRouter(prefix="/categorias", tags=["categorías"], responses=documentar(422))
ARBOL = "categorias"


@rutas.get("", summary="El árbol de categorías", response_model=list[Rama])
def ver_arbol(bd: SesionBD, cache: CacheApp) -> Response:
    """Las de arriba, cada una con sus hijas dentro."""
    cuerpo, acierto = cache.servir(ARBOL, lambda: catalogo.arbol(bd))
    return de_la_cache(cuerpo or b"[]", acierto)


def de_la_cache(cuerpo: bytes, acierto: bool) -> Response:
    """Un JSON ya hecho, diciendo de dónde ha salido."""
    cabeceras = {"X-Cache": "HIT" if acierto else "MISS"}
    return Response(cuerpo, headers=cabeceras, media_type="application/json")


@rutas.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Crear una categoría",
    dependencies=[EsAdmin],
    responses=documentar(401, 403, 409),
)
def crear_categoria(
    datos: CategoriaNueva, bd: SesionBD, cache: CacheApp, respuesta: Response
) -> CategoriaPublica:
    """Colgada de otra, o arriba del todo."""
    categoria = catalogo.crear_categoria(bd, datos)
    cache.renovar([ARBOL])
    respuesta.headers["Location"] = f"/categorias/{categoria.slug}"
    return categoria


@rutas.patch(
    "/{slug}",
    summary="Cambiar una categoría",
    dependencies=[EsAdmin],
    responses=documentar(401, 403, 404, 409),
)
def cambiar_categoria(
    slug: str, datos: CambioDeCategoria, bd: SesionBD, cache: CacheApp
) -> CategoriaPublica:
    """Otro nombre, u otro sitio del árbol."""
    cambios = datos.model_dump(exclude_unset=True)
    categoria = catalogo.cambiar_categoria(bd, slug, cambios)
    if cambios:
        cache.renovar([ARBOL])
    return categoria


@rutas.delete(
    "/{slug}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Borrar una categoría",
    dependencies=[EsAdmin],
    responses=documentar(401, 403, 404, 409),
)
def borrar_categoria(slug: str, bd: SesionBD, cache: CacheApp) -> None:
    """Si de ella no cuelga nada."""
    catalogo.borrar_categoria(bd, slug)
    cache.renovar([ARBOL])
