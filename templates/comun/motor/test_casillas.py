"""Cada casilla de REQUISITOS.md tiene su archivo de pruebas, y al revés."""

import re

import pytest


def test_casillas_y_archivos_se_corresponden(pytestconfig: pytest.Config) -> None:
    """Hay un solo archivo test_rN_*.py por casilla, y ninguno de más."""
    raiz = pytestconfig.rootpath
    texto = (raiz / "REQUISITOS.md").read_text(encoding="utf-8-sig")
    casillas = re.findall(r"^ {0,3}[-*+] +\[[ xX]\] +\*\*(R\d+)", texto, re.M)
    archivos = [
        f"R{re.findall(r'^test_r([0-9]+)_', archivo.name)[0]}"
        for archivo in (raiz / "tests/requisitos").glob("test_r[0-9]*_*.py")
    ]
    assert sorted(casillas) == sorted(archivos), (
        "Las casillas de REQUISITOS.md y los archivos tests/requisitos/test_rN_*.py "
        f"no coinciden.\nCasillas: {sorted(casillas)}\nArchivos: {sorted(archivos)}\n"
        "Recupera lo que falte con «git checkout HEAD -- REQUISITOS.md "
        "tests/requisitos»."
    )
