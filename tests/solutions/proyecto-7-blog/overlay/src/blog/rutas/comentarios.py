"""Los comentarios de un post."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, status
from sqlalchemy import func, select, tuple_

from blog import articulos
from blog.deps import PuedeComentar, SesionBD, UsuarioActual, UsuarioOpcional
from blog.errores import documentar, no_existe
from blog.esquemas import ComentarioNuevo, ComentarioPublico, Pagina
from blog.modelos import Comentario, Usuario
from blog.paginas import Cursor, leer_cursor

rutas = APIRouter(tags=["comentarios"], responses=documentar(404, 422))
SIN_PERMISO = documentar(401, 403)


@rutas.get("/posts/{slug}/comentarios", summary="Los comentarios de un post")
def listar_comentarios(
    slug: str,
    bd: SesionBD,
    usuario: UsuarioOpcional,
    limite: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Pagina[ComentarioPublico]:
    """Del más viejo al más nuevo."""
    post = articulos.buscar(bd, slug, usuario)
    del_post = Comentario.post_id == post.id
    total = bd.scalar(select(func.count(Comentario.id)).where(del_post)) or 0
    consulta = select(Comentario).where(del_post)
    if desde := leer_cursor(cursor):
        clave = tuple_(Comentario.creado, Comentario.id)
        consulta = consulta.where(clave > tuple_(desde.instante, desde.id))
    consulta = consulta.order_by(Comentario.creado, Comentario.id).limit(limite + 1)
    leidos = list(bd.scalars(consulta))
    pagina = leidos[:limite]
    hay_mas = len(leidos) > limite
    siguiente = str(Cursor(pagina[-1].creado, pagina[-1].id)) if hay_mas else None
    return Pagina(
        datos=[ComentarioPublico.de(comentario) for comentario in pagina],
        total=total,
        siguiente=siguiente,
    )


@rutas.post(
    "/posts/{slug}/comentarios",
    status_code=status.HTTP_201_CREATED,
    summary="Comentar un post",
    responses=SIN_PERMISO,
)
def comentar(
    slug: str, datos: ComentarioNuevo, bd: SesionBD, usuario: PuedeComentar
) -> ComentarioPublico:
    """Cualquiera con cuenta comenta lo que puede ver."""
    post = articulos.buscar(bd, slug, usuario)
    comentario = Comentario(
        post_id=post.id, autor_id=usuario.id, contenido=datos.contenido
    )
    bd.add(comentario)
    bd.commit()
    return ComentarioPublico.de(comentario)


def propio(bd: SesionBD, numero: int, usuario: Usuario) -> Comentario:
    """El comentario, si su post se ve (si no, 404) y es suyo o edita (si no, 403)."""
    comentario = bd.get(Comentario, numero) if 0 <= numero < 2**31 else None
    if comentario is None:
        raise no_existe("ese comentario")
    articulos.buscar(bd, comentario.post.slug, usuario)
    if not articulos.manda_en(usuario, comentario.autor_id):
        raise HTTPException(403, "Solo su autor o un editor puede cambiarlo.")
    return comentario


@rutas.patch(
    "/comentarios/{numero}", summary="Cambiar un comentario", responses=SIN_PERMISO
)
def cambiar_comentario(
    numero: int, datos: ComentarioNuevo, bd: SesionBD, usuario: UsuarioActual
) -> ComentarioPublico:
    """Su autor o un editor."""
    comentario = propio(bd, numero, usuario)
    comentario.contenido = datos.contenido
    bd.commit()
    return ComentarioPublico.de(comentario)


@rutas.delete(
    "/comentarios/{numero}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Borrar un comentario",
    responses=SIN_PERMISO,
)
def borrar_comentario(numero: int, bd: SesionBD, usuario: UsuarioActual) -> None:
    """Su autor o un editor."""
    bd.delete(propio(bd, numero, usuario))
    bd.commit()
