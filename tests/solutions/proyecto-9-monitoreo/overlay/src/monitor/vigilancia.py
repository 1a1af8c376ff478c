"""Quién comprueba qué y cuándo: ni dos a la vez, ni nada guardado dos veces."""

import asyncio
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, or_, select, text, update
from sqlalchemy.orm import Session

from monitor import alertas
from monitor.ajustes import Red
from monitor.comprobador import Resultado, comprobar
from monitor.modelos import Comprobacion, Objetivo
from monitor.reloj import Reloj

MARGEN = timedelta(seconds=1)
"""Lo que dura una reserva, además de lo que puede durar la comprobación."""
VARIACION = 0.1
A_LA_VEZ = 50
POR_RONDA = 500


class NoExiste(Exception):
    """No hay tal objetivo (o ya no)."""


class Ocupado(Exception):
    """Otro lo está comprobando ahora mismo."""


@dataclass(frozen=True)
class Encargo:
    """Una comprobación que ya es de alguien: mientras dure, nadie más la hace."""

    id: int
    url: str
    timeout: float
    momento: datetime
    quien: str


def despues_de(momento: datetime, intervalo: int) -> datetime:
    """Cuándo le vuelve a tocar: un poco al azar, para que no vayan todos juntos."""
    al_azar = random.uniform(1 - VARIACION, 1 + VARIACION)  # noqa: S311
    return momento + timedelta(seconds=intervalo * al_azar)


