# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Cache de respuestas."""

from collections.abc import Callable
from pathlib import Path

import pytest
from requisitos.api import CLAVE, Api, Contestacion, Peticion, Reloj

from cliente import Cliente, ErrorDeRespuesta

Hacer = Callable[..., Cliente]


@pytest.fixture
def carpeta(tmp_path: Path) -> Path:
    """Dónde se guarda la caché."""
    return tmp_path / "caché"


def contador(api: Api, **cabeceras: str) -> None:
    """Hace que cada respuesta sea distinta, con estas cabeceras."""
    puestas = {nombre.replace("_", "-"): valor for nombre, valor in cabeceras.items()}
    api.responde = lambda _: Contestacion({"n": len(api.peticiones)}, cabeceras=puestas)


def con_etag(peticion: Peticion) -> Contestacion:
    """Un documento que no cambia, y que hay que revalidar."""
    if peticion.cabeceras.get("if-none-match") == '"v1"':
        return Contestacion(estado=304, cabeceras={"ETag": '"v1"'})
    return Contestacion({"dato": "MARCA-DEL-CUERPO"}, cabeceras={"ETag": '"v1"'})


def test_lo_fresco_no_se_pide(
    api: Api, cliente: Hacer, carpeta: Path, reloj: Reloj
) -> None:
    """Mientras dura max-age, se contesta sin llamar a la API; después, se llama."""
    contador(api, Cache_Control="Max-Age=60", X_Version="7")
    uno = cliente(cache=carpeta)
    primera = uno.pedir("GET", "/x")
    reloj.ahora += 59
    segunda = uno.pedir("GET", "/x")
    assert (primera.datos, segunda.datos) == ({"n": 1}, {"n": 1}), (
        f"Se esperaba la misma: {primera.datos}, {segunda.datos}"
    )
    assert (primera.de_cache, segunda.de_cache) == (False, True), (
        "Se esperaba de_cache=False y después True"
    )
    for que in ("estado", "url", "cuerpo"):
        assert getattr(segunda, que) == getattr(primera, que), f"Cambió su {que}"
    assert segunda.cabeceras["x-version"] == "7", f"Faltan: {segunda.cabeceras}"
    reloj.ahora += 2
    assert uno.pedir("GET", "/x").datos == {"n": 2}, "Ya no estaba fresca"
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"


def test_sin_carpeta_no_hay_cache(api: Api, cliente: Hacer) -> None:
    """Si no se pide caché, cada petición llega a la API."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente()
    datos = [uno.pedir("GET", "/x").datos["n"] for _ in range(2)]
    assert datos == [1, 2], f"Se esperaba [1, 2], y llegó {datos}"
    contador(api, Cache_Control="no-cache")
    otro = cliente(cache=None)
    assert otro.pedir("GET", "/x").de_cache is False, "No había caché"


def test_la_direccion_entera_distingue(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Otra ruta, u otros parámetros, son otra respuesta."""
    contador(api, Cache_Control="max-age=60")
    uno = cliente(cache=carpeta)
    uno.pedir("GET", "/x")
    uno.pedir("GET", "/y")
    uno.pedir("GET", "/x", parametros={"a": "1"})
    uno.pedir("GET", "/x", parametros={"a": "2"})
    assert len(api.peticiones) == 4, f"Se esperaban 4 peticiones: {len(api.peticiones)}"
    assert uno.pedir("GET", "/x", parametros={"a": "1"}).datos == {"n": 3}, "Era la 3"


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


