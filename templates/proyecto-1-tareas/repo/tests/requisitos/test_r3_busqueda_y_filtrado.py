# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R3 · Búsqueda y filtrado de tareas."""

from datetime import date, timedelta

from motor.programa import a_la_vez
from requisitos.apoyo import Tareas

ANTEAYER = str(date.today() - timedelta(days=2))
PASADO_MANANA = str(date.today() + timedelta(days=2))


def preparar(tareas: Tareas) -> None:
    """Pone siete tareas variadas en el archivo."""
    filas = [
        ("Comprar CAFÉ", "media", ANTEAYER, False),
        ("Árbol: podar", "baja", None, False),
        ("cafe con leche", "alta", PASADO_MANANA, False),
        ("Zapatos del niño", "alta", ANTEAYER, True),
        ("beber té à la crème", "media", "2031-01-01", False),
        ("Descafeinado", "baja", ANTEAYER, False),
        ("Cigüeña", "media", None, True),
    ]
    tareas.escribe(
        [
            {"id": n, "titulo": t, "prioridad": p, "vence": v, "hecha": h}
            for n, (t, p, v, h) in enumerate(filas, start=1)
        ]
    )


def numeros(tareas: Tareas, *filtros: str) -> list[int]:
    """Los números de las tareas que cumplen los filtros."""
    return [tarea["id"] for tarea in tareas.listar(*filtros)]


def comprueba(tareas: Tareas, casos: list[tuple[str, list[int]]]) -> None:
    """Con las siete tareas, cada lista de filtros da sus números, y en su orden."""
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
            ("--texto_CAFÉ", [1, 3, 6]),
            ("--texto_arbol", [2]),
            ("--texto_NINO", [4]),
            ("--texto_creme", [5]),
            ("--texto_cigueña", [7]),
            ("--texto_con l", [3]),
        ],
    )


def test_texto_no_es_una_expresion_regular(tareas: Tareas) -> None:
    """Los signos de --texto se buscan tal cual."""
    comprueba(tareas, [("--texto_a.b", []), ("--texto_(", []), ("--texto_bol:", [2])])


def test_estado(tareas: Tareas) -> None:
    """--estado separa las hechas de las pendientes."""
    comprueba(
        tareas, [("--estado_pendiente", [1, 2, 3, 5, 6]), ("--estado_hecha", [4, 7])]
    )


def test_prioridad(tareas: Tareas) -> None:
    """--prioridad deja solo las de esa prioridad."""
    comprueba(tareas, [("--prioridad_alta", [3, 4])])


def test_vencidas_son_pendientes_con_fecha_pasada(tareas: Tareas) -> None:
    """--vencidas no incluye las hechas ni las que no vencen."""
    comprueba(tareas, [("--vencidas", [1, 6])])


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


def test_los_filtros_se_cumplen_todos(tareas: Tareas) -> None:
    """Con varios filtros, quedan las tareas que los cumplen todos."""
    comprueba(
        tareas,
        [
            ("--texto_cafe_--prioridad_baja", [6]),
            ("--texto_cafe_--vencidas", [1, 6]),
            ("--prioridad_alta_--estado_hecha", [4]),
            ("--estado_hecha_--vencidas", []),
        ],
    )


def test_orden(tareas: Tareas) -> None:
    """--orden ordena por ese campo, y deshace los empates por número."""
    comprueba(
        tareas,
        [
            ("--orden_titulo", [2, 5, 3, 7, 1, 6, 4]),
            ("--orden_prioridad", [3, 4, 1, 5, 7, 2, 6]),
            ("--orden_vence", [1, 4, 6, 3, 5, 2, 7]),
        ],
    )


def test_filtro_y_orden_juntos(tareas: Tareas) -> None:
    """Se filtra y se ordena en la misma orden, también en la tabla."""
    preparar(tareas)
    llegaron = numeros(tareas, "--texto", "cafe", "--orden", "prioridad")
    assert llegaron == [3, 1, 6], f"Se esperaba [3, 1, 6], y llegó {llegaron}"
    tabla = tareas.bien("listar", "--texto", "cafe", "--orden", "prioridad").salida
    lugares = [tabla.find(x) for x in ("cafe con leche", "Comprar CAFÉ", "Descaf")]
    assert -1 not in lugares and lugares == sorted(lugares), (
        f"Se esperaba la tabla en ese mismo orden:\n{tabla}"
    )
    assert "Zapatos" not in tabla, f"La tabla también se filtra:\n{tabla}"


def test_un_filtro_imposible_se_rechaza(tareas: Tareas) -> None:
    """Un estado, una prioridad o un orden que no existen son el código 2."""
    comprueba(tareas, [("--estado_hecha_--prioridad_alta_--orden_id", [4])])
    imposibles = [("--estado", "rota"), ("--prioridad", "9"), ("--orden", "color")]
    for resultado in a_la_vez(lambda x: tareas.ordena("listar", *x), imposibles):
        assert resultado.codigo == 2, f"Se esperaba el código 2:\n{resultado}"
