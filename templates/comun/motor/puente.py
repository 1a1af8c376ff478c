"""Un puente entre el programa y un servicio, para cortarlo aunque el servicio siga.

El programa se conecta al puente, y el puente al servicio. Así se prueba una red caída
(nadie escucha) o colgada (nadie contesta) también con un servicio que no arrancaron las
pruebas; y lo que el servicio guardaba sigue ahí cuando vuelve.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from motor.puertos import puerto_libre


class Puente:
    """Escucha en un puerto de 127.0.0.1 y lo pasa todo, mientras no se corte."""

    def __init__(self, url: str) -> None:
        """Con la dirección del servicio; empieza ya."""
        self.lleva_a(url)
        partes = urlsplit(url)
        self._puerto = puerto_libre()
        credencial = partes.netloc.rpartition("@")[0]
        donde = f"127.0.0.1:{self._puerto}"
        netloc = f"{credencial}@{donde}" if credencial else donde
        self.url = partes._replace(netloc=netloc).geturl()
        """La dirección que hay que darle al programa."""
        self._pasa = threading.Event()
        self._pasa.set()
        self._enchufes: set[socket.socket] = set()
        self._abrir()

    def lleva_a(self, url: str) -> None:
        """Desde ahora lleva ahí lo que llegue: el servicio ha vuelto en otro puerto."""
        partes = urlsplit(url)
        self._destino = (partes.hostname or "127.0.0.1", partes.port or 0)

    def _abrir(self) -> None:
        self._oido = socket.create_server(("127.0.0.1", self._puerto), backlog=128)
        threading.Thread(target=self._aceptar, args=(self._oido,), daemon=True).start()

    def _aceptar(self, oido: socket.socket) -> None:
        with suppress(OSError):
            while True:
                entra, _ = oido.accept()
                threading.Thread(target=self._unir, args=(entra,), daemon=True).start()

    def _unir(self, entra: socket.socket) -> None:
        with (
            suppress(OSError),
            entra,
            socket.create_connection(self._destino, 2) as sale,
        ):
            self._enchufes |= {entra, sale}
            try:
                self._pasar(entra, sale)
            finally:
                self._enchufes -= {entra, sale}

    def _pasar(self, entra: socket.socket, sale: socket.socket) -> None:
        otro = {entra: sale, sale: entra}
        while True:
            for de in select.select([entra, sale], [], [], 5)[0]:
                datos = de.recv(65536)
                self._pasa.wait()
                if not datos:
                    return
                otro[de].sendall(datos)

    @contextmanager
    def cortado(self) -> Iterator[None]:
        """Cuelga todo y no escucha nadie, mientras dura el bloque."""
        self._cerrar()
        try:
            yield
        finally:
            self._abrir()

    @contextmanager
    def colgado(self) -> Iterator[None]:
        """Acepta lo que le digan y no contesta, mientras dura el bloque."""
        self._pasa.clear()
        try:
            yield
        finally:
            self._pasa.set()

    def _cerrar(self) -> None:
        with suppress(OSError):
            self._oido.shutdown(socket.SHUT_RDWR)
        self._oido.close()
        for enchufe in list(self._enchufes):
            with suppress(OSError):
                enchufe.shutdown(socket.SHUT_RDWR)

    def cerrar(self) -> None:
        """Lo cuelga todo."""
        self._pasa.set()
        self._cerrar()
