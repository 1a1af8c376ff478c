"""Cuándo se abre y se cierra una alerta: con histéresis, y callada si se le pide."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.modelos import Alerta, Comprobacion, Objetivo


def apuntar(bd: Session, objetivo: Objetivo, comprobacion: Comprobacion) -> None:
    """Cuenta esta comprobación, y abre o cierra la alerta si toca."""
    motivo = por_que_es_mala(objetivo, comprobacion)
    if motivo:
        objetivo.malas_seguidas += 1
        objetivo.buenas_seguidas = 0
    else:
        objetivo.malas_seguidas = 0
        objetivo.buenas_seguidas += 1
    abierta = bd.scalar(select(Alerta).filter_by(objetivo_id=objetivo.id, cerrada=None))
    momento = comprobacion.momento
    if abierta is not None:
        if objetivo.buenas_seguidas >= objetivo.aciertos:
            abierta.cerrada = momento
        return
    callada = objetivo.silencio_hasta is not None and momento < objetivo.silencio_hasta
    if motivo and objetivo.malas_seguidas >= objetivo.fallos and not callada:
        bd.add(Alerta(objetivo_id=objetivo.id, motivo=motivo, abierta=momento))


def por_que_es_mala(objetivo: Objetivo, comprobacion: Comprobacion) -> str | None:
    """El motivo por el que cuenta como mala, si lo es: también si tarda demasiado."""
    if comprobacion.motivo is not None:
        return comprobacion.motivo
    tope = objetivo.latencia_maxima
    return "latencia" if tope is not None and comprobacion.latencia_ms > tope else None
