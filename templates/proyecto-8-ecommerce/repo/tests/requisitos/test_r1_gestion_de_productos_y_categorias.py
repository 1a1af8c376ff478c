# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · Gestión de productos y categorías."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from motor.bases import BaseDeDatos
from motor.migraciones import alembic, paso_a_paso, subir
from motor.tablas import estructura, filas, motor_de
from requisitos.api import Api, comprueba, espera, json_de, problema, unico
from sqlalchemy import inspect

# --- categorías ------------------------------------------------------------------


def arbol(api: Api) -> list[dict[str, Any]]:
    """El árbol entero, como lo ve cualquiera."""
    return list(json_de(espera(api.get("/categorias"), 200, al="ver las categorías")))


def caminos(ramas: list[dict[str, Any]], antes: str = "") -> list[str]:
    """Cada categoría, con las que hay por encima: «ropa/camisas»."""
    todos = []
    for rama in ramas:
        camino = f"{antes}{rama['slug']}"
        todos += [camino, *caminos(rama["hijas"], f"{camino}/")]
    return todos


def mover(api: Api, slug: str, padre: str | None) -> Any:
    """PATCH de una categoría, para que cuelgue de otra."""
    return api.patch(f"/categorias/{slug}", {"padre": padre}, api.admin())


def test_el_arbol_de_categorias(api: Api) -> None:
    """Las categorías cuelgan unas de otras, y cualquiera ve el árbol entero."""
    raiz, aparte = api.categoria(), api.categoria()
    hija = api.categoria(raiz)
    nieta = api.categoria(hija)
    todos = caminos(arbol(api))
    for esperado in (raiz, f"{raiz}/{hija}", f"{raiz}/{hija}/{nieta}", aparte):
        comprueba(esperado in todos, f"Se esperaba «{esperado}» en el árbol: {todos}")
    nombre = {"nombre": "  Ñandúes & cía. "}
    cambio = espera(
        api.patch(f"/categorias/{hija}", nombre, api.admin()), 200, al="darle nombre"
    )
    esperado = {"slug": hija, "nombre": "Ñandúes & cía.", "padre": raiz}
    comprueba(
        json_de(cambio) == esperado, f"Se esperaba {esperado}, y llegó {cambio.text}"
    )
    espera(mover(api, hija, aparte), 200, al="mover una categoría")
    todos = caminos(arbol(api))
    comprueba(
        f"{aparte}/{hija}/{nieta}" in todos,
        f"Se esperaba que la nieta fuera con su madre, y llegó {todos}",
    )
    espera(mover(api, hija, None), 200, al="llevar una categoría arriba")
    comprueba(hija in caminos(arbol(api)), f"Se esperaba «{hija}» arriba del todo")


def test_el_arbol_no_se_muerde_la_cola(api: Api) -> None:
    """Una categoría no puede colgar de sí misma ni de las de debajo: 409."""
    raiz = api.categoria()
    hija = api.categoria(raiz)
    nieta = api.categoria(hija)
    for padre in (raiz, hija, nieta):
        problema(mover(api, raiz, padre), 409, "colgarla de sí misma o de las suyas")
    problema(mover(api, raiz, unico("nada")), 409, "colgarla de una que no existe")
    comprueba(
        f"{raiz}/{hija}/{nieta}" in caminos(arbol(api)), "Se esperaba el árbol igual"
    )


def test_dos_ramas_a_la_vez(api: Api) -> None:
    """Si a la vez se cuelga A de B y B de A, una de las dos no puede ser."""
    for _ in range(5):
        una, otra = api.categoria(), api.categoria()
        cruzar = [partial(mover, api, una, otra), partial(mover, api, otra, una)]
        codigos = sorted(r.status_code for r in api.a_la_vez(cruzar))
        comprueba(
            codigos == [200, 409], f"Se esperaba un 200 y un 409, y llegó {codigos}"
        )
        visto = [uno for uno in caminos(arbol(api)) if una in uno or otra in uno]
        comprueba(len(visto) == 2, f"Se esperaban las dos en el árbol, y hay {visto}")


