"""Imágenes: no se guarda lo que llega, sino lo que se ha entendido de ello."""

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

FORMATOS = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}
FINAL_DE_PNG = b"IEND\xaeB`\x82"
TIPOS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
MAX_PIXELES = 25_000_000


class NoEsImagen(Exception):
    """El contenido no es una imagen entera de un formato admitido."""


class DemasiadosPixeles(Exception):
    """Ocupa poco en disco, pero muchísimo en memoria."""


@dataclass(frozen=True)
class Foto:
    """Una imagen vuelta a codificar: solo píxeles, sin nada escondido."""

    datos: bytes
    formato: str
    ancho: int
    alto: int


def recodificar(datos: bytes) -> Foto:
    """Lee la imagen, la endereza y la escribe de nuevo sin metadatos."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            imagen = Image.open(BytesIO(datos), formats=tuple(FORMATOS))
        # El tamaño está en la cabecera: se mira antes de descomprimir nada.
        if imagen.width * imagen.height > MAX_PIXELES:
            raise DemasiadosPixeles
        # Un JPEG de móvil puede llevar otro detrás, y entonces Pillow lo llama MPO.
        formato = "JPEG" if imagen.format == "MPO" else imagen.format or ""
        if formato == "PNG" and FINAL_DE_PNG not in datos:
            raise NoEsImagen  # Pillow no echa de menos los últimos bytes
        derecha = ImageOps.exif_transpose(imagen)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DemasiadosPixeles from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise NoEsImagen from error
    con_alfa = formato != "JPEG" and derecha.has_transparency_data
    if formato == "PNG" and not con_alfa and derecha.mode in {"1", "L"}:
        limpia = derecha  # sin color ya ocupa menos
    else:
        limpia = derecha.convert("RGBA" if con_alfa else "RGB")
    limpia.info.clear()
    salida = BytesIO()
    limpia.save(salida, formato)
    return Foto(salida.getvalue(), formato, limpia.width, limpia.height)
