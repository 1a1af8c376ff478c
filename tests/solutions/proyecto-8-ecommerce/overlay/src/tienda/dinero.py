"""Dinero: decimales de principio a fin, y céntimos enteros en la base."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer
from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

CENTIMO = Decimal("0.01")
_PRECIO = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?", re.ASCII)


def redondear(importe: Decimal) -> Decimal:
    """A céntimos; la mitad, hacia arriba, como en una factura."""
    return importe.quantize(CENTIMO, ROUND_HALF_UP)


def leer(valor: object) -> Decimal:
    """Un importe escrito como "19.99"; un número de JSON no vale."""
    if not isinstance(valor, str) or not _PRECIO.fullmatch(valor):
        raise ValueError('tiene que ser un texto como "19.99"')
    return redondear(Decimal(valor))


def positivo(importe: Decimal) -> Decimal:
    """Nada se vende gratis."""
    if importe <= 0:
        raise ValueError("tiene que ser mayor que cero")
    return importe


def escribir(importe: Decimal) -> str:
    """Siempre con dos decimales: "20.00"."""
    return f"{redondear(importe):.2f}"


Importe = Annotated[
    Decimal, BeforeValidator(leer), PlainSerializer(escribir, when_used="json")
]
Mostrado = Annotated[Decimal, PlainSerializer(escribir, when_used="json")]


class Dinero(TypeDecorator[Decimal]):
    """Un importe, guardado como un entero de céntimos: igual en cualquier base."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Hacia la base."""
        return None if value is None else int(redondear(value) * 100)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Desde la base."""
        return None if value is None else Decimal(value) / 100
