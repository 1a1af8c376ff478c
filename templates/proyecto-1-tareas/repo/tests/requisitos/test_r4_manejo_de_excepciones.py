# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Manejo de excepciones."""

import pytest
from apoyo import Tareas, rechaza
from programa import a_la_vez


def test_un_numero_que_no_existe(tareas: Tareas) -> None:
    """Actualizar o eliminar una tarea que no existe es el código 1."""
    tareas.crear("Pan")
    antes = tareas.archivo.read_bytes()
    for orden in (["actualizar", "7", "--hecha"], ["eliminar", "7"]):
        resultado = tareas.ordena(*orden)
        rechaza(resultado, 1)
        assert "7" in resultado.error, f"Se esperaba que nombrara el 7:\n{resultado}"
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_eliminar_dos_veces(tareas: Tareas) -> None:
    """La segunda vez, la tarea ya no existe."""
    tareas.crear("Pan")
    tareas.bien("eliminar", 1)
    rechaza(tareas.ordena("eliminar", 1), 1)


def test_una_fecha_imposible(tareas: Tareas) -> None:
    """Una fecha que no existe, o escrita de otra forma, es el código 2."""
    tareas.crear("Pan", "--vence", "2028-02-29")
    antes = tareas.archivo.read_bytes()
    fechas = ["2026-02-30", "mañana", "24/12/2026", "2026-13-01", "20261224", ""]
    ordenes = [("crear", "Leche", "--vence", fecha) for fecha in fechas]
    ordenes += [("actualizar", "1", "--vence", fecha) for fecha in fechas[:2]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_una_prioridad_que_no_existe(tareas: Tareas) -> None:
    """Una prioridad desconocida es el código 2."""
    tareas.crear("Pan", "--prioridad", "baja")
    rechaza(tareas.ordena("crear", "Leche", "--prioridad", "urgente"), 2)
    assert tareas.titulos() == ["Pan"], "No tenía que crearse nada"


def test_un_titulo_vacio(tareas: Tareas) -> None:
    """Un título sin letras es el código 2, al crear y al actualizar."""
    tareas.crear("Pan")
    ordenes = [["crear", ""], ["crear", " \t "], ["actualizar", "1", "--titulo", " "]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
    assert tareas.titulos() == ["Pan"], "No tenía que cambiar nada"


def test_un_numero_que_no_es_un_numero(tareas: Tareas) -> None:
    """«eliminar pan» es el código 2."""
    tareas.crear("Pan")
    rechaza(tareas.ordena("eliminar", "pan"), 2)
    assert tareas.titulos() == ["Pan"], "No tenía que borrarse nada"


ROTOS = {
    "vacío": b"",
    "cortado": b'{"version": 1, "siguiente_id": 2, "tar',
    "no es UTF-8": b"\xff\xfe\x00basura\x80",
    "una lista": b"[]",
    "un número": b"42",
    "sin tareas": b'{"version": 1}',
    "tareas no es lista": b'{"version": 1, "siguiente_id": 2, "tareas": {"1": "Pan"}}',
    "sin id": b'{"version": 1, "siguiente_id": 2, "tareas": [{"titulo": "Pan"}]}',
    "prioridad rara": b'{"version": 1, "siguiente_id": 2, "tareas": [{"id": 1, '
    b'"titulo": "Pan", "prioridad": "urgente", "vence": null, "hecha": false}]}',
    "fecha rara": b'{"version": 1, "siguiente_id": 2, "tareas": [{"id": 1, '
    b'"titulo": "Pan", "prioridad": "alta", "vence": "ayer", "hecha": false}]}',
    "muy anidado": b"[" * 100_000,
}


@pytest.mark.parametrize("orden", [["listar"], ["crear", "Pan"], ["eliminar", "1"]])
def test_un_archivo_roto(tareas: Tareas, orden: list[str]) -> None:
    """Con el archivo roto, todas las órdenes lo explican y no lo tocan."""
    tareas.crear("Pan")
    # «listar» los prueba todos; las demás órdenes, solo unos cuantos.
    casos = list(ROTOS)[:: 1 if orden == ["listar"] else 4]
    rotos = [Tareas(tareas.archivo.with_name(f"{n}.json")) for n in range(len(casos))]
    for caso, roto in zip(casos, rotos, strict=True):
        roto.archivo.write_bytes(ROTOS[caso])
    resultados = a_la_vez(lambda roto: roto.ordena(*orden), rotos)
    for caso, roto, resultado in zip(casos, rotos, resultados, strict=True):
        rechaza(resultado, 1)
        assert roto.archivo.name in resultado.error, (
            f"Se esperaba que dijera qué archivo está mal:\n{resultado}"
        )
        assert roto.archivo.read_bytes() == ROTOS[caso], (
            f"El archivo ({caso}) no se debía tocar:\n{resultado}"
        )


def test_una_carpeta_en_lugar_del_archivo(tareas: Tareas) -> None:
    """Si en su lugar hay una carpeta, se explica."""
    tareas.bien("listar")
    tareas.archivo.mkdir()
    rechaza(tareas.ordena("listar"), 1)
    rechaza(tareas.ordena("crear", "Pan"), 1)


def test_una_carpeta_que_no_existe(tareas: Tareas) -> None:
    """Si no existe la carpeta donde habría que escribir, se explica."""
    tareas.bien("listar")
    perdidas = Tareas(tareas.archivo.parent / "no" / "existe" / "tareas.json")
    rechaza(perdidas.ordena("crear", "Pan"), 1)


def test_la_explicacion_es_corta(tareas: Tareas) -> None:
    """Lo que el programa rechaza por sí mismo se explica en una sola línea."""
    tareas.crear("Pan")
    resultado = tareas.ordena("eliminar", 99)
    lineas = resultado.error.strip().splitlines()
    assert len(lineas) == 1, f"Se esperaba una línea de explicación:\n{resultado}"
