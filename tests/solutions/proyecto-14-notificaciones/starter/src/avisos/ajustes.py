"""Los ajustes del servicio: lo que cambia de un sitio a otro, y los secretos."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Ajustes(BaseSettings):
    """Se leen del entorno (REDIS_URL, SMTP_URL…) o, si existe, de un archivo .env.

    Son un objeto que se pasa, y no variables globales: así pueden convivir dos
    aplicaciones con ajustes distintos, que es lo que hacen las pruebas.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    redis_url: str = "redis://localhost:6379/0"
    clock_key: str = ""
    """La clave de Redis que, si existe, dice qué hora es. Solo para las pruebas."""

    smtp_url: str = "smtp://localhost:1025"
    mail_from: str = "avisos@example.com"
    sms_url: str = "http://localhost:9001"
    sms_key: SecretStr = SecretStr("clave-de-sms")
    push_url: str = "http://localhost:9002"
    push_key: SecretStr = SecretStr("clave-de-push")
    provider_timeout_seconds: float = Field(default=10, gt=0)

    max_attempts: int = Field(default=4, ge=1)
    """Cuántas veces se intenta por cada canal."""
    retry_seconds: float = Field(default=2, gt=0)
    """Lo que se espera tras el primer fallo; cada vez, el doble."""
    lease_seconds: float = Field(default=60, gt=0)
    """Cuándo vuelve a la cola lo que tenía un trabajador que no ha vuelto."""

    rate_limit_email: int = Field(default=20, ge=1)
    rate_limit_sms: int = Field(default=5, ge=1)
    rate_limit_push: int = Field(default=60, ge=1)
    rate_window_seconds: float = Field(default=3600, gt=0)

    breaker_failures: int = Field(default=5, ge=1)
    breaker_seconds: float = Field(default=30, gt=0)

    worker_metrics_address: str = ""
    """Dónde enseña sus métricas el trabajador («127.0.0.1:9100»); vacío, en ningún
    sitio."""
