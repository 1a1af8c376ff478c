"""Un navegador de verdad, sin más red que la de tu programa.

Es Chromium (o Chrome, o Edge) manejado con Playwright. Si no hay ninguno, en tu
ordenador esas pruebas se saltan y dicen cómo conseguirlo; en GitHub, fallan.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, Route, sync_playwright

PROGRAMAS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
)
OPCIONES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
COMO_CONSEGUIRLO = (
    "Esta prueba necesita Chromium, y no está en este ordenador: es lo que este "
    "sistema no puede. Con «uv run playwright install chromium» lo tienes (en "
    "Linux, también con «sudo apt install chromium»)."
)


class Navegador:
    """Uno para toda la sesión; cada prueba tiene su ventana, que no recuerda nada."""

    def __init__(self) -> None:
        """Sin efectos: arranca con la primera ventana."""
        self._pila = ExitStack()
        self._navegador: Browser | None = None

    @contextmanager
    def ventana(self, direccion: str) -> Iterator[Page]:
        """Una pestaña que solo puede hablar con esa dirección.

        Lo que intente pedir a otra se corta; al salir, hace fallar la prueba.
        """
        fuera: list[str] = []

        def decidir(ruta: Route) -> None:
            url = ruta.request.url
            if url.startswith((direccion.rstrip("/") + "/", "data:", "blob:")):
                ruta.fallback()
            else:
                fuera.append(url)
                ruta.abort()

        contexto = self._abierto().new_context(locale="es")
        try:
            contexto.route("**/*", decidir)
            pagina = contexto.new_page()
            pagina.set_default_timeout(5000)
            yield pagina
            assert not fuera, (
                "Se esperaba una página que no pidiera nada a otros servidores, y "
                f"pidió {fuera[:3]}"
            )
        finally:
            contexto.close()

    def _abierto(self) -> Browser:
        if self._navegador is None:
            playwright = self._pila.enter_context(sync_playwright())
            donde = ejecutable(playwright)
            if donde is None:
                self._pila.close()
                if os.environ.get("CI", "").lower() in {"1", "true"}:
                    pytest.fail(COMO_CONSEGUIRLO)
                pytest.skip(COMO_CONSEGUIRLO)
            self._navegador = playwright.chromium.launch(
                executable_path=donde, args=OPCIONES
            )
            self._pila.callback(self._navegador.close)
        return self._navegador

    def cerrar(self) -> None:
        """Lo cierra, si llegó a abrirse."""
        self._pila.close()
        self._navegador = None


def ejecutable(playwright: Playwright) -> str | None:
    """El de Playwright, si se ha descargado; si no, el que haya en el ordenador."""
    propio = playwright.chromium.executable_path
    if Path(propio).exists():
        return propio
    return next(filter(None, map(shutil.which, PROGRAMAS)), None)