def test_borrar_una_categoria(api: Api) -> None:
    """Solo se borra vacía: con hijas o con productos (aunque sean retirados) es 409."""
    madre = api.categoria()
    hija = api.categoria(madre)
    producto = api.producto(categoria=hija)["slug"]
    for slug in (madre, hija):
        borrar = api.delete(f"/categorias/{slug}", api.admin())
        problema(borrar, 409, "borrar una categoría que no está vacía")
    retirar = api.delete(f"/productos/{producto}", api.admin())
    espera(retirar, 204, al="retirar un producto")
    problema(api.delete(f"/categorias/{hija}", api.admin()), 409, "borrarla ahora")
    vacia = api.categoria(madre)
    espera(api.delete(f"/categorias/{vacia}", api.admin()), 204, al="borrar una vacía")
    comprueba(vacia not in str(arbol(api)), "Se esperaba el árbol sin la borrada")
    problema(api.delete(f"/categorias/{vacia}", api.admin()), 404, "borrarla otra vez")


def test_un_slug_es_de_una_sola(api: Api) -> None:
    """Diez a la vez con el mismo slug (categorías o productos): un 201 y nueve 409."""
    categoria = api.categoria()
    for ruta, datos in (
        ("/categorias", {"slug": unico("c"), "nombre": "Una"}),
        ("/productos", nuevo(categoria)),
    ):
        crear = partial(api.post, ruta, datos, api.admin())
        codigos = sorted(r.status_code for r in api.a_la_vez([crear] * 10))
        comprueba(
            codigos == [201] + [409] * 9,
            f"Se esperaba un 201 y nueve 409 en {ruta}, y llegó {codigos}",
        )


# --- productos -------------------------------------------------------------------


def nuevo(categoria: str, **variante: Any) -> dict[str, Any]:
    """Los datos de un producto con una variante."""
    una = {"sku": unico("S"), "nombre": "M", "precio": "1.00", "existencias": 3}
    return {
        "slug": unico("p"),
        "nombre": "Camiseta",
        "categoria": categoria,
        "variantes": [una | variante],
    }


def test_crear_y_leer_un_producto(api: Api) -> None:
    """POST /productos da 201, el producto con sus variantes en orden, y Location."""
    categoria, slug = api.categoria(), unico("p")
    variantes = [
        {"sku": unico(s), "nombre": s, "precio": precio, "existencias": quedan}
        for s, precio, quedan in (("Z", "19.90", 3), ("A", "0.10", 0), ("M", "7.00", 9))
    ]
    datos = {
        "slug": slug,
        "nombre": "  Camiseta «Ñandú»  ",
        "descripcion": "<b>100 %</b> algodón",
        "categoria": categoria,
        "variantes": variantes,
    }
    hecho = espera(api.post("/productos", datos, api.admin()), 201, al="crear uno")
    esperado = datos | {"nombre": "Camiseta «Ñandú»"}
    comprueba(
        json_de(hecho) == esperado, f"Se esperaba {esperado}, y llegó {hecho.text}"
    )
    lugar = hecho.headers.get("location", "")
    comprueba(
        lugar.endswith(f"/productos/{slug}"),
        f"Se esperaba Location: /productos/{slug}, y llegó «{lugar}»",
    )
    leido = json_de(espera(api.get(f"/productos/{slug}"), 200, al="leerlo sin cuenta"))
    comprueba(leido == esperado, f"Se esperaba leer lo creado, y llegó {leido}")


