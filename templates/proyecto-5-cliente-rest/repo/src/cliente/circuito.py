"""El cortacircuitos: deja de llamar a una API que no hace más que fallar.

R3. Tiene tres estados: cerrado (todo pasa), abierto (nada pasa) y medio abierto (pasa
una petición de prueba). Varios hilos pueden usarlo a la vez: busca threading.Lock.
Roadmap 2.3: https://docs.python.org/3/library/threading.html
"""


class Circuito:
    """Lleva la cuenta de los fallos seguidos."""

    def pedir_paso(self) -> None:
        """Deja pasar, o lanza CircuitoAbierto."""
        raise NotImplementedError("R3 · el circuito")
