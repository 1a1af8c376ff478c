"""Lo que entra y lo que sale por la API, como modelos de Pydantic.

No son los de modelos.py: la tabla dice cómo se guarda, el esquema qué se promete. El
que entra y el que sale tampoco son el mismo: quien crea un objetivo no elige cuándo le
toca.

Por hacer (R1): ObjetivoNuevo, ObjetivoCambiado, ObjetivoPublico, Comprobacion… y una
base que rechace los campos que no existen. Por hacer (R6): un ejemplo en cada uno.
Se aprende en: 3.3 Validación y Serialización · Pydantic Models, Schema Extra
"""

from pydantic import BaseModel


class Salud(BaseModel):
    """Respuesta de GET /salud."""

    estado: str
