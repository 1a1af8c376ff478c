# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R2 · Autenticación JWT."""

import json
import re
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from motor.tablas import todo_el_texto
from requisitos.api import (
    CLAVE,
    Api,
    Persona,
    comprueba,
    espera,
    json_de,
    persona_de,
    rechaza,
    unico,
)
from requisitos.jwts import firmado_con, firmar, leer, parte


def rechazado(api: Api, token: str, al: str) -> None:
    """Falla si con ese token se entra en una ruta que exige identificarse."""
    exige_bearer(api.get("/usuarios/yo", token), al)


def exige_bearer(respuesta: httpx2.Response, al: str) -> None:
    """Falla si no es un 401 que dice cómo hay que identificarse."""
    rechaza(respuesta, 401, al)
    pide = respuesta.headers.get("www-authenticate", "")
    comprueba(
        pide.lower().startswith("bearer"),
        f"Se esperaba WWW-Authenticate: Bearer al {al}, y llegó «{pide}»",
    )


def refrescar(api: Api, token: str) -> httpx2.Response:
    """POST /auth/refresh."""
    return api.post("/auth/refresh", {"refresh_token": token})


def aceptado(api: Api, persona: Persona) -> None:
    """Falla si su access token no sirve."""
    yo = json_de(espera(api.get("/usuarios/yo", persona), 200, al="ver mi cuenta"))
    comprueba(
        yo.get("nombre") == persona.nombre,
        f"Se esperaba la cuenta de {persona.nombre}, y llegó {yo}",
    )


@pytest.fixture
def nadie_mas(api: Api) -> Callable[[], Persona]:
    """Alguien nuevo, con una sesión que no usa ninguna otra prueba."""
    return lambda: api.abrir_sesion(api.persona("lector", "R2").nombre)


# --- cuentas ---------------------------------------------------------------------


def test_crear_una_cuenta(api: Api) -> None:
    """POST /usuarios crea una cuenta y la devuelve sin rastro de la contraseña."""
    nombre = unico("ana")
    respuesta = espera(api.registrar(nombre), 201, al="crear una cuenta")
    cuenta = json_de(respuesta)
    comprueba(
        cuenta.get("nombre") == nombre and cuenta.get("creado"),
        f"Se esperaba la cuenta de {nombre}, con cuándo se creó, y llegó {cuenta}",
    )
    comprueba(
        CLAVE not in respuesta.text and "argon2" not in respuesta.text,
        f"Se esperaba una respuesta sin la contraseña, y llegó {respuesta.text}",
    )
    rechaza(api.registrar(nombre), 409, "repetir un nombre")


def test_un_nombre_es_de_una_sola_persona(api: Api) -> None:
    """Cuatro registros a la vez con el mismo nombre: un 201 y los demás 409."""
    respuestas = api.a_la_vez([partial(api.registrar, unico("una"))] * 4)
    codigos = sorted(respuesta.status_code for respuesta in respuestas)
    comprueba(
        codigos == [201, 409, 409, 409],
        f"Se esperaba un 201 y tres 409, y llegó {codigos}",
    )


@pytest.mark.parametrize(
    "malo",
    [
        {"password": CLAVE},
        {"nombre": "ab", "password": CLAVE},
        {"nombre": "Mayuscula", "password": CLAVE},
        {"nombre": "con.punto", "password": CLAVE},
        {"nombre": "ñandú", "password": CLAVE},
        {"nombre": "con espacios", "password": CLAVE},
        {"nombre": "MAYÚSCULAS", "password": CLAVE},
        {"nombre": "nulo\x00", "password": CLAVE},
        {"nombre": "x" * 31, "password": CLAVE},
        {"nombre": "corta", "password": "1234567"},
        {"nombre": "larga", "password": "x" * 129},
        {"nombre": "sin-password"},
        {"nombre": "de-mas", "password": CLAVE, "id": 1},
    ],
    ids=lambda malo: str(malo.get("nombre")).encode("unicode_escape").decode(),
)
def test_cuentas_que_no_valen(api: Api, malo: dict[str, Any]) -> None:
    """Un nombre o una contraseña que no valen son 422, y el error no los repite."""
    respuesta = api.post("/usuarios", malo)
    rechaza(respuesta, 422, "crear una cuenta que no vale")
    clave = malo.get("password", CLAVE)
    comprueba(
        clave not in respuesta.text,
        f"Se esperaba un error sin la contraseña, y llegó {respuesta.text}",
    )


