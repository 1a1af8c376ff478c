# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Arranca tu servidor en un Python nuevo y vigila qué importa mientras atiende.

Lo ejecuta una prueba de R5 con: la carpeta src y los módulos que no valen.
"""

from __future__ import annotations

import importlib
import pkgutil
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

SRC = Path(sys.argv[1]).resolve()
PROHIBIDOS = set(sys.argv[2:])


class Guardia:
    """Mira cada módulo que se importa por primera vez, y quién lo pide."""

    def find_spec(
        self, nombre: str, ruta: Sequence[str] | None = None, destino: object = None
    ) -> None:
        """Avisa si lo ha pedido un archivo de src; nunca encuentra nada."""
        if nombre in PROHIBIDOS and SRC in Path(quien_importa()).resolve().parents:
            print(f"PROHIBIDO {nombre}", flush=True)


def quien_importa() -> str:
    """El archivo que ha pedido el import, saltando la maquinaria de Python."""
    marco = sys._getframe(2)
    while marco.f_back:
        archivo = marco.f_code.co_filename
        if not archivo.startswith("<") and "importlib" not in Path(archivo).parts:
            return archivo
        marco = marco.f_back
    return "<nadie>"


def main() -> None:
    """Importa todo el paquete, atiende peticiones sin carpeta y se detiene.

    Imprime lo que contesta, y cuánto ha tardado `detener` con una petición a medias.
    """
    sys.meta_path.insert(0, Guardia())  # type: ignore[arg-type]
    servidor = importlib.import_module("servidor")
    for modulo in pkgutil.walk_packages(servidor.__path__, "servidor."):
        importlib.import_module(modulo.name)
    en_marcha = servidor.crear_servidor(None, servidor.crear_demo())
    hilo = threading.Thread(target=en_marcha.servir, daemon=True)
    hilo.start()
    with socket.create_connection(en_marcha.direccion, 5) as a_medias:
        a_medias.sendall(b"GET /saludo HTTP/1.1\r\n")
        with socket.create_connection(en_marcha.direccion, 5) as enchufe:
            enchufe.sendall(b"GET /saludo HTTP/1.1\r\nHost: a\r\n\r\n")
            enchufe.sendall(b"GET /index.html HTTP/1.0\r\nHost: a\r\n\r\n")
            with enchufe.makefile("rb") as archivo:
                print(archivo.read().decode("latin-1"), flush=True)
        antes = time.monotonic()
        en_marcha.detener()
        print(f"DETENER {time.monotonic() - antes:.3f}", flush=True)
    hilo.join(5)


if __name__ == "__main__":
    main()
