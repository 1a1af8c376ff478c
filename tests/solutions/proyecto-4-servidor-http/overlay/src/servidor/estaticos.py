"""Archivos de una carpeta: solo lectura, y sin salir nunca de ella."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from servidor import condiciones
from servidor.analisis import segmentos
from servidor.mensajes import Peticion, Respuesta, Tramo

# Una tabla propia: la de «mimetypes» depende de lo instalado en cada ordenador.
TIPOS = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
POR_DEFECTO = "application/octet-stream"


class Estaticos:
    """Los archivos que hay dentro de una carpeta."""

    def __init__(self, raiz: Path) -> None:
        """La raíz se resuelve una vez: con ella se comparan todas las rutas."""
        self._raiz = raiz.resolve(strict=True)

    def responder(self, peticion: Peticion) -> Respuesta | None:
        """La respuesta para esa ruta, o None si ahí no hay nada que servir."""
        encontrado = self._localizar(peticion.ruta)
        if encontrado is None:
            return None
        es_carpeta = encontrado.is_dir()
        if es_carpeta:
            encontrado = self._dentro(encontrado / "index.html")
        elif peticion.ruta.endswith("/"):
            return None
        # Solo archivos corrientes: abrir una tubería dejaría colgado el hilo.
        if encontrado is None or not encontrado.is_file():
            return None
        if peticion.metodo not in {"GET", "HEAD"}:
            return Respuesta.de_estado(405, {"Allow": "GET, HEAD"})
        if es_carpeta and not peticion.ruta.endswith("/"):
            destino = f"{peticion.ruta}/"
            if peticion.cadena_consulta:
                destino += f"?{peticion.cadena_consulta}"
            return Respuesta.de_estado(301, {"Location": destino})
        try:
            archivo = encontrado.open("rb")
        except OSError:
            return None
        return _servir(peticion, archivo, encontrado.suffix.lower())

    def _localizar(self, ruta: str) -> Path | None:
        *carpetas, ultimo = segmentos(ruta)
        trozos = [*carpetas, ultimo] if ultimo else carpetas
        for trozo in trozos:
            # Vacíos, «..» y ocultos; y lo que algún sistema tomaría por separador.
            if not trozo or _oculto(trozo) or any(c in trozo for c in "/\\:"):
                return None
        return self._dentro(self._raiz.joinpath(*trozos))

    def _dentro(self, candidato: Path) -> Path | None:
        """El camino real, con los enlaces seguidos, si existe y se puede enseñar."""
        try:
            real = candidato.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return None
        if not real.is_relative_to(self._raiz):
            return None
        # Un enlace a la vista tampoco descubre lo oculto.
        se_ve = not any(map(_oculto, real.relative_to(self._raiz).parts))
        return real if se_ve else None


def _oculto(nombre: str) -> bool:
    return nombre.startswith(".")


def _servir(peticion: Peticion, archivo: BinaryIO, extension: str) -> Respuesta:
    datos = os.fstat(archivo.fileno())
    if not stat.S_ISREG(datos.st_mode):
        archivo.close()
        return Respuesta.de_estado(404)
    modificado = int(datos.st_mtime)
    # La fecha de modificación la puede poner cualquiera (`cp -p`); la de cambio, no.
    huella = (datos.st_mtime_ns, datos.st_size, datos.st_ctime_ns)
    etiqueta = '"' + "-".join(f"{numero:x}" for numero in huella) + '"'
    cabeceras = {
        "ETag": etiqueta,
        "Last-Modified": condiciones.fecha_http(modificado),
        "Accept-Ranges": "bytes",
    }
    condicional = condiciones.estado_condicional(
        peticion.cabeceras, etiqueta, modificado
    )
    if condicional is not None:
        archivo.close()
        return Respuesta(condicional, b"", cabeceras)
    cabeceras["Content-Type"] = TIPOS.get(extension, POR_DEFECTO)
    estado, primero, ultimo = 200, 0, datos.st_size - 1
    pedido = peticion.cabeceras.get("Range")
    if (
        pedido
        and peticion.metodo == "GET"
        and condiciones.vale_el_rango(peticion.cabeceras, etiqueta, modificado)
        and (rango := condiciones.leer_rango(pedido, datos.st_size)) is not None
    ):
        estado, (primero, ultimo) = 206, rango
        if primero > ultimo:
            archivo.close()
            return Respuesta.de_estado(
                416, {"Content-Range": f"bytes */{datos.st_size}"}
            )
        cabeceras["Content-Range"] = f"bytes {primero}-{ultimo}/{datos.st_size}"
    tramo = Tramo(archivo, primero, ultimo - primero + 1)
    return Respuesta(estado, tramo, cabeceras)
