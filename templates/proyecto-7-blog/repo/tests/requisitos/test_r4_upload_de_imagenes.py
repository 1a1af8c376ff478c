# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R4 · Upload de imágenes."""

import socket
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from requisitos.api import (
    Api,
    Persona,
    comprueba,
    espera,
    json_de,
    problema,
    rechaza,
)
from requisitos.fotos_de_prueba import (
    PARA_ENDEREZAR,
    bomba,
    con_secretos,
    derecha,
    en_otro_modo,
    falsas,
    imagen,
    lleva_marca,
    ruidosa,
    torcida,
    transparentes,
)

TIPOS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def quien_suba(api: Api) -> Persona:
    """Alguien que pueda subir imágenes, hasta donde esté hecho tu programa."""
    quien = api.quien_escriba()
    assert quien is not None, "R4 necesita R2: se esperaban cuentas, y no las hay"
    return quien


def subir(
    api: Api,
    datos: bytes,
    nombre: str = "foto.png",
    tipo: str = "image/png",
) -> httpx2.Response:
    """POST /imagenes, con el archivo en el campo «archivo»."""
    archivo = {"archivo": (nombre, datos, tipo)}
    return api.pedir("POST", "/imagenes", quien_suba(api), files=archivo)


def maximo(api: Api) -> int:
    """Los bytes que puede pesar una imagen, según los ajustes."""
    api.servicio.direccion  # noqa: B018 - hasta que arranca no hay ajustes
    return int(api.servicio.ajustes.get("MAX_IMAGE_BYTES", 2 * 1024 * 1024))


def subida(api: Api, datos: bytes, **mas: str) -> tuple[dict[str, object], bytes]:
    """Sube una imagen que vale: lo que se contesta, y lo que luego se sirve."""
    respuesta = espera(subir(api, datos, **mas), 201, al="subir una imagen")
    ficha = json_de(respuesta)
    url = ficha.get("url")
    comprueba(
        isinstance(url, str) and url.startswith("/imagenes/"),
        f"Se esperaba una url que empezara por /imagenes/, y llegó {ficha}",
    )
    return ficha, espera(api.get(url), 200, al="pedir la imagen").content


def archivos(carpeta: Path) -> set[Path]:
    """Los archivos que hay en una carpeta y en las que tiene dentro."""
    return {uno for uno in carpeta.rglob("*") if uno.is_file()}


@pytest.mark.parametrize("formato", TIPOS)
def test_subir_y_servir(api: Api, formato: str) -> None:
    """Una imagen PNG, JPEG o WebP se sube (201) y se sirve con su tipo y su tamaño."""
    original = imagen(formato, quality=95)
    ficha, servida = subida(api, original)
    esperado = {
        "tipo": TIPOS[formato],
        "ancho": 40,
        "alto": 30,
        "bytes": len(servida),
    }
    extension = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}[formato]
    comprueba(
        str(ficha["url"]).endswith(extension),
        f"Se esperaba una url acabada en {extension}, y llegó {ficha}",
    )
    llego = {campo: ficha.get(campo) for campo in esperado}
    comprueba(llego == esperado, f"Se esperaba {esperado}, y llegó {ficha}")
    antes, despues = Image.open(BytesIO(original)), Image.open(BytesIO(servida))
    comprueba(
        (despues.format, despues.size) == (formato, (40, 30)),
        f"Se esperaba servir un {formato} de 40×30, y es {despues}",
    )
    punto = (20, 15)
    grises = [foto.convert("L").getpixel(punto) for foto in (antes, despues)]
    comprueba(
        abs(int(str(grises[0])) - int(str(grises[1]))) < 40,
        f"Se esperaba la misma imagen, y un punto pasó de {grises[0]} a {grises[1]}",
    )


TRANSPARENTES = transparentes()


