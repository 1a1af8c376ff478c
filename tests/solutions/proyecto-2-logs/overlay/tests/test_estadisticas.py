"""Las cuentas."""

from collections import Counter

import pytest

from analizador.entrada import Entrada
from analizador.estadisticas import Estadisticas, Tabla, percentil
from analizador.formatos import elegir
from analizador.lectura import Lector


@pytest.mark.parametrize(("p", "esperado"), [(50, 35), (40, 20), (41, 35), (99, 50)])
def test_percentil_por_el_rango_mas_proximo(p: int, esperado: int) -> None:
    assert percentil(Counter([15, 20, 35, 40, 50]), p) == esperado


def test_percentil_de_nada() -> None:
    assert percentil(Counter(), 50) is None


def test_la_tabla_tiene_limite_y_orden() -> None:
    tabla = Tabla(limite=2)
    for valor in ["b", "a", "c", "a", "b", "d" * 300]:
        tabla.sumar(valor, es_error=valor == "a")
    filas = [(fila["valor"], fila["entradas"]) for fila in tabla.filas()]
    assert filas == [("a", 2), ("b", 2), ("(otros)", 2)]
    assert tabla.filas()[0]["tasa_errores"] == 1


def test_el_informe_suma_errores_y_duraciones() -> None:
    estadisticas = Estadisticas()
    for estado, ms in [(200, 10), (503, 30), (404, 20)]:
        entrada = Entrada(None, "json", estado=estado, duracion_ms=ms, ruta="/a")
        estadisticas.agregar(entrada)
    informe = estadisticas.informe(Lector(elegir("auto")))
    assert (informe["entradas"], informe["errores"]) == (3, 1)
    assert informe["tasa_errores"] == 0.3333
    assert informe["duracion_ms"] == {"entradas": 3, "p50": 20, "p95": 30, "p99": 30}
    assert informe["tablas"]["minuto"] == []
