"""Groups of commands that are imported when they are called, so that help stays quick."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from scaffolder.console import spanish


class LazyGroup(click.Group):
    """The commands of a table, each in its module.

    Args:
        table: what each command does, by its name.
        package: where their modules are.
        modules: the names of those modules that are not called as their commands are.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - click's own
        table: Mapping[str, str],
        package: str,
        modules: Mapping[str, str] | None = None,
        **kwargs: Any,  # noqa: ANN401 - likewise
    ) -> None:
        super().__init__(*args, **kwargs)
        self._table = table
        self._package = package
        self._modules = modules or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the table, in its order."""
        del ctx
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        del ctx
        if cmd_name not in self._table:
            return None
        module = self._modules.get(cmd_name, cmd_name)
        command: click.Command = import_module(f"{self._package}.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; a slip is told with what was perhaps meant."""
        name = args[0]
        if name not in self._table and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib  # noqa: PLC0415 - only for a slip

            close = difflib.get_close_matches(name, self._table, n=1)
            hint = f" ¿Querías decir «{close[0]}»?" if close else ""
            ctx.fail(f"No existe la orden «{name}».{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing anything."""
        del ctx
        with formatter.section(spanish.translate("Commands")):
            formatter.write_dl(list(self._table.items()))
