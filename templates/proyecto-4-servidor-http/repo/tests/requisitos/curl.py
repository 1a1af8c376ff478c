# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""curl, el cliente HTTP de la terminal: lo que él entiende lo entiende cualquiera."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from motor.servicio import Servicio

SIN_CURL = "curl no está instalado: https://curl.se/download.html"


def curl(
    servicio: Servicio, ruta: str, *opciones: str, entrada: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Ejecuta «curl opciones URL» y devuelve lo que dijo.

    Si no hay curl, la prueba se salta; en la integración continua (CI=true), falla.
    """
    programa = shutil.which("curl")
    if programa is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(SIN_CURL)
        pytest.skip(SIN_CURL)
    # -q: sin el .curlrc de nadie; --noproxy: directo, aunque haya un proxy.
    orden = [programa, "-q", "--noproxy", "*", "--http1.1", "-sS"]
    orden += ["--max-time", f"{servicio.plazo:g}", *opciones]
    orden += [f"{servicio.direccion.rstrip('/')}{ruta}"]
    hecho = subprocess.run(orden, input=entrada, capture_output=True, check=False)
    if hecho.returncode == 28:
        servicio.colgado = True
    assert hecho.returncode == 0, (
        f"Se esperaba que curl se entendiera con el servidor, y acabó con el código "
        f"{hecho.returncode}:\n$ {' '.join(orden)}\n{hecho.stderr.decode()}"
    )
    return hecho
