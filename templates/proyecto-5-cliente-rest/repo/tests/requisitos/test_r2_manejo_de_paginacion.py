# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Manejo de paginación."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import httpx2
import pytest
from requisitos.api import CLAVE, Api, Contestacion, Peticion

from cliente import Cliente, ErrorDeRespuesta, RespuestaInvalida

pytestmark = pytest.mark.en_proceso
Hacer = Callable[..., Cliente]
TODOS = [{"id": n, "nombre": f"Artículo {n}"} for n in range(1, 8)]


def por_pagina(peticion: Peticion) -> Contestacion:
    """Tres por página, con ?pagina=N."""
    pagina = int(peticion.parametros.get("pagina", "1"))
    elementos = TODOS[(pagina - 1) * 3 : pagina * 3]
    return Contestacion({"elementos": elementos, "pagina": pagina, "paginas": 3})


def por_cursor(peticion: Peticion) -> Contestacion:
    """Tres por página, con ?cursor=…"""
    desde = int(peticion.parametros.get("cursor", "c0")[1:])
    siguiente = f"c{desde + 3}" if desde + 3 < len(TODOS) else None
    return Contestacion({"elementos": TODOS[desde : desde + 3], "siguiente": siguiente})


def por_enlace(peticion: Peticion) -> Contestacion:
    """Tres por página, con la cabecera Link (RFC 8288)."""
    desde = int(peticion.parametros.get("desde", "0"))
    enlaces = ['</articulos?desde=0>; rel="first"']
    if desde + 3 < len(TODOS):
        enlaces.append(f'</articulos?desde={desde + 3}>; title="a, b"; rel="next"')
    return Contestacion(
        TODOS[desde : desde + 3], cabeceras={"Link": ", ".join(enlaces)}
    )


FORMAS = pytest.mark.parametrize("forma", [por_pagina, por_cursor, por_enlace])


@FORMAS
def test_recorre_todas_las_paginas(
    api: Api, cliente: Hacer, forma: Callable[[Peticion], Contestacion]
) -> None:
    """Las tres formas de paginar se recorren igual, en orden y enteras."""
    api.responde = forma
    llegaron = list(cliente().recorrer("/articulos"))
    assert llegaron == TODOS, f"Se esperaban los 7, y llegó {llegaron}"
    assert len(api.peticiones) == 3, f"Se esperaban 3 peticiones: {api.rutas()}"


@FORMAS
def test_pide_cada_pagina_cuando_hace_falta(
    api: Api, cliente: Hacer, forma: Callable[[Peticion], Contestacion]
) -> None:
    """Nada se pide hasta que se usa: cuatro elementos son dos páginas."""
    api.responde = forma
    recorrido = cliente().recorrer("/articulos")
    assert not api.peticiones, "Crear el recorrido no tenía que pedir nada"
    assert list(islice(recorrido, 3)) == TODOS[:3], "Se esperaban los tres primeros"
    assert len(api.peticiones) == 1, f"Se esperaba una petición: {api.rutas()}"
    assert next(recorrido) == TODOS[3], "Se esperaba el cuarto"
    assert len(api.peticiones) == 2, f"Se esperaban dos peticiones: {api.rutas()}"


@FORMAS
def test_los_parametros_van_en_cada_pagina(
    api: Api, cliente: Hacer, forma: Callable[[Peticion], Contestacion]
) -> None:
    """Los parámetros de quien llama siguen en todas las páginas por número o cursor."""
    api.responde = forma
    parametros = {"orden": "precio"}
    list(cliente().recorrer("/articulos", parametros=parametros))
    assert parametros == {"orden": "precio"}, (
        f"Los parámetros son de quien llama, y han cambiado: {parametros}"
    )
    ordenes = [peticion.parametros.get("orden") for peticion in api.peticiones]
    esperados = ["precio"] * 3 if forma is not por_enlace else ["precio", None, None]
    assert ordenes == esperados, f"Se esperaba {esperados}, y llegó {ordenes}"


def test_una_lista_de_una_pagina(api: Api, cliente: Hacer) -> None:
    """Una lista sin más páginas se recorre con una petición."""
    for datos in ({"elementos": TODOS[:2]}, TODOS[:2], {"elementos": []}, []):
        api.peticiones.clear()
        api.responde = lambda _, datos=datos: Contestacion(datos)  # type: ignore[misc]
        esperado = datos["elementos"] if isinstance(datos, dict) else datos
        assert list(cliente().recorrer("/articulos")) == esperado, f"Con {datos}"
        assert len(api.peticiones) == 1, f"Se esperaba una petición con {datos}"


