"""The results of an update as they are printed: one in full, several as a table, or JSON."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from scaffolder.console.output import print_json
from scaffolder.crash_report import write_report
from scaffolder.update.messages import headline, in_short, message_lines
from scaffolder.update.result import ENDS, Request, Result, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def print_document(results: Sequence[Result]) -> None:
    """Print the JSON document that `--json` promises."""
    counts = Counter(result.status.value for result in results)
    repos = [as_json(result) for result in results]
    print_json({"repos": repos, "summary": dict(sorted(counts.items()))})


def as_json(result: Result) -> dict[str, object]:
    """One repository in that document."""
    return {
        "folder": str(result.folder),
        "status": result.status.value,
        "project": result.project,
        "path": result.path,
        "source": result.source,
        "from": result.old,
        "to": result.new,
        "files": [{"path": path, "change": what} for path, what in result.files.items()],
        "notes": [
            {"kind": note.kind.value, "path": note.path, "other": note.other}
            for note in result.notes
        ],
        "conflicts": list(result.conflicts),
        "requirements": list(result.requirements),
        "ticked": list(result.ticked),
        "uv_lock": result.new_date,
        "dependencies": result.dependencies,
        "template": result.template,
        "commit": result.commit,
        "branch": result.branch,
        "reverted": result.reverted,
        "recovered": result.recovered,
        "diff": result.diff,
        "differs": list(result.differs),
        "missing": list(result.missing),
        "undo": list(result.undo),
        "reason": result.reason,
        "next_step": result.next_step,
    }


def print_one(result: Result, request: Request) -> None:
    """Print all that there is to say about one repository; what is no answer, on stderr."""
    if result.error is not None:
        raise result.error
    bad = result.status in {Status.REFUSED, Status.UNSURE}
    click.secho(_printable(headline(result)), bold=not bad, err=bad)
    for line, style in message_lines(result, request):
        shown = _printable(f"  {line}" if style == "command" else line)
        click.secho(shown, bold=style == "head", fg="cyan" if style == "command" else None, err=bad)
    if result.diff:
        click.echo()
        _print_patch(result.diff)


def print_table(results: Sequence[Result]) -> None:
    """Print a line for each of several repositories, their number by outcome and what to do."""
    rows = [
        tuple(map(_printable, (str(r.folder), ENDS[r.status].words, in_short(r)))) for r in results
    ]
    if sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415 - slow to import
        from rich.table import Table  # noqa: PLC0415 - slow to import
        from rich.text import Text  # noqa: PLC0415 - slow to import

        table = Table("Repositorio", "Resultado", "Detalle", box=None, header_style="bold")
        for row in rows:
            table.add_row(*map(Text, row))
        Console().print(table)
    else:
        for folder, words, detail in rows:
            print(f"{folder}: {words}" + (f" · {detail}" if detail else ""))
    counts = Counter(ENDS[result.status].words for result in results)
    print()
    print(" · ".join(f"{words}: {count}" for words, count in counts.most_common()))
    for step in dict.fromkeys(r.next_step for r in results if r.next_step):
        click.echo(f"  {step}", err=True)
    for result in results:
        if result.diff:
            print(f"\n{result.folder}")
            _print_patch(result.diff)
        if result.error is not None:
            report = write_report(result.error, sys.argv[1:])
            click.echo(f"  {result.folder}: adjunta {report} a tu aviso", err=True)


def _printable(line: str) -> str:
    """A line without what a file's name could do to a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


def _print_patch(patch: str) -> None:
    for line in patch.splitlines():
        click.secho(line, fg=_COLOURS.get(line[:1]))
