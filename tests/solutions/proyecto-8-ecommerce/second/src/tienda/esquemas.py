"""Lo que entra y lo que sale por la API, como modelos de Pydantic.

No son los de modelos.py: la tabla dice cómo se guarda, el esquema qué se promete.

El dinero entra y sale como texto ("19.99") y por dentro son céntimos enteros.
"""

import re
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    WithJsonSchema,
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


IMPORTE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")


def leer_dinero(valor: Any) -> int:
    """Los céntimos de un texto como «19.9»; un número de JSON no vale."""
    if not isinstance(valor, str) or not IMPORTE.fullmatch(valor):
        raise ValueError('tiene que ser un texto como "19.99"')
    euros, _, centimos = valor.partition(".")
    return int(euros) * 100 + int(centimos.ljust(2, "0"))


def escribir_dinero(centimos: int) -> str:
    """Los céntimos, como texto y siempre con dos decimales."""
    return f"{centimos // 100}.{centimos % 100:02d}"


def positivo(centimos: int) -> int:
    """Nada se vende gratis."""
    if centimos <= 0:
        raise ValueError("tiene que ser mayor que cero")
    return centimos


Limpio = AfterValidator(sin_nulos)
Centimos = Annotated[
    int,
    BeforeValidator(leer_dinero),
    WithJsonSchema({"type": "string", "pattern": f"^{IMPORTE.pattern}$"}),
]
Precio = Annotated[Centimos, AfterValidator(positivo)]
Slug = Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Sku = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Nombre = Annotated[str, recortado(100), Limpio]
NombreDeProducto = Annotated[str, recortado(200), Limpio]
Descripcion = Annotated[str, recortado(5000, minimo=0), Limpio]
Existencias = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
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


class CategoriaNueva(Entrada):
    """Lo que hace falta para crear una categoría."""

    slug: Slug
    nombre: Nombre
    padre: str | None = None


class CambioDeCategoria(Entrada):
    """Lo que se puede cambiar de una categoría; solo cuenta lo que llega."""

    nombre: Nombre = ""
    padre: str | None = None


class CategoriaPublica(BaseModel):
    """Una categoría, como se ve."""

    slug: str
    nombre: str
    padre: str | None


class Rama(BaseModel):
    """Una categoría con las que cuelgan de ella."""

    slug: str
    nombre: str
    hijas: list["Rama"]


class VarianteNueva(Entrada):
    """Una de las formas en que se vende un producto."""

    sku: Sku
    nombre: Nombre
    precio: Precio
    existencias: Existencias


class ProductoNuevo(Entrada):
    """Lo que hace falta para crear un producto."""

    slug: Slug
    nombre: NombreDeProducto
    descripcion: Descripcion = ""
    categoria: str
    variantes: Annotated[list[VarianteNueva], Field(min_length=1, max_length=50)]


class CambioDeProducto(Entrada):
    """Lo que se puede cambiar de un producto."""

    nombre: NombreDeProducto = ""
    descripcion: Descripcion = ""
    categoria: str = ""


class CambioDeVariante(Entrada):
    """Lo que se puede cambiar de una variante."""

    nombre: Nombre = ""
    precio: Precio = 0
    existencias: Existencias = 0


class VariantePublica(BaseModel):
    """Una variante, como se ve."""

    sku: str
    nombre: str
    precio: str
    existencias: int


class ProductoPublico(BaseModel):
    """Un producto, como se ve."""

    slug: str
    nombre: str
    descripcion: str
    categoria: str
    variantes: list[VariantePublica]


Limite = Annotated[int, Field(ge=1, le=100)]


class Filtros(Entrada):
    """Qué productos se buscan; se cumplen todos a la vez."""

    categoria: str | None = None
    q: Annotated[str, Limpio] | None = None
    precio_min: Centimos | None = None
    precio_max: Centimos | None = None
    limite: Limite = 20
    cursor: Slug | None = None


class Trozo(Entrada):
    """Qué página de una lista se pide."""

    limite: Limite = 20
    cursor: str | None = None


class LineaNueva(Entrada):
    """Cuánto se añade al carrito, y de qué."""

    sku: str
    cantidad: Annotated[int, Field(ge=1, le=99, strict=True)]


class CambioDeLinea(Entrada):
    """Cuántas tienen que quedar en el carrito."""

    cantidad: Annotated[int, Field(ge=0, le=99, strict=True)]


class Fusion(Entrada):
    """Qué carrito sin cuenta se junta con el propio."""

    carrito: str


class Linea(BaseModel):
    """Una línea de un carrito o de un pedido."""

    sku: str
    producto: str
    nombre: str
    variante: str
    precio: str
    cantidad: int
    importe: str
    iva: str


class Carrito(BaseModel):
    """Un carrito, con los precios de ahora."""

    id: str
    lineas: list[Linea]
    subtotal: str
    iva: str
    total: str
    caduca: str


class Compra(Entrada):
    """Lo que cree quien compra que va a pagar."""

    total: Centimos


class PedidoPublico(BaseModel):
    """Un pedido, como se ve."""

    id: str
    estado: str
    lineas: list[Linea]
    subtotal: str
    iva: str
    total: str
    creado: str


class Pago(BaseModel):
    """Lo que necesita el navegador para pagar con Stripe."""

    payment_intent: str
    client_secret: str


class Saludo(Entrada):
    """Lo primero que se dice por /avisos."""

    token: str
    desde: Annotated[int, Field(ge=0, strict=True)] = -1
