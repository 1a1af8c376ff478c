"""El enrutador: qué función atiende cada método y cada ruta."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from servidor.mensajes import Peticion, Respuesta

Manejador = Callable[[Peticion], Respuesta]


@dataclass(frozen=True)
class Coincidencia:
    """Lo que el enrutador sabe de una petición.

    Sin `manejador`, la ruta existe pero no con ese método: vale `permitidos`.
    """

    manejador: Manejador | None
    parametros: dict[str, str]
    permitidos: tuple[str, ...]


class Enrutador:
    """Las rutas de una aplicación."""

    def __init__(self) -> None:
        """Empieza sin rutas."""
        self._rutas: dict[tuple[str, str], Manejador] = {}

    def ruta(self, metodo: str, patron: str) -> Callable[[Manejador], Manejador]:
        """Decorador que registra un manejador, y devuelve la función sin cambios.

        R3: un patrón mal escrito o ya ocupado tiene que ser un ValueError aquí, al
        arrancar, y no una sorpresa cuando llegue el primer cliente.
        Roadmap 1.4: https://docs.python.org/3/glossary.html#term-decorator
        """

        def registrar(manejador: Manejador) -> Manejador:
            self._rutas[metodo, patron] = manejador
            return manejador

        return registrar

    def buscar(self, metodo: str, ruta: str) -> Coincidencia | None:
        """Quién atiende esa ruta, o None si no es de nadie.

        R1: para empezar basta con mirar si (metodo, ruta) está en el diccionario.
        R3: «/hola/{nombre}» no se compara así. Parte la ruta por «/» *antes* de
        descodificarla: en «/hola/a%2Fb», el nombre es «a/b».
        """
        raise NotImplementedError("R1 · buscar la ruta")
