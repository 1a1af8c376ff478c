# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R1 · CRUD de posts y comentarios.

Si todavía no hay cuentas (R2), escribe cualquiera; cuando las haya, estas pruebas
entran con una que pueda escribir.
"""

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from alembic import command
from motor.bases import BaseDeDatos
from motor.migraciones import alembic, paso_a_paso, subir
from motor.servicio import Servicio
from motor.tablas import columnas_con, estructura, filas, motor_de
from openapi_spec_validator import validate
from requisitos.api import Api, comprueba, datos_de, espera, json_de, problema, unico
from sqlalchemy import MetaData, inspect

CAMPOS_DE_POST = {
    "slug",
    "titulo",
    "contenido",
    "estado",
    "etiquetas",
    "autor",
    "creado",
    "actualizado",
    "publicado",
}


def con_buen_slug(post: dict[str, Any]) -> str:
    """El slug de un post, si solo tiene lo que puede tener."""
    slug = str(post.get("slug"))
    comprueba(
        re.fullmatch(r"[a-z0-9-]{1,80}", slug),
        f"Se esperaba un slug de a-z, 0-9 y guiones, y llegó «{slug}»",
    )
    return slug


# --- posts -----------------------------------------------------------------------


def test_crear_un_post(api: Api) -> None:
    """POST /posts crea un post, y devuelve 201, el post y su dirección en Location."""
    quien = api.quien_escriba()
    titulo = unico("¡Cómo está el Ñandú!")
    texto = "Corre.\r\n\r\n  ¡MUCHO!\t<b>🦤</b> e\u0301 &amp; é"
    datos = {
        "titulo": f"  {titulo} ",
        "contenido": f"\n {texto}  ",
        "etiquetas": [" Aves ", "ÑANDÚ", "pampa", "aves", "ñandú"],
        "estado": "publicado",
    }
    respuesta = espera(api.post("/posts", datos, quien), 201, al="crear un post")
    post = json_de(respuesta)
    comprueba(
        set(post) >= CAMPOS_DE_POST,
        f"Se esperaba un post con {sorted(CAMPOS_DE_POST)}, y llegó {sorted(post)}",
    )
    slug = titulo.replace("¡Cómo está el Ñandú!", "como-esta-el-nandu")
    comprueba(
        post["slug"] == slug, f"Se esperaba el slug «{slug}», y llegó {post['slug']}"
    )
    comprueba(
        (post["titulo"], post["contenido"]) == (titulo, texto),
        "Se esperaban título y contenido como son, sin espacios alrededor, y llegó "
        f"{post['titulo']!r} y {post['contenido']!r}",
    )
    comprueba(
        post["etiquetas"] == ["aves", "ñandú", "pampa"],
        "Se esperaban las etiquetas en minúsculas, sin repetir y en su orden, "
        f"y llegó {post['etiquetas']}",
    )
    lugar = respuesta.headers.get("location", "")
    comprueba(
        lugar.endswith(f"/posts/{slug}"),
        f"Se esperaba Location: /posts/{slug}, y llegó «{lugar}»",
    )
    leido = json_de(espera(api.get(f"/posts/{slug}"), 200, al="leer el post"))
    comprueba(
        leido == post, f"Se esperaba leer lo que se creó, {post}, y llegó {leido}"
    )


def test_las_fechas_llevan_zona(api: Api) -> None:
    """creado, actualizado y publicado son instantes con zona, cercanos a ahora."""
    post = api.crear_post(api.quien_escriba())
    for campo in ("creado", "actualizado", "publicado"):
        try:
            momento = datetime.fromisoformat(str(post.get(campo)))
        except ValueError:
            pytest.fail(f"Se esperaba {campo} en ISO 8601, y llegó {post.get(campo)}")
        comprueba(
            momento.tzinfo is not None,
            f"Se esperaba {campo} con su zona, y llegó {post[campo]}",
        )
        lejos = abs((datetime.now(UTC) - momento).total_seconds())
        comprueba(lejos < 3600, f"Se esperaba {campo} de ahora, y llegó {post[campo]}")


def test_el_slug_se_busca_libre(api: Api) -> None:
    """Dos posts con el mismo título tienen slugs distintos: el segundo acaba en -2."""
    quien, titulo = api.quien_escriba(), unico("Repetido")
    slugs = [api.crear_post(quien, titulo=titulo)["slug"] for _ in range(3)]
    base = titulo.lower()
    esperados = [base, f"{base}-2", f"{base}-3"]
    comprueba(slugs == esperados, f"Se esperaban {esperados}, y llegaron {slugs}")


def test_el_slug_libre_no_se_adivina(api: Api) -> None:
    """Aunque alguien haya elegido ya slugs con número, se encuentra uno libre."""
    quien, titulo = api.quien_escriba(), unico("Saltos")
    base = titulo.lower()
    ocupados = {
        api.crear_post(quien, slug=slug)["slug"]
        for slug in (base, f"{base}-3", f"{base}-4", f"{base}-6")
    }
    for _ in range(3):
        slug = api.crear_post(quien, titulo=titulo)["slug"]
        comprueba(
            slug.startswith(f"{base}-") and slug not in ocupados,
            f"Se esperaba «{base}-» y un número libre, y llegó «{slug}»",
        )
        ocupados.add(slug)


def test_un_titulo_sin_letras_tambien_tiene_slug(api: Api) -> None:
    """Un título del que no sale ningún slug («¿?») tiene uno igualmente."""
    quien = api.quien_escriba()
    for titulo in ("¿¡…!?", "日本語"):
        slug = con_buen_slug(api.crear_post(quien, titulo=titulo))
        espera(api.get(f"/posts/{slug}"), 200, al=f"leer el post «{titulo}»")


def test_un_slug_largo_se_corta(api: Api) -> None:
    """El slug no pasa de 80 caracteres, ni aunque el título se repita."""
    quien, titulo = api.quien_escriba(), unico("largo") + " palabra" * 20
    slugs = [con_buen_slug(api.crear_post(quien, titulo=titulo)) for _ in range(2)]
    comprueba(
        len(set(slugs)) == 2, f"Se esperaban dos slugs distintos, y llegó {slugs}"
    )


def test_veinte_titulos_iguales_a_la_vez(api: Api) -> None:
    """Veinte posts con el mismo título y a la vez: todos con su slug, y distinto."""
    quien, titulo = api.quien_escriba(), unico("Carrera")
    datos = {"titulo": titulo, "contenido": "¡Ya!", "estado": "publicado"}
    respuestas = api.a_la_vez([partial(api.post, "/posts", datos, quien)] * 20)
    slugs = [
        json_de(espera(respuesta, 201, al="crear veinte posts a la vez"))["slug"]
        for respuesta in respuestas
    ]
    comprueba(
        len(set(slugs)) == 20, f"Se esperaban 20 slugs distintos: {sorted(slugs)}"
    )
    for slug in slugs[::7]:
        espera(api.get(f"/posts/{slug}"), 200, al="leer alguno de los veinte")


def test_un_slug_elegido_y_ocupado_es_409(api: Api) -> None:
    """Un slug que pide quien escribe se respeta; si está ocupado, 409 y no otro."""
    quien, slug = api.quien_escriba(), unico("elegido")
    creado = api.crear_post(quien, slug=slug)["slug"]
    comprueba(creado == slug, f"Se esperaba el slug «{slug}», y llegó «{creado}»")
    datos = {"titulo": "Otro", "contenido": "Otro.", "slug": slug}
    problema(api.post("/posts", datos, quien), 409, "pedir un slug ocupado")
    ajeno = api.crear_post(quien, titulo="Otro título", slug=f"{slug}-7")["slug"]
    comprueba(ajeno == f"{slug}-7", f"Se esperaba el que se pide, y llegó «{ajeno}»")


def test_un_slug_elegido_a_la_vez_es_de_uno_solo(api: Api) -> None:
    """Diez a la vez con el mismo slug elegido: uno recibe 201 y los demás 409."""
    quien = api.quien_escriba()
    datos = {"titulo": "Único", "contenido": "Uno.", "slug": unico("solo")}
    respuestas = api.a_la_vez([partial(api.post, "/posts", datos, quien)] * 10)
    codigos = sorted(respuesta.status_code for respuesta in respuestas)
    comprueba(
        codigos == [201] + [409] * 9,
        f"Se esperaba un 201 y nueve 409, y llegó {codigos}",
    )


def test_un_borrador_no_se_ve(api: Api) -> None:
    """Sin estado, un post nace borrador: ni se lista ni se lee sin cuenta."""
    quien, titulo = api.quien_escriba(), unico("Secreto")
    datos = {"titulo": titulo, "contenido": "Aún no."}
    borrador = json_de(espera(api.post("/posts", datos, quien), 201, al="crear uno"))
    comprueba(
        borrador.get("estado") == "borrador",
        f"Se esperaba estado «borrador», y llegó {borrador.get('estado')}",
    )
    comprueba(
        borrador.get("publicado") is None,
        f"Se esperaba publicado: null, y llegó {borrador.get('publicado')}",
    )
    ruta = f"/posts/{borrador['slug']}"
    problema(api.get(ruta), 404, "leer un borrador sin cuenta")
    problema(api.get(f"{ruta}/comentarios"), 404, "leer los comentarios de un borrador")
    visible = api.crear_post(quien)
    slugs = [post["slug"] for post in datos_de(api.get("/posts"), "listar los posts")]
    comprueba(
        visible["slug"] in slugs,
        f"Se esperaba el post recién publicado en la lista, y llegó {slugs}",
    )
    comprueba(borrador["slug"] not in slugs, "Se esperaba la lista sin el borrador")
    suyos = [uno["slug"] for uno in datos_de(api.get("/posts", quien), "listar")]
    comprueba(
        borrador["slug"] not in suyos,
        "Se esperaban solo los publicados, también para quien escribió el borrador",
    )


def test_publicar_un_borrador(api: Api) -> None:
    """PATCH con estado «publicado» lo hace visible y apunta cuándo."""
    quien = api.quien_escriba()
    borrador = api.crear_post(quien, estado="borrador")
    ruta = f"/posts/{borrador['slug']}"
    cambio = api.patch(ruta, {"estado": "publicado"}, quien)
    post = json_de(espera(cambio, 200, al="publicar un borrador"))
    comprueba(post["estado"] == "publicado", f"Se esperaba publicado, y llegó {post}")
    comprueba(
        post["publicado"], "Se esperaba que publicado dijera cuándo, y llegó null"
    )
    espera(api.get(ruta), 200, al="leer lo que se acaba de publicar")
    antes = post["publicado"]
    otra = json_de(espera(api.patch(ruta, {"titulo": "T"}, quien), 200, al="cambiarlo"))
    comprueba(
        otra["publicado"] == antes,
        f"Se esperaba que publicado no cambiara ({antes}), y llegó {otra['publicado']}",
    )
    retirar = api.patch(ruta, {"estado": "borrador"}, quien)
    espera(retirar, 200, al="devolverlo a borrador")
    problema(api.get(ruta), 404, "leer sin cuenta lo que vuelve a ser un borrador")
    slugs = [uno["slug"] for uno in datos_de(api.get("/posts"), "listar los posts")]
    comprueba(
        borrador["slug"] not in slugs,
        "Se esperaba la lista sin lo que vuelve a ser un borrador, aunque se publicara",
    )
    otra_vez = api.patch(ruta, {"estado": "publicado"}, quien)
    post = json_de(espera(otra_vez, 200, al="publicarlo otra vez"))
    comprueba(
        post["publicado"] == antes,
        f"Se esperaba la fecha de la primera vez, {antes}, y llegó {post}",
    )
    comprueba(
        post["creado"] == borrador["creado"],
        f"Se esperaba que creado no cambiara, y llegó {post}",
    )


def test_cambiar_solo_lo_que_llega(api: Api) -> None:
    """PATCH cambia los campos que llegan y deja los demás; el slug no cambia nunca."""
    quien = api.quien_escriba()
    post = api.crear_post(quien, etiquetas=["uno", "dos"])
    ruta = f"/posts/{post['slug']}"
    cambio = api.patch(ruta, {"titulo": "Título nuevo"}, quien)
    nuevo = json_de(espera(cambio, 200, al="cambiar el título"))
    esperado = post | {"titulo": "Título nuevo", "actualizado": nuevo["actualizado"]}
    comprueba(nuevo == esperado, f"Se esperaba {esperado}, y llegó {nuevo}")
    antes, despues = (datetime.fromisoformat(p["actualizado"]) for p in (post, nuevo))
    comprueba(
        despues > antes,
        "Se esperaba que actualizado avanzara al cambiar el post, y llegó "
        f"{nuevo['actualizado']}",
    )
    cambio = api.patch(ruta, {"etiquetas": [" TRES ", "dos", "tres"]}, quien)
    etiquetado = json_de(espera(cambio, 200, al="cambiar las etiquetas"))
    etiquetas = etiquetado["etiquetas"]
    comprueba(
        etiquetas == ["tres", "dos"],
        f"Se esperaban las etiquetas tres y dos, en ese orden, y llegó {etiquetas}",
    )
    comprueba(
        datetime.fromisoformat(etiquetado["actualizado"]) > despues,
        "Se esperaba que actualizado avanzara también al cambiar solo las etiquetas, y "
        f"llegó {etiquetado['actualizado']}",
    )
    leido = json_de(espera(api.get(ruta), 200, al="leerlo después de cambiarlo"))
    comprueba(
        leido["titulo"] == "Título nuevo",
        f"Se esperaba que el cambio quedara guardado, y llegó {leido}",
    )


def test_borrar_y_restaurar(api: Api) -> None:
    """Un post borrado no se ve en ningún sitio, y al restaurarlo vuelve entero."""
    quien = api.quien_escriba()
    post = api.crear_post(quien, etiquetas=["vuelve"])
    ruta = f"/posts/{post['slug']}"
    comentario = api.comentar(post["slug"], quien, "¡No lo borres!")
    borrado = espera(api.delete(ruta, quien), 204, al="borrar un post")
    comprueba(
        not borrado.content, f"Se esperaba un 204 sin nada, y llegó {borrado.text}"
    )
    for metodo, donde, datos in (
        ("GET", ruta, None),
        ("PATCH", ruta, {"titulo": "Fantasma"}),
        ("DELETE", ruta, None),
        ("GET", f"{ruta}/comentarios", None),
        ("POST", f"{ruta}/comentarios", {"contenido": "¿Hola?"}),
        ("PATCH", f"/comentarios/{comentario['id']}", {"contenido": "¿Hola?"}),
        ("DELETE", f"/comentarios/{comentario['id']}", None),
    ):
        respuesta = api.pedir(metodo, donde, quien, json=datos)
        problema(respuesta, 404, "usar un post borrado")
    slugs = [otro["slug"] for otro in datos_de(api.get("/posts"), "listar los posts")]
    comprueba(post["slug"] not in slugs, "Se esperaba la lista sin el post borrado")
    vuelto = api.post(f"{ruta}/restaurar", None, quien)
    vuelto = espera(vuelto, 200, al="restaurar un post borrado")
    comprueba(
        json_de(vuelto) | {"actualizado": post["actualizado"]} == post,
        f"Se esperaba el mismo post, {post}, y llegó {vuelto.text}",
    )
    leido = json_de(espera(api.get(ruta), 200, al="leer el post restaurado"))
    comprueba(leido["etiquetas"] == ["vuelve"], f"Se esperaban sus etiquetas: {leido}")
    vueltos = datos_de(api.get(f"{ruta}/comentarios"), "leer sus comentarios")
    comprueba(
        [uno["id"] for uno in vueltos] == [comentario["id"]],
        f"Se esperaban los comentarios que tenía, y llegó {vueltos}",
    )
    otra_vez = api.post(f"{ruta}/restaurar", None, quien)
    problema(otra_vez, 404, "restaurar un post que no está borrado")
    nada = api.post(f"/posts/{unico('nada')}/restaurar", None, quien)
    problema(nada, 404, "restaurar un post que no existe")


def test_un_borrador_borrado_vuelve_como_borrador(api: Api) -> None:
    """Restaurar devuelve las cosas a como estaban: no publica nada."""
    quien = api.quien_escriba()
    nuevo, retirado = (
        api.crear_post(quien, estado=estado) for estado in ("borrador", "publicado")
    )
    retirar = api.patch(f"/posts/{retirado['slug']}", {"estado": "borrador"}, quien)
    espera(retirar, 200, al="devolver un post a borrador")
    for post in (nuevo, retirado):
        ruta = f"/posts/{post['slug']}"
        espera(api.delete(ruta, quien), 204, al="borrar un borrador")
        problema(api.get(ruta, quien), 404, "leer un borrador borrado")
        vuelto = api.post(f"{ruta}/restaurar", None, quien)
        llego = json_de(espera(vuelto, 200, al="restaurarlo"))
        comprueba(
            (llego["estado"], llego["publicado"]) == ("borrador", post["publicado"]),
            f"Se esperaba un borrador, como antes de borrarlo, y llegó {llego}",
        )
        problema(api.get(ruta), 404, "leer sin cuenta el borrador restaurado")


def test_el_slug_de_un_borrado_no_se_reutiliza(api: Api) -> None:
    """Nadie se queda con la dirección de un post borrado."""
    quien, titulo = api.quien_escriba(), unico("Mío")
    post = api.crear_post(quien, titulo=titulo)
    espera(api.delete(f"/posts/{post['slug']}", quien), 204, al="borrar un post")
    nuevo = api.crear_post(quien, titulo=titulo)["slug"]
    comprueba(
        nuevo != post["slug"],
        f"Se esperaba un slug nuevo, y llegó el del post borrado, «{nuevo}»",
    )
    datos = {"titulo": "Otro", "contenido": "Otro.", "slug": post["slug"]}
    problema(api.post("/posts", datos, quien), 409, "pedir el slug de un borrado")


# --- comentarios -----------------------------------------------------------------


def test_comentarios_en_orden(api: Api) -> None:
    """Los comentarios se crean con 201 y se listan del más viejo al más nuevo."""
    quien = api.quien_escriba()
    slug = api.crear_post(quien)["slug"]
    creados = [api.comentar(slug, quien, f"Número {n}") for n in range(3)]
    respuesta = api.get(f"/posts/{slug}/comentarios")
    leidos = datos_de(respuesta, "leer los comentarios")
    comprueba(leidos == creados, f"Se esperaba {creados}, y llegó {leidos}")
    campos = {"id", "contenido", "autor", "creado"}
    comprueba(set(leidos[0]) >= campos, f"Se esperaba {campos}, y llegó {leidos[0]}")


def test_cambiar_y_borrar_un_comentario(api: Api) -> None:
    """Un comentario se cambia y se borra; después, su número es 404."""
    quien = api.quien_escriba()
    slug, ajeno = (api.crear_post(quien)["slug"] for _ in range(2))
    antes, uno, otro = (api.comentar(slug, quien, x) for x in ("A", "\tUno ", "Otro"))
    comprueba(uno["contenido"] == "Uno", f"Se esperaba sin espacios, y llegó {uno}")
    fuera = api.comentar(ajeno, quien, "En otro post")
    ruta = f"/comentarios/{uno['id']}"
    nuevo = {"contenido": " ¡Uno!\n"}
    cambio = espera(api.patch(ruta, nuevo, quien), 200, al="cambiarlo")
    cambiado = json_de(cambio)
    comprueba(
        cambiado == uno | {"contenido": "¡Uno!"},
        f"Se esperaba el comentario cambiado, y llegó {cambiado}",
    )
    llegan = datos_de(api.get(f"/posts/{slug}/comentarios"), "leerlos tras el cambio")
    comprueba(
        llegan == [antes, cambiado, otro],
        f"Se esperaba que cambiar uno no lo moviera, y llegó {llegan}",
    )
    espera(api.delete(ruta, quien), 204, al="borrar un comentario")
    problema(api.delete(ruta, quien), 404, "borrar un comentario borrado")
    problema(api.patch(ruta, {"contenido": "x"}, quien), 404, "cambiar uno borrado")
    quedan = datos_de(api.get(f"/posts/{slug}/comentarios"), "leer los comentarios")
    comprueba(
        quedan == [antes, otro], f"Se esperaban {antes} y {otro}, y llegó {quedan}"
    )
    ajenos = datos_de(api.get(f"/posts/{ajeno}/comentarios"), "leer los de otro post")
    comprueba(ajenos == [fuera], f"Se esperaba solo {fuera}, y llegó {ajenos}")


# --- errores ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metodo", "ruta", "codigos"),
    [
        ("GET", "/posts/este-no-existe", [404]),
        ("GET", "/posts/este-no-existe/comentarios", [404]),
        ("PATCH", "/comentarios/2147483000", [404]),
        ("PATCH", "/comentarios/99999999999999999999", [404, 422]),
        ("GET", "/posts/nulo%00", [404, 422]),
        ("GET", "/no/hay/nada/aqui", [404]),
        ("PUT", "/posts", [405]),
        ("DELETE", "/posts", [405]),
        ("POST", "/comentarios/7", [405]),
    ],
)
def test_lo_que_no_existe(api: Api, metodo: str, ruta: str, codigos: list[int]) -> None:
    """Lo que no existe (un post, una ruta, un método) se dice con la misma forma."""
    quien = api.quien_escriba()
    datos = {"contenido": "x"} if metodo in {"PATCH", "PUT"} else None
    respuesta = api.pedir(metodo, ruta, quien, json=datos)
    al = f"pedir {metodo} {ruta}"
    problema(respuesta, espera(respuesta, *codigos, al=al).status_code, al)


BUENO = {"titulo": "Bueno", "contenido": "Bueno."}
_UN_POST: WeakKeyDictionary[Servicio, str] = WeakKeyDictionary()


def un_post(api: Api) -> str:
    """El slug de un post que estas pruebas no llegan a cambiar."""
    if api.servicio not in _UN_POST:
        _UN_POST[api.servicio] = api.crear_post(api.quien_escriba())["slug"]
    return _UN_POST[api.servicio]


@pytest.mark.parametrize(
    ("datos", "campo"),
    [
        ({"contenido": "Sin título."}, "titulo"),
        (BUENO | {"titulo": "   "}, "titulo"),
        (BUENO | {"titulo": "x" * 201}, "titulo"),
        (BUENO | {"titulo": 7}, "titulo"),
        (BUENO | {"titulo": "nulo\x00"}, "titulo"),
        (BUENO | {"contenido": ""}, "contenido"),
        (BUENO | {"contenido": "nulo\x00"}, "contenido"),
        (BUENO | {"contenido": "x" * 50_001}, "contenido"),
        (BUENO | {"estado": "archivado"}, "estado"),
        (BUENO | {"contenido": "\n \t"}, "contenido"),
        (BUENO | {"slug": "Con Espacios"}, "slug"),
        (BUENO | {"slug": "mayúsculas-NO"}, "slug"),
        (BUENO | {"slug": "sub_rayado"}, "slug"),
        (BUENO | {"slug": ""}, "slug"),
        (BUENO | {"slug": "../arriba"}, "slug"),
        (BUENO | {"slug": "x" * 81}, "slug"),
        (BUENO | {"etiquetas": "una"}, "etiquetas"),
        (BUENO | {"etiquetas": ["nulo\x00"]}, "etiquetas"),
        (BUENO | {"etiquetas": ["x" * 31]}, "etiquetas"),
        (BUENO | {"etiquetas": ["buena", "  "]}, "etiquetas"),
        (BUENO | {"etiquetas": [f"e{n}" for n in range(11)]}, "etiquetas"),
        (BUENO | {"borrado": None}, "borrado"),
        (BUENO | {"publicado": "2020-01-01T00:00:00Z"}, "publicado"),
        (BUENO | {"estado": None}, "estado"),
    ],
)
def test_datos_que_no_valen(api: Api, datos: dict[str, Any], campo: str) -> None:
    """Un dato que falta, sobra o no vale es 422, y «errores» dice qué campo es.

    Tampoco vale para cambiar un post; y lo que traía no se repite.
    """
    quien = api.quien_escriba()
    datos = {"contenido": "LO QUE TRAÍA"} | datos
    respuesta = api.post("/posts", datos, quien)
    error = problema(respuesta, 422, "mandar datos malos")
    campos = [str(uno.get("campo")) for uno in error.get("errores") or [{}]]
    comprueba(
        any(uno.split(".")[0] == campo for uno in campos),
        f"Se esperaba en «errores» el campo {campo}, y llegó {error}",
    )
    mensajes = [uno.get("mensaje") for uno in error["errores"]]
    comprueba(
        all(isinstance(uno, str) and uno for uno in mensajes),
        f"Se esperaba un mensaje por cada campo, y llegó {error}",
    )
    valores = [datos["contenido"], datos.get(campo)]
    repetidos = [x for x in valores if isinstance(x, str) and len(x.strip()) > 4]
    comprueba(
        not any(uno in respuesta.text for uno in repetidos),
        f"Se esperaba un error que no repitiera lo que traía, y llegó {error}",
    )
    if campo in datos:
        ruta = f"/posts/{un_post(api)}"
        cambio = api.patch(ruta, {campo: datos[campo]}, quien)
        problema(cambio, 422, f"cambiar {campo} por algo que no vale")


def test_lo_mas_largo_que_vale(api: Api) -> None:
    """Los límites están incluidos, en caracteres y sin contar los espacios de fuera."""
    quien = api.quien_escriba()
    datos = {
        "titulo": "n\u0303" * 100,
        "contenido": "🦤" * 50_000,
        "etiquetas": [str(numero) * 29 + "ñ" for numero in range(10)],
    }
    rodeados = {
        "titulo": f"  {datos['titulo']}\n",
        "contenido": f"\t{datos['contenido']}   ",
        "etiquetas": [f" {una} " for una in datos["etiquetas"]],
    }
    slug = unico("s").ljust(80, "s")
    post = api.crear_post(quien, slug=slug, **rodeados)
    llego = {campo: post.get(campo) for campo in datos}
    comprueba(llego == datos, f"Se esperaba todo entero, y llegó {str(llego)[:300]}")
    comprueba(post["slug"] == slug, f"Se esperaba el slug entero: {post['slug']}")
    ruta = f"/posts/{un_post(api)}"
    cambio = espera(api.patch(ruta, rodeados, quien), 200, al="cambiarlo todo")
    llego = {campo: json_de(cambio).get(campo) for campo in datos}
    comprueba(llego == datos, f"Se esperaba también al cambiar: {str(llego)[:300]}")
    comentario = api.comentar(post["slug"], quien, " " + "🦤" * 2000 + " ")
    comprueba(
        comentario["contenido"] == "🦤" * 2000, "Se esperaba entero el comentario"
    )


@pytest.mark.parametrize(
    "crudo",
    [
        b"{esto no es JSON",
        b"[]",
        b'"texto"',
        b"",
        b'{"titulo": "\\ud800", "contenido": "media letra"}',
        b'{"titulo": "x", "contenido": "x", "\\ud800": 1}',
    ],
    ids=["roto", "lista", "texto", "vacío", "sustituto", "campo-sustituto"],
)
def test_cuerpos_imposibles(api: Api, crudo: bytes) -> None:
    """Un cuerpo que no es JSON, o que no es texto de verdad, es 422 y no 500."""
    respuesta = api.pedir(
        "POST",
        "/posts",
        api.quien_escriba(),
        content=crudo,
        headers={"Content-Type": "application/json"},
    )
    problema(respuesta, 422, "mandar un cuerpo imposible")


def test_un_cambio_malo_no_cambia_nada(api: Api) -> None:
    """Un PATCH con un campo malo es 422 y no guarda ninguno de los buenos."""
    quien = api.quien_escriba()
    post = api.crear_post(quien)
    ruta = f"/posts/{post['slug']}"
    for malo in (
        {"titulo": "Bueno", "contenido": " "},
        {"titulo": None},
        {"titulo": "Bueno", "slug": "otro-slug"},
    ):
        problema(api.patch(ruta, malo, quien), 422, f"cambiar un post con {malo}")
    leido = json_de(espera(api.get(ruta), 200, al="leerlo después"))
    comprueba(
        leido == post, f"Se esperaba el post como estaba, {post}, y llegó {leido}"
    )


def test_comentarios_que_no_valen(api: Api) -> None:
    """Un comentario vacío, enorme o con campos de más es 422."""
    quien = api.quien_escriba()
    ruta = f"/posts/{api.crear_post(quien)['slug']}/comentarios"
    bueno = api.comentar(un_post(api), quien, "Bueno")
    for malo in (
        {},
        {"contenido": " \n "},
        {"contenido": "x" * 2001},
        {"contenido": "nulo\x00"},
        {"contenido": "x", "autor": "otra persona"},
    ):
        problema(api.post(ruta, malo, quien), 422, f"comentar con {str(malo)[:60]}")
        cambio = api.patch(f"/comentarios/{bueno['id']}", malo, quien)
        problema(cambio, 422, f"cambiar un comentario por {str(malo)[:60]}")
    comprueba(
        datos_de(api.get(ruta), "leer los comentarios") == [],
        "Se esperaba que no se guardara ningún comentario malo",
    )


# --- la base de datos y la documentación -----------------------------------------


def posts_guardados(url: str) -> list[tuple[object, ...]]:
    """Lo que ninguna migración debe perder: de cada post, lo de la primera tabla."""
    suyos = ("titulo", "contenido", "creado")
    return sorted(
        (
            tuple(fila[campo] for campo in suyos)
            for _, fila in filas(url)
            if fila.keys() >= set(suyos)
        ),
        key=str,
    )


def slugs_guardados(url: str, columna: str) -> list[str]:
    """El slug de cada post de la base, en la columna en que se guarde."""
    return [
        str(fila[columna])
        for _, fila in filas(url)
        if fila.keys() >= {"titulo", "contenido", columna}
    ]


def anadir_antiguos(url: str) -> None:
    """Posts de antes de tus migraciones: con el mismo título, o con uno sin letras."""
    motor, tablas = motor_de(url), MetaData()
    tablas.reflect(motor)
    with motor.begin() as conexion:
        for titulo in (*["Hola, Ñandú"] * 2, "hola ñandú", "¿?", *["x" * 200] * 2):
            viejo = {"titulo": titulo, "contenido": "Viejo. ", "creado": VIEJO}
            conexion.execute(tablas.tables["posts"].insert().values(viejo))


VIEJO = datetime(2020, 2, 29, 23, 59, 59, 999999, UTC)


@pytest.mark.aislada
def test_las_migraciones_van_y_vuelven(api: Api) -> None:
    """Con datos dentro, cada migración se deshace y se rehace, sin perder un post."""
    quien = api.quien_escriba()
    slug = api.crear_post(quien, etiquetas=["migra"])["slug"]
    api.comentar(slug, quien, "Hola")
    api.crear_post(quien, estado="borrador")
    borrado = api.crear_post(quien)["slug"]
    espera(api.delete(f"/posts/{borrado}", quien), 204, al="borrar uno de los tres")
    servicio = api.servicio
    servicio.parar()
    url = servicio.ajustes["DATABASE_URL"]
    antes, guardados = estructura(url), posts_guardados(url)
    donde = [x for _, fila in filas(url) for x, valor in fila.items() if valor == slug]
    comprueba(
        len(guardados) == 3,
        f"Se esperaban tres posts en la tabla, con titulo y contenido: {guardados}",
    )
    alembic(url, partial(command.downgrade, revision="0001"))
    quedan_posts = posts_guardados(url)
    comprueba(
        quedan_posts == guardados,
        "Se esperaban los mismos posts al volver a la primera migración, también los "
        f"borradores y los borrados: {guardados}; y quedan {quedan_posts}",
    )
    anadir_antiguos(url)
    todos = posts_guardados(url)
    alembic(url, subir)
    llegaron = posts_guardados(url)
    comprueba(
        llegaron == todos,
        f"Se esperaban los posts de antes, como estaban: {todos}; y hay {llegaron}",
    )
    for suyo in slugs_guardados(url, donde[0]):
        con_buen_slug({"slug": suyo})
    alembic(url, paso_a_paso)
    quedan = set(inspect(motor_de(url)).get_table_names()) - {"alembic_version"}
    comprueba(
        not quedan, f"Se esperaba la base vacía al bajar, y quedan {sorted(quedan)}"
    )
    alembic(url, subir)
    despues = estructura(url)
    comprueba(
        despues == antes,
        f"Se esperaba la misma base al volver a subir, {antes}, y llegó {despues}",
    )
    guardado = [tabla for tabla, _ in filas(url) if tabla != "alembic_version"]
    comprueba(not guardado, f"Se esperaba la base sin datos, y los hay en {guardado}")


def test_la_base_promete_que_los_slugs_son_unicos(api: Api) -> None:
    """El slug está en una columna que la base de datos no deja repetir (UNIQUE)."""
    url = api.ajuste("DATABASE_URL")
    slug = api.crear_post(api.quien_escriba())["slug"]
    donde = columnas_con(url, slug)
    comprueba(
        any(unica for _, unica in donde),
        "Se esperaba el slug en una columna única: lo que solo comprueba el programa "
        f"no vale si hay dos en marcha. Está en {[columna for columna, _ in donde]}",
    )


def test_las_migraciones_dicen_lo_mismo_que_los_modelos(
    bases: BaseDeDatos, tmp_path: Path
) -> None:
    """«alembic check» no encuentra diferencias entre los modelos y las migraciones."""
    with bases.nueva(tmp_path) as url:
        alembic(url, command.check)


@pytest.mark.aislada("reinicia")
def test_los_datos_sobreviven_a_un_reinicio(servicio: Servicio, api: Api) -> None:
    """Lo que se guardó sigue ahí cuando el programa vuelve a arrancar."""
    quien = api.quien_escriba()
    post = api.crear_post(quien)
    servicio.reiniciar()
    leido = json_de(espera(api.get(f"/posts/{post['slug']}"), 200, al="leerlo después"))
    comprueba(leido == post, f"Se esperaba {post}, y llegó {leido}")


SIN_BASE = {"DATABASE_URL": "sqlite:////no/existe/blog.db"}


@pytest.mark.aislada(**SIN_BASE, ADMIN_USER="", ADMIN_PASSWORD="")
def test_sin_base_de_datos_se_dice(api: Api) -> None:
    """GET /salud es 503 si la base no contesta; y nada de lo que falla se enseña."""
    problema(api.get("/salud"), 503, "preguntar por la salud sin base de datos")
    fallo = api.get("/posts")
    espera(fallo, 500, 503, al="listar los posts sin base de datos")
    problema(fallo, fallo.status_code, "listar los posts sin base de datos")
    for secreto in ("Traceback", "sqlite", "SELECT", "blog.db"):
        comprueba(
            secreto not in fallo.text,
            f"Se esperaba un error que no enseñara lo de dentro, y llegó {fallo.text}",
        )


ERRORES_DE = {
    ("/posts", "post"): {"409", "422"},
    ("/posts/{}", "get"): {"404"},
    ("/posts/{}", "patch"): {"404", "422"},
    ("/posts/{}", "delete"): {"404"},
    ("/posts/{}/restaurar", "post"): {"404"},
    ("/posts/{}/comentarios", "get"): {"404"},
    ("/posts/{}/comentarios", "post"): {"404", "422"},
    ("/comentarios/{}", "patch"): {"404", "422"},
    ("/comentarios/{}", "delete"): {"404"},
    ("/salud", "get"): {"503"},
}


def test_la_documentacion_es_valida_y_completa(api: Api) -> None:
    """/openapi.json es válido y describe las rutas de R1, con sus errores."""
    documento = json_de(
        espera(api.get("/openapi.json"), 200, al="leer la documentación")
    )
    try:
        validate(documento)
    except Exception as error:
        pytest.fail(f"Se esperaba un documento OpenAPI válido, y: {str(error)[:500]}")
    rutas = {sin_nombres(ruta): dicho for ruta, dicho in documento["paths"].items()}
    for (ruta, metodo), errores in ERRORES_DE.items():
        operacion = rutas.get(ruta, {}).get(metodo)
        donde = f"{metodo.upper()} {ruta}"
        comprueba(operacion, f"Se esperaba {donde} en la documentación, y no está")
        respuestas = operacion["responses"]
        faltan = errores - set(respuestas)
        comprueba(
            not faltan, f"Se esperaba que {donde} dijera {sorted(errores)}: {faltan}"
        )
        for codigo in errores:
            tipos = sorted(respuestas[codigo].get("content", {}))
            comprueba(
                tipos == ["application/problem+json"],
                f"Se esperaba el {codigo} de {donde} en problem+json, y dice {tipos}",
            )
            campos = campos_de(documento, respuestas[codigo])
            comprueba(
                {"title", "status", "detail"} <= campos,
                f"Se esperaba que el {codigo} de {donde} tuviera la forma de los "
                f"errores, y tiene {sorted(campos)}",
            )
    creado = campos_de(documento, rutas["/posts"]["post"]["responses"]["201"])
    comprueba(
        creado >= CAMPOS_DE_POST,
        f"Se esperaba que el 201 de POST /posts describiera un post: {sorted(creado)}",
    )


def sin_nombres(ruta: str) -> str:
    """La ruta, sin el nombre que le des a sus parámetros: /posts/{}."""
    partes = ("{}" if parte.startswith("{") else parte for parte in ruta.split("/"))
    return "/".join(partes)


def campos_de(documento: dict[str, Any], respuesta: dict[str, Any]) -> set[str]:
    """Los campos que la documentación dice que tiene una respuesta."""
    campos: set[str] = set()
    for contenido in respuesta.get("content", {}).values():
        esquema = contenido.get("schema", {})
        for parte in esquema.get("$ref", "").removeprefix("#/").split("/"):
            if parte:
                esquema = documento if parte == "components" else esquema
                esquema = esquema[parte]
        campos |= set(esquema.get("properties", {}))
    return campos
