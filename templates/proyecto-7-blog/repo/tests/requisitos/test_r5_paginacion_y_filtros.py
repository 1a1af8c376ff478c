# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R5 · Paginación y filtros."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from motor.servicio import Servicio
from motor.tablas import empatar
from requisitos.api import Api, comprueba, datos_de, espera, json_de, rechaza, unico

NECESITA = "R5 necesita R1"


def pagina(api: Api, ruta: str = "/posts", **filtros: Any) -> dict[str, Any]:
    """Una página, con su forma comprobada."""
    respuesta = api.get(ruta, **filtros)
    datos_de(respuesta, f"pedir una página con {filtros}")
    llego: dict[str, Any] = json_de(respuesta)
    comprueba(
        isinstance(llego.get("total"), int) and "siguiente" in llego,
        f"Se esperaba una página con datos, total y siguiente: {sorted(llego)}",
    )
    return llego


def todas(api: Api, ruta: str = "/posts", **filtros: Any) -> Iterator[dict[str, Any]]:
    """Las páginas una tras otra, siguiendo el cursor."""
    cursor: dict[str, Any] = {}
    for _ in range(50):
        actual = pagina(api, ruta, **filtros, **cursor)
        yield actual
        if actual["siguiente"] is None:
            return
        cursor = {"cursor": actual["siguiente"]}
    pytest.fail("Se esperaba llegar a la última página, y tras 50 aún hay siguiente")


def slugs(*paginas: dict[str, Any]) -> list[str]:
    """Los slugs de esas páginas, en su orden."""
    return [post["slug"] for una in paginas for post in una["datos"]]


def posts(api: Api, cuantos: int, **campos: Any) -> tuple[str, list[str]]:
    """Posts nuevos con una etiqueta que solo tienen ellos: la etiqueta y sus slugs."""
    quien, etiqueta = api.quien_escriba(), unico("e")
    etiquetas = [etiqueta, *campos.pop("etiquetas", [])]
    creados = [
        api.crear_post(quien, etiquetas=etiquetas, **campos)["slug"]
        for _ in range(cuantos)
    ]
    return etiqueta, creados


def encuentra(api: Api, esperados: list[str], **filtros: Any) -> None:
    """Falla si con esos filtros no salen exactamente esos posts, sin mirar el orden."""
    llego = pagina(api, limite=100, **filtros)
    comprueba(
        sorted(slugs(llego)) == sorted(esperados),
        f"Se esperaba {sorted(esperados)} con {filtros}, y llegó {slugs(llego)}",
    )
    comprueba(
        llego["total"] == len(esperados),
        f"Se esperaba total {len(esperados)} con {filtros}, y llegó {llego['total']}",
    )


# --- páginas ---------------------------------------------------------------------


def test_recorrer_las_paginas(api: Api) -> None:
    """Siguiendo el cursor salen todos, una vez, del más nuevo al más viejo."""
    etiqueta, creados = posts(api, 7)
    for limite in (1, 3, 100):
        paginas = list(todas(api, etiqueta=etiqueta, limite=limite))
        comprueba(
            slugs(*paginas) == creados[::-1],
            f"Se esperaba {creados[::-1]} de {limite} en {limite}, y llegó "
            f"{slugs(*paginas)}",
        )
        largos = [len(una["datos"]) for una in paginas]
        comprueba(
            all(largo == limite for largo in largos[:-1]) and 0 < largos[-1] <= limite,
            f"Se esperaban páginas llenas de {limite}, sin ninguna vacía: {largos}",
        )
        totales = {una["total"] for una in paginas}
        comprueba(totales == {7}, f"Se esperaba total 7 en cada página: {totales}")


_A_LA_VEZ: WeakKeyDictionary[Servicio, tuple[str, list[str]]] = WeakKeyDictionary()


def veintiuno(api: Api) -> tuple[str, list[str]]:
    """Veintiún posts creados a la vez, que nadie cambia: su etiqueta y sus slugs."""
    if api.servicio not in _A_LA_VEZ:
        quien, etiqueta = api.quien_escriba(), unico("e")
        datos = {"contenido": "Todos.", "estado": "publicado", "etiquetas": [etiqueta]}
        tareas = [
            partial(api.post, "/posts", datos | {"titulo": unico("Empate")}, quien)
            for _ in range(21)
        ]
        creados = [
            json_de(espera(respuesta, 201, al="crear posts a la vez"))["slug"]
            for respuesta in api.a_la_vez(tareas)
        ]
        _A_LA_VEZ[api.servicio] = etiqueta, creados
    return _A_LA_VEZ[api.servicio]


