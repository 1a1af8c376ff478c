"""Una conexión: lee peticiones y escribe respuestas hasta que toca cerrar."""

from __future__ import annotations

import logging
import socket
import threading

from servidor import analisis
from servidor.ajustes import Ajustes
from servidor.aplicacion import Aplicacion
from servidor.condiciones import fecha_http
from servidor.lectura import ConexionCerrada, Lector
from servidor.mensajes import Cabeceras, ErrorHTTP, Peticion, Respuesta, Tramo, frase

registro = logging.getLogger(__name__)

MAX_LINEA_DE_TROZO = 256
MAX_DESPEDIDA = 16_777_216
SEGUNDOS_DE_DESPEDIDA = 1.0
SIN_CUERPO = {204, 304}
DEL_SERVIDOR = {"connection", "content-length", "date", "transfer-encoding"}
"""Cabeceras que no decide el manejador: si las pone, no se les hace caso."""


class Conexion:
    """El diálogo con un cliente. Cada una se atiende en su propio hilo."""

    def __init__(
        self,
        enchufe: socket.socket,
        aplicacion: Aplicacion,
        ajustes: Ajustes,
        deteniendo: threading.Event,
    ) -> None:
        """No lee ni escribe nada: eso lo hace `atender`."""
        self._enchufe = enchufe
        self._aplicacion = aplicacion
        self._ajustes = ajustes
        self._deteniendo = deteniendo
        self._lector = Lector(enchufe)
        self._cerrojo = threading.Lock()
        self._ocupada = False
        self._metodo = ""

    def atender(self) -> None:
        """Contesta a todo lo que pida el cliente, y cierra."""
        try:
            while self._una_peticion():
                pass
            self._despedirse()
        except (ConexionCerrada, OSError) as error:
            registro.debug("conexión interrumpida: %r", error)
        finally:
            self._enchufe.close()

    def cortar(self, *, si_ocupada: bool) -> None:
        """Desde otro hilo: cierra ya, o solo si no hay ninguna petición a medias."""
        with self._cerrojo:
            if si_ocupada or not self._ocupada:
                try:
                    self._enchufe.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _una_peticion(self) -> bool:
        """Lee una petición y la contesta. Devuelve si la conexión sigue abierta."""
        self._lector.vence_en(self._ajustes.plazo_inactividad)
        try:
            self._lector.esperar_datos()
        except TimeoutError:
            return False
        with self._cerrojo:
            if self._deteniendo.is_set():
                return False
            self._ocupada = True
        try:
            sigue = self._contestar()
        finally:
            with self._cerrojo:
                self._ocupada = False
        return sigue and not self._deteniendo.is_set()

    def _contestar(self) -> bool:
        self._lector.vence_en(self._ajustes.plazo_peticion)
        self._metodo = ""
        try:
            peticion = self._leer()
            respuesta = self._aplicacion.responder(peticion)
            sigue = analisis.persiste(peticion.cabeceras, peticion.version)
        except ErrorHTTP as error:
            registro.info("%s", error)
            # Una primera línea que no cabe se queda sin sacar, y también es de HEAD.
            if not self._metodo and self._lector.empieza_por(b"HEAD "):
                self._metodo = "HEAD"
            respuesta, sigue = Respuesta.de_estado(error.estado), False
        except TimeoutError:
            respuesta, sigue = Respuesta.de_estado(408), False
        sigue = sigue and not self._deteniendo.is_set()
        self._escribir(respuesta, self._metodo, sigue=sigue)
        return sigue

    # ---------------------------------------------------------------- leer

    def _leer(self) -> Peticion:
        maximo = self._ajustes.max_linea
        linea = self._lector.linea(maximo, 414)
        if not linea:  # hay clientes que mandan un CRLF de más tras un cuerpo
            linea = self._lector.linea(maximo, 414)
        # Antes de comprobar nada: un error a un HEAD tampoco lleva cuerpo.
        self._metodo = linea.partition(b" ")[0].decode("latin-1")
        metodo, ruta, consulta, version = analisis.primera_linea(linea)
        cabeceras = self._cabeceras()
        analisis.comprobar_host(cabeceras, version)
        longitud = analisis.longitud_del_cuerpo(
            cabeceras, version, self._ajustes.max_cuerpo
        )
        self._continuar(cabeceras, version, longitud)
        cuerpo = self._por_trozos() if longitud is None else b""
        if longitud:
            cuerpo = self._lector.exactos(longitud)
        return Peticion(metodo, ruta, cabeceras, cuerpo, consulta, version)

    def _cabeceras(self) -> Cabeceras:
        quedan = self._ajustes.max_cabeceras
        pares: list[tuple[str, str]] = []
        while linea := self._lector.linea(max(quedan, 0), 431):
            quedan -= len(linea) + 2
            pares.append(analisis.cabecera(linea))
            if quedan < 0 or len(pares) > self._ajustes.max_numero_cabeceras:
                raise ErrorHTTP(431, "demasiadas cabeceras")
        return Cabeceras(pares)

    def _continuar(
        self, cabeceras: Cabeceras, version: str, longitud: int | None
    ) -> None:
        espera = cabeceras.get("Expect")
        if espera is None or version == "HTTP/1.0":
            return
        if espera.lower() != "100-continue":
            raise ErrorHTTP(417, "Expect desconocido")
        if longitud != 0:
            self._mandar(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _por_trozos(self) -> bytes:
        cuerpo = bytearray()
        while True:
            linea = self._lector.linea(MAX_LINEA_DE_TROZO, 400)
            tamano = analisis.tamano_del_trozo(linea)
            if tamano == 0:
                self._cabeceras()  # las de después del cuerpo: se leen y se olvidan
                return bytes(cuerpo)
            if len(cuerpo) + tamano > self._ajustes.max_cuerpo:
                raise ErrorHTTP(413, "cuerpo demasiado grande")
            cuerpo += self._lector.exactos(tamano)
            if self._lector.exactos(2) != b"\r\n":
                raise ErrorHTTP(400, "el trozo no acaba donde dijo")

    # ------------------------------------------------------------ escribir

    def _escribir(self, respuesta: Respuesta, metodo: str, *, sigue: bool) -> None:
        cabeceras = {"Date": fecha_http()}
        for nombre, valor in respuesta.cabeceras.items():
            if nombre.lower() not in DEL_SERVIDOR:
                cabeceras[nombre] = valor
        cuerpo = respuesta.cuerpo
        if respuesta.estado not in SIN_CUERPO:
            cabeceras["Content-Length"] = str(len(cuerpo))
        cabeceras["Connection"] = "keep-alive" if sigue else "close"
        lineas = [f"HTTP/1.1 {respuesta.estado} {frase(respuesta.estado)}"]
        lineas += [f"{nombre}: {valor}" for nombre, valor in cabeceras.items()]
        cabeza = "\r\n".join([*lineas, "", ""]).encode("latin-1")
        sin_cuerpo = metodo == "HEAD" or respuesta.estado in SIN_CUERPO
        if isinstance(cuerpo, bytes):
            self._mandar(cabeza if sin_cuerpo else cabeza + cuerpo)
            return
        with cuerpo.archivo:
            self._mandar(cabeza)
            if not sin_cuerpo:
                self._mandar_tramo(cuerpo)

    def _mandar_tramo(self, tramo: Tramo) -> None:
        mandados = 0
        for trozo in tramo.trozos():
            self._mandar(trozo)
            mandados += len(trozo)
        if mandados < len(tramo):
            raise ConexionCerrada("el archivo se ha acortado mientras se mandaba")

    def _mandar(self, datos: bytes) -> None:
        # El plazo es de cada envío: el de `sendall` es para todos juntos, y cortaría a
        # quien lee despacio, pero lee.
        self._enchufe.settimeout(self._ajustes.plazo_inactividad)
        pendiente = memoryview(datos)
        while pendiente:
            pendiente = pendiente[self._enchufe.send(pendiente) :]

    def _despedirse(self) -> None:
        """Cierra sin que se pierda la respuesta.

        Si se cierra un socket con bytes sin leer, el sistema manda un RST, y el
        cliente puede quedarse sin lo que le acabamos de mandar.
        """
        self._enchufe.shutdown(socket.SHUT_WR)
        self._lector.vence_en(SEGUNDOS_DE_DESPEDIDA)
        self._lector.descartar(MAX_DESPEDIDA)