def test_lo_caducado_se_revalida_con_etag(
    api: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Con ETag se pregunta si ha cambiado; con un 304 sirve lo guardado."""
    api.responde = con_etag
    uno = cliente(cache=carpeta)
    respuestas = [uno.pedir("GET", "/x") for _ in range(3)]
    preguntas = [p.cabeceras.get("if-none-match") for p in api.peticiones]
    assert preguntas == [None, '"v1"', '"v1"'], f"Se esperaba preguntar: {preguntas}"
    for respuesta in respuestas:
        assert respuesta.estado == 200, f"Se esperaba 200: {respuesta.estado}"
        assert respuesta.datos == {"dato": "MARCA-DEL-CUERPO"}, f"Llegó {respuesta}"


def test_un_304_renueva_la_frescura(
    api: Api, cliente: Hacer, carpeta: Path, reloj: Reloj
) -> None:
    """Las cabeceras del 304 sustituyen a las guardadas (RFC 9111, 4.3.4)."""
    api.responde = lambda peticion: Contestacion(
        {"a": 1},
        304 if "if-none-match" in peticion.cabeceras else 200,
        {"ETag": '"v1"', "Cache-Control": "max-age=10"},
    )
    uno = cliente(cache=carpeta)
    for pasan, esperadas in ((0, 1), (9, 1), (2, 2), (9, 2), (2, 3)):
        reloj.ahora += pasan
        assert uno.pedir("GET", "/x").datos == {"a": 1}, "Se esperaba la guardada"
        assert len(api.peticiones) == esperadas, (
            f"Se esperaban {esperadas} peticiones: {len(api.peticiones)}"
        )


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


def en_disco(carpeta: Path) -> bytes:
    """Todo lo que hay en la carpeta, junto."""
    if not carpeta.exists():
        return b""
    return b"".join(x.read_bytes() for x in carpeta.rglob("*") if x.is_file())


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
    assert CLAVE.encode() not in en_disco(carpeta), "La clave ha llegado al disco"


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


@pytest.mark.parametrize("rara", ["max-age=pronto", "max-age=-1", "max-age"])
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
    """Si la respuesta varía con una cabecera, cada valor tiene la suya."""
    api.responde = lambda peticion: Contestacion(
        {"idioma": peticion.cabeceras.get("accept-language"), "n": len(api.peticiones)},
        cabeceras={"Cache-Control": "max-age=60", "Vary": "X-Otra, ACCEPT-language"},
    )
    uno = cliente(cache=carpeta)
    for idioma in ("es", "en", "es", "en"):
        respuesta = uno.pedir("GET", "/x", cabeceras={"Accept-Language": idioma})
        assert respuesta.datos["idioma"] == idioma, (
            f"Se esperaba {idioma}, y llegó {respuesta.datos}"
        )
    assert len(api.peticiones) == 2, f"Se esperaban 2 peticiones: {len(api.peticiones)}"


def test_vary_con_asterisco_no_se_guarda(
    api: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Vary: * dice que nunca vale la misma; sin él, sí."""
    contador(api, Cache_Control="max-age=60", Vary="*")
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


@pytest.mark.parametrize("metodo", ["POST", "PUT", "PATCH", "DELETE"])
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


def test_no_crece_sin_fin(api: Api, cliente: Hacer, carpeta: Path) -> None:
    """Guarda como mucho limite_cache respuestas: se olvida la menos usada."""
    contador(api, Cache_Control="max-age=600")
    uno = cliente(cache=carpeta, limite_cache=3)
    for ruta in ("/a", "/b", "/c"):
        uno.pedir("GET", ruta)
    assert uno.pedir("GET", "/a").de_cache, "«/a» cabía"
    uno.pedir("GET", "/d")
    guardadas = {x: uno.pedir("GET", x).de_cache for x in ("/a", "/c", "/d")}
    assert guardadas == {"/a": True, "/c": True, "/d": True}, (
        f"Se esperaba que quedaran /a, /c y /d: {guardadas}"
    )
    assert not uno.pedir("GET", "/b").de_cache, "«/b» era la menos usada"


def test_una_cache_rota_no_rompe_el_cliente(
    api: Api, cliente: Hacer, carpeta: Path
) -> None:
    """Si lo guardado está estropeado, se pide otra vez y se sigue."""
    contador(api, Cache_Control="max-age=60")
    with cliente(cache=carpeta) as uno:
        uno.pedir("GET", "/x")
    archivos = [archivo for archivo in carpeta.rglob("*") if archivo.is_file()]
    assert archivos, "Se esperaba algo guardado en la carpeta"
    for archivo in archivos:
        archivo.write_bytes(b"\x00basura\xff" * 50)
    with cliente(cache=carpeta) as otro:
        assert otro.pedir("GET", "/x").datos == {"n": 2}, "Se esperaba pedirla otra vez"
        assert otro.pedir("GET", "/x").datos == {"n": 2}, "Y guardarla de nuevo"
