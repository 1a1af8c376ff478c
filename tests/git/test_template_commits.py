"""Template commits: the same everywhere, and recognised for what they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scaffolder.git.lineage import find_bases
from scaffolder.git.repository import open_repository
from scaffolder.git.template_commits import (
    TemplateCommit,
    neutral_objects,
    write_rendered_tree,
    write_template_commit,
)
from tests.helpers import build_file_tree, git, template_commit

DATE = 1795392000
"""2026-11-23, 00:00 UTC."""
ATTRIBUTES = "* text=auto eol=lf\n"


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """A folder as a template might have rendered it."""
    return build_file_tree(
        tmp_path / "rendered",
        {
            ".gitattributes": ATTRIBUTES,
            ".gitignore": "secreto.txt\n",
            "secreto.txt": "ignored, and part of the template all the same\n",
            "src/ñandú.py": b"print('hola')\r\n",
            "tool.sh": "#!/bin/sh\n",
        },
    )


def new_repo(folder: Path, *options: str) -> Path:
    """An empty repository, and its Git directory."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", *options)
    return folder / ".git"


def write(git_dir: Path, rendered: Path, parents: tuple[str, ...] = (), path: str = "") -> str:
    """A template commit with what does not matter filled in."""
    with neutral_objects(git_dir) as objects:
        tree = write_rendered_tree(objects, rendered)
        claim = TemplateCommit("", "proyecto-7-blog", "0.1.0", "embedded", tree, path)
        return write_template_commit(objects, claim, DATE, parents)


def test_holds_every_file_with_its_mode_and_unix_line_ends(tmp_path: Path, rendered: Path) -> None:
    """The tree is what was rendered: ignored files too, executables too, LF everywhere."""
    repo = new_repo(tmp_path / "repo")
    commit = write(repo, rendered)
    listing = git(repo, "-c", "core.quotePath=false", "ls-tree", "-r", commit).splitlines()
    assert [(line.split()[0], line.split("\t")[1]) for line in listing] == [
        ("100644", ".gitattributes"),
        ("100644", ".gitignore"),
        ("100644", "secreto.txt"),
        ("100644", "src/ñandú.py"),
        ("100755", "tool.sh"),
    ]
    assert git(repo, "cat-file", "blob", f"{commit}:src/ñandú.py") == "print('hola')"
    assert "\r" not in git(repo, "cat-file", "blob", f"{commit}:src/ñandú.py")


def test_has_the_author_date_and_trailers_that_make_it_reproducible(
    tmp_path: Path, rendered: Path
) -> None:
    """Nothing of the person or the moment is in it."""
    repo = new_repo(tmp_path / "repo")
    commit = write(repo, rendered)
    tree = git(repo, "rev-parse", f"{commit}^{{tree}}")
    shown = git(repo, "log", "-1", "--format=%an|%ae|%cn|%ce|%ai|%ci|%B", commit)
    assert shown.startswith(
        "scaffold|scaffold@localhost|scaffold|scaffold@localhost"
        "|2026-11-23 00:00:00 +0000|2026-11-23 00:00:00 +0000|Plantilla proyecto-7-blog 0.1.0\n"
    )
    assert git(repo, "interpret-trailers", "--parse", stdin=shown) == (
        "Scaffold-Template: proyecto-7-blog\n"
        "Scaffold-Version: 0.1.0\n"
        "Scaffold-Source: embedded\n"
        f"Scaffold-Tree: {tree}"
    )


def test_ignores_the_configuration_of_the_target_repository(tmp_path: Path, rendered: Path) -> None:
    """Filters, attributes, line ends, modes and hooks of the repository change nothing."""
    plain = write(new_repo(tmp_path / "plain"), rendered)
    odd = new_repo(tmp_path / "odd")
    for key, value in {
        "core.autocrlf": "true",
        "core.fileMode": "false",
        "core.attributesFile": str(tmp_path / "attributes"),
        "core.excludesFile": str(tmp_path / "ignore"),
        "filter.shout.clean": "tr a-z A-Z",
        "commit.gpgSign": "true",
        "i18n.commitEncoding": "latin1",
    }.items():
        git(odd, "config", key, value)
    build_file_tree(tmp_path, {"attributes": "*.py filter=shout\n", "ignore": "*.py\n"})
    build_file_tree(odd, {"info/attributes": "* filter=shout -text\n", "info/exclude": "*\n"})
    assert write(odd, rendered) == plain


