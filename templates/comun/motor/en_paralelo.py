"""Mientras una prueba espera a tu programa, las siguientes ya están en marcha.

Cada prueba cuenta por separado, en su orden y con su propia carpeta. Una sola
(«-k nombre»), o con --pdb o -s, se hace como siempre.

¿Y por qué no pytest-xdist, que es lo corriente? Estas pruebas casi no hacen más que
esperar a otro proceso, así que unos hilos bastan. Con xdist, cada proceso de pytest
tendría que arrancar y buscar las pruebas otra vez: medido en un ordenador de dos
núcleos, un quinto más de procesador en los proyectos 1 y 2 (10,4 s en vez de 8,7 s, y
11,7 s en vez de 10,3 s) y más espera que así. Además, xdist no deja usar breakpoint()
y repartiría también tus pruebas, que pueden compartir un archivo.
"""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

A_LA_VEZ = 3


class EnParalelo:
    """Empieza antes de su turno las pruebas que solo necesitan estos recursos."""

    def __init__(self, recursos: Mapping[str, Callable[[Path], Any]]) -> None:
        """`recursos` hace cada argumento que una prueba puede pedir, en su carpeta."""
        self.recursos = recursos
        self.hilos = ThreadPoolExecutor(A_LA_VEZ - 1)
        self.raiz = tempfile.TemporaryDirectory(
            prefix="en-paralelo-", ignore_cleanup_errors=True
        )
        self.empezadas: dict[pytest.Item, Future[None]] = {}

    def hacer(self, prueba: pytest.Item) -> bool | None:
        """Da True si ya está hecha; None si tiene que hacerla pytest, como siempre."""
        todas = prueba.session.items
        lugar = todas.index(prueba)
        for otra in todas[lugar + 1 : lugar + A_LA_VEZ]:
            if otra.path.parent == prueba.path.parent:
                self.empezar(otra)
        futuro = self.empezadas.get(prueba)
        if futuro is None or futuro.cancel():
            return None
        futuro.result()
        return True

    def empezar(self, prueba: pytest.Item) -> None:
        """La pone en marcha, si se puede y no lo estaba ya."""
        opciones = prueba.config.option
        aparte = opciones.usepdb or opciones.trace or opciones.capture == "no"
        if aparte or prueba in self.empezadas:
            return
        if isinstance(prueba, pytest.Function) and self.basta_para(prueba):
            carpeta = Path(self.raiz.name, str(len(self.empezadas)))
            carpeta.mkdir()
            nombres = inspect.signature(prueba.function).parameters
            argumentos = {n: self.recursos[n](carpeta) for n in nombres}
            self.empezadas[prueba] = self.hilos.submit(prueba.function, **argumentos)

    def basta_para(self, prueba: pytest.Function) -> bool:
        """Si no pide otra cosa, como una fixture tuya con autouse."""
        pedidos = set(prueba.fixturenames) - {"request", "tmp_path_factory"}
        return bool(pedidos) and pedidos <= set(self.recursos)

    def cerrar(self) -> None:
        """Olvida las que no hayan llegado a empezar, y borra sus carpetas."""
        self.hilos.shutdown(cancel_futures=True)
        self.raiz.cleanup()
