# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que las pruebas hacen con las cuentas: abrirlas, y mirar cómo se guardan."""

from __future__ import annotations

import hashlib
import sqlite3
from base64 import b64decode
from binascii import Error as NoEsBase64
from contextlib import closing
from pathlib import Path

from requisitos.clientes import Cliente, resumida, unico

CLAVE = "correcto caballo ñ ☕"


def cuenta(cliente: Cliente, clave: str = CLAVE) -> str:
    """Registra una cuenta nueva y da su nombre."""
    nombre = unico("ana")
    datos = cliente.exito("registrar", nombre=nombre, clave=clave)
    assert datos.get("nombre") == nombre, (
        f"Se esperaba «nombre»: {nombre}, y llegó: {datos}"
    )
    return nombre


def sesion(cliente: Cliente, nombre: str, clave: str = CLAVE) -> str:
    """Inicia una sesión y da su token."""
    datos = cliente.exito("iniciar_sesion", nombre=nombre, clave=clave)
    token = datos.get("token")
    assert isinstance(token, str) and len(token) >= 20, (
        f"Se esperaba un «token» de 20 caracteres o más, y llegó: {datos}"
    )
    return token


def quien(cliente: Cliente) -> tuple[object, object]:
    """El nombre con el que habla una conexión, y si es de una cuenta."""
    datos = cliente.exito("yo")
    return datos.get("nombre"), datos.get("registrado")


def claves_guardadas(base: Path) -> dict[str, str]:
    """Lo que hay en la tabla «usuarios», por nombre."""
    with closing(sqlite3.connect(base)) as conexion:
        try:
            filas = conexion.execute("SELECT nombre, clave FROM usuarios").fetchall()
        except sqlite3.Error as error:
            raise AssertionError(
                "Se esperaba una tabla «usuarios» con «nombre» y «clave», y SQLite "
                f"dice: {error}"
            ) from error
    return dict(filas)


def comprobar_scrypt(guardada: object, clave: str) -> tuple[int, bytes]:
    """Comprueba que es el scrypt de esa clave, y da su N y su sal."""
    forma = "scrypt$N$r$p$sal$resumen, con la sal y el resumen en base64"
    try:
        algoritmo, n, r, p, sal64, resumen64 = str(guardada).split("$")
        sal = b64decode(sal64, validate=True)
        resumen = b64decode(resumen64, validate=True)
        numeros = int(n), int(r), int(p)
    except (ValueError, NoEsBase64) as error:
        raise AssertionError(
            f"Se esperaba en «clave» {forma}, y hay: {resumida(guardada)}"
        ) from error
    assert algoritmo == "scrypt" and numeros[1:] == (8, 5), (
        f"Se esperaba {forma}, con r = 8 y p = 5, y hay: {resumida(guardada)}"
    )
    assert len(sal) >= 16, f"Se esperaba una sal de 16 bytes o más, y tiene {len(sal)}"
    assert len(resumen) >= 32, f"Se esperaba un resumen de 32 bytes: {len(resumen)}"
    calculado = hashlib.scrypt(
        clave.encode(),
        salt=sal,
        n=numeros[0],
        r=numeros[1],
        p=numeros[2],
        maxmem=2**28,
        dklen=len(resumen),
    )
    assert calculado == resumen, (
        "El resumen guardado no es el scrypt de la clave con esos parámetros"
    )
    return numeros[0], sal