def test_publicados_en_el_mismo_instante(api: Api) -> None:
    """Los que se publican casi a la vez no se repiten ni se pierden entre páginas."""
    etiqueta, creados = veintiuno(api)
    for limite in (4, 7):
        llego = slugs(*todas(api, etiqueta=etiqueta, limite=limite))
        comprueba(
            sorted(llego) == sorted(creados),
            f"Se esperaba una vez cada uno de {sorted(creados)}, y llegó {llego}",
        )


def test_los_empates_exactos(api: Api) -> None:
    """Con el mismo instante exacto, cada uno sale una vez: hace falta desempatar."""
    url = api.ajuste("DATABASE_URL")
    etiqueta, creados = posts(api, 5)
    ruta = f"/posts/{creados[0]}/comentarios"
    quien = api.quien_escriba()
    numeros = [api.comentar(creados[0], quien, f"Número {n}")["id"] for n in range(5)]
    momentos = [
        datetime.fromisoformat(str(uno[campo]))
        for una, campo in (
            (pagina(api, etiqueta=etiqueta), "publicado"),
            (pagina(api, ruta), "creado"),
        )
        for uno in una["datos"]
    ]
    empatar(url, momentos)
    for limite in (2, 4):
        llego = slugs(*todas(api, etiqueta=etiqueta, limite=limite))
        comprueba(
            sorted(llego) == sorted(creados),
            f"Se esperaba una vez cada uno de {sorted(creados)}, y llegó {llego}",
        )
        paginas = todas(api, ruta, limite=limite)
        ids = [uno["id"] for una in paginas for uno in una["datos"]]
        comprueba(
            sorted(ids) == numeros,
            f"Se esperaba una vez cada comentario, {numeros}, y llegó {ids}",
        )


def test_lo_nuevo_no_descoloca(api: Api) -> None:
    """Lo que se publica o se borra entre página y página no repite ni salta a nadie."""
    etiqueta, creados = posts(api, 6)
    quien = api.quien_escriba()
    primera = pagina(api, etiqueta=etiqueta, limite=2)
    api.crear_post(quien, etiquetas=[etiqueta])
    api.crear_post(quien, etiquetas=[etiqueta])
    segunda = pagina(api, etiqueta=etiqueta, limite=2, cursor=primera["siguiente"])
    ya_visto = slugs(primera)[0]
    espera(api.delete(f"/posts/{ya_visto}", quien), 204, al=f"borrar ({NECESITA})")
    tercera = pagina(api, etiqueta=etiqueta, limite=2, cursor=segunda["siguiente"])
    llego = slugs(primera, segunda, tercera)
    comprueba(
        llego == creados[::-1],
        f"Se esperaba {creados[::-1]} aunque aparezcan otros, y llegó {llego}",
    )
    comprueba(
        tercera["siguiente"] is None,
        "Se esperaba que la tercera página fuera la última, y hay siguiente",
    )


def test_el_cursor_sobrevive_a_su_post(api: Api) -> None:
    """Si se borra el último post de una página, se sigue desde donde estaba."""
    etiqueta, creados = posts(api, 4)
    primera = pagina(api, etiqueta=etiqueta, limite=2)
    ultimo = slugs(primera)[-1]
    borrado = api.delete(f"/posts/{ultimo}", api.quien_escriba())
    espera(borrado, 204, al=f"borrar el último de la página ({NECESITA})")
    segunda = pagina(api, etiqueta=etiqueta, limite=2, cursor=primera["siguiente"])
    comprueba(
        slugs(segunda) == creados[1::-1],
        f"Se esperaba {creados[1::-1]}, y llegó {slugs(segunda)}",
    )


