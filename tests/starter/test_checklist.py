"""REQUISITOS.md: read however it was edited, changed by no more than it must be."""

from __future__ import annotations

import pytest

from scaffolder.starter.checklist import Box, mark, merge, parse

TEXT = """\
# Requisitos · API de Blog

Fase 3

- [ ] **R1 · CRUD de posts**
  - Un borrador no se ve.
  - Se aprende en: [3.2 Fundamentos](https://example.org/a), [3.3 Más](https://example.org/b)
- [x] **R2 · Autenticación JWT**
  - Un token caducado recibe 401.

## Más

- [ ] otra cosa
"""


def test_reads_boxes_with_their_criteria_and_links() -> None:
    """What a program needs to know of it."""
    assert parse(TEXT) == (
        Box(
            "R1",
            "CRUD de posts",
            ticked=False,
            criteria=("Un borrador no se ve.",),
            learn="[3.2 Fundamentos](https://example.org/a), [3.3 Más](https://example.org/b)",
        ),
        Box("R2", "Autenticación JWT", ticked=True, criteria=("Un token caducado recibe 401.",)),
    )


@pytest.mark.parametrize(
    "line",
    [
        "- [x] **R7 · Título**",
        "* [X] **R7 · Título**",
        "+ [x]  **R7·Título** y algo más",
        "   - [x] **R7 ·  Título**  ",
        "\ufeff- [x] **R7 · Título**",
        "- [x] **R7 · Título**\r",
    ],
)
def test_reads_what_editors_make_of_it(line: str) -> None:
    """Bullets of every kind, capital X, line ends, a byte order mark."""
    assert parse(f"{line}\n  - Algo.\n") == (Box("R7", "Título", ticked=True, criteria=("Algo.",)),)


@pytest.mark.parametrize(
    "line", ["- [ ] R7 · Título", "    - [ ] **R7 · Título**", "- [-] **R7 · T**"]
)
def test_other_lines_are_not_boxes(line: str) -> None:
    """The same lines are boxes here and in the starter's own engine."""
    assert parse(f"{line}\n") == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_marking_changes_the_box_and_nothing_else(newline: str) -> None:
    """Byte for byte the same, but for the mark."""
    text = "\ufeff" + TEXT.replace("\n", newline).rstrip()
    marked = mark(text, tick=["R1"], untick=["R2"])
    assert marked == text.replace("[ ] **R1", "[x] **R1").replace("[x] **R2", "[ ] **R2")
    assert mark(marked, tick=["R2"], untick=["R1"]) == text
    assert mark(text, tick=["R2"]) == text


def test_a_capital_mark_stays_as_it_is() -> None:
    """A promise that is made is not made again."""
    text = "- [X] **R1 · Título**\n"
    assert mark(text, tick=["R1"]) == text


BASE = """\
# Requisitos

Marca una casilla.

- [ ] **R1 · Uno**
  - Criterio uno.
  - Criterio dos.
- [ ] **R2 · Dos**
  - Criterio tres.
"""
THEIRS = """\
# Requisitos

Marca una casilla cuando esté.

- [ ] **R1 · Uno**
  - Criterio uno, mejor dicho.
  - Criterio dos.
- [ ] **R2 · Dos, con otro título**
  - Criterio tres.
- [ ] **R3 · Tres**
  - Criterio cuatro.
"""


def test_merging_takes_the_template_s_text_and_the_learner_s_ticks() -> None:
    """Titles, criteria and new requirements are the template's; promises stay."""
    ours = BASE.replace("[ ] **R2", "[X] **R2")
    assert merge(BASE, ours, THEIRS) == THEIRS.replace("[ ] **R2", "[x] **R2")


def test_merging_keeps_the_learner_s_lines_where_they_stood() -> None:
    """Notes under a criterion, under a box, and at the top."""
    ours = (
        BASE.replace("una casilla.\n", "una casilla.\n\nMi plan: despacio.\n")
        .replace("Criterio dos.\n", "Criterio dos.\n    - mirar sqlite\n")
        .replace("**R2 · Dos**\n", "**R2 · Dos**\n  - lo hago el lunes\n")
    )
    assert merge(BASE, ours, THEIRS) == (
        THEIRS.replace("cuando esté.\n", "cuando esté.\n\nMi plan: despacio.\n")
        .replace("Criterio dos.\n", "Criterio dos.\n    - mirar sqlite\n")
        .replace("con otro título**\n", "con otro título**\n  - lo hago el lunes\n")
    )


def test_merging_keeps_notes_of_a_requirement_that_is_gone() -> None:
    """They stay at the end under their old head, with the promise."""
    ours = BASE.replace("[ ] **R2", "[x] **R2").replace("tres.\n", "tres.\n  - mi nota\n")
    theirs = THEIRS[: THEIRS.index("- [ ] **R2")]
    assert merge(BASE, ours, theirs) == f"{theirs}- [x] **R2 · Dos**\n  - mi nota\n"
    assert merge(BASE, BASE, theirs) == theirs


def test_merging_keeps_requirements_that_the_learner_added() -> None:
    """Their own box is theirs."""
    ours = f"{BASE}- [ ] **R9 · Mío**\n  - Mi criterio.\n"
    assert merge(BASE, ours, THEIRS).endswith("- [ ] **R9 · Mío**\n  - Mi criterio.\n")


def test_merging_keeps_a_title_that_the_learner_reworded() -> None:
    """One box for each requirement: theirs, and a note of it where the template changed it too."""
    ours = BASE.replace("[ ] **R2 · Dos**", "[x] **R2 · Mi dos**")
    assert merge(BASE, ours, BASE.replace("tres.", "cuatro.")) == ours.replace("tres.", "cuatro.")
    theirs = BASE.replace("R2 · Dos", "R2 · Segundo")
    merged = merge(BASE, ours, theirs)
    assert "- [x] **R2 · Segundo**\n  - Mi dos\n" in merged
    assert merged.count("R2 ·") == 1


def test_merging_keeps_the_learner_s_line_ends() -> None:
    """An editor of Windows sees no change in every line."""
    ours = BASE.replace("[ ] **R1", "[x] **R1").replace("\n", "\r\n")
    merged = merge(BASE, ours, THEIRS)
    assert merged == THEIRS.replace("[ ] **R1", "[x] **R1").replace("\n", "\r\n")


def test_merging_twice_adds_nothing() -> None:
    """What was merged is the learner's, and merging it again changes nothing."""
    ours = BASE.replace("Criterio dos.\n", "Criterio dos.\n  - mi nota\n")
    once = merge(BASE, ours, THEIRS)
    assert merge(THEIRS, once, THEIRS) == once
