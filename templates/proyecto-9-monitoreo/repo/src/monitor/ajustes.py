"""Los ajustes de la aplicación: lo que cambia de un sitio a otro, y los secretos."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Red = IPv4Network | IPv6Network


def con_psycopg(url: str) -> str:
    """Dice a SQLAlchemy que a PostgreSQL se llega con psycopg 3."""
    for prefijo in ("postgres://", "postgresql://"):
        if url.startswith(prefijo):
            return "postgresql+psycopg://" + url.removeprefix(prefijo)
    return url


def separados(texto: object) -> object:
    """«10.0.0.0/8, ::1» → ["10.0.0.0/8", "::1"]."""
    if isinstance(texto, str):
        return [parte.strip() for parte in texto.split(",") if parte.strip()]
    return texto


class Ajustes(BaseSettings):
    """Se leen del entorno (DATABASE_URL, REDIS_URL…) o, si existe, de un archivo .env.

    Son un objeto que se pasa, y no variables globales: así pueden convivir dos
    aplicaciones con ajustes distintos, que es lo que hacen las pruebas.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    database_url: Annotated[str, AfterValidator(con_psycopg)] = "sqlite:///monitor.db"
    redis_url: str = "redis://localhost:6379/0"
    """La cola de tareas de Celery."""
    destinos_permitidos: Annotated[
        tuple[Red, ...], NoDecode, BeforeValidator(separados)
    ] = ()
    """Redes internas que sí se pueden comprobar; sin esto, ninguna."""
    reloj: Path | None = None
    """Un archivo con la hora que hay que creer; sin él, la del ordenador."""
    ronda_segundos: float = Field(default=5, gt=0)
    """Cada cuánto pide beat una ronda."""
    reintentos: int = Field(default=2, ge=0)
    """Cuántas veces más se prueba, en la cola, una comprobación que sale mal."""
    reintento_segundos: float = Field(default=5, ge=0)
    """Lo que se espera entre un intento y otro."""
    cola_segundos: int = Field(default=60, gt=0)
    """Lo que espera la cola a que un worker acabe una tarea: luego va a otro."""
