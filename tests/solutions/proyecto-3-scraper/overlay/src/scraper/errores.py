"""Los errores que el programa sabe explicar, cada uno con su código de salida.

Lánzalos donde descubras el problema; «cli.main» los convierte en un mensaje. Roadmap
1.2: https://docs.python.org/3/tutorial/errors.html
"""


class ErrorDeScraper(Exception):
    """La base de todos: su texto es lo que lee la persona, en una o dos líneas."""

    codigo = 1


class PaginaFallida(ErrorDeScraper):
    """Una página no se ha podido traer o leer. El rastreo sigue con las demás."""


class HayQueVolver(ErrorDeScraper):
    """R3: el servidor pide más paciencia que --espera-maxima: se acaba por ahora."""


class UsoIncorrecto(ErrorDeScraper):
    """Lo que se ha pedido no tiene sentido: no se toca nada y no se pide nada."""

    codigo = 2


class NoSePuedeEmpezar(ErrorDeScraper):
    """No hay por dónde empezar: inaccesible, prohibido o entrada rechazada."""

    codigo = 3
