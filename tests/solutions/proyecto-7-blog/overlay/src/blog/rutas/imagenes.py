"""Subir imágenes y servirlas."""

import secrets
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, HTTPException, UploadFile, status
from fastapi.responses import FileResponse
from sqlalchemy import select

from blog import fotos
from blog.deps import AjustesApp, PuedeSubir, SesionBD
from blog.errores import documentar, no_existe
from blog.esquemas import ImagenPublica
from blog.modelos import Imagen
from blog.textos import buscable

rutas = APIRouter(prefix="/imagenes", tags=["imagenes"], responses=documentar(422))
CABECERAS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "public, max-age=31536000, immutable",
}


@rutas.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Subir una imagen",
    responses=documentar(401, 403, 413, 415),
)
def subir_imagen(
    archivo: Annotated[UploadFile, File()],
    bd: SesionBD,
    usuario: PuedeSubir,
    ajustes: AjustesApp,
) -> ImagenPublica:
    """PNG, JPEG o WebP. El nombre y el tipo que diga quien la manda no cuentan."""
    datos = archivo.file.read(ajustes.max_image_bytes + 1)
    if len(datos) > ajustes.max_image_bytes:
        maximo = ajustes.max_image_bytes
        raise HTTPException(413, f"La imagen pasa de {maximo} bytes.")
    try:
        foto = fotos.recodificar(datos)
    except fotos.DemasiadosPixeles as error:
        maximo = fotos.MAX_PIXELES
        raise HTTPException(413, f"La imagen pasa de {maximo} píxeles.") from error
    except fotos.NoEsImagen as error:
        raise HTTPException(415, "No es una imagen PNG, JPEG o WebP.") from error
    imagen = Imagen(
        nombre=secrets.token_hex(16) + fotos.FORMATOS[foto.formato],
        tipo=fotos.TIPOS[foto.formato],
        ancho=foto.ancho,
        alto=foto.alto,
        tamano=len(foto.datos),
        usuario_id=usuario.id,
    )
    guardar(ajustes.media_dir / imagen.nombre, foto.datos)
    bd.add(imagen)
    bd.commit()
    return ImagenPublica.de(imagen)


def guardar(ruta: Path, datos: bytes) -> None:
    """Escribe el archivo entero o no deja nada."""
    ruta.parent.mkdir(parents=True, exist_ok=True)
    provisional = ruta.with_suffix(".parte")
    try:
        provisional.write_bytes(datos)
        provisional.replace(ruta)
    finally:
        provisional.unlink(missing_ok=True)


@rutas.get("/{nombre}", summary="Una imagen", responses=documentar(404))
def ver_imagen(nombre: str, bd: SesionBD, ajustes: AjustesApp) -> FileResponse:
    """Con cabeceras para que el navegador la trate como imagen y nada más."""
    imagen = bd.scalar(select(Imagen).filter_by(nombre=buscable(nombre)))
    ruta = ajustes.media_dir / imagen.nombre if imagen else None
    if imagen is None or ruta is None or not ruta.is_file():
        raise no_existe("esa imagen")
    return FileResponse(ruta, media_type=imagen.tipo, headers=CABECERAS)
