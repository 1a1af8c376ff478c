"""Who is in the class: `roster.csv`, and the repositories that follow from it.

People edit it in spreadsheets, so a byte order mark and semicolons are understood, and a cell
that a spreadsheet would take for a formula is written with `'` before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from scaffolder.classroom.course import ID
from scaffolder.classroom.files import write_whole
from scaffolder.errors import Refusal

FILE = "roster.csv"
COLUMNS = ("id", "name", "email", "username", "section", "team")

_USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?")
"""What Windows takes for a device."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 200
_ID_RULE = "minúsculas sin acentos, cifras, «.», «_» y «-», hasta 39; empieza por letra o cifra"


@dataclass(frozen=True, slots=True)
class Student:
    """A row of the roster.

    Args:
        id: `[a-z0-9][a-z0-9._-]{0,38}`, unique: it names folders and repositories.
        username: the name on the forge; empty where there is none.
        section: part of the class; it may have answers of its own.
        team: the students of one team share a repository of that id.
    """

    id: str
    name: str = ""
    email: str = ""
    username: str = ""
    section: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository of the class: a student's, or a team's.

    Args:
        id: the team's, or the student's.
        section: of everyone in it.
    """

    id: str
    students: tuple[Student, ...]
    section: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list of students, as it was read.

    Args:
        place: where it stands, for people: `roster.csv, línea 3`.
    """

    place: str
    cells: Mapping[str, str]


def read_roster(folder: Path) -> tuple[Student, ...]:
    """Read and check `roster.csv`.

    Raises:
        Refusal: it can't be read, or one of its rows is wrong: which, and what.
    """
    file = folder / FILE
    text = read_text(file)
    header = header_of(text)
    for name in sorted(set(header) - set(COLUMNS)):
        reason = f"{FILE}, línea 1: «{name}» no es ninguna de sus columnas."
        raise Refusal(reason, f"Sus columnas: {', '.join(COLUMNS)}.")
    if "id" not in header:
        reason = f"{FILE}, línea 1: falta la columna «id»."
        raise Refusal(reason, f"Su primera línea: {','.join(COLUMNS)}")
    return check_students(read_table(file, text))


def check_students(rows: Sequence[Row]) -> tuple[Student, ...]:
    """The students that some rows describe.

    Raises:
        Refusal: one of the rows is wrong: where it is, and what.
    """
    known = {field.name for field in fields(Student)}
    places: dict[str, str] = {}
    teams: dict[str, tuple[str, str]] = {}
    students = []
    for row in rows:
        student = Student(**{key: cell for key, cell in row.cells.items() if key in known})
        if what := _wrong(student):
            raise Refusal(f"{row.place}: {what}.", "Corrígelo y vuelve a intentarlo: no toco nada.")
        if student.id in places:
            reason = f"{row.place}: «{student.id}» ya está en {places[student.id]}."
            raise Refusal(reason, "Cada estudiante tiene su id: cambia uno de los dos.")
        places[student.id] = row.place
        if student.team:
            section, first = teams.setdefault(student.team, (student.section, row.place))
            if section != student.section:
                reason = f"{row.place}: «{student.team}» tiene en {first} otra sección."
                raise Refusal(reason, "Un equipo es de una sección: pon la misma en todos.")
        students.append(student)
    for student, row in zip(students, rows, strict=True):
        owner = next((other for other in students if other.id == student.team), None)
        if owner is not None and owner.team != student.team:
            reason = f"{row.place}: el equipo «{student.team}» se llama como un estudiante."
            raise Refusal(reason, "Dale otro nombre: cada repositorio tiene el suyo.")
    return tuple(students)


def repos_of(students: Sequence[Student]) -> tuple[Repo, ...]:
    """The repositories of some students, in the order of the roster."""
    teams: dict[str, list[Student]] = {}
    for student in students:
        teams.setdefault(student.team or student.id, []).append(student)
    return tuple(Repo(name, tuple(them), them[0].section) for name, them in teams.items())


def write_roster(folder: Path, students: Sequence[Student]) -> None:
    """Write `roster.csv`, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for student in students:
        writer.writerow([_guarded(getattr(student, column)) for column in COLUMNS])
    write_whole(folder / FILE, text.getvalue().encode())


def read_text(file: Path) -> str:
    """The text of a list of students.

    Raises:
        Refusal: it can't be read, or is not in UTF-8.
    """
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        reason = f"{file.name} no está en UTF-8."
        raise Refusal(reason, "En tu hoja de cálculo, guárdalo como «CSV UTF-8».") from None
    except OSError as error:
        reason = f"No puedo leer {file} ({error.strerror})."
        raise Refusal(reason, "Revisa la ruta y sus permisos.") from None


def read_table(file: Path, text: str) -> list[Row]:
    """The rows of a CSV text below its header, whose names are taken in lower case.

    Raises:
        Refusal: it is no table: a row has more cells than the header, a name is there twice.
    """
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    header: list[str] = []
    line = 0
    try:
        for cells in reader:
            line, started = reader.line_num, line + 1
            place = f"{file.name}, línea {started}"
            cells = [cell.strip() for cell in cells]  # noqa: PLW2901 - the same cells
            if not any(cells):
                continue
            if not header:
                header = [cell.lower() for cell in cells]
                if len(set(header)) < len(header):
                    raise Refusal(f"{place}: una columna está dos veces.", f"Corrige {file}.")
                continue
            if len(cells) > len(header):
                raise Refusal(f"{place}: tiene más celdas que la cabecera.", f"Corrige {file}.")
            padded = [*cells, *[""] * (len(header) - len(cells))]
            rows.append(Row(place, dict(zip(header, map(_unguarded, padded), strict=True))))
    except csv.Error as error:
        place = f"{file.name}, línea {reader.line_num}"
        raise Refusal(f"{place}: no es CSV válido ({error}).", f"Corrige {file}.") from None
    return rows


def header_of(text: str) -> tuple[str, ...]:
    """The names in the first line of a CSV text, in lower case."""
    first = text.lstrip("\ufeff").partition("\n")[0].strip()
    delimiter = max(",;\t", key=first.count)
    cells = next(csv.reader([first], delimiter=delimiter), [])
    return tuple(cell.strip().lower() for cell in cells)


def _wrong(student: Student) -> str:
    """What is wrong with a student, if anything."""
    for field in fields(Student):
        cell = getattr(student, field.name)
        if _CONTROL.search(cell) or not _is_text(cell):
            return f"en «{field.name}» hay caracteres que no se ven"
        if len(cell) > _LONGEST:
            return f"«{field.name}» es demasiado largo: como mucho {_LONGEST} letras"
    wrong = {
        "falta el «id»": not student.id,
        f"«{student.id}» no vale de id ({_ID_RULE})": not is_id(student.id),
        f"«{student.team}» no vale de team ({_ID_RULE})": student.team and not is_id(student.team),
        f"«{student.username}» no es un nombre de usuario": (
            student.username and not _USERNAME.fullmatch(student.username)
        ),
        f"«{student.email}» no es un correo": student.email and not _EMAIL.fullmatch(student.email),
    }
    return next((what for what, holds in wrong.items() if holds), "")


def is_id(text: str) -> bool:
    """Whether a text may name a student's or a team's repository on every disk and host."""
    ends_badly = text.endswith((".", ".git", ".lock"))
    return bool(ID.fullmatch(text)) and not ends_badly and not _RESERVED.fullmatch(text)


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    guarded = cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA)
    return cell[1:] if guarded else cell
