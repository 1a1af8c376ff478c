"""`scaffold doctor`: is everything there that the route needs?"""

from __future__ import annotations

import click

from scaffolder.console.output import print_json
from scaffolder.errors import DONE, NO
from scaffolder.learner import doctor

_WORDS = {
    doctor.OK: ("bien", "green"),
    doctor.MISSING: ("falta", "red"),
    doctor.OLD: ("viejo", "red"),
    doctor.NOTICE: ("ojo", "yellow"),
}


@click.command("doctor", options_metavar="[OPCIONES]")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def command(*, as_json: bool) -> int:
    """Mira si está lo que hace falta, y dice cómo conseguir lo que no.

    No cambia nada. Acaba con el código 1 si falta algo imprescindible.
    """
    findings = doctor.examine()
    stops = any(finding.stops for finding in findings)
    if as_json:
        print_json(
            {
                "ok": not stops,
                "checks": [
                    {
                        "id": finding.id,
                        "title": finding.title,
                        "state": finding.state,
                        "seen": finding.seen,
                        "needed": finding.needed,
                        "fix": finding.fix,
                    }
                    for finding in findings
                ],
            }
        )
    else:
        for finding in findings:
            word, colour = _WORDS[finding.state]
            state = click.style(f"{word:<6}", fg=colour, bold=True)
            click.echo(f"  {state}{finding.title}: {finding.seen}")
            if finding.fix:
                click.echo(f"        {finding.fix}")
        print()
        if stops:
            print("Falta algo imprescindible: escribe lo que se dice debajo de cada cosa.")
        elif any(finding.fix for finding in findings):
            print("Puedes empezar. Lo señalado hará falta más adelante.")
        else:
            print("Está todo.")
    return NO if stops else DONE