def test_changes_no_reference_index_or_work_tree(tmp_path: Path, rendered: Path) -> None:
    """Only objects are written: an update that stops here has changed nothing."""
    repo = new_repo(tmp_path / "repo")
    git(repo.parent, "commit", "-q", "--allow-empty", "-m", "start")
    before = {p: p.stat().st_mtime_ns for p in repo.rglob("*") if "objects" not in p.parts}
    write(repo, rendered)
    after = {p: p.stat().st_mtime_ns for p in repo.rglob("*") if "objects" not in p.parts}
    assert before == after


def test_follows_its_parents(tmp_path: Path, rendered: Path) -> None:
    """The next template commit stands on top of the one before."""
    repo = new_repo(tmp_path / "repo")
    first = write(repo, rendered)
    (rendered / "new.txt").write_text("new\n")
    second = write(repo, rendered, parents=(first,))
    assert git(repo, "rev-list", second).splitlines() == [second, first]


def test_inside_a_larger_repository_holds_only_its_folder(tmp_path: Path, rendered: Path) -> None:
    """At a path, the commit's tree has that folder and nothing else."""
    repo = new_repo(tmp_path / "repo")
    alone = write(repo, rendered)
    inside = write(repo, rendered, path="cursos/año 1/blog")
    tree = git(repo, "rev-parse", f"{alone}^{{tree}}")
    assert git(repo, "rev-parse", f"{inside}:cursos/año 1/blog") == tree
    assert git(repo, "ls-tree", "--name-only", inside) == "cursos"
    told = git(repo, "log", "-1", "--format=%(trailers:only,unfold)", inside)
    assert told.endswith(f"Scaffold-Tree: {tree}\nScaffold-Path: cursos/año 1/blog")


def test_takes_the_object_format_of_the_repository(tmp_path: Path, rendered: Path) -> None:
    """A SHA-256 repository gets SHA-256 objects."""
    repo = new_repo(tmp_path / "repo", "--object-format=sha256")
    commit = write(repo, rendered)
    assert len(commit) == 64
    assert git(repo, "cat-file", "-t", commit) == "commit"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no modes")
def test_on_a_disk_that_calls_every_file_executable_scripts_are_those_that_start_as_one(
    tmp_path: Path, rendered: Path
) -> None:
    """A mount without modes gives the same commit as any other."""
    expected = write(new_repo(tmp_path / "a"), rendered)
    for file in rendered.rglob("*"):
        file.chmod(0o777)
    assert write(new_repo(tmp_path / "b"), rendered) == expected


def test_a_copy_of_the_trailers_on_another_tree_claims_what_does_not_hold(
    tmp_path: Path, rendered: Path
) -> None:
    """Amending a template commit keeps its words and not its truth."""
    repo = new_repo(tmp_path / "repo")
    work = repo.parent
    git(work, "reset", "-q", "--hard", write(repo, rendered))
    claim = template_commit(work)
    assert (claim.template, claim.version, claim.source) == ("proyecto-7-blog", "0.1.0", "embedded")
    (work / "tool.sh").write_text("mine\n")
    git(work, "commit", "-q", "--all", "--amend", "--no-edit")
    opened = open_repository(work)
    with neutral_objects(opened.common_dir) as objects:
        [base] = find_bases(objects, opened.head)
    assert base.flattened


def test_the_id_is_the_same_for_ever(tmp_path: Path, rendered: Path) -> None:
    """Repositories of earlier versions start from these commits."""
    expected = "22b5dd1092b31475158b15de076aea62b600aec7"
    assert write(new_repo(tmp_path / "repo"), rendered) == expected
