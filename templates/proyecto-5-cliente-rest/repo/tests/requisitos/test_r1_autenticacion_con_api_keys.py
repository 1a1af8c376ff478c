# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Autenticación con API keys."""

import contextlib
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from requisitos.api import CLAVE, Api, Contestacion, Peticion

from cliente import (
    Cliente,
    ErrorDeClave,
    ErrorDeRespuesta,
    SinConexion,
)

pytestmark = pytest.mark.en_proceso
Hacer = Callable[..., Cliente]
BIEN = {"bien": True}


def claves(api: Api) -> list[str | None]:
    """Las claves que han llegado a la API."""
    return [peticion.cabeceras.get("x-api-key") for peticion in api.peticiones]


def acepta(*buenas: str) -> Callable[[Peticion], Contestacion]:
    """Una API que solo contesta a quien trae una clave buena."""

    def responde(peticion: Peticion) -> Contestacion:
        if peticion.cabeceras.get("x-api-key") in buenas:
            return Contestacion(BIEN)
        return Contestacion({"error": "clave"}, 401)

    return responde


def test_cada_peticion_lleva_la_clave(api: Api, cliente: Hacer) -> None:
    """La clave va en la cabecera X-API-Key, con cualquier método y en cada página."""
    with cliente() as uno:
        for metodo in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
            uno.pedir(metodo, "/articulos", cabeceras={"X-Otra": "1"})
        uno.pedir("GET", f"{api.url}/articulos")
        assert claves(api) == [CLAVE] * 8, (
            f"Se esperaba la clave 8 veces: {claves(api)}"
        )
        api.responde = lambda _: Contestacion([{"id": 1}])
        with contextlib.suppress(NotImplementedError):  # si R2 ya está hecho
            list(uno.recorrer("/articulos"))
            assert claves(api)[8:] == [CLAVE], (
                "Se esperaba la clave también en recorrer"
            )