def test_publicar_manda_en_el_orden(api: Api) -> None:
    """El orden es el de publicación: un borrador viejo publicado hoy va el primero."""
    quien, etiqueta = api.quien_escriba(), unico("e")
    viejo, nuevo = (
        api.crear_post(quien, etiquetas=[etiqueta], estado=estado)["slug"]
        for estado in ("borrador", "publicado")
    )
    encuentra(api, [nuevo], etiqueta=etiqueta)
    publicar = api.patch(f"/posts/{viejo}", {"estado": "publicado"}, quien)
    espera(publicar, 200, al=f"publicar un borrador ({NECESITA})")
    llego = slugs(pagina(api, etiqueta=etiqueta))
    comprueba(llego == [viejo, nuevo], f"Se esperaba {[viejo, nuevo]}, y llegó {llego}")
    retitular = api.patch(f"/posts/{nuevo}", {"titulo": "Otro título"}, quien)
    espera(retitular, 200, al=f"cambiar un título ({NECESITA})")
    llego = slugs(pagina(api, etiqueta=etiqueta))
    comprueba(
        llego == [viejo, nuevo],
        f"Se esperaba que cambiar un post no lo moviera, y llegó {llego}",
    )


def test_sin_limite_son_veinte(api: Api) -> None:
    """Si no se pide límite, la página es de veinte como mucho."""
    etiqueta, _ = veintiuno(api)
    llego = pagina(api, etiqueta=etiqueta)
    resumen = (len(llego["datos"]), llego["total"], llego["siguiente"] is not None)
    comprueba(
        resumen == (20, 21, True),
        f"Se esperaban 20 de 21 y un cursor, y llegó {resumen}",
    )


@pytest.mark.parametrize(
    "malo",
    [
        {"limite": 0},
        {"limite": -1},
        {"limite": 101},
        {"limite": 10**30},
        {"limite": "muchos"},
        {"cursor": "esto-no-es-un-cursor"},
        {"cursor": ""},
        {"cursor": "ñ"},
        {"cursor": "eyJ4IjoxfQ"},
        {"cursor": "W10"},
        {"cursor": "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw"},
        {"cursor": "' OR 1=1 --"},
        {"cursor": "x" * 5000},
        {"desde": "ayer"},
        {"hasta": "2026-13-45"},
        {"q": "nulo\x00"},
        {"autor": "nulo\x00"},
        {"etiqueta": "nulo\x00"},
    ],
    ids=lambda malo: next(f"{k}={str(v)[:14]}" for k, v in malo.items()),
)
def test_filtros_que_no_valen(api: Api, malo: dict[str, Any]) -> None:
    """Un límite, un cursor o una fecha imposibles son 422, y no 500 ni otra página."""
    rechaza(api.get("/posts", **malo), 422, f"listar con {str(malo)[:60]}")


@pytest.mark.parametrize(
    "fecha",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e300", "-1"],
)
def test_fechas_del_fin_del_mundo(api: Api, fecha: str) -> None:
    """Una fecha que no cabe en el calendario da 422 o una página, nunca un 500."""
    for filtro in ("desde", "hasta"):
        respuesta = api.get("/posts", **{filtro: fecha})
        espera(respuesta, 200, 422, al=f"listar con {filtro}={fecha}")


