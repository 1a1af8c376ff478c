"""Las categorías y los productos, sin HTTP: qué se puede y cómo se guarda."""

import json
import unicodedata
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tienda.esquemas import (
    CategoriaNueva,
    CategoriaPublica,
    Filtros,
    Pagina,
    ProductoNuevo,
    ProductoPublico,
    VariantePublica,
    escribir_dinero,
)
from tienda.modelos import categorias, cerrojos, productos, variantes


class NoEsta(Exception):
    """Lo que se pide no existe."""


class AhoraNo(Exception):
    """No se puede tal como están las cosas."""


def sano(texto: str) -> bool:
    """Si puede ser un slug, un sku o un id: lo demás ni se le pregunta a la base."""
    return texto.isascii() and texto.isprintable() and len(texto) <= 100


def sin_acentos(texto: str) -> str:
    """Lo mismo, sin mayúsculas ni acentos, para buscar."""
    partes = unicodedata.normalize("NFKD", texto.casefold())
    return "".join(x for x in partes if not unicodedata.combining(x)).casefold()


# Categorías


def _cerrar_arbol(bd: Session) -> None:
    """Lo primero de cada cambio del árbol: hasta confirmar, nadie más lo cambia."""
    sentencia = update(cerrojos).where(cerrojos.c.nombre == "arbol")
    bd.execute(sentencia.values(veces=cerrojos.c.veces + 1))


def _id_de(bd: Session, slug: str) -> int | None:
    if not sano(slug):
        return None
    return bd.scalar(select(categorias.c.id).where(categorias.c.slug == slug))


def _id_nombrado(bd: Session, slug: str) -> int:
    encontrado = _id_de(bd, slug)
    if encontrado is None:
        raise AhoraNo("No existe la categoría que se nombra.")
    return encontrado


def arbol(bd: Session) -> bytes:
    """El árbol entero, ya como JSON. Sin recursión: puede ser muy hondo."""
    filas = bd.execute(select(categorias)).all()
    hijas: dict[int | None, list[Row[Any]]] = {}
    for fila in sorted(filas, key=lambda fila: str(fila.slug)):
        hijas.setdefault(fila.padre_id, []).append(fila)
    orden: list[Row[Any]] = []
    pendientes = list(hijas.get(None, []))
    while pendientes:
        fila = pendientes.pop()
        orden.append(fila)
        pendientes.extend(hijas.get(fila.id, []))
    textos: dict[int, str] = {}
    for fila in reversed(orden):  # las de debajo, antes
        dentro = ",".join(textos.pop(hija.id) for hija in hijas.get(fila.id, []))
        cabeza = json.dumps({"slug": fila.slug, "nombre": fila.nombre})[:-1]
        textos[fila.id] = f'{cabeza},"hijas":[{dentro}]}}'
    return f"[{','.join(textos[fila.id] for fila in hijas.get(None, []))}]".encode()


def crear_categoria(bd: Session, datos: CategoriaNueva) -> CategoriaPublica:
    """Una categoría nueva, colgada de otra o arriba del todo."""
    _cerrar_arbol(bd)
    padre_id = None if datos.padre is None else _id_nombrado(bd, datos.padre)
    valores = {"slug": datos.slug, "nombre": datos.nombre, "padre_id": padre_id}
    try:
        bd.execute(insert(categorias).values(valores))
        bd.commit()
    except IntegrityError as error:
        raise AhoraNo(f"El slug «{datos.slug}» está ocupado.") from error
    return CategoriaPublica(slug=datos.slug, nombre=datos.nombre, padre=datos.padre)