def test_cuentas_que_valen_por_poco(api: Api) -> None:
    """Los límites están incluidos: nombres de 3 y 30, contraseñas de 8 y 128."""
    largo, clave = unico("lar_go").ljust(30, "_"), " " + "ñ" * 126 + " "
    for nombre, suya in ((largo, clave), (secrets.token_hex(2)[:3], "8" * 8)):
        registro = api.registrar(nombre, suya)
        espera(registro, 201, 409, al=f"crear la cuenta «{nombre}»")
        if registro.status_code == 201:  # el corto puede estar cogido
            espera(api.entrar(nombre, suya), 200, al=f"entrar como «{nombre}»")
    sin_espacios = api.entrar(largo, clave.strip())
    rechaza(sin_espacios, 401, "entrar sin los espacios de la contraseña")


def test_la_base_no_guarda_secretos(api: Api) -> None:
    """En la base hay un hash de argon2id; ni la contraseña ni el refresh token."""
    url = api.ajuste("DATABASE_URL")
    nombre, clave = unico("zoe"), unico("correcta caballo batería grapa")
    espera(api.registrar(nombre, clave), 201, al="crear una cuenta")
    persona = api.abrir_sesion(nombre, clave)
    guardado = todo_el_texto(url)
    comprueba(
        "$argon2id$" in guardado,
        "Se esperaba la contraseña como hash de argon2id, y en la base no hay ninguno",
    )
    comprueba(clave not in guardado, "Se esperaba una base sin la contraseña, y está")
    comprueba(
        persona.refresh not in guardado,
        "Se esperaba que del refresh token solo se guardara un hash, y está entero",
    )


# --- entrar ----------------------------------------------------------------------


def test_entrar(api: Api) -> None:
    """POST /auth/token da access y refresh token, con lo que dice la RFC 6749."""
    nombre = api.persona("lector", "R2").nombre
    respuesta = espera(api.entrar(nombre), 200, al="entrar")
    tokens = json_de(respuesta)
    comprueba(
        str(tokens.get("token_type")).lower() == "bearer",
        f"Se esperaba token_type «bearer», y llegó {tokens}",
    )
    comprueba(
        type(tokens.get("expires_in")) is int and tokens["expires_in"] > 0,
        f"Se esperaba expires_in en segundos, y llegó {tokens.get('expires_in')}",
    )
    dice = api.servicio.ajustes.get("ACCESS_TOKEN_SECONDS", tokens["expires_in"])
    comprueba(
        tokens["expires_in"] == int(dice),
        f"Se esperaba expires_in {dice}, como dice su ajuste, y llegó {tokens}",
    )
    cache = respuesta.headers.get("cache-control", "")
    comprueba(
        "no-store" in cache, f"Se esperaba Cache-Control: no-store, y llegó «{cache}»"
    )
    persona = Persona(nombre, tokens["access_token"], tokens["refresh_token"])
    aceptado(api, persona)
    cabecera, datos = leer(persona.access)
    comprueba(
        cabecera.get("alg") == "HS256",
        f"Se esperaba un JWT firmado con HS256, y llegó {cabecera}",
    )
    dura = datos.get("exp", 0) - datos.get("iat", 0)
    comprueba(
        abs(dura - tokens["expires_in"]) <= 1,
        f"Se esperaba que exp fuera iat más {tokens['expires_in']}, y llegó {datos}",
    )
    solo = {"username": nombre, "password": CLAVE}
    sin_tipo = api.pedir("POST", "/auth/token", data=solo)
    otra = json_de(espera(sin_tipo, 200, al="entrar otra vez, sin grant_type"))
    comprueba(
        otra["access_token"] != persona.access
        and otra["refresh_token"] != persona.refresh,
        "Se esperaban tokens distintos cada vez que se entra, y llegaron los mismos",
    )


