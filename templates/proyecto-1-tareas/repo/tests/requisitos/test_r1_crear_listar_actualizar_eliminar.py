# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Crear, listar, actualizar y eliminar tareas."""

import re

from motor.programa import Resultado
from requisitos.apoyo import Tareas, comprobar_igual


def comprobar_fila(tabla: Resultado, numero: int, titulo: str) -> None:
    """Falla si en la tabla no hay una línea, y solo una, con ese número y título."""
    lineas = [x for x in tabla.salida.splitlines() if titulo in x]
    assert len(lineas) == 1, f"Se esperaba una línea con «{titulo}»:\n{tabla}"
    # Vale «1», «#1» o «1.», pero no el 1 de 2026-01-12.
    assert re.search(rf"(?<![\d-]){numero}(?![\d-])", lineas[0]), (
        f"Se esperaba el número {numero} en la línea de «{titulo}»:\n{tabla}"
    )


def test_crear_devuelve_la_tarea_completa(tareas: Tareas) -> None:
    """«crear --json» da la tarea con todos sus campos."""
    tarea = tareas.crear("Comprar pan", "--prioridad", "alta", "--vence", "2030-12-24")
    esperada = {
        "id": 1,
        "titulo": "Comprar pan",
        "prioridad": "alta",
        "vence": "2030-12-24",
        "hecha": False,
    }
    comprobar_igual(tarea, esperada)
    comprobar_igual(tareas.listar(), [esperada])


RAROS = [
    'Comprar  PAN,\t«sí» "x" \\n <b>%s</b> {} 👩\u200d🚀',
    "pan\ny leche",
    "Un título muy largo" + ", con sus detalles" * 200,
    "cafe\u0301",  # la e y su acento por separado, como los escribe macOS
    "miel\r\ny queso",  # el salto de línea de Windows
    "cafe\u0301",  # dos tareas pueden llamarse igual
]


def test_el_titulo_se_guarda_entero_y_como_se_escribio(tareas: Tareas) -> None:
    """El título no cambia de letras ni se corta; en la tabla, sigue en una línea."""
    creadas = [tareas.crear(titulo) for titulo in RAROS]
    comprobar_igual([tarea["titulo"] for tarea in creadas], RAROS)
    comprobar_igual(tareas.listar(), creadas)
    tabla = tareas.bien("listar")
    comprobar_fila(tabla, 2, "y leche")
    comprobar_fila(tabla, 3, RAROS[2])
    comprobar_fila(tabla, 5, "y queso")
    for numero, principio, final in ((2, "pan", "y leche"), (5, "miel", "y queso")):
        linea = next(x for x in tabla.salida.splitlines() if final in x)
        assert principio in linea, (
            f"Se esperaba la tarea {numero} en una sola línea, aunque su título tenga "
            f"un salto:\n{tabla}"
        )


def test_una_tarea_sin_opciones_es_media_y_no_vence(tareas: Tareas) -> None:
    """Si no se dice nada, la prioridad es media y no hay fecha."""
    tarea = tareas.crear("Regar")
    assert tarea["prioridad"] == "media", f"Se esperaba media, y llegó {tarea}"
    assert tarea["vence"] is None, f"Se esperaba que no venciera, y llegó {tarea}"


def test_listar_sin_tareas_es_una_lista_vacia(tareas: Tareas) -> None:
    """Sin tareas, «listar» sale bien y da una lista vacía."""
    assert tareas.listar() == [], "Se esperaba [] cuando no hay tareas"
    tareas.bien("listar")


def test_listar_recuerda_entre_ejecuciones(tareas: Tareas) -> None:
    """Lo creado se lista por número; sin --json, en una línea con número y título."""
    creadas = [
        tareas.crear("Comprar pan"),
        tareas.crear("Llamar al dentista", "--prioridad", "alta"),
    ]
    listadas = tareas.listar()
    assert listadas == creadas, f"Se esperaba {creadas}, y llegó {listadas}"
    resultado = tareas.bien("listar")
    comprobar_fila(resultado, 1, "Comprar pan")
    comprobar_fila(resultado, 2, "Llamar al dentista")
    assert not resultado.salida.lstrip().startswith(("[", "{")), (
        f"Se esperaba una tabla para personas, y llegó JSON:\n{resultado}"
    )


def test_crear_y_actualizar_lo_cuentan_con_su_numero(tareas: Tareas) -> None:
    """Sin --json, «crear» y «actualizar» dicen qué tarea ha sido."""
    tareas.escribe([], siguiente_id=58)
    creada = tareas.bien("crear", "Comprar pan")
    assert "58" in creada.salida and "Comprar pan" in creada.salida, (
        f"Se esperaba el número y el título de la tarea creada:\n{creada}"
    )
    hecha = tareas.bien("actualizar", 58, "--titulo", "Comprar leche")
    assert "58" in hecha.salida and "Comprar leche" in hecha.salida, (
        f"Se esperaba el número y el título nuevo:\n{hecha}"
    )
    for dicho in (creada, hecha):
        assert not dicho.salida.lstrip().startswith(("[", "{")), (
            f"Sin --json se esperaba una frase para personas, y llegó JSON:\n{dicho}"
        )


