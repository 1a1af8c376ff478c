# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Cache de respuestas."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from requisitos.api import CLAVE, Api, Contestacion, Peticion, Reloj

from cliente import Cliente, ErrorDeRespuesta

pytestmark = pytest.mark.en_proceso
Hacer = Callable[..., Cliente]


@pytest.fixture
def carpeta(tmp_path: Path) -> Path:
    """Dónde se guarda la caché."""
    return tmp_path / "una" / "caché"


def contador(api: Api, **cabeceras: str) -> None:
    """Hace que cada respuesta sea distinta, con estas cabeceras."""
    puestas = {nombre.replace("_", "-"): valor for nombre, valor in cabeceras.items()}
    api.responde = lambda _: Contestacion({"n": len(api.peticiones)}, cabeceras=puestas)


def sale_mal(uno: Cliente, metodo: str) -> None:
    """Se espera un error; cuál es, lo dice R3."""
    try:
        llego = uno.pedir(metodo, "/x")
    except Exception:
        return
    pytest.fail(f"La API falla: se esperaba un error, y llegó {llego}")


def con_etag(peticion: Peticion) -> Contestacion:
    """Un documento que no cambia, y que hay que revalidar."""
    if peticion.cabeceras.get("if-none-match") == '"v1"':
        return Contestacion(estado=304, cabeceras={"ETag": '"v1"', "X-Nueva": "si"})
    return Contestacion({"dato": "MARCA-DEL-CUERPO"}, cabeceras={"ETag": '"v1"'})


def test_lo_fresco_no_se_pide(
    api: Api, cliente: Hacer, carpeta: Path, reloj: Reloj
) -> None:
    """Mientras dura max-age, se contesta sin llamar a la API; después, se llama."""
    contador(api, Cache_Control="Max-Age=60", X_Version="7")
    uno = cliente(cache=carpeta)
    primera = uno.pedir("GET", "/x")
    reloj.ahora += 59.9
    segunda = uno.pedir("GET", "/x")
    assert (primera.datos, segunda.datos) == ({"n": 1}, {"n": 1}), (
        f"Se esperaba la misma: {primera.datos}, {segunda.datos}"
    )
    assert (primera.de_cache, segunda.de_cache) == (False, True), (
        "Se esperaba de_cache=False y después True"
    )
    assert primera.cabeceras["x-version"] == "7", f"Faltan: {primera.cabeceras}"
    for que in ("estado", "url", "cuerpo"):
        assert getattr(segunda, que) == getattr(primera, que), f"Cambió su {que}"
    assert segunda.cabeceras["x-version"] == "7", f"Faltan: {segunda.cabeceras}"
    reloj.ahora += 0.2
    assert uno.pedir("GET", "/x").datos == {"n": 2}, "Ya no estaba fresca"
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"
    assert "if-none-match" not in api.peticiones[1].cabeceras, "No había ETag"
    assert uno.pedir("get", "/x").datos == {"n": 2}, "«get» es GET, y estaba fresca"


@pytest.mark.parametrize("crudo", [b"", b"\x00\xff\r\n\x80", '{"ñ": "€"} '.encode()])
def test_el_cuerpo_se_guarda_como_es(
    api: Api, cliente: Hacer, carpeta: Path, crudo: bytes
) -> None:
    """Lo que sale de la caché es, byte a byte, lo que llegó, con sus cabeceras."""
    dichas = {
        "Cache-Control": "max-age=60",
        "Content-Type": "text/plain; charset=latin-1",
        "ETag": 'W/"a, b"',
    }
    api.responde = lambda _: Contestacion(crudo=crudo, cabeceras=dichas)
    uno = cliente(cache=carpeta)
    primera, segunda = (uno.pedir("GET", "/x") for _ in range(2))
    assert segunda.de_cache, "Se esperaba la guardada"
    assert primera.cuerpo == segunda.cuerpo == crudo, f"Se esperaba {crudo!r}"
    for nombre, valor in dichas.items():
        visto = segunda.cabeceras.get(nombre.lower())
        assert visto == valor, f"Se esperaba {nombre}: {valor}, y llegó {visto}"