def test_cambiar_un_producto_y_sus_variantes(api: Api) -> None:
    """PATCH cambia solo lo que llega, del producto o de una variante."""
    otra = api.categoria()
    producto = api.producto("5.00", "6.00", descripcion="De antes")
    ruta, sku = f"/productos/{producto['slug']}", producto["variantes"][1]["sku"]
    cambio = {"nombre": "Otro nombre", "categoria": otra}
    espera(api.patch(ruta, cambio, api.admin()), 200, al="cambiar un producto")
    cambio_sku = {"precio": "7.5", "existencias": 0}
    respuesta = api.patch(f"/variantes/{sku}", cambio_sku, api.admin())
    variante = json_de(espera(respuesta, 200, al="cambiar una variante"))
    esperada = producto["variantes"][1] | {"precio": "7.50", "existencias": 0}
    comprueba(variante == esperada, f"Se esperaba {esperada}, y llegó {variante}")
    esperado = producto | cambio
    esperado["variantes"] = [producto["variantes"][0], esperada]
    leido = json_de(espera(api.get(ruta), 200, al="leerlo después"))
    comprueba(leido == esperado, f"Se esperaba {esperado}, y llegó {leido}")
    encontrado = buscar(api, categoria=otra, q="OTRO")
    comprueba(encontrado == [producto["slug"]], f"Se esperaba él solo: {encontrado}")


def test_un_producto_retirado_no_existe(api: Api) -> None:
    """DELETE lo retira: ni se lee, ni se busca, ni se cambia; su slug sigue ocupado."""
    categoria = api.categoria()
    producto = api.producto(categoria=categoria)
    slug, sku = producto["slug"], producto["variantes"][0]["sku"]
    ruta, jefa = f"/productos/{slug}", api.admin()
    espera(api.delete(ruta, jefa), 204, al="retirar un producto")
    for respuesta in (
        api.get(ruta),
        api.get(ruta, jefa),
        api.patch(ruta, {"nombre": "x"}, jefa),
        api.delete(ruta, jefa),
        api.patch(f"/variantes/{sku}", {"existencias": 5}, jefa),
    ):
        problema(respuesta, 404, "usar un producto retirado")
    comprueba(buscar(api, categoria=categoria) == [], "Se esperaba no encontrarlo")
    otra_vez = nuevo(categoria) | {"slug": slug}
    problema(api.post("/productos", otra_vez, jefa), 409, "usar otra vez su slug")


def test_un_sku_es_de_una_sola_variante(api: Api) -> None:
    """Un sku que ya existe, o repetido en el mismo producto, es 409 y no deja nada."""
    categoria, sku = api.categoria(), api.skus()[0]
    repetido = nuevo(categoria, sku=unico("R"))
    repetido["variantes"] *= 2
    for datos in (nuevo(categoria, sku=sku), repetido):
        crear = api.post("/productos", datos, api.admin())
        problema(crear, 409, "crear un producto con un sku repetido")
        problema(api.get(f"/productos/{datos['slug']}"), 404, "leer lo que no se creó")


def test_solo_un_admin_cambia_el_catalogo(api: Api) -> None:
    """Sin token, 401; con una cuenta que no es admin, 403; y nada cambia."""
    categoria = api.categoria()
    producto = api.producto()
    sku = producto["variantes"][0]["sku"]
    ruta = f"/productos/{producto['slug']}"
    for metodo, donde, datos in (
        ("POST", "/categorias", {"slug": unico("c"), "nombre": "Mía"}),
        ("PATCH", f"/categorias/{categoria}", {"nombre": "Mía"}),
        ("DELETE", f"/categorias/{categoria}", None),
        ("POST", "/productos", nuevo(categoria)),
        ("PATCH", ruta, {"nombre": "Mío"}),
        ("DELETE", ruta, None),
        ("PATCH", f"/variantes/{sku}", {"precio": "0.01"}),
    ):
        for quien, codigo in ((None, 401), (api.persona(), 403)):
            respuesta = api.pedir(metodo, donde, quien, json=datos)
            problema(respuesta, codigo, f"pedir {metodo} {donde} sin ser admin")
    leido = json_de(espera(api.get(ruta), 200, al="leer el producto"))
    comprueba(leido == producto, f"Se esperaba como estaba, y llegó {leido}")