@pytest.mark.parametrize("cual", TRANSPARENTES)
def test_una_imagen_transparente_lo_sigue_siendo(api: Api, cual: str) -> None:
    """La transparencia no se pierde, venga como venga."""
    _, servida = subida(api, TRANSPARENTES[cual])
    color = Image.open(BytesIO(servida)).convert("RGBA").getpixel((5, 5))
    comprueba(
        isinstance(color, tuple) and color[3] == 0,
        f"Se esperaba un punto transparente ({cual}), y llegó {color}",
    )


def test_el_tipo_sale_del_contenido(api: Api) -> None:
    """El tipo es el que dicen los bytes, no el que dicen el nombre o la cabecera."""
    for nombre, tipo in (
        ("foto.png", "image/png"),
        ("foto.html", "text/html"),
        ("foto", "application/octet-stream"),
        ("foto.svg", "image/svg+xml"),
    ):
        respuesta = subir(api, imagen("JPEG"), nombre, tipo)
        ficha = json_de(espera(respuesta, 201, al=f"subir un JPEG como {tipo}"))
        comprueba(
            ficha.get("tipo") == "image/jpeg",
            f"Se esperaba image/jpeg aunque diga {tipo}, y llegó {ficha}",
        )
        servida = espera(api.get(str(ficha.get("url"))), 200, al="pedir la imagen")
        cabecera = servida.headers.get("content-type")
        comprueba(
            cabecera == "image/jpeg",
            f"Se esperaba servirla como image/jpeg, y llegó «{cabecera}»",
        )


FALSAS = falsas()


@pytest.mark.parametrize("cual", FALSAS)
def test_lo_que_no_es_imagen(api: Api, cual: str) -> None:
    """Lo que no se entiende como PNG, JPEG o WebP enteros es 415, diga lo que diga."""
    respuesta = subir(api, FALSAS[cual])
    rechaza(respuesta, 415, f"subir algo que no es una imagen ({cual})")


def test_sin_archivo(api: Api) -> None:
    """Sin archivo, o con otro campo en su lugar, es 422."""
    quien = quien_suba(api)
    vacio = api.pedir("POST", "/imagenes", quien, data={"archivo": "texto"})
    rechaza(vacio, 422, "subir un campo de texto")
    otro = {"foto": ("foto.png", imagen(), "image/png")}
    respuesta = api.pedir("POST", "/imagenes", quien, files=otro)
    rechaza(respuesta, 422, "subir el archivo en otro campo")


def test_hace_falta_poder_subir(api: Api) -> None:
    """Sin token, 401; si ya hay roles (R3), un lector recibe 403."""
    archivo = {"archivo": ("foto.png", imagen(), "image/png")}
    subida(api, imagen())
    respuesta = api.pedir("POST", "/imagenes", files=archivo)
    rechaza(respuesta, 401, "subir una imagen sin token")
    if api.hay_admin():
        lector = api.persona("lector", "R4 necesita R2")
        respuesta = api.pedir("POST", "/imagenes", lector, files=archivo)
        rechaza(respuesta, 403, "subir una imagen siendo lector")


CON_SECRETOS = con_secretos()


@pytest.mark.parametrize("cual", CON_SECRETOS)
def test_se_vuelve_a_codificar(api: Api, cual: str) -> None:
    """Lo que se sirve son solo los píxeles: nada de EXIF, textos o bytes de más."""
    original = CON_SECRETOS[cual]
    comprueba(lleva_marca(original), "La imagen de la prueba debería llevar la marca")
    _, servida = subida(api, original)
    comprueba(
        not lleva_marca(servida),
        f"Se esperaba una imagen sin nada escondido, y lo escondido sigue ({cual})",
    )
    exif = dict(Image.open(BytesIO(servida)).getexif())
    comprueba(not exif, f"Se esperaba una imagen sin EXIF, y lleva {exif}")


