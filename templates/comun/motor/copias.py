"""Copias del proyecto en las que se puede romper el código y ejecutar tus pruebas.

El tiempo se limita en segundos de procesador, así que lo que pasa no depende de lo
ocupado que esté el ordenador.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from motor.entorno import entorno_de_prueba
from motor.juez import COMPARTIDA
from motor.limites import DEMASIADA_SALIDA
from motor.procesos import Lectura, lanzar, matar

LIMITE = float(os.environ.get("REQUISITOS_LIMITE", "20"))
"""Segundos de procesador que pueden tardar tus pruebas. En un equipo muy lento se puede
ampliar con esa variable de entorno."""
DE_MAS = 10
"""Un proceso atascado no gasta procesador: a los LIMITE * DE_MAS segundos se corta."""
A_LA_VEZ = 2
_FECHAS = itertools.count(1_000_000_000)
DE_LA_PLANTILLA = ("requisitos", "test_humo.py", "test_casillas.py")
"""Lo que hay en tests/ y no has escrito tú: no cuenta."""
IGNORADO = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "node_modules", *DE_LA_PLANTILLA
)
Medidas = Mapping[str, list[float]]
"""Por prueba, los segundos que tarda: de reloj y de procesador."""


@dataclass(frozen=True)
class Ejecucion:
    """Lo que dice una ejecución de las pruebas de una copia."""

    codigo: int
    salida: str
    apuntes: tuple[dict[str, Any], ...]

    def con(self, resultado: str) -> set[str]:
        """Las pruebas que acabaron así."""
        return {a["prueba"] for a in self.apuntes if a["resultado"] == resultado}

    @property
    def falla(self) -> bool:
        """Si alguna prueba falló, o el programa la tiró abajo."""
        caida = self.codigo < 0 or self.codigo > 5
        return bool(self.con("failed")) or caida

    @property
    def medidas(self) -> dict[str, list[float]]:
        """Segundos que tardó cada prueba: de reloj y de procesador."""
        return {
            a["prueba"]: [a["pared"], a["cpu"]]
            for a in self.apuntes
            if a["resultado"] == "medida"
        }


class Copias:
    """Copias del proyecto en las que se puede romper el código."""

    def __init__(self, carpeta: Path, raiz: Path, paquete: str, sockets: bool) -> None:
        """Copia en `carpeta` el proyecto de `raiz`, sin las pruebas de la plantilla."""
        self.paquete = paquete
        self.permitidos = ["localhost", "127.0.0.1", "::1"] if sockets else []
        self.todas = [carpeta / str(numero) for numero in range(A_LA_VEZ)]
        self._libres: SimpleQueue[Path] = SimpleQueue()
        for copia in self.todas:
            shutil.copytree(raiz, copia, ignore=IGNORADO)
            self._libres.put(copia)

    @contextmanager
    def con(self, cambio: Callable[[str], str], *rutas: Path) -> Iterator[Path]:
        """Una copia con estos archivos cambiados, que después quedan como estaban."""
        copia = self._libres.get()
        antes = {ruta: (copia / ruta).read_text(encoding="utf-8") for ruta in rutas}
        try:
            for ruta, codigo in antes.items():
                _poner(copia / ruta, cambio(codigo))
            yield copia
        finally:
            for ruta, codigo in antes.items():
                _poner(copia / ruta, codigo)
            self._libres.put(copia)

    def probar(self, copia: Path, elegidas: Medidas | None = None) -> Ejecucion:
        """Ejecuta las pruebas de una copia: todas y midiendo, o solo las elegidas."""
        informe, orden = copia / "informe.jsonl", copia / "orden.json"
        informe.write_text("", encoding="utf-8")
        que = {
            "informe": str(informe),
            "elegidas": None if elegidas is None else dict(elegidas),
            "permitidos": self.permitidos,
            "segundos": LIMITE,
        }
        orden.write_text(json.dumps(que), encoding="utf-8")
        # Sin avisos de coverage: que aún no haya pruebas no es asunto suyo.
        palabras = [sys.executable, "-W", "ignore", "-m"]
        if elegidas is None:
            fuente = f"--source={copia / 'src' / self.paquete}"
            palabras += ["coverage", "run", f"--rcfile={os.devnull}", fuente, "-m"]
        palabras += ["pytest", "tests", "-q", "-p", "motor.juez"]
        palabras += ["-p", "no:cacheprovider", "-p", "no:xdist"]
        palabras += [] if elegidas is None else ["-x", "--no-header", "--tb=no"]
        codigo, salida = _ejecutar(palabras, copia, orden)
        lineas = informe.read_text(encoding="utf-8").splitlines()
        return Ejecucion(codigo, salida, tuple(map(json.loads, lineas)))


def _poner(archivo: Path, codigo: str) -> None:
    """Escribe el archivo con una fecha que nunca ha tenido.

    Python guarda el código compilado según la fecha y el tamaño del archivo: si se
    repitieran, probaría el de antes. Y sin guardarlo, cada prueba compilaría de nuevo
    todas las bibliotecas.
    """
    archivo.write_text(codigo, encoding="utf-8")
    fecha = next(_FECHAS)
    os.utime(archivo, (fecha, fecha))


def _ejecutar(palabras: list[str], copia: Path, orden: Path) -> tuple[int, str]:
    """Ejecuta una orden en una copia: su código de salida, y lo que ha escrito."""
    caminos = (copia / "src", copia / "tests", copia)
    entorno = entorno_de_prueba(
        {
            "PYTHONPATH": os.pathsep.join(map(str, caminos)),
            "COVERAGE_FILE": str(copia / ".coverage"),
            "COVERAGE_CORE": "ctrace",  # el que sabe qué prueba pasa por cada línea
            "JUEZ_ORDEN": str(orden),
        }
    )
    proceso = lanzar(
        palabras,
        cwd=copia,
        env=entorno,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert proceso.stdout is not None
    lectura = Lectura(proceso, proceso.stdout)
    aviso = ""
    try:
        proceso.wait(LIMITE * DE_MAS)
    except subprocess.TimeoutExpired:
        aviso = f"\nTus pruebas no acabaron en {LIMITE * DE_MAS:g} s."
    finally:
        matar(proceso)
    salida = lectura.todo(5).decode("utf-8", "replace")
    if lectura.demasiado:
        aviso = f"\n{DEMASIADA_SALIDA}"
    return proceso.returncode, salida + aviso


def cobertura(
    copia: Path, todas: frozenset[str]
) -> tuple[dict[str, dict[int, frozenset[str]]], float]:
    """Qué pruebas pasan por cada línea de cada archivo, y el porcentaje recorrido."""
    informe = copia / "cobertura.json"
    orden = ["json", "-q", "--show-contexts", f"--rcfile={os.devnull}"]
    subprocess.run(
        [sys.executable, "-m", "coverage", *orden, "-o", str(informe)],
        cwd=copia,
        env=entorno_de_prueba({"COVERAGE_FILE": str(copia / ".coverage")}),
        capture_output=True,
        check=False,
    )
    if not informe.exists():
        return {}, 0.0
    datos = json.loads(informe.read_text(encoding="utf-8"))
    return {
        Path(nombre).as_posix(): {
            int(linea): todas if COMPARTIDA in quienes else frozenset(quienes) & todas
            for linea, quienes in archivo["contexts"].items()
        }
        for nombre, archivo in datos["files"].items()
    }, float(datos["totals"]["percent_covered"])
