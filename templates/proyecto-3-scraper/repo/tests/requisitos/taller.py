# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que las pruebas necesitan para rastrear: sitios, carpetas y el programa."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from motor.programa import SRC, Resultado, ejecutar, entorno_de_prueba
from requisitos.sitio_web import Pagina, SitioWeb

T = TypeVar("T")
S = TypeVar("S", bound=SitioWeb)
CAMPOS = {"sitio", "codigo", "nombre", "precio", "url"}


class Taller:
    """Crea sitios y carpetas, ejecuta el programa y al final lo recoge todo."""

    def __init__(self, carpeta: Path, modulos: set[str]) -> None:
        """Trabaja dentro de `carpeta`, para las pruebas de esos módulos."""
        self.raiz = carpeta
        self.modulos = modulos
        self.llave = threading.Lock()
        self.carpetas = 0
        self.colgados = 0
        self.cerrado = False
        self.sitios: list[SitioWeb] = []
        self.hilos: list[ThreadPoolExecutor] = []
        # Si en tu equipo hay un proxy, con este sitio no tiene nada que hacer.
        self.entorno = {"NO_PROXY": "*", "no_proxy": "*", "SCRAPER_CLAVE": ""}

    def carpeta(self) -> Path:
        """Una carpeta vacía."""
        with self.llave:
            self.carpetas += 1
            nueva = self.raiz / str(self.carpetas)
        nueva.mkdir()
        return nueva

    def sitio(self, paginas: Mapping[str, Pagina] | None = None) -> SitioWeb:
        """Un sitio web nuevo; se cierra solo al acabar."""
        return self.abrir(SitioWeb(paginas))

    def abrir(self, sitio: S) -> S:
        """Apunta un sitio para cerrarlo al acabar."""
        self.sitios.append(sitio)
        return sitio

    def scraper(
        self,
        *argumentos: str | Path,
        clave: str | None = None,
        src: Path = SRC,
        entorno: Mapping[str, str] | None = None,
    ) -> Resultado:
        """Ejecuta «scraper argumentos…» y espera a que acabe."""
        cambios = self.entorno | {"PYTHONPATH": str(src)} | dict(entorno or {})
        if clave is not None:
            cambios["SCRAPER_CLAVE"] = clave
        if self.cerrado:  # un escenario que ya no espera nadie
            pytest.fail("Las pruebas se han acabado antes que este escenario.")
        # Si ya se ha colgado dos veces, no se le dan otros diez segundos a cada prueba.
        limite = 10.0 if self.colgados < 2 else 3.0
        try:
            return ejecutar(
                "scraper",
                *argumentos,
                entorno=cambios,
                carpeta=self.carpeta(),
                limite=limite,
            )
        except pytest.fail.Exception:
            self.colgados += 1
            raise

    def rastrear(
        self,
        url: str,
        *opciones: str | Path,
        sitio: str = "libreria",
        intervalo: str = "0",
        **ajustes: Any,
    ) -> Resultado:
        """Ejecuta «scraper rastrear SITIO URL --intervalo …»."""
        orden = ["rastrear", sitio, url, "--intervalo", intervalo]
        return self.scraper(*orden, *opciones, **ajustes)

    def empezar(
        self, url: str, *opciones: str | Path, salida: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Como `rastrear`, pero sin esperar: para poder matarlo a medias."""
        orden = ["rastrear", "libreria", url, "--intervalo", "0"]
        return subprocess.Popen(
            [sys.executable, "-m", "scraper", *orden, *map(str, opciones)],
            stdin=subprocess.DEVNULL,
            stdout=salida,
            stderr=subprocess.PIPE,
            cwd=self.carpeta(),
            env=entorno_de_prueba(self.entorno),
        )

    def copia(self, **sitios: str) -> Path:
        """Tu código en otra carpeta, con estos archivos añadidos en sitios/."""
        src = self.carpeta() / "src"
        shutil.copytree(SRC, src, ignore=shutil.ignore_patterns("__pycache__", "*.eg*"))
        for nombre, texto in sitios.items():
            archivo = src / "scraper" / "sitios" / f"{nombre}.py"
            archivo.write_text(texto, encoding="utf-8")
        return src

    def cerrar(self) -> None:
        """Cierra los sitios y olvida lo que no haya llegado a empezar."""
        self.cerrado = True
        for hilos in self.hilos:
            hilos.shutdown(wait=False, cancel_futures=True)
        with ThreadPoolExecutor() as cierre:
            list(cierre.map(lambda sitio: sitio.cerrar(), self.sitios))


def articulos(resultado: Resultado) -> list[dict[str, Any]]:
    """Lo que el programa ha escrito por su salida: un objeto JSON en cada línea."""
    leidos = []
    for linea in resultado.salida.split("\n")[:-1]:
        try:
            dato = json.loads(linea)
        except ValueError:
            pytest.fail(f"Se esperaba JSON, y llegó {linea!r}:\n{resultado}")
        assert isinstance(dato, dict) and set(dato) == CAMPOS, (
            f"Se esperaba un objeto con {', '.join(sorted(CAMPOS))}, y llegó {linea}"
        )
        leidos.append(dato)
    return leidos


def codigos(resultado: Resultado) -> set[str]:
    """Los códigos de los artículos que ha escrito."""
    return {articulo["codigo"] for articulo in articulos(resultado)}


def acaba(resultado: Resultado, codigo: int) -> None:
    """Comprueba el código de salida, y que un error se explica y no es una traza."""
    assert resultado.codigo == codigo, (
        f"Se esperaba el código de salida {codigo}:\n{resultado}"
    )
    assert "Traceback" not in resultado.error, (
        f"Se esperaba una explicación, y llegó una traza:\n{resultado}"
    )
    if codigo:
        assert resultado.error.strip(), (
            f"Se esperaba una explicación por la salida de error:\n{resultado}"
        )


def filas(base: Path, consulta: str) -> list[tuple[Any, ...]]:
    """Lo que responde la base de datos."""
    assert base.exists(), f"Se esperaba una base de datos en {base.name}, y no existe"
    try:
        with closing(sqlite3.connect(base, timeout=5)) as conexion:
            return conexion.execute(consulta).fetchall()
    except sqlite3.Error as error:
        pytest.fail(f"La base de datos no responde a «{consulta}»: {error}")


class Escenarios:
    """Rastreos que miran varias pruebas: cada uno se hace una sola vez.

    La primera prueba de un archivo que pide uno los pone todos en marcha, unos pocos a
    la vez, para que las esperas de unos no retrasen a otros. Si uno falla, fallan sus
    pruebas.
    """

    todos: ClassVar[list[Escenarios]] = []

    def __init__(
        self, modulo: str, a_la_vez: int = 3, cuanto_antes: bool = False
    ) -> None:
        """Los del archivo `modulo`; `cuanto_antes`, con los primeros que se pidan."""
        self.modulo = modulo
        self.a_la_vez = a_la_vez
        self.cuanto_antes = cuanto_antes
        self.funciones: list[Callable[[Taller], Any]] = []
        self.futuros: dict[Callable[[Taller], Any], Future[Any]] = {}
        self.todos.append(self)

    def __call__(self, funcion: Callable[[Taller], T]) -> Callable[[Taller], T]:
        """Decora un escenario: una función que recibe el taller y da un resultado."""
        self.funciones.append(funcion)

        @wraps(funcion)
        def pedir(taller: Taller) -> T:
            self.empezar(taller)
            for otros in self.todos:
                if otros.cuanto_antes and otros.modulo in taller.modulos:
                    otros.empezar(taller)
            futuro = self.futuros[funcion]
            error = futuro.exception()
            if isinstance(error, AssertionError | pytest.fail.Exception):
                pytest.fail(str(error))
            resultado: T = futuro.result()
            return resultado

        return pedir

    def empezar(self, taller: Taller) -> None:
        """Pone en marcha todos los escenarios, si no lo estaban ya."""
        if not self.futuros:
            hilos = ThreadPoolExecutor(self.a_la_vez)
            taller.hilos.append(hilos)
            for funcion in self.funciones:
                self.futuros[funcion] = hilos.submit(funcion, taller)
