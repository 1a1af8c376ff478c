# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Manejo de excepciones."""

import json
import re
from typing import Any

from motor.programa import Resultado, a_la_vez
from requisitos.apoyo import Tareas, rechaza

FORMA = ["version", "siguiente_id", "tareas"]
PAN = {"id": 1, "titulo": "Pan", "prioridad": "alta", "vence": None, "hecha": False}


def comprobar_uso(resultado: Resultado) -> None:
    """Falla si el error no enseña cómo se usa la orden, como hace argparse."""
    assert re.search(r"\b(usage|uso)\b", resultado.error, re.IGNORECASE), (
        f"Se esperaba también el uso de la orden («usage: …» o «uso: …»):\n{resultado}"
    )


def test_un_numero_que_no_existe(tareas: Tareas) -> None:
    """Actualizar o eliminar una que no existe es el código 1, dicho en una línea."""
    antes = tareas.escribe([PAN])
    ordenes = [
        ["actualizar", "7", "--hecha", "--json"],
        ["eliminar", "7"],
        ["eliminar", "0"],
    ]
    resultados = a_la_vez(lambda orden: tareas.ordena(*orden), ordenes)
    for (_, numero, *_), resultado in zip(ordenes, resultados, strict=True):
        rechaza(resultado, 1)
        assert numero in resultado.error, (
            f"Se esperaba que nombrara el {numero}:\n{resultado}"
        )
        lineas = resultado.error.strip().splitlines()
        assert len(lineas) == 1, f"Se esperaba una línea de explicación:\n{resultado}"
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_eliminar_dos_veces(tareas: Tareas) -> None:
    """Si todavía no hay archivo, o la segunda vez, la tarea no existe."""
    rechaza(tareas.ordena("eliminar", 1), 1)
    assert not tareas.archivo.exists(), "Con un error no se crea el archivo"
    tareas.escribe([PAN])
    tareas.bien("eliminar", 1)
    rechaza(tareas.ordena("eliminar", 1), 1)


def test_una_fecha_imposible(tareas: Tareas) -> None:
    """Una fecha que no existe, o escrita de otra forma, es el código 2.

    «nunca» solo vale en actualizar, que es donde hay algo que quitar.
    """
    tareas.crear("Pan", "--vence", "2028-02-29")
    antes = tareas.archivo.read_bytes()
    fechas = ["2026-02-30", "24/12/2026", "20261224", "", "2026-1-2", "2026-W52-4"]
    ordenes = [("crear", "Leche", "--vence", fecha) for fecha in [*fechas, "nunca"]]
    ordenes += [
        ("actualizar", "1", "--titulo", "Sal", "--vence", fecha)
        for fecha in ("", "2026-1-2", "20261224")
    ]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
        comprobar_uso(resultado)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_una_prioridad_o_un_numero_que_no_lo_son(tareas: Tareas) -> None:
    """Una prioridad desconocida y «eliminar pan» son el código 2."""
    tareas.crear("Pan", "--prioridad", "baja")
    antes = tareas.archivo.read_bytes()
    ordenes = [
        ["crear", "Leche", "--prioridad", "urgente"],
        ["actualizar", "1", "--titulo", "Sal", "--prioridad", "urgente"],
        ["eliminar", "pan"],
        ["actualizar", "pan", "--hecha"],
    ]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_un_titulo_vacio(tareas: Tareas) -> None:
    """Un título sin letras es el código 2, al crear y al actualizar."""
    tareas.crear("Pan")
    antes = tareas.archivo.read_bytes()
    ordenes = [
        ["crear", " \t "],
        ["crear", ""],
        ["actualizar", "1", "--titulo", ""],
        ["actualizar", "1", "--titulo", " \n", "--hecha"],
    ]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
        comprobar_uso(resultado)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def test_un_titulo_que_no_es_texto(tareas: Tareas) -> None:
    """Un título con bytes que no son UTF-8 se rechaza, y no acaba en una traza."""
    antes = tareas.escribe([PAN])
    ordenes = [["crear", "Caf\udce9"], ["actualizar", "1", "--titulo", "Caf\udce9"]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2 if resultado.codigo == 2 else 1)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"
    quedan = [x.name for x in tareas.archivo.parent.glob("*.tmp")]
    assert not quedan, f"Se esperaba que no quedaran restos: {quedan}"


