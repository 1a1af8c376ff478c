"""El formato de acceso de Apache y nginx: «combined», y «common», más corto."""

from __future__ import annotations

from analizador.entrada import Entrada


class Combined:
    """Líneas como `1.2.3.4 - - [01/Mar/2026:10:00:00 +0100] "GET / HTTP/1.1" 200 5`."""

    nombre = "combined"

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada que dice la línea, o None si no es de este formato.

        R1: compila el patrón una sola vez, fuera de la función, y dale nombre a cada
        parte: (?P<cliente>\\S+) se lee después como encaje["cliente"]. Hazlo crecer de
        campo en campo, probándolo con una línea de verdad. Roadmap 1.3 (módulo re):
        https://docs.python.org/3/howto/regex.html
        """
        raise NotImplementedError("R1 · entender una línea combined")
