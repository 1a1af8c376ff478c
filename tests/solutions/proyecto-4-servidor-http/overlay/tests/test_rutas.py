"""El enrutador y el diccionario de cabeceras."""

import pytest

from servidor import Cabeceras, Enrutador, Peticion, Respuesta


def nada(peticion: Peticion) -> Respuesta:
    return Respuesta()


@pytest.fixture
def rutas() -> Enrutador:
    """Unas cuantas rutas que se parecen."""
    enrutador = Enrutador()
    enrutador.ruta("GET", "/a/{b}")(nada)
    enrutador.ruta("GET", "/a/{n:int}")(nada)
    enrutador.ruta("PUT", "/a/fijo")(nada)
    return enrutador


def test_el_entero_gana_al_texto(rutas: Enrutador) -> None:
    """Con cifras gana «{n:int}», y con letras «{b}»."""
    cifras, letras = rutas.buscar("GET", "/a/12"), rutas.buscar("GET", "/a/doce")
    assert cifras and cifras.parametros == {"n": "12"}
    assert letras and letras.parametros == {"b": "doce"}


def test_los_metodos_de_todas_las_que_encajan(rutas: Enrutador) -> None:
    """«/a/fijo» admite PUT por su ruta, y GET por «/a/{b}»."""
    hallado = rutas.buscar("DELETE", "/a/fijo")
    assert hallado and hallado.permitidos == ("GET", "HEAD", "PUT")
    assert rutas.buscar("GET", "/b") is None


def test_rutas_repetidas(rutas: Enrutador) -> None:
    """El nombre del parámetro no las hace distintas."""
    with pytest.raises(ValueError, match="ya tiene manejador"):
        rutas.ruta("GET", "/a/{otro}")(nada)


def test_cabeceras() -> None:
    """Sin mayúsculas, juntas y en su orden."""
    cabeceras = Cabeceras([("X-A", "1"), ("x-a", "2")])
    assert dict(cabeceras) == {"x-a": "1, 2"}
    assert cabeceras.todas("X-a") == ["1", "2"]
