"""`scaffold check --watch`: the verdicts on one calm screen, anew after every save."""

from __future__ import annotations

import re
import textwrap
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.check import runner, verdicts
from scaffolder.check.processes import Processes
from scaffolder.check.states import STATES
from scaffolder.console import signals
from scaffolder.errors import Refusal, refusal_of
from scaffolder.starter import checklist, discovery

if TYPE_CHECKING:
    from concurrent.futures import Future

    from rich.console import Console, RenderableType
    from rich.live import Live

    from scaffolder.check.verdicts import Verdict
    from scaffolder.starter.discovery import Starter

_SKIPPED = {".git", ".venv", "venv", "__pycache__", "node_modules", "build", "dist"}
_WRITTEN = re.compile(r"uv\.lock|4913|.*(~|\.pyc|\.tmp|\.sw[a-z]|\.log|\.(db|sqlite3?)(-[a-z]+)?)")
_TEST = re.compile(r"test_r(\d+)_.*\.py")
_NARROW = 60
_TICK = 250  # milliseconds between two looks at the size of the terminal
_HINTS = ("Guarda un archivo y lo vuelvo a mirar · Ctrl-C", "guarda y lo miro · Ctrl-C", "Ctrl-C")


def watch(
    folder: Path,
    python: Path,
    needs: Mapping[str, Collection[str]],
    *,
    limit: float,
    record: Callable[[Sequence[Verdict]], object],
) -> None:
    """Check whenever a file is saved, until the person interrupts.

    Args:
        folder: the repository.
        python: its environment's Python.
        needs: what each requirement leans on.
        limit: seconds for the tests of each requirement.
        record: told of the verdicts of every complete run.

    Raises:
        KeyboardInterrupt: that is how it ends; the terminal is as it was.
    """
    from watchfiles import watch as changes  # noqa: PLC0415 - slow to import

    screen = _Screen(discovery.read_starter(folder))
    with _shown(screen) as live, ThreadPoolExecutor(1) as background:
        watched = _Watched(folder, python, needs, limit, record, screen, live, background)
        try:
            # The first turn comes once the files are watched: no save is ever lost.
            for saved in changes(
                folder,
                watch_filter=None,
                step=100,
                rust_timeout=_TICK,
                yield_on_timeout=True,
                ignore_permission_denied=True,
            ):
                watched.turn({Path(path) for _, path in saved})
        finally:
            watched.stop()


@contextmanager
def _shown(screen: _Screen) -> Iterator[Live]:
    """The screen instead of the terminal's own, which is back in the end, come what may."""
    from rich.live import Live  # noqa: PLC0415 - slow to import

    live = Live(screen, screen=True, auto_refresh=False, redirect_stdout=False)
    try:
        with signals.deferred():
            live.start(refresh=True)
        yield live
    finally:
        with signals.deferred():
            live.stop()


