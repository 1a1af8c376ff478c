"""Mis pruebas: por HTTP lo que se promete, y a mano las piezas pequeñas."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from blog import errores, fotos
from blog.ajustes import Ajustes
from blog.bd import ahora
from blog.textos import LARGO_SLUG, con_numero, plegar, slug_de

# --- posts y comentarios ---

Entrar = Callable[[str], dict[str, str]]
POST = {"titulo": "¡Hola, Ñandú!", "contenido": "Corre.", "estado": "publicado"}


def crear(cliente: TestClient, como: Entrar, **campos: Any) -> dict[str, Any]:
    """Un post publicado, de «autor»."""
    respuesta = cliente.post("/posts", json=POST | campos, headers=como("autor"))
    assert respuesta.status_code == 201, respuesta.text
    post: dict[str, Any] = respuesta.json()
    return post


def slugs(cliente: TestClient, **filtros: Any) -> list[str]:
    """Los slugs de una página."""
    pagina = cliente.get("/posts", params=filtros).json()
    return [post["slug"] for post in pagina["datos"]]


def test_crear_y_leer(cliente: TestClient, como: Entrar) -> None:
    """Lo que se crea es lo que se lee."""
    post = crear(cliente, como, etiquetas=["Aves", "aves", "pampa"])
    assert post["slug"] == "hola-nandu"
    assert post["etiquetas"] == ["aves", "pampa"]
    assert post["autor"] == "autor"
    assert cliente.get("/posts/hola-nandu").json() == post


def test_los_slugs_no_se_repiten(cliente: TestClient, como: Entrar) -> None:
    """El segundo acaba en -2; uno pedido y ocupado es 409."""
    nombres = [crear(cliente, como)["slug"] for _ in range(3)]
    assert nombres == ["hola-nandu", "hola-nandu-2", "hola-nandu-3"]
    datos = POST | {"slug": "hola-nandu"}
    respuesta = cliente.post("/posts", json=datos, headers=como("autor"))
    assert respuesta.status_code == 409
    assert respuesta.json()["title"] == "Conflict"


def test_un_borrador_no_se_ve(cliente: TestClient, como: Entrar) -> None:
    """Hasta que se publica, solo lo ve quien manda en él."""
    ruta = f"/posts/{crear(cliente, como, estado='borrador')['slug']}"
    assert cliente.get(ruta).status_code == 404
    assert cliente.get(ruta, headers=como("autor2")).status_code == 404
    assert cliente.get(ruta, headers=como("autor")).status_code == 200
    assert cliente.get(ruta, headers=como("editor")).status_code == 200
    assert slugs(cliente) == []
    publicado = cliente.patch(
        ruta, json={"estado": "publicado"}, headers=como("autor")
    ).json()
    assert publicado["publicado"]
    assert publicado["actualizado"] > publicado["creado"]
    assert cliente.get(ruta).status_code == 200


def test_cambiar_solo_lo_que_llega(cliente: TestClient, como: Entrar) -> None:
    """Lo demás se queda, y la búsqueda se entera."""
    post = crear(cliente, como, etiquetas=["a", "b"])
    ruta = f"/posts/{post['slug']}"
    cambio = {"titulo": "Otro título", "etiquetas": ["b", "c"]}
    nuevo = cliente.patch(ruta, json=cambio, headers=como("autor")).json()
    assert nuevo["titulo"] == "Otro título"
    assert nuevo["etiquetas"] == ["b", "c"]
    assert nuevo["contenido"] == post["contenido"]
    assert slugs(cliente, q="OTRO TITULO") == [post["slug"]]
    assert cliente.patch(ruta, json={}, headers=como("autor")).json() == nuevo


def test_borrar_y_restaurar(cliente: TestClient, como: Entrar) -> None:
    """Lo borrado no se ve, pero vuelve."""
    ruta = f"/posts/{crear(cliente, como)['slug']}"
    autor = como("autor")
    assert cliente.post(f"{ruta}/restaurar", headers=autor).status_code == 404
    assert cliente.delete(ruta, headers=autor).status_code == 204
    assert cliente.get(ruta, headers=autor).status_code == 404
    assert slugs(cliente) == []
    assert crear(cliente, como)["slug"] == "hola-nandu-2"
    assert cliente.post(f"{ruta}/restaurar", headers=autor).status_code == 200
    assert cliente.get(ruta).status_code == 200


@pytest.mark.parametrize(
    "malo",
    [
        {"titulo": " "},
        {"titulo": "x" * 201},
        {"titulo": None},
        {"contenido": "nulo\x00"},
        {"slug": "Con Espacios"},
        {"etiquetas": ["x"] * 11},
        {"autor": "otro"},
    ],
)
def test_lo_que_no_vale(
    cliente: TestClient, como: Entrar, malo: dict[str, Any]
) -> None:
    """422, con el campo que falla, al crear."""
    respuesta = cliente.post("/posts", json=POST | malo, headers=como("autor"))
    assert respuesta.status_code == 422
    assert respuesta.headers["content-type"] == "application/problem+json"
    assert respuesta.json()["errores"][0]["campo"].split(".")[0] in malo


def test_un_null_no_cambia_nada(cliente: TestClient, como: Entrar) -> None:
    """Al cambiar, null no es lo mismo que no mandar nada."""
    ruta = f"/posts/{crear(cliente, como)['slug']}"
    respuesta = cliente.patch(ruta, json={"titulo": None}, headers=como("autor"))
    assert respuesta.status_code == 422


def test_comentarios(cliente: TestClient, como: Entrar) -> None:
    """Se crean, se listan por páginas, se cambian y se borran."""
    ruta = f"/posts/{crear(cliente, como)['slug']}/comentarios"
    lector, otro = como("lector"), como("lector2")
    ids = [
        cliente.post(ruta, json={"contenido": f"N{n}"}, headers=lector).json()["id"]
        for n in range(3)
    ]
    primera = cliente.get(ruta, params={"limite": 2}).json()
    assert [uno["id"] for uno in primera["datos"]] == ids[:2]
    assert primera["total"] == 3
    cursor = {"cursor": primera["siguiente"], "limite": 1}
    segunda = cliente.get(ruta, params=cursor).json()
    assert [uno["id"] for uno in segunda["datos"]] == ids[2:]
    assert segunda["siguiente"] is None
    suyo = f"/comentarios/{ids[0]}"
    cambio = {"contenido": "Cambiado"}
    assert cliente.patch(suyo, json=cambio, headers=otro).status_code == 403
    hecho = cliente.patch(suyo, json=cambio, headers=lector).json()
    assert hecho["contenido"] == "Cambiado"
    assert cliente.delete(suyo, headers=como("editor")).status_code == 204
    assert cliente.delete(suyo, headers=lector).status_code == 404


def test_el_cursor_no_se_mueve(cliente: TestClient, como: Entrar) -> None:
    """Lo que se publica entre página y página no repite a nadie."""
    creados = [crear(cliente, como)["slug"] for _ in range(4)]
    primera = cliente.get("/posts", params={"limite": 2}).json()
    assert primera["total"] == 4
    crear(cliente, como)
    siguiente = {"limite": 2, "cursor": primera["siguiente"]}
    segunda = cliente.get("/posts", params=siguiente).json()
    vistos = [post["slug"] for una in (primera, segunda) for post in una["datos"]]
    assert vistos == creados[::-1]
    assert segunda["siguiente"] is None


@pytest.mark.parametrize("cursor", ["nada", "W10", "ñ", "WyIyMDI2LTAxLTAxIiwgMV0"])
def test_cursores_que_no_lo_son(cliente: TestClient, cursor: str) -> None:
    """422, y no otra página."""
    assert cliente.get("/posts", params={"cursor": cursor}).status_code == 422


def test_filtros(cliente: TestClient, como: Entrar) -> None:
    """Por etiqueta, autor, fecha y texto."""
    camion = crear(cliente, como, titulo="El CAMIÓN", etiquetas=["python"])
    otro = crear(cliente, como, titulo="100% otro", etiquetas=["py"])
    assert slugs(cliente, etiqueta="PY") == [otro["slug"]]
    assert slugs(cliente, q="camion") == [camion["slug"]]
    assert slugs(cliente, q="%") == [otro["slug"]]
    assert slugs(cliente, autor="autor", q="otro") == [otro["slug"]]
    assert slugs(cliente, autor="nadie") == []
    assert slugs(cliente, desde=otro["publicado"]) == [otro["slug"]]
    assert slugs(cliente, hasta=otro["publicado"]) == [camion["slug"]]
    assert slugs(cliente, hasta="2020-01-01") == []


# --- cuentas, tokens y roles ---

CLAVE = "una contraseña larga"


def entrar(cliente: TestClient, nombre: str, clave: str = CLAVE) -> dict[str, str]:
    """Los tokens de alguien."""
    datos = {"username": nombre, "password": clave}
    respuesta = cliente.post("/auth/token", data=datos)
    assert respuesta.status_code == 200, respuesta.text
    assert respuesta.headers["cache-control"] == "no-store"
    tokens: dict[str, str] = respuesta.json()
    return tokens


def test_crear_una_cuenta(cliente: TestClient) -> None:
    """Nace lectora; su nombre ya no es de nadie más."""
    datos = {"nombre": "ana", "password": CLAVE}
    respuesta = cliente.post("/usuarios", json=datos)
    assert respuesta.status_code == 201
    assert respuesta.json()["rol"] == "lector"
    assert cliente.post("/usuarios", json=datos).status_code == 409


@pytest.mark.parametrize("clave", ["1234567", "x" * 129])
def test_contrasenas_que_no_valen(cliente: TestClient, clave: str) -> None:
    """Ni cortas ni enormes, y el error no las repite."""
    respuesta = cliente.post("/usuarios", json={"nombre": "ana", "password": clave})
    assert respuesta.status_code == 422
    assert clave not in respuesta.text


@pytest.mark.parametrize("clave", ["12345678", "x" * 128])
def test_contrasenas_justas(cliente: TestClient, clave: str) -> None:
    """Los límites están incluidos."""
    respuesta = cliente.post("/usuarios", json={"nombre": "ana", "password": clave})
    assert respuesta.status_code == 201
    assert entrar(cliente, "ana", clave)["expires_in"] == 900


def test_no_entrar(cliente: TestClient) -> None:
    """Da lo mismo que no exista la cuenta o que la contraseña sea otra."""
    mala = cliente.post("/auth/token", data={"username": "jefa", "password": "no"})
    nadie = cliente.post("/auth/token", data={"username": "nadie", "password": "no"})
    assert mala.status_code == nadie.status_code == 401
    assert mala.text == nadie.text
    assert mala.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("cambios", "clave", "alg"),
    [
        ({"exp": ahora() - timedelta(hours=1)}, None, "HS256"),
        ({"exp": None}, None, "HS256"),
        ({"sub": "nadie"}, None, "HS256"),
        ({"typ": "refresh"}, None, "HS256"),
        ({}, "otra clave cualquiera, pero bien larga", "HS256"),
        ({}, None, "HS512"),
        ({}, "", "none"),
    ],
)
def test_tokens_que_no_valen(
    cliente: TestClient,
    ajustes: Ajustes,
    cambios: dict[str, object],
    clave: str | None,
    alg: str,
) -> None:
    """Caducados, incompletos, o firmados con otra cosa."""
    datos = {"sub": "jefa", "typ": "access", "exp": ahora() + timedelta(hours=1)}
    secreto = ajustes.secret_key.get_secret_value()
    bueno = {"Authorization": f"Bearer {jwt.encode(datos, secreto, 'HS256')}"}
    assert cliente.get("/usuarios/yo", headers=bueno).status_code == 200
    datos = {k: v for k, v in (datos | cambios).items() if v is not None}
    token = jwt.encode(datos, secreto if clave is None else clave, alg)
    malo = {"Authorization": f"Bearer {token}"}
    assert cliente.get("/usuarios/yo", headers=malo).status_code == 401


def test_refrescar(cliente: TestClient) -> None:
    """Cada refresh token vale una vez; dos, y se cierra la sesión."""
    primera = entrar(cliente, "jefa")
    otra_sesion = entrar(cliente, "jefa")

    def refrescar(token: str) -> int:
        datos = {"refresh_token": token}
        respuesta = cliente.post("/auth/refresh", json=datos)
        nuevos.append(respuesta.json().get("refresh_token", ""))
        return respuesta.status_code

    nuevos: list[str] = []
    assert refrescar(primera["refresh_token"]) == 200
    assert refrescar(primera["refresh_token"]) == 401
    assert refrescar(nuevos[0]) == 401
    assert refrescar(otra_sesion["refresh_token"]) == 200
    assert refrescar("inventado") == 401


def test_un_refresh_caducado(
    cliente: TestClient, ajustes: Ajustes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pasado su plazo, no vale."""
    monkeypatch.setattr(ajustes, "refresh_token_seconds", 0)
    datos = {"refresh_token": entrar(cliente, "jefa")["refresh_token"]}
    assert cliente.post("/auth/refresh", json=datos).status_code == 401


