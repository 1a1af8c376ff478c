# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Autenticación con API keys."""

import contextlib
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from requisitos.api import CLAVE, Api, Contestacion, Peticion

from cliente import Cliente, ErrorDeClave, ErrorDeRespuesta

Hacer = Callable[..., Cliente]


def claves(api: Api) -> list[str | None]:
    """Las claves que han llegado a la API."""
    return [peticion.cabeceras.get("x-api-key") for peticion in api.peticiones]


def acepta(*buenas: str) -> Callable[[Peticion], Contestacion]:
    """Una API que solo contesta a quien trae una clave buena."""

    def responde(peticion: Peticion) -> Contestacion:
        if peticion.cabeceras.get("x-api-key") in buenas:
            return Contestacion({"bien": True})
        return Contestacion({"error": "clave"}, 401)

    return responde


def test_cada_peticion_lleva_la_clave(api: Api, cliente: Hacer) -> None:
    """La clave va en la cabecera X-API-Key, con cualquier método."""
    with cliente() as api_de_prueba:
        for metodo in ("GET", "POST", "DELETE"):
            api_de_prueba.pedir(metodo, "/articulos")
    assert claves(api) == [CLAVE] * 3, f"Se esperaba la clave tres veces: {claves(api)}"


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
    """La clave puede estar en un archivo, con un salto de línea al final."""
    archivo = tmp_path / "clave.txt"
    archivo.write_text("del-archivo-2\n", encoding="utf-8")
    cliente(archivo_clave=archivo).pedir("GET", "/")
    monkeypatch.setenv("CLIENTE_ARCHIVO_CLAVE", str(archivo))
    cliente(clave=None).pedir("GET", "/")
    assert claves(api) == ["del-archivo-2"] * 2, f"Se esperaba sin salto: {claves(api)}"