# --- dinero y datos que no valen -------------------------------------------------


@pytest.mark.parametrize(
    "precio",
    [
        19.99,
        20,
        "0.00",
        "-1.00",
        "+1.00",
        "1.999",
        "1,50",
        "1e3",
        "NaN",
        "Infinity",
        "1_000",
        "٣.٠٠",
        " 1.00",
        "1.00\n",
        ".50",
        "1.",
        "1000000.00",
        "",
        None,
        True,
    ],
    ids=str,
)
def test_precios_que_no_lo_son(api: Api, precio: Any) -> None:
    """Un precio es un texto como "19.99"; lo demás es 422, al crear y al cambiar."""
    datos = nuevo(api.una_categoria(), precio=precio)
    problema(api.post("/productos", datos, api.admin()), 422, f"pedir {precio!r}")
    sku = api.un_sku()
    cambio = api.patch(f"/variantes/{sku}", {"precio": precio}, api.admin())
    problema(cambio, 422, f"cambiar un precio por {precio!r}")


def test_precios_que_valen(api: Api) -> None:
    """El menor, el mayor y los que no caben en un float salen como entraron."""
    for precio, sale in (
        ("0.01", "0.01"),
        ("999999.99", "999999.99"),
        ("5", "5.00"),
        ("0.3", "0.30"),
        ("007.10", "7.10"),
        ("1234.56", "1234.56"),
    ):
        producto = api.producto(precio)
        leido = json_de(
            espera(api.get(f"/productos/{producto['slug']}"), 200, al="leer")
        )
        llego = leido["variantes"][0]["precio"]
        comprueba(
            llego == sale, f"Se esperaba {sale!r} de {precio!r}, y llegó {llego!r}"
        )


@pytest.mark.parametrize(
    "malo",
    [
        {"slug": "Con Espacios"},
        {"slug": "x" * 81},
        {"nombre": "  "},
        {"nombre": "x" * 201},
        {"nombre": "nulo\x00"},
        {"descripcion": "x" * 5001},
        {"categoria": None},
        {"variantes": []},
        {"variantes": None},
        {"retirado": False},
        {"variante": {"existencias": -1}},
        {"variante": {"existencias": 1.5}},
        {"variante": {"existencias": "3"}},
        {"variante": {"existencias": 10**30}},
        {"variante": {"sku": "con espacio"}},
        {"variante": {"sku": "x" * 41}},
        {"variante": {"nombre": ""}},
        {"variante": {"color": "rojo"}},
    ],
    ids=lambda malo: str(malo)[:40],
)
def test_datos_que_no_valen(api: Api, malo: dict[str, Any]) -> None:
    """Lo que falta, sobra o no vale es 422, y no se guarda nada."""
    datos = nuevo(api.una_categoria(), **malo.get("variante", {}))
    datos |= {k: v for k, v in malo.items() if k != "variante"}
    problema(api.post("/productos", datos, api.admin()), 422, "crear un producto malo")


def test_una_categoria_que_no_existe(api: Api) -> None:
    """Crear un producto en una categoría que no existe, o llevarlo a ella, es 409."""
    nada = unico("nada")
    problema(api.post("/productos", nuevo(nada), api.admin()), 409, "crear uno ahí")
    slug = api.producto()["slug"]
    cambio = api.patch(f"/productos/{slug}", {"categoria": nada}, api.admin())
    problema(cambio, 409, "llevar un producto a una categoría que no existe")


# --- buscar ----------------------------------------------------------------------


def pagina(api: Api, **filtros: Any) -> dict[str, Any]:
    """Una página de GET /productos."""
    leida = json_de(
        espera(api.get("/productos", **filtros), 200, al="buscar productos")
    )
    comprueba(
        isinstance(leida, dict) and {"datos", "total", "siguiente"} <= set(leida),
        f"Se esperaba una página con datos, total y siguiente, y llegó {leida}",
    )
    return dict(leida)


