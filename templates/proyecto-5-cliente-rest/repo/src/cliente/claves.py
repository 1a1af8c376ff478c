"""La clave de la API: de dónde sale, y que no se vea en ninguna parte.

R1. Piensa en una clase pequeña que guarde la clave, que no la enseñe en su repr y que
sepa volver a leerla cuando la API conteste 401. Un campo de una dataclass se esconde
con field(repr=False).
"""

from pathlib import Path


def leer_clave(clave: str | None, archivo: Path | None) -> str:
    """La clave que toca: la dada, la del archivo dado o la del entorno.

    Raises:
        ErrorDeClave: no hay ninguna, o no puede ir en una cabecera.
    """
    raise NotImplementedError("R1 · leer la clave de la API")
