"""De la petición a la respuesta: primero las rutas, después los archivos."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

from servidor.estaticos import Estaticos
from servidor.mensajes import Peticion, Respuesta, Tramo
from servidor.rutas import Enrutador, Manejador

registro = logging.getLogger(__name__)

_NOMBRE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALOR = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class Aplicacion:
    """Lo que el servidor sabe contestar."""

    def __init__(self, enrutador: Enrutador, estaticos: Estaticos | None) -> None:
        """Sin `estaticos`, solo responde a las rutas."""
        self._enrutador = enrutador
        self._estaticos = estaticos

    def responder(self, peticion: Peticion) -> Respuesta:
        """La respuesta, pase lo que pase: un error del manejador es un 500."""
        hallado = self._enrutador.buscar(peticion.metodo, peticion.ruta)
        if hallado and hallado.manejador:
            completa = replace(peticion, parametros=hallado.parametros)
            return _llamar(hallado.manejador, completa)
        if hallado:
            permitidos = ", ".join(hallado.permitidos)
            return Respuesta.de_estado(405, {"Allow": permitidos})
        respuesta = self._estaticos and self._estaticos.responder(peticion)
        return respuesta or Respuesta.de_estado(404)


def _llamar(manejador: Manejador, peticion: Peticion) -> Respuesta:
    # SystemExit también: un manejador no decide cuándo se apaga el servidor.
    try:
        respuesta = manejador(peticion)
        if not isinstance(respuesta, Respuesta):
            raise TypeError(f"{manejador!r} no ha devuelto una Respuesta")
        _comprobar(respuesta)
    except (Exception, SystemExit):
        registro.exception("%s %s ha fallado", peticion.metodo, peticion.ruta)
        return Respuesta.de_estado(500)
    return respuesta


def _comprobar(respuesta: Respuesta) -> None:
    """Un salto de línea dentro de una cabecera partiría la respuesta en dos."""
    if not isinstance(respuesta.cuerpo, bytes | Tramo):
        raise TypeError("el cuerpo de una respuesta son bytes")
    if not 200 <= respuesta.estado <= 599:
        raise ValueError(f"{respuesta.estado} no puede ser el estado de una respuesta")
    for nombre, valor in respuesta.cabeceras.items():
        if not _NOMBRE.fullmatch(nombre) or not _VALOR.fullmatch(valor):
            raise ValueError(f"cabecera imposible: {nombre!r}: {valor!r}")
