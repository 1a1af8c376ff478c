"""Pruebas de humo: si fallan, es que ni siquiera arranca. Ya pasan."""

from pathlib import Path

import pytest

from scraper.cli import construir_parser, main
from scraper.modelo import Articulo, Opciones


def test_la_ayuda_explica_el_programa(capsys: pytest.CaptureFixture[str]) -> None:
    """«scraper --help» cuenta para qué sirve y acaba bien."""
    with pytest.raises(SystemExit) as salida:
        main(["--help"])
    assert salida.value.code == 0
    assert "rastrear" in capsys.readouterr().out


def test_ya_hay_un_sitio(capsys: pytest.CaptureFixture[str]) -> None:
    """«scraper sitios» conoce la librería."""
    assert main(["sitios"]) == 0
    assert "libreria" in capsys.readouterr().out.split()


def test_un_sitio_desconocido_es_un_uso_incorrecto(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Se explica por la salida de error, y es el código 2."""
    assert main(["rastrear", "mercadillo", "http://127.0.0.1:9/"]) == 2
    assert "mercadillo" in capsys.readouterr().err


def test_las_opciones_se_leen() -> None:
    """Los números se convierten, y lo que no se dice tiene su valor de fábrica."""
    argumentos = construir_parser().parse_args(
        ["rastrear", "libreria", "http://127.0.0.1:9/", "--intervalo", "0.5"]
        + ["--base-datos", "precios.db"]
    )
    assert argumentos.intervalo == 0.5
    assert argumentos.base_datos == Path("precios.db")
    assert argumentos.reintentos == Opciones().reintentos


def test_un_intervalo_negativo_no_se_acepta() -> None:
    """Argparse explica el uso y acaba con el código 2."""
    with pytest.raises(SystemExit) as salida:
        main(["rastrear", "libreria", "http://127.0.0.1:9/", "--intervalo", "-1"])
    assert salida.value.code == 2


def test_la_contrasena_no_se_ve_al_enseñar_las_opciones() -> None:
    """Un print de las opciones, o un mensaje de registro, no la descubre."""
    assert "secreto" not in repr(Opciones(clave="secreto"))


def test_un_articulo_puede_no_tener_precio() -> None:
    """El precio va en céntimos, y es None si la página no lo dice."""
    assert Articulo("L-1", "El primero").precio is None
