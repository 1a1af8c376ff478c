# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Una librería para practicar: python tests/requisitos/practicas.py

Ábrela con tu navegador y rastréala con tu programa. Se cierra con Ctrl+C.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

if __name__ == "__main__":  # como programa, Python no sabe dónde está «requisitos»
    sys.path.insert(0, str(Path(__file__).parents[1]))

from requisitos.sitio_web import (  # noqa: E402
    Peticion,
    Respuesta,
    enlace,
    libro,
    pagina,
)
from requisitos.socios import SitioConSocios  # noqa: E402

PUERTO = 8000
USUARIO, CLAVE = "ana@example.org", "secreto"


class Practicas(SitioConSocios):
    """Tres páginas de catálogo, dos de socios y un robots.txt."""

    def __init__(self, puerto: int = PUERTO) -> None:
        """Ya escucha al volver."""
        super().__init__(socios=2, usuario=USUARIO, clave=CLAVE, puerto=puerto)
        self.paginas = {
            "/robots.txt": Respuesta(
                b"User-agent: *\nDisallow: /almacen/\n", tipo="text/plain"
            ),
            "/libros/": pagina(
                libro("L-1", "La casa de los espíritus", "18,50 €"),
                libro("L-2", "Rayuela", "1.012,50 €"),
                enlace("?pagina=2", "Siguiente"),
            ),
            "/libros/?pagina=2": Respuesta(
                pagina(
                    libro("L-3", "El señor Presidente", "Consultar"),
                    enlace("?pagina=3", "Siguiente"),
                ).encode("latin-1"),
                tipo="text/html; charset=iso-8859-1",
            ),
            "/libros/?pagina=3": pagina(
                "<article class=libro data-codigo=L-4><h2 class=titulo>Pedro Páramo"
                "<p class=precio>9,95 &euro;</article>",
                enlace("/almacen/", "Almacén"),
                enlace("/no-existe", "Enlace roto"),
            ),
            "/almacen/": pagina(libro("SECRETO", "robots.txt lo prohíbe")),
        }

    def portada(self) -> Respuesta:
        """Lo de siempre, con el catálogo."""
        nueva = pagina(enlace("/libros/", "Catálogo"))
        return Respuesta(nueva.encode() + super().portada().cuerpo)

    def responde(self, peticion: Peticion) -> Respuesta:
        """Cuenta por pantalla lo que le piden."""
        respuesta = super().responde(peticion)
        print(f"{peticion.metodo} {peticion.ruta} -> {respuesta.estado}", flush=True)
        return respuesta


if __name__ == "__main__":
    sitio = Practicas()
    print(f"Abierta en {sitio.url('/')} (usuario {USUARIO}, contraseña {CLAVE})")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sitio.cerrar()
