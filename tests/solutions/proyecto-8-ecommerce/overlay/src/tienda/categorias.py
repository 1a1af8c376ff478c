"""El árbol de categorías por dentro."""

from fastapi import HTTPException
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tienda.errores import no_existe
from tienda.esquemas import CategoriaNueva, CategoriaPublica, Rama
from tienda.modelos import Arbol, Categoria, Producto
from tienda.textos import buscable


def buscar(bd: Session, slug: str) -> Categoria:
    """La categoría, o 404."""
    categoria = bd.scalar(select(Categoria).filter_by(slug=buscable(slug)))
    if categoria is None:
        raise no_existe("esa categoría")
    return categoria


def que_exista(bd: Session, slug: str) -> Categoria:
    """La categoría que nombra otro dato: si no existe, 409."""
    categoria = bd.scalar(select(Categoria).filter_by(slug=slug))
    if categoria is None:
        raise HTTPException(409, "No existe esa categoría.")
    return categoria


def arbol(bd: Session) -> list[Rama]:
    """Las de arriba, cada una con sus hijas, por su nombre: en una sola consulta."""
    todas = list(bd.scalars(select(Categoria).order_by(Categoria.slug)))
    ramas = {c.id: Rama(slug=c.slug, nombre=c.nombre, hijas=[]) for c in todas}
    arriba = []
    for categoria in todas:
        if categoria.padre_id is None:
            arriba.append(ramas[categoria.id])
        else:
            ramas[categoria.padre_id].hijas.append(ramas[categoria.id])
    return arriba


def con_las_de_debajo(bd: Session, slug: str) -> list[int]:
    """Los números de una categoría y de todas las que cuelgan de ella."""
    hijas: dict[int | None, list[int]] = {}
    suya = []
    for numero, padre, nombre in bd.execute(
        select(Categoria.id, Categoria.padre_id, Categoria.slug)
    ):
        hijas.setdefault(padre, []).append(numero)
        if nombre == slug:
            suya = [numero]
    for numero in suya:
        suya.extend(hijas.get(numero, []))
    return suya


def bloquear(bd: Session) -> None:
    """De uno en uno: quien cambia el árbol espera a quien ya lo está cambiando."""
    bd.execute(update(Arbol).values(version=Arbol.version + 1))


def crear(bd: Session, datos: CategoriaNueva) -> CategoriaPublica:
    """Una categoría nueva; si el slug es de otra, 409."""
    bloquear(bd)
    padre = que_exista(bd, datos.padre) if datos.padre else None
    categoria = Categoria(slug=datos.slug, nombre=datos.nombre)
    categoria.padre_id = padre.id if padre else None
    bd.add(categoria)
    try:
        bd.commit()
    except IntegrityError as error:
        raise HTTPException(409, f"Ya existe «{datos.slug}».") from error
    return CategoriaPublica(slug=datos.slug, nombre=datos.nombre, padre=datos.padre)


def cambiar(bd: Session, slug: str, cambios: dict[str, str | None]) -> CategoriaPublica:
    """El nombre, o de quién cuelga: nunca de sí misma ni de las de debajo."""
    bloquear(bd)
    categoria = buscar(bd, slug)
    if cambios.get("nombre"):
        categoria.nombre = str(cambios["nombre"])
    if "padre" in cambios:
        padre = que_exista(bd, cambios["padre"]) if cambios["padre"] else None
        if padre is not None and padre.id in con_las_de_debajo(bd, slug):
            raise HTTPException(409, "Una categoría no puede colgar de sí misma.")
        categoria.padre_id = padre.id if padre else None
    bd.commit()
    padre = bd.get(Categoria, categoria.padre_id) if categoria.padre_id else None
    return CategoriaPublica(
        slug=slug, nombre=categoria.nombre, padre=padre.slug if padre else None
    )


def borrar(bd: Session, slug: str) -> None:
    """Solo si no tiene nada dentro; si no, 409."""
    bloquear(bd)
    categoria = buscar(bd, slug)
    hijas = select(func.count()).where(Categoria.padre_id == categoria.id)
    productos = select(func.count()).where(Producto.categoria_id == categoria.id)
    if bd.scalar(hijas) or bd.scalar(productos):
        raise HTTPException(409, "Esa categoría no está vacía.")
    bd.delete(categoria)
    try:
        bd.commit()
    except IntegrityError as error:
        raise HTTPException(409, "Esa categoría no está vacía.") from error
