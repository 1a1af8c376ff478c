"""Los errores que el programa sabe explicar a quien lo usa."""


class ErrorDeTareas(Exception):
    """Algo que no se puede hacer, con un mensaje para la persona, no para el programa.

    Lánzalo donde descubras el problema; «cli.main» lo convierte en un mensaje y en el
    código de salida 1. Roadmap 1.2: https://docs.python.org/3/tutorial/errors.html
    """
