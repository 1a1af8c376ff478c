"""Lo que entra y lo que sale por la API, como modelos de Pydantic.

No son los de modelos.py: la tabla dice cómo se guarda, el esquema qué se promete. El
que entra y el que sale tampoco son el mismo: quien crea un post no elige su fecha.

Por hacer (R1): PostNuevo, PostCambiado, PostPublico, Comentario… y una base que
rechace los campos que no existen.
Se aprende en: 3.3 Validación y Serialización · Pydantic Models, Field Validation
"""

from pydantic import BaseModel


class Salud(BaseModel):
    """Respuesta de GET /salud."""

    estado: str