def cambiar_categoria(
    bd: Session, slug: str, cambios: dict[str, Any]
) -> CategoriaPublica:
    """Le cambia el nombre o la cuelga de otro sitio, si no se muerde la cola."""
    _cerrar_arbol(bd)
    propia = _id_de(bd, slug)
    if propia is None:
        raise NoEsta
    valores = dict(cambios)
    if "padre" in valores:
        padre = valores.pop("padre")
        valores["padre_id"] = None if padre is None else _id_nombrado(bd, padre)
        if valores["padre_id"] in _con_las_de_debajo(bd, propia):
            raise AhoraNo("Una categoría no puede colgar de sí misma.")
    if valores:
        bd.execute(update(categorias).where(categorias.c.id == propia).values(valores))
    madre = categorias.alias()
    fila = bd.execute(
        select(categorias.c.slug, categorias.c.nombre, madre.c.slug.label("padre"))
        .outerjoin(madre, categorias.c.padre_id == madre.c.id)
        .where(categorias.c.id == propia)
    ).one()
    bd.commit()
    return CategoriaPublica(slug=fila.slug, nombre=fila.nombre, padre=fila.padre)


def borrar_categoria(bd: Session, slug: str) -> None:
    """Solo si de ella no cuelga nada."""
    _cerrar_arbol(bd)
    propia = _id_de(bd, slug)
    if propia is None:
        raise NoEsta
    try:
        bd.execute(delete(categorias).where(categorias.c.id == propia))
        bd.commit()
    except IntegrityError as error:
        raise AhoraNo("Tiene categorías o productos.") from error


def _con_las_de_debajo(bd: Session, raiz: int) -> set[int]:
    debajo = _rama(categorias.c.id == raiz)
    return set(bd.scalars(select(debajo.c.id)))


def _rama(raiz: ColumnElement[bool]) -> Any:
    rama = select(categorias.c.id).where(raiz).cte("rama", recursive=True)
    return rama.union(select(categorias.c.id).where(categorias.c.padre_id == rama.c.id))


# Productos


def crear_producto(bd: Session, datos: ProductoNuevo) -> ProductoPublico:
    """El producto y sus variantes: todo o nada."""
    try:
        identidad = bd.execute(
            insert(productos)
            .values(
                slug=datos.slug,
                categoria_id=_id_nombrado(bd, datos.categoria),
                **_textos({"nombre": datos.nombre, "descripcion": datos.descripcion}),
            )
            .returning(productos.c.id)
        ).scalar_one()
        # Por orden de sku: dos que se estorban esperan uno a otro, y no los dos.
        puestas = sorted(enumerate(datos.variantes), key=lambda x: x[1].sku)
        for posicion, variante in puestas:
            valores = {"producto_id": identidad, "posicion": posicion}
            bd.execute(insert(variantes).values(valores | variante.model_dump()))
        bd.commit()
    except IntegrityError as error:
        raise AhoraNo("El slug o algún sku está ocupado.") from error
    return ver_producto(bd, datos.slug)


def _textos(cambios: dict[str, Any]) -> dict[str, Any]:
    """Los textos, y lo que se guarda de ellos para buscar."""
    valores = dict(cambios)
    for campo in {"nombre", "descripcion"} & cambios.keys():
        valores[f"busca_{campo}"] = sin_acentos(cambios[campo])
    return valores


def _productos() -> Select[Any]:
    return (
        select(
            productos.c.id,
            productos.c.slug,
            productos.c.nombre,
            productos.c.descripcion,
            categorias.c.slug.label("categoria"),
        )
        .join(categorias, productos.c.categoria_id == categorias.c.id)
        .where(productos.c.retirado.is_(False))
    )


def _con_variantes(bd: Session, filas: list[Row[Any]]) -> list[ProductoPublico]:
    de_cada_uno: dict[int, list[VariantePublica]] = {fila.id: [] for fila in filas}
    consulta = select(variantes).where(variantes.c.producto_id.in_(de_cada_uno))
    for fila in bd.execute(consulta.order_by(variantes.c.posicion)):
        de_cada_uno[fila.producto_id].append(_variante(fila))
    return [
        ProductoPublico(
            slug=fila.slug,
            nombre=fila.nombre,
            descripcion=fila.descripcion,
            categoria=fila.categoria,
            variantes=de_cada_uno[fila.id],
        )
        for fila in filas
    ]


def _variante(fila: Row[Any]) -> VariantePublica:
    return VariantePublica(
        sku=fila.sku,
        nombre=fila.nombre,
        precio=escribir_dinero(fila.precio),
        existencias=fila.existencias,
    )