def test_no_entrar(api: Api) -> None:
    """Una contraseña mala y una cuenta que no existe son el mismo 401."""
    nombre = api.persona("lector", "R2").nombre
    mala = api.entrar(nombre, "no es esta")
    rechaza(mala, 401, "entrar con otra contraseña")
    comprueba(
        mala.headers.get("www-authenticate", "").lower().startswith("bearer"),
        "Se esperaba WWW-Authenticate: Bearer en el 401, y no llegó",
    )
    nadie = ((unico("nadie"), CLAVE), ("Nadie", "x" * 129))
    casi = ((nombre, "x"), (nombre.upper(), CLAVE))
    for otro, clave in (*nadie, *casi):
        llego = api.entrar(otro, clave)
        comprueba(
            (llego.status_code, llego.text) == (mala.status_code, mala.text),
            f"Se esperaba la misma respuesta al entrar como «{otro}», y llegaron "
            f"{mala.status_code} {mala.text} y {llego.status_code} {llego.text}",
        )
    for raro in (f"{nombre}\x00", "' OR 1=1 --"):
        espera(api.entrar(raro), 401, 422, al=f"entrar como {raro!r}")
    sin_datos = api.pedir("POST", "/auth/token", data={"username": nombre})
    rechaza(sin_datos, 422, "entrar sin contraseña")


def test_no_se_nota_si_existe_la_cuenta(api: Api) -> None:
    """Comprobar la contraseña cuesta lo mismo exista o no la cuenta."""
    nombre = api.persona("lector", "R2").nombre

    def coste(quien: str) -> float:
        """Segundos de procesador: no dependen de lo ocupado que esté el ordenador."""
        antes = time.process_time()
        rechaza(api.entrar(quien, "no es esta"), 401, "entrar con otra contraseña")
        return time.process_time() - antes

    if api.servicio.proceso is not None or not api.servicio.ajustes:
        pytest.skip("en otro proceso no se sabe cuánto cuesta")
    con_ella, sin_ella = (
        min(coste(quien) for _ in range(2)) for quien in (nombre, unico("nadie"))
    )
    comprueba(
        sin_ella > con_ella / 2,
        f"Se esperaba que costara parecido, y costó {con_ella:.3f} s si la cuenta "
        f"existe y {sin_ella:.3f} s si no: así se adivina quién tiene cuenta",
    )


def test_la_contrasena_cuenta_entera(api: Api) -> None:
    """Una contraseña de 100 caracteres no vale recortada, ni con otro final."""
    nombre, clave = unico("larga"), "ñ" * 99 + "1"
    espera(api.registrar(nombre, clave), 201, al="crear una cuenta")
    espera(api.entrar(nombre, clave), 200, al="entrar con la contraseña larga")
    for otra in (clave[:36], clave[:-1] + "2", clave + " "):
        rechaza(api.entrar(nombre, otra), 401, "entrar con una parecida")


# --- tokens que no valen ---------------------------------------------------------


def test_sin_token_no_se_entra(api: Api) -> None:
    """Sin token, con otro esquema o con basura, 401 y WWW-Authenticate: Bearer."""
    persona = api.persona("lector", "R2")
    aceptado(api, persona)
    basic = {"Authorization": "Basic YW5hOmFuYQ=="}
    for cabeceras in ({}, basic):
        respuesta = api.pedir("GET", "/usuarios/yo", headers=cabeceras)
        exige_bearer(respuesta, f"identificarse con {cabeceras}")
    for basura in ("x", "a.b.c", "...", "x" * 9000, persona.access + "x"):
        rechazado(api, basura, f"mandar el token «{basura[:20]}»")


def test_un_token_alterado_no_vale(api: Api) -> None:
    """Cambiar el contenido o la firma de un token lo estropea."""
    persona, otra = api.persona("lector", "R2"), api.nueva()
    cabecera, datos, firma = persona.access.split(".")
    _, leidos = leer(persona.access)
    ajeno = leer(otra.access)[1]
    alterados = leidos | {"sub": ajeno["sub"]}

    nuevos = parte(json.dumps(alterados).encode())
    rechazado(api, f"{cabecera}.{nuevos}.{firma}", "cambiar de quién es el token")
    rechazado(api, f"{cabecera}.{datos}.", "quitar la firma")
    rechazado(api, f"{cabecera}.{datos}.{parte(b'x' * 32)}", "inventar la firma")
    rechazado(api, f"{cabecera}.{datos}.{otra.access.split('.')[2]}", "usar otra firma")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
def test_un_token_sin_firma_no_vale(api: Api, alg: str) -> None:
    """Un token que dice que no lleva firma (alg: none) no vale."""
    persona = api.persona("lector", "R2")
    _, datos = leer(persona.access)
    rechazado(api, firmar(datos, "", alg), f"usar alg: {alg}")


