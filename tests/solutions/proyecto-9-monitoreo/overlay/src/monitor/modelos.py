"""Las tablas, como clases de SQLAlchemy 2."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from monitor.bd import Base, Instante


class Objetivo(Base):
    """Un servicio que se vigila.

    Quien lo comprueba lo reserva antes (ocupado_por, hasta ocupado_hasta): así no lo
    hacen dos a la vez, y la reserva de quien muere caduca sola.
    """

    __tablename__ = "objetivos"

    id: Mapped[int] = mapped_column(primary_key=True)
    nombre: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(2000))
    creado: Mapped[datetime] = mapped_column(Instante)
    intervalo: Mapped[int]
    timeout: Mapped[float]
    activo: Mapped[bool]
    siguiente: Mapped[datetime] = mapped_column(Instante, index=True)
    fallos: Mapped[int]
    aciertos: Mapped[int]
    latencia_maxima: Mapped[float | None]
    silencio_hasta: Mapped[datetime | None] = mapped_column(Instante)
    ocupado_por: Mapped[str | None] = mapped_column(String(100))
    ocupado_hasta: Mapped[datetime | None] = mapped_column(Instante)
    malas_seguidas: Mapped[int] = mapped_column(default=0)
    buenas_seguidas: Mapped[int] = mapped_column(default=0)
    ultima_id: Mapped[int | None]

    ultima: Mapped["Comprobacion | None"] = relationship(
        primaryjoin="foreign(Objetivo.ultima_id) == Comprobacion.id",
        lazy="joined",
        viewonly=True,
    )


class Comprobacion(Base):
    """Cómo fue una comprobación.

    Las que pide la cola llevan su turno, que solo puede tener una. Los números no se
    repiten nunca (tampoco en SQLite, tras borrar): son los de los eventos.
    """

    __tablename__ = "comprobaciones"
    __table_args__ = (
        UniqueConstraint("objetivo_id", "turno"),
        Index("ix_comprobaciones_objetivo_momento", "objetivo_id", "momento"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    objetivo_id: Mapped[int] = mapped_column(
        ForeignKey("objetivos.id", ondelete="CASCADE")
    )
    momento: Mapped[datetime] = mapped_column(Instante)
    bien: Mapped[bool]
    motivo: Mapped[str | None] = mapped_column(String(20))
    codigo: Mapped[int | None]
    latencia_ms: Mapped[float]
    intentos: Mapped[int]
    turno: Mapped[datetime | None] = mapped_column(Instante)


class Alerta(Base):
    """Un incidente: desde que se abre hasta que se cierra. Una abierta como mucho."""

    __tablename__ = "alertas"
    __table_args__ = (
        Index(
            "uq_alertas_abierta",
            "objetivo_id",
            unique=True,
            sqlite_where=text("cerrada IS NULL"),
            postgresql_where=text("cerrada IS NULL"),
        ),
        Index("ix_alertas_objetivo_id", "objetivo_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    objetivo_id: Mapped[int] = mapped_column(
        ForeignKey("objetivos.id", ondelete="CASCADE")
    )
    motivo: Mapped[str] = mapped_column(String(20))
    abierta: Mapped[datetime] = mapped_column(Instante)
    cerrada: Mapped[datetime | None] = mapped_column(Instante)
