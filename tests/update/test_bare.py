"""Lineage, merge and ownership need no work tree: hundreds of bare mirrors are served alike."""

from __future__ import annotations

import shutil
from pathlib import Path

from scaffolder.git.lineage import choose_base, find_bases
from scaffolder.git.objects import Objects
from scaffolder.update.merge import compare, merge_many, read_merged, write_sides
from scaffolder.update.plan import settle
from tests.conftest import Scaffold
from tests.helpers import git
from tests.update.sandbox import Edit, TemplateRepo, commit
from tests.update.scenarios import both, drop, edit, write

GUIDE = "docs/guia.md"
MINE = "src/recetas.py"
TEST = "tests/requisitos/test_r1_guardar.py"
WORK: dict[str, Edit] = {
    "nobody's lines": edit(MINE, 5, "MÍO"),
    "the learner's file": edit(MINE, 20, "MÍO"),
    "the template's file": edit(TEST, 5, "MÍO"),
    "the template's file, dropped": drop(TEST),
    "a shared file": edit(GUIDE, 5, "MÍO"),
    "boxes and notes": edit("REQUISITOS.md", 3, "MÍO"),
    "a folder in a file's place": both(drop(GUIDE), write("docs/guia.md/uno.md", "MÍO\n")),
}


def test_many_mirrors_in_one_process(
    mini: TemplateRepo, small: Path, here: Path, tmp_path: Path, scaffold: Scaffold
) -> None:
    """One `git merge-tree` for all comes to what `scaffold update` comes to in each."""
    repos = {name: here / f"repo-{number}" for number, name in enumerate(WORK)}
    mirrors = {}
    for name, repo in repos.items():
        shutil.copytree(small, repo, symlinks=True)
        WORK[name](repo)
        commit(repo)
        mirrors[name] = tmp_path / f"{repo.name}.git"
        git(here, "clone", "-q", "--bare", "--no-local", str(repo), str(mirrors[name]))
    mini.release(
        "0.2.0",
        both(
            edit(MINE, 20, "DOS"),
            edit(TEST, 5, "DOS"),
            edit(GUIDE, 5, "DOS"),
            edit("REQUISITOS.md", 4, "DOS"),
        ),
    )
    newest = mini.new(here / "nuevo")
    new_tree = git(newest, "rev-parse", "HEAD^{tree}")
    stores = [mirror / "objects" for mirror in mirrors.values()]
    objects = Objects.create(tmp_path / "scratch").with_alternates(
        newest / ".git" / "objects", *stores
    )

    sides, changes, ours = {}, {}, {}
    for name, mirror in mirrors.items():
        head = git(mirror, "rev-parse", "HEAD")
        base = choose_base(objects, find_bases(objects, head))
        assert base is not None
        assert (base.claim.version, base.flattened) == ("0.1.0", False)
        changes[name] = compare(objects, base.claim.tree, new_tree)
        tree = git(mirror, "rev-parse", "HEAD^{tree}")
        ours[name] = objects.entries(tree)
        sides[name] = write_sides(objects, changes[name], tree, ours[name])
    answers = merge_many(objects, list(sides.values()))
    for (name, side), answer in zip(sides.items(), answers, strict=True):
        labels = (side.mine, side.theirs)
        merged = read_merged(objects, changes[name], side, answer, labels)
        resolution, tree = settle(objects, changes[name], ours[name], merged)

        told = scaffold("update", repos[name], "--source", mini.root, "--json")
        [result] = told.json()["repos"]
        # Git names a file that it puts beside another by the side that it is from.
        conflicts = [name.replace(side.theirs, "plantilla-0.2.0") for name in resolution.conflicts]
        assert sorted(conflicts) == result["conflicts"], name
        notes = [(note.kind.value, note.path) for note in resolution.notes]
        assert notes == [(note["kind"], note["path"]) for note in result["notes"]], name
        if not resolution.conflicts:
            assert tree == git(repos[name], "rev-parse", "HEAD^{tree}"), name
