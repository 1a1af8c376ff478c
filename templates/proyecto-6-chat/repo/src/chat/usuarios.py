"""Cuentas, claves y sesiones."""

from __future__ import annotations

from chat.ajustes import Ajustes
from chat.almacen import Almacen


def resumir(clave: str, coste: int) -> str:
    """Resume una clave para guardarla, con la forma que dice README.md.

    R4: hashlib.scrypt, con una sal nueva cada vez (secrets.token_bytes). Es lento a
    propósito: ¿qué hacen los demás clientes mientras se calcula? (asyncio.to_thread)
    https://docs.python.org/3/library/hashlib.html#hashlib.scrypt
    """
    raise NotImplementedError("R4 · resumir una clave")


def comprobar(clave: str, guardada: str) -> bool:
    """Si la clave es la que se guardó.

    R4: los parámetros y la sal están en lo guardado. Dos secretos no se comparan con
    «==»: https://docs.python.org/3/library/hmac.html#hmac.compare_digest
    """
    raise NotImplementedError("R4 · comprobar una clave")


class Usuarios:
    """Registra cuentas y abre, reanuda y cierra sesiones."""

    def __init__(self, almacen: Almacen, ajustes: Ajustes) -> None:
        """Sin efectos."""
        self._almacen = almacen
        self._ajustes = ajustes

    async def registrar(self, nombre: str, clave: str) -> None:
        """Crea una cuenta.

        R4: de dos que piden a la vez el mismo nombre, lo consigue uno. Mirar si existe
        y después guardarlo son dos pasos, y entre los dos cabe otro cliente. ¿Quién
        puede hacerlo en uno?
        """
        raise NotImplementedError("R4 · registrar una cuenta")

    # R4: faltan iniciar, reanudar y cerrar sesión. Los tokens, con el módulo secrets:
    # https://docs.python.org/3/library/secrets.html
    # ¿Y si alguien prueba mil claves a la vez? Cuenta los intentos antes de calcular.
