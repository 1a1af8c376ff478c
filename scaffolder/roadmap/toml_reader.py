"""Reading a TOML file that people write: every key by its type, every mistake by its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from scaffolder.errors import Refusal

T = TypeVar("T")

_HEAD = re.compile(r"\s*\[(?P<name>[^\[\]]+)\]")
_PAIR = re.compile(r"\s*(?P<name>[^=\[#]+?)\s*=")
_PART = re.compile(r"[\s\"']")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def read(file: Path, build: Callable[[Table], T], *, with_lines: bool = False) -> T:
    """Read a TOML file.

    Args:
        build: makes the result out of its outermost table.
        with_lines: tell the line of a mistake too; the file holds no lists of tables.

    Raises:
        Refusal: it can't be read, is not TOML, or `build` found something wrong.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = f"{file.name} no es TOML válido ({_in_spanish(str(error))})."
        raise Refusal(reason, f"Corrige {file}.") from None
    except UnicodeDecodeError:
        raise Refusal(f"{file.name} no está en UTF-8.", f"Guarda así {file}.") from None
    except OSError as error:
        reason = f"No puedo leer {file} ({error.strerror})."
        raise Refusal(reason, "Revisa la ruta y sus permisos.") from None
    try:
        return build(Table(data, ""))
    except WrongError as wrong:
        line = _line_of(text, wrong.path) if with_lines else 0
        place = f"{file.name}, línea {line}" if line else file.name
        raise Refusal(f"{place}: {wrong}.", f"Corrígelo en {file}.") from None


def _line_of(text: str, path: str) -> int:
    """The line where a key stands, or its table where the key does not; 0 where neither does."""
    table, found = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _HEAD.match(line):
            table = _PART.sub("", head["name"])
            if path == table or path.startswith(f"{table}."):
                found = number
        elif (pair := _PAIR.match(line)) and path:
            name = _PART.sub("", pair["name"])
            whole = f"{table}.{name}" if table else name
            if path == whole or path.startswith(f"{whole}."):
                return number
    return found


def _in_spanish(error: str) -> str:
    """The place at the end of tomllib's message, in Spanish; its reason stays as it is."""
    reason, found, place = error.rpartition(" (at ")
    if not found:
        return error
    words = {"line ": "línea ", "column ": "columna ", "end of document": "final del archivo"}
    for english, spanish in words.items():
        place = place.replace(english, spanish)
    return f"{place.rstrip(')')}: {reason}"


class WrongError(Exception):
    """What is wrong in the file, with its place.

    Args:
        path: the key, with those of the tables around it before it.
    """

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(what)
        self.path = path


class Table:
    """A TOML table whose keys are taken one by one, each with its type."""

    def __init__(self, data: dict[str, object], place: str) -> None:
        self._data = dict(data)
        self._place = place

    def called(self, name: object) -> Table:
        """Name the table by what identifies it, instead of by its position."""
        self._place = f"{self._place.rpartition('[')[0]}[{name}]"
        return self

    def wrong(self, key: str, what: str) -> WrongError:
        """An error at a key of this table."""
        return WrongError(f"«{self._path(key)}» {what}", self._path(key))

    def __contains__(self, key: str) -> bool:
        """Whether a key is there, and was not taken yet."""
        return key in self._data

    def text(self, key: str) -> str:
        """A text that is not empty, on one line."""
        value = self._take(key)
        if not isinstance(value, str) or not value.strip() or _CONTROL.search(value):
            raise self.wrong(key, "tiene que ser un texto de una línea, no vacío")
        return value

    def number(self, key: str) -> int:
        """A whole number from 1."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.wrong(key, "tiene que ser un número entero, 1 o más")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of some words."""
        value = self.text(key)
        if value not in choices:
            raise self.wrong(key, f"es «{value}»: tiene que ser {' o '.join(choices)}")
        return value

    def flag(self, key: str) -> bool:
        """Yes or no."""
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "tiene que ser true o false")
        return value

    def moment(self, key: str) -> datetime:
        """A date with its time and its offset from UTC."""
        value = self._take(key)
        if not isinstance(value, datetime) or value.tzinfo is None:
            what = "tiene que ser una fecha con hora y zona: 2027-03-01T23:59:00+01:00"
            raise self.wrong(key, what)
        return value

    def left(self) -> tuple[str, ...]:
        """The keys that were not taken yet."""
        return tuple(self._data)

    def is_table(self, key: str) -> bool:
        """Whether a key that was not taken yet holds a table."""
        return isinstance(self._data.get(key), dict)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is missing."""
        values = self._data.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
            raise self.wrong(key, "tiene que ser una lista de textos")
        return tuple(values)

    def table(self, key: str) -> Table | None:
        """A table, or None where the key is missing."""
        value = self._data.pop(key, None)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key, "tiene que ser una tabla")
        return None if value is None else Table(value, self._path(key))

    def tables(self, key: str, *, needed: bool = False) -> Iterator[Table]:
        """A list of tables; where it is not needed, a missing key is an empty list."""
        values = self._take(key) if needed else self._data.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
            raise self.wrong(key, "tiene que ser una lista de tablas")
        if needed and not values:
            raise self.wrong(key, "está vacía")
        for position, value in enumerate(values, start=1):
            yield Table(value, f"{self._path(key)}[{position}]")

    def end(self) -> None:
        """Nothing else may be in the table."""
        for key in self._data:
            raise self.wrong(key, "no es una clave conocida")

    def _take(self, key: str) -> object:
        try:
            return self._data.pop(key)
        except KeyError:
            raise self.wrong(key, "falta") from None

    def _path(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key
