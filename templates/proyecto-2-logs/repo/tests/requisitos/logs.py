# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Logs de mentira que parecen de verdad: los mismos siempre, de una semilla fija.

Cada suceso se puede escribir en los cuatro formatos, y dice qué tiene que salir.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

MESES = ("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()
INICIO = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
RUTAS = ("/", "/posts", "/posts/42", "/carrito", "/buscar", "/api/v1/pagos", "/año")
CLIENTES = tuple(f"203.0.113.{n}" for n in range(1, 9)) + ("2001:db8::7",)
AGENTES = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "curl/8.14.1",
    'Robot "curioso" [v2] \\ prueba',
    "-",
)
PROGRAMAS = ("tienda.pagos", "tienda.web", "correo")
MENSAJES = (
    "Pedido 1042 guardado",
    "La señal llegó tarde: 3 intentos",
    "Conexión rechazada [código=7] - reintento",
    "usuario «ana» entró",
)
# La gravedad de syslog para cada nivel (RFC 5424, tabla 2).
GRAVEDAD = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}


@dataclass(frozen=True)
class Suceso:
    """Algo que pasó en un servidor. El momento tiene milisegundos y está en UTC."""

    momento: datetime
    cliente: str
    metodo: str
    ruta: str
    consulta: str
    estado: int
    duracion_ms: int
    agente: str
    nivel: str
    programa: str
    mensaje: str

    def como_combined(self, horas: int = 0) -> str:
        """Como lo escriben Apache y nginx, con la duración en segundos al final."""
        local = self.momento.astimezone(timezone(timedelta(hours=horas)))
        fecha = (
            f"{local:%d}/{MESES[local.month - 1]}/{local:%Y:%H:%M:%S} "
            f"{'-' if horas < 0 else '+'}{abs(horas):02}00"
        )
        agente = self.agente.replace("\\", "\\\\").replace('"', '\\"')
        return (
            f"{self.cliente} - - [{fecha}] "
            f'"{self.metodo} {self.ruta}{self.consulta} HTTP/1.1" {self.estado} '
            f'{self.duracion_ms * 7} "-" "{agente}" {self.duracion_ms / 1000:.3f}'
        )

    def como_json(self) -> str:
        """Como lo escribe un servicio que usa JSON."""
        return json.dumps(
            {
                "time": iso(self.momento),
                "level": self.nivel.lower(),
                "logger": self.programa,
                "msg": self.mensaje,
                "client": self.cliente,
                "method": self.metodo,
                "path": self.ruta + self.consulta,
                "status": self.estado,
                "duration_ms": self.duracion_ms,
            },
            ensure_ascii=False,
        )

    def como_syslog(self) -> str:
        """Como manda la RFC 5424, con datos estructurados."""
        return (
            f"<{16 * 8 + GRAVEDAD[self.nivel]}>1 {iso(self.momento)} {self.cliente} "
            f'{self.programa} 812 - [ej@32473 k="a\\]b"] {self.mensaje}'
        )

    def como_python(self) -> str:
        """Como lo escribe el módulo logging."""
        milesimas = self.momento.microsecond // 1000
        fecha = f"{self.momento:%Y-%m-%d %H:%M:%S},{milesimas:03}"
        return f"{fecha} {self.nivel} {self.programa}: {self.mensaje}"


def iso(momento: datetime) -> str:
    """El momento en ISO 8601, con milisegundos y Z."""
    return momento.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def sucesos(
    cuantos: int, semilla: int = 7, cada: timedelta = timedelta(seconds=7)
) -> Iterator[Suceso]:
    """Sucesos seguidos en el tiempo, desde INICIO."""
    azar = random.Random(semilla)
    for numero in range(cuantos):
        estado = azar.choices([200, 201, 304, 404, 500, 503], [60, 9, 9, 12, 6, 4])[0]
        yield Suceso(
            momento=INICIO
            + numero * cada
            + timedelta(milliseconds=azar.randrange(1000)),
            cliente=azar.choice(CLIENTES),
            metodo=azar.choice(["GET", "GET", "POST"]),
            ruta=azar.choice(RUTAS),
            consulta=azar.choice(["", "", f"?p={azar.randrange(99)}"]),
            estado=estado,
            duracion_ms=int(azar.lognormvariate(3, 1)) + 1,
            agente=azar.choice(AGENTES),
            nivel=azar.choice(list(GRAVEDAD)),
            programa=azar.choice(PROGRAMAS),
            mensaje=azar.choice(MENSAJES),
        )