def buscar(api: Api, **filtros: Any) -> list[str]:
    """Los slugs que se encuentran, en su orden."""
    return [uno["slug"] for uno in pagina(api, **filtros)["datos"]]


def test_buscar_por_categoria(api: Api) -> None:
    """Una categoría trae sus productos y los de todas las que cuelgan de ella."""
    raiz = api.categoria()
    hija = api.categoria(raiz)
    nieta = api.categoria(hija)
    aparte = api.categoria()
    base = unico("b")
    for numero, categoria in enumerate((raiz, hija, nieta, aparte)):
        api.producto(slug=f"{base}-{numero}", categoria=categoria)
    for categoria, numeros in (
        (raiz, "012"),
        (hija, "12"),
        (nieta, "2"),
        (aparte, "3"),
    ):
        esperado = [f"{base}-{numero}" for numero in numeros]
        llego = buscar(api, categoria=categoria)
        comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {llego}")
    espera(mover(api, hija, aparte), 200, al="mover una categoría")
    llego = buscar(api, categoria=aparte)
    esperado = [f"{base}-{numero}" for numero in "123"]
    comprueba(llego == esperado, f"Se esperaba {esperado} tras mover, y llegó {llego}")
    comprueba(buscar(api, categoria=unico("nada")) == [], "Se esperaba ninguno")


def test_buscar_por_texto(api: Api) -> None:
    """q busca en nombre y descripción, sin acentos ni mayúsculas, y sin comodines."""
    categoria = api.categoria()
    textos = {"camion": "CAMIÓN azul", "algodon": "100% algodón", "raro": "a_b\\c'd"}
    slugs = {}
    for clave, texto in textos.items():
        donde = {"nombre": texto} if clave != "algodon" else {"descripcion": texto}
        slugs[clave] = api.producto(categoria=categoria, **donde)["slug"]
    for q, clave in (
        ("camión", "camion"),
        ("CAMION AZUL", "camion"),
        ("cami\u006f\u0301n", "camion"),
        ("Algodon", "algodon"),
        ("0%", "algodon"),
        ("_", "raro"),
        ("\\", "raro"),
        ("'", "raro"),
    ):
        llego = buscar(api, categoria=categoria, q=q)
        comprueba(
            llego == [slugs[clave]],
            f"Se esperaba solo «{textos[clave]}» al buscar «{q}», y llegó {llego}",
        )
    comprueba(buscar(api, categoria=categoria, q="1%0") == [], "Se esperaba ninguno")


def test_buscar_por_precio(api: Api) -> None:
    """Un producto sale si alguna de sus variantes está entre los dos precios."""
    categoria, base = api.categoria(), unico("b")
    for numero, precios in enumerate(
        (("1.00", "9.99"), ("5.00",), ("10.00", "100.00"))
    ):
        api.producto(*precios, slug=f"{base}-{numero}", categoria=categoria)
    for minimo, maximo, numeros in (
        ("5.00", "9.99", "01"),
        ("5.01", "9.98", ""),
        ("9.99", "10.00", "02"),
        ("2.00", "6.00", "1"),
        ("10.00", None, "2"),
        (None, "1.00", "0"),
        ("6.00", "5.00", ""),
    ):
        filtros = {"precio_min": minimo, "precio_max": maximo}
        filtros = {clave: valor for clave, valor in filtros.items() if valor}
        llego = buscar(api, categoria=categoria, **filtros)
        esperado = [f"{base}-{numero}" for numero in numeros]
        comprueba(
            llego == esperado, f"Se esperaba {esperado} con {filtros}, y llegó {llego}"
        )


