"""Los ajustes de la aplicación: lo que cambia de un sitio a otro, y los secretos."""

import secrets
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def con_psycopg(url: str) -> str:
    """Dice a SQLAlchemy que a PostgreSQL se llega con psycopg 3."""
    for prefijo in ("postgres://", "postgresql://"):
        if url.startswith(prefijo):
            return "postgresql+psycopg://" + url.removeprefix(prefijo)
    return url


class Ajustes(BaseSettings):
    """Se leen del entorno (DATABASE_URL, SECRET_KEY…) o, si existe, de un archivo .env.

    Son un objeto que se pasa, y no variables globales: así pueden convivir dos
    aplicaciones con ajustes distintos, que es lo que hacen las pruebas.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    database_url: Annotated[str, AfterValidator(con_psycopg)] = "sqlite:///blog.db"
    secret_key: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(32)), min_length=32
    )
    """Firma los tokens. Sin este ajuste hay una clave nueva en cada arranque: vale para
    aprender, pero las sesiones no sobreviven y no puede haber dos procesos."""
    access_token_seconds: int = Field(default=15 * 60, ge=0)
    refresh_token_seconds: int = Field(default=14 * 24 * 3600, ge=0)
    media_dir: Path = Path("media")
    """La carpeta de las imágenes."""
    max_image_bytes: int = Field(default=2 * 1024 * 1024, gt=0)
    admin_user: str | None = None
    admin_password: SecretStr | None = None