@pytest.mark.parametrize(
    ("rol", "esperado"),
    [("lector", 403), ("autor", 201), ("editor", 201), ("admin", 201)],
)
def test_quien_escribe(
    cliente: TestClient, como: Entrar, rol: str, esperado: int
) -> None:
    """Escribir posts es de autores para arriba."""
    datos = {"titulo": "Uno", "contenido": "Dos."}
    respuesta = cliente.post("/posts", json=datos, headers=como(rol))
    assert respuesta.status_code == esperado
    assert cliente.post("/posts", json=datos).status_code == 401


@pytest.mark.parametrize(
    ("rol", "esperado"),
    [("lector", 403), ("autor2", 403), ("editor", 200), ("admin", 200)],
)
def test_quien_cambia_lo_ajeno(
    cliente: TestClient, como: Entrar, rol: str, esperado: int
) -> None:
    """Cambiar lo de otros es de editores para arriba."""
    datos = {"titulo": "Uno", "contenido": "Dos.", "estado": "publicado"}
    slug = cliente.post("/posts", json=datos, headers=como("autor")).json()["slug"]
    cambio = {"titulo": "Tres"}
    respuesta = cliente.patch(f"/posts/{slug}", json=cambio, headers=como(rol))
    assert respuesta.status_code == esperado


