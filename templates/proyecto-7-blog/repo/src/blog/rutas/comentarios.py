"""Los comentarios de un post (R1)."""

from fastapi import APIRouter, status

from blog.errores import PorHacer

rutas = APIRouter(tags=["comentarios"])


@rutas.get("/posts/{slug}/comentarios", summary="Los comentarios de un post")
def listar_comentarios(slug: str) -> None:
    """R1: del más viejo al más nuevo; 404 si el post no se ve."""
    raise PorHacer("R1", "listar los comentarios")


@rutas.post(
    "/posts/{slug}/comentarios",
    status_code=status.HTTP_201_CREATED,
    summary="Comentar un post",
)
def comentar(slug: str) -> None:
    """R1: guarda el comentario y lo devuelve; 404 si el post no se ve."""
    raise PorHacer("R1", "comentar un post")


# Por hacer (R1): PATCH y DELETE /comentarios/{id}.
