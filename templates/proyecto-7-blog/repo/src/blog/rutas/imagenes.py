"""Subir imágenes y servirlas (R4)."""

from fastapi import APIRouter, status

from blog.errores import PorHacer

rutas = APIRouter(prefix="/imagenes", tags=["imagenes"])


@rutas.post("", status_code=status.HTTP_201_CREATED, summary="Subir una imagen")
def subir_imagen() -> None:
    """R4: no te fíes del nombre, ni del tipo, ni del tamaño que dice quien la manda.

    Se aprende en: 3.2 Fundamentos de FastAPI · File Upload
    """
    raise PorHacer("R4", "subir una imagen")


# Por hacer (R4): GET /imagenes/{nombre}.
