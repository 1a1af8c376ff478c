"""`scaffold check --watch`: the verdicts on one calm screen, anew after every save.

A requirement is run when what it depends on isn't what it was at its last verdict: the
program, its own tests, or what all tests share. So a save that changes nothing runs nothing,
and a run that was cut short is made up for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.check import runner
from scaffolder.check.files import Files, Looker, changed, concerning, is_code
from scaffolder.check.processes import Processes
from scaffolder.check.screen import Screen
from scaffolder.console import keyboard, signals
from scaffolder.errors import Refusal, refusal_of
from scaffolder.starter import checklist, discovery

if TYPE_CHECKING:
    from concurrent.futures import Future

    from rich.live import Live

    from scaffolder.check.verdicts import Verdict
    from scaffolder.starter.discovery import Starter

_PAUSE = 0.2  # seconds between two looks at the files and at the size of the terminal
_SHARE = 10  # of the time that a look takes: so long is the pause after it, if that is longer


def watch(
    folder: Path,
    python: Path,
    needs: Mapping[str, Collection[str]],
    *,
    limit: float,
    record: Callable[[Sequence[Verdict]], object],
) -> None:
    """Check whenever a file is saved, until the person quits.

    Args:
        folder: the repository.
        python: its environment's Python.
        needs: what each requirement leans on.
        limit: seconds for the tests of each requirement.
        record: told of the verdicts of every complete run.

    Raises:
        KeyboardInterrupt: the person interrupts; the terminal is as it was.
    """
    screen = Screen(discovery.read_starter(folder))
    looker = Looker(folder)
    with keyboard.single_keys(), _shown(screen) as live, ThreadPoolExecutor(1) as background:
        watched = _Watched(folder, python, needs, limit, record, screen, live, background)
        try:
            key = ""
            while key != "q":
                began = time.monotonic()
                watched.turn(looker.look(), key)
                pause = max(_PAUSE, _SHARE * (time.monotonic() - began))
                screen.slow = pause if pause > _SHARE * _PAUSE else 0
                key = keyboard.pressed(pause)
        except EOFError:  # the terminal is gone
            return
        finally:
            watched.stop()


@contextmanager
def _shown(screen: Screen) -> Iterator[Live]:
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


@dataclass(frozen=True)
class _Run:
    """A check that is under way.

    Args:
        names: the requirements that it runs.
        files: those that there were when it began.
        processes: what runs their tests.
        future: done when it has ended.
    """

    names: tuple[str, ...]
    files: Files
    processes: Processes
    future: Future[None]


class _Watched:
    """A repository that is checked again and again, and the screen that tells of it.

    The checks run in the background: a save of code, or a key, ends one that it makes
    pointless.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what to watch, how, and where to tell
        self,
        folder: Path,
        python: Path,
        needs: Mapping[str, Collection[str]],
        limit: float,
        record: Callable[[Sequence[Verdict]], object],
        screen: Screen,
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
        self._run: _Run | None = None
        self._last: tuple[str, ...] = ()  # the requirements of the last run
        self._files: Files = {}  # at the last look
        self._judged: dict[str, Files] = {}  # by requirement, at its last verdict
        self._written: set[Path] = set()  # what changed while the last run was under way

    def turn(self, files: Files, key: str) -> None:
        """Do what the files and the key ask for: a run, a new look at the boxes, or nothing."""
        new = changed(self._files, files) if self._files else set()
        self._files = files
        if new and self._screen.refusal:
            self._judged.clear()
        if Path(checklist.FILE) in new:
            self._look_at_the_boxes()
        if self._run and self._run.future.done():
            self._finish(self._run)
        forced = self._forced(key)
        wanted = self._wanted()
        # Only code ends a run: a test may write what it likes.
        if self._run and (forced or any(is_code(file) for file in new)):
            wanted = [name for name in self._ids() if name in {*wanted, *self._run.names}]
            self.stop()
        if not self._run and (forced or wanted):
            self._start(forced or wanted)
        if self._live.console.size != self._size:
            self._size = self._live.console.size
            self._draw()

    def stop(self) -> None:
        """End the run that is under way, and raise what it could not deal with."""
        run, self._run = self._run, None
        if run:
            run.processes.stop()
            run.future.result()

    def _start(self, names: Sequence[str]) -> None:
        self._last = tuple(names)
        processes = Processes(self._limit)
        future = self._background.submit(self._check, self._last, processes)
        self._run = _Run(self._last, self._files, processes, future)

    def _finish(self, run: _Run) -> None:
        """Remember what the verdicts are of.

        Data that changed while the run was under way may have been saved by a person, so it
        is run again; what changes in that run too is its own doing, and asks for nothing.
        """
        self._run = None
        run.future.result()
        during = {file for file in changed(run.files, self._files) if not is_code(file)}
        own, self._written = during & self._written, during
        files = {file: digest for file, digest in run.files.items() if file not in own}
        files |= {file: self._files[file] for file in own if file in self._files}
        for name in run.names:
            self._judged[name] = concerning(files, name)

    def _ids(self) -> list[str]:
        return [box.id for box in self._screen.repo.boxes]

    def _wanted(self) -> list[str]:
        """The requirements whose last verdict is of other files than there are now."""
        return [
            name
            for name in self._ids()
            if name not in self._judged or concerning(self._files, name) != self._judged[name]
        ]

    def _forced(self, key: str) -> list[str]:
        """The requirements that a key asks for, whatever has changed."""
        if key == "t":
            return self._ids()
        if key == "r":
            return [name for name in self._ids() if name in self._last]
        return [name for name in self._ids() if name == f"R{key}"]

    def _check(self, asked: Collection[str], processes: Processes) -> None:
        """Check some requirements, the one at work first."""
        screen = self._screen
        try:
            repo = self._read()
            with self._lock:
                screen.start(repo)
                boxes = screen.first_things_first()
            self._draw()
            fresh = runner.check(
                replace(repo, boxes=tuple(box for box in boxes if box.id in asked)),
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

    def _look_at_the_boxes(self) -> None:
        """The learner ticks and unticks by hand, too."""
        try:
            repo = self._read()
        except Refusal as refusal:
            self._screen.refuse(refusal)
        else:
            with self._lock:
                self._screen.reread(repo)
        self._draw()

    def _read(self) -> Starter:
        repo = discovery.read_starter(self._folder)
        if not repo.boxes:
            raise Refusal(f"{checklist.FILE} no tiene ninguna casilla.", "Recupéralo con Git.")
        return repo
