"""Las plantillas: un trozo pequeño de Jinja, en el que solo se puede lo que se dice.

Una lista de lo que se permite es más corta que una de lo que se prohíbe, y no se queda
vieja: nada de llamadas, de atributos de Python ni de aritmética.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import (
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
    meta,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from jinja2 import Environment

MAXIMO = 100_000
"""Caracteres que puede tener lo que sale de cada parte."""
MAXIMO_DEL_ASUNTO = 200
VUELTAS = 10_000
"""Vueltas que pueden dar, entre todos, los bucles de una parte."""
PARTES = ("asunto", "texto", "html")
PERMITIDO = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
)
FILTROS = {"upper", "lower"}
IDIOMA = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class PlantillaInvalidaError(Exception):
    """No se puede usar esa plantilla, o no con esas variables."""

    def __init__(self, errores: dict[str, str]) -> None:
        """Con qué pasa en cada campo."""
        super().__init__("la plantilla no vale")
        self.errores = errores


@dataclass(frozen=True)
class Redactado:
    """Un mensaje, con sus variables ya puestas."""

    asunto: str
    texto: str
    html: str | None


class _Entorno(ImmutableSandboxedEnvironment):
    """Jinja, sin nada suyo y sin ver de los datos más que lo que llegó."""

    def __init__(self, *, escapa: bool) -> None:
        super().__init__(
            autoescape=escapa, undefined=StrictUndefined, keep_trailing_newline=True
        )
        self.globals.clear()
        self.filters = {nombre: self.filters[nombre] for nombre in FILTROS}

    def getattr(self, obj: object, attribute: str) -> object:
        """El campo de un objeto de las variables; nunca un atributo de Python."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return self.undefined(obj=obj, name=attribute)


PLANO, RICO = _Entorno(escapa=False), _Entorno(escapa=True)


def _entorno(parte: str) -> _Entorno:
    """El HTML se escapa; lo demás es texto tal cual."""
    return RICO if parte == "html" else PLANO


def analizar(parte: str, fuente: str) -> nodes.Template:
    """La plantilla como árbol, si no tiene más que lo permitido."""
    try:
        arbol = _entorno(parte).parse(fuente)
    except TemplateSyntaxError as error:
        raise PlantillaInvalidaError(
            {parte: f"línea {error.lineno}: no es correcta"}
        ) from None
    except RecursionError:
        raise PlantillaInvalidaError({parte: "es demasiado complicada"}) from None
    for nodo in arbol.find_all(nodes.Node):
        nombre = getattr(nodo, "name", None)
        mal = (
            not isinstance(nodo, PERMITIDO)
            or (isinstance(nodo, nodes.Getattr) and nodo.attr.startswith("_"))
            or (isinstance(nodo, nodes.Name) and str(nombre).startswith("_"))
            or (isinstance(nodo, nodes.Filter) and nombre not in FILTROS)
            or (isinstance(nodo, nodes.For) and nodo.recursive)
        )
        if mal:
            raise PlantillaInvalidaError(
                {parte: f"línea {nodo.lineno}: usa algo que no está permitido"}
            )
    return arbol


def comprobar(partes: Mapping[str, str | None]) -> None:
    """Falla con PlantillaInvalidaError si alguna parte no es correcta."""
    for parte in PARTES:
        if (fuente := partes.get(parte)) is not None:
            analizar(parte, fuente)


class _Contador:
    """Cuenta las vueltas de todos los bucles: uno vacío tampoco puede no acabar."""

    def __init__(self) -> None:
        self._quedan = VUELTAS

    def __call__(self) -> str:
        self._quedan -= 1
        if self._quedan < 0:
            raise OverflowError
        return ""


def _con_contador(arbol: nodes.Template, entorno: Environment) -> nodes.Template:
    """Cada vuelta de cada bucle pasa por el contador."""
    for bucle in list(arbol.find_all(nodes.For)):
        cuenta = nodes.Call(nodes.Name("_vuelta", "load"), [], [], None, None)
        bucle.body.insert(0, nodes.Output([cuenta]))
    arbol.set_environment(entorno)
    return arbol


def _rellenar(parte: str, fuente: str, variables: Mapping[str, Any]) -> str:
    arbol = analizar(parte, fuente)
    if faltan := sorted(meta.find_undeclared_variables(arbol) - set(variables)):
        raise PlantillaInvalidaError(
            {f"variables.{nombre}": "hace falta y no está" for nombre in faltan}
        )
    entorno = _entorno(parte)
    codigo = entorno.compile(_con_contador(arbol, entorno))
    plantilla = entorno.template_class.from_code(
        entorno, codigo, {"_vuelta": _Contador()}
    )
    trozos, largo = [], 0
    try:
        for trozo in plantilla.generate(variables):
            trozos.append(trozo)
            largo += len(trozo)
            if largo > MAXIMO:
                raise OverflowError  # noqa: TRY301 - el mismo final que los bucles
    except UndefinedError as error:
        raise PlantillaInvalidaError(
            {"variables": f"falta una: {error.message}"}
        ) from None
    except OverflowError:
        raise PlantillaInvalidaError(
            {parte: "lo que sale es demasiado largo"}
        ) from None
    except (TemplateError, TypeError, ValueError, RecursionError):
        raise PlantillaInvalidaError(
            {parte: "no se puede con esas variables"}
        ) from None
    return "".join(trozos)


def redactar(
    partes: Mapping[str, str | None], variables: Mapping[str, Any]
) -> Redactado:
    """El mensaje con esas variables, o PlantillaInvalidaError con lo que falta."""
    presentes = {k: sin_nulos(v) for k, v in variables.items() if v is not None}
    salen: dict[str, str] = {}
    errores: dict[str, str] = {}
    for parte in PARTES:
        if (fuente := partes.get(parte)) is not None:
            try:
                salen[parte] = _rellenar(parte, fuente, presentes)
            except PlantillaInvalidaError as error:
                errores |= error.errores
    asunto = salen.get("asunto", "")
    if not cabe_en_una_linea(asunto) or len(asunto) > MAXIMO_DEL_ASUNTO:
        errores["asunto"] = "tiene que caber en una línea, y no ser muy largo"
    if errores:
        raise PlantillaInvalidaError(errores)
    return Redactado(salen["asunto"], salen["texto"], salen.get("html"))


def cabe_en_una_linea(texto: str) -> bool:
    """Si no tiene saltos de línea, de ninguna clase: en una cabecera, cuelan otra."""
    return len(f"{texto}x".splitlines()) == 1


def sin_nulos(datos: object) -> object:
    """Los mismos datos sin los campos que son null: es como si faltaran."""
    if isinstance(datos, Mapping):
        return {k: sin_nulos(v) for k, v in datos.items() if v is not None}
    if isinstance(datos, list):
        return [sin_nulos(uno) for uno in datos if uno is not None]
    return datos


def elegir_idioma(pedido: str, hay: Mapping[str, Any], por_defecto: str) -> str:
    """El más parecido de los que hay: «es-MX», «es» y, si no, el de por defecto."""
    partes = pedido.lower().split("-")
    while partes:
        if (idioma := "-".join(partes)) in hay:
            return idioma
        partes.pop()
    return por_defecto
