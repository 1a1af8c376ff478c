"""R3 · Los buenos modales: robots.txt, el intervalo y «vuelve más tarde»."""

AGENTE = "scraper/0.1 (proyecto de aprendizaje)"
"""Cómo se presenta el programa en cada petición."""


class Ritmo:
    """Sabe cuándo se le puede pedir algo otra vez a cada servidor."""

    def __init__(self, intervalo: float) -> None:
        """`intervalo` son los segundos entre dos peticiones al mismo servidor."""
        self.intervalo = intervalo

    def esperar(self, servidor: str) -> None:
        """Duerme hasta que toque pedirle algo a ese servidor.

        R3: mide con time.monotonic, que no se atrasa ni se adelanta cuando alguien
        cambia la hora. Roadmap 1.3: https://docs.python.org/3/library/time.html
        """
        raise NotImplementedError("R3 · esperar el turno")


# R3: también hace falta leer robots.txt (urllib.robotparser te ayuda, si le das tú el
# texto) y entender Retry-After, que unas veces son segundos y otras una fecha
# (email.utils.parsedate_to_datetime).