def test_la_cache_no_llama_aunque_el_circuito_este_abierto(
    api: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Lo fresco no se pide: se da también con el circuito abierto."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=carpeta, intentos=1, fallos_seguidos=1)
    uno.pedir("GET", "/x")
    api.responde = lambda _: Contestacion({}, 503)
    with pytest.raises(ErrorDeRespuesta):
        uno.pedir("GET", "/y")
    assert uno.pedir("GET", "/x").datos == {"n": 1}, "Se esperaba la guardada"
    assert api.rutas().count("/x") == 1, f"«/x» estaba fresca: {api.rutas()}"


def test_sin_carpeta_no_hay_cache(api: Api, cliente: Hacer) -> None:
    """Si no se pide caché, cada petición llega a la API."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente()
    datos = [uno.pedir("GET", "/x").datos["n"] for _ in range(2)]
    assert datos == [1, 2], f"Se esperaba [1, 2], y llegó {datos}"
    contador(api, Cache_Control="no-cache")
    otro = cliente(cache=None)
    assert otro.pedir("GET", "/x").de_cache is False, "No había caché"


def test_la_direccion_entera_distingue(
    api: Api, otra: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Otra ruta, otros parámetros u otro servidor son otra respuesta."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=carpeta)
    uno.pedir("GET", "/x")
    uno.pedir("GET", "/y")
    uno.pedir("GET", "/x", parametros={"a": "1"})
    uno.pedir("GET", "/x", parametros={"a": "2"})
    assert len(api.peticiones) == 4, f"Se esperaban 4 peticiones: {len(api.peticiones)}"
    assert uno.pedir("GET", "/x", parametros={"a": "1"}).datos == {"n": 3}, "Era la 3"
    assert uno.pedir("GET", "/x?a=1").datos == {"n": 3}, "Es la misma dirección"
    assert uno.pedir("GET", "/X").datos == {"n": 5}, "«/X» no es «/x»"
    contador(otra, Cache_Control="max-age=60")
    uno.pedir("GET", f"{otra.url}/x")
    assert len(otra.peticiones) == 1, "La de otro servidor es otra"


def test_esta_en_el_disco(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Otro cliente con la misma carpeta aprovecha lo guardado."""
    contador(api, Cache_Control="max-age=60")
    with cliente(cache=carpeta) as uno:
        uno.pedir("GET", "/x")
    with cliente(cache=carpeta) as otro:
        respuesta = otro.pedir("GET", "/x")
    assert respuesta.datos == {"n": 1} and respuesta.de_cache, (
        f"Se esperaba la guardada: {respuesta}"
    )


def test_otro_programa_aprovecha_lo_guardado(
    api: Api, cliente: Hacer, carpeta: Path, reloj: Reloj
) -> None:
    """Lo que guarda un programa le sirve al siguiente: está todo en la carpeta."""
    contador(api, Cache_Control="max-age=60", Vary="Accept-Language")
    programa = (
        "import sys, pathlib, cliente\n"
        "url, clave, cache, hora = sys.argv[1:]\n"
        "uno = cliente.Cliente(url, clave=clave, cache=pathlib.Path(cache),"
        " reloj=lambda: float(hora))\n"
        "with uno:\n    uno.pedir('GET', '/x', cabeceras={'Accept-Language': 'es'})\n"
    )
    argumentos = [api.url, CLAVE, str(carpeta), str(reloj.ahora)]
    hecho = subprocess.run(
        [sys.executable, "-c", programa, *argumentos],
        env={
            **os.environ,
            "PYTHONHASHSEED": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert hecho.returncode == 0, f"El primer programa no acabó bien: {hecho.stderr}"
    visto = cliente(cache=carpeta).pedir(
        "GET", "/x", cabeceras={"Accept-Language": "es"}
    )
    assert visto.datos == {"n": 1} and visto.de_cache, (
        f"Se esperaba la guardada: {visto}"
    )


def test_lo_caducado_se_revalida_con_etag(
    api: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Con ETag se pregunta si ha cambiado; con un 304 sirve lo guardado."""
    api.responde = con_etag
    uno = cliente(cache=carpeta)
    respuestas = [uno.pedir("GET", "/x") for _ in range(3)]
    preguntas = [p.cabeceras.get("if-none-match") for p in api.peticiones]
    assert preguntas == [None, '"v1"', '"v1"'], f"Se esperaba preguntar: {preguntas}"
    assert [respuesta.de_cache for respuesta in respuestas] == [False, True, True], (
        "Lo que sale tras un 304 es lo guardado: de_cache=True"
    )
    for respuesta in respuestas:
        assert respuesta.estado == 200, f"Se esperaba 200: {respuesta.estado}"
        assert respuesta.datos == {"dato": "MARCA-DEL-CUERPO"}, f"Llegó {respuesta}"


def test_un_304_renueva_la_frescura(
    api: Api, cliente: Hacer, carpeta: Path, reloj: Reloj
) -> None:
    """Las cabeceras del 304 sustituyen a las guardadas (RFC 9111, 4.3.4)."""
    api.responde = lambda peticion: Contestacion(
        {"a": 1},
        304 if peticion.cabeceras.get("if-none-match") == 'W/"v, 1"' else 200,
        {"ETag": 'W/"v, 1"', "Cache-Control": "max-age=10"},
    )
    uno = cliente(cache=carpeta)
    for pasan, esperadas in ((0, 1), (9, 1), (2, 2), (9, 2), (2, 3)):
        reloj.ahora += pasan
        respuesta = uno.pedir("GET", "/x")
        assert respuesta.datos == {"a": 1}, "Se esperaba la guardada"
        assert respuesta.de_cache == (pasan > 0), (
            "Se esperaba preguntar con el ETag tal cual, también si es débil (W/)"
        )
        assert len(api.peticiones) == esperadas, (
            f"Se esperaban {esperadas} peticiones: {len(api.peticiones)}"
        )


def test_un_304_no_borra_lo_que_no_dice(
    api: Api, cliente: Hacer, carpeta: Path, reloj: Reloj
) -> None:
    """Lo que el 304 no trae se queda como estaba; lo que trae, cambia (RFC 9111)."""
    guardadas = {
        "ETag": '"v1"',
        "Cache-Control": "max-age=10",
        "X-Tipo": "a",
        "X-N": "1",
    }
    api.responde = lambda peticion: (
        Contestacion(estado=304, cabeceras={"X-N": "2"})
        if "if-none-match" in peticion.cabeceras
        else Contestacion({"a": 1}, cabeceras=guardadas)
    )
    uno = cliente(cache=carpeta)
    uno.pedir("GET", "/x")
    reloj.ahora += 11
    tras_el_304 = uno.pedir("GET", "/x")
    reloj.ahora += 9
    for respuesta in (tras_el_304, uno.pedir("GET", "/x")):
        visto = [respuesta.cabeceras.get(x) for x in ("etag", "x-tipo", "x-n")]
        assert visto == ['"v1"', "a", "2"], f"Se esperaba lo viejo y lo nuevo: {visto}"
        assert respuesta.datos == {"a": 1}, (
            f"Se esperaba el cuerpo: {respuesta.cuerpo!r}"
        )
    assert len(api.peticiones) == 2, "El max-age guardado vale otros diez segundos"
    reloj.ahora += 2
    uno.pedir("GET", "/x")
    assert api.peticiones[-1].cabeceras.get("if-none-match") == '"v1"', "Y el ETag"


@pytest.mark.parametrize("fallo", ["503", "corte"])
def test_lo_caducado_no_se_da_si_la_api_falla(
    api: Api, cliente: Hacer, carpeta: Path, reloj: Reloj, fallo: str
) -> None:
    """Si al preguntar la API falla, es un error, como sin caché; y se puede volver."""
    api.responde = con_etag
    uno = cliente(cache=carpeta, intentos=1)
    uno.pedir("GET", "/x")
    api.responde = lambda _: Contestacion({}, 503, cortada=fallo == "corte")
    sale_mal(uno, "GET")
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"
    api.responde = con_etag
    assert uno.pedir("GET", "/x").de_cache, "Lo guardado sigue ahí para la próxima"


def test_si_ha_cambiado_se_guarda_lo_nuevo(
    api: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Si a la pregunta se contesta con 200, vale lo nuevo, con su ETag."""
    api.responde = lambda _: Contestacion(
        {"n": len(api.peticiones)}, cabeceras={"ETag": f'"v{len(api.peticiones)}"'}
    )
    uno = cliente(cache=carpeta)
    datos = [uno.pedir("GET", "/x").datos["n"] for _ in range(3)]
    assert datos == [1, 2, 3], f"Se esperaba [1, 2, 3], y llegó {datos}"
    preguntas = [p.cabeceras.get("if-none-match") for p in api.peticiones]
    assert preguntas == [None, '"v1"', '"v2"'], f"Se esperaba la última: {preguntas}"


def test_no_cache_pregunta_siempre(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """no-cache deja guardar, pero obliga a preguntar."""
    api.responde = lambda peticion: Contestacion(
        {"a": 1},
        304 if "if-none-match" in peticion.cabeceras else 200,
        {"ETag": '"v1"', "Cache-Control": "no-cache, max-age=60"},
    )
    uno = cliente(cache=carpeta)
    for _ in range(2):
        assert uno.pedir("GET", "/x").datos == {"a": 1}, "Se esperaba el dato"
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"
    assert "if-none-match" in api.peticiones[1].cabeceras, "Se esperaba que preguntara"
    contador(api, Cache_Control="max-age=60, No-Cache")
    datos = [uno.pedir("GET", "/y").datos["n"] for _ in range(2)]
    assert datos == [3, 4], f"Sin ETag con que preguntar, se pide: {datos}"


def test_max_age_cero_pregunta_siempre(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Con max-age=0 no está fresca ni un instante, aunque el reloj no se mueva."""
    contador(api, Cache_Control="max-age=0", ETag='"v1"')
    uno = cliente(cache=carpeta)
    datos = [uno.pedir("GET", "/x").datos["n"] for _ in range(2)]
    assert datos == [1, 2], f"Se esperaba que preguntara: {datos}"
    pregunta = api.peticiones[1].cabeceras.get("if-none-match")
    assert pregunta == '"v1"', f"Se esperaba preguntar con el ETag: {pregunta}"


def en_disco(carpeta: Path) -> bytes:
    """Todo lo que hay en la carpeta, junto."""
    if not carpeta.exists():
        return b""
    cosas = list(carpeta.rglob("*"))
    nombres = "\n".join(str(cosa.relative_to(carpeta)) for cosa in cosas).encode()
    return nombres + b"".join(x.read_bytes() for x in cosas if x.is_file())


def test_no_store_no_toca_el_disco(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """no-store no se guarda en ninguna parte; y la clave, nunca."""
    api.responde = con_etag
    uno = cliente(cache=carpeta)
    uno.pedir("GET", "/se-guarda")
    assert b"MARCA-DEL-CUERPO" in en_disco(carpeta), "Se esperaba la primera en disco"
    api.responde = lambda _: Contestacion(
        {"secreto": "NO-GUARDAR"},
        cabeceras={"Cache-Control": "no-store, max-age=60", "ETag": '"z"'},
    )
    for _ in range(2):
        uno.pedir("GET", "/no-se-guarda")
    assert len(api.peticiones) == 3, f"Se esperaban 3 peticiones: {len(api.peticiones)}"
    assert b"NO-GUARDAR" not in en_disco(carpeta), "no-store ha llegado al disco"


@pytest.mark.parametrize("estado", [200, 304])
def test_un_no_store_nuevo_olvida_lo_guardado(
    api: Api, cliente: Hacer, carpeta: Path, estado: int
) -> None:
    """Si al preguntar llega un no-store, se da esta vez, y lo que había se olvida."""
    api.responde = con_etag
    uno = cliente(cache=carpeta)
    uno.pedir("GET", "/x")
    otra = Contestacion({"a": 1}, estado, {"Cache-Control": "no-store"})
    api.en_serie(otra, Contestacion({"a": 2}))
    vista = uno.pedir("GET", "/x")
    esperado = {"a": 1} if estado == 200 else {"dato": "MARCA-DEL-CUERPO"}
    assert vista.datos == esperado, f"Se esperaba {esperado}, y llegó {vista.datos}"
    assert uno.pedir("GET", "/x").datos == {"a": 2}, "Se esperaba pedirla otra vez"
    preguntas = [p.cabeceras.get("if-none-match") for p in api.peticiones]
    assert preguntas == [None, '"v1"', None], f"Ya no había por qué: {preguntas}"


def test_la_clave_no_llega_al_disco(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Ni en claro ni disfrazada, aunque la respuesta varíe con ella."""
    contador(api, Cache_Control="max-age=60", Vary="X-API-Key, Accept-Language")
    uno = cliente(cache=carpeta)
    datos = [uno.pedir("GET", "/x").datos["n"] for _ in range(2)]
    assert datos == [1, 1], f"Se esperaba que se guardara: {datos}"
    disco = en_disco(carpeta).lower()
    for forma in (
        CLAVE.encode(),
        CLAVE[::-1].encode(),
        CLAVE.encode().hex().encode(),
        base64.b64encode(CLAVE.encode()).rstrip(b"=").lower(),
    ):
        assert forma not in disco, f"La clave ha llegado al disco: {forma!r}"


def test_sin_fecha_ni_etag_no_se_guarda(
    api: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Lo que no se sabe cuánto dura se pide siempre; el de al lado se guarda."""
    contador(api)
    uno = cliente(cache=carpeta)
    datos = [uno.pedir("GET", "/x").datos["n"] for _ in range(2)]
    assert datos == [1, 2], f"Se esperaba [1, 2], y llegó {datos}"
    contador(api, Cache_Control="public, max-age=9")
    datos = [uno.pedir("GET", "/z").datos["n"] for _ in range(2)]
    assert datos == [3, 3], f"Se esperaba [3, 3], y llegó {datos}"


RARAS = """max-age=pronto max-age=-1 max-age max-age= max-age=60abc max-age=1.5
max-age=1e9 max-age=inf max-age=+60 max-age=6_0 max-age=0x3c x-max-age=60 max-ages=60
maxage=60"""


@pytest.mark.parametrize("rara", RARAS.split())
def test_una_frescura_que_no_se_entiende(
    api: Api, cliente: Hacer, carpeta: Path, rara: str
) -> None:
    """Un max-age que no es un número es como si no estuviera; el bueno de antes, sí."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=carpeta)
    assert [uno.pedir("GET", "/x").de_cache for _ in range(2)] == [False, True]
    contador(api, Cache_Control=rara)
    datos = [uno.pedir("GET", "/y").datos["n"] for _ in range(2)]
    assert datos == [2, 3], f"Se esperaba [2, 3], y llegó {datos}"


def test_vary_distingue(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Si varía con una cabecera, cada valor tiene la suya, y sin ella hay otra."""
    api.responde = lambda peticion: Contestacion(
        {"idioma": peticion.cabeceras.get("accept-language"), "n": len(api.peticiones)},
        cabeceras={"Cache-Control": "max-age=60", "Vary": "Accept, ACCEPT-language"},
    )
    uno = cliente(cache=carpeta)
    for _ in range(2):
        for idioma in ("es", None, "en", "ES", "es, en", ""):
            pedida = {"X-Otra": "a"}
            if idioma is not None:
                pedida["accept-LANGUAGE"] = idioma
            respuesta = uno.pedir("GET", "/x", cabeceras=pedida)
            assert respuesta.datos["idioma"] == idioma, (
                f"Se esperaba {idioma!r}, y llegó {respuesta.datos}"
            )
    assert len(api.peticiones) == 6, f"Se esperaban 6 peticiones: {len(api.peticiones)}"
    for nombre in ("Accept", "Accept-Language"):
        uno.pedir("GET", "/x", cabeceras={"Accept-Language": "es", nombre: "otra"})
    assert len(api.peticiones) == 8, "Cuentan todas las cabeceras que dice Vary"
    uno.pedir("GET", "/x", cabeceras={"Accept-Language": "es", "X-Otra": "b"})
    assert len(api.peticiones) == 8, "Y solo las que dice Vary"


@pytest.mark.parametrize("vary", ["*", "Accept, *", " * ,Accept"])
def test_vary_con_asterisco_no_se_guarda(
    api: Api, cliente: Hacer, carpeta: Path, vary: str
) -> None:
    """Vary: * dice que nunca vale la misma, vaya solo o en una lista; sin él, sí."""
    contador(api, Cache_Control="max-age=60", ETag='"e"', Vary=vary)
    uno = cliente(cache=carpeta)
    datos = [uno.pedir("GET", "/x").datos["n"] for _ in range(2)]
    assert datos == [1, 2], f"Se esperaba [1, 2], y llegó {datos}"
    contador(api, Cache_Control="max-age=60")
    datos = [uno.pedir("GET", "/z").datos["n"] for _ in range(2)]
    assert datos == [3, 3], f"Se esperaba [3, 3], y llegó {datos}"


def test_cada_clave_tiene_lo_suyo(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Lo que se guardó con una clave no se le da a quien trae otra."""
    contador(api, Cache_Control="max-age=60")
    assert cliente(cache=carpeta, clave="clave-a").pedir("GET", "/x").datos == {"n": 1}
    otra = cliente(cache=carpeta, clave="clave-b").pedir("GET", "/x")
    assert otra.datos == {"n": 2}, f"Se esperaba una nueva: {otra.datos}"
    misma = cliente(cache=carpeta, clave="clave-a").pedir("GET", "/x")
    assert misma.datos == {"n": 1}, f"Se esperaba la guardada: {misma.datos}"


def test_la_clave_que_cuenta_es_la_que_se_envio(
    api: Api, cliente: Hacer, carpeta: Path, tmp_path: Path
) -> None:
    """Si por un 401 la clave cambia, lo que se guardó con la de antes no vale."""
    archivo = tmp_path / "clave"
    archivo.write_text("vieja", encoding="utf-8")
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=carpeta, archivo_clave=archivo)
    uno.pedir("GET", "/x")
    archivo.write_text("nueva", encoding="utf-8")
    buena = api.responde
    api.responde = lambda peticion: (
        buena(peticion)
        if peticion.cabeceras.get("x-api-key") == "nueva"
        else Contestacion({}, 401)
    )
    try:
        uno.pedir("GET", "/y")
    except ErrorDeRespuesta:
        return  # R1 no está hecho: la clave no cambia
    assert uno.pedir("GET", "/y").de_cache, "«/y» se guardó con la nueva"
    visto = uno.pedir("GET", "/x")
    assert not visto.de_cache, f"Era de la clave de antes: {visto.datos}"


@pytest.mark.parametrize("metodo", ["POST", "PUT", "PATCH", "DELETE", "post"])
def test_escribir_olvida_lo_guardado(
    api: Api, cliente: Hacer, carpeta: Path, metodo: str
) -> None:
    """Tras escribir en una dirección, lo guardado de ella no vale (RFC 9111, 4.4)."""
    contador(api, Cache_Control="max-age=60", Vary="Accept-Language")
    uno = cliente(cache=carpeta)
    idiomas = [{"Accept-Language": idioma} for idioma in ("es", "en")]
    for esperado in (False, True):
        for idioma in idiomas:
            visto = uno.pedir("GET", "/x", cabeceras=idioma).de_cache
            assert visto == esperado, f"Se esperaba de_cache={esperado}"
    escrita = uno.pedir(metodo, "/x")
    assert not escrita.de_cache, f"Un {metodo} no sale de la caché"
    nuevas = [uno.pedir("GET", "/x", cabeceras=idioma).datos for idioma in idiomas]
    assert nuevas == [{"n": 4}, {"n": 5}], f"Se esperaban dos nuevas: {nuevas}"


def test_escribir_olvida_para_todos_y_solo_eso(
    api: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Lo de esa dirección no vale para ninguna clave; lo de otras direcciones, sí."""
    contador(api, Cache_Control="max-age=60")
    uno, otro = (
        cliente(cache=carpeta, clave=clave) for clave in ("clave-a", "clave-b")
    )
    rutas = ("/x", "/xy", "/x/y", "/y", "/x?a=1", "/x?a=1&b=2")
    for ruta in rutas:
        uno.pedir("GET", ruta)
    otro.pedir("GET", "/x")
    otro.pedir("POST", "/x", json={"a": 1})
    guardadas = [uno.pedir("GET", ruta).de_cache for ruta in rutas]
    assert guardadas == [False, True, True, True, True, True], (
        f"Se esperaba que se olvidara solo /x, también para otra clave: {guardadas}"
    )
    otro.pedir("PUT", "/x", parametros={"a": 1}, json={"a": 1})
    guardadas = [uno.pedir("GET", ruta).de_cache for ruta in rutas]
    assert guardadas == [True, True, True, True, False, True], (
        f"Se esperaba que se olvidara solo /x?a=1: {guardadas}"
    )


@pytest.mark.parametrize("como", ["500", "corte"])
def test_escribir_olvida_aunque_no_se_sepa_si_llego(
    api: Api, cliente: Hacer, carpeta: Path, como: str
) -> None:
    """Un POST que se corta o que da un 500 puede haber escrito: lo guardado no vale."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=carpeta, intentos=1)
    uno.pedir("GET", "/x")
    api.responde = lambda _: Contestacion({}, 500, cortada=como == "corte")
    sale_mal(uno, "POST")
    contador(api, Cache_Control="max-age=60")
    assert uno.pedir("GET", "/x").datos == {"n": 3}, "Se esperaba pedirla otra vez"


@pytest.mark.parametrize("metodo", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_solo_se_guardan_los_get(
    api: Api, cliente: Hacer, carpeta: Path, metodo: str
) -> None:
    """Lo que contesta a otro método ni sale de la caché ni entra en ella."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=carpeta)
    uno.pedir("GET", "/x")
    visto = [uno.pedir(metodo, "/x", json={"a": 1}).datos["n"] for _ in range(2)]
    assert visto == [2, 3], f"Se esperaba que llegaran los dos a la API: {visto}"
    ultima = uno.pedir("GET", "/x").datos["n"]
    esperada = 1 if metodo == "OPTIONS" else 4
    assert ultima == esperada, f"Se esperaba la {esperada}, y llegó la {ultima}"


def test_head_ni_se_guarda_ni_olvida(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Solo se guardan los GET, y un HEAD, que no escribe, no borra nada."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=carpeta)
    uno.pedir("HEAD", "/x")
    assert uno.pedir("GET", "/x").datos == {"n": 2}, "Lo de HEAD no sirve para GET"
    assert not uno.pedir("HEAD", "/x").de_cache, "HEAD se pregunta siempre"
    assert uno.pedir("GET", "/x").datos == {"n": 2}, "Se esperaba la guardada"


def test_los_errores_no_se_guardan(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Un 404 con max-age no se queda; la respuesta buena que venga después, sí."""
    viva = {"Cache-Control": "max-age=60"}
    api.en_serie(Contestacion({}, 404, viva), Contestacion({"n": 2}, cabeceras=viva))
    uno = cliente(cache=carpeta)
    with pytest.raises(ErrorDeRespuesta):
        uno.pedir("GET", "/x")
    assert uno.pedir("GET", "/x").datos == {"n": 2}, "Se esperaba la buena"
    assert uno.pedir("GET", "/x").de_cache, "La buena se guarda"
    api.en_serie(Contestacion({"a": 1}, 203, viva), Contestacion({"a": 2}, 200, viva))
    assert uno.pedir("GET", "/y").datos == {"a": 1}, "Un 203 también va bien"
    assert uno.pedir("GET", "/y").datos == {"a": 2}, "Pero solo se guarda un 200"


def test_no_crece_sin_fin(
    api: Api, cliente: Hacer, carpeta: Path, reloj: Reloj
) -> None:
    """Guarda como mucho limite_cache respuestas: se olvida la menos usada."""
    contador(api, Cache_Control="max-age=600")
    uno = cliente(cache=carpeta, limite_cache=3)

    def pedir(*rutas: str) -> list[bool]:
        vistas = []
        for ruta in rutas:
            reloj.ahora += 1
            vistas.append(uno.pedir("GET", ruta).de_cache)
        return vistas

    pedir("/a", "/b", "/c")
    assert pedir("/c", "/b", "/a") == [True] * 3, "Las tres cabían"
    pedir("/d")
    guardadas = pedir("/a", "/b", "/d")
    assert guardadas == [True] * 3, f"Se esperaba que quedaran /a, /b y /d: {guardadas}"
    assert pedir("/c") == [False], "«/c» era la menos usada"
    reloj.ahora += 700  # caducan todas; y pedir otra vez las mismas no ocupa más
    pedir("/b", "/d", "/c", "/b", "/b")
    assert pedir("/b", "/d", "/c") == [True] * 3, "Renovar una no echa a las demás"


def test_el_limite_es_de_todas_juntas(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Cuentan las de todas las claves, y las de todas las direcciones."""
    contador(api, Cache_Control="max-age=600")
    claves = ("clave-a", "clave-b")
    unos = [cliente(cache=carpeta, clave=clave, limite_cache=3) for clave in claves]
    for uno in unos:
        for ruta in ("/x", "/y"):
            uno.pedir("GET", ruta)
    guardadas = [
        uno.pedir("GET", ruta).de_cache for uno in unos[::-1] for ruta in ("/y", "/x")
    ]
    assert guardadas == [True, True, True, False], (
        f"Se pidieron cuatro y caben tres: {guardadas}"
    )


def test_preguntar_tambien_es_usar(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """La que se da tras un 304 se ha usado: se olvida otra."""
    api.responde = con_etag
    uno = cliente(cache=carpeta, limite_cache=2)
    for ruta in ("/a", "/b", "/a", "/c", "/a", "/b"):
        uno.pedir("GET", ruta)
    preguntas = ["if-none-match" in peticion.cabeceras for peticion in api.peticiones]
    assert preguntas == [False, False, True, False, True, False], (
        f"Con sitio para dos, «/c» tenía que echar a «/b»: {preguntas}"
    )


ESTROPEOS: dict[str, Callable[[bytes], bytes]] = {
    "otra cosa": lambda _: b"\x00basura\xff" * 50,
    "cortado": lambda bueno: bueno[: len(bueno) // 2],
    "vacío": lambda _: b"",
    "a cero por la mitad": lambda bueno: (
        bueno[: len(bueno) // 2] + bytes(len(bueno) - len(bueno) // 2)
    ),
    "un byte del cuerpo": lambda bueno: bueno.replace(b"MARCA-DEL", b"MARKA-DEL"),
    "una cabecera": lambda bueno: bueno.replace(b"max-age=60", b"max-age=69"),
}


@pytest.mark.parametrize("como", ESTROPEOS)
@pytest.mark.parametrize("cuando", ["entre dos clientes", "con el cliente en marcha"])
def test_una_cache_rota_no_rompe_el_cliente(
    api: Api, cliente: Hacer, carpeta: Path, como: str, cuando: str
) -> None:
    """Si lo guardado está estropeado, se pide otra vez y se sigue."""
    api.responde = lambda _: Contestacion(
        {"dato": "MARCA-DEL-CUERPO", "n": len(api.peticiones)},
        cabeceras={"Cache-Control": "max-age=60"},
    )
    uno = cliente(cache=carpeta)
    buena = uno.pedir("GET", "/x").cuerpo
    if cuando == "entre dos clientes":
        uno.cerrar()
        uno = cliente(cache=carpeta)
    archivos = [archivo for archivo in carpeta.rglob("*") if archivo.is_file()]
    assert archivos, "Se esperaba algo guardado en la carpeta"
    estropeado = False
    for archivo in archivos:
        bueno = archivo.read_bytes()
        malo = ESTROPEOS[como](bueno)
        estropeado = estropeado or malo != bueno
        archivo.write_bytes(malo)
    for _ in range(2):
        cuerpo = uno.pedir("GET", "/x").cuerpo
        bien = cuerpo.replace(b'"n": 2', b'"n": 1')
        assert bien == buena, f"Lo estropeado se ha dado por bueno: {cuerpo!r}"
    if cuando == "entre dos clientes":
        assert len(api.peticiones) <= 2, "Lo que se pide otra vez se guarda de nuevo"
        if estropeado and como in ("otra cosa", "vacío", "una cabecera"):
            assert len(api.peticiones) == 2, "Se esperaba pedirla otra vez"


def test_una_carpeta_que_no_se_puede_usar(
    api: Api, cliente: Hacer, tmp_path: Path
) -> None:
    """Si no se puede guardar, se sigue sin caché: no es motivo para no contestar."""
    archivo = tmp_path / "no-es-carpeta"
    archivo.write_bytes(b"mio")
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=archivo)
    datos = [uno.pedir("GET", "/x").datos["n"] for _ in range(2)]
    assert datos == [1, 2], f"Se esperaba [1, 2], y llegó {datos}"
    assert uno.pedir("POST", "/x").estado == 200, "Escribir también tiene que ir bien"
    assert archivo.read_bytes() == b"mio", "Lo que había ahí es de otro"
