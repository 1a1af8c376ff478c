"""Lo que entra y lo que sale por la API, como modelos de Pydantic.

No son los de modelos.py: la tabla dice cómo se guarda, el esquema qué se promete.

Por hacer: los de categorías, productos y variantes (R1), carritos (R2) y pedidos (R3).
El dinero entra y sale como texto ("19.99"): en un número de JSON, 0.1 + 0.2 no es 0.3.
Se aprende en: 3.3 Validación y Serialización · Pydantic Models, Field Validation
"""

from typing import Annotated, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
)

from tienda.modelos import Rol, Usuario

T = TypeVar("T")


def sin_nulos(texto: str) -> str:
    """PostgreSQL no sabe guardar el carácter nulo."""
    if "\x00" in texto:
        raise ValueError("no puede llevar el carácter nulo")
    return texto


def recortado(maximo: int, minimo: int = 1) -> StringConstraints:
    """Texto sin espacios alrededor, con algo dentro y que no pasa de ese largo."""
    return StringConstraints(
        strip_whitespace=True, min_length=minimo, max_length=maximo
    )


Limpio = AfterValidator(sin_nulos)
NombreDeCuenta = Annotated[str, Field(pattern=r"^[a-z0-9_-]{3,30}$")]


class Entrada(BaseModel):
    """La base de lo que entra: un campo que no existe es un error, no se ignora."""

    model_config = ConfigDict(extra="forbid")


class Pagina(BaseModel, Generic[T]):
    """Una página de una lista."""

    datos: list[T]
    total: int
    siguiente: str | None


class Salud(BaseModel):
    """Respuesta de GET /salud."""

    estado: str


class UsuarioNuevo(Entrada):
    """Lo que hace falta para crear una cuenta."""

    nombre: NombreDeCuenta
    password: SecretStr

    @field_validator("password")
    @classmethod
    def largo(cls, clave: SecretStr) -> SecretStr:
        """Ni corta, ni tan larga que cifrarla sea un ataque."""
        if not 8 <= len(clave.get_secret_value()) <= 128:
            raise ValueError("tiene que tener entre 8 y 128 caracteres")
        return clave


class UsuarioPublico(BaseModel):
    """Una cuenta, como se ve."""

    nombre: str
    rol: Rol

    @classmethod
    def de(cls, usuario: Usuario) -> Self:
        """El usuario de la base, tal como se enseña: sin su contraseña."""
        return cls(nombre=usuario.nombre, rol=Rol(usuario.rol))


class TokenDado(BaseModel):
    """Lo que se recibe al entrar (RFC 6749)."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - es el nombre de un tipo
    expires_in: int