def ver_producto(bd: Session, slug: str) -> ProductoPublico:
    """Un producto que no esté retirado."""
    if not sano(slug):
        raise NoEsta
    filas = bd.execute(_productos().where(productos.c.slug == slug)).all()
    if not filas:
        raise NoEsta
    return _con_variantes(bd, list(filas))[0]


def buscar(bd: Session, filtros: Filtros) -> Pagina[ProductoPublico]:
    """Una página de los que cumplen todos los filtros."""
    consulta = _productos()
    if filtros.categoria is not None:
        raiz = filtros.categoria if sano(filtros.categoria) else ""
        rama = _rama(categorias.c.slug == raiz)
        consulta = consulta.where(productos.c.categoria_id.in_(select(rama.c.id)))
    if filtros.q is not None:
        texto = sin_acentos(filtros.q)
        consulta = consulta.where(
            or_(
                productos.c.busca_nombre.contains(texto, autoescape=True),
                productos.c.busca_descripcion.contains(texto, autoescape=True),
            )
        )
    if filtros.precio_min is not None or filtros.precio_max is not None:
        vale: list[ColumnElement[bool]] = [variantes.c.producto_id == productos.c.id]
        if filtros.precio_min is not None:
            vale.append(variantes.c.precio >= filtros.precio_min)
        if filtros.precio_max is not None:
            vale.append(variantes.c.precio <= filtros.precio_max)
        consulta = consulta.where(exists().where(*vale))
    total = bd.scalar(select(func.count()).select_from(consulta.subquery())) or 0
    if filtros.cursor is not None:
        consulta = consulta.where(productos.c.slug > filtros.cursor)
    consulta = consulta.order_by(productos.c.slug).limit(filtros.limite + 1)
    filas = list(bd.execute(consulta).all())
    pagina = filas[: filtros.limite]
    return Pagina(
        datos=_con_variantes(bd, pagina),
        total=total,
        siguiente=pagina[-1].slug if len(filas) > len(pagina) else None,
    )


def cambiar_producto(
    bd: Session, slug: str, cambios: dict[str, Any]
) -> ProductoPublico:
    """Cambia sus textos o su categoría."""
    if not sano(slug):
        raise NoEsta
    vivo = (productos.c.slug == slug) & productos.c.retirado.is_(False)
    if not bd.scalar(select(productos.c.id).where(vivo)):
        raise NoEsta
    valores = _textos(cambios)
    if "categoria" in valores:
        valores["categoria_id"] = _id_nombrado(bd, valores.pop("categoria"))
    if valores:
        try:
            bd.execute(update(productos).where(vivo).values(valores))
            bd.commit()
        except IntegrityError as error:
            raise AhoraNo("La categoría ya no existe.") from error
    return ver_producto(bd, slug)


def retirar_producto(bd: Session, slug: str) -> None:
    """Deja de verse; su slug y sus sku siguen ocupados."""
    vivo = (productos.c.slug == slug) & productos.c.retirado.is_(False)
    sentencia = update(productos).where(vivo).values(retirado=True)
    if not sano(slug) or not _cambiadas(bd, sentencia):
        raise NoEsta
    bd.commit()


def cambiar_variante(
    bd: Session, sku: str, cambios: dict[str, Any]
) -> tuple[VariantePublica, str]:
    """La variante cambiada, y de qué producto es."""
    if not sano(sku):
        raise NoEsta
    vivos = select(productos.c.id).where(productos.c.retirado.is_(False))
    esta = (variantes.c.sku == sku) & variantes.c.producto_id.in_(vivos)
    if cambios:
        bd.execute(update(variantes).where(esta).values(cambios))
    fila = bd.execute(
        select(variantes, productos.c.slug.label("producto"))
        .join(productos, productos.c.id == variantes.c.producto_id)
        .where(esta)
    ).one_or_none()
    if fila is None:
        raise NoEsta
    bd.commit()
    return _variante(fila), fila.producto


def _cambiadas(bd: Session, sentencia: Any) -> int:
    resultado: Any = bd.execute(sentencia)
    return int(resultado.rowcount)
