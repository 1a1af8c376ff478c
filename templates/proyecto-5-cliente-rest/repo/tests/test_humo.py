"""Pruebas de humo: si fallan, es que ni siquiera arranca. Ya pasan."""

import json

import httpx2

from cliente import Cliente


def test_el_cliente_habla_con_una_api() -> None:
    """Una petición va y vuelve, con una API de mentira: httpx2.MockTransport."""

    def api(peticion: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"ruta": peticion.url.path})

    transporte = httpx2.MockTransport(api)
    with Cliente("http://api.test", clave="x", transporte=transporte) as cliente:
        respuesta = cliente.pedir("GET", "/hola")
    assert respuesta.estado == 200
    assert respuesta.datos == {"ruta": "/hola"}
    assert json.loads(respuesta.cuerpo) == respuesta.datos
