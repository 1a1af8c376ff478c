"""Pruebas de humo: si fallan, es que ni siquiera arranca. Ya pasan."""

import pytest

from tareas.cli import construir_parser, main
from tareas.modelo import Prioridad, Tarea


def test_la_ayuda_explica_el_programa(capsys: pytest.CaptureFixture[str]) -> None:
    """«tareas --help» cuenta para qué sirve y acaba bien."""
    with pytest.raises(SystemExit) as salida:
        main(["--help"])
    assert salida.value.code == 0
    assert "tareas" in capsys.readouterr().out


def test_crear_exige_un_titulo() -> None:
    """Sin título, argparse explica el uso y acaba con el código 2."""
    with pytest.raises(SystemExit) as salida:
        construir_parser().parse_args(["crear"])
    assert salida.value.code == 2


def test_una_tarea_nace_pendiente_y_con_prioridad_media() -> None:
    """Los valores por defecto de una tarea."""
    tarea = Tarea(id=1, titulo="Comprar pan")
    assert tarea.prioridad is Prioridad.MEDIA
    assert not tarea.hecha
