"""Las cuentas (R2) y sus roles (R3)."""

from fastapi import APIRouter, status

from blog.errores import PorHacer

rutas = APIRouter(prefix="/usuarios", tags=["usuarios"])


@rutas.post("", status_code=status.HTTP_201_CREATED, summary="Crear una cuenta")
def registrar() -> None:
    """R2: con la contraseña guardada como hash de argon2. R3: nace con rol lector.

    Se aprende en: 3.4 Seguridad y Autenticación · OAuth2
    """
    raise PorHacer("R2", "crear una cuenta")


@rutas.get("/yo", summary="Mi cuenta")
def ver_mi_cuenta() -> None:
    """R2: de quién es el token que llega; sin uno bueno, 401.

    Se aprende en: 3.4 Seguridad y Autenticación · Security Intro
    """
    raise PorHacer("R2", "ver la cuenta propia")


# Por hacer: PATCH /usuarios/yo (R2) y PATCH /usuarios/{nombre} (R3).
