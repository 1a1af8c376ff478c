"""Las rutas de la API, un módulo por cada cosa. Solo hablan HTTP: deciden poco."""

from fastapi import APIRouter

from monitor.rutas import alertas, objetivos, panel, rondas, salud

TODAS: tuple[APIRouter, ...] = (
    salud.rutas,
    objetivos.rutas,
    rondas.rutas,
    alertas.rutas,
    panel.rutas,
)