def test_lo_que_cambia_por_el_camino_no_se_repite(api: Api, cliente: Hacer) -> None:
    """Si entra algo nuevo al principio, lo que se desplaza no sale dos veces."""
    lista: list[dict[str, Any]] = list(TODOS)

    def responde(peticion: Peticion) -> Contestacion:
        pagina = int(peticion.parametros.get("pagina", "1"))
        elementos = [
            {**elemento, "vista": len(api.peticiones)}
            for elemento in lista[(pagina - 1) * 3 : pagina * 3]
        ]
        lista.insert(0, {"id": 100 + pagina, "nombre": "nuevo"})
        paginas = (len(lista) + 1) // 3  # crece por el camino
        return Contestacion(
            {"elementos": elementos, "pagina": pagina, "paginas": paginas}
        )

    api.responde = responde
    numeros = [elemento["id"] for elemento in cliente().recorrer("/articulos")]
    assert numeros == [1, 2, 3, 4, 5, 6, 7], f"Se esperaba del 1 al 7: {numeros}"


def test_cada_id_es_el_que_es(api: Api, cliente: Hacer) -> None:
    """El 1 y el «1» son distintos; lo repetido en una misma página también se quita."""
    dados = [1, "1", 1, "A", "a", 1.5, "1.5", 0, ""]
    unos = [{"id": cual, "n": n} for n, cual in enumerate(dados)]
    api.responde = lambda _: Contestacion({"elementos": unos})
    ids = [elemento["id"] for elemento in cliente().recorrer("/articulos")]
    esperados = [1, "1", "A", "a", 1.5, "1.5", 0, ""]
    assert ids == esperados, f"Se esperaba {esperados}, y llegó {ids}"


def test_el_total_se_mira_en_cada_pagina(api: Api, cliente: Hacer) -> None:
    """Si por el camino hay más páginas, o menos, se recorren las que hay."""
    for totales, esperadas in (
        ([1, 1], 1),
        ([2, 3, 3], 3),
        ([3, 2, 2], 2),
        ([3, 1, 1], 2),  # la segunda es ya la 2 de 1
    ):

        def responde(_: Peticion, totales: list[int] = totales) -> Contestacion:
            cual = len(api.peticiones)
            elementos = [{"id": cual}]
            paginas = totales[cual - 1]
            return Contestacion(
                {"elementos": elementos, "pagina": cual, "paginas": paginas}
            )

        api.otra_vez(responde)
        ids = [elemento["id"] for elemento in cliente().recorrer("/articulos")]
        assert len(ids) == len(api.peticiones) == esperadas, (
            f"Con los totales {totales} se esperaban {esperadas} páginas: {ids}"
        )


def test_una_pagina_sin_nada_nuevo_no_es_el_final(api: Api, cliente: Hacer) -> None:
    """Una página vacía, o con lo ya dado, pero con siguiente, no acaba el recorrido."""
    paginas = {
        None: Contestacion({"elementos": [TODOS[0]], "siguiente": "c1"}),
        "c1": Contestacion({"elementos": [], "siguiente": "c2"}),
        "c2": Contestacion({"elementos": [], "siguiente": "c3"}),
        "c3": Contestacion({"elementos": [TODOS[0]], "siguiente": "c4"}),
        "c4": Contestacion({"elementos": [TODOS[6]], "siguiente": None}),
    }
    api.responde = lambda peticion: paginas[peticion.parametros.get("cursor")]
    llegaron = list(cliente().recorrer("/articulos"))
    assert llegaron == [TODOS[0], TODOS[6]], f"Se esperaba hasta la última: {llegaron}"


@pytest.mark.parametrize("cursor", ["c&x=1", "a b+c/d=", "ñ%20€", "0", "null"])
def test_el_cursor_llega_como_es(api: Api, cliente: Hacer, cursor: str) -> None:
    """El cursor es de la API: se le devuelve tal cual, tenga lo que tenga."""
    api.responde = lambda peticion: (
        Contestacion({"elementos": [TODOS[1]], "siguiente": None})
        if "cursor" in peticion.parametros
        else Contestacion({"elementos": [TODOS[0]], "siguiente": cursor})
    )
    llegaron = list(cliente().recorrer("/articulos", parametros={"orden": "a&b"}))
    assert llegaron == TODOS[:2], f"Se esperaban los dos: {llegaron}"
    pedidos = api.peticiones[1].parametros
    assert pedidos == {"orden": "a&b", "cursor": cursor}, f"Se pidió con {pedidos}"