def test_actualizar_cambia_solo_lo_que_se_dice(tareas: Tareas) -> None:
    """«actualizar» cambia uno o varios campos, y deja los demás como estaban."""
    antes = tareas.crear("Pan", "--prioridad", "alta", "--vence", "2030-01-02")
    otra = tareas.crear("Otra")
    despues = tareas.json("actualizar", 1, "--titulo", "Leche")
    comprobar_igual(despues, antes | {"titulo": "Leche"})
    antes = despues
    despues = tareas.json("actualizar", 1, "--vence", "nunca")
    comprobar_igual(despues, antes | {"vence": None})
    antes = despues
    despues = tareas.json("actualizar", 1, "--prioridad", "baja")
    comprobar_igual(despues, antes | {"prioridad": "baja"})
    cambios = ["--titulo", "Sal", "--prioridad", "media", "--vence", "2031-05-06"]
    despues = tareas.json("actualizar", 1, *cambios, "--hecha")
    esperada = {
        "id": 1,
        "titulo": "Sal",
        "prioridad": "media",
        "vence": "2031-05-06",
        "hecha": True,
    }
    comprobar_igual(despues, esperada)
    antes = despues
    # El año 987 también lleva cuatro cifras.
    despues = tareas.json("actualizar", 1, "--vence", "0987-01-31")
    comprobar_igual(despues, antes | {"vence": "0987-01-31"})
    comprobar_igual(tareas.listar(), [despues, otra])


def test_hecha_y_pendiente_van_y_vuelven(tareas: Tareas) -> None:
    """--hecha la marca, --pendiente la desmarca."""
    tareas.crear("Pan")
    assert tareas.json("actualizar", 1, "--hecha")["hecha"] is True, "Se esperaba hecha"
    otra = tareas.json("actualizar", 1, "--titulo", "Leche")
    assert otra["hecha"] is True, "Cambiar el título no la desmarca"
    vuelta = tareas.json("actualizar", 1, "--pendiente")
    assert vuelta["hecha"] is False, f"Se esperaba pendiente: {vuelta}"


def test_eliminar_borra_solo_esa(tareas: Tareas) -> None:
    """«eliminar 2» borra la 2, y las demás conservan su número."""
    for titulo in ("Uno", "Dos", "Tres"):
        tareas.crear(titulo)
    tareas.bien("eliminar", 2)
    quedan = [(tarea["id"], tarea["titulo"]) for tarea in tareas.listar()]
    assert quedan == [(1, "Uno"), (3, "Tres")], f"Se esperaban la 1 y la 3: {quedan}"
    despues = tareas.json("actualizar", 3, "--titulo", "Tres bis", "--hecha")
    assert despues["id"] == 3, f"La 3 sigue siendo la 3: {despues}"
    comprobar_fila(tareas.bien("listar"), 3, "Tres bis")


def test_se_elige_por_numero_y_no_por_lugar_ni_titulo(tareas: Tareas) -> None:
    """Entre tareas iguales y desordenadas, cada orden va a la que tiene el número."""
    base = {"titulo": "Igual", "prioridad": "baja", "vence": None, "hecha": False}
    tareas.escribe([base | {"id": numero} for numero in (10, 2, 1, 3)])
    tareas.bien("eliminar", 2)
    tareas.bien("actualizar", 3, "--hecha")
    quedan = [(tarea["id"], tarea["hecha"]) for tarea in tareas.listar()]
    esperado = [(1, False), (3, True), (10, False)]
    assert quedan == esperado, (
        f"Tras «eliminar 2» y «actualizar 3 --hecha» se esperaba {esperado} (número y "
        f"hecha, por número), y llegó {quedan}"
    )
    for numero in (1, 3, 10):
        tareas.bien("eliminar", numero)
    assert tareas.listar() == [], "Se esperaba [] cuando se han eliminado todas"
    comprobar_igual(
        tareas.documento(), {"version": 1, "siguiente_id": 11, "tareas": []}
    )


def test_los_numeros_no_se_reutilizan(tareas: Tareas) -> None:
    """El número de una tarea eliminada no vuelve, aunque fuera la última."""
    tareas.crear("Uno")
    tareas.bien("eliminar", 1)
    assert tareas.crear("Dos")["id"] == 2, "Aunque no quede ninguna, toca el 2"
    tareas.crear("Tres")
    tareas.bien("eliminar", 3)
    assert tareas.crear("Cuatro")["id"] == 4, "El 3 ya se usó: se esperaba el 4"
