"""Cuándo vale la pena repetir una petición, y cuánto esperar antes.

R3. Separar la decisión (qué estados, qué métodos, cuántos segundos) del bucle que la
aplica hace que se pueda probar sin esperar ni un segundo.
Roadmap 2.1: https://docs.python.org/3/library/http.client.html
"""


def pausa(intento: int, espera: float, retry_after: str | None) -> float:
    """Segundos antes del siguiente intento (el primero es el 1).

    El doble cada vez, con una parte al azar, y nunca menos de lo que pida Retry-After.
    """
    raise NotImplementedError("R3 · calcular la espera")
