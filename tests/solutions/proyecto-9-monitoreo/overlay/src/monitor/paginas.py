"""Páginas que no se mueven: el cursor es el id del último que se vio."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Query
from sqlalchemy import Select
from sqlalchemy.orm import Session

MAXIMO = 2**31 - 1
Limite = Annotated[int, Query(ge=1, le=100, description="Cuántos como mucho")]
Cursor = Annotated[
    int | None, Query(ge=0, le=MAXIMO, description="Lo que dijo «siguiente»")
]


class ConId(Protocol):
    """Lo que tiene un número."""

    id: Any


T = TypeVar("T", bound=ConId)


def pedir(
    bd: Session,
    consulta: Select[T],
    columna: Any,
    *,
    limite: int,
    cursor: int | None,
    nuevos_primero: bool = False,
) -> tuple[Sequence[T], int | None]:
    """Una página, y el cursor de la siguiente (None si no la hay)."""
    if cursor is not None:
        detras = columna < cursor if nuevos_primero else columna > cursor
        consulta = consulta.where(detras)
    orden = columna.desc() if nuevos_primero else columna
    filas = bd.scalars(consulta.order_by(orden).limit(limite + 1)).unique().all()
    hay_mas = len(filas) > limite
    filas = filas[:limite]
    return filas, filas[-1].id if hay_mas else None