def test_el_algoritmo_no_lo_elige_el_token(api: Api) -> None:
    """Con qué se comprueba la firma está fijado: HS256 y SECRET_KEY, nada más."""
    secreto = api.ajuste("SECRET_KEY")
    _, datos = leer(api.persona("lector", "R2").access)
    espera(api.get("/usuarios/yo", firmar(datos, secreto)), 200, al="usar HS256")
    rechazado(api, firmar(datos, secreto, "HS512"), "usar HS512 con la clave buena")
    rechazado(api, firmar(datos, secreto, "HS384"), "usar HS384 con la clave buena")
    for clave in ("", "secret", "secreto", "changeme", secreto[:-1]):
        rechazado(api, firmar(datos, clave), f"firmar con «{clave}»")
    suya = b"clave de quien ataca, bastante larga"
    jwk = {"kty": "oct", "k": parte(suya)}
    rechazado(api, firmar(datos, suya, jwk=jwk), "traer la clave dentro del token")
    rs = firmar(datos, secreto).split(".")
    cabecera = parte(b'{"typ":"JWT","alg":"RS256"}')
    rechazado(api, f"{cabecera}.{rs[1]}.{rs[2]}", "decir que es RS256")


def test_lo_que_dice_el_token_se_comprueba(api: Api) -> None:
    """Bien firmado pero caducado, sin caducidad o de quien no existe, no vale."""
    secreto = api.ajuste("SECRET_KEY")
    _, datos = leer(api.persona("lector", "R2").access)
    espera(api.get("/usuarios/yo", firmar(datos, secreto)), 200, al="firmarlo igual")
    malos: dict[str, dict[str, Any]] = {
        "usar un token caducado": datos | {"exp": datos["iat"] - 5},
        "usar un token sin exp": {k: v for k, v in datos.items() if k != "exp"},
        "usar un token sin sub": {k: v for k, v in datos.items() if k != "sub"},
        "usar un exp que no es un número": datos | {"exp": "mañana"},
        "usar un token de nadie": datos | {"sub": unico("nadie")},
        "usar un sub que no es texto": datos | {"sub": {"$ne": None}},
    }
    for al, contenido in malos.items():
        rechazado(api, firmar(contenido, secreto), al)


OTRA_CLAVE = "otra-clave-distinta-0123456789abcdef"


@pytest.mark.aislada(
    ACCESS_TOKEN_SECONDS="0", REFRESH_TOKEN_SECONDS="3600", SECRET_KEY=OTRA_CLAVE
)
def test_los_tokens_son_los_de_los_ajustes(api: Api) -> None:
    """Cada token dura lo que dice su ajuste; y la clave es la de ahora.

    Si no se dice SECRET_KEY, la de cada arranque es otra: no está en el código.
    """
    nombre = unico("fugaz")
    espera(api.registrar(nombre), 201, al="crear una cuenta")
    persona = api.abrir_sesion(nombre)
    rechazado(api, persona.access, "usar un access token caducado")
    nueva = persona_de(nombre, refrescar(api, persona.refresh), "R2")
    comprueba(
        firmado_con(persona.access, OTRA_CLAVE),
        "Se esperaba que firmara con la SECRET_KEY de su entorno, y es otra: los "
        "ajustes se leen al crear la aplicación, y no al importar un módulo",
    )
    _, datos = leer(nueva.access)
    de_una_hora = datos | {"exp": datos["iat"] + 3600}
    propio = firmar(de_una_hora, OTRA_CLAVE)
    espera(api.get("/usuarios/yo", propio), 200, al="usar un token de esta aplicación")
    ajeno = firmar(de_una_hora, "solo-para-las-pruebas-0123456789abcdef")
    rechazado(api, ajeno, "usar un token de otra aplicación, con otra SECRET_KEY")

    plazos = {"ACCESS_TOKEN_SECONDS": "600", "REFRESH_TOKEN_SECONDS": "0"}
    api.servicio.reiniciar(**plazos)
    persona = api.abrir_sesion(nombre)
    aceptado(api, persona)
    tarde = refrescar(api, persona.refresh)
    rechaza(tarde, 401, "usar un refresh token caducado")

    if (Path(__file__).parents[2] / ".env").exists():
        return  # sin SECRET_KEY, la de tu .env
    claves = []
    for _ in range(2):
        api.servicio.ajustes.pop("SECRET_KEY", None)
        api.servicio.reiniciar()
        if claves:
            rechazado(api, claves[0], "usar un token de antes de volver a arrancar")
        claves.append(api.abrir_sesion(nombre).access)


# --- refresh ---------------------------------------------------------------------


