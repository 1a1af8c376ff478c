"""Un servidor HTTP/1.1 escrito sobre sockets, sin más que la biblioteca estándar."""

from servidor.ajustes import Ajustes
from servidor.demo import crear_demo
from servidor.mensajes import Cabeceras, Peticion, Respuesta
from servidor.nucleo import Servidor, crear_servidor
from servidor.rutas import Enrutador

__all__ = [
    "Ajustes",
    "Cabeceras",
    "Enrutador",
    "Peticion",
    "Respuesta",
    "Servidor",
    "crear_demo",
    "crear_servidor",
]