class _Watched:
    """A repository that is checked again and again, and the screen that tells of it.

    The checks run in the background: a save ends one that it makes pointless.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what to watch, how, and where to tell
        self,
        folder: Path,
        python: Path,
        needs: Mapping[str, Collection[str]],
        limit: float,
        record: Callable[[Sequence[Verdict]], object],
        screen: _Screen,
        live: Live,
        background: ThreadPoolExecutor,
    ) -> None:
        self._folder = folder
        self._python = python
        self._needs = needs
        self._limit = limit
        self._record = record
        self._screen = screen
        self._live = live
        self._background = background
        self._size = live.console.size
        self._lock = threading.RLock()
        self._processes = Processes(self._limit)
        self._run: Future[None] | None = None
        self._asked: set[str] = set()
        self._wanted = {""}

    def turn(self, files: Collection[Path]) -> None:
        """Do what the saved files ask for: a run, a new look at the boxes, or nothing."""
        inside = [f.relative_to(self._folder) for f in files if f.is_relative_to(self._folder)]
        touched = {name for file in inside for name in _touched(file)}
        told = self._screen.refusal is not None
        if any(file == Path(checklist.FILE) for file in inside):
            touched |= self._look_at_the_boxes()
        if touched and told:
            touched.add("")
        self._wanted |= touched
        running = self._run is not None and not self._run.done()
        # Only code ends a run: a test may write what it likes.
        if running and any(file.suffix == ".py" and _touched(file) for file in inside):
            self._wanted |= self._asked
            running = False
        if not running:
            self.stop()
        if self._wanted and not running:
            self._asked, self._wanted = self._wanted, set()
            self._processes = Processes(self._limit)
            self._run = self._background.submit(self._check, self._asked, self._processes)
        if self._live.console.size != self._size:
            self._size = self._live.console.size
            self._draw()

    def stop(self) -> None:
        """End the run that is under way, and raise what it could not deal with."""
        self._processes.stop()
        if self._run:
            self._run.result()

    def _check(self, asked: Collection[str], processes: Processes) -> None:
        """Check some requirements, the one at work first; "" asks for all."""
        screen = self._screen
        try:
            repo = self._read()
            with self._lock:
                screen.start(repo)
                boxes = screen.first_things_first()
            self._draw()
            fresh = runner.check(
                replace(repo, boxes=tuple(b for b in boxes if "" in asked or b.id in asked)),
                self._python,
                self._needs,
                processes,
                self._done,
            )
            if processes.stopped:
                return
            self._record(fresh)
            with self._lock:
                screen.finish(self._read(), fresh, self._needs)
        except Refusal as refusal:
            screen.refuse(refusal)
        except OSError as error:
            screen.refuse(refusal_of(error) or Refusal(f"No puedo seguir: {error}."))
        self._draw()

    def _draw(self) -> None:
        # Rich, interrupted in the middle of writing, would write nothing more: not even
        # what gives the terminal back.
        with signals.deferred():
            self._live.refresh()

    def _done(self, verdict: Verdict) -> None:
        with self._lock:
            self._screen.verdicts[verdict.box.id] = verdict
        self._draw()

    def _look_at_the_boxes(self) -> set[str]:
        """The learner ticks and unticks by hand, too; other boxes ask for a run of all."""
        told = self._screen.refusal is not None
        known = {box.id for box in self._screen.repo.boxes}
        try:
            repo = self._read()
        except Refusal as refusal:
            self._screen.refuse(refusal)
        else:
            with self._lock:
                self._screen.reread(repo)
            if told or {box.id for box in repo.boxes} != known:
                return {""}
        self._draw()
        return set()

    def _read(self) -> Starter:
        repo = discovery.read_starter(self._folder)
        if not repo.boxes:
            raise Refusal(f"{checklist.FILE} no tiene ninguna casilla.", "Recupéralo con Git.")
        return repo


def _touched(file: Path) -> Sequence[str]:
    """The requirements that a saved file may change: "" for all of them.

    Caches, what a run itself writes and texts for people change none.
    """
    hidden = any(p in _SKIPPED or p.startswith(".") or p.endswith("_cache") for p in file.parts)
    if hidden or _WRITTEN.fullmatch(file.name) or file.suffix == ".md":
        return ()
    test = _TEST.fullmatch(file.name)
    if test and file.parent == Path("tests", "requisitos"):
        return (f"R{test[1]}",)
    return ("",)


class _Screen:
    """What is on the screen: a line per requirement, and why the one at work is not met."""

    def __init__(self, repo: Starter) -> None:
        self.repo = repo
        self.verdicts: dict[str, Verdict] = {}
        self.refusal: Refusal | None = None
        self.running = True

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

    def first_things_first(self) -> tuple[checklist.Box, ...]:
        """The boxes, with the one at work before the others."""
        current = self.at_work()
        return tuple(sorted(self.repo.boxes, key=lambda box: box.id != current))

    def __rich_console__(self, console: Console, options: object) -> Sequence[RenderableType]:
        """Lines that fit the terminal, however small it is."""
        from rich.text import Text  # noqa: PLC0415 - slow to import

        del options
        width, height = console.size
        lines = [(self._head(width), "bold")]
        lines += [self._line(box, width) for box in self.repo.boxes]
        lines += [("", ""), *self._detail(width)]
        text = Text(no_wrap=True, overflow="ellipsis")
        for number, (line, style) in enumerate(lines[:height]):
            short = line if len(line) <= width else f"{line[: width - 1]}…"
            text.append(("\n" if number else "") + short, style=style or None)
        return [text]

    def _head(self, width: int) -> str:
        name = self.repo.project
        words = ("comprobando…",) if self.running else _HINTS
        return next((h for w in words if len(h := f"{name}  {w}") <= width), f"{name}  {words[-1]}")

    def _line(self, box: checklist.Box, width: int) -> tuple[str, str]:
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
            told = [self.refusal.reason, self.refusal.next_step]
            return [(line, "bold red") for line in _wrapped(told, width)]
        verdict = self.verdicts.get(self.at_work())
        if verdict is None:
            done = self.verdicts and not self.running
            return [("  Todo lo que hay está cumplido.", "green")] if done else []
        failure = verdict.first_failure
        lines = [verdict.problem[:1].upper() + verdict.problem[1:]] if verdict.problem else []
        if failure and not lines:
            lines = [failure.criterion, *f"→ {failure.message}".splitlines()]
        if verdict.blocked_by and not verdict.problem:
            lines.append(f"Bloqueado por {', '.join(verdict.blocked_by)}.")
        head = f"  {verdict.box.id} · {verdict.box.title}"
        return [(head, "bold"), *((line, "") for line in _wrapped(lines, width))]


def _wrapped(lines: Sequence[str], width: int) -> list[str]:
    """Sentences as lines that fit."""
    size = max(width - 3, 20)
    return [f"  {part}" for line in lines for part in textwrap.wrap(line, size)]