def renovada(api: Api, persona: Persona) -> Persona:
    """La misma persona, con los tokens que le dan a cambio de su refresh token."""
    return persona_de(persona.nombre, refrescar(api, persona.refresh), "R2")


def test_refrescar(api: Api, nadie_mas: Callable[[], Persona]) -> None:
    """POST /auth/refresh cambia un refresh token por dos tokens nuevos que sirven."""
    antes = nadie_mas()
    respuesta = refrescar(api, antes.refresh)
    despues = persona_de(antes.nombre, respuesta, "R2")
    aceptado(api, despues)
    cache = respuesta.headers.get("cache-control", "")
    comprueba(
        "no-store" in cache, f"Se esperaba Cache-Control: no-store, y llegó «{cache}»"
    )
    comprueba(
        despues.refresh != antes.refresh,
        "Se esperaba un refresh token nuevo, y llegó el mismo",
    )
    aceptado(api, renovada(api, despues))


def test_reutilizar_un_refresh_cierra_la_sesion(
    api: Api, nadie_mas: Callable[[], Persona]
) -> None:
    """Un refresh token usado dos veces es 401, y tumba a los que nacieron de él."""
    robada, tranquila = nadie_mas(), nadie_mas()
    segunda = renovada(api, robada)
    tercera = renovada(api, segunda)
    rechaza(refrescar(api, robada.refresh), 401, "usar dos veces un refresh token")
    rechaza(
        refrescar(api, tercera.refresh),
        401,
        "seguir con una sesión en la que se detectó un robo",
    )
    aceptado(api, renovada(api, tranquila))


def test_un_refresh_a_la_vez_vale_una_vez(
    api: Api, nadie_mas: Callable[[], Persona]
) -> None:
    """El mismo refresh token diez veces a la vez: un solo 200, los demás 401."""
    persona = nadie_mas()
    respuestas = api.a_la_vez([partial(refrescar, api, persona.refresh)] * 10)
    codigos = sorted(respuesta.status_code for respuesta in respuestas)
    comprueba(
        codigos == [200] + [401] * 9,
        f"Se esperaba un 200 y nueve 401, y llegó {codigos}",
    )


def test_cada_token_para_lo_suyo(api: Api, nadie_mas: Callable[[], Persona]) -> None:
    """Un refresh token no abre ninguna ruta, y un access token no se refresca."""
    persona = nadie_mas()
    rechazado(api, persona.refresh, "usar el refresh token como access token")
    cruzado = refrescar(api, persona.access)
    rechaza(cruzado, 401, "refrescar con un access token")
    for malo in ("", "x", "a.b.c", "ñ\x00", "x" * 5000):
        respuesta = refrescar(api, malo)
        espera(respuesta, 401, 422, al=f"refrescar con «{malo[:10]}»")
    aceptado(api, renovada(api, persona))


@pytest.mark.aislada("reinicia")
def test_la_sesion_sobrevive_a_un_reinicio(
    api: Api, nadie_mas: Callable[[], Persona]
) -> None:
    """Con la misma SECRET_KEY, los tokens siguen valiendo cuando el programa vuelve."""
    persona = nadie_mas()
    api.servicio.reiniciar()
    aceptado(api, persona)
    aceptado(api, renovada(api, persona))


# --- para qué sirve --------------------------------------------------------------


def test_escribir_exige_cuenta(api: Api) -> None:
    """Sin token no se escribe nada, aunque leer se pueda; y un token malo es 401."""
    quien = api.quien_escriba()
    comprueba(quien, "R2: se esperaban cuentas (POST /usuarios), y no las hay")
    slug = api.crear_post(quien)["slug"]
    numero = api.comentar(slug, quien, "Hola")["id"]
    datos = {"titulo": "Sin permiso", "contenido": "Nada."}
    comentario = {"contenido": "Nada."}
    for metodo, ruta, cuerpo in (
        ("POST", "/posts", datos),
        ("PATCH", f"/posts/{slug}", {"titulo": "Nada"}),
        ("DELETE", f"/posts/{slug}", None),
        ("POST", f"/posts/{slug}/restaurar", None),
        ("POST", f"/posts/{slug}/comentarios", comentario),
        ("PATCH", f"/comentarios/{numero}", comentario),
        ("DELETE", f"/comentarios/{numero}", None),
    ):
        respuesta = api.pedir(metodo, ruta, json=cuerpo)
        exige_bearer(respuesta, "escribir sin token")
        respuesta = api.pedir(metodo, ruta, "a.b.c", json=cuerpo)
        exige_bearer(respuesta, "escribir con un token malo")
    for ruta in (f"/posts/{slug}", f"/posts/{slug}/comentarios"):
        espera(api.get(ruta), 200, al="leer sin token")
        exige_bearer(api.get(ruta, "a.b.c"), "leer con un token malo")