class Vigilante:
    """Comprueba objetivos. Lo usan la web y los workers, a la vez."""

    def __init__(self, motor: Engine, reloj: Reloj, redes: Sequence[Red]) -> None:
        """Sin efectos."""
        self._motor, self._reloj, self._redes = motor, reloj, redes

    def sesion(self) -> Session:
        """Una sesión corta: nunca se espera a la red con una abierta."""
        return Session(self._motor, expire_on_commit=False)

    def ahora_mismo(self, id: int) -> Comprobacion:
        """Comprueba uno, le toque o no. Puede dar NoExiste y Ocupado."""
        encargo = self.reservar(id)
        resultado = self.medir(encargo)
        guardada = self.guardar(encargo, resultado)
        if guardada is None:
            raise NoExiste
        return guardada

    def ronda(self) -> list[int]:
        """Comprueba a la vez a todos los que les toca, y dice quiénes eran."""
        return asyncio.run(self._ronda())

    async def _ronda(self) -> list[int]:
        turno = asyncio.Semaphore(A_LA_VEZ)

        async def uno(id: int) -> int | None:
            async with turno:
                encargo = await asyncio.to_thread(self.reservar_si_toca, id)
                if encargo is None:
                    return None
                resultado = await comprobar(encargo.url, encargo.timeout, self._redes)
                await asyncio.to_thread(self.guardar, encargo, resultado)
                return id

        with self.sesion() as bd:
            tocan = [id for id, _ in self._a_quien_toca(bd)]
        hechos = await asyncio.gather(*map(uno, tocan))
        return [id for id in hechos if id is not None]

    def _a_quien_toca(self, bd: Session) -> list[tuple[int, datetime]]:
        consulta = (
            select(Objetivo.id, Objetivo.siguiente)
            .where(Objetivo.activo, Objetivo.siguiente <= self._reloj.ahora())
            .order_by(Objetivo.siguiente, Objetivo.id)
            .limit(POR_RONDA)
        )
        return [(id, siguiente) for id, siguiente in bd.execute(consulta)]

    def repartir(self, encargar: Callable[[int, datetime], object]) -> None:
        """Encarga el turno de cada uno al que le toca.

        Primero se encarga y luego se confirma: si algo falla en medio, el turno queda
        pendiente y se encarga otra vez. Repetido no hace daño; perdido, sí.
        """
        with self.sesion() as bd:
            tocan = self._a_quien_toca(bd)
        for id, turno in tocan:
            with self.sesion() as bd:
                if self._pasar_turno(bd, id, turno):
                    encargar(id, turno)
                    bd.commit()

    def _pasar_turno(self, bd: Session, id: int, turno: datetime) -> bool:
        """Deja para más adelante al que le tocaba; False si otro lo ha hecho antes."""
        intervalo = bd.scalar(select(Objetivo.intervalo).filter_by(id=id))
        if intervalo is None:
            return False
        siguiente = despues_de(self._reloj.ahora(), intervalo)
        cambio = (
            update(Objetivo)
            .where(Objetivo.id == id, Objetivo.siguiente == turno, Objetivo.activo)
            .values(siguiente=siguiente)
        )
        return bool(bd.execute(cambio).rowcount)  # type: ignore[attr-defined]

    def reservar_si_toca(self, id: int) -> Encargo | None:
        """Reserva uno de la ronda; None si no le toca o si otro está con él."""
        with self.sesion() as bd:
            siguiente = bd.scalar(select(Objetivo.siguiente).filter_by(id=id))
            if siguiente is None or siguiente > self._reloj.ahora():
                return None
            if not self._pasar_turno(bd, id, siguiente):
                return None
            try:
                encargo = self._reservar(bd, id)
            except (NoExiste, Ocupado):
                return None  # sin confirmar: le sigue tocando
            bd.commit()
            return encargo

    def reservar(self, id: int) -> Encargo:
        """Reserva un objetivo. Puede dar NoExiste y Ocupado."""
        with self.sesion() as bd:
            encargo = self._reservar(bd, id)
            bd.commit()
            return encargo

    def _reservar(self, bd: Session, id: int) -> Encargo:
        objetivo = bd.get(Objetivo, id)
        if objetivo is None:
            raise NoExiste
        # Las reservas caducan según el ordenador: quien muere, muere de verdad.
        real = datetime.now(UTC)
        quien = secrets.token_hex(16)
        hasta = real + timedelta(seconds=objetivo.timeout) + MARGEN
        libre = or_(Objetivo.ocupado_hasta.is_(None), Objetivo.ocupado_hasta < real)
        cambio = (
            update(Objetivo)
            .where(Objetivo.id == id, libre)
            .values(ocupado_por=quien, ocupado_hasta=hasta)
        )
        if not bd.execute(cambio).rowcount:  # type: ignore[attr-defined]
            raise Ocupado
        momento = self._reloj.ahora()
        return Encargo(id, objetivo.url, objetivo.timeout, momento, quien)

    def medir(self, encargo: Encargo) -> Resultado:
        """Llama al servicio, sin tocar la base de datos."""
        return asyncio.run(comprobar(encargo.url, encargo.timeout, self._redes))

    def soltar(self, encargo: Encargo) -> None:
        """Deja una reserva sin guardar nada."""
        with self.sesion() as bd:
            self._soltar(bd, encargo)
            bd.commit()

    def _soltar(self, bd: Session, encargo: Encargo) -> bool:
        """Quita la reserva; False si ya no era suya (caducó, o borraron el objetivo).

        Es también lo que ordena a los que guardan: desde aquí, la fila está cogida.
        """
        cambio = (
            update(Objetivo)
            .where(Objetivo.id == encargo.id, Objetivo.ocupado_por == encargo.quien)
            .values(ocupado_por=None, ocupado_hasta=None)
        )
        return bool(bd.execute(cambio).rowcount)  # type: ignore[attr-defined]

    def guardar(
        self,
        encargo: Encargo,
        resultado: Resultado,
        *,
        turno: datetime | None = None,
        intentos: int = 1,
    ) -> Comprobacion | None:
        """Guarda cómo fue y lo que eso cambie en las alertas, todo o nada.

        Da None si el encargo ya no era suyo, o si el turno ya estaba hecho.
        """
        with self.sesion() as bd:
            if not self._soltar(bd, encargo):
                return None
            if turno is not None and self.hecho(bd, encargo.id, turno):
                bd.commit()
                return None
            comprobacion = Comprobacion(
                objetivo_id=encargo.id,
                momento=encargo.momento,
                bien=resultado.bien,
                motivo=resultado.motivo,
                codigo=resultado.codigo,
                latencia_ms=resultado.latencia_ms,
                intentos=intentos,
                turno=turno,
            )
            if bd.get_bind().dialect.name == "postgresql":
                # Que los números se vean en su orden: quien sigue los eventos pide
                # los que van detrás del último que vio.
                bd.execute(text("SELECT pg_advisory_xact_lock(9)"))
            bd.add(comprobacion)
            objetivo = bd.get_one(Objetivo, encargo.id, populate_existing=True)
            bd.flush()
            objetivo.ultima_id = comprobacion.id
            alertas.apuntar(bd, objetivo, comprobacion)
            bd.commit()
            return comprobacion

    @staticmethod
    def hecho(bd: Session, id: int, turno: datetime) -> bool:
        """Si ese turno ya se comprobó."""
        consulta = select(Comprobacion.id).filter_by(objetivo_id=id, turno=turno)
        return bd.scalar(consulta) is not None
