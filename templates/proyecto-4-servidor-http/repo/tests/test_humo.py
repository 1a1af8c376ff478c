"""Pruebas de humo: si fallan, es que ni siquiera arranca. Ya pasan."""

from __future__ import annotations

import http.client
import threading
from contextlib import closing

from servidor import Ajustes, crear_demo, crear_servidor


def test_arranca_contesta_y_se_detiene() -> None:
    """Escucha en un puerto libre, contesta algo en HTTP y acaba cuando se le pide."""
    servidor = crear_servidor(enrutador=crear_demo(), ajustes=Ajustes(puerto=0))
    hilo = threading.Thread(target=servidor.servir, daemon=True)
    hilo.start()
    host, puerto = servidor.direccion
    with closing(http.client.HTTPConnection(host, puerto, timeout=5)) as cliente:
        cliente.request("GET", "/saludo")
        respuesta = cliente.getresponse()
        assert respuesta.status == 200
        assert respuesta.read()
    servidor.detener()
    hilo.join(5)
    assert not hilo.is_alive()


def test_los_limites_de_fabrica() -> None:
    """Los límites que dice el contrato son los que trae Ajustes."""
    ajustes = Ajustes()
    assert ajustes.host == "127.0.0.1"
    assert ajustes.max_cuerpo == 1024 * 1024
    assert ajustes.plazo_peticion > ajustes.plazo_inactividad
