"""Vigila, desde dentro de pytest, una ejecución de tus pruebas.

Se carga («-p motor.juez») en una copia del proyecto. Corta la red, apunta cómo acaba
cada prueba y qué líneas recorre, y termina con las que se quedan colgadas. Lo que tarda
cada una se mide en tiempo de procesador: así, un ordenador ocupado dice lo mismo que
uno libre.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import coverage
import pytest

COMPARTIDA = "*"
"""Contexto de lo que recorre una fixture que sirve a varias pruebas."""
COLGADA = 70
"""Código con el que acaba el proceso si una prueba no acaba."""
MARGEN = 3.0
"""Segundos de procesador que se le dejan de más a cada prueba."""
EN_VANO = 10.0
"""Segundos sin que el procesador haga nada: más no está esperando, está colgada."""
VECES = 10
"""Cuántas veces más puede tardar una prueba cuando el código está cambiado."""


def cortar_la_red(permitidos: list[str]) -> None:
    """Solo deja conectarse a estas direcciones."""
    conectar = socket.socket.connect

    def solo_aqui(self: socket.socket, direccion: Any) -> None:
        anfitrion = direccion[0] if isinstance(direccion, tuple) else "localhost"
        if str(anfitrion) not in permitidos:
            raise AssertionError(f"Tus pruebas no deben conectarse a {direccion}")
        conectar(self, direccion)

    socket.socket.connect = solo_aqui  # type: ignore[assignment, method-assign]


class Juez:
    """Lo que se apunta de cada prueba, y hasta cuándo se la espera."""

    def __init__(self, orden: dict[str, Any]) -> None:
        """`orden` dice qué hay que hacer: la escribe juicio.py."""
        self.informe = Path(orden["informe"])
        self.elegidas: dict[str, list[float]] | None = orden["elegidas"]
        self.cobertura = coverage.Coverage.current()
        self._prueba = ""
        self._empezo: tuple[float, float] | None = None
        if self.elegidas is not None:
            threading.Thread(target=self._vigilar, daemon=True).start()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Deja solo las pruebas que pasan por la línea cambiada."""
        if self.elegidas is not None:
            items[:] = [item for item in items if item.nodeid in self.elegidas]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item
    ) -> Generator[None, object, object]:
        """Mide una prueba, con sus fixtures."""
        self._contexto(item.nodeid)
        self._prueba = item.nodeid
        self._empezo = pared, cpu = time.monotonic(), time.process_time()
        try:
            return (yield)
        finally:
            self._empezo = None
            self._apuntar(
                item.nodeid,
                "medida",
                pared=time.monotonic() - pared,
                cpu=time.process_time() - cpu,
            )
            self._contexto("")

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        """Lo que recorre una fixture compartida lo recorren todas las pruebas."""
        compartida = fixturedef.scope != "function"
        if compartida:
            self._contexto(COMPARTIDA)
        try:
            return (yield)
        finally:
            if compartida:
                self._contexto(self._prueba)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Apunta cómo acaba: de tres fases, cuenta la que falla o, si no, la prueba."""
        if report.failed or report.skipped or report.when == "call":
            self._apuntar(report.nodeid, report.outcome)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Un archivo que no se puede importar también es un fallo."""
        if report.failed:
            self._apuntar(report.nodeid, "failed")

    def _contexto(self, nombre: str) -> None:
        if self.cobertura is not None:
            self.cobertura.switch_context(nombre)

    def _apuntar(self, prueba: str, resultado: str, **datos: float) -> None:
        apunte = {"prueba": prueba, "resultado": resultado, **datos}
        with self.informe.open("a", encoding="utf-8") as archivo:
            archivo.write(json.dumps(apunte) + "\n")

    def _vigilar(self) -> None:
        """Acaba con una prueba que da vueltas sin fin, o que espera lo que no llega."""
        assert self.elegidas is not None
        ultimo_cpu, ultimo_avance = 0.0, time.monotonic()
        while True:
            time.sleep(0.25)
            empezo, prueba = self._empezo, self._prueba
            ahora, cpu = time.monotonic(), time.process_time()
            # El propio vigilante gasta algo: menos que esto no es avanzar.
            if empezo is None or cpu - ultimo_cpu > 0.05:
                ultimo_cpu, ultimo_avance = cpu, ahora
            if empezo is None or prueba not in self.elegidas:
                continue
            pared, gastado = self.elegidas[prueba]
            sin_fin = cpu - empezo[1] > MARGEN + VECES * gastado
            parada = ahora - max(ultimo_avance, empezo[0]) > EN_VANO + VECES * pared
            if sin_fin or parada:
                self._apuntar(prueba, "failed")
                os._exit(COLGADA)


def pytest_configure(config: pytest.Config) -> None:
    """Lee lo que hay que hacer, y se pone a ello."""
    orden = json.loads(Path(os.environ["JUEZ_ORDEN"]).read_text(encoding="utf-8"))
    with suppress(ImportError, ValueError, OSError):  # Windows no sabe
        import resource

        segundos = int(orden["segundos"])
        resource.setrlimit(resource.RLIMIT_CPU, (segundos, segundos + 1))
    cortar_la_red(orden["permitidos"])
    config.pluginmanager.register(Juez(orden), "juez")
