"""Pedir un aviso y preguntar por él (R1, R2 y R3)."""

import hashlib
import math
import secrets
from typing import Annotated

from fastapi import APIRouter, Header, Response, status

from avisos.ajustes import Ajustes
from avisos.almacen import Cupo
from avisos.deps import AjustesApp, AlmacenApp, CatalogoApp, MetricasApp
from avisos.errores import Problema
from avisos.esquemas import AvisoNuevo, AvisoPublico, Intento, Prioridad
from avisos.plantillas import PlantillaInvalidaError, elegir_idioma, redactar
from avisos.registro import REGISTRO
from avisos.trazas import llevar

rutas = APIRouter(prefix="/avisos", tags=["avisos"])
ClaveDeIdempotencia = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)
]


def cupo_de(nuevo: AvisoNuevo, ajustes: Ajustes) -> Cupo:
    """Lo que le toca: los urgentes no cuentan; los de prioridad baja, la mitad."""
    canal = nuevo.canales[0].value
    limite = int(getattr(ajustes, f"rate_limit_{canal}"))
    if nuevo.prioridad is Prioridad.URGENTE:
        limite = 0
    elif nuevo.prioridad is Prioridad.BAJA:
        limite = math.ceil(limite / 2)
    clave = f"ventana:{canal}:{nuevo.usuario}"
    return Cupo(clave, limite, ajustes.rate_window_seconds)


async def contenido_de(
    nuevo: AvisoNuevo, catalogo: CatalogoApp
) -> dict[str, str | None]:
    """Lo que se va a mandar, escrito ahora: lo que cambie después no le afecta."""
    if nuevo.contenido is not None:
        return nuevo.contenido.model_dump()
    pedida = nuevo.plantilla
    assert pedida is not None  # noqa: S101 - lo ha comprobado el esquema
    hay = await catalogo.leer(pedida.nombre, pedida.version)
    if hay is None:
        raise Problema(422, "No hay esa plantilla.", {"plantilla": "no existe"})
    idioma = elegir_idioma(pedida.idioma, hay[1]["idiomas"], hay[1]["por_defecto"])
    try:
        sale = redactar(hay[1]["idiomas"][idioma], pedida.variables)
    except PlantillaInvalidaError as error:
        raise Problema(422, "No se puede escribir el aviso.", error.errores) from None
    return {"asunto": sale.asunto, "texto": sale.texto, "html": sale.html}


@rutas.post("", status_code=status.HTTP_202_ACCEPTED, summary="Pedir un aviso")
async def pedir(
    nuevo: AvisoNuevo,
    respuesta: Response,
    ajustes: AjustesApp,
    almacen: AlmacenApp,
    catalogo: CatalogoApp,
    metricas: MetricasApp,
    clave: ClaveDeIdempotencia = None,
) -> AvisoPublico:
    """Lo deja guardado y en la cola: quien recibe el 202 puede olvidarse."""
    contenido = await contenido_de(nuevo, catalogo)
    peticion = {
        "usuario": nuevo.usuario,
        "canales": [canal.value for canal in nuevo.canales],
        "destinos": nuevo.destinos.model_dump(exclude_none=True),
        "contenido": contenido,
    }
    huella = hashlib.sha256(nuevo.model_dump_json().encode()).hexdigest()
    hecho = await almacen.aceptar(
        secrets.token_hex(16),
        peticion,
        llevar(),
        cupo_de(nuevo, ajustes),
        clave or "",
        huella if clave else "",
    )
    canal, prioridad = nuevo.canales[0].value, nuevo.prioridad.value
    if hecho.que == "otra":
        raise Problema(
            422,
            "Esa Idempotency-Key ya es de otra petición.",
            {"Idempotency-Key": "usada"},
        )
    if hecho.que == "limite":
        metricas.limitados.labels(canal, prioridad).inc()
        espera = str(max(1, math.ceil(hecho.espera)))
        raise Problema(
            429,
            "Este usuario ya ha recibido bastantes.",
            cabeceras={"Retry-After": espera},
        )
    if hecho.que == "nuevo":
        metricas.aceptados.labels(canal, prioridad).inc()
        REGISTRO.info("aceptado", extra={"aviso": hecho.id, "canal": canal})
    respuesta.headers["Location"] = f"/avisos/{hecho.id}"
    return await leer(hecho.id, almacen)


@rutas.get("/{id}", summary="Un aviso")
async def ver(id: str, almacen: AlmacenApp) -> AvisoPublico:  # noqa: A002 - su nombre
    """En qué estado está, y lo que ha pasado hasta ahora."""
    return await leer(id, almacen)


async def leer(id_: str, almacen: AlmacenApp) -> AvisoPublico:
    """El aviso como se enseña, o un 404."""
    aviso = await almacen.leer(id_)
    if aviso is None:
        raise Problema(404, "No hay ningún aviso con ese id.")
    return AvisoPublico(
        id=id_,
        usuario=aviso.peticion["usuario"],
        estado=aviso.estado,
        canal=aviso.canal,
        intentos=[Intento(**uno) for uno in await almacen.intentos(id_)],
    )
