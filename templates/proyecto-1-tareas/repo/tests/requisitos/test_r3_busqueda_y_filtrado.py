# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Búsqueda y filtrado de tareas."""

import json
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from motor.programa import a_la_vez
from requisitos.apoyo import Tareas

ANTEAYER = str(date.today() - timedelta(days=2))
PASADO_MANANA = str(date.today() + timedelta(days=2))
NUMEROS = [2, 3, 9, 10, 11, 20, 30, 100]


def preparar(tareas: Tareas) -> None:
    """Pone ocho tareas variadas en el archivo, y no por orden."""
    filas = [
        ("Comprar CAFÉ", "media", ANTEAYER, False),
        ("Árbol: podar", "baja", None, False),
        ("cafe con leche", "alta", PASADO_MANANA, False),
        ("Zapatos del niño", "alta", ANTEAYER, True),
        ("beber té à la crème 日本", "media", "9999-12-31", False),
        ("Descafeinado São Škoda", "baja", ANTEAYER, False),
        ("cigueña", "baja", "9999-12-31", True),
        ("Cigüeña", "media", None, True),
    ]
    todas = [
        {"id": n, "titulo": t, "prioridad": p, "vence": v, "hecha": h}
        for n, (t, p, v, h) in zip(NUMEROS, filas, strict=True)
    ]
    tareas.escribe(todas[3:] + todas[2::-1])


def numeros(tareas: Tareas, *filtros: str) -> list[int]:
    """Los números de las tareas que cumplen los filtros."""
    return [tarea["id"] for tarea in tareas.listar(*filtros)]


def comprueba(tareas: Tareas, casos: list[tuple[str, list[int]]]) -> None:
    """Con las ocho tareas, cada lista de filtros da sus números, y en su orden."""
    preparar(tareas)
    llegaron = a_la_vez(lambda caso: numeros(tareas, *caso[0].split("_")), casos)
    for (filtros, esperados), numero in zip(casos, llegaron, strict=True):
        assert numero == esperados, (
            f"Con {filtros.replace('_', ' ')} se esperaba {esperados}, y llegó {numero}"
        )


def test_texto_sin_mayusculas_ni_acentos(tareas: Tareas) -> None:
    """--texto encuentra cualquier parte del título, sin mayúsculas ni acentos."""
    comprueba(
        tareas,
        [
            ("--texto_CAFÉ", [2, 9, 20]),
            ("--texto_arbol", [3]),
            ("--texto_NINO", [10]),
            ("--texto_creme", [11]),
            ("--texto_CIGÜENA", [30, 100]),
            ("--texto_ cafe", [2]),
            ("--texto_日", [11]),
            ("--texto_9", []),
            ("--texto_cafe\u0301", [2, 9, 20]),
            ("--texto_SAO SKODA", [20]),
            ("--texto_media", []),
            ("--texto_leche cafe", []),
        ],
    )


def test_texto_no_es_una_expresion_regular(tareas: Tareas) -> None:
    """Los signos de --texto se buscan tal cual."""
    comprueba(tareas, [("--texto_a.b", []), ("--texto_(", []), ("--texto_bol:", [3])])


def test_estado(tareas: Tareas) -> None:
    """--estado separa las hechas de las pendientes."""
    comprueba(
        tareas,
        [("--estado_pendiente", [2, 3, 9, 11, 20]), ("--estado_hecha", [10, 30, 100])],
    )


def test_prioridad(tareas: Tareas) -> None:
    """--prioridad deja solo las de esa prioridad."""
    comprueba(
        tareas,
        [
            ("--prioridad_alta", [9, 10]),
            ("--prioridad_media", [2, 11, 100]),
            ("--prioridad_baja", [3, 20, 30]),
        ],
    )


def test_vencidas_son_pendientes_con_fecha_pasada(tareas: Tareas) -> None:
    """--vencidas no incluye las hechas ni las que no vencen."""
    comprueba(tareas, [("--vencidas", [2, 20])])


