"""El servidor: escucha en un puerto y atiende cada conexión en un hilo."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from pathlib import Path

from servidor.ajustes import Ajustes
from servidor.aplicacion import Aplicacion
from servidor.conexion import Conexion
from servidor.estaticos import Estaticos
from servidor.rutas import Enrutador

registro = logging.getLogger(__name__)

COLA = 256
"""Cuántas conexiones pueden esperar a que se las acepte."""
DESPERTAR = 0.5
"""Cada cuántos segundos deja de esperar, por si ha llegado una señal.

Python atiende las señales entre dos instrucciones suyas. La que llega justo antes de
`select` no lo interrumpe, así que tendría que esperar al próximo cliente; y en Windows,
Ctrl+C no lo interrumpe nunca.
"""
PASO_DE_CIERRE = 0.02
"""Cada cuántos segundos se mira, al cerrar, qué conexiones han acabado."""


class Servidor:
    """Un servidor que ya escucha: `servir` atiende, y `detener` le pone fin."""

    def __init__(self, aplicacion: Aplicacion, ajustes: Ajustes) -> None:
        """Abre el puerto.

        Raises:
            OSError: el puerto está ocupado, o no se puede usar esa dirección.
        """
        self._aplicacion = aplicacion
        self._ajustes = ajustes
        self._oyente = socket.create_server(
            (ajustes.host, ajustes.puerto), backlog=COLA
        )
        self._oyente.setblocking(False)
        # Un byte en este par de sockets despierta a `servir` desde cualquier sitio.
        self._timbre, self._boton = socket.socketpair()
        self._boton.setblocking(False)
        self._deteniendo = threading.Event()
        self._cerrojo = threading.Lock()
        self._abiertas: dict[threading.Thread, Conexion] = {}
        self._direccion: tuple[str, int] = self._oyente.getsockname()[:2]

    @property
    def direccion(self) -> tuple[str, int]:
        """Dónde escucha: (host, puerto). El puerto es el de verdad, nunca 0."""
        return self._direccion

    def servir(self) -> None:
        """Atiende hasta que alguien llame a `detener`; entonces cierra y vuelve."""
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._oyente, selectors.EVENT_READ)
                selector.register(self._timbre, selectors.EVENT_READ)
                while not self._deteniendo.is_set():
                    for clave, _ in selector.select(DESPERTAR):
                        if clave.fileobj is self._oyente:
                            self._aceptar()
        finally:
            self._oyente.close()
            self._acabar()
            self._timbre.close()
            self._boton.close()

    def detener(self) -> None:
        """Pide el fin y vuelve enseguida. Vale desde otro hilo o desde una señal."""
        self._deteniendo.set()
        try:
            self._boton.send(b"!")
        except OSError:
            pass

    def _aceptar(self) -> None:
        try:
            enchufe, _ = self._oyente.accept()
        except OSError as error:
            # Se fue antes de entrar, o no quedan descriptores: el servidor sigue.
            registro.warning("no se pudo aceptar: %s", error)
            self._deteniendo.wait(0.01)
            return
        enchufe.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conexion = Conexion(enchufe, self._aplicacion, self._ajustes, self._deteniendo)
        hilo = threading.Thread(target=self._atender, args=(conexion,), daemon=True)
        with self._cerrojo:
            self._abiertas[hilo] = conexion
        try:
            hilo.start()
        except RuntimeError:
            registro.warning("no se pudo crear un hilo más")
            enchufe.close()
            with self._cerrojo:
                del self._abiertas[hilo]

    def _atender(self, conexion: Conexion) -> None:
        try:
            conexion.atender()
        except Exception:
            registro.exception("error al atender una conexión")
        finally:
            with self._cerrojo:
                self._abiertas.pop(threading.current_thread(), None)

    def _acabar(self) -> None:
        """Cierra las ociosas, espera a las ocupadas y corta las que no acaban."""
        final = time.monotonic() + self._ajustes.plazo_cierre
        while abiertas := self._copia_de_abiertas():
            se_acabo = time.monotonic() >= final
            for conexion in abiertas.values():
                conexion.cortar(si_ocupada=se_acabo)
            next(iter(abiertas)).join(PASO_DE_CIERRE)
            if se_acabo:
                break

    def _copia_de_abiertas(self) -> dict[threading.Thread, Conexion]:
        with self._cerrojo:
            return dict(self._abiertas)


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
