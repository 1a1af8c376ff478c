"""Lo que pide cada nivel de una consulta, junto: una pregunta a la base por nivel."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, aliased
from strawberry.dataloader import DataLoader
from strawberry.fastapi import BaseContext

from monitor import metricas
from monitor.esquemas import Metricas
from monitor.modelos import Alerta, Comprobacion, Objetivo
from monitor.reloj import Reloj

T = TypeVar("T")
Muchos = tuple[int, int]
"""De qué objetivo, y cuántas como mucho."""


class Cargadores(BaseContext):
    """Los de una petición: no recuerdan nada de la anterior."""

    def __init__(self, motor: Engine, reloj: Reloj) -> None:
        """Sin efectos."""
        super().__init__()
        self._motor, self._reloj = motor, reloj
        self.objetivo = DataLoader(self._objetivos)
        self.comprobaciones = DataLoader(self._comprobaciones)
        self.alertas = DataLoader(self._alertas)
        self.metricas = DataLoader(self._metricas)

    async def consultar(self, pregunta: Callable[[Session], T]) -> T:
        """Hace la pregunta en un hilo, con una sesión propia."""

        def hacer() -> T:
            with Session(self._motor, expire_on_commit=False) as bd:
                return pregunta(bd)

        return await asyncio.to_thread(hacer)

    async def _objetivos(self, ids: list[int]) -> Sequence[Objetivo | None]:
        consulta = select(Objetivo).where(Objetivo.id.in_(ids))
        filas = await self.consultar(lambda bd: bd.scalars(consulta).unique().all())
        por_id = {fila.id: fila for fila in filas}
        return [por_id.get(id) for id in ids]

    async def _comprobaciones(self, claves: list[Muchos]) -> list[list[Comprobacion]]:
        return await self._ultimas(Comprobacion, claves)

    async def _alertas(self, claves: list[Muchos]) -> list[list[Alerta]]:
        return await self._ultimas(Alerta, claves)

    async def _ultimas(self, tabla: type[T], claves: list[Muchos]) -> list[list[T]]:
        """Las últimas de cada objetivo, numeradas dentro de la base de datos."""
        ids = {id for id, _ in claves}
        maximo = max(limite for _, limite in claves)
        numeradas = (
            select(
                tabla,
                func.row_number()
                .over(
                    partition_by=tabla.objetivo_id,  # type: ignore[attr-defined]
                    order_by=tabla.id.desc(),  # type: ignore[attr-defined]
                )
                .label("numero"),
            )
            .where(tabla.objetivo_id.in_(ids))  # type: ignore[attr-defined]
            .subquery()
        )
        fila = aliased(tabla, numeradas)
        consulta = (
            select(fila)
            .where(numeradas.c.numero <= maximo)
            .order_by(numeradas.c.objetivo_id, numeradas.c.numero)
        )
        filas = await self.consultar(lambda bd: bd.scalars(consulta).all())
        por_id: dict[int, list[T]] = {}
        for una in filas:
            suyas = por_id.setdefault(una.objetivo_id, [])  # type: ignore[attr-defined]
            suyas.append(una)
        return [por_id.get(id, [])[:limite] for id, limite in claves]

    async def _metricas(self, ids: list[int]) -> list[Metricas]:
        hasta = self._reloj.ahora()
        desde = hasta - metricas.VENTANA
        medidas = await self.consultar(lambda bd: metricas.medir(bd, ids, desde, hasta))
        return [medidas[id] for id in ids]
