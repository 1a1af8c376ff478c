"""Las rutas de la API, un módulo por cada cosa. Solo hablan HTTP: deciden poco."""

from fastapi import APIRouter

from avisos.rutas import avisos, estados, plantillas, vigilancia

TODAS: tuple[APIRouter, ...] = (
    vigilancia.rutas,
    avisos.rutas,
    plantillas.rutas,
    estados.rutas,
)
