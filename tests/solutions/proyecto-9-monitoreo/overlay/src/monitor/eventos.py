"""Lo que va pasando, para quien lo quiera seguir en vivo.

Lo escriben otros procesos (los workers, otra web), así que se mira en la base de datos.
Mientras nadie escucha, no se mira nada.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.modelos import Comprobacion

CADA = 0.2
DE_UNA_VEZ = 200


class Noticias:
    """Una mirada a la base de datos sirve para todos los que escuchan."""

    def __init__(self, motor: Engine) -> None:
        """Sin efectos: se empieza a mirar cuando alguien escucha."""
        self._motor = motor
        self._oyentes = 0
        self._ultima = 0
        self._hay_mas = asyncio.Condition()
        self._mirando: asyncio.Task[None] | None = None

    async def seguir(self, desde: int | None) -> AsyncIterator[Comprobacion]:
        """Las comprobaciones que van detrás de esa, o las que vengan desde ahora."""
        visto = await self.ultima() if desde is None else desde
        self._oyentes += 1
        if self._mirando is None or self._mirando.done():
            self._mirando = asyncio.create_task(self._mirar())
        try:
            while True:
                nuevas = await asyncio.to_thread(self._detras_de, visto)
                for una in nuevas:
                    yield una
                    visto = una.id
                if not nuevas:
                    async with self._hay_mas:
                        while self._ultima <= visto:
                            await self._hay_mas.wait()
        finally:
            self._oyentes -= 1

    async def _mirar(self) -> None:
        ultima = 0
        while self._oyentes:
            with suppress(SQLAlchemyError):  # ya contestará
                ultima = await self.ultima()
            if ultima != self._ultima:
                async with self._hay_mas:
                    self._ultima = ultima
                    self._hay_mas.notify_all()
            await asyncio.sleep(CADA)

    async def ultima(self) -> int:
        """El número de la última comprobación que hay."""
        return await asyncio.to_thread(self._leer_ultima)

    def _leer_ultima(self) -> int:
        with Session(self._motor) as bd:
            return bd.scalar(select(func.max(Comprobacion.id))) or 0

    def _detras_de(self, visto: int) -> Sequence[Comprobacion]:
        consulta = (
            select(Comprobacion)
            .where(Comprobacion.id > visto)
            .order_by(Comprobacion.id)
            .limit(DE_UNA_VEZ)
        )
        with Session(self._motor) as bd:
            return bd.scalars(consulta).all()
