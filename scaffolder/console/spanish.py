"""click in Spanish: whatever the person's locale is, all that they read is in one language."""

from __future__ import annotations

import sys
from collections.abc import Callable

MESSAGES = {
    "Usage:": "Uso:",
    "Options": "Opciones",
    "Commands": "Órdenes",
    "Positional arguments": "Argumentos",
    "required": "obligatorio",
    "default: {default}": "por defecto: {default}",
    "(dynamic)": "(según el caso)",
    "env var: {var}": "variable: {var}",
    "deprecated": "en desuso",
    "Show this message and exit.": "Enseña esta ayuda.",
    "Show the version and exit.": "Enseña la versión.",
    "%(prog)s, version %(version)s": "%(prog)s %(version)s",
    "Aborted!": "Interrumpido.",
    "Error: {message}": "{message}",
    "Try '{command} {option}' for help.": "Escribe «{command} {option}» para ver cómo se usa.",
    "Missing command.": "Falta la orden.",
    "Missing argument": "Falta el argumento",
    "Missing option": "Falta la opción",
    "Missing parameter": "Falta el parámetro",
    "Missing parameter: {param_name}": "Falta el parámetro: {param_name}",
    "Missing {param_type}": "Falta: {param_type}",
    "No such option {name!r}.": "No existe la opción «{name}».",
    "No such command {name!r}.": "No existe la orden «{name}».",
    "Invalid value: {message}": "Valor no válido: {message}",
    "Invalid value for {param_hint}: {message}": "Valor no válido para {param_hint}: {message}",
    "Could not open file {filename!r}: {message}": "No puedo abrir «{filename}»: {message}",
    "unknown error": "error desconocido",
    "Option {name!r} does not take a value.": "La opción «{name}» no lleva valor.",
    "Argument {name!r} takes {nargs} values.": "El argumento «{name}» lleva {nargs} valores.",
    "Invalid start character for option ({option})": "Así no empieza una opción ({option})",
    "{value!r} is not a valid {number_type}.": "«{value}» no es un número válido.",
    "{value} is not in the range {range}.": "{value} no está en el intervalo {range}.",
    "{name} {filename!r} does not exist.": "«{filename}» no existe.",
    "{name} {filename!r} is a file.": "«{filename}» es un archivo.",
    "{name} {filename!r} is a directory.": "«{filename}» es una carpeta.",
    "{name} {filename!r} is not readable.": "«{filename}» no se puede leer.",
    "{name} {filename!r} is not writable.": "En «{filename}» no se puede escribir.",
    "{name} {filename!r} is not executable.": "«{filename}» no se puede ejecutar.",
    "file": "archivo",
    "directory": "carpeta",
    "path": "ruta",
    "Choose from:\n\t{choices}": "Elige entre:\n\t{choices}",
    "Do you want to continue?": "¿Quieres seguir?",
    "Error: invalid input": "Responde s o n.",
    "Shell completion is not supported for Bash versions older than 4.4.": (
        "Para completar con el tabulador hace falta Bash 4.4 o posterior."
    ),
    "Couldn't detect Bash version, shell completion is not supported.": (
        "No encuentro la versión de Bash: no puedo completar con el tabulador."
    ),
}

PLURALS = {
    "Got unexpected extra argument ({args})": (
        "Sobra un argumento: {args}",
        "Sobran argumentos: {args}",
    ),
    "Did you mean {possibility}?": (
        "¿Querías decir {possibility}?",
        "¿Querías decir una de estas: {possibilities}?",
    ),
    "Option {name!r} requires an argument.": (
        "La opción «{name}» necesita un valor.",
        "La opción «{name}» necesita {nargs} valores.",
    ),
    "{value!r} is not {choice}.": (
        "«{value}» no es {choice}.",
        "«{value}» no es ninguno de: {choices}.",
    ),
    "Takes {nargs} values but 1 was given.": (
        "Lleva {nargs} valores y se ha dado 1.",
        "Lleva {nargs} valores y se han dado {len}.",
    ),
    "{len_type} values are required, but {len_value} was given.": (
        "Hacen falta {len_type} valores y se ha dado {len_value}.",
        "Hacen falta {len_type} valores y se han dado {len_value}.",
    ),
}


def translate(message: str) -> str:
    """One of click's messages in Spanish, or as it is where it is not known."""
    return MESSAGES.get(message, message)


def translate_plural(one: str, many: str, count: int) -> str:
    """One of click's messages that depend on a number."""
    singular, plural = PLURALS.get(one, (one, many))
    return singular if count == 1 else plural


def install() -> None:
    """Give click's modules these words instead of gettext's.

    click takes its words from the locale of the process, and only if somebody compiled a
    catalogue for it; a dictionary needs neither.
    """
    words: dict[str, Callable[..., str]] = {"_": translate, "ngettext": translate_plural}
    for name, module in list(sys.modules.items()):
        if name == "click" or name.startswith("click."):
            for key, function in words.items():
                if getattr(getattr(module, key, None), "__module__", "") == "gettext":
                    setattr(module, key, function)