def test_lo_escrito_es_de_quien_escribe(api: Api) -> None:
    """Posts y comentarios dicen quién es su autor, que es quien manda el token."""
    quien = api.quien_escriba()
    comprueba(quien, "R2: se esperaban cuentas (POST /usuarios), y no las hay")
    assert quien is not None
    post = api.crear_post(quien)
    comentario = api.comentar(post["slug"], quien, "Mío")
    for cosa in (post, comentario):
        comprueba(
            cosa.get("autor") == quien.nombre,
            f"Se esperaba autor «{quien.nombre}», y llegó {cosa.get('autor')}",
        )
    datos = {"titulo": "Ajeno", "contenido": "Ajeno.", "autor": "otra"}
    rechaza(api.post("/posts", datos, quien), 422, "firmar con otro nombre")
    cambio = api.patch(f"/posts/{post['slug']}", {"autor": "otra"}, quien)
    rechaza(cambio, 422, "regalar un post")


def test_mi_cuenta(api: Api) -> None:
    """PATCH /usuarios/yo cambia mi biografía, y solo la mía."""
    una, otra = api.nueva(), api.persona("lector", "R2")
    cambio = api.patch("/usuarios/yo", {"biografia": "Escribo."}, una)
    cuenta = json_de(espera(cambio, 200, al="cambiar mi biografía"))
    comprueba(
        (cuenta.get("nombre"), cuenta.get("biografia")) == (una.nombre, "Escribo."),
        f"Se esperaba la cuenta de {una.nombre} con su biografía, y llegó {cuenta}",
    )
    leida = json_de(espera(api.get("/usuarios/yo", otra), 200, al="ver otra cuenta"))
    comprueba(
        leida.get("biografia") == "",
        f"Se esperaba vacía la biografía de otra persona, y llegó {leida}",
    )
    for bio, queda in ((" Ñu.\n\n¡Sí! ", "Ñu.\n\n¡Sí!"), ("🦤" * 500, None), (" ", "")):
        cambio = api.patch("/usuarios/yo", {"biografia": bio}, una)
        vista = json_de(espera(cambio, 200, al="cambiar mi biografía"))
        esperada = bio if queda is None else queda
        comprueba(
            vista.get("biografia") == esperada,
            f"Se esperaba la biografía {esperada!r}, y llegó {vista}",
        )
    for malo in (
        {"biografia": "x" * 501},
        {"biografia": "nulo\x00"},
        {"biografia": None},
        {"biografia": "x", "nombre": "otro"},
        {"biografia": "x", "password": CLAVE},
        {},
    ):
        rechaza(api.patch("/usuarios/yo", malo, una), 422, "cambiar mal mi cuenta")


def sin_nombres(ruta: str) -> str:
    """La ruta, sin el nombre que le des a sus parámetros: /posts/{}."""
    return re.sub(r"\{[^}]*\}", "{}", ruta)


def test_la_documentacion_sabe_entrar(api: Api) -> None:
    """/openapi.json declara OAuth2 con contraseña, y qué rutas lo exigen."""
    documento = json_de(espera(api.get("/openapi.json"), 200, al="leer /openapi.json"))
    esquemas = documento.get("components", {}).get("securitySchemes", {})
    con_clave = {
        nombre
        for nombre, esquema in esquemas.items()
        if "password" in esquema.get("flows", {})
    }
    comprueba(con_clave, f"Se esperaba un esquema OAuth2 «password», y hay {esquemas}")
    rutas = {sin_nombres(ruta): dicho for ruta, dicho in documento["paths"].items()}
    for ruta, metodo in (
        ("/usuarios/yo", "get"),
        ("/usuarios/yo", "patch"),
        ("/posts", "post"),
        ("/posts/{slug}", "patch"),
        ("/posts/{slug}", "delete"),
    ):
        exige = rutas.get(sin_nombres(ruta), {}).get(metodo, {}).get("security", [])
        comprueba(
            any(con_clave & set(uno) for uno in exige),
            f"Se esperaba que {metodo.upper()} {ruta} exigiera OAuth2: {exige}",
        )
