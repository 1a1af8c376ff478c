"""Texto de fuera que se va a enseñar: a un log puede escribir cualquiera."""

LARGO_MAXIMO = 200


def visible(texto: str) -> str:
    """El texto en una sola línea, con lo que no se ve escrito como \\n, \\x1b…

    Un carácter de control en un log puede borrar la pantalla de quien lo lee, o
    inventarse una línea que no existía.
    """
    return "".join(
        letra if letra.isprintable() else letra.encode("unicode_escape").decode()
        for letra in texto
    )


def recortado(texto: str) -> str:
    """Los primeros LARGO_MAXIMO caracteres."""
    return texto[:LARGO_MAXIMO]


def limpio(texto: str) -> str:
    """El texto sin los medios caracteres (\\ud800) que no se pueden escribir en UTF-8.

    Salen de un JSON mal hecho, o de un nombre de archivo con bytes raros.
    """
    return texto.encode("utf-8", "replace").decode("utf-8")
