"""The roster, and the lists of other tools: one bad row refuses all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.classroom.importers import import_roster
from scaffolder.classroom.roster import Repo, Student, read_roster, repos_of, write_roster
from scaffolder.errors import Refusal
from tests.classroom.conftest import NewCourse

HEADER = "id,name,email,username,section,team\n"


def roster(folder: Path, text: str | bytes) -> tuple[Student, ...]:
    """The students of a roster with that text."""
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "roster.csv").write_bytes(data)
    return read_roster(folder)


def test_names_of_the_whole_world_survive(tmp_path: Path) -> None:
    """Accents, other scripts, commas, quotes, and what a spreadsheet would take for a formula."""
    names = [
        "Núñez, «Ñ»",
        "לאה",
        "李 小龍",
        '=HYPERLINK("http://x","y")',
        "+34 600",
        "-- help",
        "@ana",
        "O'Brien",
        "'=1",
        "e\u0301",
        "x" * 200,
    ]
    students = tuple(Student(f"e{n}", name) for n, name in enumerate(names))
    write_roster(tmp_path, students)
    assert read_roster(tmp_path) == students
    for line in (tmp_path / "roster.csv").read_text().splitlines():
        cell = line.partition(",")[2].lstrip('"')
        assert not cell.startswith(("=", "+", "-", "@"))


def test_a_spreadsheet_in_spanish_is_understood(tmp_path: Path) -> None:
    """A byte order mark, semicolons, line ends of Windows, empty lines, capital headings."""
    text = "\ufeffID;Name;Email\r\nana-1;Ana;ana@example.org\r\n\r\n;;\r\nleo;;\r\n"
    assert roster(tmp_path, text) == (Student("ana-1", "Ana", "ana@example.org"), Student("leo"))


def test_a_team_shares_a_repository(tmp_path: Path) -> None:
    """In the order of the roster, each once."""
    text = HEADER + "a,,,,x,rojo\nb,,,,,\nc,,,,x,rojo\n"
    students = roster(tmp_path, text)
    a, b, c = students
    assert repos_of(students) == (Repo("rojo", (a, c), "x"), Repo("b", (b,)))


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ("ana,,,,,\nana,,,,,\n", "línea 3: «ana» ya está en roster.csv, línea 2"),
        ("ana,,,,,\n,Leo,,,,\n", "línea 3: falta el «id»"),
        ("--force,,,,,\n", "línea 2: «--force» no vale de id"),
        ("../../etc,,,,,\n", "línea 2: «../../etc» no vale de id"),
        ("a/b,,,,,\n", "línea 2: «a/b» no vale de id"),
        ("=1+1,,,,,\n", "línea 2: «=1+1» no vale de id"),
        ("Ana,,,,,\n", "línea 2: «Ana» no vale de id"),
        ("ñu,,,,,\n", "línea 2: «ñu» no vale de id"),
        ("con,,,,,\n", "línea 2: «con» no vale de id"),
        ("ana.git,,,,,\n", "línea 2: «ana.git» no vale de id"),
        ("ana.,,,,,\n", "línea 2: «ana.» no vale de id"),
        (f"{'a' * 40},,,,,\n", "no vale de id"),
        ('ana,"dos\nlíneas",,,,\n', "línea 2: en «name» hay caracteres que no se ven"),
        ("ana,\x1b[31mrojo,,,,\n", "línea 2: en «name» hay caracteres que no se ven"),
        (f"ana,{'x' * 201},,,,\n", "línea 2: «name» es demasiado largo"),
        ("ana,,sin arroba,,,\n", "línea 2: «sin arroba» no es un correo"),
        ("ana,,,../x,,\n", "línea 2: «../x» no es un nombre de usuario"),
        ("ana,,,-f,,\n", "línea 2: «-f» no es un nombre de usuario"),
        ("ana,,,,,el rojo\n", "línea 2: «el rojo» no vale de team"),
        ("ana,,,,a,rojo\nleo,,,,b,rojo\n", "línea 3: «rojo» tiene en roster.csv, línea 2 otra"),
        ("ana,,,,,\nleo,,,,,ana\n", "línea 3: el equipo «ana» se llama como un estudiante"),
        ("ana,,,,,,,\n", "línea 2: tiene más celdas que la cabecera"),
        ('ana,"sin cerrar,,,,\n', "no es CSV válido"),
    ],
)
def test_a_bad_row_is_told_by_its_line(tmp_path: Path, rows: str, place: str) -> None:
    """The first that is wrong."""
    with pytest.raises(Refusal) as caught:
        roster(tmp_path, HEADER + rows)
    assert place in caught.value.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER.replace("username", "user"), "línea 1: «user» no es ninguna de sus columnas"),
        ("name,email\nAna,\n", "línea 1: falta la columna «id»"),
        ("id,id\nana,leo\n", "línea 1: una columna está dos veces"),
        ("id\nañil\n".encode("latin-1"), "no está en UTF-8"),
    ],
)
def test_a_file_that_is_no_roster_is_told(tmp_path: Path, text: str | bytes, reason: str) -> None:
    """With what it has to be."""
    with pytest.raises(Refusal) as caught:
        roster(tmp_path, text)
    assert reason in caught.value.reason


GITHUB = """\
"identifier","github_username","github_id","name"
"ana@example.org","Ana-Lee","123",""
"Leo Núñez (a02)","","",""
"""
GITHUB_TEAMS = """\
"identifier","github_username","github_id","name","group_name"
"ana@example.org","ana","1","Ana","Los Rojos"
"leo@example.org","leo","2","Leo","Los Rojos"
"""
CLASSROOM_50 = """\
username,first_name,last_name,email,section,github_id,role
ana,Ana,Lee,ana@example.org,Lab 1,1,student
profe,Pro,Fe,,,3,teacher
leo,Leo,,,,,
"""


@pytest.mark.parametrize(
    ("name", "text", "students"),
    [
        (
            "classroom_roster.csv",
            GITHUB,
            (
                Student("ana-lee", "", "ana@example.org", "Ana-Lee"),
                Student("leo-nunez-a02", "Leo Núñez (a02)"),
            ),
        ),
        (
            "teams.csv",
            GITHUB_TEAMS,
            (
                Student("ana", "Ana", "ana@example.org", "ana", "", "los-rojos"),
                Student("leo", "Leo", "leo@example.org", "leo", "", "los-rojos"),
            ),
        ),
        (
            "roster.csv",
            CLASSROOM_50,
            (
                Student("ana", "Ana Lee", "ana@example.org", "ana", "Lab 1"),
                Student("leo", "Leo", "", "leo"),
            ),
        ),
        (
            "students.txt",
            "ana leo\n\nZoe\n",
            (
                Student("ana", username="ana", team="ana-leo"),
                Student("leo", username="leo", team="ana-leo"),
                Student("zoe", username="Zoe"),
            ),
        ),
        (
            "students.yml",
            "rojos:\n  members: [ana, leo]\nzoe:\n  members:\n    - zoe\n",
            (
                Student("ana", username="ana", team="rojos"),
                Student("leo", username="leo", team="rojos"),
                Student("zoe", username="zoe"),
            ),
        ),
        ("otra.csv", "name;id;Canvas\nAna;ana;77\n", (Student("ana", "Ana"),)),
    ],
)
def test_lists_of_other_tools_are_known_by_their_first_line(
    tmp_path: Path, name: str, text: str, students: tuple[Student, ...]
) -> None:
    """Each becomes students; what they have no name for stays empty."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert import_roster(file) == students


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("x.csv", "nota,alumno\n1,ana\n", "No conozco la lista x.csv"),
        ("x.csv", "", "No conozco la lista x.csv"),
        ("x.csv", GITHUB + '"Leo Núñez (a02)","","",""\n', "línea 4: «leo-nunez-a02» ya está en"),
        ("x.csv", GITHUB + '"李","","",""\n', "línea 4: «李» no vale de id"),
        ("students.txt", "ana\nleo ../x\n", "línea 2: «../x» no es un nombre de usuario"),
        ("students.txt", "ana\nleo ana\n", "línea 2: «ana» ya está en students.txt, línea 1"),
        ("students.yml", "rojos:\n  - ana\n", "línea 2: no es una lista de equipos"),
        (
            "students.yml",
            "rojos:\n  members: ana\n",
            "línea 1: el equipo «rojos» no tiene «members»",
        ),
        ("students.yml", "rojos: [", "no es YAML válido"),
        ("students.yml", "", "línea 1: no es una lista de equipos"),
        ("students.yml", "a: &a\n  members: [{x: y}]\n", "tiene que ser una lista de nombres"),
    ],
)
def test_a_list_that_makes_no_sense_is_told(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    """By its line, as of a roster."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as caught:
        import_roster(file)
    assert reason in caught.value.reason


def test_importing_adds_and_fills_in(new_course: NewCourse, here: Path) -> None:
    """Who is in the roster stays as the instructor wrote them."""
    ground = new_course()
    ground.roster.write_text(HEADER + "ana,Ana María,,,tarde,\nzoe,,,,,\n", encoding="utf-8")
    (here / "lista.csv").write_text(CLASSROOM_50, encoding="utf-8")
    done = ground.run("roster", here / "lista.csv")
    assert (done.code, done.err) == (0, "")
    assert done.out == "roster.csv: 3 estudiantes (1 nuevos), 3 repositorios.\n"
    assert read_roster(ground.folder) == (
        Student("ana", "Ana María", "ana@example.org", "ana", "tarde"),
        Student("zoe"),
        Student("leo", "Leo", "", "leo"),
    )


def test_a_bad_list_changes_nothing(new_course: NewCourse, here: Path) -> None:
    """Exit code 2, and the roster is byte for byte as before."""
    ground = new_course("ana")
    before = ground.roster.read_bytes()
    (here / "lista.txt").write_text("leo\n--upload-pack=x\n", encoding="utf-8")
    done = ground.run("roster", here / "lista.txt")
    assert (done.code, done.out) == (2, "")
    assert "lista.txt, línea 2" in done.err
    assert ground.roster.read_bytes() == before
