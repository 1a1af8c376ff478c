"""Claves y freno, sin red."""

import pytest

from chat.protocolo import ErrorDeChat
from chat.usuarios import Freno, comprobar, resumir


def test_una_clave_se_comprueba_con_su_resumen() -> None:
    """Solo vale la misma clave, y la sal hace que no haya dos resúmenes iguales."""
    uno, dos = resumir("correcto caballo", 16), resumir("correcto caballo", 16)
    assert uno != dos
    assert uno.startswith("scrypt$16$8$5$")
    assert comprobar("correcto caballo", uno)
    assert not comprobar("correcto caballa", uno)


def test_el_freno_para_a_quien_falla() -> None:
    """Al agotar los intentos hay que esperar; acertar los devuelve."""
    freno = Freno(intentos=2, ventana=60)
    freno.apuntar("ana")
    freno.perdonar("ana")
    freno.apuntar("ana")
    freno.apuntar("ana")
    with pytest.raises(ErrorDeChat) as fallo:
        freno.apuntar("ana")
    assert 0 < fallo.value.detalles["esperar"] <= 60
    freno.apuntar("berto")


def test_el_freno_olvida_lo_viejo() -> None:
    """Con una ventana que ya ha pasado, cada intento es el primero."""
    freno = Freno(intentos=1, ventana=0)
    for _ in range(3):
        freno.apuntar("ana")
