"""Cuentas, claves y sesiones."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
import weakref
from base64 import b64decode, b64encode
from collections import deque
from datetime import UTC, datetime
from typing import Any

from chat.ajustes import Ajustes
from chat.almacen import Almacen
from chat.cliente import Cliente
from chat.protocolo import ErrorDeChat

BLOQUE = 8  # la r de scrypt
VUELTAS = 5  # la p: con N = 2**14 es lo que recomienda OWASP


def resumir(clave: str, coste: int) -> str:
    """Resume una clave con sal nueva: «scrypt$N$r$p$sal$resumen»."""
    sal = secrets.token_bytes(16)
    resumen = _scrypt(clave, sal, coste, BLOQUE, VUELTAS)
    partes = ["scrypt", coste, BLOQUE, VUELTAS, _base64(sal), _base64(resumen)]
    return "$".join(map(str, partes))


def comprobar(clave: str, guardada: str) -> bool:
    """Si la clave es la que se guardó, con los parámetros de entonces."""
    _, coste, bloque, vueltas, sal, resumen = guardada.split("$")
    calculado = _scrypt(clave, b64decode(sal), int(coste), int(bloque), int(vueltas))
    return hmac.compare_digest(calculado, b64decode(resumen))


def _scrypt(clave: str, sal: bytes, coste: int, bloque: int, vueltas: int) -> bytes:
    # OpenSSL no pasa de 32 MB si no se le dice otra cosa.
    memoria = 128 * bloque * (coste + vueltas + 2) + 2**20
    return hashlib.scrypt(
        clave.encode(), salt=sal, n=coste, r=bloque, p=vueltas, maxmem=memoria
    )


def _base64(datos: bytes) -> str:
    return b64encode(datos).decode("ascii")


class Freno:
    """Cuenta los fallos recientes de cada nombre."""

    def __init__(self, intentos: int, ventana: float) -> None:
        """`intentos` fallos en `ventana` segundos, y a esperar."""
        self._intentos = intentos
        self._ventana = ventana
        self._fallos: dict[str, deque[float]] = {}

    def apuntar(self, nombre: str) -> None:
        """Cuenta un intento antes de saber si acierta, para que mil a la vez no cuelen.

        Lanza ErrorDeChat, sin contarlo, si ya ha gastado los suyos.
        """
        ahora = time.monotonic()
        self._limpiar(ahora)
        fallos = self._fallos.setdefault(nombre, deque())
        if len(fallos) >= self._intentos:
            raise ErrorDeChat(
                "demasiados_intentos",
                "Demasiados intentos con ese nombre: espera un poco.",
                esperar=round(fallos[0] + self._ventana - ahora, 3),
            )
        fallos.append(ahora)

    def perdonar(self, nombre: str) -> None:
        """Olvida los fallos: ha acertado."""
        self._fallos.pop(nombre, None)

    def _limpiar(self, ahora: float) -> None:
        for nombre, fallos in list(self._fallos.items()):
            while fallos and fallos[0] + self._ventana <= ahora:
                fallos.popleft()
            if not fallos:
                del self._fallos[nombre]


class Usuarios:
    """Registra cuentas y abre, reanuda y cierra sesiones."""

    def __init__(self, almacen: Almacen, ajustes: Ajustes) -> None:
        """Sin efectos."""
        self._almacen = almacen
        self._coste = ajustes.coste
        self._vida = ajustes.vida_token
        self._freno = Freno(ajustes.intentos, ajustes.ventana)
        self._identificados: weakref.WeakSet[Cliente] = weakref.WeakSet()
        # Con un nombre que no existe se trabaja lo mismo: el tiempo no lo delata.
        nada = _base64(bytes(64))
        self._de_mentira = f"scrypt${self._coste}${BLOQUE}${VUELTAS}${nada}${nada}"

    async def registrar(self, nombre: str, clave: str) -> None:
        """Crea la cuenta. De dos a la vez, la base de datos elige a una."""
        resumen = await asyncio.to_thread(resumir, clave, self._coste)
        if not await self._almacen.crear_usuario(nombre, resumen):
            raise ErrorDeChat("nombre_ocupado", f"El nombre «{nombre}» ya tiene dueño.")

    async def iniciar_sesion(
        self, cliente: Cliente, nombre: str, clave: str
    ) -> dict[str, Any]:
        """Comprueba la clave y da un token nuevo."""
        self._freno.apuntar(nombre)
        guardada = await self._almacen.clave_de(nombre)
        acierta = await asyncio.to_thread(
            comprobar, clave, guardada or self._de_mentira
        )
        if guardada is None or not acierta:
            raise ErrorDeChat(
                "credenciales_invalidas", "El nombre o la clave no son correctos."
            )
        self._freno.perdonar(nombre)
        token = secrets.token_urlsafe(32)
        expira = time.time() + self._vida
        await self._almacen.abrir_sesion(_resumen_de_token(token), nombre, expira)
        self._identificar(cliente, nombre, token, expira)
        return {"nombre": nombre, "token": token, "expira": _en_iso(expira)}

    async def reanudar_sesion(self, cliente: Cliente, token: object) -> dict[str, Any]:
        """Identifica la conexión con un token que ya se dio. No alarga su vida."""
        if not isinstance(token, str):
            raise ErrorDeChat("datos_invalidos", "«token» tiene que ser un texto.")
        sesion = await self._almacen.sesion(_resumen_de_token(token))
        if sesion is None or sesion[1] <= time.time():
            raise ErrorDeChat("token_invalido", "Ese token no vale, o ha caducado.")
        nombre, expira = sesion
        self._identificar(cliente, nombre, token, expira)
        return {"nombre": nombre, "expira": _en_iso(expira)}

    def _identificar(
        self, cliente: Cliente, nombre: str, token: str, expira: float
    ) -> None:
        cliente.identificar(nombre, token, expira)
        self._identificados.add(cliente)

    async def cerrar_sesion(self, cliente: Cliente) -> None:
        """Anula el token de esta conexión: quien lo use vuelve a ser un invitado."""
        if cliente.token is None or not cliente.registrado:
            raise ErrorDeChat("no_autenticado", "No tienes ninguna sesión abierta.")
        token = cliente.token
        for uno in [c for c in self._identificados if c.token == token]:
            uno.olvidar_sesion()
        await self._almacen.cerrar_sesiones(_resumen_de_token(token), time.time())


def _resumen_de_token(token: str) -> bytes:
    # Un token ya es aleatorio: le basta un resumen rápido y sin sal.
    return hashlib.sha256(token.encode()).digest()


def _en_iso(momento: float) -> str:
    return datetime.fromtimestamp(momento, UTC).isoformat()