def test_las_paginas_no_repiten_ni_saltan(api: Api) -> None:
    """De página en página, aunque aparezcan y desaparezcan productos entre medias."""
    categoria, base = api.categoria(), unico("b")
    for numero in range(6):
        api.producto(slug=f"{base}-{numero}", categoria=categoria)
    vistos: list[str] = []
    cursor: dict[str, str] = {}
    for antes, fuera in (((), ()), ((0, 1), ()), ((), (0, 1, 2))):
        for numero in antes:
            api.producto(slug=f"{base}-0-{numero}", categoria=categoria)
        for numero in fuera:
            retirar = api.delete(f"/productos/{base}-{numero}", api.admin())
            espera(retirar, 204, al="retirar uno ya visto")
        una = pagina(api, categoria=categoria, limite=2, **cursor)
        vistos += [uno["slug"] for uno in una["datos"]]
        cursor = {"cursor": una["siguiente"]}
    esperado = [f"{base}-{numero}" for numero in range(6)]
    comprueba(vistos == esperado, f"Se esperaba {esperado}, y llegó {vistos}")
    comprueba(cursor["cursor"] is None, "Se esperaba acabar en la tercera página")
    justa = pagina(api, categoria=categoria, limite=5)
    comprueba(
        (justa["total"], len(justa["datos"]), justa["siguiente"]) == (5, 5, None),
        f"Se esperaban los cinco en una página sin siguiente, y llegó {justa}",
    )


@pytest.mark.parametrize(
    "malo",
    [
        {"limite": 0},
        {"limite": 101},
        {"limite": "x"},
        {"precio_min": "barato"},
        {"precio_max": "-1"},
        {"q": "nulo\x00"},
        {"cursor": "nulo\x00"},
        {"color": "rojo"},
    ],
    ids=lambda malo: str(malo)[:30],
)
def test_filtros_que_no_valen(api: Api, malo: dict[str, Any]) -> None:
    """Un filtro que no existe o que no vale es 422, y no una página cualquiera."""
    problema(api.get("/productos", **malo), 422, f"buscar con {malo}")


def test_una_categoria_que_no_cabe_en_la_base(api: Api) -> None:
    """Como filtro no encuentra nada; decir 422 también vale, pero no romperse."""
    respuesta = api.get("/productos", categoria="nulo\x00")
    espera(respuesta, 200, 422, al="buscar en una categoría con el carácter nulo")
    if respuesta.status_code == 200:
        una = json_de(respuesta)
        comprueba(una["total"] == 0, f"Se esperaba no encontrar nada, y llegó {una}")


# --- la base de datos ------------------------------------------------------------


@pytest.mark.aislada
def test_las_migraciones_van_y_vuelven(api: Api) -> None:
    """Con datos dentro, cada migración se deshace y se rehace, sin perder cuentas."""
    ana = api.persona()
    api.producto(categoria=api.categoria(api.categoria()))
    servicio = api.servicio
    servicio.parar()
    url = servicio.ajustes["DATABASE_URL"]
    antes = estructura(url)
    alembic(url, partial(command.downgrade, revision="0001"))
    nombres = [fila.get("nombre") for tabla, fila in filas(url) if tabla == "usuarios"]
    comprueba(ana.nombre in nombres, f"Se esperaban las cuentas al volver: {nombres}")
    alembic(url, subir)
    nombres = [fila.get("nombre") for tabla, fila in filas(url) if tabla == "usuarios"]
    comprueba(ana.nombre in nombres, f"Se esperaban las cuentas al subir: {nombres}")
    comprueba(estructura(url) == antes, "Se esperaba la misma base al volver a subir")
    alembic(url, paso_a_paso)
    quedan = set(inspect(motor_de(url)).get_table_names()) - {"alembic_version"}
    comprueba(
        not quedan, f"Se esperaba la base vacía al bajar, y quedan {sorted(quedan)}"
    )


def test_las_migraciones_dicen_lo_mismo_que_los_modelos(
    bases: BaseDeDatos, tmp_path: Path, api: Api
) -> None:
    """«alembic check» no encuentra diferencias, y las tablas del catálogo existen."""
    api.producto()
    with bases.nueva(tmp_path) as url:
        alembic(url, command.check)
