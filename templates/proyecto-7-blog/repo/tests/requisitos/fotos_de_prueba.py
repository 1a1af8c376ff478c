# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Imágenes para las pruebas: buenas, tramposas y rotas."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image

MARCA = b"<script>alert('escondido')</script>"


def imagen(formato: str = "PNG", lado: tuple[int, int] = (40, 30), **mas: Any) -> bytes:
    """Una imagen con un degradado, para que el contenido se pueda comparar."""
    salida = BytesIO()
    degradado(lado).save(salida, formato, **mas)
    return salida.getvalue()


@cache
def degradado(lado: tuple[int, int]) -> Image.Image:
    """Los píxeles de esa imagen."""
    foto = Image.new("RGB", lado)
    foto.putdata(
        [(x * 5 % 256, y * 7 % 256, 90) for y in range(lado[1]) for x in range(lado[0])]
    )
    return foto


def ruidosa(bytes_al_menos: int) -> bytes:
    """Un PNG que no se deja comprimir y pasa por poco de ese tamaño."""
    lado = int((bytes_al_menos / 3) ** 0.5) + 1
    foto = Image.effect_noise((lado, lado), 90)
    roja, azul = (
        Image.effect_noise((lado, lado), 80),
        Image.effect_noise((lado, lado), 70),
    )
    salida = BytesIO()
    Image.merge("RGB", (foto, roja, azul)).save(salida, "PNG", compress_level=0)
    return salida.getvalue()


def con_secretos() -> dict[str, bytes]:
    """Imágenes buenas que llevan algo escondido fuera de los píxeles."""
    exif = Image.Exif()
    exif[0x010E] = MARCA.decode()
    exif[0x8825] = {1: "N", 2: (40.0, 25.0, 0.0)}
    jpeg = imagen("JPEG", exif=exif, comment=MARCA)
    from PIL.PngImagePlugin import PngInfo

    textos = PngInfo()
    textos.add_text("Comment", MARCA.decode())
    textos.add_itxt("XML:com.adobe.xmp", MARCA.decode(), zip=True)
    return {
        "JPEG con EXIF y comentario": jpeg,
        "JPEG con algo detrás": imagen("JPEG") + MARCA,
        "JPEG con XMP": imagen("JPEG", xmp=MARCA),
        "JPEG con perfil de color": imagen("JPEG", icc_profile=MARCA),
        "PNG con textos": imagen("PNG", pnginfo=textos),
        "PNG con algo detrás": imagen("PNG") + MARCA,
        "PNG con EXIF": imagen("PNG", exif=exif),
        "PNG con perfil de color": imagen("PNG", icc_profile=MARCA),
        "WebP con EXIF": imagen("WEBP", exif=exif),
        "WebP con XMP": imagen("WEBP", xmp=MARCA),
        "WebP con perfil de color": imagen("WEBP", icc_profile=MARCA),
    }


def lleva_marca(datos: bytes) -> bool:
    """Si una imagen lleva la marca en algún sitio, aunque sea comprimida."""
    dentro = Image.open(BytesIO(datos)).info.values()
    return MARCA in datos or any(
        MARCA in (valor if isinstance(valor, bytes) else str(valor).encode())
        for valor in dentro
    )


def transparentes() -> dict[str, bytes]:
    """Imágenes de un color, transparentes del todo, según la manera de decirlo."""
    con_alfa = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    con_paleta = Image.new("P", (10, 10), 0)
    con_paleta.putpalette([255, 0, 0] * 4)

    def guardada(foto: Image.Image, formato: str, **mas: Any) -> bytes:
        salida = BytesIO()
        foto.save(salida, formato, **mas)
        return salida.getvalue()

    return {
        "PNG con canal alfa": guardada(con_alfa, "PNG"),
        "PNG con paleta": guardada(con_paleta, "PNG", transparency=0),
        "PNG de grises": guardada(con_alfa.convert("LA"), "PNG"),
        "WebP": guardada(con_alfa, "WEBP", lossless=True),
    }


