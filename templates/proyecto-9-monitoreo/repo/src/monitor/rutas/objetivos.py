"""Los objetivos: qué se vigila, y qué tal le va (R1 y R2)."""

from fastapi import APIRouter, status

from monitor.errores import PorHacer

rutas = APIRouter(prefix="/objetivos", tags=["objetivos"])


@rutas.get("")
def listar_objetivos() -> None:
    """R1: del más antiguo al más nuevo, en páginas.

    Se aprende en: 3.2 Fundamentos de FastAPI · Query Parameters
    """
    raise PorHacer("R1", "listar los objetivos")


@rutas.post("", status_code=status.HTTP_201_CREATED)
def crear_objetivo() -> None:
    """R1: recibe un ObjetivoNuevo, lo guarda y lo devuelve.

    Se aprende en: 3.2 Fundamentos de FastAPI · Request Body, Response Model
    """
    raise PorHacer("R1", "crear un objetivo")


@rutas.get("/{id}")
def leer_objetivo(id: int) -> None:
    """R1: el objetivo, o 404."""
    raise PorHacer("R1", "leer un objetivo")


@rutas.patch("/{id}")
def cambiar_objetivo(id: int) -> None:
    """R1: cambia solo lo que llega."""
    raise PorHacer("R1", "cambiar un objetivo")


@rutas.delete("/{id}", status_code=status.HTTP_204_NO_CONTENT)
def borrar_objetivo(id: int) -> None:
    """R1: con todo lo suyo."""
    raise PorHacer("R1", "borrar un objetivo")


@rutas.post("/{id}/comprobar")
def comprobar_objetivo(id: int) -> None:
    """R1: lo comprueba ahora mismo, y guarda y devuelve cómo fue."""
    raise PorHacer("R1", "comprobar un objetivo")


# Por hacer: GET /objetivos/{id}/comprobaciones (R1) y …/metricas (R2).
