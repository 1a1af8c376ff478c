"""Pruebas de humo: si fallan, es que ni siquiera arranca. Ya pasan."""

import pytest

from analizador.cli import construir_parser, main
from analizador.entrada import Entrada


def test_la_ayuda_explica_las_ordenes(capsys: pytest.CaptureFixture[str]) -> None:
    """«analizador --help» enseña las tres órdenes y acaba bien."""
    with pytest.raises(SystemExit) as salida:
        main(["--help"])
    assert salida.value.code == 0
    ayuda = capsys.readouterr().out
    for orden in ("leer", "estadisticas", "exportar"):
        assert orden in ayuda


def test_hace_falta_una_orden() -> None:
    """Sin orden, argparse explica el uso y acaba con el código 2."""
    with pytest.raises(SystemExit) as salida:
        construir_parser().parse_args([])
    assert salida.value.code == 2


def test_varios_archivos() -> None:
    """Las órdenes aceptan todos los archivos que hagan falta."""
    argumentos = construir_parser().parse_args(["leer", "a.log", "-", "b.log.gz"])
    assert argumentos.archivos == ["a.log", "-", "b.log.gz"]


def test_lo_que_una_linea_no_dice_queda_en_none() -> None:
    """Una entrada solo necesita su momento y su formato."""
    entrada = Entrada(momento=None, formato="json")
    assert entrada.nivel is None
    assert entrada.ruta is None
