"""Pruebas de quien hizo el proyecto: cada módulo por separado, y la orden entera."""

import json
from datetime import date
from pathlib import Path

import pytest

from tareas.almacen import Almacen, Documento
from tareas.cli import main
from tareas.errores import ErrorDeTareas
from tareas.filtros import Filtro, elegir
from tareas.modelo import Prioridad, Tarea, leer_fecha


@pytest.fixture
def ruta(tmp_path: Path) -> Path:
    return tmp_path / "tareas.json"


def ordena(ruta: Path, *argumentos: str) -> int:
    return main(["--archivo", str(ruta), *argumentos])


def test_ida_y_vuelta_de_una_tarea() -> None:
    tarea = Tarea(3, "Pan", Prioridad.ALTA, date(2030, 1, 2), True)
    datos = tarea.a_dict()
    assert datos == {
        "id": 3,
        "titulo": "Pan",
        "prioridad": "alta",
        "vence": "2030-01-02",
        "hecha": True,
    }
    assert Tarea.de_dict(datos) == tarea


@pytest.mark.parametrize(
    "cambio", [{"id": "1"}, {"titulo": 3}, {"hecha": 1}, {"vence": "ayer"}]
)
def test_una_tarea_rara_no_se_acepta(cambio: dict[str, object]) -> None:
    datos = Tarea(1, "Pan").a_dict() | cambio
    with pytest.raises((TypeError, ValueError)):
        Tarea.de_dict(datos)


@pytest.mark.parametrize("texto", ["2026-02-30", "20260101", "x"])
def test_fechas_imposibles(texto: str) -> None:
    with pytest.raises(ValueError):
        leer_fecha(texto)


def test_el_almacen_guarda_y_lee(ruta: Path) -> None:
    almacen = Almacen(ruta)
    assert almacen.leer() == Documento(1, [])
    with almacen.cambiar() as documento:
        documento.tareas.append(Tarea(1, "Ñandú"))
        documento.siguiente_id = 2
    assert almacen.leer() == Documento(2, [Tarea(1, "Ñandú")])
    assert "Ñandú" in ruta.read_text(encoding="utf-8")
    assert json.loads(ruta.read_text(encoding="utf-8"))["version"] == 1


def test_con_un_error_no_se_guarda(ruta: Path) -> None:
    almacen = Almacen(ruta)
    with pytest.raises(ErrorDeTareas), almacen.cambiar() as documento:
        documento.busca(9)
    assert not ruta.exists()


@pytest.mark.parametrize(
    "texto", ["", "[]", '{"version": 2}', '{"version": 1, "siguiente_id": "x"}']
)
def test_un_archivo_roto_se_explica(ruta: Path, texto: str) -> None:
    ruta.write_text(texto, encoding="utf-8")
    with pytest.raises(ErrorDeTareas, match=r"tareas\.json"):
        Almacen(ruta).leer()
    assert ruta.read_text(encoding="utf-8") == texto


def test_no_se_puede_leer_ni_escribir(ruta: Path) -> None:
    ruta.mkdir()
    with pytest.raises(ErrorDeTareas):
        Almacen(ruta).leer()
    with pytest.raises(ErrorDeTareas), Almacen(ruta / "no" / "x").cambiar():
        pass


TAREAS = [
    Tarea(1, "Comprar CAFÉ", vence=date(2026, 1, 1)),
    Tarea(2, "árbol", Prioridad.BAJA),
    Tarea(3, "cafe", Prioridad.ALTA, date(2026, 1, 1), hecha=True),
]


@pytest.mark.parametrize(
    ("filtro", "esperados"),
    [
        (Filtro(), [1, 2, 3]),
        (Filtro(texto="café"), [1, 3]),
        (Filtro(hecha=True), [3]),
        (Filtro(hecha=False), [1, 2]),
        (Filtro(prioridad=Prioridad.BAJA), [2]),
        (Filtro(vencidas_el=date(2026, 1, 2)), [1]),
        (Filtro(vencidas_el=date(2026, 1, 1)), []),
    ],
)
def test_filtros(filtro: Filtro, esperados: list[int]) -> None:
    assert [tarea.id for tarea in elegir(TAREAS, filtro)] == esperados


@pytest.mark.parametrize(
    ("orden", "esperados"),
    [("titulo", [2, 3, 1]), ("prioridad", [3, 1, 2]), ("vence", [1, 3, 2])],
)
def test_ordenes(orden: str, esperados: list[int]) -> None:
    assert [tarea.id for tarea in elegir(TAREAS, Filtro(), orden)] == esperados


def test_la_orden_entera(ruta: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ordena(ruta, "crear", "Pan", "--vence", "2030-01-02") == 0
    assert capsys.readouterr().out == "Creada la tarea 1: Pan\n"
    assert ordena(ruta, "actualizar", "1", "--hecha", "--prioridad", "alta") == 0
    assert ordena(ruta, "actualizar", "1", "--titulo", "Leche") == 0
    assert capsys.readouterr().out.count("Actualizada la tarea 1") == 2
    assert ordena(ruta, "listar", "--json", "--estado", "hecha") == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "id": 1,
            "titulo": "Leche",
            "prioridad": "alta",
            "vence": "2030-01-02",
            "hecha": True,
        }
    ]
    assert ordena(ruta, "actualizar", "1", "--pendiente", "--vence", "nunca") == 0
    assert ordena(ruta, "listar", "--vencidas") == 0
    assert "Leche" not in capsys.readouterr().out.split("Título")[1]
    assert ordena(ruta, "listar") == 0
    assert "  1  no     alta       -           Leche" in capsys.readouterr().out
    assert ordena(ruta, "eliminar", "1") == 0
    assert ordena(ruta, "eliminar", "1") == 1
    assert "número 1" in capsys.readouterr().err
    assert ordena(ruta, "crear", "Otra", "--json") == 0
    assert json.loads(capsys.readouterr().out)["id"] == 2


@pytest.mark.parametrize(
    "argumentos",
    [["crear", " "], ["crear", "x", "--vence", "hoy"], ["listar", "--orden", "?"]],
)
def test_ordenes_mal_escritas(ruta: Path, argumentos: list[str]) -> None:
    with pytest.raises(SystemExit) as salida:
        ordena(ruta, *argumentos)
    assert salida.value.code == 2
    assert not ruta.exists()
