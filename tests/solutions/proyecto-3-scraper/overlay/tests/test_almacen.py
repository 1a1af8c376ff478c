"""La base de datos, en un archivo de verdad."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scraper.almacen import Almacen
from scraper.errores import UsoIncorrecto
from scraper.modelo import Articulo

INICIO = "http://ejemplo.test/"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Una base de datos que todavía no existe."""
    return tmp_path / "precios.db"


def ver(base: Path, *precios: int | None) -> None:
    """Guarda el mismo artículo una vez por precio."""
    with Almacen(base, "libreria", INICIO) as almacen:
        for precio in precios:
            articulo = Articulo("L-1", f"A {precio}", precio)
            almacen.guardar_pagina(INICIO, INICIO, [articulo])


def leer(base: Path, consulta: str) -> list[tuple[object, ...]]:
    """Lo que hay, visto desde fuera."""
    with closing(sqlite3.connect(base)) as conexion:
        return conexion.execute(consulta).fetchall()


def test_historia_de_precios(base: Path) -> None:
    """Solo los cambios, también cuando el precio vuelve."""
    ver(base, 10, 10, 12, None, 12, 10)
    assert leer(base, "SELECT precio FROM precios ORDER BY rowid") == [
        (10,),
        (12,),
        (10,),
    ]
    assert leer(base, "SELECT nombre, precio FROM articulos") == [("A 10", 10)]


def test_un_rastreo_a_medias_sigue(base: Path) -> None:
    """Lo pendiente y lo hecho sobreviven a cerrar el programa."""
    with Almacen(base, "libreria", INICIO) as almacen:
        assert almacen.siguiente() == INICIO
        almacen.guardar_pagina(INICIO, INICIO, [], [INICIO, INICIO + "a"])
    with Almacen(base, "libreria", INICIO) as almacen:
        assert almacen.siguiente() == INICIO + "a"
        almacen.guardar_pagina(INICIO + "a", INICIO + "a")
        assert almacen.siguiente() is None
        almacen.terminar()
    with Almacen(base, "libreria", INICIO) as almacen:
        assert almacen.siguiente() == INICIO


def test_una_pagina_se_guarda_entera_o_nada(base: Path) -> None:
    """Si algo falla a mitad, no queda ni un artículo."""
    malos = [Articulo("L-1", "Bueno"), Articulo("L-2", None)]  # type: ignore[arg-type]
    with Almacen(base, "libreria", INICIO) as almacen:
        with pytest.raises(sqlite3.IntegrityError):
            almacen.guardar_pagina(INICIO, INICIO, malos)
        assert almacen.siguiente() == INICIO
    assert leer(base, "SELECT * FROM articulos") == []


def test_un_archivo_ajeno(base: Path) -> None:
    """Se explica y no se toca."""
    base.write_bytes(b"mis apuntes" * 100)
    with pytest.raises(UsoIncorrecto, match="precios.db"):
        Almacen(base, "libreria", INICIO)
    assert base.read_bytes() == b"mis apuntes" * 100
