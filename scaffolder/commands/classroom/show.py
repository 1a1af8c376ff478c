"""What the class's commands have in common on a screen: a bar, a table, a list of repairs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

from scaffolder.errors import BUG, DONE, NO

if TYPE_CHECKING:
    from scaffolder.classroom.roster import Repo


class Result(Protocol):
    """What became of a repository."""

    @property
    def repo(self) -> Repo:
        """The repository."""
        ...

    @property
    def error(self) -> Exception | None:
        """What was raised, where it is nobody's fault but ours."""
        ...


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[object], None]]:
    """A bar on the error stream of a terminal, which goes when it is done.

    Yields:
        What to call, from any thread, when one more is done.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415 - likewise

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda _: bar.advance(task)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; what a name could do to a terminal is taken out of them."""
    shown = [tuple(map(printable, row)) for row in rows]
    if sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415 - slow to import
        from rich.table import Table  # noqa: PLC0415 - likewise
        from rich.text import Text  # noqa: PLC0415 - likewise

        table = Table(*header, box=None, header_style="bold")
        for row in shown:
            table.add_row(*map(Text, row))
        Console().print(table)
        return
    lines = [tuple(header), *shown]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        print("  ".join(f"{cell:<{widths[at]}}" for at, cell in enumerate(line)).rstrip())


def tell_failures(failures: Sequence[tuple[str, str, str]]) -> None:
    """Say on the error stream what failed and how to mend it; the same words only once.

    Args:
        failures: of each, the repository's id, the reason and the repair.
    """
    together: dict[tuple[str, str], list[str]] = {}
    for name, reason, repair in failures:
        together.setdefault((reason, repair), []).append(name)
    for (reason, repair), names in together.items():
        click.secho(printable(f"{_listed(names)}: {reason.removesuffix('.')}."), fg="red", err=True)
        if repair:
            click.echo(printable(f"  {repair}"), err=True)


def exit_code(results: Sequence[Result], *, well: bool) -> int:
    """The exit code of a command, once a report was written for each error that is ours.

    Args:
        well: nothing is left to be done.
    """
    errors = [(result.repo.id, result.error) for result in results if result.error is not None]
    if not errors:
        return DONE if well else NO
    from scaffolder.crash_report import write_report  # noqa: PLC0415 - hopefully never

    for name, error in errors:
        report = write_report(error, sys.argv[1:])
        click.echo(f"  {name}: adjunta {report} a tu aviso", err=True)
    return BUG


def printable(text: str) -> str:
    """A line without what it could do to a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _listed(names: Sequence[str], most: int = 5) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} y {len(names) - most} más"
