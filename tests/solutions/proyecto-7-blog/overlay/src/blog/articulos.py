"""Los posts por dentro: guardarlos, encontrarlos y saber quién los ve."""

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blog.bd import ahora
from blog.errores import no_existe
from blog.esquemas import Filtros, PostCambiado, PostNuevo
from blog.modelos import Estado, Etiqueta, Post, Usuario
from blog.paginas import Cursor
from blog.permisos import Permiso, Rol, puede
from blog.textos import buscable, con_numero, plegar, slug_de


class SlugOcupado(Exception):
    """Ya hay (o hubo) un post con ese slug."""


def manda_en(usuario: Usuario | None, autor_id: int | None) -> bool:
    """Si puede cambiar algo de ese autor: porque es suyo, o porque es editor."""
    if usuario is None:
        return False
    ajeno = puede(Rol(usuario.rol), Permiso.EDITAR_AJENO)
    return ajeno or (autor_id is not None and usuario.id == autor_id)


def buscar(
    bd: Session, slug: str, usuario: Usuario | None, *, borrado: bool = False
) -> Post:
    """El post con ese slug, si existe y se puede ver; si no, 404.

    Un borrador ajeno también es 404: un 403 diría que existe.
    """
    post = bd.scalar(select(Post).filter_by(slug=buscable(slug)))
    if post is None or (post.borrado is not None) != borrado:
        raise no_existe("ese post")
    publico = post.estado == Estado.PUBLICADO and not borrado
    if not publico and not manda_en(usuario, post.autor_id):
        raise no_existe("ese post")
    return post


def crear(bd: Session, datos: PostNuevo, autor: Usuario) -> Post:
    """Guarda un post nuevo. Sin slug, le busca uno libre a partir del título.

    La unicidad la promete la base de datos: si otro se lleva el slug entre la consulta
    y la escritura, se prueba con el siguiente.
    """
    autor_id = autor.id
    base = datos.slug or slug_de(datos.titulo)
    numero = 1
    while True:
        post = Post(
            slug=con_numero(base, numero),
            estado=Estado.BORRADOR,
            autor_id=autor_id,
            publicado=None,
        )
        _poner(post, datos.model_dump(exclude={"slug"}))
        bd.add(post)
        try:
            bd.commit()
        except IntegrityError:
            bd.rollback()
            if datos.slug is not None:
                raise SlugOcupado(datos.slug) from None
            numero = max(numero + 1, _siguiente_numero(bd, base))
        else:
            return post


def _siguiente_numero(bd: Session, base: str) -> int:
    """Cuántos slugs se parecen a este: un buen sitio por donde seguir probando."""
    parecidos = Post.slug.startswith(base, autoescape=True)
    return (bd.scalar(select(func.count()).where(parecidos)) or 0) + 1


def cambiar(bd: Session, post: Post, datos: PostCambiado) -> None:
    """Cambia solo lo que ha llegado. El slug no cambia: hay enlaces que lo usan."""
    cambios = datos.model_dump(exclude_unset=True)
    if cambios:
        _poner(post, cambios)
        post.actualizado = ahora()
    bd.commit()


def _poner(post: Post, valores: dict[str, object]) -> None:
    for campo, valor in valores.items():
        if campo == "etiquetas" and isinstance(valor, list):
            nombres = list(dict.fromkeys(valor))
            viejas = {etiqueta.nombre: etiqueta for etiqueta in post.etiquetas}
            post.etiquetas = [viejas.get(n) or Etiqueta(nombre=n) for n in nombres]
            for lugar, etiqueta in enumerate(post.etiquetas):
                etiqueta.lugar = lugar
        else:
            setattr(post, campo, valor)
    if post.estado == Estado.PUBLICADO and post.publicado is None:
        post.publicado = ahora()
    post.busqueda = plegar(f"{post.titulo}\n{post.contenido}")


def listar(
    bd: Session, filtros: Filtros, cursor: Cursor | None
) -> tuple[list[Post], int, Cursor | None]:
    """Una página de posts publicados: los posts, cuántos hay en total y cómo seguir."""
    condiciones = _condiciones(filtros)
    total = bd.scalar(select(func.count(Post.id)).where(*condiciones)) or 0
    consulta = select(Post).where(*condiciones)
    if cursor is not None:
        clave = tuple_(Post.publicado, Post.id)
        consulta = consulta.where(clave < tuple_(cursor.instante, cursor.id))
    consulta = consulta.order_by(Post.publicado.desc(), Post.id.desc())
    posts = list(bd.scalars(consulta.limit(filtros.limite + 1)))
    hay_mas, posts = len(posts) > filtros.limite, posts[: filtros.limite]
    if not hay_mas or (ultimo := posts[-1]).publicado is None:
        return posts, total, None
    return posts, total, Cursor(ultimo.publicado, ultimo.id)


def _condiciones(filtros: Filtros) -> list[ColumnElement[bool]]:
    condiciones = [Post.estado == Estado.PUBLICADO, Post.borrado.is_(None)]
    if filtros.autor is not None:
        condiciones.append(Post.autor.has(Usuario.nombre == filtros.autor))
    if filtros.etiqueta is not None:
        condiciones.append(Post.etiquetas.any(Etiqueta.nombre == filtros.etiqueta))
    if filtros.desde is not None:
        condiciones.append(Post.publicado >= filtros.desde)
    if filtros.hasta is not None:
        condiciones.append(Post.publicado < filtros.hasta)
    if filtros.q is not None:
        # autoescape: en una búsqueda, «%» y «_» son letras como las demás.
        condiciones.append(Post.busqueda.contains(plegar(filtros.q), autoescape=True))
    return condiciones
