"""The command line: it finds the command, and turns what happens into an exit code.

Commands are imported when they are called, so that `scaffold --help` stays quick.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from scaffolder import __version__
from scaffolder.commands.lazy import LazyGroup
from scaffolder.console import spanish, streams
from scaffolder.console.signals import Terminated, end_in_order
from scaffolder.errors import (
    BUG,
    DONE,
    INTERRUPTED,
    REFUSED,
    Refusal,
    refusal_of,
)

COMMANDS = {
    "list": "Enseña el roadmap: fases, temas y proyectos.",
    "new": "Crea el repositorio de un proyecto.",
    "next": "Dice qué proyecto te toca ahora, y por qué.",
    "check": "Comprueba los requisitos y marca los que cumples.",
    "update": "Trae los cambios de la plantilla a tu repositorio.",
    "init": "Prepara la carpeta de tu ruta, o la pone al día.",
    "progress": "Enseña el mapa de los 17 proyectos, y hasta dónde has llegado.",
    "doctor": "Mira si está lo que hace falta, y cómo conseguir lo que no.",
    "class": "Reparte un proyecto a una clase, y la mantiene al día.",
}
MODULES = {"class": "classroom"}
"""Where a command is whose name Python keeps for itself."""
_COMPLETION = "_SCAFFOLD_COMPLETE"
_EPILOG = """\b
Para completar con el tabulador, añade esta línea a ~/.bashrc (en zsh, con zsh_source):
  eval "$(_SCAFFOLD_COMPLETE=bash_source scaffold)"
"""


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    package="scaffolder.commands",
    modules=MODULES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="[OPCIONES]",
    subcommand_metavar="[ORDEN] [ARGUMENTOS]...",
    epilog=_EPILOG,
)
@click.option("--json", "as_json", is_flag=True, help="Sin orden: dónde estás, en JSON.")
@click.version_option(
    __version__,
    *("-V", "--version"),
    prog_name="scaffold",
    message="%(prog)s %(version)s",
    help="Enseña la versión.",
)
@click.pass_context
def cli(ctx: click.Context, *, as_json: bool) -> int:
    """Repositorios para aprender el roadmap «Python Backend: de 0 a Senior».

    Sin orden, dice dónde estás y qué viene después.
    """
    if ctx.invoked_subcommand is not None:
        if as_json:
            ctx.fail("--json va detrás de la orden.")
        return DONE
    from scaffolder.commands.where import where  # noqa: PLC0415 - only where it is wanted

    return where(as_json=as_json)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # Most of a run is importing modules: the collector would look at them over and over,
    # and once more at the end.
    gc.set_threshold(100_000, 50, 100)
    code = run(sys.argv[1:])
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command. Nothing that it raises gets out: everything is an exit code.

    Args:
        arguments: the words after `scaffold`.

    Returns:
        0 done, 1 the answer is no, 2 refused, 3 a bug, 130 interrupted.
    """
    streams.open_missing_streams()
    end_in_order()
    spanish.install()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever was reading has read enough
        streams.discard()
        return DONE
    except (KeyboardInterrupt, click.Abort, EOFError):
        _say("Interrumpido.")
        return INTERRUPTED
    except Terminated as end:
        return end.code
    except Exception as error:  # noqa: BLE001 - this is the boundary
        code = _failed(error, arguments)
        try:
            sys.stdout.flush()
        except OSError:  # it was the output that failed
            streams.discard()
    return code


def _invoke(arguments: Sequence[str]) -> int:
    instruction = os.environ.get(_COMPLETION)
    if instruction:
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only for shells

        return shell_complete(cli, {}, "scaffold", _COMPLETION, instruction)
    try:
        # https://no-color.org: set to anything but nothing, it means no colours.
        colour = False if os.environ.get("NO_COLOR") else None
        with cli.make_context("scaffold", list(arguments), color=colour) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return code if isinstance(code, int) else DONE


def _failed(error: Exception, arguments: Sequence[str]) -> int:
    if isinstance(error, click.ClickException):
        error = _slip(error, arguments)
    refusal = refusal_of(error)
    if refusal is not None:
        _say(refusal.reason, refusal.next_step)
        return REFUSED
    from scaffolder.crash_report import write_report  # noqa: PLC0415 - hopefully never

    report = write_report(error, arguments)
    place = f"Adjunta {report} a tu aviso" if report else "No he podido guardar el informe"
    _say(f"scaffold ha fallado y es culpa suya ({type(error).__name__}). {place}.")
    return BUG


def _slip(error: click.ClickException, arguments: Sequence[str]) -> Refusal:
    """The refusal of words that make no command."""
    if not isinstance(error, click.UsageError):
        return Refusal(error.format_message())
    command, known = "scaffold", COMMANDS
    for word in arguments:
        if word not in known:
            break
        command = f"{command} {word}"
        known = import_module("scaffolder.commands.classroom").COMMANDS if word == "class" else {}
    return Refusal(error.format_message(), f"Escribe «{command} --help» para ver cómo se usa.")


def _say(*lines: str) -> None:
    for line in lines:
        if line:
            print(line, file=sys.stderr)
