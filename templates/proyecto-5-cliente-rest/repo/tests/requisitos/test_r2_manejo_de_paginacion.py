# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Manejo de paginación."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from requisitos.api import Api, Contestacion, Peticion

from cliente import Cliente, ErrorDeRespuesta, RespuestaInvalida

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
        elementos = lista[(pagina - 1) * 3 : pagina * 3]
        lista.insert(0, {"id": 100 + pagina, "nombre": "nuevo"})
        return Contestacion({"elementos": elementos, "pagina": pagina, "paginas": 4})

    api.responde = responde
    numeros = [elemento["id"] for elemento in cliente().recorrer("/articulos")]
    assert numeros == [1, 2, 3, 4, 5, 6, 7], f"Se esperaba del 1 al 7: {numeros}"


def test_una_pagina_vacia_en_medio_no_es_el_final(api: Api, cliente: Hacer) -> None:
    """Con cursor, una página sin elementos pero con siguiente no acaba el recorrido."""
    api.responde = lambda peticion: (
        Contestacion({"elementos": [TODOS[6]], "siguiente": None})
        if "cursor" in peticion.parametros
        else Contestacion({"elementos": [], "siguiente": "c1"})
    )
    assert list(cliente().recorrer("/articulos")) == [TODOS[6]], "Faltaba la segunda"


@pytest.mark.parametrize("vuelta", [["c1"], ["c1", "c2"], ["c1", "c2", "c3"]])
@pytest.mark.parametrize("como", ["cursor", "enlace"])
def test_las_paginas_que_dan_vueltas_se_cortan(
    api: Api, cliente: Hacer, como: str, vuelta: list[str]
) -> None:
    """Una API que vuelve a páginas ya dadas no deja el programa en un bucle."""

    def responde(_: Peticion) -> Contestacion:
        cual = vuelta[len(api.peticiones) % len(vuelta)]
        if len(api.peticiones) > 20:
            return Contestacion({"elementos": []})
        if como == "cursor":
            return Contestacion({"elementos": TODOS[:1], "siguiente": cual})
        return Contestacion(TODOS[:1], cabeceras={"Link": f'</x?c={cual}>; rel="next"'})

    api.responde = responde
    with pytest.raises(RespuestaInvalida):
        list(cliente().recorrer("/articulos"))
    pocas = len(vuelta) + 2
    assert len(api.peticiones) <= pocas, f"Se pidió {len(api.peticiones)} veces"


@pytest.mark.parametrize(
    "enlace",
    [
        '<{}>; rel="next"',
        "<{}>; rel=next",
        '</otra>; rel="prev",<{}>;rel="next"',
        '<{}>; rel="next"; title="¡a; b, c!", </otra>; rel="last"',
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


@pytest.mark.parametrize(
    "contestacion",
    [
        Contestacion(crudo=b"<html>no soy JSON</html>"),
        Contestacion(crudo=b"\xff\xfe"),
        Contestacion(crudo=b""),
        Contestacion({"otra": "cosa"}),
        Contestacion({"elementos": "abc"}),
        Contestacion({"elementos": [1, 2]}),
        Contestacion({"elementos": [TODOS[0], {"nombre": "sin id"}]}),
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


def test_un_enlace_a_otro_servidor_no_se_sigue(api: Api, cliente: Hacer) -> None:
    """Si la página siguiente está en otro sitio, RespuestaInvalida."""
    otra = Api()
    try:
        enlace = f'<{otra.url}/articulos>; rel="next"'
        api.responde = lambda _: Contestacion(TODOS[:1], cabeceras={"Link": enlace})
        with pytest.raises(RespuestaInvalida):
            list(cliente().recorrer("/articulos"))
        assert not otra.peticiones, "No había que llamar al otro servidor"
    finally:
        otra.shutdown()
        otra.server_close()
