"""Lists of students that other tools keep, known by their first line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scaffolder.classroom.roster import (
    COLUMNS,
    Row,
    Student,
    check_students,
    header_of,
    is_id,
    read_table,
    read_text,
)
from scaffolder.errors import Refusal

_STAFF = {"", "student"}
_LONGEST_ID = 39


def import_roster(file: Path) -> tuple[Student, ...]:
    """Read a list of students of ours, GitHub Classroom's, Classroom 50's or RepoBee's.

    Raises:
        Refusal: it is none of them, or one of its rows is wrong: which, and what.
    """
    text = read_text(file)
    if file.suffix.lower() in {".yml", ".yaml"}:
        return check_students(_repobee_yaml(file, text))
    header = set(header_of(text))
    for names, adapt in _TABLES:
        if names <= header:
            return check_students(
                [adapt(row) for row in read_table(file, text) if _is_student(row)]
            )
    if file.suffix.lower() != ".csv" and header:
        return check_students(_repobee_text(file, text))
    raise Refusal(
        f"No conozco la lista {file.name}: su primera línea no es de ninguna de las mías.",
        "Vale la de GitHub Classroom, Classroom 50 o RepoBee, o un CSV con estas columnas: "
        f"{', '.join(COLUMNS)}.",
    )


def joined(known: Sequence[Student], new: Sequence[Student]) -> tuple[Student, ...]:
    """A roster with the students of another: who is in it stays, with what was empty filled in."""
    imported = {student.id: student for student in new}
    filled = []
    for student in known:
        other = imported.pop(student.id, student)
        gaps = {key: getattr(other, key) for key in COLUMNS if not getattr(student, key)}
        filled.append(replace(student, **gaps))
    return (*filled, *imported.values())


def _is_student(row: Row) -> bool:
    """Whether a row is a student's: Classroom 50 lists who teaches, too."""
    return row.cells.get("role", "").lower() in _STAFF


def _own(row: Row) -> Row:
    return Row(row.place, {key: row.cells.get(key, "") for key in COLUMNS})


def _github_classroom(row: Row) -> Row:
    cells = row.cells
    identifier, username = cells["identifier"], cells["github_username"]
    email = identifier if "@" in identifier else ""
    return Row(
        row.place,
        {
            "id": _id(username or identifier.partition("@")[0]),
            "name": cells.get("name") or ("" if email else identifier),
            "email": email,
            "username": username,
            "team": _id(cells.get("group_name", "")),
        },
    )


def _classroom_50(row: Row) -> Row:
    cells = row.cells
    return Row(
        row.place,
        {
            "id": _id(cells["username"] or cells.get("email", "").partition("@")[0]),
            "name": " ".join(filter(None, (cells["first_name"], cells["last_name"]))),
            "email": cells.get("email", ""),
            "username": cells["username"],
            "section": cells.get("section", ""),
        },
    )


def _repobee_text(file: Path, text: str) -> list[Row]:
    """A line a repository, with the names of who shares it."""
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        names, place = line.split(), f"{file.name}, línea {number}"
        team = _id("-".join(names)) if len(names) > 1 else ""
        rows += _members(place, names, team)
    return rows


def _repobee_yaml(file: Path, text: str) -> list[Row]:
    """By team, its members."""
    import yaml  # noqa: PLC0415 - slow to import

    wrong = f"En {file} va, por equipo, una lista «members»."
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        raise Refusal(f"{file.name} no es YAML válido.", wrong) from None
    rows: list[Row] = []
    for name, about in _pairs(yaml, node, file, wrong):
        place = f"{file.name}, línea {name.start_mark.line + 1}"
        members = {key.value: value for key, value in _pairs(yaml, about, file, wrong)}
        listed = members.get("members")
        if not isinstance(listed, yaml.SequenceNode) or not listed.value:
            raise Refusal(f"{place}: el equipo «{name.value}» no tiene «members».", wrong)
        if not all(isinstance(member, yaml.ScalarNode) for member in listed.value):
            raise Refusal(f"{place}: «members» tiene que ser una lista de nombres.", wrong)
        names = [str(member.value) for member in listed.value]
        alone = len(names) == 1 and _id(names[0]) == _id(name.value)
        rows += _members(place, names, "" if alone else _id(name.value))
    return rows


def _pairs(yaml: Any, node: Any, file: Path, wrong: str) -> list[tuple[Any, Any]]:  # noqa: ANN401 - yaml's own
    if not isinstance(node, yaml.MappingNode) or not all(
        isinstance(key, yaml.ScalarNode) for key, _ in node.value
    ):
        line = node.start_mark.line + 1 if node is not None else 1
        raise Refusal(f"{file.name}, línea {line}: no es una lista de equipos.", wrong)
    return list(node.value)


def _members(place: str, names: Sequence[str], team: str) -> list[Row]:
    return [Row(place, {"id": _id(name), "username": name, "team": team}) for name in names]


def _id(text: str) -> str:
    """An id out of a name, where it has letters for one; else the name, to be refused."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:_LONGEST_ID].rstrip("-._")
    return made if is_id(made) else text


_TABLES: tuple[tuple[set[str], Callable[[Row], Row]], ...] = (
    ({"identifier", "github_username"}, _github_classroom),
    ({"username", "first_name", "last_name"}, _classroom_50),
    ({"id"}, _own),
)
