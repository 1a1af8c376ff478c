"""Lo que entra y lo que sale por la API, como modelos de Pydantic.

Por hacer (R1 y R2): AvisoNuevo, AvisoPublico, PlantillaNueva… y una base que rechace
los campos que no existen.
"""

from pydantic import BaseModel


class Salud(BaseModel):
    """Respuesta de GET /salud."""

    estado: str
