"""`scaffold check --watch`: the verdicts on one calm screen, anew after every save."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import checking, requirements, workspace

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from watchfiles import Change

    from scaffolder.checking import Verdict
    from scaffolder.workspace import Repo

_SKIPPED = {".git", ".venv", "venv", "__pycache__", "node_modules", "build", "dist"}
_COLOURS = {
    "met": "green",
    "failing": "bold red",
    "pending": "yellow",
    "error": "bold red",
    "unchecked": "yellow",
}
_WORDS = {
    "met": "cumplido",
    "failing": "FALLA",
    "pending": "pendiente",
    "error": "ERROR",
    "unchecked": "sin comprobar",
}


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
    from rich.live import Live  # noqa: PLC0415 - slow to import
    from watchfiles import watch as changes  # noqa: PLC0415 - slow to import

    screen = _Screen(workspace.read_repo(folder))
    with Live(screen, screen=True, auto_refresh=False, redirect_stdout=False) as live:

        def run() -> None:
            repo = workspace.read_repo(folder)
            screen.start(repo)
            live.refresh()

            def done(verdict: Verdict) -> None:
                screen.verdicts[verdict.box.id] = verdict
                live.refresh()

            ordered = replace(repo, boxes=screen.first_things_first())
            verdicts = checking.check(ordered, python, needs, limit=limit, done=done)
            record(verdicts)
            screen.finish(workspace.read_repo(folder), verdicts)
            live.refresh()

        run()
        for _ in changes(folder, watch_filter=_matters, step=100, rust_timeout=1000):
            run()


def _matters(change: Change, path: str) -> bool:
    """Whether a changed file may change a verdict: no cache, nor what a run itself writes."""
    del change
    file = Path(path)
    written = file.name in {requirements.FILE, "uv.lock"} or file.suffix in {".pyc", ".tmp"}
    hidden = any(part in _SKIPPED or part.endswith("_cache") for part in file.parts)
    return not (written or hidden or file.name.startswith("."))


class _Screen:
    """What is on the screen: a line per requirement, and why the one at work is not met."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.verdicts: dict[str, Verdict] = {}
        self.running = False

    def start(self, repo: Repo) -> None:
        """A run begins."""
        self.repo = repo
        self.running = True

    def finish(self, repo: Repo, verdicts: Sequence[Verdict]) -> None:
        """A run has ended; its boxes may be ticked now."""
        self.repo = repo
        self.verdicts = {verdict.box.id: verdict for verdict in verdicts}
        self.running = False

    def at_work(self) -> str:
        """The requirement that the learner works on: the first that is not met."""
        for box in self.repo.boxes:
            verdict = self.verdicts.get(box.id)
            if (verdict.state != "met") if verdict else not box.ticked:
                return box.id
        return ""

    def first_things_first(self) -> tuple[requirements.Box, ...]:
        """The boxes, with the one at work before the others."""
        current = self.at_work()
        return tuple(sorted(self.repo.boxes, key=lambda box: box.id != current))

    def __rich_console__(self, console: Console, options: object) -> Sequence[RenderableType]:
        """Lines that fit the terminal, however small it is."""
        del options
        width, height = console.size
        lines = [(f"{self.repo.project}  {self._state()}", "bold")]
        lines += [self._line(box, width) for box in self.repo.boxes]
        lines += [("", ""), *self._detail()]
        return [self._fitted(lines, width, height)]

    def _state(self) -> str:
        return "comprobando…" if self.running else "Guarda un archivo y lo vuelvo a mirar · Ctrl-C"

    def _line(self, box: requirements.Box, width: int) -> tuple[str, str]:
        verdict = self.verdicts.get(box.id)
        mark = "x" if box.ticked else " "
        if verdict is None:
            return f"  [{mark}] {box.id:<4}{'…':<14}        {box.title}", "dim"
        count = f"{verdict.passed} de {verdict.total}"
        del width
        line = f"  [{mark}] {box.id:<4}{_WORDS[verdict.state]:<14}{count:>8}  {box.title}"
        return line, _COLOURS[verdict.state]

    def _detail(self) -> list[tuple[str, str]]:
        """Why the requirement at work is not met."""
        verdict = self.verdicts.get(self.at_work())
        if verdict is None:
            done = self.verdicts and not self.running
            return [("  Todo lo que hay está cumplido.", "green")] if done else []
        failure = verdict.first_failure
        told = verdict.problem.capitalize() if verdict.problem else ""
        if failure and not told:
            told = f"{failure.criterion}\n→ {failure.message}"
        if verdict.blocked_by and not verdict.problem:
            told += f"\nBloqueado por {', '.join(verdict.blocked_by)}."
        head = f"  {verdict.box.id} · {verdict.box.title}"
        return [(head, "bold"), *((f"  {line}", "") for line in told.splitlines())]

    def _fitted(self, lines: Sequence[tuple[str, str]], width: int, height: int) -> RenderableType:
        from rich.text import Text  # noqa: PLC0415 - slow to import

        text = Text(no_wrap=True, overflow="ellipsis")
        for number, (line, style) in enumerate(lines[:height]):
            short = line if len(line) <= width else f"{line[: width - 1]}…"
            text.append(("\n" if number else "") + short, style=style or None)
        return text
