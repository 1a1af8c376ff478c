"""Texto para URLs y para buscar."""

import re
import unicodedata

LARGO_SLUG = 80


def plegar(texto: str) -> str:
    """Sin mayúsculas ni acentos: lo que se compara al buscar."""
    partes = unicodedata.normalize("NFKD", texto.casefold())
    return "".join(letra for letra in partes if not unicodedata.combining(letra))


def buscable(texto: str) -> str:
    """El texto, o nada si lleva el carácter nulo: PostgreSQL no sabe ni buscarlo."""
    return "" if "\x00" in texto else texto


def slug_de(titulo: str) -> str:
    """«¡Hola, Ñandú!» → «hola-nandu». Si no queda nada, «post»."""
    palabras = re.findall(r"[a-z0-9]+", plegar(titulo))
    return "-".join(palabras)[:LARGO_SLUG].strip("-") or "post"


def con_numero(slug: str, numero: int) -> str:
    """El mismo slug con un número detrás, sin pasar del largo: «hola-2»."""
    if numero == 1:
        return slug
    final = f"-{numero}"
    return slug[: LARGO_SLUG - len(final)].rstrip("-") + final
