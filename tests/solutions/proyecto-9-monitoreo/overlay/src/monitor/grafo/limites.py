"""Cuánto puede pedir una consulta: se decide antes de ejecutar nada."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)
from strawberry.extensions import SchemaExtension

PROFUNDIDAD = 8
COSTE = 5000
POR_DEFECTO = {"objetivos": 20, "alertas": 20, "comprobaciones": 10}
"""Los campos que son listas, y cuántos dan si no se dice."""


@dataclass
class Medida:
    """Lo que mide una operación, mientras se recorre."""

    fragmentos: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]
    coste: int = 0
    profundidad: int = 0

    def recorrer(self, campos: SelectionSetNode, veces: int, hondo: int) -> None:
        """Suma lo que hay ahí dentro, que se pide tantas veces.

        Se deja en cuanto pasa de un límite: medir no puede costar más que contestar.
        """
        for campo in campos.selections:
            if self.coste > COSTE or self.profundidad > PROFUNDIDAD:
                return
            if isinstance(campo, FieldNode):
                self._un_campo(campo, veces, hondo + 1)
            elif isinstance(campo, FragmentSpreadNode):
                if fragmento := self.fragmentos.get(campo.name.value):
                    self.recorrer(fragmento.selection_set, veces, hondo)
            elif isinstance(campo, InlineFragmentNode):
                self.recorrer(campo.selection_set, veces, hondo)

    def _un_campo(self, campo: FieldNode, veces: int, hondo: int) -> None:
        if campo.name.value.startswith("__"):
            return  # el esquema no cambia, y graphql-core ya limita su profundidad
        self.coste += veces
        self.profundidad = max(self.profundidad, hondo)
        if campo.selection_set is not None:
            self.recorrer(campo.selection_set, veces * self._cuantos(campo), hondo)

    def _cuantos(self, campo: FieldNode) -> int:
        defecto = POR_DEFECTO.get(campo.name.value, 1)
        for argumento in campo.arguments or ():
            if argumento.name.value == "limite":
                return max(self._valor(argumento.value, defecto), 1)
        return defecto

    def _valor(self, valor: ValueNode, defecto: int) -> int:
        if isinstance(valor, IntValueNode):
            return int(valor.value)
        if isinstance(valor, VariableNode):
            dado = self.variables.get(valor.name.value)
            return dado if isinstance(dado, int) else defecto
        return defecto


class Limites(SchemaExtension):
    """Rechaza una consulta demasiado honda o demasiado cara."""

    def on_execute(self) -> Iterator[None]:
        """Ya es una consulta válida, sin ciclos; con un resultado, no se ejecuta."""
        contexto = self.execution_context
        if contexto.graphql_document is not None:
            mensaje = por_que_no(contexto.graphql_document, contexto.variables or {})
            if mensaje:
                error = GraphQLError(mensaje)
                contexto.result = ExecutionResult(data=None, errors=[error])
        yield


def por_que_no(documento: DocumentNode, variables: dict[str, Any]) -> str:
    """De qué límite pasa alguna de sus operaciones; vacío si de ninguno."""
    fragmentos = {
        definicion.name.value: definicion
        for definicion in documento.definitions
        if isinstance(definicion, FragmentDefinitionNode)
    }
    for definicion in documento.definitions:
        if isinstance(definicion, OperationDefinitionNode):
            medida = Medida(fragmentos, por_defecto(definicion) | variables)
            medida.recorrer(definicion.selection_set, 1, 0)
            if medida.profundidad > PROFUNDIDAD:
                return f"La consulta tiene más de {PROFUNDIDAD} niveles."
            if medida.coste > COSTE:
                return f"La consulta cuesta más de {COSTE}."
    return ""


def por_defecto(operacion: OperationDefinitionNode) -> dict[str, Any]:
    """Lo que valen sus variables si no se dice otra cosa."""
    return {
        variable.variable.name.value: int(variable.default_value.value)
        for variable in operacion.variable_definitions or ()
        if isinstance(variable.default_value, IntValueNode)
    }
