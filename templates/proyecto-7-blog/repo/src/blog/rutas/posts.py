"""Los posts: crear, leer, cambiar, borrar y restaurar (R1), y listar (R1 y R5)."""

from fastapi import APIRouter, status

from blog.errores import PorHacer

rutas = APIRouter(prefix="/posts", tags=["posts"])


@rutas.get("", summary="Los posts publicados")
def listar_posts() -> None:
    """R1: los publicados, del más nuevo al más viejo, en una página.

    R5 le añade cursor, límite y filtros.
    Se aprende en: 3.2 Fundamentos de FastAPI · Query Parameters
    """
    raise PorHacer("R1", "listar los posts")


@rutas.post("", status_code=status.HTTP_201_CREATED, summary="Crear un post")
def crear_post() -> None:
    """R1: recibe un PostNuevo, le busca un slug libre, lo guarda y lo devuelve.

    El slug tiene que ser único aunque lleguen veinte iguales a la vez: eso solo lo
    puede prometer la base de datos.
    Se aprende en: 3.2 Fundamentos de FastAPI · Request Body, Response Model
    """
    raise PorHacer("R1", "crear un post")


@rutas.get("/{slug}", summary="Un post")
def leer_post(slug: str) -> None:
    """R1: el post, o 404 si no existe, está borrado o es un borrador ajeno.

    Se aprende en: 3.2 Fundamentos de FastAPI · Path Parameters
    """
    raise PorHacer("R1", "leer un post")


@rutas.patch("/{slug}", summary="Cambiar un post")
def cambiar_post(slug: str) -> None:
    """R1: cambia solo lo que llega. R3: solo su autor o un editor.

    Se aprende en: 3.2 Fundamentos de FastAPI · Request Body
    """
    raise PorHacer("R1", "cambiar un post")


@rutas.delete(
    "/{slug}", status_code=status.HTTP_204_NO_CONTENT, summary="Borrar un post"
)
def borrar_post(slug: str) -> None:
    """R1: deja de verse, pero se puede restaurar. R3: solo su autor o un editor."""
    raise PorHacer("R1", "borrar un post")


# Por hacer (R1): POST /posts/{slug}/restaurar.
