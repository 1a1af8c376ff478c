"""Los productos por dentro: crearlos, cambiarlos y encontrarlos."""

from typing import Any

from fastapi import HTTPException
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tienda import categorias
from tienda.errores import no_existe
from tienda.esquemas import Filtros, ProductoNuevo
from tienda.modelos import Producto, Variante
from tienda.textos import buscable, plegar


def buscar(bd: Session, slug: str) -> Producto:
    """El producto, o 404 si no existe o está retirado."""
    producto = bd.scalar(select(Producto).filter_by(slug=buscable(slug)))
    if producto is None or producto.retirado:
        raise no_existe("ese producto")
    return producto


def crear(bd: Session, datos: ProductoNuevo) -> Producto:
    """Un producto con sus variantes; si el slug o un sku son de otro, 409."""
    producto = Producto(
        slug=datos.slug,
        nombre=datos.nombre,
        descripcion=datos.descripcion,
        busqueda=plegar(f"{datos.nombre}\n{datos.descripcion}"),
        categoria=categorias.que_exista(bd, datos.categoria),
        retirado=False,
        variantes=[Variante(**variante.model_dump()) for variante in datos.variantes],
    )
    bd.add(producto)
    try:
        bd.commit()
    except IntegrityError as error:
        raise HTTPException(409, "Ya existe ese slug, o alguno de los sku.") from error
    return producto


def cambiar(bd: Session, slug: str, cambios: dict[str, Any]) -> Producto:
    """Cambia solo lo que llega."""
    producto = buscar(bd, slug)
    if "categoria" in cambios:
        producto.categoria = categorias.que_exista(bd, cambios.pop("categoria"))
    for campo, valor in cambios.items():
        setattr(producto, campo, valor)
    producto.busqueda = plegar(f"{producto.nombre}\n{producto.descripcion}")
    bd.commit()
    return producto


def retirar(bd: Session, slug: str) -> None:
    """Deja de verse y de venderse; los pedidos que lo llevan no se enteran."""
    buscar(bd, slug).retirado = True
    bd.commit()


def cambiar_variante(bd: Session, sku: str, cambios: dict[str, Any]) -> Variante:
    """Su nombre, su precio o lo que queda."""
    variante = bd.scalar(select(Variante).filter_by(sku=buscable(sku)))
    if variante is None or variante.producto.retirado:
        raise no_existe("esa variante")
    for campo, valor in cambios.items():
        setattr(variante, campo, valor)
    bd.commit()
    return variante


def listar(bd: Session, filtros: Filtros) -> tuple[list[Producto], int, str | None]:
    """Una página: los productos, cuántos hay en total, y después de cuál se sigue."""
    condiciones = _condiciones(bd, filtros)
    total = bd.scalar(select(func.count(Producto.id)).where(*condiciones)) or 0
    consulta = select(Producto).where(*condiciones)
    if filtros.cursor is not None:
        consulta = consulta.where(Producto.slug > filtros.cursor)
    consulta = consulta.order_by(Producto.slug).limit(filtros.limite + 1)
    productos = list(bd.scalars(consulta))
    hay_mas, productos = len(productos) > filtros.limite, productos[: filtros.limite]
    return productos, total, productos[-1].slug if hay_mas else None


def _condiciones(bd: Session, filtros: Filtros) -> list[ColumnElement[bool]]:
    condiciones: list[ColumnElement[bool]] = [Producto.retirado.is_(False)]
    if filtros.categoria is not None:
        dentro = categorias.con_las_de_debajo(bd, filtros.categoria)
        condiciones.append(Producto.categoria_id.in_(dentro))
    if filtros.q is not None:
        # autoescape: en una búsqueda, «%» y «_» son letras como las demás.
        condiciones.append(
            Producto.busqueda.contains(plegar(filtros.q), autoescape=True)
        )
    precio = []
    if filtros.precio_min is not None:
        precio.append(Variante.precio >= filtros.precio_min)
    if filtros.precio_max is not None:
        precio.append(Variante.precio <= filtros.precio_max)
    if precio:
        condiciones.append(Producto.variantes.any(and_(*precio)))
    return condiciones