def test_una_cabecera_puede_venir_en_varias_lineas() -> None:
    """Dos líneas Link son una con coma en medio (RFC 9110, 5.3)."""

    def responde(peticion: httpx2.Request) -> httpx2.Response:
        if peticion.url.path == "/dos":
            return httpx2.Response(200, json=TODOS[1:2])
        lineas = ["</x>; rel=prev", "</dos>; rel=next", "</y>; rel=last"]
        cabeceras = [("Link", linea) for linea in lineas]
        return httpx2.Response(200, json=TODOS[:1], headers=cabeceras)

    transporte = httpx2.MockTransport(responde)
    uno = Cliente("http://api.test", clave=CLAVE, transporte=transporte)
    llegaron = list(uno.recorrer("/articulos"))
    assert llegaron == TODOS[:2], f"Se esperaban los dos: {llegaron}"


def test_dos_recorridos_a_la_vez(api: Api, cliente: Hacer) -> None:
    """Cada recorrido va por su cuenta, y siempre empieza por el principio."""
    api.responde = por_cursor
    uno = cliente()
    juntos = list(zip(uno.recorrer("/articulos"), uno.recorrer("/otros"), strict=True))
    assert juntos == [(x, x) for x in TODOS], f"Se esperaban dos veces los 7: {juntos}"
    assert list(uno.recorrer("/articulos")) == TODOS, "Se esperaban los 7 otra vez"


@pytest.mark.parametrize("vuelta", [["1"], ["1", "2"], ["1", "2", "3"]])
@pytest.mark.parametrize("como", ["numero", "cursor", "enlace"])
def test_las_paginas_que_dan_vueltas_se_cortan(
    api: Api, cliente: Hacer, como: str, vuelta: list[str]
) -> None:
    """Una API que vuelve a páginas ya dadas no deja el programa en un bucle."""

    def responde(_: Peticion) -> Contestacion:
        cual = vuelta[(len(api.peticiones) - 1) % len(vuelta)]
        uno = [{"id": len(api.peticiones)}]
        if len(api.peticiones) > 20:
            return Contestacion({"elementos": []})
        if como == "numero":
            return Contestacion({"elementos": uno, "pagina": int(cual), "paginas": 9})
        if como == "cursor":
            return Contestacion({"elementos": uno, "siguiente": cual})
        return Contestacion(uno, cabeceras={"Link": f'</x?c={cual}>; rel="next"'})

    api.responde = responde
    llegaron = []
    with pytest.raises(RespuestaInvalida):
        for elemento in cliente().recorrer("/articulos"):
            llegaron.append(elemento)
    buenos = [{"id": n + 1} for n in range(len(api.peticiones))]
    assert llegaron == buenos, f"Lo bueno llega antes que el error: {llegaron}"
    pocas = len(vuelta) + 2
    assert len(api.peticiones) <= pocas, f"Se pidió {len(api.peticiones)} veces"


def test_un_enlace_a_la_misma_pagina_da_vueltas(api: Api, cliente: Hacer) -> None:
    """También da vueltas la página que dice que la siguiente es ella misma."""

    def responde(_: Peticion) -> Contestacion:
        enlace = {} if len(api.peticiones) > 9 else {"Link": '<>; rel="next"'}
        return Contestacion(TODOS[:1], cabeceras=enlace)

    api.responde = responde
    with pytest.raises(RespuestaInvalida):
        list(cliente().recorrer("/articulos?x=1"))
    assert len(api.peticiones) <= 2, f"Se pidió {len(api.peticiones)} veces"


