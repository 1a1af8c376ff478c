"""La cola de tareas: Celery, con Redis en medio.

    uv run celery -A monitor.cola worker -l INFO
    uv run celery -A monitor.cola beat -l INFO

Una cola entrega cada cosa al menos una vez, y a veces dos. Aquí no se nota: cada
comprobación lleva su turno, y un turno se guarda una sola vez.
"""

from datetime import datetime
from functools import cache
from typing import Any

from celery import Celery

from monitor.ajustes import Ajustes
from monitor.bd import abrir
from monitor.reloj import Reloj
from monitor.vigilancia import NoExiste, Ocupado, Vigilante

ESPERA = 0.3
"""Segundos hasta volver a mirar si quien lo tenía reservado ha acabado."""

ajustes = Ajustes()
app = Celery("monitor", broker=ajustes.redis_url)
app.conf.update(
    task_ignore_result=True,
    # Una tarea se da por hecha cuando acaba, y no cuando empieza: si el worker muere en
    # medio, la hace otro. Y nadie se guarda tareas que no está haciendo.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={
        "visibility_timeout": ajustes.cola_segundos,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    },
    broker_connection_retry_on_startup=True,
    beat_schedule={
        "ronda": {
            "task": "monitor.ronda",
            "schedule": ajustes.ronda_segundos,
            # Sin workers, que no se junten miles de rondas.
            "options": {"expires": max(ajustes.ronda_segundos, 1)},
        }
    },
)


@cache
def vigilante() -> Vigilante:
    """El de este proceso: las conexiones no se comparten entre procesos."""
    motor = abrir(ajustes.database_url)
    return Vigilante(motor, Reloj(ajustes.reloj), ajustes.destinos_permitidos)


@app.task(name="monitor.ronda")
def ronda() -> None:
    """Pone en la cola el turno de cada objetivo al que le toca."""
    vigilante().repartir(
        lambda id, turno: comprobar.apply_async((id, turno.isoformat()))
    )


@app.task(name="monitor.comprobar", bind=True, max_retries=None)
def comprobar(self: Any, id: int, turno: str, intento: int = 1) -> None:
    """Hace un turno, si no está hecho; lo que sale mal se intenta otra vez."""
    quien, momento = vigilante(), datetime.fromisoformat(turno)
    with quien.sesion() as bd:
        if quien.hecho(bd, id, momento):
            return
    try:
        encargo = quien.reservar(id)
    except NoExiste:
        return
    except Ocupado:
        # Otro lo tiene, o murió con él: su reserva caduca.
        raise self.retry(args=(id, turno, intento), countdown=ESPERA) from None
    with quien.sesion() as bd:
        hecho = quien.hecho(bd, id, momento)  # quizá lo acabó mientras se reservaba
    if hecho:
        quien.soltar(encargo)
        return
    resultado = quien.medir(encargo)
    if not resultado.bien and intento <= ajustes.reintentos:
        quien.soltar(encargo)
        raise self.retry(
            args=(id, turno, intento + 1), countdown=ajustes.reintento_segundos
        )
    quien.guardar(encargo, resultado, turno=momento, intentos=intento)