@pytest.mark.parametrize("formato", TIPOS)
def test_se_endereza(api: Api, formato: str) -> None:
    """Una foto con el móvil de lado (EXIF Orientation) se guarda derecha."""
    cuales = PARA_ENDEREZAR if formato == "JPEG" else (6,)
    esquinas = [(5, 4), (35, 4), (5, 20), (35, 20)]
    buena = [derecha().getpixel(esquina) for esquina in esquinas]
    for orientacion in cuales:
        ficha, servida = subida(api, torcida(orientacion, formato))
        medidas = (ficha["ancho"], ficha["alto"])
        foto = Image.open(BytesIO(servida)).convert("RGB")
        comprueba(
            medidas == (40, 24) == foto.size,
            f"Con la orientación {orientacion} se esperaba 40×24, y llegó {medidas}",
        )
        visto = [foto.getpixel(esquina) for esquina in esquinas]
        comprueba(
            all(
                abs(a - b) < 60
                for una, otra in zip(visto, buena, strict=True)
                for a, b in zip(una, otra, strict=True)
            ),
            f"Con la orientación {orientacion} se esperaban las esquinas {buena}, "
            f"y llegaron {visto}",
        )


EN_OTRO_MODO = en_otro_modo()


@pytest.mark.parametrize("cual", EN_OTRO_MODO)
def test_se_admite_en_cualquier_modo(api: Api, cual: str) -> None:
    """Grises, paleta, CMYK…: mientras sea PNG, JPEG o WebP, se guarda y se ve igual."""
    original = EN_OTRO_MODO[cual]
    ficha, servida = subida(api, original)
    comprueba(
        ficha["tipo"] == TIPOS[cual.split()[0].upper()],
        f"Se esperaba el mismo formato ({cual}), y llegó {ficha}",
    )
    antes, despues = (
        Image.open(BytesIO(datos)).convert("L").getpixel((20, 15))
        for datos in (original, servida)
    )
    comprueba(
        abs(int(str(antes)) - int(str(despues))) < 40,
        f"Se esperaba la misma imagen ({cual}), y un punto pasó de {antes} a {despues}",
    )


@pytest.mark.parametrize(
    "nombre",
    [
        "../../../blog.db",
        "..\\..\\blog.db",
        "/etc/passwd",
        "C:\\Windows\\win.ini",
        "foto.php%00.png",
        "<script>alert(1)</script>.png",
        "x" * 300 + ".png",
        "con.png",
        ".htaccess",
        "ñandú 🦤.png",
    ],
)
def test_el_nombre_no_se_usa(api: Api, nombre: str) -> None:
    """El nombre del archivo no decide nada: ni url, ni extensión, ni carpeta."""
    respuesta = espera(subir(api, imagen(), nombre), 201, al="subir una imagen")
    url = str(json_de(respuesta).get("url"))
    final = url.removeprefix("/imagenes/")
    comprueba(
        final.endswith(".png") and "/" not in final and final.isascii(),
        f"Se esperaba una url hecha aquí, acabada en .png, y llegó «{url}»",
    )
    for parte in (
        "passwd",
        "blog",
        "script",
        "win",
        "xxxx",
        "con.",
        "htaccess",
        "foto",
    ):
        comprueba(parte not in url, f"Se esperaba una url sin nada del nombre: «{url}»")


def test_dos_imagenes_con_el_mismo_nombre(api: Api) -> None:
    """Dos imágenes distintas tienen urls distintas, y ninguna pisa a la otra."""
    una, otra = imagen(), imagen(lado=(30, 20))
    fichas = [subida(api, datos, nombre="igual.png")[0] for datos in (una, otra)]
    urls = [str(ficha["url"]) for ficha in fichas]
    comprueba(urls[0] != urls[1], f"Se esperaban urls distintas, y llegó {urls}")
    medidas = [Image.open(BytesIO(api.get(url).content)).size for url in urls]
    comprueba(
        medidas == [(40, 30), (30, 20)],
        f"Se esperaba cada imagen en su url, y llegaron de {medidas}",
    )


