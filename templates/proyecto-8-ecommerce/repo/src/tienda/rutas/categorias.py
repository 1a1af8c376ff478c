"""Las categorías: un árbol (R1)."""

from fastapi import APIRouter, status

from tienda.errores import PorHacer

rutas = APIRouter(prefix="/categorias", tags=["categorías"])


@rutas.get("", summary="El árbol de categorías")
def ver_arbol() -> None:
    """R1: las de arriba, cada una con sus hijas dentro. R6: sale de la caché."""
    raise PorHacer("R1", "ver las categorías")


@rutas.post("", status_code=status.HTTP_201_CREATED, summary="Crear una categoría")
def crear_categoria() -> None:
    """R1: solo un admin.

    Se aprende en: 3.2 Fundamentos de FastAPI · Request Body
    """
    raise PorHacer("R1", "crear una categoría")


# Por hacer (R1): PATCH y DELETE /categorias/{slug}.
