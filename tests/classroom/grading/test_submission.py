"""What is run of a submission is the student's program, and nothing else of theirs."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from scaffolder.classroom.grading import submission
from scaffolder.git.object_format import Entry
from scaffolder.git.objects import Objects
from tests.helpers import build_file_tree, git

TEMPLATE = {
    ".gitattributes": "/src/** scaffold-owner=learner\n/tests/** scaffold-owner=learner\n"
    "/tests/requisitos/** scaffold-owner=template\n/conftest.py scaffold-owner=template\n"
    "/.gitattributes scaffold-owner=template\n",
    "REQUISITOS.md": "# R\n\n- [ ] **R1 · Crear**\n",
    "README.md": "de la plantilla\n",
    "conftest.py": "# de la plantilla\n",
    "src/x.py": "# por hacer\n",
    "tests/requisitos/test_r1_x.py": "# prueba\n",
}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with the template as its first commit."""
    folder = build_file_tree(tmp_path / "repo", TEMPLATE)
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    git(folder, "tag", "template")
    return folder


def commit(repo: Path) -> str:
    """Commit everything; the tree."""
    git(repo, "add", "-A", "-f")
    git(repo, "commit", "-q", "--allow-empty", "-m", "x")
    return git(repo, "rev-parse", "HEAD^{tree}")


def composed(
    repo: Path, tree: str, hidden: dict[str, bytes] | None = None
) -> submission.Submission:
    """A submission of a tree."""
    template = git(repo, "rev-parse", "template^{tree}")
    return submission.compose(Objects(repo / ".git"), template, template, tree, hidden or {})


def files(made: submission.Submission) -> dict[str, str]:
    """What is run: content by path."""
    with tarfile.open(fileobj=io.BytesIO(made.archive)) as archive:
        found = {m.name: archive.extractfile(m) for m in archive.getmembers()}
        return {name: stream.read().decode() for name, stream in found.items() if stream}


def test_the_student_s_program_and_the_template_s_tests(repo: Path) -> None:
    """Tests, settings and boxes are the template's; their own tests are left out."""
    build_file_tree(
        repo,
        {
            "src/x.py": "hecho\n",
            "src/otro.py": "más\n",
            "datos.txt": "suyo\n",
            "conftest.py": "malo\n",
            "tests/requisitos/test_r1_x.py": "malo\n",
            "tests/requisitos/test_r9_suyo.py": "malo\n",
            "tests/conftest.py": "malo\n",
            "REQUISITOS.md": "- [x] **R1 · Crear**\n",
        },
    )
    made = composed(repo, commit(repo), {"test_r1_oculta.py": b"oculta\n"})
    assert files(made) == {
        ".gitattributes": TEMPLATE[".gitattributes"],
        "README.md": "de la plantilla\n",
        "REQUISITOS.md": TEMPLATE["REQUISITOS.md"],
        "conftest.py": "# de la plantilla\n",
        "datos.txt": "suyo\n",
        "src/otro.py": "más\n",
        "src/x.py": "hecho\n",
        "tests/requisitos/test_r1_oculta.py": "oculta\n",
        "tests/requisitos/test_r1_x.py": "# prueba\n",
    }
    assert made.claimed == ("R1",)
    assert made.tamper == (
        "conftest.py", "tests/requisitos/test_r1_x.py", "tests/requisitos/test_r9_suyo.py",
    )  # fmt: skip
    assert not made.untouched


def test_who_only_ticked_a_box_has_not_started(repo: Path) -> None:
    """A promise is no work."""
    build_file_tree(repo, {"REQUISITOS.md": "- [x] **R1 · Crear**\n"})
    made = composed(repo, commit(repo))
    assert (made.untouched, made.claimed, made.tamper) == (True, ("R1",), ())


def test_their_gitattributes_have_no_say(repo: Path) -> None:
    """Whose a file is says the template."""
    build_file_tree(
        repo, {".gitattributes": "* scaffold-owner=learner filter=mal\n", "conftest.py": "malo\n"}
    )
    made = composed(repo, commit(repo))
    assert files(made)["conftest.py"] == "# de la plantilla\n"
    assert made.tamper == (".gitattributes", "conftest.py")


def test_names_made_by_hand_are_left_out(repo: Path) -> None:
    """A tree may hold any name: none leaves its folder, and links and submodules are not made."""
    objects = Objects(repo / ".git")
    blob = objects.write_blob(b"malo")
    (repo / "src" / "enlace").symlink_to("/etc/passwd")
    tree = commit(repo)
    entries = dict(objects.entries(tree))
    for name in ("../fuera", "src/../../fuera", ".git/hooks/post-checkout", "src/.GIT/config"):
        entries[name] = Entry("100644", blob)
    objects.cache.trees["f" * 40] = entries
    template = git(repo, "rev-parse", "template^{tree}")
    made = submission.compose(objects, template, template, "f" * 40, {})
    assert set(files(made)) == set(TEMPLATE)


def test_too_much_is_refused(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of it is written."""
    monkeypatch.setattr(submission, "MOST", 1000)
    build_file_tree(repo, {"src/grande.bin": b"x" * 1001})
    with pytest.raises(submission.TooLargeError):
        composed(repo, commit(repo))


def test_unpacks_what_it_packed(repo: Path, tmp_path: Path) -> None:
    """Content, and whether it is a program."""
    build_file_tree(repo, {"src/guion.sh": "#!/bin/sh\n"})
    made = composed(repo, commit(repo))
    (tmp_path / "fuera").mkdir()
    submission.unpack(made.archive, tmp_path / "fuera")
    assert (tmp_path / "fuera" / "src" / "guion.sh").stat().st_mode & 0o111
    assert (tmp_path / "fuera" / "src" / "x.py").read_text() == "# por hacer\n"