def test_un_cursor_retocado_no_rompe_nada(api: Api) -> None:
    """Un cursor al que se le cambia un trozo da 422 o una página, nunca un 500."""
    etiqueta, _ = posts(api, 3)
    cursor = pagina(api, etiqueta=etiqueta, limite=1)["siguiente"]
    comprueba(cursor, "Se esperaba un cursor, y no hay")
    for retocado in (
        cursor[:-3],
        cursor[3:],
        cursor[::-1],
        cursor + "AAAA",
        cursor.swapcase(),
        cursor[: len(cursor) // 2] + "9" * 30,
    ):
        respuesta = api.get("/posts", etiqueta=etiqueta, cursor=retocado)
        espera(respuesta, 200, 422, al=f"usar el cursor retocado «{retocado}»")


def test_una_ultima_pagina_llena(api: Api) -> None:
    """Si la última sale justa, no hay siguiente: ni en posts ni en comentarios."""
    etiqueta, creados = posts(api, 4)
    quien, ruta = api.quien_escriba(), f"/posts/{creados[0]}/comentarios"
    numeros = [
        api.comentar(creados[0], quien, f"Número {9 - n}")["id"] for n in range(4)
    ]
    api.comentar(creados[1], quien, "De otro post")
    for limite in (2, 4, 100):
        paginas = list(todas(api, etiqueta=etiqueta, limite=limite))
        comentarios = list(todas(api, ruta, limite=limite))
        esperadas = max(1, 4 // limite)
        comprueba(
            (len(paginas), len(comentarios)) == (esperadas, esperadas),
            f"Se esperaban {esperadas} páginas de {limite}, y llegaron {len(paginas)} "
            f"de posts y {len(comentarios)} de comentarios",
        )
        ids = [uno["id"] for una in comentarios for uno in una["datos"]]
        comprueba(ids == numeros, f"Se esperaba {numeros}, y llegó {ids}")
        totales = {una["total"] for una in comentarios}
        comprueba(totales == {4}, f"Se esperaba total 4, y llegó {totales}")


def test_los_comentarios_tambien(api: Api) -> None:
    """Los comentarios se paginan igual, del más viejo al más nuevo."""
    quien = api.quien_escriba()
    slug = api.crear_post(quien)["slug"]
    creados = [api.comentar(slug, quien, f"Número {n}")["id"] for n in range(5)]
    ruta = f"/posts/{slug}/comentarios"
    primera = pagina(api, ruta, limite=2)
    creados.append(api.comentar(slug, quien, "Uno más")["id"])
    borrado = api.delete(f"/comentarios/{creados[0]}", quien)
    espera(borrado, 204, al=f"borrar uno ya visto ({NECESITA})")
    segunda = pagina(api, ruta, limite=3, cursor=primera["siguiente"])
    tercera = pagina(api, ruta, limite=3, cursor=segunda["siguiente"])
    llego = [uno["id"] for una in (primera, segunda, tercera) for uno in una["datos"]]
    comprueba(llego == creados, f"Se esperaba {creados}, y llegó {llego}")
    totales = [una["total"] for una in (primera, segunda, tercera)]
    comprueba(totales == [5, 5, 5], f"Se esperaba total 5 siempre, y llegó {totales}")
    comprueba(tercera["siguiente"] is None, "Se esperaba acabar en la tercera")
    rechaza(api.get(ruta, limite=101), 422, "pedir 101 comentarios")
    rechaza(api.get(ruta, cursor="nada"), 422, "usar un cursor que no lo es")


# --- filtros ---------------------------------------------------------------------


def test_por_etiqueta(api: Api) -> None:
    """La etiqueta es la etiqueta entera, sin mirar mayúsculas."""
    quien, base = api.quien_escriba(), unico("py")
    exacto = api.crear_post(quien, etiquetas=["otra", f"{base}-Ñ", base])["slug"]
    parecido = api.crear_post(quien, etiquetas=[f"{base}thon"])["slug"]
    encuentra(api, [exacto], etiqueta=base)
    encuentra(api, [exacto], etiqueta=base.upper())
    encuentra(api, [exacto], etiqueta=f"{base}-ñ")
    encuentra(api, [exacto], etiqueta=f"{base}-Ñ".upper())
    cambio = api.patch(f"/posts/{exacto}", {"etiquetas": [base]}, quien)
    espera(cambio, 200, al=f"cambiar las etiquetas ({NECESITA})")
    encuentra(api, [], etiqueta=f"{base}-ñ")
    encuentra(api, [parecido], etiqueta=f"{base}thon")
    encuentra(api, [], etiqueta=unico("nadie"))
    encuentra(api, [], etiqueta="%")


def test_por_autor(api: Api) -> None:
    """Con autor salen solo los suyos (R5 necesita R2: sin cuentas no hay autores)."""
    una = api.quien_escriba()
    assert una is not None, "R5 necesita R2: se esperaban cuentas, y no las hay"
    etiqueta, creados = posts(api, 2)
    encuentra(api, creados, etiqueta=etiqueta, autor=una.nombre)
    encuentra(api, [], etiqueta=etiqueta, autor=una.nombre[:-1])
    encuentra(api, [], etiqueta=etiqueta, autor=f"{una.nombre}%")
    encuentra(api, [], autor=unico("nadie"))


@pytest.mark.usefixtures("otro_huso")
def test_por_fecha(api: Api) -> None:
    """desde incluye su instante y hasta no; valen con cualquier zona horaria."""
    quien, etiqueta = api.quien_escriba(), unico("e")
    creados = [api.crear_post(quien, etiquetas=[etiqueta]) for _ in range(3)]
    uno, dos, tres = (post["slug"] for post in creados)
    fechas = [datetime.fromisoformat(str(post["publicado"])) for post in creados]
    distintas = sorted(set(fechas))
    comprueba(
        distintas == fechas,
        f"Se esperaban instantes de publicación con microsegundos: {fechas}",
    )
    medio = fechas[1].isoformat()
    encuentra(api, [dos, tres], etiqueta=etiqueta, desde=medio)
    encuentra(api, [uno], etiqueta=etiqueta, hasta=medio)
    hasta = fechas[2].isoformat()
    encuentra(api, [dos], etiqueta=etiqueta, desde=medio, hasta=hasta)
    for horas in (-5, 9):
        zona = timezone(timedelta(hours=horas))
        otra = fechas[1].astimezone(zona).isoformat()
        encuentra(api, [dos, tres], etiqueta=etiqueta, desde=otra)
        encuentra(api, [uno], etiqueta=etiqueta, hasta=otra)
    utc = fechas[1].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    encuentra(api, [dos, tres], etiqueta=etiqueta, desde=utc)
    sin_zona = utc.removesuffix("Z")
    encuentra(api, [dos, tres], etiqueta=etiqueta, desde=sin_zona)
    hoy = fechas[0].astimezone(UTC).date().isoformat()
    encuentra(api, [uno, dos, tres], etiqueta=etiqueta, desde=hoy)
    encuentra(api, [], etiqueta=etiqueta, hasta=hoy)
    manana = (fechas[2].astimezone(UTC) + timedelta(days=1)).date().isoformat()
    encuentra(api, [], etiqueta=etiqueta, desde=manana)
    encuentra(api, [uno, dos, tres], etiqueta=etiqueta, hasta=manana)


def test_la_fecha_es_la_de_publicacion(api: Api) -> None:
    """desde y hasta miran cuándo se publicó, y no cuándo se empezó ni se cambió."""
    quien, etiqueta = api.quien_escriba(), unico("e")
    viejo = api.crear_post(quien, etiquetas=[etiqueta], estado="borrador")["slug"]
    nuevo = api.crear_post(quien, etiquetas=[etiqueta])
    publicar = api.patch(f"/posts/{viejo}", {"estado": "publicado"}, quien)
    espera(publicar, 200, al=f"publicar un borrador ({NECESITA})")
    retocar = api.patch(f"/posts/{nuevo['slug']}", {"titulo": "Retocado"}, quien)
    espera(retocar, 200, al=f"cambiar un título ({NECESITA})")
    publicado = json_de(publicar)["publicado"]
    encuentra(api, [viejo], etiqueta=etiqueta, desde=publicado)
    encuentra(api, [nuevo["slug"]], etiqueta=etiqueta, hasta=publicado)


def test_q_no_ensena_lo_que_no_se_ve(api: Api) -> None:
    """Ni borradores, ni retirados, ni borrados: tampoco por su contenido."""
    quien, palabra = api.quien_escriba(), unico("secreto")
    ocultos = [
        api.crear_post(
            quien, contenido=f"Va de {palabra}.", titulo=palabra, estado=como
        )
        for como in ("borrador", "publicado", "publicado")
    ]
    visible = api.crear_post(quien, contenido=f"Va de {palabra}.")["slug"]
    retirar = {"estado": "borrador"}
    retirado = api.patch(f"/posts/{ocultos[1]['slug']}", retirar, quien)
    espera(retirado, 200, al=f"devolverlo a borrador ({NECESITA})")
    borrado = api.delete(f"/posts/{ocultos[2]['slug']}", quien)
    espera(borrado, 204, al=f"borrarlo ({NECESITA})")
    encuentra(api, [visible], q=palabra)
    encuentra(api, [visible], q=palabra, desde="2020-01-01", hasta="2999-01-01")
    encuentra(api, [], q=palabra, hasta="2020-01-01")


def test_por_texto(api: Api) -> None:
    """q busca en título y contenido, sin mirar mayúsculas ni acentos."""
    quien, etiqueta = api.quien_escriba(), unico("e")
    titulo = api.crear_post(quien, etiquetas=[etiqueta], titulo="El CAMIÓN azul")[
        "slug"
    ]
    cuerpo = api.crear_post(
        quien, etiquetas=[etiqueta], titulo="Otro", contenido="Subió al camión. Ñu."
    )["slug"]
    ajeno = api.crear_post(quien, etiquetas=[etiqueta], titulo="Nada que ver")["slug"]
    for texto in ("camión", "CAMION", "Camion", "amió", "cami\u006f\u0301n"):
        encuentra(api, [titulo, cuerpo], etiqueta=etiqueta, q=texto)
    encuentra(api, [titulo], etiqueta=etiqueta, q="camion AZUL")
    encuentra(api, [cuerpo], etiqueta=etiqueta, q="ñU")
    encuentra(api, [], etiqueta=etiqueta, q="autobús")
    cambio = api.patch(f"/posts/{ajeno}", {"titulo": "Un autobús"}, quien)
    espera(cambio, 200, al=f"cambiar un título ({NECESITA})")
    encuentra(api, [ajeno], etiqueta=etiqueta, q="AUTOBUS")
    cambio = api.patch(f"/posts/{cuerpo}", {"contenido": "Bajó del avión."}, quien)
    espera(cambio, 200, al=f"cambiar un contenido ({NECESITA})")
    encuentra(api, [cuerpo], etiqueta=etiqueta, q="AVION")
    encuentra(api, [titulo], etiqueta=etiqueta, q="camion")


def test_los_comodines_son_letras(api: Api) -> None:
    """En q, «%», «_» y «\\» son letras como las demás; y una comilla no rompe nada."""
    quien, etiqueta = api.quien_escriba(), unico("e")
    textos = {"%": "al 100% seguro", "_": "snake_case", "\\": "C:\\temp", "'": "d'Or"}
    creados = {
        letra: api.crear_post(quien, etiquetas=[etiqueta], titulo=titulo)["slug"]
        for letra, titulo in textos.items()
    }
    for letra, slug in creados.items():
        encuentra(api, [slug], etiqueta=etiqueta, q=letra)
    encuentra(api, [], etiqueta=etiqueta, q="1%0")


def test_todos_los_filtros_a_la_vez(api: Api) -> None:
    """Los filtros se cumplen todos a la vez, y se conservan de página en página."""
    quien, otra = api.quien_escriba(), unico("e")
    etiqueta, buenos = posts(api, 3, titulo="Filtro múltiple", etiquetas=[otra])
    api.crear_post(quien, titulo="Filtro múltiple", etiquetas=[otra])
    api.crear_post(quien, titulo="No", etiquetas=[etiqueta, otra])
    api.crear_post(
        quien, titulo="Filtro múltiple", etiquetas=[etiqueta], estado="borrador"
    )
    filtros = {"etiqueta": etiqueta, "q": "FILTRO MULTIPLE", "desde": "2020-01-01"}
    paginas = list(todas(api, limite=2, **filtros))
    comprueba(
        slugs(*paginas) == buenos[::-1],
        f"Se esperaba {buenos[::-1]}, y llegó {slugs(*paginas)}",
    )
    totales = [una["total"] for una in paginas]
    comprueba(totales == [3, 3], f"Se esperaba total 3 en ambas, y llegó {totales}")


@pytest.mark.aislada
def test_el_total_de_todo(api: Api) -> None:
    """Sin filtros, el total son los publicados: ni borradores ni borrados."""
    comprueba(
        pagina(api) == {"datos": [], "total": 0, "siguiente": None},
        f"Se esperaba una página vacía al principio, y llegó {pagina(api)}",
    )
    _, creados = posts(api, 3)
    posts(api, 1, estado="borrador")
    borrado = api.delete(f"/posts/{creados[0]}", api.quien_escriba())
    espera(borrado, 204, al=f"borrar ({NECESITA})")
    encuentra(api, creados[1:])
