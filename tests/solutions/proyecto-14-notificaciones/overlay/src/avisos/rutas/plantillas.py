"""Las plantillas: guardar versiones, leerlas y ver cómo quedan (R2)."""

from typing import Annotated

from fastapi import APIRouter, Path, Response, status

from avisos.deps import CatalogoApp
from avisos.errores import Problema
from avisos.esquemas import (
    Nombre,
    PlantillaNueva,
    PlantillaPublica,
    Vista,
    VistaPrevia,
)
from avisos.plantillas import (
    PlantillaInvalidaError,
    comprobar,
    elegir_idioma,
    redactar,
)

rutas = APIRouter(prefix="/plantillas", tags=["plantillas"])
Numero = Annotated[int, Path(ge=1, le=2**31)]


async def _leer(
    nombre: str, version: int | None, catalogo: CatalogoApp
) -> PlantillaPublica:
    hay = await catalogo.leer(nombre, version)
    if hay is None:
        raise Problema(404, "No hay esa plantilla, o no con esa versión.")
    return PlantillaPublica(nombre=nombre, version=hay[0], **hay[1])


@rutas.post(
    "/{nombre}/versiones",
    status_code=status.HTTP_201_CREATED,
    summary="Guardar una versión nueva",
)
async def guardar(
    nombre: Nombre, nueva: PlantillaNueva, respuesta: Response, catalogo: CatalogoApp
) -> PlantillaPublica:
    """Las versiones no cambian nunca: corregir una es guardar otra."""
    for idioma, partes in nueva.idiomas.items():
        try:
            comprobar(partes.model_dump())
        except PlantillaInvalidaError as error:
            errores = {f"idiomas.{idioma}.{k}": v for k, v in error.errores.items()}
            raise Problema(422, "La plantilla no vale.", errores) from None
    version = await catalogo.guardar(nombre, nueva.model_dump())
    respuesta.headers["Location"] = f"/plantillas/{nombre}/versiones/{version}"
    return await _leer(nombre, version, catalogo)


@rutas.get("/{nombre}", summary="La última versión")
async def ultima(nombre: Nombre, catalogo: CatalogoApp) -> PlantillaPublica:
    """La que se usa si no se dice otra."""
    return await _leer(nombre, None, catalogo)


@rutas.get("/{nombre}/versiones/{version}", summary="Una versión")
async def una(
    nombre: Nombre, version: Numero, catalogo: CatalogoApp
) -> PlantillaPublica:
    """Tal como se guardó."""
    return await _leer(nombre, version, catalogo)


@rutas.post("/{nombre}/vista", summary="Ver cómo quedaría")
async def vista(nombre: Nombre, como: Vista, catalogo: CatalogoApp) -> VistaPrevia:
    """Sin mandar nada a nadie."""
    plantilla = await _leer(nombre, como.version, catalogo)
    idioma = elegir_idioma(como.idioma, plantilla.idiomas, plantilla.por_defecto)
    try:
        sale = redactar(plantilla.idiomas[idioma].model_dump(), como.variables)
    except PlantillaInvalidaError as error:
        raise Problema(422, "No se puede escribir.", error.errores) from None
    return VistaPrevia(
        version=plantilla.version,
        idioma=idioma,
        asunto=sale.asunto,
        texto=sale.texto,
        html=sale.html,
    )
