"""Las tablas, como clases de SQLAlchemy 2."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.bd import Base, Instante, ahora
from blog.permisos import Rol


class Estado(StrEnum):
    """En qué punto está un post."""

    BORRADOR = "borrador"
    PUBLICADO = "publicado"


class Usuario(Base):
    """Una cuenta."""

    __tablename__ = "usuarios"

    id: Mapped[int] = mapped_column(primary_key=True)
    nombre: Mapped[str] = mapped_column(String(30), unique=True)
    clave: Mapped[str] = mapped_column(String(200))
    """El hash de argon2 de la contraseña."""
    rol: Mapped[str] = mapped_column(String(10), default=Rol.LECTOR.value)
    biografia: Mapped[str] = mapped_column(Text, default="")
    creado: Mapped[datetime] = mapped_column(Instante, default=ahora)


class SesionAbierta(Base):
    """Un refresh token que se ha dado. Los que nacen unos de otros son una familia."""

    __tablename__ = "sesiones"

    id: Mapped[int] = mapped_column(primary_key=True)
    usuario_id: Mapped[int] = mapped_column(ForeignKey("usuarios.id"), index=True)
    familia: Mapped[str] = mapped_column(String(32), index=True)
    huella: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 del token: quien lea la base no puede usarlo."""
    caduca: Mapped[datetime] = mapped_column(Instante)
    gastado: Mapped[datetime | None] = mapped_column(Instante)

    usuario: Mapped[Usuario] = relationship()


class Post(Base):
    """Un artículo del blog."""

    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_publicado_id", "publicado", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    titulo: Mapped[str] = mapped_column(String(200))
    contenido: Mapped[str] = mapped_column(Text)
    busqueda: Mapped[str] = mapped_column(Text)
    """Título y contenido plegados, para buscar igual en cualquier base de datos."""
    estado: Mapped[str] = mapped_column(String(10))
    autor_id: Mapped[int | None] = mapped_column(ForeignKey("usuarios.id"), index=True)
    creado: Mapped[datetime] = mapped_column(Instante, default=ahora)
    actualizado: Mapped[datetime] = mapped_column(Instante, default=ahora)
    publicado: Mapped[datetime | None] = mapped_column(Instante)
    borrado: Mapped[datetime | None] = mapped_column(Instante)

    autor: Mapped[Usuario | None] = relationship(lazy="joined")
    etiquetas: Mapped[list["Etiqueta"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Etiqueta.lugar"
    )


class Etiqueta(Base):
    """Una etiqueta de un post."""

    __tablename__ = "etiquetas"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    nombre: Mapped[str] = mapped_column(String(30), primary_key=True, index=True)
    lugar: Mapped[int]


class Comentario(Base):
    """Lo que alguien dice de un post."""

    __tablename__ = "comentarios"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    autor_id: Mapped[int | None] = mapped_column(ForeignKey("usuarios.id"))
    contenido: Mapped[str] = mapped_column(Text)
    creado: Mapped[datetime] = mapped_column(Instante, default=ahora)

    post: Mapped[Post] = relationship()
    autor: Mapped[Usuario | None] = relationship(lazy="joined")


class Imagen(Base):
    """Una imagen subida; los bytes están en la carpeta de imágenes."""

    __tablename__ = "imagenes"

    id: Mapped[int] = mapped_column(primary_key=True)
    nombre: Mapped[str] = mapped_column(String(40), unique=True)
    tipo: Mapped[str] = mapped_column(String(20))
    ancho: Mapped[int]
    alto: Mapped[int]
    tamano: Mapped[int]
    usuario_id: Mapped[int] = mapped_column(ForeignKey("usuarios.id"))
    creado: Mapped[datetime] = mapped_column(Instante, default=ahora)
