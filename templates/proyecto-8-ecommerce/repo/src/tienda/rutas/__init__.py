"""Las rutas de la API, un módulo por cada cosa. Solo hablan HTTP: deciden poco."""

from fastapi import APIRouter

from tienda.rutas import (
    avisos,
    carritos,
    categorias,
    cuentas,
    pagos,
    pedidos,
    productos,
    salud,
)

TODAS: tuple[APIRouter, ...] = (
    salud.rutas,
    cuentas.rutas,
    categorias.rutas,
    productos.rutas,
    carritos.rutas,
    pedidos.rutas,
    pagos.rutas,
    avisos.rutas,
)
