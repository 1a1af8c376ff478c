"""El servidor: escucha en un puerto y atiende a quien se conecta."""

from __future__ import annotations

import logging
import socket
import threading
from pathlib import Path

from servidor.ajustes import Ajustes
from servidor.aplicacion import Aplicacion
from servidor.conexion import Conexion
from servidor.estaticos import Estaticos
from servidor.rutas import Enrutador

registro = logging.getLogger(__name__)


class Servidor:
    """Un servidor que ya escucha: `servir` atiende, y `detener` le pone fin."""

    def __init__(self, aplicacion: Aplicacion, ajustes: Ajustes) -> None:
        """Abre el puerto.

        Raises:
            OSError: el puerto está ocupado, o no se puede usar esa dirección.
        """
        self._aplicacion = aplicacion
        self._ajustes = ajustes
        self._deteniendo = threading.Event()
        self._oyente = socket.create_server((ajustes.host, ajustes.puerto))
        self._direccion: tuple[str, int] = self._oyente.getsockname()[:2]

    @property
    def direccion(self) -> tuple[str, int]:
        """Dónde escucha: (host, puerto). El puerto es el de verdad, nunca 0."""
        return self._direccion

    def servir(self) -> None:
        """Atiende hasta que alguien llame a `detener`; entonces cierra y vuelve.

        R5: atiende a los clientes de uno en uno, y mientras espera a uno no hace caso
        a los demás. ¿Un hilo por conexión? ¿Un selector? Y al acabar hay que dar a las
        peticiones a medias un plazo para terminar.
        Roadmap 2.3: https://docs.python.org/3/library/threading.html
        """
        # Cada poco tiempo deja de esperar, para mirar si le han pedido que pare.
        self._oyente.settimeout(0.1)
        with self._oyente:
            while not self._deteniendo.is_set():
                try:
                    enchufe, _ = self._oyente.accept()
                except TimeoutError:
                    continue
                try:
                    Conexion(enchufe, self._aplicacion, self._ajustes).atender()
                except OSError as error:
                    registro.info("conexión interrumpida: %r", error)

    def detener(self) -> None:
        """Pide el fin y vuelve enseguida. Vale desde otro hilo o desde una señal."""
        self._deteniendo.set()


def crear_servidor(
    raiz: Path | str | None = None,
    enrutador: Enrutador | None = None,
    ajustes: Ajustes | None = None,
) -> Servidor:
    """Prepara un servidor que ya escucha; falta llamar a `servir`.

    Args:
        raiz: carpeta de archivos estáticos; None para no servir ninguno.
        enrutador: las rutas, que mandan sobre los archivos.
        ajustes: dónde escucha, plazos y límites.
    """
    estaticos = None if raiz is None else Estaticos(Path(raiz))
    aplicacion = Aplicacion(enrutador or Enrutador(), estaticos)
    return Servidor(aplicacion, ajustes or Ajustes())
