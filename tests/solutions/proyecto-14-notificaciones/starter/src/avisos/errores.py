"""Cómo se dicen los errores: siempre con la misma forma.

Por hacer (R1): manejadores de excepciones que conviertan en application/problem+json
(RFC 9457, tal como dice el contrato) los errores de tus rutas, los de validación de
FastAPI (RequestValidationError), los 404 y 405 que nadie ha escrito, y los de Redis
(RedisError), que son 503. Se registran en crear_app().
Se aprende en: https://fastapi.tiangolo.com/tutorial/handling-errors/
"""

from fastapi import HTTPException, status


class PorHacerError(HTTPException):
    """Lo que contesta una ruta que todavía no está hecha.

    Cuando ninguna la use, borra esta clase: será una buena señal.
    """

    def __init__(self, requisito: str, que: str) -> None:
        """Con el requisito al que pertenece («R1») y qué falta."""
        detalle = f"Todavía no está hecho: {que}. Es de {requisito}: mira REQUISITOS.md"
        super().__init__(status.HTTP_501_NOT_IMPLEMENTED, detalle)