@pytest.mark.parametrize(
    "enlace",
    [
        '<{}>; rel="next"',
        "<{}>; rel=next",
        '</otra>; rel="prev",<{}>;rel="next"',
        '<{}>; rel="next"; title="¡a; b, c!", </otra>; rel="last"',
        '</otra>; rel="last"; title="rel=next",<{}>; rel="next"',
        '<{}>; rel="prev next"',
        '</otra>; rel="nextra", <{}> ; REL="Next"',
        "</otra>; title=next; rel=up , <{}>;title=x;rel=next",
    ],
)
def test_cada_api_escribe_link_a_su_manera(
    api: Api, cliente: Hacer, enlace: str
) -> None:
    """La siguiente se pide tal cual, se escriba Link como se escriba (RFC 8288)."""
    siguiente = "/v1/articulos?de=3,5&x=a%2Fb"
    escrito = enlace.format(siguiente)
    api.responde = lambda peticion: (
        Contestacion([TODOS[1]])
        if peticion.parametros
        else Contestacion([TODOS[0]], cabeceras={"Link": escrito})
    )
    llegaron = list(cliente("/v1").recorrer("/articulos"))
    assert llegaron == TODOS[:2], f"Se esperaban los dos con {enlace}: {llegaron}"
    assert api.rutas() == ["/v1/articulos"] * 2, f"Se pidió {api.rutas()}"
    pedidos = api.peticiones[1].parametros
    assert pedidos == {"de": "3,5", "x": "a/b"}, f"Se pidió con {pedidos}"


@pytest.mark.parametrize(
    ("enlace", "pedida"),
    [
        ("?de=2", "/v1/a/articulos?de=2"),
        ("otros", "/v1/a/otros"),
        ("../otros?x=1", "/v1/otros?x=1"),
        ("{}/v1/enteros", "/v1/enteros"),
        ("/raiz", "/raiz"),
    ],
)
def test_un_enlace_relativo_lo_es_de_su_pagina(
    api: Api, cliente: Hacer, enlace: str, pedida: str
) -> None:
    """Una dirección relativa se entiende desde la página que la trae (RFC 8288)."""
    escrito = f"<{enlace.format(api.url)}>; rel=next"
    api.responde = lambda _: (
        Contestacion([TODOS[0]], cabeceras={"Link": escrito})
        if len(api.peticiones) == 1
        else Contestacion([TODOS[1]])
    )
    llegaron = list(cliente("/v1").recorrer("/a/articulos", parametros={"o": "p"}))
    assert llegaron == TODOS[:2], f"Se esperaban los dos: {llegaron}"
    ultima = api.peticiones[1]
    cola = "&".join(f"{nombre}={valor}" for nombre, valor in ultima.parametros.items())
    visto = f"{ultima.ruta}?{cola}" if cola else ultima.ruta
    assert visto == pedida, f"Se esperaba {pedida}, y se pidió {visto}"


def test_los_parametros_se_suman_a_los_de_la_ruta(api: Api, cliente: Hacer) -> None:
    """Lo que la ruta lleva detrás de «?» también va en todas las páginas."""
    for forma in (por_pagina, por_cursor):
        api.otra_vez(forma)
        cual = "pagina=1" if forma is por_pagina else "cursor=c0"
        ruta = f"/articulos?tipo=a&tipo=b&{cual}"
        list(cliente().recorrer(ruta, parametros={"de": "3&ñ +"}))
        for peticion in api.peticiones:
            visto = sorted(peticion.pares)
            fijos = [par for par in visto if par[0] not in ("pagina", "cursor")]
            assert fijos == [("de", "3&ñ +"), ("tipo", "a"), ("tipo", "b")], (
                f"Se esperaban «de» y los dos «tipo» en cada página: {visto}"
            )
            assert len(visto) == 4, f"La página se pide con un solo número: {visto}"


@FORMAS
def test_la_base_puede_tener_camino(
    api: Api, cliente: Hacer, forma: Callable[[Peticion], Contestacion]
) -> None:
    """Con la base «…/v1», «/articulos» es «/v1/articulos», en todas las páginas."""
    api.responde = forma
    recorrido = cliente("/v1").recorrer("/articulos")
    assert next(recorrido) == TODOS[0], "Se esperaba el primero"
    assert api.rutas() == ["/v1/articulos"], f"Se pidió {api.rutas()}"
    if forma is not por_enlace:
        list(recorrido)
        assert api.rutas() == ["/v1/articulos"] * 3, f"Se pidió {api.rutas()}"
    for base, ruta in (("/v1/", "/articulos"), ("/v1", "articulos")):
        api.otra_vez()
        next(cliente(base).recorrer(ruta))
        assert api.rutas() == ["/v1/articulos"], f"Con {base} y {ruta}: {api.rutas()}"


