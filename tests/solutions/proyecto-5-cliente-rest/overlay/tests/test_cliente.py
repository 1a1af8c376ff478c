"""Pruebas de quien hizo el proyecto: una API de mentira, sin abrir una conexión."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cliente import (
    CircuitoAbierto,
    Cliente,
    ErrorDeClave,
    ErrorDeRespuesta,
    Respuesta,
    RespuestaInvalida,
    SinConexion,
)
from cliente.cache import directivas, duracion, variante
from cliente.circuito import Circuito
from cliente.reintentos import Politica

Responde = Callable[[httpx2.Request], httpx2.Response]


class Mundo:
    """Una API de mentira y un reloj que avanza al dormir."""

    def __init__(self) -> None:
        self.ahora = 1000.0
        self.siestas: list[float] = []
        self.pedidas: list[httpx2.Request] = []
        self.responde: Responde = lambda _: httpx2.Response(200, json={"ok": True})

    def dormir(self, segundos: float) -> None:
        self.siestas.append(segundos)
        self.ahora += segundos

    def _atender(self, peticion: httpx2.Request) -> httpx2.Response:
        copia = httpx2.Request(
            peticion.method, peticion.url, headers=dict(peticion.headers)
        )
        self.pedidas.append(copia)
        return self.responde(peticion)

    def cliente(self, **opciones: Any) -> Cliente:
        if "archivo_clave" not in opciones:
            opciones.setdefault("clave", "k")
        return Cliente(
            "http://api.test/v1",
            dormir=self.dormir,
            reloj=lambda: self.ahora,
            transporte=httpx2.MockTransport(self._atender),
            **opciones,
        )


@pytest.fixture
def mundo() -> Mundo:
    return Mundo()


def estados(*codigos: int, **cabeceras: str) -> Responde:
    quedan = list(codigos)

    def responde(_: httpx2.Request) -> httpx2.Response:
        codigo = quedan.pop(0) if len(quedan) > 1 else quedan[0]
        return httpx2.Response(codigo, json={}, headers=cabeceras)

    return responde


def test_la_clave_va_en_la_cabecera_y_en_ningun_sitio_mas(mundo: Mundo) -> None:
    with mundo.cliente(clave="secreta") as cliente:
        respuesta = cliente.pedir("get", "x", parametros={"a": 1})
        assert "secreta" not in repr(cliente) + repr(respuesta) + repr(vars(cliente))
    assert mundo.pedidas[0].headers["x-api-key"] == "secreta"
    assert str(mundo.pedidas[0].url) == "http://api.test/v1/x?a=1"
    assert respuesta.datos == {"ok": True}
    assert respuesta.de_cache is False


@pytest.mark.parametrize("mala", ["", " ", "a\nb", "ñ"])
def test_claves_que_no_sirven(mundo: Mundo, mala: str) -> None:
    with pytest.raises(ErrorDeClave):
        mundo.cliente(clave=mala)


def test_claves_del_entorno_y_de_un_archivo(
    mundo: Mundo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CLIENTE_CLAVE", raising=False)
    monkeypatch.delenv("CLIENTE_ARCHIVO_CLAVE", raising=False)
    with pytest.raises(ErrorDeClave):
        mundo.cliente(clave=None)
    archivo = tmp_path / "clave"
    with pytest.raises(ErrorDeClave):
        mundo.cliente(archivo_clave=archivo)
    archivo.write_text("del-archivo\n", encoding="utf-8")
    monkeypatch.setenv("CLIENTE_ARCHIVO_CLAVE", str(archivo))
    mundo.cliente(clave=None).pedir("GET", "/")
    monkeypatch.setenv("CLIENTE_CLAVE", "del-entorno")
    mundo.cliente(clave=None).pedir("GET", "/")
    llegaron = [peticion.headers["x-api-key"] for peticion in mundo.pedidas]
    assert llegaron == ["del-archivo", "del-entorno"]


def test_un_401_renueva_la_clave_una_vez(mundo: Mundo, tmp_path: Path) -> None:
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    cliente = mundo.cliente(archivo_clave=archivo)
    archivo.write_text("nueva", encoding="utf-8")
    mundo.responde = estados(401)
    with pytest.raises(ErrorDeRespuesta) as error:
        cliente.pedir("GET", "/x")
    assert error.value.estado == 401
    with pytest.raises(ErrorDeRespuesta):
        cliente.pedir("GET", "/x")
    llegaron = [peticion.headers["x-api-key"] for peticion in mundo.pedidas]
    assert llegaron == ["vieja", "nueva", "nueva"]


def test_las_redirecciones_no_se_llevan_la_clave(mundo: Mundo) -> None:
    def responde(peticion: httpx2.Request) -> httpx2.Response:
        if peticion.url.host == "otro.test":
            return httpx2.Response(200, json={})
        return httpx2.Response(302, headers={"location": "http://otro.test/"})

    mundo.responde = responde
    assert mundo.cliente().pedir("GET", "/x").estado == 200
    assert ["x-api-key" in peticion.headers for peticion in mundo.pedidas] == [
        True,
        False,
    ]
    mundo.responde = lambda _: httpx2.Response(302, headers={"location": "/x"})
    with pytest.raises(SinConexion):
        mundo.cliente(intentos=1).pedir("GET", "/x")


def test_reintentos(mundo: Mundo) -> None:
    mundo.responde = estados(503, 500, 200)
    assert mundo.cliente(espera=1).pedir("GET", "/x").estado == 200
    assert len(mundo.siestas) == 2
    assert 0.5 <= mundo.siestas[0] <= 1 <= mundo.siestas[1] <= 2


def test_lo_que_no_se_reintenta(mundo: Mundo) -> None:
    mundo.responde = estados(404)
    with pytest.raises(ErrorDeRespuesta, match="404"):
        mundo.cliente().pedir("GET", "/x")
    mundo.responde = estados(503)
    with pytest.raises(ErrorDeRespuesta):
        mundo.cliente().pedir("POST", "/x", json={})
    assert len(mundo.pedidas) == 2
    with pytest.raises(ErrorDeRespuesta):
        mundo.cliente(intentos=2).pedir(
            "POST", "/x", cabeceras={"Idempotency-Key": "1"}
        )
    assert len(mundo.pedidas) == 4


def test_el_presupuesto(mundo: Mundo) -> None:
    mundo.responde = estados(503, **{"retry-after": "4"})
    with pytest.raises(ErrorDeRespuesta):
        mundo.cliente(intentos=9, presupuesto=10, fallos_seguidos=9).pedir("GET", "/x")
    assert len(mundo.pedidas) == 3
    assert sum(mundo.siestas) == 8


def test_sin_conexion(mundo: Mundo) -> None:
    def responde(peticion: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no", request=peticion)

    mundo.responde = responde
    with pytest.raises(SinConexion, match="ConnectError"):
        mundo.cliente(intentos=2).pedir("GET", "/x")
    assert len(mundo.pedidas) == 2


@pytest.mark.parametrize(
    ("retry_after", "esperada"),
    [("7", 7.0), (formatdate(1012, usegmt=True), 12.0), ("pronto", 1.0), (None, 1.0)],
)
def test_retry_after(retry_after: str | None, esperada: float) -> None:
    politica = Politica(3, 1.0, 99, lambda: 1000.0)
    pausa = politica.pausa(1, retry_after)
    assert esperada / 2 <= pausa <= esperada


def test_el_circuito() -> None:
    hora = [0.0]
    circuito = Circuito(2, 10, lambda: hora[0])
    tarde = circuito.pedir_paso()
    circuito.mal(circuito.pedir_paso())
    circuito.bien(circuito.pedir_paso())
    circuito.mal(circuito.pedir_paso())
    circuito.mal(circuito.pedir_paso())
    hora[0] = 9.0
    circuito.bien(tarde)
    with pytest.raises(CircuitoAbierto):
        circuito.pedir_paso()
    hora[0] = 10.0
    prueba = circuito.pedir_paso()
    circuito.mal(tarde)
    with pytest.raises(CircuitoAbierto):
        circuito.pedir_paso()
    circuito.mal(prueba)
    with pytest.raises(CircuitoAbierto):
        circuito.pedir_paso()
    hora[0] = 20.0
    circuito.bien(circuito.pedir_paso())
    circuito.pedir_paso()


def test_la_api_caida_abre_el_circuito(mundo: Mundo) -> None:
    mundo.responde = estados(500)
    with pytest.raises(CircuitoAbierto):
        mundo.cliente(intentos=9, fallos_seguidos=3).pedir("GET", "/x")
    assert len(mundo.pedidas) == 3


def pagina(peticion: httpx2.Request) -> httpx2.Response:
    numero = int(peticion.url.params.get("pagina", "1"))
    elementos = [{"id": numero}, {"id": numero + 1}]
    return httpx2.Response(
        200, json={"elementos": elementos, "pagina": numero, "paginas": 3}
    )


def test_paginas_por_numero(mundo: Mundo) -> None:
    mundo.responde = pagina
    recorrido = mundo.cliente().recorrer("/x", {"orden": "a"})
    assert not mundo.pedidas
    assert next(recorrido) == {"id": 1}
    assert len(mundo.pedidas) == 1
    assert [elemento["id"] for elemento in recorrido] == [2, 3, 4]
    assert [peticion.url.params["orden"] for peticion in mundo.pedidas] == ["a"] * 3


def test_paginas_por_cursor_y_por_enlace(mundo: Mundo) -> None:
    def cursor(peticion: httpx2.Request) -> httpx2.Response:
        final = "cursor" in peticion.url.params
        cuerpo = {
            "elementos": [{"id": int(final)}],
            "siguiente": None if final else "c",
        }
        return httpx2.Response(200, json=cuerpo)

    def enlace(peticion: httpx2.Request) -> httpx2.Response:
        final = "p" in peticion.url.params
        cabeceras = {} if final else {"link": '</v1/x?p=2>; rel="next"'}
        return httpx2.Response(200, json=[{"id": int(final)}], headers=cabeceras)

    for responde in (cursor, enlace):
        mundo.responde = responde
        assert list(mundo.cliente().recorrer("/x")) == [{"id": 0}, {"id": 1}]


@pytest.mark.parametrize(
    "cuerpo", ["x", "null", "{}", "[1]", '{"elementos": 3}', "[{}]"]
)
def test_paginas_que_no_se_entienden(mundo: Mundo, cuerpo: str) -> None:
    mundo.responde = lambda _: httpx2.Response(200, text=cuerpo)
    with pytest.raises(RespuestaInvalida):
        list(mundo.cliente().recorrer("/x"))


def test_paginas_que_dan_vueltas_o_se_van(mundo: Mundo) -> None:
    bucle = {"elementos": [{"id": 1}], "siguiente": "c"}
    mundo.responde = lambda _: httpx2.Response(200, json=bucle)
    with pytest.raises(RespuestaInvalida, match="vueltas"):
        list(mundo.cliente().recorrer("/x"))
    fuera = {"link": '<http://otro.test/x>; rel="next"'}
    mundo.responde = lambda _: httpx2.Response(200, json=[{"id": 1}], headers=fuera)
    with pytest.raises(RespuestaInvalida, match="otro servidor"):
        list(mundo.cliente().recorrer("/x"))


def test_cache_fresca_y_revalidada(mundo: Mundo, tmp_path: Path) -> None:
    def responde(peticion: httpx2.Request) -> httpx2.Response:
        cabeceras = {"cache-control": "max-age=10", "etag": '"1"'}
        if "if-none-match" in peticion.headers:
            return httpx2.Response(304, headers=cabeceras)
        return httpx2.Response(200, json={"a": 1}, headers=cabeceras)

    mundo.responde = responde
    cliente = mundo.cliente(cache=tmp_path / "c")
    vistas = []
    for pasan in (0, 9, 1, 9, 1):
        mundo.ahora += pasan
        respuesta = cliente.pedir("GET", "/x")
        assert respuesta.datos == {"a": 1}
        vistas.append((len(mundo.pedidas), respuesta.de_cache))
    assert vistas == [(1, False), (1, True), (2, True), (2, True), (3, True)]
    cliente.pedir("DELETE", "/x")
    assert cliente.pedir("GET", "/x").de_cache is False


def test_cache_acotada_y_rota(mundo: Mundo, tmp_path: Path) -> None:
    viva = {"cache-control": "max-age=60"}
    mundo.responde = lambda _: httpx2.Response(200, json={}, headers=viva)
    cliente = mundo.cliente(cache=tmp_path, limite_cache=2)
    for ruta in ("/a", "/b", "/a", "/c"):
        cliente.pedir("GET", ruta)
    de_cache = [cliente.pedir("GET", ruta).de_cache for ruta in ("/a", "/c", "/b")]
    assert de_cache == [True, True, False]
    for archivo in tmp_path.iterdir():
        archivo.write_bytes(b"basura" * 99)
    assert cliente.pedir("GET", "/a").de_cache is False
    assert cliente.pedir("GET", "/a").de_cache is True
    assert mundo.cliente(cache=tmp_path, clave="z").pedir("GET", "/a").de_cache is False


def test_lo_que_no_se_guarda(mundo: Mundo, tmp_path: Path) -> None:
    for cabeceras in ({}, {"cache-control": "no-store, max-age=9"}, {"vary": "*"}):
        todas = {"etag": '"1"'} | cabeceras if cabeceras else {}
        mundo.responde = lambda _, todas=todas: httpx2.Response(  # type: ignore[misc]
            200, json={}, headers=todas
        )
        cliente = mundo.cliente(cache=tmp_path)
        cliente.pedir("GET", "/x")
        cliente.pedir("GET", "/x")
        assert "if-none-match" not in mundo.pedidas[-1].headers
    assert len(mundo.pedidas) == 6


def test_piezas_de_la_cache() -> None:
    cabeceras = {"cache-control": 'Private, max-age="30"', "vary": "B, a"}
    assert directivas(cabeceras) == {"private": "", "max-age": "30"}
    assert duracion(cabeceras) == 30
    assert duracion({"cache-control": "no-cache, max-age=30"}) == 0
    assert duracion({}) == 0
    pedida = {"a": "1", "c": "3"}
    assert variante(cabeceras, pedida) == variante(cabeceras, {"a": "1", "c": "4"})
    assert variante(cabeceras, pedida) != variante(cabeceras, {"a": "1", "b": ""})
    assert variante({"vary": "B, *"}, pedida) is None


def test_la_clave_cambia_o_desaparece(mundo: Mundo, tmp_path: Path) -> None:
    archivo = tmp_path / "clave"
    archivo.write_text("vieja\n")
    cliente = mundo.cliente(clave=None, archivo_clave=archivo)
    llevadas: list[str] = []

    def responde(peticion: httpx2.Request) -> httpx2.Response:
        llevadas.append(peticion.headers["x-api-key"])
        return httpx2.Response(200 if llevadas[-1] == "nueva" else 401, json={})

    mundo.responde = responde
    archivo.unlink()
    with pytest.raises(ErrorDeRespuesta):
        cliente.pedir("GET", "/x")
    archivo.write_text("nueva")
    assert cliente.pedir("GET", "/x").estado == 200
    assert llevadas == ["vieja", "vieja", "nueva"]


@pytest.mark.parametrize(
    "pagina",
    [
        {"elementos": [{"id": None}]},
        {"elementos": [], "siguiente": ""},
        {"elementos": [], "pagina": "1", "paginas": "2"},
    ],
)
def test_paginas_a_medias(mundo: Mundo, pagina: dict[str, object]) -> None:
    mundo.responde = lambda _: httpx2.Response(200, json=pagina)
    with pytest.raises(RespuestaInvalida):
        list(mundo.cliente().recorrer("/x"))


def test_enlaces() -> None:
    link = '</1>; rel="prev"; title="a; rel=next", <2>; Rel="last NEXT"'
    assert Respuesta(200, "http://a.test/", {"link": link}, b"").enlaces == {
        "prev": "/1",
        "last": "2",
        "next": "2",
    }
