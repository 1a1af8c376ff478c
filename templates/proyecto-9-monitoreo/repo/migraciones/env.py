"""Lo que Alembic ejecuta antes de cada orden: con qué base y con qué modelos."""

import logging
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import monitor.modelos  # noqa: F401 - al importarlos, los modelos se apuntan en Base
from monitor.ajustes import Ajustes
from monitor.bd import Base, Instante, abrir


def escribir(tipo: str, cosa: Any, contexto: AutogenContext) -> str | Literal[False]:
    """Cómo se escribe Instante en una migración nueva (y de dónde se importa)."""
    if tipo == "type" and isinstance(cosa, Instante):
        contexto.imports.add("from monitor.bd import Instante")
        return "Instante()"
    return False


def migrar(conexion: Connection | None = None, url: str | None = None) -> None:
    """Aplica las migraciones que pide la orden, todas o ninguna."""
    context.configure(
        connection=conexion,
        url=url,
        target_metadata=Base.metadata,
        literal_binds=url is not None,
        render_item=escribir,
        # SQLite casi no sabe cambiar tablas: Alembic las copia («batch»).
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.config.cmd_opts is not None:  # desde la terminal: que se vea lo que hace
    logging.basicConfig(format="%(message)s")
    logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)

ajustes = Ajustes()
if context.is_offline_mode():
    migrar(url=ajustes.database_url)
else:
    motor = abrir(ajustes.database_url)
    with motor.connect() as conexion:
        migrar(conexion)
    motor.dispose()
