"""Retry-After y robots.txt, sin esperar a nadie."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from scraper.ritmo import Ritmo, Robots, segundos_de_retry_after


@pytest.mark.parametrize(
    "valor", [None, "", "pronto", "-1", "1e9", "nan", "²", "Thu, 99 Foo 9999 99:99 GMT"]
)
def test_retry_after_que_no_se_entiende(valor: str | None) -> None:
    """Es como si no estuviera."""
    assert segundos_de_retry_after(valor) is None


def test_retry_after_en_segundos_y_como_fecha() -> None:
    """Las dos formas que admite HTTP; una fecha pasada son cero segundos."""
    ahora = datetime.now(UTC)
    futuro = format_datetime(ahora + timedelta(minutes=5), usegmt=True)
    pasado = format_datetime(ahora - timedelta(minutes=5), usegmt=True)
    assert segundos_de_retry_after(" 120 ") == 120
    assert 295 < (segundos_de_retry_after(futuro) or 0) <= 300
    assert segundos_de_retry_after(pasado) == 0


def test_robots() -> None:
    """Manda el grupo que nos nombra; lo que no se entiende no cuenta."""
    robots = Robots(
        "basura\nUser-agent: scraper\nDisallow: /no/\nCrawl-delay: 3\n\n"
        "User-agent: *\nDisallow: /\nCrawl-delay: mucho\n"
    )
    assert robots.permite("http://ejemplo.test/si/")
    assert not robots.permite("http://ejemplo.test/no/1")
    assert robots.pausa() == 3
    assert Robots("User-agent: *\nCrawl-delay: mucho\n").pausa() == 0


def test_el_intervalo_es_de_cada_servidor() -> None:
    """Aplazar uno no retrasa a otro."""
    ritmo = Ritmo(0.05)
    ritmo.aplazar("lento", 3600)
    ritmo.esperar("rapido")
    antes = time.monotonic()
    ritmo.esperar("rapido")
    assert time.monotonic() - antes >= 0.04
