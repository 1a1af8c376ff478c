# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Manejo de excepciones."""

from motor.programa import a_la_vez
from requisitos.apoyo import Tareas, rechaza

PAN = {"id": 1, "titulo": "Pan", "prioridad": "alta", "vence": None, "hecha": False}


def test_un_numero_que_no_existe(tareas: Tareas) -> None:
    """Actualizar o eliminar una que no existe es el código 1, dicho en una línea."""
    antes = tareas.escribe([PAN])
    ordenes = [["actualizar", "7", "--hecha"], ["eliminar", "7"]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 1)
        assert "7" in resultado.error, f"Se esperaba que nombrara el 7:\n{resultado}"
        lineas = resultado.error.strip().splitlines()
        assert len(lineas) == 1, f"Se esperaba una línea de explicación:\n{resultado}"
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_eliminar_dos_veces(tareas: Tareas) -> None:
    """La segunda vez, la tarea ya no existe."""
    tareas.escribe([PAN])
    tareas.bien("eliminar", 1)
    rechaza(tareas.ordena("eliminar", 1), 1)


def test_una_fecha_imposible(tareas: Tareas) -> None:
    """Una fecha que no existe, o escrita de otra forma, es el código 2."""
    tareas.crear("Pan", "--vence", "2028-02-29")
    antes = tareas.archivo.read_bytes()
    fechas = ["2026-02-30", "24/12/2026", "20261224", ""]
    ordenes = [("crear", "Leche", "--vence", fecha) for fecha in fechas]
    ordenes += [("actualizar", "1", "--titulo", "Sal", "--vence", fechas[0])]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_una_prioridad_o_un_numero_que_no_lo_son(tareas: Tareas) -> None:
    """Una prioridad desconocida y «eliminar pan» son el código 2."""
    tareas.crear("Pan", "--prioridad", "baja")
    antes = tareas.archivo.read_bytes()
    ordenes = [["crear", "Leche", "--prioridad", "urgente"], ["eliminar", "pan"]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_un_titulo_vacio(tareas: Tareas) -> None:
    """Un título sin letras es el código 2, al crear y al actualizar."""
    tareas.crear("Pan")
    antes = tareas.archivo.read_bytes()
    ordenes = [["crear", " \t "], ["actualizar", "1", "--titulo", ""]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


ROTOS = {
    "vacío": b"",
    "cortado": b'{"version": 1, "siguiente_id": 2, "tar',
    "no es UTF-8": b"\xff\xfe\x00basura\x80",
    "una lista": b"[]",
    "sin tareas": b'{"version": 1}',
    "sin versión": b'{"siguiente_id": 1, "tareas": []}',
    "tareas no es lista": b'{"version": 1, "siguiente_id": 2, "tareas": {"1": "Pan"}}',
    "sin id": b'{"version": 1, "siguiente_id": 2, "tareas": [{"titulo": "Pan"}]}',
    "prioridad rara": b'{"version": 1, "siguiente_id": 2, "tareas": [{"id": 1, '
    b'"titulo": "Pan", "prioridad": "urgente", "vence": null, "hecha": false}]}',
    "fecha rara": b'{"version": 1, "siguiente_id": 2, "tareas": [{"id": 1, '
    b'"titulo": "Pan", "prioridad": "alta", "vence": "ayer", "hecha": false}]}',
    "muy anidado": b"[" * 100_000,
}


def test_un_archivo_roto(tareas: Tareas) -> None:
    """Con el archivo roto, todas las órdenes lo explican y no lo tocan."""
    otras = {"vacío": ["crear", "Pan"], "prioridad rara": ["eliminar", "1"]}
    casos = [(caso, otras.get(caso, ["listar"])) for caso in ROTOS]
    casos += [("cortado", ["crear", "Pan"])]
    rotos = [Tareas(tareas.archivo.with_name(f"{n}.json")) for n in range(len(casos))]
    for (caso, _), roto in zip(casos, rotos, strict=True):
        roto.archivo.write_bytes(ROTOS[caso])
    pares = zip(rotos, casos, strict=True)
    resultados = a_la_vez(lambda par: par[0].ordena(*par[1][1]), pares)
    for (caso, _), roto, resultado in zip(casos, rotos, resultados, strict=True):
        rechaza(resultado, 1)
        assert roto.archivo.name in resultado.error, (
            f"Se esperaba que dijera qué archivo está mal:\n{resultado}"
        )
        assert roto.archivo.read_bytes() == ROTOS[caso], (
            f"El archivo ({caso}) no se debía tocar:\n{resultado}"
        )


def test_una_carpeta_en_lugar_del_archivo(tareas: Tareas) -> None:
    """Si en su lugar hay una carpeta, se explica."""
    tareas.archivo.mkdir()
    ordenes = [["listar"], ["crear", "Pan"]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 1)


def test_una_carpeta_que_no_existe(tareas: Tareas) -> None:
    """Si no existe la carpeta donde habría que escribir, se explica."""
    perdidas = Tareas(tareas.archivo.parent / "no" / "existe" / "tareas.json")
    rechaza(perdidas.ordena("crear", "Pan"), 1)