def test_nadie_se_sube_el_rol(cliente: TestClient, como: Entrar) -> None:
    """Ni al registrarse, ni en su cuenta, ni por la ruta de los roles."""
    datos = {"nombre": "ana", "password": CLAVE, "rol": "admin"}
    assert cliente.post("/usuarios", json=datos).status_code == 422
    editor, cambio = como("editor"), {"rol": "admin"}
    propia = cliente.patch("/usuarios/yo", json=cambio, headers=editor)
    assert propia.status_code == 422
    ajena = cliente.patch("/usuarios/editor", json=cambio, headers=editor)
    assert ajena.status_code == 403
    assert cliente.get("/usuarios/yo", headers=editor).json()["rol"] == "editor"
    nadie = cliente.patch("/usuarios/nadie", json=cambio, headers=como("admin"))
    assert nadie.status_code == 404


def test_mi_biografia(cliente: TestClient, como: Entrar) -> None:
    """La cambia cada cual, y puede quedar vacía."""
    lector = como("lector")
    for texto in ("Leo.", ""):
        datos = {"biografia": texto}
        cuenta = cliente.patch("/usuarios/yo", json=datos, headers=lector).json()
        assert cuenta["biografia"] == texto


# --- imágenes: la ruta y, sin http, lo que las lee ---