def test_lo_que_vence_hoy_no_esta_vencido(tareas: Tareas) -> None:
    """Una tarea que vence hoy todavía se puede hacer a tiempo."""
    base = {"titulo": "x", "prioridad": "media", "hecha": False}
    hoy, ayer = date.today(), date.today() - timedelta(days=1)
    tareas.escribe(
        [base | {"id": 1, "vence": str(hoy)}, base | {"id": 2, "vence": str(ayer)}]
    )
    llegaron = numeros(tareas, "--vencidas")
    if hoy == date.today():
        assert llegaron == [2], f"Se esperaba solo la de ayer, y llegó {llegaron}"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows no elige así la hora")
def test_hoy_es_el_de_quien_usa_el_programa(tareas: Tareas) -> None:
    """«Hoy» es el día de la hora local: ni el de Londres, ni el de otro sitio."""
    base = {"titulo": "x", "prioridad": "media", "hecha": False}
    # A cualquier hora, en uno de los dos lugares no es el mismo día que en UTC.
    for horas, huso in ((14, "AQUI-14"), (-12, "ALLI+12")):
        hoy = (datetime.now(UTC) + timedelta(hours=horas)).date()
        ayer = hoy - timedelta(days=1)
        tareas.escribe(
            [base | {"id": 1, "vence": str(ayer)}, base | {"id": 2, "vence": str(hoy)}]
        )
        resultado = tareas.bien("listar", "--vencidas", "--json", entorno={"TZ": huso})
        llegaron = [tarea["id"] for tarea in json.loads(resultado.salida)]
        if hoy == (datetime.now(UTC) + timedelta(hours=horas)).date():
            assert llegaron == [1], (
                f"Con {horas:+} horas respecto a UTC es {hoy}: se esperaba solo la que "
                f"vencía el {ayer}, la 1, y llegó {llegaron}"
            )


def test_los_filtros_se_cumplen_todos(tareas: Tareas) -> None:
    """Con varios filtros, quedan las tareas que los cumplen todos."""
    comprueba(
        tareas,
        [
            ("--texto_cafe_--prioridad_baja", [20]),
            ("--texto_cafe_--vencidas", [2, 20]),
            ("--prioridad_alta_--estado_hecha", [10]),
            ("--estado_hecha_--vencidas", []),
            ("--estado_pendiente_--prioridad_alta", [9]),
            ("--texto_A_--estado_pendiente_--prioridad_media_--vencidas", [2]),
        ],
    )


def test_orden(tareas: Tareas) -> None:
    """--orden ordena por ese campo, y deshace los empates por número."""
    comprueba(
        tareas,
        [
            ("--orden_titulo", [3, 11, 9, 30, 100, 2, 20, 10]),
            ("--orden_prioridad", [9, 10, 2, 11, 100, 3, 20, 30]),
            ("--orden_vence", [2, 10, 20, 9, 11, 30, 3, 100]),
        ],
    )


def test_filtro_y_orden_juntos(tareas: Tareas) -> None:
    """Se filtra y se ordena en la misma orden, también en la tabla."""
    preparar(tareas)
    llegaron = numeros(tareas, "--texto", "cafe", "--orden", "prioridad")
    assert llegaron == [9, 2, 20], f"Se esperaba [9, 2, 20], y llegó {llegaron}"
    tabla = tareas.bien("listar", "--texto", "cafe", "--orden", "prioridad").salida
    lugares = [tabla.find(x) for x in ("cafe con leche", "Comprar CAFÉ", "Descaf")]
    assert -1 not in lugares and lugares == sorted(lugares), (
        f"Se esperaba la tabla en ese mismo orden:\n{tabla}"
    )
    assert "Zapatos" not in tabla, f"La tabla también se filtra:\n{tabla}"


def test_un_filtro_imposible_se_rechaza(tareas: Tareas) -> None:
    """Un estado, una prioridad o un orden que no existen son el código 2."""
    comprueba(tareas, [("--estado_hecha_--prioridad_alta_--orden_id", [10])])
    imposibles = [("--estado", "rota"), ("--prioridad", "9"), ("--orden", "color")]
    for resultado in a_la_vez(lambda x: tareas.ordena("listar", *x), imposibles):
        assert resultado.codigo == 2, f"Se esperaba el código 2:\n{resultado}"
