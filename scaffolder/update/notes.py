"""What becomes of single files: the outcome of a merge, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scaffolder.git.object_format import Entries, Entry


class Kind(StrEnum):
    """What a note tells about a path; the words are part of the JSON output."""

    TEMPLATE_LINES = "template-lines"
    LEARNER_LINES = "learner-lines"
    RESTORED = "restored"
    REPLACED = "replaced"
    DROPPED = "dropped"
    KEPT = "kept"
    LEFT_OUT = "left-out"
    MOVED = "moved"
    FOLLOWED = "followed"
    ANSWERS = "answers"
    REQUIREMENTS = "requirements"
    CONFLICT_BOTH = "conflict-both"
    CONFLICT_WHOLE = "conflict-whole"
    CONFLICT_DELETED_BY_LEARNER = "conflict-deleted-by-you"
    CONFLICT_DELETED_BY_TEMPLATE = "conflict-deleted-by-template"
    CONFLICT_MOVED = "conflict-moved"
    CONFLICT_LEFT = "conflict-left"
    CONFLICT_BLOCKED = "conflict-file-and-folder"


SETTLED = {
    Kind.TEMPLATE_LINES: (
        "los dos cambiasteis las mismas líneas, y este archivo es de la plantilla: queda lo suyo"
        " (lo tuyo: git show {mine}:{path})"
    ),
    Kind.LEARNER_LINES: (
        "los dos cambiasteis las mismas líneas, y este archivo es tuyo: queda lo tuyo"
        " (lo de la plantilla: git show {template}:{path})"
    ),
    Kind.RESTORED: "lo habías borrado, pero es de la plantilla y ha cambiado: ha vuelto",
    Kind.REPLACED: "queda lo de la plantilla, y lo tuyo está en {other}",
    Kind.DROPPED: "la plantilla ya no lo tiene; como lo habías cambiado, lo tuyo está en {other}",
    Kind.KEPT: "la plantilla ya no lo tiene, pero lo cambiaste tú: se queda",
    Kind.LEFT_OUT: "la plantilla lo ha cambiado, pero lo borraste tú: sigue borrado",
    Kind.MOVED: "la plantilla lo ha movido a {other}, con tus cambios dentro",
    Kind.FOLLOWED: "está en {other}, porque su carpeta se movió ahí",
    Kind.ANSWERS: (
        "lo escribe scaffold, y tus cambios no cuentan"
        " (una respuesta se cambia con: scaffold update --data CLAVE=VALOR)"
    ),
    Kind.REQUIREMENTS: "el texto nuevo de la plantilla, con tus casillas y tus notas",
}
"""What is told of a file that needs no decision."""

OPEN = {
    Kind.CONFLICT_BOTH: (
        "los dos cambiasteis las mismas líneas: busca <<<<<<<, deja lo que quieras y borra las "
        "marcas (arriba está lo tuyo, abajo lo de la plantilla)"
    ),
    Kind.CONFLICT_WHOLE: (  # a binary file or a link: there are no lines to choose
        "los dos lo cambiasteis y no se puede mezclar: «git checkout --ours {here}» deja lo "
        "tuyo, «git checkout --theirs {here}» lo de la plantilla"
    ),
    Kind.CONFLICT_DELETED_BY_LEARNER: (
        "lo borraste y la plantilla lo ha cambiado: «git add {here}» lo recupera, "
        "«git rm {here}» lo deja borrado"
    ),
    Kind.CONFLICT_DELETED_BY_TEMPLATE: (
        "lo cambiaste y la plantilla lo ha borrado: «git add {here}» lo conserva, "
        "«git rm {here}» lo borra"
    ),
    Kind.CONFLICT_MOVED: (
        "tú lo moviste aquí y la plantilla a {other}: quédate con uno (git add) y quita el otro "
        "(git rm)"
    ),
    Kind.CONFLICT_LEFT: "ya no está aquí: los dos lo movisteis. Dilo con: git rm --cached {here}",
    Kind.CONFLICT_BLOCKED: (
        "hay un archivo y una carpeta con ese nombre; uno de los dos está ahora en {other}: "
        "ponlo donde te convenga"
    ),
}
"""What is told of a file that waits for a decision."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the learner is told about one path.

    Args:
        kind: what.
        path: the file.
        other: where something of it is now, or comes from.
    """

    kind: Kind
    path: str
    other: str = ""


@dataclass(frozen=True)
class Resolution:
    """What an update makes of a learner's files.

    Args:
        entries: the resulting files; those in conflict hold conflict markers.
        conflicts: the open conflicts, as Git's index holds them.
        notes: what to tell, sorted by path.
    """

    entries: Entries
    conflicts: Mapping[str, Mapping[int, Entry]]
    notes: tuple[Note, ...]
