"""El protocolo, sin red: de tramas a peticiones y al revés."""

import json

import pytest

from chat import protocolo
from chat.protocolo import ErrorDeChat, Peticion


def test_una_peticion_buena() -> None:
    """Lo que viene de más no estorba, y «datos» se puede omitir."""
    trama = '{"v": 1, "id": 7, "accion": "ping", "sobra": true}'
    assert protocolo.leer_peticion(trama) == Peticion(7, "ping", {})


@pytest.mark.parametrize(
    ("trama", "codigo", "id_"),
    [
        ("{", "json_invalido", None),
        ("[" * 30_000, "json_invalido", None),
        ('{"id": "\\ud800"}', "json_invalido", None),
        (b"{}", "binario_no_admitido", None),
        ("[]", "peticion_invalida", None),
        ('{"v": 1, "id": true, "accion": "ping"}', "peticion_invalida", None),
        ('{"v": true, "id": 1, "accion": "ping"}', "version_no_soportada", 1),
        ('{"v": 1, "id": "a", "accion": 7}', "peticion_invalida", "a"),
    ],
)
def test_una_peticion_mala(trama: str | bytes, codigo: str, id_: object) -> None:
    """Cada problema tiene su código, y el id que se haya podido leer."""
    with pytest.raises(ErrorDeChat) as fallo:
        protocolo.leer_peticion(trama)
    assert (fallo.value.codigo, fallo.value.id) == (codigo, id_)


def test_las_respuestas() -> None:
    """Los detalles del error van junto al código y al mensaje."""
    error = ErrorDeChat("version_no_soportada", "No.", versiones=[1])
    assert json.loads(protocolo.fallo(None, error)) == {
        "v": 1,
        "id": None,
        "ok": False,
        "error": {"codigo": "version_no_soportada", "mensaje": "No.", "versiones": [1]},
    }
    assert json.loads(protocolo.evento("mensaje", {"texto": "ñ"})) == {
        "v": 1,
        "evento": "mensaje",
        "datos": {"texto": "ñ"},
    }


@pytest.mark.parametrize("limite", [0, 101, True, "5", 1.0])
def test_un_entero_fuera_de_sitio(limite: object) -> None:
    """`true` es un entero para Python, pero no para el protocolo."""
    with pytest.raises(ErrorDeChat):
        protocolo.leer_entero({"limite": limite}, "limite", 50, 100)


def test_un_entero_que_no_viene() -> None:
    """Sin él, o con null, vale el normal."""
    assert protocolo.leer_entero({}, "limite", 50, 100) == 50
    assert protocolo.leer_entero({"limite": None}, "limite", 50, 100) == 50
    assert protocolo.leer_entero({"limite": 7}, "limite", 50, 100) == 7
