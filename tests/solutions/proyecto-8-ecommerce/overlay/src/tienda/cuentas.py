"""Importes, impuestos y totales. Aquí no hay base de datos."""

from collections.abc import Sequence
from decimal import Decimal

from tienda.dinero import redondear
from tienda.esquemas import Cuenta, LineaPublica
from tienda.modelos import Variante


def linea(variante: Variante, cantidad: int, tanto: Decimal) -> LineaPublica:
    """Una línea con su impuesto, redondeado a céntimos en la línea."""
    importe = variante.precio * cantidad
    return LineaPublica(
        sku=variante.sku,
        producto=variante.producto.slug,
        nombre=variante.producto.nombre,
        variante=variante.nombre,
        precio=variante.precio,
        cantidad=cantidad,
        importe=importe,
        iva=redondear(importe * tanto / 100),
    )


def sumar(lineas: Sequence[LineaPublica]) -> Cuenta:
    """Lo que suman: el total es siempre la suma de lo que dicen las líneas."""
    subtotal = sum((una.importe for una in lineas), Decimal(0))
    iva = sum((una.iva for una in lineas), Decimal(0))
    return Cuenta(lineas=list(lineas), subtotal=subtotal, iva=iva, total=subtotal + iva)