def en_otro_modo() -> dict[str, bytes]:
    """Imágenes que no son de color de 24 bits: se admiten igual."""

    def guardada(modo: str, formato: str, **mas: Any) -> bytes:
        salida = BytesIO()
        Image.new("RGB", (40, 30), (200, 90, 30)).convert(modo).save(
            salida, formato, **mas
        )
        return salida.getvalue()

    movil = BytesIO()  # lo que guardan muchos móviles: un JPEG con otro detrás
    fotos = [Image.new("RGB", (40, 30), color) for color in ("red", "blue")]
    fotos[0].save(movil, "MPO", save_all=True, append_images=fotos[1:])
    return {
        "JPEG de grises": guardada("L", "JPEG"),
        "JPEG en CMYK": guardada("CMYK", "JPEG"),
        "JPEG progresivo": guardada("RGB", "JPEG", progressive=True),
        "JPEG con otro detrás": movil.getvalue(),
        "PNG en blanco y negro": guardada("1", "PNG"),
        "PNG de grises": guardada("L", "PNG"),
        "PNG con paleta": guardada("P", "PNG"),
        "WebP sin pérdida": guardada("RGB", "WEBP", lossless=True),
    }


def derecha() -> Image.Image:
    """Cuatro cuartos de color distinto: se ve si está girada o del revés."""
    foto = Image.new("RGB", (40, 24))
    for lugar, color in (
        ((0, 0, 20, 12), (250, 0, 0)),
        ((20, 0, 40, 12), (0, 250, 0)),
        ((0, 12, 20, 24), (0, 0, 250)),
        ((20, 12, 40, 24), (250, 250, 250)),
    ):
        foto.paste(color, lugar)
    return foto


PARA_ENDEREZAR = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Qué hay que hacerle a la imagen guardada según su EXIF Orientation."""


def torcida(orientacion: int, formato: str) -> bytes:
    """La imagen derecha, guardada de lado y con el EXIF que lo dice."""
    contrarias = {
        Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
    }
    giro = PARA_ENDEREZAR[orientacion]
    foto = derecha()
    if giro is not None:
        foto = foto.transpose(contrarias.get(giro, giro))
    exif = Image.Exif()
    exif[0x0112] = orientacion
    salida = BytesIO()
    foto.save(salida, formato, exif=exif, quality=95)
    return salida.getvalue()


@cache
def bomba(ancho: int, alto: int) -> bytes:
    """Un PNG de pocos kilobytes que ocupa cientos de megas al descomprimirlo."""

    def trozo(nombre: bytes, datos: bytes) -> bytes:
        suma = zlib.crc32(nombre + datos)
        return struct.pack(">I", len(datos)) + nombre + datos + struct.pack(">I", suma)

    pixeles = zlib.compressobj(9, strategy=zlib.Z_RLE)
    cuerpo = pixeles.compress(bytes((1 + (ancho + 7) // 8) * alto))
    cabecera = struct.pack(">IIBBBBB", ancho, alto, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + trozo(b"IHDR", cabecera)
        + trozo(b"IDAT", cuerpo + pixeles.flush())
        + trozo(b"IEND", b"")
    )


def falsas() -> dict[str, bytes]:
    """Cosas que no son imágenes de las que se admiten, aunque lo digan."""
    png, grande = imagen("PNG"), imagen("JPEG", (300, 200))
    return {
        "texto": b"Hola, soy un texto.",
        "nada": b"",
        "html": b"<!doctype html><script>alert(1)</script>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "html con cabecera de PNG": png[:8] + MARCA * 10,
        "PNG a medias": png[: len(png) // 2],
        "PNG sin su final": png[:-20],
        "PNG sin sus últimos bytes": png[:-4],
        "JPEG a medias": grande[: len(grande) * 6 // 10],
        "JPEG sin píxeles": imagen("JPEG")[:400],
        "WebP a medias": imagen("WEBP", lossless=True)[:-20],
        "gif": imagen("GIF"),
        "bmp": imagen("BMP"),
        "zip": b"PK\x03\x04" + bytes(100),
    }
