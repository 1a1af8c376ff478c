"""REQUISITOS.md and RUTA.md: checklists written for people, read by programs.

Learners edit them in editors of every kind, so reading is tolerant: any bullet, `[x]` or
`[X]`, CRLF, a byte order mark. Writing changes what it must and nothing else. The boxes of
REQUISITOS.md that count are the requirements (`**R2 · …**`); in RUTA.md every box does.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher

from scaffolder.errors import Refusal

FILE = "REQUISITOS.md"

_HEAD = re.compile(
    r"(?P<bullet>\ufeff? {0,3}[-*+] +\[)(?P<mark>[ xX])"
    r"(?P<rest>\] +\*\*(?P<id>R\d+) *· *(?P<title>.+?)\*\*)"
)
_BOX = re.compile(
    r"(?P<bullet>\ufeff?\s{0,3}[-*+]\s+\[)(?P<mark>[ xX])(?P<rest>\]\s+\*\*(?P<name>.+?)\*\*.*)"
)
_NUMBER = re.compile(r"\d+\.\d+")
_LINK = re.compile(r"\s*[-*+] \[(?P<title>[^]]+)\]\([^)]+\)\s*")
_WRITTEN_BY_US = ("Se practica en", "Solo lectura")
_CRITERION = re.compile(r"\s+[-*+] +(?P<text>.+)")
_LEARN = re.compile(r"Se aprende en: *(?P<links>.+)")
_HEADING = re.compile(r"#{1,6} ")


@dataclass(frozen=True, slots=True)
class Box:
    """A requirement as REQUISITOS.md has it.

    Args:
        id: its number, as `R2`.
        ticked: whether its box is: the learner's promise that its tests pass.
        criteria: what it takes, line by line.
        learn: where the roadmap teaches it, as Markdown links.
    """

    id: str
    title: str
    ticked: bool
    criteria: tuple[str, ...] = ()
    learn: str = ""


def decode(content: bytes, shown: str = FILE) -> str:
    """The text of a REQUISITOS.md, which a message calls as is `shown`.

    Raises:
        Refusal: an editor saved it in another encoding. It tells how to convert the file:
            what the learner noted in it stays.
    """
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content
    if not wide:
        with suppress(UnicodeDecodeError):
            return content.decode("utf-8")
    encoding = "utf-16" if wide else "cp1252"
    script = f"import pathlib; f = pathlib.Path('{FILE}'); "
    script += f"f.write_bytes(f.read_bytes().decode('{encoding}').encode())"
    raise Refusal(
        f"No puedo leer {shown}: está en {'UTF-16' if wide else 'otra codificación'}, no en UTF-8.",
        "Guárdalo como UTF-8 desde tu editor (no pierdes nada), o escribe en su carpeta: "
        f'uv run python -c "{script}"',
    )


def ticked_otherwise(old: str, new: str) -> tuple[str, ...] | None:
    """The boxes that differ between two versions of a REQUISITOS.md; None if anything else does."""
    then, now = ({box.id: box.ticked for box in parse(text)} for text in (old, new))
    on, off = ([key for key, ticked in now.items() if ticked is wanted] for wanted in (True, False))
    if mark(old, tick=on, untick=off).splitlines() != new.splitlines():
        return None
    return tuple(key for key, ticked in now.items() if then.get(key) != ticked)


def parse(text: str) -> tuple[Box, ...]:
    """Read the requirements of a REQUISITOS.md; of two with one number, the first counts."""
    boxes: dict[str, Box] = {}
    for head, *lines in _blocks(text.splitlines())[1:]:
        match = _HEAD.match(head)
        if match is None or match["id"] in boxes:
            continue
        nested = [found["text"].strip() for line in lines if (found := _CRITERION.match(line))]
        learn = [found["links"].strip() for line in nested if (found := _LEARN.match(line))]
        boxes[match["id"]] = Box(
            match["id"],
            match["title"].strip(),
            match["mark"] != " ",
            tuple(line for line in nested if not _LEARN.match(line)),
            learn[0] if learn else "",
        )
    return tuple(boxes.values())


def mark(text: str, tick: Collection[str] = (), untick: Collection[str] = ()) -> str:
    """Tick and untick boxes; every other byte stays."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        match = _HEAD.match(line)
        if match and (match["id"] in tick or match["id"] in untick):
            box = "x" if match["id"] in tick else " "
            if (match["mark"] == " ") != (box == " "):
                lines[number] = f"{match['bullet']}{box}{match['rest']}{line[match.end() :]}"
    return "".join(lines)


def merge(base: str, ours: str, theirs: str) -> str:
    """Bring a template's new REQUISITOS.md into a learner's.

    The text is the template's; the ticks, and the lines that the learner added, are the
    learner's. Notes of a requirement that the template dropped stay at the end, under its
    old head.

    Args:
        base: what the template said before.
        ours: the learner's.
        theirs: what the template says now.

    Returns:
        The merged text, with the learner's line ends.
    """
    old, mine = _by_requirement(base), _by_requirement(ours)
    ticked = {box.id for box in parse(ours) if box.ticked}
    merged: list[str] = []
    seen = set()
    for key, block in _by_requirement(theirs).items():
        seen.add(key)
        before, own = old.get(key, []), mine.get(key, [])
        if before and own and _HEAD.match(own[0]):
            own, block = _keep_title(before, own, block)  # noqa: PLW2901 - the same block
        merged += _carry(before, own, block)
    for key, block in mine.items():
        if key not in seen:
            added = _carry(old.get(key, []), block, [])
            merged += added if key not in old or not added else [block[0], *added]
    newline = "\r\n" if "\r\n" in ours else "\n"
    return mark(newline.join([*merged, ""]), tick=ticked)


