"""Los posts: crear, leer, cambiar, borrar, restaurar y listar."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response, status

from blog import articulos
from blog.bd import ahora
from blog.deps import PuedeEscribir, SesionBD, UsuarioActual, UsuarioOpcional
from blog.errores import documentar
from blog.esquemas import Filtros, Pagina, PostCambiado, PostNuevo, PostPublico
from blog.modelos import Post, Usuario
from blog.paginas import leer_cursor
from blog.permisos import Permiso, Rol, puede

rutas = APIRouter(prefix="/posts", tags=["posts"], responses=documentar(422))
DE_UNO = documentar(401, 403, 404)


@rutas.get("", summary="Los posts publicados")
def listar_posts(
    bd: SesionBD, filtros: Annotated[Filtros, Query()]
) -> Pagina[PostPublico]:
    """Del más nuevo al más viejo, con filtros que se cumplen todos a la vez."""
    cursor = leer_cursor(filtros.cursor)
    posts, total, siguiente = articulos.listar(bd, filtros, cursor)
    return Pagina(
        datos=[PostPublico.de(post) for post in posts],
        total=total,
        siguiente=str(siguiente) if siguiente else None,
    )


@rutas.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Crear un post",
    responses=documentar(401, 403, 409),
)
def crear_post(
    datos: PostNuevo, bd: SesionBD, usuario: PuedeEscribir, respuesta: Response
) -> PostPublico:
    """Sin slug, se le busca uno libre a partir del título."""
    try:
        post = articulos.crear(bd, datos, usuario)
    except articulos.SlugOcupado as error:
        raise HTTPException(409, f"Ya hay un post con el slug «{error}».") from error
    respuesta.headers["Location"] = f"/posts/{post.slug}"
    return PostPublico.de(post)


@rutas.get("/{slug}", summary="Un post", responses=documentar(404))
def leer_post(slug: str, bd: SesionBD, usuario: UsuarioOpcional) -> PostPublico:
    """Publicado, lo lee cualquiera; un borrador, su autor y los editores."""
    return PostPublico.de(articulos.buscar(bd, slug, usuario))


def propio(bd: SesionBD, slug: str, usuario: Usuario, *, borrado: bool = False) -> Post:
    """El post, si quien pregunta puede cambiarlo; si solo puede verlo, 403."""
    post = articulos.buscar(bd, slug, usuario, borrado=borrado)
    escribe = puede(Rol(usuario.rol), Permiso.ESCRIBIR)
    if not escribe or not articulos.manda_en(usuario, post.autor_id):
        raise HTTPException(403, "Solo su autor o un editor puede cambiar este post.")
    return post


@rutas.patch("/{slug}", summary="Cambiar un post", responses=DE_UNO)
def cambiar_post(
    slug: str, datos: PostCambiado, bd: SesionBD, usuario: UsuarioActual
) -> PostPublico:
    """Cambia solo los campos que llegan."""
    post = propio(bd, slug, usuario)
    articulos.cambiar(bd, post, datos)
    return PostPublico.de(post)


@rutas.delete(
    "/{slug}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Borrar un post",
    responses=DE_UNO,
)
def borrar_post(slug: str, bd: SesionBD, usuario: UsuarioActual) -> None:
    """Deja de verse, con sus comentarios; su slug no se vuelve a usar."""
    propio(bd, slug, usuario).borrado = ahora()
    bd.commit()


@rutas.post("/{slug}/restaurar", summary="Recuperar un post", responses=DE_UNO)
def restaurar_post(slug: str, bd: SesionBD, usuario: UsuarioActual) -> PostPublico:
    """Devuelve un post borrado tal como estaba, con sus comentarios."""
    post = propio(bd, slug, usuario, borrado=True)
    post.borrado = None
    bd.commit()
    return PostPublico.de(post)
