"""El informe, fuera del programa."""

import csv
import io
from pathlib import Path

import pytest

from analizador.errores import ErrorDeEscritura
from analizador.exportar import en_csv, guardar, inocua

CUENTA = {"entradas": 2, "errores": 1, "tasa_errores": 0.5}


@pytest.mark.parametrize("celda", ["=1", "+1", "-1", "@a", "\t=1", "\r", "\n", "'"])
def test_las_formulas_llevan_un_apostrofo(celda: str) -> None:
    assert inocua(celda) == "'" + celda


def test_lo_demas_no_se_toca() -> None:
    assert inocua("/a=1") == "/a=1"


def test_el_csv_se_vuelve_a_leer() -> None:
    informe = {**CUENTA, "tablas": {"ruta": [{"valor": 'a,"b"\n', **CUENTA}]}}
    filas = list(csv.reader(io.StringIO(en_csv(informe), newline="")))
    assert filas[1:] == [
        ["total", "", "2", "1", "0.5"],
        ["ruta", 'a,"b"\n', "2", "1", "0.5"],
    ]


def test_guardar_no_deja_restos(tmp_path: Path) -> None:
    guardar(tmp_path / "a.csv", "uno\r\n")
    guardar(tmp_path / "a.csv", "dos\r\n")
    assert [ruta.name for ruta in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_bytes() == b"dos\r\n"


def test_guardar_donde_no_se_puede(tmp_path: Path) -> None:
    with pytest.raises(ErrorDeEscritura):
        guardar(tmp_path / "no" / "a.csv", "uno")
    with pytest.raises(ErrorDeEscritura):
        guardar(tmp_path, "uno")
