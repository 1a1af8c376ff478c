"""The screen of `scaffold check --watch`: lines that fit the terminal, however small it is."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scaffolder.check import verdicts
from scaffolder.check.states import STATES

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from scaffolder.check.verdicts import Verdict
    from scaffolder.errors import Refusal
    from scaffolder.starter.checklist import Box
    from scaffolder.starter.discovery import Starter

_NARROW = 60  # columns
_HEADS = ("Guarda un archivo y lo vuelvo a mirar", "guarda y lo miro", "")
_KEYS = (
    "r: otra vez · {numbers}: ese requisito · t: todos · q: salir",
    "r otra vez · {numbers} · t todos · q salir",
    "r · {numbers} · t · q",
)


class Screen:
    """A line per requirement, why the one at work is not met, and the keys."""

    def __init__(self, repo: Starter) -> None:
        self.repo = repo
        self.verdicts: dict[str, Verdict] = {}
        self.refusal: Refusal | None = None
        self.running = True
        self.slow = 0.0
        """Seconds between two looks at the files, where that is noticed; else 0."""

    def start(self, repo: Starter) -> None:
        """A run begins."""
        self.reread(repo)
        self.running = True

    def reread(self, repo: Starter) -> None:
        """The boxes as they are now."""
        self.repo = repo
        self.refusal = None
        boxes = {box.id: box for box in repo.boxes}
        self.verdicts = {
            name: replace(verdict, box=boxes[name])
            for name, verdict in self.verdicts.items()
            if name in boxes
        }

    def finish(
        self, repo: Starter, fresh: Sequence[Verdict], needs: Mapping[str, Collection[str]]
    ) -> None:
        """A run has ended; its boxes may be ticked now."""
        self.verdicts |= {verdict.box.id: verdict for verdict in fresh}
        self.reread(repo)
        known = [self.verdicts[box.id] for box in repo.boxes if box.id in self.verdicts]
        self.verdicts = {verdict.box.id: verdict for verdict in verdicts.blocked(known, needs)}
        self.running = False

    def refuse(self, refusal: Refusal) -> None:
        """A run is not possible."""
        self.refusal = refusal
        self.running = False

    def at_work(self) -> str:
        """The requirement that the learner works on: the first that is not met."""
        for box in self.repo.boxes:
            verdict = self.verdicts.get(box.id)
            if (verdict.state != "met") if verdict else not box.ticked:
                return box.id
        return ""

    def first_things_first(self) -> tuple[Box, ...]:
        """The boxes, with the one at work before the others."""
        current = self.at_work()
        return tuple(sorted(self.repo.boxes, key=lambda box: box.id != current))

    def __rich_console__(self, console: Console, options: object) -> Sequence[RenderableType]:
        """Exactly as many lines as the terminal has; where they are few, the keys go last."""
        from rich.text import Text  # noqa: PLC0415 - slow to import

        del options
        width, height = console.size
        lines = [(self._head(width), "bold"), *(self._line(box, width) for box in self.repo.boxes)]
        detail = self._detail(width)
        room = height - len(lines) - 1
        gap = [("", "")] if room > len(detail) else []
        lines += [*gap, *detail[: max(room - len(gap), 0)]]
        lines += [("", "")] * (height - 1 - len(lines)) + [(self._keys(width), "dim")]
        text = Text(no_wrap=True, overflow="ellipsis")
        for number, (line, style) in enumerate(lines[:height]):
            short = line if len(line) <= width else f"{line[: width - 1]}…"
            text.append(("\n" if number else "") + short, style=style or None)
        return [text]

    def _head(self, width: int) -> str:
        words = ("comprobando…",) if self.running else _HEADS
        if self.slow and not self.running:
            words = (f"Este disco va despacio: miro cada {self.slow:.0f} s", *words)
        heads = [f"{self.repo.project}  {word}".rstrip() for word in words]
        return next((head for head in heads if len(head) <= width), heads[-1])

    def _keys(self, width: int) -> str:
        ids = [box.id.removeprefix("R") for box in self.repo.boxes if len(box.id) == len("R1")]
        numbers = f"{ids[0]}-{ids[-1]}" if len(ids) > 1 else "".join(ids)
        words = [f"  {line.format(numbers=numbers)}" for line in _KEYS]
        return next((line for line in words if len(line) <= width), words[-1])

    def _line(self, box: Box, width: int) -> tuple[str, str]:
        verdict = self.verdicts.get(box.id)
        mark = "x" if box.ticked else " "
        word = STATES[verdict.state].word if verdict else "…"
        count = f"{verdict.passed} de {verdict.total}" if verdict else ""
        style = STATES[verdict.state].colour if verdict else "dim"
        if width < _NARROW:
            return f"[{mark}] {box.id:<3}{word:<13}{count:>8} {box.title}", style
        return f"  [{mark}] {box.id:<4}{word:<14}{count:>8}  {box.title}", style

    def _detail(self, width: int) -> list[tuple[str, str]]:
        """Why the requirement at work is not met, or why nothing can be checked."""
        if self.refusal:
            told = [self.refusal.reason, self.refusal.next_step, "Después, pulsa r."]
            return [(line, "bold red") for line in _wrapped(told, width)]
        verdict = self.verdicts.get(self.at_work())
        if verdict is None:
            done = self.verdicts and not self.running
            return [("  Todo lo que hay está cumplido.", "green")] if done else []
        lines = list(verdict.reason)
        if verdict.blocked_by and not verdict.problem:
            lines.append(f"Bloqueado por {', '.join(verdict.blocked_by)}.")
        lines += [f"Se aprende en: {title} {url}" for title, url in verdict.links]
        head = f"  {verdict.box.id} · {verdict.box.title}"
        return [(head, "bold"), *((line, "") for line in _wrapped(lines, width))]


def _wrapped(lines: Sequence[str], width: int) -> list[str]:
    """Sentences as lines that fit."""
    size = max(width - 3, 20)
    return [f"  {part}" for line in lines for part in textwrap.wrap(line, size)]