def test_la_clave_sale_del_entorno(
    api: Api, cliente: Hacer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Si no se da, la clave es la de CLIENTE_CLAVE."""
    monkeypatch.setenv("CLIENTE_CLAVE", "del-entorno-1")
    cliente(clave=None).pedir("GET", "/")
    assert claves(api) == ["del-entorno-1"], (
        f"Se esperaba la del entorno: {claves(api)}"
    )


def test_la_clave_sale_de_un_archivo(
    api: Api, cliente: Hacer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """La clave puede estar en un archivo: los saltos y espacios de alrededor no son."""
    archivo = tmp_path / "clave.txt"
    for escrito in ("del archivo-2\n", "del archivo-2", " del archivo-2 \r\n\r\n"):
        archivo.write_bytes(escrito.encode())
        cliente(archivo_clave=archivo).pedir("GET", "/")
    monkeypatch.setenv("CLIENTE_ARCHIVO_CLAVE", str(archivo))
    cliente(clave=None).pedir("GET", "/")
    assert claves(api) == ["del archivo-2"] * 4, f"Se esperaba sin salto: {claves(api)}"


def test_lo_que_se_da_gana_al_entorno(
    api: Api, cliente: Hacer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Gana la clave que se da, después el archivo que se da, después el entorno."""
    monkeypatch.setenv("CLIENTE_CLAVE", "del-entorno")
    archivo, otro = tmp_path / "clave.txt", tmp_path / "otra.txt"
    archivo.write_text("del-archivo", encoding="utf-8")
    otro.write_text("del-otro", encoding="utf-8")
    monkeypatch.setenv("CLIENTE_ARCHIVO_CLAVE", str(otro))
    cliente(clave="directa", archivo_clave=archivo).pedir("GET", "/")
    cliente(archivo_clave=archivo).pedir("GET", "/")
    cliente(clave=None).pedir("GET", "/")
    monkeypatch.delenv("CLIENTE_CLAVE")
    cliente(clave=None).pedir("GET", "/")
    esperadas = ["directa", "del-archivo", "del-entorno", "del-otro"]
    assert claves(api) == esperadas, f"Se esperaba {esperadas}: {claves(api)}"


MALAS = [
    None,
    "",
    "  ",
    "clave\ncon salto",
    "clave\rcon retorno",
    "clave\tcon tabulador",
    "clave\x00con nulo",
    "clave\x7fcon DEL",
    "ñandú",
    "clave€",
]


@pytest.mark.parametrize("mala", MALAS, ids=ascii)
def test_sin_una_clave_que_sirva_no_hay_cliente(
    api: Api, cliente: Hacer, mala: str | None, tmp_path: Path
) -> None:
    """Si falta la clave o no puede ir en una cabecera, ErrorDeClave, sin enseñarla."""
    archivo = tmp_path / "clave"
    archivo.write_bytes((mala or "").encode())
    for opciones in ({"clave": mala}, {"archivo_clave": archivo}):
        with pytest.raises(ErrorDeClave) as error:
            cliente(**opciones)
        if mala and mala.strip():
            contado = "".join(traceback.format_exception(error.value))
            for forma in (mala, repr(mala)[1:-1], mala.encode().hex()):
                assert forma not in contado, f"El error enseña la clave: {contado}"
    assert not api.peticiones, "No había que pedir nada"


def test_una_clave_vacia_no_es_lo_mismo_que_ninguna(
    cliente: Hacer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Si la que gana está vacía, es un error: no se mira la siguiente."""
    vacio = tmp_path / "vacio"
    vacio.write_bytes(b"\n")
    monkeypatch.setenv("CLIENTE_CLAVE", "del-entorno")
    for opciones in ({"clave": ""}, {"archivo_clave": vacio}):
        with pytest.raises(ErrorDeClave):
            cliente(**opciones)
    bueno = tmp_path / "bueno"
    bueno.write_bytes(b"del-archivo")
    monkeypatch.setenv("CLIENTE_ARCHIVO_CLAVE", str(bueno))
    for vacia in ("", "  "):
        monkeypatch.setenv("CLIENTE_CLAVE", vacia)
        with pytest.raises(ErrorDeClave):
            cliente(clave=None)


@pytest.mark.parametrize(
    "buena", ["con espacio y ~", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}"]
)
def test_cualquier_clave_imprimible_vale(api: Api, cliente: Hacer, buena: str) -> None:
    """Lo que sea ASCII imprimible, del espacio a la virgulilla, llega como es."""
    cliente(clave=buena).pedir("GET", "/")
    assert claves(api) == [buena], f"Se esperaba {buena!r}: {claves(api)}"


def test_un_archivo_de_clave_que_no_se_puede_leer(
    cliente: Hacer, tmp_path: Path
) -> None:
    """Un archivo que no existe, está vacío o no es texto es un ErrorDeClave."""
    vacio = tmp_path / "vacio"
    vacio.write_bytes(b"\r\n")
    basura = tmp_path / "basura"
    basura.write_bytes(b"\xff\xfe\x00\x80secreto")
    dos = tmp_path / "dos"
    dos.write_bytes(b"secreto-1\nsecreto-2\n")
    for archivo in (tmp_path / "no-existe", tmp_path, basura, vacio, dos):
        with pytest.raises(ErrorDeClave) as error:
            cliente(archivo_clave=archivo)
        contado = "".join(traceback.format_exception(error.value))
        assert "secreto" not in contado, f"El error enseña lo que hay: {contado}"


def nuestros(cosa: Any, vistos: set[int] | None = None) -> Iterator[Any]:
    """Los objetos de las clases de src/cliente que se alcanzan desde este."""
    vistos = set() if vistos is None else vistos
    if id(cosa) in vistos:
        return
    vistos.add(id(cosa))
    dentro: list[Any] = []
    if type(cosa).__module__.partition(".")[0] == "cliente":
        yield cosa
        dentro += getattr(cosa, "__dict__", {}).values()
        for clase in type(cosa).__mro__:
            ranuras = getattr(clase, "__slots__", ())
            dentro += [getattr(cosa, nombre, None) for nombre in ranuras]
    elif isinstance(cosa, dict):
        dentro += cosa.values()
    elif isinstance(cosa, list | tuple | set | frozenset):
        dentro += cosa
    else:
        dentro += [getattr(cosa, "__self__", None)]
        dentro += [
            celda.cell_contents for celda in getattr(cosa, "__closure__", None) or ()
        ]
    for otra in dentro:
        yield from nuestros(otra, vistos)


def lo_que_cuenta(uno: Cliente, ruta: str) -> list[str]:
    """Todo lo que se lee cuando una petición acaba mal, sea con el error que sea."""
    try:
        visto = uno.pedir("GET", ruta).datos
    except Exception as error:
        return [
            repr(error),
            *map(repr, nuestros(error)),
            "".join(traceback.format_exception(error)),
        ]
    pytest.fail(f"Se esperaba un error con {ruta}, y llegó {visto}")


def test_la_clave_no_se_ve(
    api: Api, cliente: Hacer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Ni en los registros, ni en los errores y sus trazas, ni en los repr."""
    dicho: list[str] = []
    with caplog.at_level(logging.DEBUG):
        uno = cliente(intentos=2, fallos_seguidos=4, cache=None)
        dicho += [str(uno), f"{uno}", *map(repr, nuestros(uno))]
        dicho.append(repr(uno.pedir("GET", "/bien")))
        assert claves(api) == [CLAVE], "Se esperaba la clave en la cabecera X-API-Key"
        api.en_serie(
            Contestacion({}, 401),
            Contestacion({}, 404),
            Contestacion({}, 302, {"Location": "/x"}),
        )
        for ruta in ("/no-vale", "/no-esta", "/da-vueltas", "/no-es-json", "/falla"):
            if ruta == "/no-es-json":
                api.responde = lambda _: Contestacion(crudo=b"<html>")
            elif ruta == "/falla":
                api.responde = lambda _: Contestacion({}, 503)
            dicho += lo_que_cuenta(uno, ruta)
        api.responde = lambda _: Contestacion(cortada=True)
        for ruta in ("/corta", "/con-el-circuito-abierto"):
            dicho += lo_que_cuenta(uno, ruta)
        dicho += map(repr, nuestros(uno))
    dicho.append(caplog.text)
    for texto in dicho:
        assert CLAVE not in texto, f"La clave se ve en: {texto}"


@pytest.mark.parametrize("donde", ["cuerpo", "cabecera", "dirección"])
def test_la_clave_no_se_ve_aunque_la_api_la_repita(
    api: Api, cliente: Hacer, caplog: pytest.LogCaptureFixture, donde: str
) -> None:
    """Si la API contesta con la propia clave, los errores y los repr no la enseñan."""
    cabeceras = {"X-Eco": CLAVE} if donde == "cabecera" else {}
    eco = Contestacion(crudo=f"no soy JSON {CLAVE}".encode(), cabeceras=cabeceras)
    uno = cliente(intentos=1)
    with caplog.at_level(logging.INFO, "cliente"):
        if donde == "dirección":
            va = Contestacion({}, 302, {"Location": f"/x?clave={CLAVE}"})
            dicho = []
            for peor in (Contestacion({}, 404), Contestacion({}, cortada=True)):
                api.en_serie(va, peor)
                dicho += lo_que_cuenta(uno, "/entra")
        else:
            api.responde = lambda _: eco
            respuesta = uno.pedir("GET", "/eco")
            dicho = [repr(respuesta), *map(repr, nuestros(uno))]
            dicho += lo_que_cuenta(uno, "/eco")
    tuyos = [apunte for apunte in caplog.records if "cliente" in apunte.name]
    dicho += [apunte.getMessage() for apunte in tuyos]
    for texto in dicho:
        assert CLAVE not in texto, f"La clave se ve en: {texto}"


def test_con_un_401_se_lee_la_clave_otra_vez(
    api: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """Si la clave ha cambiado en el archivo, se prueba la nueva y nadie lo nota."""
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    uno = cliente(archivo_clave=archivo, intentos=1)
    archivo.write_text("nueva", encoding="utf-8")
    api.responde = acepta("nueva")
    assert uno.pedir("POST", "/x", json={"a": 1}).datos == BIEN, (
        "Se esperaba que la petición saliera bien con la clave nueva"
    )
    assert claves(api) == ["vieja", "nueva"], (
        f"Se esperaba vieja y nueva: {claves(api)}"
    )
    assert api.peticiones[1].cuerpo == api.peticiones[0].cuerpo != b"", (
        "La segunda vez también va el cuerpo"
    )
    uno.pedir("GET", "/y")
    assert claves(api)[2:] == ["nueva"], "Desde entonces se usa solo la nueva"
    archivo.write_text("la siguiente", encoding="utf-8")
    api.responde = acepta("la siguiente")
    assert uno.pedir("GET", "/z").estado == 200, "La clave puede cambiar más veces"


@pytest.mark.parametrize("donde", ["CLIENTE_CLAVE", "CLIENTE_ARCHIVO_CLAVE"])
def test_con_un_401_tambien_se_mira_el_entorno(
    api: Api,
    cliente: Hacer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    donde: str,
) -> None:
    """La clave se vuelve a leer de donde salió, y eso puede ser el entorno."""
    archivo = tmp_path / "clave"

    def poner(clave: str) -> None:
        archivo.write_text(clave, encoding="utf-8")
        valor = clave if donde == "CLIENTE_CLAVE" else str(archivo)
        monkeypatch.setenv(donde, valor)

    poner("vieja")
    uno = cliente(clave=None)
    poner("nueva")
    if donde == "CLIENTE_ARCHIVO_CLAVE":
        monkeypatch.setenv("CLIENTE_CLAVE", "de-otro-sitio")
    api.responde = acepta("nueva")
    assert uno.pedir("GET", "/x").datos == BIEN, (
        "Se esperaba que la petición saliera bien con la clave nueva"
    )
    assert claves(api) == ["vieja", "nueva"], (
        f"Se esperaba vieja y nueva: {claves(api)}"
    )


def test_si_la_clave_no_ha_cambiado_no_se_insiste(
    api: Api, cliente: Hacer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Con la misma clave, un 401 es la respuesta, a la primera."""
    monkeypatch.setenv("CLIENTE_CLAVE", "otra")
    archivo = tmp_path / "clave"
    archivo.write_text(CLAVE, encoding="utf-8")
    api.responde = acepta("otra")
    for opciones in ({}, {"archivo_clave": archivo}):
        api.otra_vez()
        with pytest.raises(ErrorDeRespuesta) as error:
            cliente(**opciones).pedir("GET", "/")
        assert error.value.estado == 401, f"Se esperaba 401: {error.value.estado}"
        assert len(api.peticiones) == 1, f"Se esperaba una petición: {claves(api)}"


def test_solo_un_401_hace_que_se_lea_otra_vez(
    api: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """Un 403 no habla de la clave: se cuenta a la primera."""
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    uno = cliente(archivo_clave=archivo)
    archivo.write_text("nueva", encoding="utf-8")
    api.responde = lambda _: Contestacion({}, 403)
    with pytest.raises(ErrorDeRespuesta) as error:
        uno.pedir("GET", "/")
    assert error.value.estado == 403, f"Se esperaba 403: {error.value.estado}"
    assert claves(api) == ["vieja"], f"Se esperaba una petición: {claves(api)}"


def test_si_la_nueva_tampoco_vale_se_acaba(
    api: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """La clave nueva se prueba una sola vez, aunque siga cambiando."""
    archivo = tmp_path / "clave"
    archivo.write_text("clave-0", encoding="utf-8")
    uno = cliente(archivo_clave=archivo)

    def cambia(_: Peticion) -> Contestacion:
        if len(api.peticiones) < 9:
            archivo.write_text(f"clave-{len(api.peticiones)}", encoding="utf-8")
        return Contestacion({}, 401)

    api.responde = cambia
    with pytest.raises(ErrorDeRespuesta) as error:
        uno.pedir("GET", "/")
    assert error.value.estado == 401, f"Se esperaba 401: {error.value.estado}"
    assert claves(api) == ["clave-0", "clave-1"], f"Se esperaban dos: {claves(api)}"


def test_repetir_con_la_clave_nueva_no_gasta_intentos(
    api: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """La repetición por un 401 no cuenta: quedan los mismos reintentos."""
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    uno = cliente(archivo_clave=archivo, intentos=2)
    api.en_serie(Contestacion({}, 503), Contestacion(BIEN))
    with contextlib.suppress(ErrorDeRespuesta):
        uno.pedir("GET", "/x")
    if len(api.peticiones) == 1:  # R3 no está hecho: no hay reintentos que gastar
        return
    archivo.write_text("nueva", encoding="utf-8")
    api.otra_vez()
    api.en_serie(Contestacion({}, 401), Contestacion({}, 503), Contestacion(BIEN))
    assert uno.pedir("GET", "/x").datos == BIEN, "Se esperaba el segundo intento"
    assert claves(api) == ["vieja", "nueva", "nueva"], (
        f"Se esperaban tres peticiones, dos con la nueva: {claves(api)}"
    )


@pytest.mark.parametrize("ahora", [None, "", "ñandú"])
def test_si_la_nueva_no_sirve_se_queda_la_que_habia(
    api: Api, cliente: Hacer, tmp_path: Path, ahora: str | None
) -> None:
    """Si al releer no hay una clave que sirva, el 401 es la respuesta."""
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    uno = cliente(archivo_clave=archivo)
    archivo.unlink()
    if ahora is not None:
        archivo.write_text(ahora, encoding="utf-8")
    api.responde = acepta("otra")
    with pytest.raises(ErrorDeRespuesta) as error:
        uno.pedir("GET", "/")
    assert error.value.estado == 401, f"Se esperaba 401: {error.value.estado}"
    assert claves(api) == ["vieja"], f"Se esperaba una petición: {claves(api)}"
    api.responde = acepta("vieja")
    assert uno.pedir("GET", "/").datos == BIEN, "Se esperaba la clave que había"


def test_si_otro_hilo_ya_la_ha_leido_se_prueba_la_nueva(
    api: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """Cuenta que la clave ya no sea la que se envió, la leyera quien la leyera."""
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    uno = cliente(archivo_clave=archivo)
    archivo.write_text("nueva", encoding="utf-8")
    juntos = threading.Barrier(3)

    def responde(peticion: Peticion) -> Contestacion:
        if peticion.cabeceras.get("x-api-key") == "vieja":
            with contextlib.suppress(threading.BrokenBarrierError):
                juntos.wait(1)
        return acepta("nueva")(peticion)

    api.responde = responde
    with ThreadPoolExecutor(3) as hilos:
        vistas = [hilos.submit(uno.pedir, "GET", "/x") for _ in range(3)]
    llegaron = [vista.exception() or vista.result().datos for vista in vistas]
    assert llegaron == [BIEN] * 3, f"Se esperaba que las tres salieran bien: {llegaron}"


def test_la_clave_no_se_va_a_otro_sitio(
    api: Api, otra: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """Una redirección a otro servidor se sigue, pero sin la clave."""
    api.responde = lambda peticion: (
        Contestacion({}, 302, {"Location": f"{otra.url}/fuera"})
        if peticion.ruta == "/sale"
        else Contestacion({}, 302, {"Location": "/llega"})
        if peticion.ruta == "/dentro"
        else Contestacion(BIEN)
    )
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    uno = cliente(archivo_clave=archivo)
    assert uno.pedir("GET", "/sale").datos == {"bien": True}, "Se esperaba seguirla"
    assert claves(otra) == [None], f"La clave llegó a otro servidor: {claves(otra)}"
    uno.pedir("GET", "/dentro")
    assert claves(api)[-1] == "vieja", "Dentro de la misma API, la clave sigue"
    uno.pedir("GET", f"{otra.url}/derecho")
    assert claves(otra)[-1] is None, "Tampoco se va si se pide una dirección entera"
    archivo.write_text("nueva", encoding="utf-8")
    otra.otra_vez(lambda _: Contestacion({}, 401))
    for veces, ruta in enumerate((f"{otra.url}/401", "/sale"), start=1):
        with pytest.raises(ErrorDeRespuesta):
            uno.pedir("GET", ruta)
        assert claves(otra) == [None] * veces, (
            "El 401 de otro servidor no habla de la clave"
        )
    uno.pedir("GET", "/dentro")
    assert claves(api)[-1] == "vieja", "Ni hace que se lea la nueva"


OTROS = [
    "http://api.test/x",
    "https://api.test:8443/x",
    "https://api.test.malo.example/x",
    "https://maloapi.test/x",
    "https://malo.example/api.test/x",
    "https://api.test@malo.example/x",
    "https://sub.api.test/x",
]
CAMINOS = [(como, otro) for como in ("redirección", "entera") for otro in OTROS]


@pytest.mark.parametrize(
    ("como", "otro"), [*CAMINOS, ("redirección", "//malo.example/x")]
)
def test_que_es_otro_servidor(cliente: Hacer, como: str, otro: str) -> None:
    """Con otro esquema, otro nombre u otro puerto, es otro servidor."""
    llegaron: list[tuple[str, str | None]] = []

    def responde(peticion: httpx2.Request) -> httpx2.Response:
        llegaron.append((str(peticion.url), peticion.headers.get("x-api-key")))
        if peticion.url.path == "/v1/sale":
            return httpx2.Response(307, headers={"Location": otro})
        return httpx2.Response(200, json=BIEN)

    uno = Cliente(
        "https://api.test/v1", clave=CLAVE, transporte=httpx2.MockTransport(responde)
    )
    uno.pedir("GET", "/sale" if como == "redirección" else otro)
    direccion, clave = llegaron[-1]
    assert clave is None, f"La clave se fue a {direccion}"
    for misma in ("https://api.test/y", "https://API.test:443/y"):
        uno.pedir("GET", misma)
        assert llegaron[-1][1] == CLAVE, f"{misma} es el mismo servidor"


def test_a_donde_va_una_redireccion(api: Api, cliente: Hacer) -> None:
    """Una dirección relativa lo es de la que redirige (RFC 9110, 10.2.2)."""
    destinos = {
        "/v1/a/uno": "/raiz",
        "/v1/a/dos": "otro?x=1",
        "/v1/a/tres": "../b",
        "/v1/a/cuatro": api.url + "/entera",
    }
    api.responde = lambda peticion: (
        Contestacion({}, 302, {"Location": destinos[peticion.ruta]})
        if peticion.ruta in destinos
        else Contestacion(BIEN)
    )
    uno = cliente("/v1")
    for ruta in destinos:
        uno.pedir("GET", ruta.removeprefix("/v1"))
    esperadas = ["/raiz", "/v1/a/otro", "/v1/b", "/entera"]
    assert api.rutas()[1::2] == esperadas, f"Se esperaba {esperadas}: {api.rutas()}"


@pytest.mark.parametrize(
    ("estado", "pedido", "metodo"),
    [
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (307, "PUT", "PUT"),
        (308, "DELETE", "DELETE"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (301, "GET", "GET"),
        (302, "GET", "GET"),
    ],
)
def test_que_se_repite_en_una_redireccion(
    api: Api, cliente: Hacer, estado: int, pedido: str, metodo: str
) -> None:
    """307 y 308 repiten el método y el cuerpo; 303 es un GET sin cuerpo (RFC 9110)."""
    api.en_serie(Contestacion({}, estado, {"Location": "/y"}), Contestacion(BIEN))
    cuerpo = None if pedido == "GET" else {"euros": 10}
    assert cliente().pedir(pedido, "/x", json=cuerpo).datos == BIEN, "Se esperaba bien"
    ultima = api.peticiones[-1]
    assert (ultima.metodo, ultima.ruta) == (metodo, "/y"), (
        f"Se esperaba {metodo} /y, y llegó {ultima.metodo} {ultima.ruta}"
    )
    esperado = b"" if metodo == "GET" else api.peticiones[0].cuerpo
    assert ultima.cuerpo == esperado, f"Se esperaba {esperado!r}: {ultima.cuerpo!r}"


def test_lo_vacio_tambien_se_envia(api: Api, cliente: Hacer) -> None:
    """Un json que no es None va en el cuerpo, aunque esté vacío o sea cero."""
    for dado, cuerpo in (({}, b"{}"), ([], b"[]"), (0, b"0"), (False, b"false")):
        cliente().pedir("POST", "/x", json=dado)
        visto = api.peticiones[-1].cuerpo
        assert visto == cuerpo, f"Con json={dado!r} llegó {visto!r}"
    cliente().pedir("POST", "/x")
    assert api.peticiones[-1].cuerpo == b"", "Sin json no hay cuerpo"


def test_las_redirecciones_tienen_un_limite(api: Api, cliente: Hacer) -> None:
    """Se siguen hasta cinco redirecciones; con más, SinConexion, sin insistir."""

    def responde(peticion: Peticion) -> Contestacion:
        quedan = int(peticion.parametros.get("quedan", "99"))
        if not quedan:
            return Contestacion(BIEN)
        return Contestacion({}, 302, {"Location": f"/x?quedan={quedan - 1}"})

    api.responde = responde
    uno = cliente(intentos=1)
    assert uno.pedir("GET", "/x?quedan=5").datos == BIEN, (
        "Se esperaba seguir cinco redirecciones"
    )
    assert len(api.peticiones) == 6, f"Se esperaban 6 peticiones: {len(api.peticiones)}"
    with pytest.raises(SinConexion):
        cliente(intentos=3).pedir("GET", "/x?quedan=6")
    assert len(api.peticiones) == 12, f"Se esperaban 6 más: {len(api.peticiones)}"
