"""The route as one page: no network, no script, readable on a phone, by keyboard and by ear."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.errors import Refusal
from scaffolder.learner.progress import STATES, Dates, dates

if TYPE_CHECKING:
    from scaffolder.learner.progress import Progress, ProjectProgress
    from scaffolder.roadmap.catalogue import Phase

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --quiet: #556270; --paper: #fbfaf7;
  --card: #fff; --line: #d7d3c8; --done: #1f7a4d; --begun: #a65b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --quiet: #a9b0b8;
  --paper: #14181d; --card: #1c2229; --line: #3a434d; --done: #6fd3a0; --begun: #f0b45c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h2 small, .quiet { color: var(--quiet); font-weight: normal; }
.sum { font-size: 1.1rem; }
progress { width: 100%; height: .8rem; accent-color: var(--done); }
svg { display: block; width: 100%; height: auto; margin: 1.5rem 0; }
svg a:focus { outline: none; }
svg a:focus circle { stroke-width: 6; }
svg text { fill: var(--ink); font: 600 13px system-ui, sans-serif; }
.rail { stroke: var(--line); stroke-width: 6; stroke-linecap: round; fill: none; }
.stop { fill: var(--card); stroke: var(--line); stroke-width: 3; }
.begun .stop { stroke: var(--begun); }
.finished .stop { fill: var(--done); stroke: var(--done); }
.finished text.number { fill: var(--paper); }
ul { list-style: none; margin: 0; padding: 0; }
details { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  margin: .5rem 0; }
summary { padding: .6rem .8rem; cursor: pointer; display: flex; flex-wrap: wrap; gap: .3rem 1rem;
  align-items: baseline; }
summary:focus-visible, a:focus-visible { outline: 3px solid var(--begun); outline-offset: 2px; }
summary strong { flex: 1 1 14rem; }
details > div { padding: 0 .8rem .8rem; }
.state { font-variant-numeric: tabular-nums; }
.finished .state { color: var(--done); }
.begun .state { color: var(--begun); }
li { padding: .15rem 0; }
.skip { position: absolute; left: -99rem; }
.skip:focus { position: static; }
"""


def write(file: Path, progress: Progress) -> None:
    """Write the page, all of it or nothing.

    Args:
        file: where; what stands there is replaced.

    Raises:
        Refusal: it can't be written there.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        new.write_text(_page(progress), encoding="utf-8", newline="\n")
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise Refusal(
            f"No puedo escribir {file}: {error.strerror}.", "Elige otro sitio para la página."
        ) from None


def _page(progress: Progress) -> str:
    total = sum(len(entries) for _, entries in progress.phases)
    if progress.remaining:
        distance = f"Faltan {progress.remaining} para los {progress.needed} que pide el roadmap."
    else:
        distance = f"Son los {progress.needed} que pide el roadmap para considerarse senior, o más."
    body = "\n".join(_phase(phase, entries) for phase, entries in progress.phases)
    return f"""<!DOCTYPE html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mi ruta · Python Backend: de 0 a Senior</title>
<style>{_STYLE}</style>
</head>
<body>
<a class="skip" href="#proyectos">Ir a los proyectos</a>
<header>
<h1>Mi ruta: Python Backend, de 0 a Senior</h1>
<p class="sum"><strong>{progress.finished} de {total} proyectos hechos.</strong> {distance}</p>
<progress max="{progress.needed}" value="{min(progress.finished, progress.needed)}"
 aria-label="Proyectos hechos de los {progress.needed} que pide el roadmap"></progress>
</header>
{_picture(progress)}
<main id="proyectos">
{body}
</main>
</body>
</html>
"""


def _picture(progress: Progress) -> str:
    """The route drawn as a line with a circle per project, one row per phase."""
    step, row = 84, 74
    widest = max((len(entries) for _, entries in progress.phases), default=1)
    width, height = 150 + widest * step, 20 + len(progress.phases) * row
    drawn = [f'<path class="rail" d="M96 44 V{44 + (len(progress.phases) - 1) * row}"/>']
    for number, (phase, entries) in enumerate(progress.phases):
        y = 44 + number * row
        end = 150 + (len(entries) - 1) * step
        drawn.append(f'<path class="rail" d="M96 {y} H{end}"/>')
        drawn.append(f'<text x="6" y="{y + 5}">Fase {phase.number}</text>')
        for place, entry in enumerate(entries):
            x = 150 + place * step
            label = f"{entry.project.number}, {entry.project.title}: {_said(entry)}"
            drawn.append(
                f'<a href="#{escape(entry.project.id)}" class="{entry.state}"'
                f' aria-label="{escape(label)}"><circle class="stop" cx="{x}" cy="{y}" r="19"/>'
                f'<text class="number" x="{x}" y="{y + 5}" text-anchor="middle">'
                f"{entry.project.number}</text></a>"
            )
    lines = "\n".join(drawn)
    return (
        f'<nav aria-label="La ruta, dibujada"><svg viewBox="0 0 {width} {height}"'
        f' style="max-width:{width}px">\n{lines}\n</svg></nav>'
    )


def _phase(phase: Phase, entries: tuple[ProjectProgress, ...]) -> str:
    head = f"Fase {phase.number} · {escape(phase.title)} <small>({escape(phase.duration)})</small>"
    return f"<section>\n<h2>{head}</h2>\n" + "\n".join(map(_project, entries)) + "\n</section>"


def _project(entry: ProjectProgress) -> str:
    times = dates(entry.repo.path) if entry.repo else Dates("", "", {})
    lines = []
    for box in entry.repo.boxes if entry.repo else ():
        mark, word = ("☑", "hecho") if box.ticked else ("☐", "pendiente")
        day = (
            f' <span class="quiet">{times.ticked[box.id]}</span>' if box.id in times.ticked else ""
        )
        lines.append(
            f'<li><span role="img" aria-label="{word}">{mark}</span>'
            f" {box.id} · {escape(box.title)}{day}</li>"
        )
    if not entry.repo:
        lines = [f"<li>{r.id} · {escape(r.title)}</li>" for r in entry.project.requirements]
    when = ""
    if times.begun:
        when = f'<p class="quiet">Del {times.begun} al {times.last}</p>\n'
    return (
        f'<details class="{entry.state}">\n'
        f"<summary><strong>{entry.project.number} · {escape(entry.project.title)}</strong>"
        f' <span class="state">{_said(entry)}</span></summary>\n'
        f'<div id="{escape(entry.project.id)}"><p>{escape(entry.project.description)}</p>'
        f"\n{when}<ul>\n" + "\n".join(lines) + "\n</ul></div>\n</details>"
    )


def _said(entry: ProjectProgress) -> str:
    return f"{entry.done} de {entry.total}, {STATES[entry.state][0]}"
