# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El programa visto desde fuera, y lo que el contrato promete cuando rechaza algo."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from motor.programa import Resultado, ejecutar


@dataclass(frozen=True)
class Tareas:
    """El programa, visto desde fuera, con su propio archivo de tareas."""

    archivo: Path

    def ordena(self, *argumentos: str | int, **opciones: Any) -> Resultado:
        """Ejecuta «tareas --archivo … argumentos»."""
        return ejecutar(
            "tareas", "--archivo", self.archivo, *map(str, argumentos), **opciones
        )

    def bien(self, *argumentos: str | int, **opciones: Any) -> Resultado:
        """Ejecuta una orden que tiene que salir bien."""
        resultado = self.ordena(*argumentos, **opciones)
        assert resultado.codigo == 0, f"Se esperaba el código 0:\n{resultado}"
        return resultado

    def json(self, *argumentos: str | int) -> Any:
        """Ejecuta una orden con --json y devuelve lo que dice."""
        resultado = self.bien(*argumentos, "--json")
        try:
            return json.loads(resultado.salida)
        except ValueError:
            pytest.fail(f"Se esperaba JSON en la salida, y no lo es:\n{resultado}")

    def crear(self, titulo: str, *opciones: str) -> dict[str, Any]:
        """Crea una tarea y la devuelve."""
        tarea = self.json("crear", titulo, *opciones)
        assert isinstance(tarea, dict) and "id" in tarea, (
            f"Se esperaba que «crear --json» diera un objeto con «id», y dio: {tarea!r}"
        )
        return tarea

    def listar(self, *filtros: str) -> list[dict[str, Any]]:
        """Las tareas que enseña «listar --json»."""
        tareas = self.json("listar", *filtros)
        assert isinstance(tareas, list), (
            f"Se esperaba que «listar --json» diera una lista, y dio: {tareas!r}"
        )
        return tareas

    def titulos(self, *filtros: str) -> list[str]:
        """Los títulos que enseña «listar», en su orden."""
        return [tarea["titulo"] for tarea in self.listar(*filtros)]

    def documento(self) -> dict[str, Any]:
        """Lo que hay en el archivo."""
        assert self.archivo.exists(), f"Se esperaba que existiera {self.archivo.name}"
        documento = json.loads(self.archivo.read_text(encoding="utf-8"))
        assert isinstance(documento, dict), (
            "Se esperaba que el archivo tuviera un objeto con «version», "
            f"«siguiente_id» y «tareas», y tiene: {documento!r}"
        )
        return documento

    def escribe(self, tareas: list[dict[str, Any]], **cambios: Any) -> bytes:
        """Prepara el archivo a mano, con la forma que dice el contrato."""
        siguiente = max((tarea["id"] for tarea in tareas), default=0) + 1
        documento = {"version": 1, "siguiente_id": siguiente, "tareas": tareas}
        texto = json.dumps(documento | cambios, ensure_ascii=False)
        self.archivo.write_text(texto, encoding="utf-8", newline="\n")
        return self.archivo.read_bytes()


def comprobar_igual(llego: Any, esperado: Any) -> None:
    """Falla si no son lo mismo también en JSON: 1 no es true, ni 0 es false."""
    iguales = json.dumps(llego, sort_keys=True) == json.dumps(esperado, sort_keys=True)
    assert iguales, f"Se esperaba:\n{esperado}\ny llegó:\n{llego}"


def rechaza(resultado: Resultado, codigo: int) -> None:
    """Comprueba que una orden se rechaza como promete el contrato."""
    assert resultado.codigo == codigo, (
        f"Se esperaba el código de salida {codigo}:\n{resultado}"
    )
    assert resultado.error.strip(), (
        f"Se esperaba una explicación por la salida de error:\n{resultado}"
    )
    assert "Traceback" not in resultado.error, (
        f"Se esperaba una explicación, y llegó una traza:\n{resultado}"
    )
    assert not resultado.salida, (
        f"Con un error no se esperaba nada por la salida normal:\n{resultado}"
    )