def imagen(
    formato: str = "PNG", lado: tuple[int, int] = (8, 4), **mas: object
) -> bytes:
    """Una imagen de un color."""
    salida = BytesIO()
    Image.new("RGB", lado, (200, 30, 30)).save(salida, formato, **mas)
    return salida.getvalue()


def subir(
    cliente: TestClient, datos: bytes, cabeceras: dict[str, str]
) -> httpx2.Response:
    """POST /imagenes."""
    archivo = {"archivo": ("../x.html", datos, "text/html")}
    return cliente.post("/imagenes", files=archivo, headers=cabeceras)


@pytest.mark.parametrize("formato", ["PNG", "JPEG", "WEBP"])
def test_subir_y_ver(
    cliente: TestClient, como: Entrar, ajustes: Ajustes, formato: str
) -> None:
    """Se guarda con otro nombre y se sirve con cabeceras prudentes."""
    respuesta = subir(cliente, imagen(formato), como("autor"))
    assert respuesta.status_code == 201
    ficha = respuesta.json()
    assert (ficha["ancho"], ficha["alto"]) == (8, 4)
    vista = cliente.get(ficha["url"])
    assert vista.headers["content-type"] == ficha["tipo"] == f"image/{formato.lower()}"
    assert vista.headers["x-content-type-options"] == "nosniff"
    assert len(vista.content) == ficha["bytes"]
    assert (ajustes.media_dir / Path(ficha["url"]).name).is_file()
    assert not list(ajustes.media_dir.glob("*.parte"))


