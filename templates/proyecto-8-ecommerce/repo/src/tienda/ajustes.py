"""Los ajustes de la aplicación: lo que cambia de un sitio a otro, y los secretos."""

import secrets
from decimal import Decimal
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

    database_url: Annotated[str, AfterValidator(con_psycopg)] = "sqlite:///tienda.db"
    secret_key: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(32)), min_length=32
    )
    """Firma los tokens. Sin este ajuste hay una clave nueva en cada arranque: vale para
    aprender, pero las sesiones no sobreviven y no puede haber dos procesos."""
    access_token_seconds: int = Field(default=3600, ge=0)
    password_memory_kib: int = Field(default=19 * 1024, ge=64)
    """La memoria que gasta cada contraseña: cuanta más, más cuesta adivinarla."""
    admin_user: str | None = None
    admin_password: SecretStr | None = None
    reloj: Path | None = None
    """Un archivo con los segundos que va adelantado el reloj. Solo para pruebas."""

    iva: Decimal = Field(default=Decimal(21), ge=0, le=100)
    """El impuesto que se suma a cada precio, en tanto por ciento."""
    cart_seconds: int = Field(default=7 * 24 * 3600, gt=0)
    """Lo que dura un carrito desde la última vez que se cambió."""
    stripe_api_key: SecretStr = SecretStr("sk_test_sin_configurar")
    stripe_api_base: str = "https://api.stripe.com"
    stripe_webhook_secret: SecretStr = SecretStr("whsec_sin_configurar")
    redis_url: str | None = None
    """Dónde está Redis. Sin él, la tienda funciona igual, pero sin caché."""
    cache_seconds: int = Field(default=60, gt=0)
    """Lo que dura algo en la caché, pase lo que pase."""
