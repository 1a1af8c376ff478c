"""Lo que entra y lo que sale por la API, como modelos de Pydantic."""

from datetime import UTC, datetime
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

from blog.modelos import Comentario, Estado, Imagen, Post, Usuario
from blog.permisos import Rol
from blog.textos import LARGO_SLUG


def sin_nulos(texto: str) -> str:
    """PostgreSQL no sabe guardar el carácter nulo."""
    if "\x00" in texto:
        raise ValueError("no puede llevar el carácter nulo")
    return texto


def en_utc(momento: datetime) -> datetime:
    """Un instante en UTC; sin zona, se entiende que ya lo está."""
    if momento.tzinfo is None:
        return momento.replace(tzinfo=UTC)
    try:
        return momento.astimezone(UTC)
    except OverflowError:
        raise ValueError("no cabe en el calendario") from None


def recortado(maximo: int, minimo: int = 1) -> StringConstraints:
    """Texto sin espacios alrededor, con algo dentro y que no pasa de ese largo."""
    return StringConstraints(
        strip_whitespace=True, min_length=minimo, max_length=maximo
    )


Limpio = AfterValidator(sin_nulos)
Titulo = Annotated[str, recortado(200), Limpio]
Contenido = Annotated[str, recortado(50_000), Limpio]
Slug = Annotated[
    str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=LARGO_SLUG)
]
Nombre = Annotated[str, Field(pattern=r"^[a-z0-9_-]{3,30}$")]
TextoEtiqueta = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, min_length=1, max_length=30
    ),
    Limpio,
]
Momento = Annotated[datetime, AfterValidator(en_utc)]
Etiquetas = Annotated[list[TextoEtiqueta], Field(max_length=10)]


T = TypeVar("T")


class Entrada(BaseModel):
    """La base de lo que entra: un campo que no existe es un error, no se ignora."""

    model_config = ConfigDict(extra="forbid")


class Salud(BaseModel):
    """Respuesta de GET /salud."""

    estado: str


class PostNuevo(Entrada):
    """Lo que hace falta para crear un post."""

    titulo: Titulo
    contenido: Contenido
    slug: Slug | None = None
    etiquetas: Etiquetas = []
    estado: Estado = Estado.BORRADOR


class PostCambiado(Entrada):
    """Lo que se puede cambiar de un post: solo cuenta lo que llega."""

    titulo: Titulo | None = None
    contenido: Contenido | None = None
    etiquetas: Etiquetas | None = None
    estado: Estado | None = None

    @field_validator("*", mode="before")
    @classmethod
    def sin_null(cls, valor: object) -> object:
        """None quiere decir «no ha llegado»; un null que llega no vale."""
        if valor is None:
            raise ValueError("no puede ser null")
        return valor


class PostPublico(BaseModel):
    """Un post, como se ve."""

    slug: str
    titulo: str
    contenido: str
    estado: Estado
    etiquetas: list[str]
    autor: str | None
    creado: datetime
    actualizado: datetime
    publicado: datetime | None

    @classmethod
    def de(cls, post: Post) -> Self:
        """El post de la base, tal como se enseña."""
        return cls(
            slug=post.slug,
            titulo=post.titulo,
            contenido=post.contenido,
            estado=Estado(post.estado),
            etiquetas=[etiqueta.nombre for etiqueta in post.etiquetas],
            autor=post.autor.nombre if post.autor else None,
            creado=post.creado,
            actualizado=post.actualizado,
            publicado=post.publicado,
        )


class ComentarioNuevo(Entrada):
    """Un comentario que llega, nuevo o cambiado."""

    contenido: Annotated[str, recortado(2_000), Limpio]


class ComentarioPublico(BaseModel):
    """Un comentario, como se ve."""

    id: int
    contenido: str
    autor: str | None
    creado: datetime

    @classmethod
    def de(cls, comentario: Comentario) -> Self:
        """El comentario de la base, tal como se enseña."""
        return cls(
            id=comentario.id,
            contenido=comentario.contenido,
            autor=comentario.autor.nombre if comentario.autor else None,
            creado=comentario.creado,
        )


class Pagina(BaseModel, Generic[T]):
    """Una página de una lista."""

    datos: list[T]
    total: int
    siguiente: str | None


class UsuarioNuevo(Entrada):
    """Lo que hace falta para crear una cuenta."""

    nombre: Nombre
    password: SecretStr

    @field_validator("password")
    @classmethod
    def largo(cls, clave: SecretStr) -> SecretStr:
        """Ni corta, ni tan larga que cifrarla sea un ataque."""
        if not 8 <= len(clave.get_secret_value()) <= 128:
            raise ValueError("tiene que tener entre 8 y 128 caracteres")
        return clave


class UsuarioCambiado(Entrada):
    """Lo que cada cual puede cambiar de su cuenta."""

    biografia: Annotated[str, recortado(500, 0), Limpio]


class RolNuevo(Entrada):
    """El rol que un admin da a alguien."""

    rol: Rol


class UsuarioPublico(BaseModel):
    """Una cuenta, como se ve."""

    nombre: str
    rol: Rol
    biografia: str
    creado: datetime

    @classmethod
    def de(cls, usuario: Usuario) -> Self:
        """El usuario de la base, tal como se enseña: sin su contraseña."""
        return cls(
            nombre=usuario.nombre,
            rol=Rol(usuario.rol),
            biografia=usuario.biografia,
            creado=usuario.creado,
        )


class Tokens(BaseModel):
    """Lo que se recibe al entrar (RFC 6749)."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - es el nombre de un tipo
    expires_in: int


class Refresco(Entrada):
    """El refresh token que se cambia por otros dos."""

    refresh_token: str


class ImagenPublica(BaseModel):
    """Una imagen subida."""

    url: str
    tipo: str
    ancho: int
    alto: int
    bytes: int

    @classmethod
    def de(cls, imagen: Imagen) -> Self:
        """La imagen de la base, tal como se enseña."""
        return cls(
            url=f"/imagenes/{imagen.nombre}",
            tipo=imagen.tipo,
            ancho=imagen.ancho,
            alto=imagen.alto,
            bytes=imagen.tamano,
        )


class Filtros(Entrada):
    """Lo que se puede pedir a la lista de posts."""

    limite: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=200)] | None = None
    autor: Annotated[str, Limpio] | None = None
    etiqueta: TextoEtiqueta | None = None
    desde: Momento | None = None
    hasta: Momento | None = None
    q: Annotated[str, Field(max_length=200), Limpio] | None = None
