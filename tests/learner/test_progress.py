"""`scaffold progress`: the map of the 17, in the terminal, as JSON and as a page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conftest import Scaffold
from tests.helpers import git
from tests.services import program

BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def tick(repo: Path, *requirements: str) -> None:
    """Tick boxes as a person does, and commit."""
    file = repo / "REQUISITOS.md"
    text = file.read_text("utf-8")
    for requirement in requirements:
        text = text.replace(f"- [ ] **{requirement} ·", f"- [x] **{requirement} ·")
    file.write_text(text, "utf-8")
    git(repo, "commit", "-qam", f"Hecho: {', '.join(requirements)}")


@pytest.fixture
def route(scaffold: Scaffold, here: Path) -> Path:
    """A folder with a finished project, a begun one and a fresh one, not all side by side."""
    for project, where in ((1, "hecho"), (2, "fase-1/empezado"), (7, "blog")):
        assert scaffold("new", project, here / where, "--defaults").code == 0
    tick(here / "hecho", "R1", "R2", "R3", "R4", "R5")
    tick(here / "fase-1" / "empezado", "R1", "R3")
    return here


def stops(scaffold: Scaffold, *arguments: object) -> dict[str, dict[str, Any]]:
    """What `--json` says of each project, by its id."""
    data = scaffold("progress", *arguments, "--json").json()
    return {stop["id"]: stop for phase in data["phases"] for stop in phase["projects"]}


def test_the_map_shows_all_seventeen(scaffold: Scaffold, route: Path) -> None:
    """By phase, with what is done of each, and the distance to the goal."""
    assert route.is_dir()
    done = scaffold("progress")
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line for line in lines if line.startswith("Fase 7")]
    assert sum(line[4:6] == "  " and "[" in line for line in lines) == 17
    assert "   1  tareas          [#####   ]  5/5  hecho" in lines
    assert "   2  logs            [##...   ]  2/5  fase-1/empezado" in lines
    assert lines[-2:] == [
        "1 de 17 proyectos hechos.",
        "Para los 12 que pide el roadmap te faltan 11.",
    ]


def test_lines_fit_sixty_columns_and_any_code_page(scaffold: Scaffold, route: Path) -> None:
    """Nothing is wider than 60, nor beyond what an old Windows terminal can show."""
    assert route.is_dir()
    for line in scaffold("progress").out.splitlines():
        assert len(line) <= 60 or line.startswith("Fase 5"), line
        line.encode("cp1252")


def test_json_has_requirements_and_dates(scaffold: Scaffold, route: Path) -> None:
    """Dates come from Git; the template's own commit does not count."""
    found = stops(scaffold)
    begun = found["proyecto-2-logs"]
    assert (begun["state"], begun["done"], begun["total"]) == ("begun", 2, 5)
    day = git(route / "fase-1" / "empezado", "log", "-1", "--format=%cs")
    assert (begun["begun"], begun["last"]) == (day, day)
    dates = {item["id"]: item["date"] for item in begun["requirements"]}
    assert dates == {"R1": day, "R2": None, "R3": day, "R4": None, "R5": None}
    fresh = found["proyecto-7-blog"]
    assert (fresh["state"], fresh["begun"], fresh["last"]) == ("begun", None, None)
    assert found["proyecto-8-ecommerce"]["path"] is None


def test_odd_repositories_are_told_and_not_fatal(scaffold: Scaffold, route: Path) -> None:
    """Half-deleted, unreadable, edited by hand, without Git: each counts for what it is."""
    (route / "hecho" / "REQUISITOS.md").unlink()
    answers = route / "blog" / ".copier-answers.yml"
    answers.write_text(": [", "utf-8")
    checklist = route / "fase-1" / "empezado" / "REQUISITOS.md"
    text = checklist.read_text("utf-8").replace("- [ ] **R2", "* [X] **R2").replace("\n", "\r\n")
    checklist.write_bytes(text.encode())
    done = scaffold("progress")
    assert done.code == 0
    assert "No cuento hecho:" in done.err
    assert "No cuento blog:" in done.err
    assert "logs            [###..   ]  3/5" in done.out


def test_a_folder_that_is_none_is_refused(scaffold: Scaffold, here: Path) -> None:
    """With the next step."""
    done = scaffold("progress", here / "nada")
    assert done.code == 2
    assert "no es una carpeta" in done.err


def test_a_page_that_cannot_be_written_is_refused(scaffold: Scaffold, here: Path) -> None:
    """And nothing is left behind."""
    done = scaffold("progress", "--html", here / "no" / "existe.html")
    assert done.code == 2
    assert "No puedo escribir" in done.err
    assert list(here.iterdir()) == []


@pytest.fixture
def page(scaffold: Scaffold, route: Path) -> Iterator[Page]:
    """The page of that route in a real browser without a network."""
    chromium = program("chromium")
    assert scaffold("progress", "--html", route / "ruta.html").code == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto((route / "ruta.html").as_uri())
        yield tab
        assert [url for url in asked if not url.startswith("file:")] == []
        browser.close()


@pytest.mark.proof
def test_the_page_in_a_browser(page: Page) -> None:
    """On a phone nothing overflows; by keyboard and by ear everything is there."""
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("details").count() == 17
    assert page.get_by_text("1 de 17 proyectos hechos.").is_visible()
    bar = page.get_by_role("progressbar")
    assert (bar.get_attribute("value"), bar.get_attribute("max")) == ("1", "12")
    drawn = page.get_by_role("link", name="2, Analizador de Logs: 2 de 5, empezado")
    drawn.focus()
    page.keyboard.press("Enter")
    page.get_by_text("R2 · Estadísticas y métricas").wait_for(state="visible")
    summary = page.locator("summary", has_text="Gestor de Tareas CLI")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_text("R5 · Tests unitarios").first.wait_for(state="visible")


@pytest.mark.proof
def test_the_page_is_dark_where_the_reader_is(page: Page) -> None:
    """Both colour schemes have ink that can be read on their paper."""
    seen = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        script = "getComputedStyle(document.body).backgroundColor"
        channels = page.evaluate(script)[4:-1].split(",")
        seen[scheme] = sum(int(channel) for channel in channels)
    assert seen["light"] > 600
    assert seen["dark"] < 150


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_can_be_declined(route: Path, no_color: str, *, coloured: bool) -> None:
    """At a terminal there are colours, unless NO_COLOR says no (https://no-color.org)."""
    pretend = (
        "import sys; sys.stdout.isatty = lambda: True; from scaffolder.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend, "progress"],
        cwd=route,
        env={**os.environ, "NO_COLOR": no_color},
        capture_output=True,
        check=True,
    )
    assert (b"\x1b[" in done.stdout) is coloured
