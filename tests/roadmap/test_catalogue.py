"""The catalogue: the whole roadmap, and a checked format for instructors' own."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from scaffolder.errors import Refusal
from scaffolder.roadmap.catalogue import Catalogue, load

ROOT = Path(__file__).parents[2] / "templates"

OWN = """
title = "Mi curso"

[[phases]]
number = 1
title = "Inicio"
duration = "1 mes"

[[phases.topics]]
id = "1.1"
title = "Entorno"
links = [{ title = "venv", url = "https://docs.python.org/3/library/venv.html" }]

[[phases.projects]]
id = "proyecto-18-recetas"
number = 18
title = "Recetario"
description = "Recetas en la línea de comandos"
topics = ["1.1"]
requirements = [
    { id = "R1", title = "Guardar recetas" },
    { id = "R2", title = "Buscar recetas", needs = ["R1"] },
]
"""


@pytest.fixture(scope="module")
def roadmap() -> Catalogue:
    """The catalogue that ships."""
    return load(ROOT)


def test_holds_the_whole_roadmap(roadmap: Catalogue) -> None:
    """7 phases, 39 topics, 142 links, 17 projects, 99 requirements, and what makes a senior."""
    links = [link for topic in roadmap.topics.values() for link in topic.links]
    asked = [requirement for project in roadmap.projects for requirement in project.requirements]
    assert (len(roadmap.phases), len(roadmap.topics), len(links)) == (7, 39, 142)
    assert (len(roadmap.projects), len(asked)) == (17, 99)
    assert len(roadmap.goals.metrics) == len(roadmap.goals.recommendations) == 7
    assert roadmap.goals.projects_needed == 12


def test_keeps_the_roadmap_s_own_words(roadmap: Catalogue) -> None:
    """Durations, titles and the lines without a link are as the roadmap has them."""
    assert [phase.duration for phase in roadmap.phases] == [
        "2-3 meses",
        "1-2 meses",
        "3-4 meses",
        "3-4 meses",
        "2-3 meses",
        "2-3 meses",
        "Continuo",
    ]
    assert [requirement.title for requirement in roadmap.find("7").requirements] == [
        "CRUD de posts y comentarios",
        "Autenticación JWT",
        "Roles y permisos",
        "Upload de imágenes",
        "Paginación y filtros",
        "Tests con pytest",
    ]
    assert roadmap.topics["6.1"].notes == (
        "Clean Architecture: Implementar usando principios SOLID con Python",
        "Domain-Driven Design: Aplicar conceptos DDD en proyectos Python",
    )


def test_numbers_the_projects_1_to_17_and_ends_with_the_capstone(roadmap: Catalogue) -> None:
    """Ids carry their number, and project 17 stands in phase 7."""
    assert [project.number for project in roadmap.projects] == list(range(1, 18))
    for project in roadmap.projects:
        assert project.id == f"proyecto-{project.number}-{project.short}"
    assert roadmap.find("17").phase == 7


def test_every_topic_is_practised_in_a_project(roadmap: Catalogue) -> None:
    """No topic of the roadmap is only read about."""
    practised = {topic for project in roadmap.projects for topic in project.topics}
    assert practised == set(roadmap.topics)


def test_links_to_no_page_that_has_moved(roadmap: Catalogue) -> None:
    """Retired pages and old versions are nowhere."""
    urls = [link.url for topic in roadmap.topics.values() for link in topic.links]
    retired = ("/en/5.0/", "async-sql-databases", "/nosql-databases/", "/en/7.3.2/", "howto/perf.")
    assert [url for url in urls if any(part in url for part in retired)] == []


@pytest.mark.parametrize("name", ["proyecto-7-blog", "7", "blog", " Blog "])
def test_finds_a_project_by_id_number_and_short_name(roadmap: Catalogue, name: str) -> None:
    """All three names lead to the same project."""
    assert roadmap.find(name).id == "proyecto-7-blog"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("blok", "proyecto-7-blog"), ("proyecto-8-comerce", "proyecto-8-ecommerce")],
)
def test_an_unknown_project_gets_a_suggestion(roadmap: Catalogue, name: str, meant: str) -> None:
    """A slip of the keyboard is understood."""
    with pytest.raises(Refusal) as refused:
        roadmap.find(name)
    assert f"«{meant}»" in refused.value.next_step


def test_an_instructor_s_own_catalogue_is_read(tmp_path: Path) -> None:
    """A phase, a topic and a project are all that a root needs."""
    (tmp_path / "roadmap.toml").write_text(OWN)
    own = load(tmp_path).find("recetas")
    assert (own.number, own.phase, own.topics) == (18, 1, ("1.1",))
    assert own.requirements[1].needs == ("R1",)


PROJECT = "phases[1].projects[proyecto-18-recetas]"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('title = "Recetario"\n', "", f"«{PROJECT}.title» falta"),
        ('title = "Mi curso"', "title = 7", "«title» tiene que ser un texto"),
        ("number = 18", 'number = "18"', f"«{PROJECT}.number» tiene que ser un número"),
        ("number = 18", "number = true", f"«{PROJECT}.number» tiene que ser un número"),
        ("number = 18", "number = 18\nnivel = 3", f"«{PROJECT}.nivel» no es una clave conocida"),
        ('title = "Mi curso"', 'title = "Mi curso"\nfoo = 1', "«foo» no es una clave conocida"),
        ('"proyecto-18-recetas"', '"Mi proyecto"', "«phases[1].projects[1].id» es «Mi proyecto»"),
        ('id = "R2"', 'id = "2"', f"«{PROJECT}.requirements[2].id» es «2»"),
        ('id = "R2"', 'id = "R1"', f"«{PROJECT}.requirements.id» repite «R1»"),
        ('["R1"]', '["R9"]', f"«{PROJECT}.requirements[R2].needs» nombra «R9»"),
        ('["R1"]', '["R2"]', f"«{PROJECT}.requirements.needs» da vueltas en círculo"),
        ('["R1"]', '"R1"', f"«{PROJECT}.requirements[R2].needs» tiene que ser una lista"),
        ('topics = ["1.1"]', 'topics = ["9.9"]', f"«{PROJECT}.topics» nombra el tema «9.9»"),
        ('"https://', '"javascript:', "«phases[1].topics[1.1].links[1].url»"),
        ('duration = "1 mes"', 'duration = "1\\nmes"', "«phases[1].duration»"),
        ('title = "Mi curso"', 'title = "\\u001b[31m"', "«title» tiene que ser un texto"),
        ("[[phases]]", "[phases]", "«phases» tiene que ser una lista de tablas"),
        ("number = 18", "number = ", "roadmap.toml no es TOML válido (línea 16, columna 10:"),
    ],
)
def test_a_mistake_is_told_by_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Missing, mistyped, unknown, repeated, dangling: the refusal names the key or the line."""
    assert old in OWN
    (tmp_path / "roadmap.toml").write_text(OWN.replace(old, new, 1))
    with pytest.raises(Refusal) as refused:
        load(tmp_path)
    assert told in refused.value.reason
    assert str(tmp_path / "roadmap.toml") in refused.value.next_step


def test_two_projects_with_one_number_are_a_mistake(tmp_path: Path) -> None:
    """«scaffold new 18» must mean one project."""
    twin = OWN[OWN.index("[[phases.projects]]") :].replace("18-recetas", "18-vinos")
    (tmp_path / "roadmap.toml").write_text(OWN + dedent(twin))
    with pytest.raises(Refusal, match=r"«phases\.projects\.number» repite «18»"):
        load(tmp_path)


def test_a_missing_catalogue_is_told(tmp_path: Path) -> None:
    """A folder without one is no template root."""
    with pytest.raises(Refusal, match="No puedo leer"):
        load(tmp_path)