@pytest.mark.aislada
def test_todo_queda_en_su_carpeta(api: Api) -> None:
    """Solo se escribe en MEDIA_DIR, y de lo rechazado no queda ni rastro."""
    for lado, nombre in enumerate(("../fuera.png", "/fuera.png", "..\\fuera.png"), 20):
        subida(api, imagen(lado=(lado, lado)), nombre=nombre)
    media = Path(api.servicio.ajustes["MEDIA_DIR"])
    antes = archivos(media)
    comprueba(len(antes) >= 3, f"Se esperaban las imágenes en {media}, y hay {antes}")
    for mala in ("texto", "gif", "PNG a medias", "JPEG a medias", "WebP a medias"):
        subir(api, FALSAS[mala])
    subir(api, ruidosa(maximo(api) + 1))
    de_sobra = archivos(media) - antes
    comprueba(
        not de_sobra, f"Se esperaba no guardar lo que se rechaza, y está {de_sobra}"
    )
    carpeta = api.servicio.carpeta
    fuera = {uno.name for uno in archivos(carpeta) if media not in uno.parents}
    de_mas = {n for n in fuera if not n.startswith("base.db")}
    comprueba(not de_mas, f"Se esperaba escribir solo en MEDIA_DIR, y hay {de_mas}")
    for ruta in ("..%2fblog.db", "%2e%2e%2fblog.db", "..%5cblog.db"):
        espera(api.get(f"/imagenes/{ruta}"), 404, 422, al="salirse de la carpeta")
    rechaza(api.get("/imagenes/nada.png"), 404, "pedir una imagen que no existe")


@pytest.mark.aislada("reinicia")
def test_las_imagenes_sobreviven_a_un_reinicio(api: Api) -> None:
    """Una imagen se sigue sirviendo, con sus cabeceras, cuando el programa vuelve."""
    ficha, servida = subida(api, imagen("WEBP"))
    api.servicio.reiniciar()
    otra_vez = espera(api.get(str(ficha["url"])), 200, al="pedirla tras reiniciar")
    comprueba(
        (otra_vez.content, otra_vez.headers["content-type"]) == (servida, "image/webp"),
        "Se esperaba la misma imagen WebP, y llegó otra cosa",
    )


def test_se_sirve_con_cabeceras_prudentes(api: Api) -> None:
    """El navegador no adivina el tipo (nosniff) y no ejecuta nada (CSP)."""
    ficha, _ = subida(api, imagen())
    cabeceras = api.get(str(ficha["url"])).headers
    nosniff = cabeceras.get("x-content-type-options", "")
    comprueba(
        nosniff.lower() == "nosniff",
        f"Se esperaba X-Content-Type-Options: nosniff, y llegó «{nosniff}»",
    )
    csp = cabeceras.get("content-security-policy", "")
    comprueba(
        "default-src 'none'" in csp,
        f"Se esperaba Content-Security-Policy: default-src 'none', y llegó «{csp}»",
    )


# --- límites ---------------------------------------------------------------------


def test_el_limite_es_el_de_los_ajustes(api: Api) -> None:
    """Lo que pasa de MAX_IMAGE_BYTES es 413; lo que no, se guarda."""
    limite = maximo(api)
    subida(api, ruidosa(int(limite * 0.8)))
    justa = imagen() + bytes(limite - len(imagen()))
    subida(api, justa, nombre="x" * 200 + ".png")
    for grande in (justa + b"x", ruidosa(limite + 1)):
        rechaza(subir(api, grande), 413, "subir algo un poco mayor que el límite")


def test_una_bomba_de_pixeles(api: Api) -> None:
    """Una imagen de más de 25 millones de píxeles es 413, por poco que pese."""
    justa = subir(api, bomba(12_500, 2_000))
    espera(justa, 201, al="subir una imagen de 25 millones de píxeles justos")
    for ancho, alto in ((5_001, 5_000), (13_600, 13_600)):
        grande = subir(api, bomba(ancho, alto))
        rechaza(grande, 413, f"subir una imagen de {ancho}×{alto} píxeles")


