"""Las salas: quién está en cada una y cómo se reparte lo que se dice en ellas."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from chat.almacen import Almacen, Mensaje
from chat.cliente import Cliente
from chat.protocolo import ErrorDeChat, evento


@dataclass
class Sala:
    """Los que están dentro, y un cerrojo: los mensajes, de uno en uno."""

    miembros: set[Cliente] = field(default_factory=set)
    cerrojo: asyncio.Lock = field(default_factory=asyncio.Lock)


class Salas:
    """Todas las salas. Quién hay dentro vive en memoria; lo demás, en el almacén."""

    def __init__(self, almacen: Almacen) -> None:
        """Antes de usarlas hay que llamar a `cargar`."""
        self._almacen = almacen
        self._salas: dict[str, Sala] = {}
        self._publicando: set[asyncio.Task[Mensaje]] = set()

    async def cargar(self) -> None:
        """Recupera las salas que ya existían."""
        self._salas = {nombre: Sala() for nombre in await self._almacen.salas()}

    async def crear(self, nombre: str) -> None:
        """Crea una sala vacía. Quién llega primero lo decide la base de datos."""
        if not await self._almacen.crear_sala(nombre):
            raise ErrorDeChat("sala_existe", f"La sala «{nombre}» ya existe.")
        self._salas[nombre] = Sala()

    def entrar(self, nombre: str, cliente: Cliente) -> int:
        """Mete al cliente y devuelve cuántos son. Entrar dos veces es entrar una."""
        sala = self._buscar(nombre)
        sala.miembros.add(cliente)
        return len(sala.miembros)

    def salir(self, nombre: str, cliente: Cliente) -> None:
        """Saca al cliente de una sala."""
        self._donde_esta(nombre, cliente).miembros.remove(cliente)

    def olvidar(self, cliente: Cliente) -> None:
        """Saca al cliente de todas: se ha ido."""
        for sala in self._salas.values():
            sala.miembros.discard(cliente)

    def listar(self) -> list[dict[str, str | int]]:
        """Las salas por orden alfabético, con cuántos hay en cada una."""
        return [
            {"sala": nombre, "miembros": len(sala.miembros)}
            for nombre, sala in sorted(self._salas.items())
        ]

    async def publicar(self, nombre: str, cliente: Cliente, texto: str) -> Mensaje:
        """Guarda un mensaje y lo reparte a los miembros.

        Va en una tarea suya: si quien publica se va a la mitad, lo que ya se ha
        guardado se reparte igual.
        """
        sala = self._donde_esta(nombre, cliente)
        tarea = asyncio.create_task(
            self._guardar_y_repartir(nombre, sala, cliente.nombre, texto)
        )
        self._publicando.add(tarea)
        tarea.add_done_callback(self._publicando.discard)
        return await asyncio.shield(tarea)

    async def _guardar_y_repartir(
        self, nombre: str, sala: Sala, autor: str, texto: str
    ) -> Mensaje:
        # Con el cerrojo, el orden en que se numeran es el orden en que se reparten.
        async with sala.cerrojo:
            mensaje = await self._almacen.guardar_mensaje(nombre, autor, texto)
            trama = evento("mensaje", mensaje)
            for miembro in tuple(sala.miembros):
                if not miembro.avisar(trama):
                    self.olvidar(miembro)
                    miembro.cortar()
        return mensaje

    async def historial(
        self, nombre: str, cliente: Cliente, antes: int | None, limite: int
    ) -> tuple[list[Mensaje], bool]:
        """Una página de lo que se dijo en una sala en la que está el cliente."""
        self._donde_esta(nombre, cliente)
        return await self._almacen.historial(nombre, antes, limite)

    def _buscar(self, nombre: str) -> Sala:
        try:
            return self._salas[nombre]
        except KeyError:
            raise ErrorDeChat(
                "sala_desconocida", f"No hay ninguna sala «{nombre}»."
            ) from None

    def _donde_esta(self, nombre: str, cliente: Cliente) -> Sala:
        sala = self._buscar(nombre)
        if cliente not in sala.miembros:
            raise ErrorDeChat("fuera_de_sala", f"No estás en la sala «{nombre}».")
        return sala