def test_lo_que_se_da_gana_al_entorno(
    api: Api, cliente: Hacer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Gana la clave que se da, después el archivo que se da, después el entorno."""
    monkeypatch.setenv("CLIENTE_CLAVE", "del-entorno")
    archivo = tmp_path / "clave.txt"
    archivo.write_text("del-archivo", encoding="utf-8")
    cliente(clave="directa", archivo_clave=archivo).pedir("GET", "/")
    cliente(archivo_clave=archivo).pedir("GET", "/")
    monkeypatch.setenv("CLIENTE_ARCHIVO_CLAVE", str(archivo))
    cliente(clave=None).pedir("GET", "/")
    esperadas = ["directa", "del-archivo", "del-entorno"]
    assert claves(api) == esperadas, f"Se esperaba {esperadas}: {claves(api)}"


@pytest.mark.parametrize("mala", [None, "", "  ", "con\nsalto", "ñandú"])
def test_sin_una_clave_que_sirva_no_hay_cliente(
    api: Api, cliente: Hacer, mala: str | None
) -> None:
    """Si falta la clave o no puede ir en una cabecera, ErrorDeClave, sin enseñarla."""
    with pytest.raises(ErrorDeClave) as error:
        cliente(clave=mala)
    if mala and mala.strip():
        assert mala not in str(error.value), "El error no debe enseñar la clave"
    assert not api.peticiones, "No había que pedir nada"


def test_un_archivo_de_clave_que_no_se_puede_leer(
    cliente: Hacer, tmp_path: Path
) -> None:
    """Un archivo que no existe, está vacío o no es texto es un ErrorDeClave."""
    vacio = tmp_path / "vacio"
    vacio.write_bytes(b"\r\n")
    basura = tmp_path / "basura"
    basura.write_bytes(b"\xff\xfe\x00\x80secreto")
    for archivo in (tmp_path / "no-existe", tmp_path, basura, vacio):
        with pytest.raises(ErrorDeClave):
            cliente(archivo_clave=archivo)


def test_la_clave_no_se_ve(
    api: Api, cliente: Hacer, caplog: pytest.LogCaptureFixture
) -> None:
    """Ni en los registros, ni en los errores y sus trazas, ni en los repr."""
    api.en_serie(Contestacion({}, 503), Contestacion({"ok": 1}), Contestacion({}, 401))
    dicho = []
    with caplog.at_level(logging.DEBUG):
        uno = cliente(intentos=2)
        dicho += [
            repr(uno),
            str(uno),
            repr(vars(uno)) if hasattr(uno, "__dict__") else "",
        ]
        dicho.append(repr(uno.pedir("GET", "/bien")))
        assert api.peticiones[-1].cabeceras.get("x-api-key") == CLAVE, (
            "Se esperaba la clave en la cabecera X-API-Key"
        )
        with pytest.raises(ErrorDeRespuesta) as error:
            uno.pedir("GET", "/mal")
        dicho += [repr(error.value), "".join(traceback.format_exception(error.value))]
        api.responde = lambda _: Contestacion(cortada=True)
        with contextlib.suppress(Exception):
            cliente(intentos=1).pedir("GET", "/corta")
    dicho.append(caplog.text)
    for texto in dicho:
        assert CLAVE not in texto, f"La clave se ve en: {texto}"


def test_con_un_401_se_lee_la_clave_otra_vez(
    api: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """Si la clave ha cambiado en el archivo, se prueba la nueva y nadie lo nota."""
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    uno = cliente(archivo_clave=archivo)
    archivo.write_text("nueva", encoding="utf-8")
    api.responde = acepta("nueva")
    assert uno.pedir("POST", "/x", json={"a": 1}).datos == {"bien": True}, (
        "Se esperaba que la petición saliera bien con la clave nueva"
    )
    assert claves(api) == ["vieja", "nueva"], (
        f"Se esperaba vieja y nueva: {claves(api)}"
    )
    assert api.peticiones[1].cuerpo, "La segunda vez también va el cuerpo"
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
    api.responde = acepta("nueva")
    assert uno.pedir("GET", "/x").datos == {"bien": True}, (
        "Se esperaba que la petición saliera bien con la clave nueva"
    )
    assert claves(api) == ["vieja", "nueva"], (
        f"Se esperaba vieja y nueva: {claves(api)}"
    )


def test_si_la_clave_no_ha_cambiado_no_se_insiste(api: Api, cliente: Hacer) -> None:
    """Con la misma clave, un 401 es la respuesta, a la primera."""
    api.responde = acepta("otra")
    with pytest.raises(ErrorDeRespuesta) as error:
        cliente().pedir("GET", "/")
    assert error.value.estado == 401, f"Se esperaba 401, y llegó {error.value.estado}"
    assert len(api.peticiones) == 1, f"Se esperaba una petición: {api.rutas()}"


def test_si_la_nueva_tampoco_vale_se_acaba(
    api: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """La clave nueva se prueba una sola vez."""
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    uno = cliente(archivo_clave=archivo)
    archivo.write_text("nueva", encoding="utf-8")
    api.responde = acepta("ninguna")
    with pytest.raises(ErrorDeRespuesta):
        uno.pedir("GET", "/")
    assert claves(api) == ["vieja", "nueva"], f"Se esperaban dos: {claves(api)}"


def test_la_clave_no_se_va_a_otro_sitio(api: Api, cliente: Hacer) -> None:
    """Una redirección a otro servidor se sigue, pero sin la clave."""
    otra = Api()
    try:
        api.responde = lambda peticion: (
            Contestacion({}, 302, {"Location": f"{otra.url}/fuera"})
            if peticion.ruta == "/sale"
            else Contestacion({}, 302, {"Location": "/llega"})
            if peticion.ruta == "/dentro"
            else Contestacion({"bien": True})
        )
        uno = cliente()
        assert uno.pedir("GET", "/sale").datos == {"bien": True}, "Se esperaba seguirla"
        assert claves(otra) == [None], f"La clave llegó a otro servidor: {claves(otra)}"
        uno.pedir("GET", "/dentro")
        assert claves(api)[-1] == CLAVE, "Dentro de la misma API, la clave sigue"
        uno.pedir("GET", f"{otra.url}/derecho")
        assert claves(otra)[-1] is None, "Tampoco se va si se pide una dirección entera"
    finally:
        otra.shutdown()
        otra.server_close()


def test_las_redirecciones_tienen_un_limite(api: Api, cliente: Hacer) -> None:
    """Se siguen hasta cinco redirecciones; si hay más, es un error y no un bucle."""

    def responde(peticion: Peticion) -> Contestacion:
        quedan = int(peticion.parametros.get("quedan", "99"))
        if not quedan:
            return Contestacion({"bien": True})
        return Contestacion({}, 302, {"Location": f"/x?quedan={quedan - 1}"})

    api.responde = responde
    uno = cliente(intentos=1)
    assert uno.pedir("GET", "/x?quedan=5").datos == {"bien": True}, (
        "Se esperaba seguir cinco redirecciones"
    )
    assert len(api.peticiones) == 6, f"Se esperaban 6 peticiones: {len(api.peticiones)}"
    with contextlib.suppress(Exception):  # cuál es, lo dice R3
        llegada = uno.pedir("GET", "/x")
        pytest.fail(f"Con más de cinco se esperaba un error, y llegó {llegada}")
    assert len(api.peticiones) == 12, f"Se esperaban 6 más: {len(api.peticiones)}"