def test_una_orden_a_medias(tareas: Tareas) -> None:
    """Si falta algo, o dos cosas se contradicen, es el código 2 y no se hace nada."""
    tareas.crear("Pan")
    antes = tareas.archivo.read_bytes()
    ordenes = [
        [],
        ["crear"],
        ["actualizar", "--hecha"],
        ["eliminar"],
        ["comprar", "pan"],
        ["actualizar", "1", "--hecha", "--pendiente"],
    ]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 2)
    assert tareas.archivo.read_bytes() == antes, "El archivo tenía que quedar igual"


def documento(**cambios: Any) -> bytes:
    """Un archivo correcto, salvo los cambios; con None, falta ese campo."""
    entero = {"version": 1, "siguiente_id": 2, "tareas": [PAN]} | cambios
    return json.dumps({k: v for k, v in entero.items() if v is not None}).encode()


def con_tarea(**cambios: Any) -> bytes:
    """Un archivo en el que la única tarea tiene algo distinto."""
    return documento(tareas=[PAN | cambios])


ROTOS = {
    "vacío": b"",
    "cortado": b'{"version": 1, "siguiente_id": 2, "tar',
    "no es UTF-8": b"\xff\xfe\x00basura\x80",
    "un título que no es UTF-8": documento(tareas=[PAN]).replace(b"Pan", b"Caf\xe9"),
    "una lista": b"[]",
    "con algo detrás": documento() + b"}",
    "muy anidado": b"[" * 100_000,
    **{f"sin {campo}": documento(**{campo: None}) for campo in FORMA},
    "tareas no es una lista": documento(tareas={"1": "Pan"}),
    "siguiente_id es un texto": documento(siguiente_id="2"),
    "siguiente_id es null": documento().replace(b'_id": 2', b'_id": null'),
    "siguiente_id es true": documento(siguiente_id=True, tareas=[]),
    "versión es un texto": documento(version="1"),
    "versión es true": documento(version=True),
    **{
        f"una tarea sin {sobra}": documento(
            tareas=[{campo: valor for campo, valor in PAN.items() if campo != sobra}]
        )
        for sobra in PAN
    },
    "una tarea es un número": documento(tareas=[7]),
    "id es un texto": con_tarea(id="1"),
    "id es true": con_tarea(id=True),
    "título es un número": con_tarea(titulo=7),
    "prioridad rara": con_tarea(prioridad="urgente"),
    "fecha rara": con_tarea(vence="ayer"),
    "hecha es un texto": con_tarea(hecha="no"),
    "hecha es un número": con_tarea(hecha=1),
}


def test_un_archivo_roto(tareas: Tareas) -> None:
    """Con el archivo roto, todas las órdenes lo explican y no lo tocan."""
    otras = {
        "vacío": ["crear", "Pan"],
        "prioridad rara": ["eliminar", "1"],
        "una tarea sin hecha": ["crear", "Pan"],
        "sin siguiente_id": ["actualizar", "1", "--hecha"],
    }
    casos = [(caso, otras.get(caso, ["listar"])) for caso in ROTOS]
    casos += [("cortado", ["crear", "Pan"]), ("cortado", ["listar", "--json"])]
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
    ordenes = [["listar"], ["crear", "Pan"], ["eliminar", "1"]]
    for resultado in a_la_vez(lambda orden: tareas.ordena(*orden), ordenes):
        rechaza(resultado, 1)


def test_una_carpeta_que_no_existe(tareas: Tareas) -> None:
    """Si el archivo no se puede ni crear, se explica."""
    carpeta = tareas.archivo.parent
    (carpeta / "apuntes").write_text("no es una carpeta", encoding="utf-8")
    imposibles = [
        carpeta / "no" / "existe" / "tareas.json",
        carpeta / "apuntes" / "tareas.json",
        carpeta / ("nombre-muy-largo" * 20),
    ]
    for resultado in a_la_vez(lambda x: Tareas(x).ordena("crear", "Pan"), imposibles):
        rechaza(resultado, 1)