@pytest.mark.parametrize(
    "contestacion",
    [
        Contestacion(crudo=b"<html>no soy JSON</html>"),
        Contestacion(crudo=b"\xff\xfe"),
        Contestacion(crudo=b""),
        Contestacion(crudo=b"[" * 100_000),
        Contestacion({"otra": "cosa"}),
        Contestacion({"elementos": "abc"}),
        Contestacion({"elementos": [1, 2]}),
        Contestacion({"elementos": [TODOS[0], {"nombre": "sin id"}]}),
        Contestacion([TODOS[0], {"nombre": "sin id"}]),
        Contestacion({"elementos": [{"id": None}]}),
        Contestacion({"elementos": [{"id": [1]}]}),
        Contestacion({"elementos": [{"id": True}]}),
        Contestacion({"elementos": None, "siguiente": None}),
        Contestacion({"elementos": {"id": 1}}),
        Contestacion({"elementos": TODOS[:1], "siguiente": ""}),
        Contestacion({"elementos": TODOS[:1], "siguiente": 0}),
        Contestacion({"elementos": TODOS[:1], "siguiente": False}),
        Contestacion({"elementos": TODOS[:1], "siguiente": ["c1"]}),
        Contestacion({"elementos": TODOS[:1], "pagina": "1", "paginas": "2"}),
        Contestacion({"elementos": TODOS[:1], "pagina": 1, "paginas": None}),
        Contestacion({"elementos": TODOS[:1], "paginas": 2}),
        Contestacion({"elementos": TODOS[:1], "pagina": 1}),
        Contestacion({"elementos": TODOS[:1], "pagina": 1.5, "paginas": 2}),
        Contestacion({"elementos": TODOS[:1], "pagina": True, "paginas": 2}),
        Contestacion(7),
        Contestacion("texto"),
        Contestacion(None),
    ],
)
def test_una_pagina_que_no_se_entiende(
    api: Api, cliente: Hacer, contestacion: Contestacion
) -> None:
    """Lo que no es una lista de elementos es RespuestaInvalida."""
    api.responde = lambda _: contestacion
    with pytest.raises(RespuestaInvalida):
        list(cliente().recorrer("/articulos"))
    assert len(api.peticiones) == 1, "Se esperaba una sola petición"


def test_lo_ya_recorrido_no_se_pierde_si_falla_una_pagina(
    api: Api, cliente: Hacer
) -> None:
    """Los elementos de las páginas buenas llegan antes que el error."""
    api.responde = lambda peticion: (
        Contestacion({}, 404) if peticion.parametros else por_cursor(peticion)
    )
    llegaron = []
    with pytest.raises(ErrorDeRespuesta):
        for elemento in cliente().recorrer("/articulos"):
            llegaron.append(elemento)
    assert llegaron == TODOS[:3], f"Se esperaban los tres primeros: {llegaron}"


def test_un_enlace_a_otro_servidor_no_se_sigue(
    api: Api, otra: Api, cliente: Hacer
) -> None:
    """Si la página siguiente está en otro sitio, RespuestaInvalida."""
    enlace = f'<{otra.url}/articulos>; rel="next"'
    api.responde = lambda _: Contestacion(TODOS[:1], cabeceras={"Link": enlace})
    llegaron = []
    with pytest.raises(RespuestaInvalida):
        for elemento in cliente().recorrer("/articulos"):
            llegaron.append(elemento)
    assert llegaron == TODOS[:1], f"Lo bueno llega antes que el error: {llegaron}"
    assert not otra.peticiones, "No había que llamar al otro servidor"


@pytest.mark.parametrize(
    "otro",
    [
        "http://api.test/x",
        "https://api.test:8443/x",
        "https://api.test.malo.example/x",
        "https://maloapi.test/x",
        "https://api.test@malo.example/x",
        "//malo.example/v1/articulos",
    ],
)
def test_que_es_otro_servidor_para_una_pagina(otro: str) -> None:
    """Con otro esquema, otro nombre u otro puerto, no se sigue; con los mismos, sí."""
    llegaron: list[str] = []

    def responde(peticion: httpx2.Request) -> httpx2.Response:
        llegaron.append(str(peticion.url))
        if peticion.url.path == "/ultima":
            return httpx2.Response(200, json=[])
        siguiente = otro if len(llegaron) > 1 else "https://API.TEST:443/segunda"
        cabeceras = {"Link": f"<{siguiente}>; rel=next"}
        return httpx2.Response(200, json=TODOS[:1], headers=cabeceras)

    transporte = httpx2.MockTransport(responde)
    uno = Cliente("https://api.test/v1", clave=CLAVE, transporte=transporte)
    with pytest.raises(RespuestaInvalida):
        list(uno.recorrer("/articulos"))
    assert len(llegaron) == 2, (
        f"Se esperaban dos peticiones, al mismo sitio: {llegaron}"
    )
