"""Lo que hay en una base de datos, se llamen como se llamen sus tablas."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import (
    DateTime,
    Engine,
    Inspector,
    MetaData,
    create_engine,
    inspect,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool


def motor_de(url: str) -> Engine:
    """Un motor que no guarda conexiones: nadie estorba cuando se borra la base."""
    return create_engine(url, poolclass=NullPool)


def filas(url: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Todas las filas de todas las tablas de una base, se llamen como se llamen."""
    motor = motor_de(url)
    tablas = MetaData()
    tablas.reflect(motor)
    with motor.connect() as conexion:
        for tabla in tablas.sorted_tables:
            for fila in conexion.execute(tabla.select()):
                yield tabla.name, dict(fila._mapping)


def todo_el_texto(url: str) -> str:
    """Todo lo que hay guardado en una base, como texto, para buscar secretos en él."""
    return "\n".join(str(valor) for _, fila in filas(url) for valor in fila.values())


def columnas_con(url: str, valor: str) -> list[tuple[str, bool]]:
    """Las columnas en las que está ese valor, y si la base de datos las hace únicas."""
    inspector = inspect(motor_de(url))
    return [
        (f"{tabla}.{nombre}", [nombre] in unicas(inspector, tabla))
        for tabla, fila in filas(url)
        for nombre, guardado in fila.items()
        if guardado == valor
    ]


def empatar(url: str, momentos: Collection[datetime]) -> None:
    """Deja iguales esos instantes allí donde estén guardados.

    Si la base no lo permite, es que no puede haber empates: se queda como estaba.
    """
    motor = motor_de(url)
    tablas = MetaData()
    tablas.reflect(motor)
    with suppress(IntegrityError), motor.begin() as conexion:
        for tabla in tablas.sorted_tables:
            for columna in tabla.columns:
                if not isinstance(columna.type, DateTime):
                    continue
                guardados = [
                    valor
                    for valor in conexion.scalars(select(columna))
                    if valor and valor.replace(tzinfo=valor.tzinfo or UTC) in momentos
                ]
                if guardados:
                    cuales = tabla.update().where(columna.in_(guardados))
                    conexion.execute(cuales.values({columna.name: min(guardados)}))


def estructura(url: str) -> dict[str, list[str]]:
    """Las tablas de una base, con los nombres de sus columnas."""
    inspector = inspect(motor_de(url))
    return {
        tabla: sorted(columna["name"] for columna in inspector.get_columns(tabla))
        for tabla in sorted(inspector.get_table_names())
    }


def unicas(inspector: Inspector, tabla: str) -> list[list[str | None]]:
    """Los grupos de columnas que no se pueden repetir en esa tabla."""
    grupos: list[list[str | None]] = [
        list(inspector.get_pk_constraint(tabla)["constrained_columns"])
    ]
    for una in inspector.get_unique_constraints(tabla):
        grupos.append(list(una["column_names"]))
    for uno in inspector.get_indexes(tabla):
        if uno["unique"]:
            grupos.append(list(uno["column_names"]))
    return grupos
