"""Texto para buscar."""

import unicodedata


def plegar(texto: str) -> str:
    """Sin mayúsculas ni acentos: lo que se compara al buscar."""
    partes = unicodedata.normalize("NFKD", texto.casefold())
    return "".join(letra for letra in partes if not unicodedata.combining(letra))


def buscable(texto: str) -> str:
    """El texto, o nada si lleva el carácter nulo: PostgreSQL no sabe ni buscarlo."""
    return "" if "\x00" in texto else texto