def test_los_errores_tienen_la_forma_de_todos(api: Api) -> None:
    """404, 413, 415 y 422 son como los demás, por todos los caminos (necesita R1)."""
    justa = imagen() + bytes(maximo(api) - len(imagen()))
    problema(api.get("/imagenes/nada.png"), 404, "pedir una imagen que no existe")
    problema(subir(api, b"texto"), 415, "subir algo que no es una imagen")
    problema(subir(api, justa + b"x"), 413, "subir algo un poco mayor que el límite")
    enorme = bytes(max(2_000_000, 2 * maximo(api)))
    problema(subir(api, enorme), 413, "subir algo enorme")
    problema(subir(api, bomba(5_001, 5_000)), 413, "subir demasiados píxeles")
    vacio = api.pedir("POST", "/imagenes", quien_suba(api), data={"archivo": "texto"})
    problema(vacio, 422, "subir un campo de texto")
    documento = json_de(espera(api.get("/openapi.json"), 200, al="leer /openapi.json"))
    dichos = documento["paths"]["/imagenes"]["post"]["responses"]
    for codigo in ("401", "413", "415", "422"):
        tipos = sorted(dichos.get(codigo, {}).get("content", {}))
        comprueba(
            tipos == ["application/problem+json"],
            f"Se esperaba el {codigo} de POST /imagenes en la documentación, en "
            f"problem+json, y dice {tipos}",
        )


@pytest.mark.parametrize("con_largo", [True, False], ids=["Content-Length", "a trozos"])
def test_el_limite_corta_sin_esperar(api: Api, con_largo: bool) -> None:
    """Lo enorme se corta por el camino: el 413 llega antes de que acabe de llegar."""
    quien = quien_suba(api)
    limite = maximo(api)
    largo = "Content-Length: 1000000000" if con_largo else "Transfer-Encoding: chunked"
    antes = (
        "POST /imagenes HTTP/1.1\r\n"
        f"Host: {api.servicio.host}\r\nAuthorization: Bearer {quien.access}\r\n"
        f"Content-Type: multipart/form-data; boundary=corte\r\n{largo}\r\n\r\n"
    )
    principio = (
        b'--corte\r\nContent-Disposition: form-data; name="archivo"; filename="a.png"'
        b"\r\nContent-Type: image/png\r\n\r\n"
    )
    trozo = bytes(65536)
    lugar = (api.servicio.host, api.servicio.puerto)
    with (
        api.servicio.vigilar(que="POST /imagenes, con medio cuerpo aún sin mandar"),
        socket.create_connection(lugar, api.servicio.plazo) as enchufe,
    ):
        enchufe.settimeout(min(api.servicio.plazo, 2.0))
        enchufe.sendall(antes.encode())
        try:
            for parte in [principio, *[trozo] * (limite // len(trozo) + 3)]:
                crudo = parte if con_largo else b"%x\r\n%b\r\n" % (len(parte), parte)
                enchufe.sendall(crudo)
        except ConnectionError:
            pass  # ya ha contestado y ha cerrado: es lo que se espera
        respuesta = enchufe.recv(4096)
    linea = respuesta.split(b"\r\n")[0].decode("latin-1")
    cabeceras = respuesta.split(b"\r\n\r\n")[0].decode("latin-1").lower()
    comprueba(
        " 413 " in f"{linea} ",
        "Se esperaba un 413 en cuanto se pasa del límite, sin esperar al resto, y "
        f"llegó «{linea}»",
    )
    comprueba(
        "application/problem+json" in cabeceras,
        f"Se esperaba el 413 con la forma de todos los errores, y llegó {cabeceras}",
    )
