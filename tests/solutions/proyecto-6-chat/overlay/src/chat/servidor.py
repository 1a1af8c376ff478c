"""El servidor: acepta conexiones, entiende peticiones y llama a quien sabe."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from chat import protocolo
from chat.ajustes import Ajustes
from chat.almacen import Almacen
from chat.cliente import Cliente
from chat.protocolo import ErrorDeChat, Peticion
from chat.salas import Salas
from chat.usuarios import Usuarios

MAX_PAGINA = 100
PAGINA = 50
SIN_SESION = {"ping", "yo", "registrar", "iniciar_sesion", "reanudar_sesion"}

registro = logging.getLogger(__name__)
Datos = dict[str, Any]


class ErrorDeArranque(Exception):
    """El servidor no puede empezar: el mensaje dice por qué."""


async def servir(ajustes: Ajustes, al_escuchar: Callable[[str], object]) -> None:
    """Atiende clientes hasta que se cancele.

    Llama a `al_escuchar` con la dirección («ws://127.0.0.1:8765») cuando ya acepta
    conexiones. Lanza ErrorDeArranque si no puede abrir la base de datos.
    """
    try:
        almacen = Almacen(ajustes.base)
    except sqlite3.Error as error:
        raise ErrorDeArranque(f"la base {ajustes.base} no se abre: {error}") from error
    with contextlib.closing(almacen):
        chat = Chat(ajustes, almacen)
        await chat.salas.cargar()
        async with serve(
            chat.atender,
            ajustes.host,
            ajustes.puerto,
            max_size=ajustes.max_trama,
        ) as servidor:
            host, puerto = servidor.sockets[0].getsockname()[:2]
            al_escuchar(f"ws://{host}:{puerto}")
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                servidor.close()
                await chat.despedir()


class Chat:
    """Lo que comparten todas las conexiones."""

    def __init__(self, ajustes: Ajustes, almacen: Almacen) -> None:
        """Une cada acción del protocolo con el método que la atiende."""
        self.ajustes = ajustes
        self._atendidos: dict[Cliente, asyncio.Task[None]] = {}
        self.salas = Salas(almacen)
        self.usuarios = Usuarios(almacen, ajustes)
        self._acciones: dict[str, Callable[[Cliente, Datos], Awaitable[Datos]]] = {
            "ping": self._ping,
            "yo": self._yo,
            "crear_sala": self._crear_sala,
            "entrar_sala": self._entrar_sala,
            "salir_sala": self._salir_sala,
            "salas": self._listar_salas,
            "publicar": self._publicar,
            "historial": self._historial,
            "registrar": self._registrar,
            "iniciar_sesion": self._iniciar_sesion,
            "reanudar_sesion": self._reanudar_sesion,
            "cerrar_sesion": self._cerrar_sesion,
        }

    async def atender(self, conexion: ServerConnection) -> None:
        """Atiende a un cliente desde que llega hasta que se va.

        Leer y enviar son dos tareas: cuando acaba una, sobra la otra.
        """
        cliente = Cliente(conexion, self.ajustes.cola)
        tareas = [
            asyncio.create_task(self._leer(cliente)),
            asyncio.create_task(cliente.repartir()),
        ]
        self._atendidos[cliente] = tareas[0]
        try:
            await asyncio.wait(tareas, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for tarea in tareas:
                tarea.cancel()
            await asyncio.gather(*tareas, return_exceptions=True)
            self.salas.olvidar(cliente)
            del self._atendidos[cliente]

    async def despedir(self) -> None:
        """Espera a que se vayan los clientes; a los que no pueden, los corta.

        Sin esto, uno que no lee impediría que el servidor acabara.
        """
        if self._atendidos:
            await asyncio.wait(self._atendidos.values(), timeout=1)
        for cliente in self._atendidos:
            cliente.cortar()

    async def _leer(self, cliente: Cliente) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for trama in cliente.conexion:
                await cliente.responder(await self._contestar(cliente, trama))

    async def _contestar(self, cliente: Cliente, trama: str | bytes) -> str:
        peticion: Peticion | None = None
        try:
            peticion = protocolo.leer_peticion(trama)
            return protocolo.exito(peticion.id, await self._hacer(cliente, peticion))
        except ErrorDeChat as error:
            return protocolo.fallo(peticion.id if peticion else error.id, error)
        except Exception:
            registro.exception("Fallo al atender a %s", cliente.nombre)
            return protocolo.fallo(
                peticion.id if peticion else None,
                ErrorDeChat("error_interno", "Algo ha fallado en el servidor."),
            )

    async def _hacer(self, cliente: Cliente, peticion: Peticion) -> Datos:
        accion = self._acciones.get(peticion.accion)
        if accion is None:
            raise ErrorDeChat("accion_desconocida", "No sé hacer eso.")
        hace_falta = not self.ajustes.invitados and peticion.accion not in SIN_SESION
        if hace_falta and not cliente.registrado:
            raise ErrorDeChat("no_autenticado", "Para eso hay que iniciar sesión.")
        return await accion(cliente, peticion.datos)

    async def _ping(self, cliente: Cliente, datos: Datos) -> Datos:
        return {"pong": True}

    async def _yo(self, cliente: Cliente, datos: Datos) -> Datos:
        return {"nombre": cliente.nombre, "registrado": cliente.registrado}

    async def _crear_sala(self, cliente: Cliente, datos: Datos) -> Datos:
        sala = protocolo.leer_sala(datos)
        await self.salas.crear(sala)
        return {"sala": sala}

    async def _entrar_sala(self, cliente: Cliente, datos: Datos) -> Datos:
        sala = protocolo.leer_sala(datos)
        return {"sala": sala, "miembros": self.salas.entrar(sala, cliente)}

    async def _salir_sala(self, cliente: Cliente, datos: Datos) -> Datos:
        sala = protocolo.leer_sala(datos)
        self.salas.salir(sala, cliente)
        return {"sala": sala}

    async def _listar_salas(self, cliente: Cliente, datos: Datos) -> Datos:
        return {"salas": self.salas.listar()}

    async def _publicar(self, cliente: Cliente, datos: Datos) -> Datos:
        sala, texto = protocolo.leer_sala(datos), protocolo.leer_texto(datos)
        mensaje = await self.salas.publicar(sala, cliente, texto)
        return {clave: mensaje[clave] for clave in ("sala", "numero", "fecha")}

    async def _historial(self, cliente: Cliente, datos: Datos) -> Datos:
        sala = protocolo.leer_sala(datos)
        antes = protocolo.leer_entero(datos, "antes", None, protocolo.MAX_NUMERO)
        limite = protocolo.leer_entero(datos, "limite", PAGINA, MAX_PAGINA) or PAGINA
        mensajes, hay_mas = await self.salas.historial(sala, cliente, antes, limite)
        return {"mensajes": mensajes, "hay_mas": hay_mas}

    async def _registrar(self, cliente: Cliente, datos: Datos) -> Datos:
        nombre, clave = protocolo.leer_nombre(datos), protocolo.leer_clave(datos)
        await self.usuarios.registrar(nombre, clave)
        return {"nombre": nombre}

    async def _iniciar_sesion(self, cliente: Cliente, datos: Datos) -> Datos:
        nombre, clave = protocolo.leer_nombre(datos), protocolo.leer_clave(datos)
        return await self.usuarios.iniciar_sesion(cliente, nombre, clave)

    async def _reanudar_sesion(self, cliente: Cliente, datos: Datos) -> Datos:
        return await self.usuarios.reanudar_sesion(cliente, datos.get("token"))

    async def _cerrar_sesion(self, cliente: Cliente, datos: Datos) -> Datos:
        await self.usuarios.cerrar_sesion(cliente)
        return {}
