"""The states of a requirement: the Spanish word and the colour of each, for all that show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal["met", "failing", "pending", "error", "unchecked"]


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown: a word for people, and a colour of the terminal."""

    word: str
    colour: str


STATES: dict[Name, State] = {
    "met": State("cumplido", "green"),
    "failing": State("FALLA", "red"),  # promised, and not met
    "pending": State("pendiente", "yellow"),  # not met, and not promised
    "error": State("ERROR", "red"),  # nothing could be judged
    "unchecked": State("sin comprobar", "yellow"),  # no test of it could run here
}
