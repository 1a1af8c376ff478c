# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Una dirección que no cambia, delante de un programa que se reinicia.

Es lo que hace en producción el que reparte las peticiones: mientras el programa no
está, corta; y cuando vuelve, aunque sea en otro puerto, sigue.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Puerta:
    """Lleva cada conexión adonde esté el programa, o la corta si no está."""

    def __init__(self) -> None:
        """Escucha ya, y corta a todos hasta que se le diga adónde llevarlos."""
        self._oido = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.direccion = f"http://127.0.0.1:{self._oido.getsockname()[1]}"
        self._destino: tuple[str, int] | None = None
        self._abiertas: set[socket.socket] = set()
        self._cerrojo = threading.Lock()
        threading.Thread(target=self._recibir, daemon=True).start()

    def abrir(self, host: str, puerto: int) -> None:
        """Desde ahora lleva allí."""
        self._destino = (host, puerto)

    def cortar(self) -> None:
        """Corta lo que haya, y lo que venga."""
        self._destino = None
        with self._cerrojo:
            abiertas = list(self._abiertas)
        for una in abiertas:
            with suppress(OSError):
                una.shutdown(socket.SHUT_RDWR)

    def _recibir(self) -> None:
        with suppress(OSError):
            while True:
                cliente, _ = self._oido.accept()
                hilo = threading.Thread(target=self._llevar, args=(cliente,))
                hilo.daemon = True
                hilo.start()

    def _llevar(self, cliente: socket.socket) -> None:
        destino = self._destino
        with suppress(OSError), cliente:
            if destino is None:
                return
            with socket.create_connection(destino, 2) as programa:
                programa.settimeout(None)
                with self._cerrojo:
                    self._abiertas |= {cliente, programa}
                try:
                    ida = threading.Thread(target=pasar, args=(cliente, programa))
                    ida.daemon = True
                    ida.start()
                    pasar(programa, cliente)
                finally:
                    with self._cerrojo:
                        self._abiertas -= {cliente, programa}

    def cerrar(self) -> None:
        """Deja de escuchar."""
        self.cortar()
        self._oido.close()


def pasar(de: socket.socket, a: socket.socket) -> None:
    """Lo que llega por un lado sale por el otro, hasta que uno cierra."""
    with suppress(OSError):
        while trozo := de.recv(65536):
            a.sendall(trozo)
    for una in (de, a):
        with suppress(OSError):
            una.shutdown(socket.SHUT_RDWR)
