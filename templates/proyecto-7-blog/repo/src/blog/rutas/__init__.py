"""Las rutas de la API, un módulo por cada cosa. Solo hablan HTTP: deciden poco."""

from fastapi import APIRouter

from blog.rutas import auth, comentarios, imagenes, posts, salud, usuarios

TODAS: tuple[APIRouter, ...] = (
    salud.rutas,
    posts.rutas,
    comentarios.rutas,
    auth.rutas,
    usuarios.rutas,
    imagenes.rutas,
)
