"""`scaffold list`: the roadmap, for people and for programs."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Scaffold


def test_json_has_the_promised_shape(scaffold: Scaffold) -> None:
    """Key by key, with the roadmap's own words."""
    listed = scaffold("list", "--json").json()
    assert list(listed) == ["format", "phases"]
    phase = listed["phases"][2]
    assert list(phase) == ["number", "title", "duration", "topics", "projects"]
    assert (phase["number"], phase["title"], phase["duration"]) == (3, "FastAPI", "3-4 meses")
    assert phase["topics"][0] == {
        "id": "3.1",
        "title": "Introducción a FastAPI",
        "links": [
            {"title": "Tutorial", "url": "https://fastapi.tiangolo.com/tutorial/"},
            {
                "title": "Instalación",
                "url": "https://fastapi.tiangolo.com/tutorial/#install-fastapi",
            },
            {
                "title": "Primer servidor",
                "url": "https://fastapi.tiangolo.com/tutorial/first-steps/",
            },
        ],
    }
    blog = phase["projects"][0]
    assert list(blog) == ["id", "number", "title", "description", "requirements"]
    assert (blog["id"], blog["number"], blog["title"]) == ("proyecto-7-blog", 7, "API de Blog")
    assert blog["requirements"][0] == {"id": "R1", "title": "CRUD de posts y comentarios"}


def test_json_holds_everything(scaffold: Scaffold) -> None:
    """7 phases and 17 projects, the capstone in the last."""
    phases = scaffold("list", "--json").json()["phases"]
    assert [phase["number"] for phase in phases] == [1, 2, 3, 4, 5, 6, 7]
    assert sum(len(phase["projects"]) for phase in phases) == 17
    assert [project["id"] for project in phases[6]["projects"]] == ["proyecto-17-devops"]


def test_shows_phases_topics_and_projects(scaffold: Scaffold) -> None:
    """What a person reads, without colour where there is no terminal."""
    shown = scaffold("list").out
    assert "Fase 3 · FastAPI (3-4 meses)\n" in shown
    assert "  3.4  Seguridad y Autenticación\n" in shown
    assert "    1  proyecto-1-tareas           Gestor de Tareas CLI\n" in shown
    assert "https://" not in shown
    assert "\x1b" not in shown


def test_one_phase_is_shown_with_links_notes_and_requirements(scaffold: Scaffold) -> None:
    """Everything that the roadmap says of it, and of no other."""
    shown = scaffold("list", "--phase", 6).out
    assert "Python Patterns: https://python-patterns.guide/\n" in shown
    assert "Domain-Driven Design: Aplicar conceptos DDD en proyectos Python\n" in shown
    assert "R6 Service mesh con Istio\n" in shown
    assert "Fase 5" not in shown
    [phase] = scaffold("list", "--phase", 6, "--json").json()["phases"]
    assert phase["number"] == 6


def test_marks_what_has_no_template_yet(scaffold: Scaffold, root: Path) -> None:
    """A dot, and what it means."""
    shown = scaffold("list", "--source", root).out
    assert "   18  proyecto-18-recetas         Recetario\n" in shown
    assert "·  19  proyecto-19-vinos           Bodega\n" in shown
    assert shown.endswith("\n· todavía sin plantilla\n")


def test_an_unknown_phase_is_refused(scaffold: Scaffold) -> None:
    """With those that there are."""
    done = scaffold("list", "--phase", 8)
    assert (done.code, done.err) == (2, "No hay fase 8.\nLas fases son: 1, 2, 3, 4, 5, 6, 7.\n")


def test_a_catalogue_that_is_wrong_is_refused(scaffold: Scaffold, root: Path) -> None:
    """By its place, in two lines."""
    file = root / "roadmap.toml"
    file.write_text(file.read_text().replace("number = 18", "number = 'x'"))
    done = scaffold("list", "--source", root)
    assert done.code == 2
    assert "«phases[1].projects[proyecto-18-recetas].number»" in done.err
