"""El servidor: acepta conexiones, entiende peticiones y llama a quien sabe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from chat import protocolo
from chat.ajustes import Ajustes
from chat.almacen import Almacen
from chat.cliente import Cliente
from chat.protocolo import ErrorDeChat
from chat.salas import Salas
from chat.usuarios import Usuarios

Datos = dict[str, Any]


class ErrorDeArranque(Exception):
    """El servidor no puede empezar: el mensaje dice por qué.

    R3: lánzalo si SQLite no puede usar el archivo. __main__.py lo enseña y sale con 2.
    """


async def servir(ajustes: Ajustes, al_escuchar: Callable[[str], object]) -> None:
    """Atiende clientes hasta que se cancele.

    Llama a `al_escuchar` con la dirección («ws://127.0.0.1:8765») cuando ya acepta
    conexiones.
    """
    chat = Chat(ajustes, Almacen(ajustes.base))
    # R1: `serve` tiene una opción para no leer tramas enormes:
    # https://websockets.readthedocs.io/en/stable/reference/asyncio/server.html
    async with serve(chat.atender, ajustes.host, ajustes.puerto) as servidor:
        host, puerto = servidor.sockets[0].getsockname()[:2]
        al_escuchar(f"ws://{host}:{puerto}")
        await asyncio.get_running_loop().create_future()  # que no se cumple nunca


class Chat:
    """Lo que comparten todas las conexiones."""

    def __init__(self, ajustes: Ajustes, almacen: Almacen) -> None:
        """Une cada acción del protocolo con el método que la atiende."""
        self.ajustes = ajustes
        self.salas = Salas()
        self.almacen = almacen
        self.usuarios = Usuarios(almacen, ajustes)
        # Aquí van todas las acciones de README.md. Estas son un ejemplo de cada
        # requisito: las demás las añades tú.
        self._acciones: dict[str, Callable[[Cliente, Datos], Awaitable[Datos]]] = {
            "ping": self._ping,
            "crear_sala": self._crear_sala,
            "historial": self._historial,
            "registrar": self._registrar,
        }

    async def atender(self, conexion: ServerConnection) -> None:
        """Atiende a un cliente desde que llega hasta que se va.

        Hay una corrutina de estas por cliente, todas en el mismo hilo: mientras una
        espera en un `await`, trabajan las demás. Roadmap 2.4:
        https://docs.python.org/3/library/asyncio-task.html

        R2: el bucle acaba cuando el cliente se va, o se rompe si se va sin despedirse
        (ConnectionClosed). De las dos maneras hay que sacarlo de sus salas.
        """
        cliente = Cliente(conexion)
        async for trama in conexion:
            await cliente.enviar(await self._contestar(cliente, trama))

    async def _contestar(self, cliente: Cliente, trama: str | bytes) -> str:
        """R1: nada de lo que envíe un cliente puede salir de aquí como excepción."""
        peticion = protocolo.leer_peticion(trama)
        try:
            datos = await self._acciones[peticion.accion](cliente, peticion.datos)
        except NotImplementedError as pendiente:
            error = ErrorDeChat("no_implementado", f"Falta por hacer: {pendiente}")
            return protocolo.fallo(peticion.id, error)
        return protocolo.exito(peticion.id, datos)

    async def _ping(self, cliente: Cliente, datos: Datos) -> Datos:
        return {"pong": True}

    async def _crear_sala(self, cliente: Cliente, datos: Datos) -> Datos:
        # R2: ¿y si «sala» no viene, o no es un nombre que valga?
        await self.salas.crear(datos["sala"])
        return {"sala": datos["sala"]}

    async def _historial(self, cliente: Cliente, datos: Datos) -> Datos:
        # R3: solo para los que están dentro. ¿Y si «limite» es -1, o true?
        mensajes, hay_mas = await self.almacen.historial(datos["sala"], None, 50)
        return {"mensajes": mensajes, "hay_mas": hay_mas}

    async def _registrar(self, cliente: Cliente, datos: Datos) -> Datos:
        # R4: ¿qué nombres y qué claves valen?
        await self.usuarios.registrar(datos["nombre"], datos["clave"])
        return {"nombre": datos["nombre"]}
