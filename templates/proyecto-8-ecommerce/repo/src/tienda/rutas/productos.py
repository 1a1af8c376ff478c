"""Los productos y sus variantes (R1)."""

from fastapi import APIRouter, status

from tienda.errores import PorHacer

rutas = APIRouter(tags=["productos"])


@rutas.get("/productos", summary="Buscar productos")
def listar_productos() -> None:
    """R1: por categoría (y las de debajo), texto y precio, en páginas.

    Se aprende en: 3.2 Fundamentos de FastAPI · Query Parameters
    """
    raise PorHacer("R1", "buscar productos")


@rutas.post(
    "/productos", status_code=status.HTTP_201_CREATED, summary="Crear un producto"
)
def crear_producto() -> None:
    """R1: con sus variantes; solo un admin.

    Se aprende en: 3.2 Fundamentos de FastAPI · Request Body
    """
    raise PorHacer("R1", "crear un producto")


@rutas.get("/productos/{slug}", summary="Un producto")
def ver_producto(slug: str) -> None:
    """R1: con sus variantes, sus precios y lo que queda. R6: sale de la caché."""
    raise PorHacer("R1", "ver un producto")


# Por hacer (R1): PATCH y DELETE /productos/{slug}, y PATCH /variantes/{sku}.
