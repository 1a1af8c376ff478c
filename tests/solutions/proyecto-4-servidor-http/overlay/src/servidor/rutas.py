"""El enrutador: qué función atiende cada método y cada ruta."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from servidor.analisis import METODOS, segmentos
from servidor.mensajes import Peticion, Respuesta

Manejador = Callable[[Peticion], Respuesta]

_PARAMETRO = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::(int))?\}")
_ENTERO = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class _Segmento:
    """Un trozo de un patrón: texto fijo, o un parámetro."""

    texto: str = ""
    parametro: str = ""
    entero: bool = False

    def encaja(self, valor: str) -> bool:
        if not self.parametro:
            return valor == self.texto
        if self.entero:
            return _ENTERO.fullmatch(valor) is not None
        return valor != ""


@dataclass(frozen=True)
class _Ruta:
    """Una ruta registrada."""

    metodo: str
    segmentos: tuple[_Segmento, ...]
    manejador: Manejador

    @property
    def forma(self) -> tuple[tuple[bool, bool, str], ...]:
        """Lo que la distingue de otras, y su sitio: el texto fijo va antes."""
        return tuple((bool(s.parametro), not s.entero, s.texto) for s in self.segmentos)

    def parametros(self, trozos: list[str]) -> dict[str, str] | None:
        """Los parámetros si la ruta encaja entera, o None."""
        if len(trozos) != len(self.segmentos):
            return None
        parejas = list(zip(self.segmentos, trozos, strict=True))
        if not all(segmento.encaja(trozo) for segmento, trozo in parejas):
            return None
        return {s.parametro: trozo for s, trozo in parejas if s.parametro}


@dataclass(frozen=True)
class Coincidencia:
    """Lo que el enrutador sabe de una petición.

    Sin `manejador`, la ruta existe pero no con ese método: vale `permitidos`.
    """

    manejador: Manejador | None
    parametros: dict[str, str]
    permitidos: tuple[str, ...]


class Enrutador:
    """Las rutas de una aplicación."""

    def __init__(self) -> None:
        """Empieza sin rutas."""
        self._rutas: list[_Ruta] = []

    def ruta(self, metodo: str, patron: str) -> Callable[[Manejador], Manejador]:
        """Decorador que registra un manejador, y devuelve la función sin cambios.

        Raises:
            ValueError: el método no existe, el patrón está mal, o ya estaba ocupado.
        """
        if metodo not in METODOS:
            raise ValueError(f"No conozco el método {metodo!r}")
        segmentos_del_patron = _compilar(patron)

        def registrar(manejador: Manejador) -> Manejador:
            nueva = _Ruta(metodo, segmentos_del_patron, manejador)
            for otra in self._rutas:
                if (otra.metodo, otra.forma) == (metodo, nueva.forma):
                    raise ValueError(f"{metodo} {patron} ya tiene manejador")
            self._rutas.append(nueva)
            # En el orden en que se prueban: la primera que encaja es la que gana.
            self._rutas.sort(key=lambda ruta: ruta.forma)
            return manejador

        return registrar

    def buscar(self, metodo: str, ruta: str) -> Coincidencia | None:
        """Quién atiende esa ruta, o None si no es de nadie.

        Si varias encajan, gana la que tiene texto fijo antes.
        """
        trozos = segmentos(ruta)
        encajan: dict[str, tuple[_Ruta, dict[str, str]]] = {}
        for candidata in self._rutas:
            parametros = candidata.parametros(trozos)
            if parametros is not None:
                encajan.setdefault(candidata.metodo, (candidata, parametros))
        if "GET" in encajan:
            encajan.setdefault("HEAD", encajan["GET"])
        if metodo in encajan:
            elegida, parametros = encajan[metodo]
            return Coincidencia(elegida.manejador, parametros, ())
        return Coincidencia(None, {}, tuple(sorted(encajan))) if encajan else None


def _compilar(patron: str) -> tuple[_Segmento, ...]:
    if not patron.startswith("/"):
        raise ValueError(f"La ruta {patron!r} no empieza por «/»")
    partes = []
    nombres: set[str] = set()
    for trozo in patron[1:].split("/"):
        parametro = _PARAMETRO.fullmatch(trozo)
        if parametro:
            if parametro[1] in nombres:
                raise ValueError(f"El parámetro {parametro[1]!r} se repite")
            nombres.add(parametro[1])
            partes.append(_Segmento("", parametro[1], bool(parametro[2])))
        elif "{" in trozo or "}" in trozo:
            raise ValueError(f"No entiendo {trozo!r} en la ruta {patron!r}")
        else:
            partes.append(_Segmento(trozo))
    return tuple(partes)