def refresh(ours: str, fresh: str) -> str:
    """A fresh RUTA.md with the learner's ticks, and every line of theirs that it lacks.

    It needs no earlier text: what was generated is known by its form.

    Args:
        ours: the learner's.
        fresh: the file as it would be written today.

    Returns:
        The merged text, with the learner's line ends.
    """
    mine = [(_name(block), block) for block in _blocks(ours.splitlines(), _BOX)]
    new = [(_name(block), block) for block in _blocks(fresh.splitlines(), _BOX)]
    own, known = dict(reversed(mine)), {name for name, _ in new}
    result: list[str] = []
    for name, block in new:
        result += _with_ours(block, own.get(name, []))
        # What the learner wrote behind this, under heads of their own, stays behind it.
        places = [number for number, (other, _) in enumerate(mine) if other == name]
        for other, lines in mine[places[0] + 1 :] if places else ():
            if other in known:
                break
            result += lines
    newline = "\r\n" if "\r\n" in ours else "\n"
    return newline.join([*result, ""])


def _blocks(lines: Sequence[str], head: re.Pattern[str] = _HEAD) -> list[list[str]]:
    """The lines before the first box, then those of each; a heading ends a box's lines.

    Where every box counts, a heading begins a block of its own from the first line on.
    """
    blocks: list[list[str]] = [[]]
    for line in lines:
        if head.match(line) or (_HEADING.match(line) and (len(blocks) > 1 or head is _BOX)):
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _name(block: Sequence[str]) -> str:
    """What a block of RUTA.md is known by: a topic's number, a box's words, a heading."""
    head = block[0] if block else ""
    box = _BOX.fullmatch(head)
    if box is None:
        return head.strip() if _HEADING.match(head) else ""
    number = _NUMBER.match(box["name"])
    return number[0] if number else box["name"].strip()


def _with_ours(fresh: list[str], ours: list[str]) -> list[str]:
    """A fresh block with the tick of ours, and behind it the lines that only ours has."""
    result = list(fresh)
    head = _BOX.fullmatch(ours[0]) if ours else None
    box = _BOX.fullmatch(fresh[0]) if fresh else None
    if head and box and head["mark"] != " ":
        result[0] = f"{box['bullet']}x{box['rest']}"
    known = {line.strip() for line in fresh}
    titles = {match["title"] for line in fresh if (match := _LINK.fullmatch(line))}
    for line in ours[1:] if head or (ours and _HEADING.match(ours[0])) else ours:
        link = _LINK.fullmatch(line)
        moved = link is not None and link["title"] in titles
        ours_alone = line.strip() and line.strip() not in known and not moved
        if ours_alone and not line.lstrip("-*+ ").startswith(_WRITTEN_BY_US):
            place = len(result)
            while place and not result[place - 1].strip():
                place -= 1
            result.insert(place, line)
    return result


def _by_requirement(text: str) -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    for position, block in enumerate(_blocks(text.removeprefix("\ufeff").splitlines())):
        head = _HEAD.match(block[0]) if block else None
        name = head["id"] if head else block[0] if block and position else ""
        blocks.setdefault(name, []).extend(block)
    return blocks


def _keep_title(base: list[str], ours: list[str], theirs: list[str]) -> tuple[list[str], list[str]]:
    """A title that the learner changed stays; if the template changed it too, as a note."""
    old, mine, new = (_unticked(block[0]) for block in (base, ours, theirs))
    head = _HEAD.match(ours[0])
    if head is None or mine in {old, new}:
        return ours, theirs
    if old == new:
        return [base[0], *ours[1:]], [ours[0], *theirs[1:]]
    return [base[0], f"  - {head['title']}", *ours[1:]], theirs


def _carry(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """The lines of `theirs`, with those that `ours` has beyond `base` where they stood."""
    result = list(theirs)
    before, mine, new = ([_unticked(line) for line in lines] for lines in (base, ours, theirs))
    after = _places(before, new)
    known = {*before, *new} - {""}
    for kind, start, _, first, last in reversed(_opcodes(before, mine)):
        if kind in {"insert", "replace"}:
            added = [ours[number] for number in range(first, last) if mine[number] not in known]
            if any(line.strip() for line in added):
                result[after[start] : after[start]] = added
    return result


def _places(base: Sequence[str], new: Sequence[str]) -> list[int]:
    """For each gap between the lines of `base`, the gap in `new` that it has become."""
    places = [0]
    for kind, start, end, first, last in _opcodes(base, new):
        if kind == "equal":
            places += range(first + 1, last + 1)
        else:
            places += [last] * (end - start)
    return places


def _opcodes(base: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, base, new, autojunk=False).get_opcodes()


def _unticked(line: str) -> str:
    match = _HEAD.match(line)
    text = f"{match['bullet']} {match['rest']}{line[match.end() :]}" if match else line
    return text.rstrip()
