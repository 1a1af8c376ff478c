"""Las cifras de un objetivo en una ventana de tiempo."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.esquemas import Metricas
from monitor.modelos import Comprobacion

VENTANA = timedelta(days=1)


def percentil(ordenadas: Sequence[float], p: int) -> float | None:
    """El menor de los valores que deja por debajo, o igual, al p % de ellos."""
    if not ordenadas:
        return None
    return ordenadas[math.ceil(len(ordenadas) * p / 100) - 1]


def resumir(
    desde: datetime, hasta: datetime, filas: Sequence[float | None]
) -> Metricas:
    """De las latencias (None, las que fueron mal), sus cifras."""
    latencias = sorted(una for una in filas if una is not None)
    total, bien = len(filas), len(latencias)
    return Metricas(
        desde=desde,
        hasta=hasta,
        comprobaciones=total,
        bien=bien,
        disponibilidad=round(bien / total, 4) if total else None,
        p50=percentil(latencias, 50),
        p95=percentil(latencias, 95),
        p99=percentil(latencias, 99),
    )


def medir(
    bd: Session, ids: Sequence[int], desde: datetime, hasta: datetime
) -> dict[int, Metricas]:
    """Las de varios objetivos, con una sola consulta."""
    consulta = select(
        Comprobacion.objetivo_id, Comprobacion.bien, Comprobacion.latencia_ms
    ).where(
        Comprobacion.objetivo_id.in_(ids),
        Comprobacion.momento >= desde,
        Comprobacion.momento < hasta,
    )
    filas: dict[int, list[float | None]] = {id: [] for id in ids}
    for id, bien, latencia in bd.execute(consulta):
        filas[id].append(latencia if bien else None)
    return {id: resumir(desde, hasta, suyas) for id, suyas in filas.items()}
