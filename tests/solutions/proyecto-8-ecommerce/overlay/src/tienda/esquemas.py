"""Lo que entra y lo que sale por la API, como modelos de Pydantic.

No son los de modelos.py: la tabla dice cómo se guarda, el esquema qué se promete.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
)

from tienda.dinero import Importe, Mostrado, positivo
from tienda.modelos import Estado, Producto, Rol, Usuario, Variante

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
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=80)]
Sku = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Precio = Annotated[Importe, AfterValidator(positivo)]
Existencias = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Cantidad = Annotated[int, Field(ge=1, le=99, strict=True)]
CantidadOCero = Annotated[int, Field(ge=0, le=99, strict=True)]
NombreDeCuenta = Annotated[str, Field(pattern=r"^[a-z0-9_-]{3,30}$")]


class Entrada(BaseModel):
    """La base de lo que entra: un campo que no existe es un error, no se ignora."""

    model_config = ConfigDict(extra="forbid")


class Cambios(Entrada):
    """La base de un PATCH: solo cuenta lo que llega, y un null que llega no vale."""

    @field_validator("*", mode="before")
    @classmethod
    def sin_null(cls, valor: object) -> object:
        """None quiere decir «no ha llegado»."""
        if valor is None:
            raise ValueError("no puede ser null")
        return valor

    def llegados(self) -> dict[str, Any]:
        """Los campos que han llegado, con su valor."""
        return {campo: getattr(self, campo) for campo in self.model_fields_set}


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
    nombre: Annotated[str, recortado(100), Limpio]
    padre: Slug | None = None


class CategoriaCambiada(Entrada):
    """Lo que se puede cambiar de una categoría; padre null la lleva arriba."""

    nombre: Annotated[str, recortado(100), Limpio] = ""
    padre: Slug | None = None

    def llegados(self) -> dict[str, str | None]:
        """Los campos que han llegado, con su valor."""
        return {campo: getattr(self, campo) for campo in self.model_fields_set}


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
    """Una variante de un producto nuevo."""

    sku: Sku
    nombre: Annotated[str, recortado(100), Limpio]
    precio: Precio
    existencias: Existencias


class VarianteCambiada(Cambios):
    """Lo que se puede cambiar de una variante."""

    nombre: Annotated[str, recortado(100), Limpio] | None = None
    precio: Precio | None = None
    existencias: Existencias | None = None


class VariantePublica(BaseModel):
    """Una variante, como se ve."""

    sku: str
    nombre: str
    precio: Mostrado
    existencias: int

    @classmethod
    def de(cls, variante: Variante) -> Self:
        """La variante de la base, tal como se enseña."""
        return cls(
            sku=variante.sku,
            nombre=variante.nombre,
            precio=variante.precio,
            existencias=variante.existencias,
        )


class ProductoNuevo(Entrada):
    """Lo que hace falta para crear un producto."""

    slug: Slug
    nombre: Annotated[str, recortado(200), Limpio]
    descripcion: Annotated[str, recortado(5000, 0), Limpio] = ""
    categoria: Slug
    variantes: Annotated[list[VarianteNueva], Field(min_length=1, max_length=50)]


class ProductoCambiado(Cambios):
    """Lo que se puede cambiar de un producto."""

    nombre: Annotated[str, recortado(200), Limpio] | None = None
    descripcion: Annotated[str, recortado(5000, 0), Limpio] | None = None
    categoria: Slug | None = None


class ProductoPublico(BaseModel):
    """Un producto, como se ve."""

    slug: str
    nombre: str
    descripcion: str
    categoria: str
    variantes: list[VariantePublica]

    @classmethod
    def de(cls, producto: Producto) -> Self:
        """El producto de la base, tal como se enseña."""
        return cls(
            slug=producto.slug,
            nombre=producto.nombre,
            descripcion=producto.descripcion,
            categoria=producto.categoria.slug,
            variantes=[VariantePublica.de(una) for una in producto.variantes],
        )


class Filtros(Entrada):
    """Lo que se puede pedir a la lista de productos."""

    limite: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=200), Limpio] | None = None
    categoria: Annotated[str, Field(max_length=80), Limpio] | None = None
    q: Annotated[str, Field(max_length=200), Limpio] | None = None
    precio_min: Importe | None = None
    precio_max: Importe | None = None


class LineaNueva(Entrada):
    """Lo que se añade a un carrito."""

    sku: Sku
    cantidad: Cantidad


class LineaCambiada(Entrada):
    """Cuántas unidades se quieren: con cero, ninguna."""

    cantidad: CantidadOCero


class Fusion(Entrada):
    """El carrito sin cuenta que pasa a ser de quien manda el token."""

    carrito: Annotated[str, Field(max_length=200), Limpio]


class LineaPublica(BaseModel):
    """Una línea de un carrito o de un pedido."""

    sku: str
    producto: str
    nombre: str
    variante: str
    precio: Mostrado
    cantidad: int
    importe: Mostrado
    iva: Mostrado


class Cuenta(BaseModel):
    """Unas líneas y lo que suman."""

    lineas: list[LineaPublica]
    subtotal: Mostrado
    iva: Mostrado
    total: Mostrado


class CarritoPublico(Cuenta):
    """Un carrito, con los precios de ahora."""

    id: str
    caduca: datetime


class Compra(Entrada):
    """El total que vio quien compra."""

    total: Importe


class EstadoNuevo(Entrada):
    """A dónde pasa un pedido."""

    estado: Estado


class PedidoPublico(Cuenta):
    """Un pedido, con los precios que se pagaron."""

    id: str
    estado: Estado
    creado: datetime


class Pago(BaseModel):
    """Lo que necesita el navegador para pagar."""

    payment_intent: str
    client_secret: str