def test_lo_que_no_se_admite(cliente: TestClient, como: Entrar) -> None:
    """Quien no puede, lo que no es una imagen, y lo que pesa demasiado."""
    assert subir(cliente, imagen(), como("lector")).status_code == 403
    assert subir(cliente, imagen(), {}).status_code == 401
    assert subir(cliente, b"hola", como("autor")).status_code == 415
    assert subir(cliente, imagen("GIF"), como("autor")).status_code == 415
    assert subir(cliente, bytes(20_001), como("autor")).status_code == 413
    assert subir(cliente, bytes(200_000), como("autor")).status_code == 413
    assert cliente.get("/imagenes/nada.png").status_code == 404


def test_sin_nada_escondido() -> None:
    """Ni EXIF ni comentarios; y derecha."""
    exif = Image.Exif()
    exif[0x010E] = "escondido"
    exif[0x0112] = 6
    foto = fotos.recodificar(imagen("JPEG", exif=exif, comment=b"escondido"))
    assert b"escondido" not in foto.datos
    assert (foto.ancho, foto.alto) == (4, 8)


def test_demasiados_pixeles(
    cliente: TestClient, como: Entrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """El máximo vale, y ni uno más."""
    monkeypatch.setattr(fotos, "MAX_PIXELES", 32)
    assert subir(cliente, imagen(lado=(8, 4)), como("autor")).status_code == 201
    assert subir(cliente, imagen(lado=(8, 5)), como("autor")).status_code == 413


def test_la_transparencia_se_queda() -> None:
    """Un PNG transparente sigue siéndolo."""
    salida = BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(salida, "PNG")
    foto = fotos.recodificar(salida.getvalue())
    assert Image.open(BytesIO(foto.datos)).mode == "RGBA"


# --- la forma de los errores, y las piezas pequeñas ---


@pytest.mark.parametrize(
    ("metodo", "ruta", "codigo"),
    [("GET", "/nada", 404), ("PUT", "/posts", 405), ("GET", "/posts/nada", 404)],
)
def test_todos_iguales(
    cliente: TestClient, metodo: str, ruta: str, codigo: int
) -> None:
    """Los que nadie ha escrito, también."""
    respuesta = cliente.request(metodo, ruta)
    assert respuesta.status_code == respuesta.json()["status"] == codigo
    assert respuesta.headers["content-type"] == errores.TIPO


def test_un_500_no_cuenta_nada() -> None:
    """Lo que pasó va al registro."""
    app = FastAPI()
    errores.registrar(app)

    @app.get("/rota")
    def rota() -> None:
        raise RuntimeError("secreto")

    cliente = TestClient(app, raise_server_exceptions=False)
    respuesta = cliente.get("/rota")
    assert respuesta.status_code == 500
    assert "secreto" not in respuesta.text


def test_la_documentacion(cliente: TestClient) -> None:
    """Los errores están descritos con su tipo."""
    crear = cliente.get("/openapi.json").json()["paths"]["/posts"]["post"]
    assert list(crear["responses"]["409"]["content"]) == [errores.TIPO]
    assert list(crear["responses"]["201"]["content"]) == ["application/json"]


@pytest.mark.parametrize(
    ("titulo", "slug"),
    [("¡Hola, Ñandú!", "hola-nandu"), ("¿?", "post"), ("x" * 99, "x" * LARGO_SLUG)],
)
def test_slug_de(titulo: str, slug: str) -> None:
    """Solo letras, números y guiones."""
    assert slug_de(titulo) == slug


def test_con_numero() -> None:
    """El número cabe siempre."""
    assert con_numero("hola", 1) == "hola"
    assert con_numero("hola", 2) == "hola-2"
    assert con_numero("x" * LARGO_SLUG, 10) == "x" * (LARGO_SLUG - 3) + "-10"


def test_plegar() -> None:
    """Ni mayúsculas ni acentos."""
    assert plegar("CAMIÓN Ñu Straße") == "camion nu strasse"
