"""Expresiones regulares de otros: comprobarlas antes de usarlas.

El módulo re prueba todas las maneras de encajar, y con algunos patrones son 2 elevado
al largo de la línea: `(a+)+$` no acaba nunca con treinta aes y un punto. No hay forma
de ponerle un tiempo máximo, así que se rechaza el patrón que puede caer en eso.
"""

from __future__ import annotations

import re

# Las piezas de un patrón, de izquierda a derecha.
PIEZA = re.compile(
    r"""
      (?P<comentario> \(\?\#[^)]*\) )
    | (?P<clase> \[\^?\]?(?:[^\]\\]|\\.)*\] )
    | (?P<escape> \\. )
    | (?P<atomico> \(\?> )
    | (?P<abre> \((?:\?(?:P<\w+>|:|=|!|<=|<!|[aiLmsux-]+:|\(\w+\)))? )
    | (?P<cierra> \) )
    | (?P<veces> [*+?] | \{\d*,?\d*\} ) (?P<modo> [?+]? )
    | (?P<o> \| )
    | (?P<otra> . )
    """,
    re.VERBOSE | re.DOTALL,
)
# Con (?x), los espacios y los comentarios de un patrón no cuentan.
MODO_X = re.compile(r"\(\?[aiLmsu]*x")
SOBRA = re.compile(r"(\\.|\[\^?\]?(?:[^\]\\]|\\.)*\])|\s+|#[^\n]*", re.DOTALL)
REPETICION_FIJA = 10
"""Hasta cuántas veces exactas se puede repetir algo de largo variable."""


def es_exponencial(patron: str) -> bool:
    """Si dentro de algo que se repite hay otra repetición o una alternativa.

    Es prudente: también rechaza algún patrón que no haría daño. Los grupos atómicos
    `(?>…)` y los cuantificadores posesivos (`*+`) no vuelven atrás, y se admiten.
    """
    if MODO_X.search(patron):
        patron = SOBRA.sub(lambda pieza: pieza[1] or "", patron)
    variables = [False]  # una por grupo abierto: ¿puede encajar de varias maneras?
    atomicos = [False]
    ultimo = False  # lo mismo, de la pieza que acaba de pasar
    for pieza in PIEZA.finditer(patron):
        if pieza["abre"] or pieza["atomico"]:
            variables.append(False)
            atomicos.append(bool(pieza["atomico"]))
            ultimo = False
        elif pieza["cierra"] and len(variables) > 1:
            ultimo = variables.pop() and not atomicos.pop()
            variables[-1] |= ultimo
        elif pieza["veces"]:
            minimo, maximo = _veces(pieza["veces"])
            posesivo = pieza["modo"] == "+"
            if ultimo and not posesivo and maximo > 1:
                if minimo != maximo or maximo > REPETICION_FIJA:
                    return True
            ultimo = not posesivo and minimo != maximo
            variables[-1] |= ultimo
        else:
            variables[-1] |= bool(pieza["o"])
            ultimo = False
    return False


def _veces(cuantificador: str) -> tuple[float, float]:
    """Cuántas veces como poco y como mucho."""
    sencillos = {"*": (0, float("inf")), "+": (1, float("inf")), "?": (0, 1)}
    if cuantificador in sencillos:
        return sencillos[cuantificador]
    minimo, coma, maximo = cuantificador[1:-1].partition(",")
    poco = float(minimo or 0)
    return poco, float(maximo or "inf") if coma else poco
