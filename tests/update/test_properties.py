"""Whatever both sides do, at random: no line is lost without a word, and repeats do nothing."""

from __future__ import annotations

import random
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from scaffolder.git.object_format import Entries, Entry
from scaffolder.git.objects import Objects
from scaffolder.update.merge import compare, merge
from scaffolder.update.notes import Kind, Resolution
from scaffolder.update.resolver import resolve
from scaffolder.update.result import Request, Result, Status
from scaffolder.update.run import update
from tests.helpers import git
from tests.update.sandbox import (
    TEMPLATES,
    TemplateRepo,
    build_mini,
    commit,
    disk,
    lines,
    snapshot,
    unmerged_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LABEL = "plantilla-2"
FOLDERS = ("src/app", "src/app/partes", "docs", "tests/requisitos", "tests", "ñ o")
NAMES = ("uno.py", "dos.py", "tres.md", "cuatro.txt")
PATHS = [f"{folder}/{name}" for folder in FOLDERS for name in NAMES]
ATTRIBUTES = (TEMPLATES / "comun" / "gitattributes").read_bytes()
Files = dict[str, tuple[str, bytes]]


class Editor:
    """Changes files at random; every line that it writes is its own."""

    def __init__(self, seed: int, who: str, *, links: bool = True) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self.who = who
        self.count = 0
        self.links = links  # in a template, a link that leads nowhere can't be rendered

    def word(self) -> str:
        """A word that nobody else writes."""
        self.count += 1
        return f"{self.who}{self.count:04d}."

    def work(self, files: Files, steps: int) -> None:
        """Some random changes."""
        for _ in range(steps):
            self.random.choice(
                [
                    *(self.edit, self.edit, self.edit, self.insert, self.cut, self.add),
                    *(self.drop, self.move, self.move_folder, self.mode, self.binary),
                    *(self.link, self.folder),
                ]
            )(files)

    def _pick(self, files: Files) -> str | None:
        names = sorted(path for path in files if path != ".gitattributes")
        return self.random.choice(names) if names else None

    def _text(self, files: Files, change: Callable[[list[str]], object]) -> None:
        path = self._pick(files)
        if path is None or files[path][0] == "120000" or b"\0" in files[path][1]:
            return
        content = files[path][1].decode().split("\n")
        change(content)
        files[path] = (files[path][0], "\n".join(content).encode())

    def edit(self, files: Files) -> None:
        """Rewrite a line."""

        def change(content: list[str]) -> None:
            at = self.random.randrange(len(content))
            content[at] += " " + self.word()

        self._text(files, change)

    def insert(self, files: Files) -> None:
        """Add a line."""
        self._text(
            files, lambda content: content.insert(self.random.randrange(len(content)), self.word())
        )

    def cut(self, files: Files) -> None:
        """Remove a line."""
        self._text(files, lambda content: content.pop(self.random.randrange(len(content))))

    def add(self, files: Files) -> None:
        """Write a new file, perhaps over another."""
        self._put(files, self.random.choice(PATHS), ("100644", f"{self.word()}\n".encode()))

    def drop(self, files: Files) -> None:
        """Remove a file."""
        path = self._pick(files)
        if path:
            del files[path]

    def move(self, files: Files) -> None:
        """Move a file."""
        path = self._pick(files)
        if path:
            self._put(files, self.random.choice(PATHS), files.pop(path))

    def move_folder(self, files: Files) -> None:
        """Move a folder."""
        old, new = self.random.sample(FOLDERS, 2)
        if not new.startswith(old):
            for path in [path for path in files if path.startswith(old + "/")]:
                self._put(files, new + path[len(old) :], files.pop(path))

    def mode(self, files: Files) -> None:
        """Make a file executable, or not."""
        path = self._pick(files)
        if path and files[path][0] != "120000":
            other = "100755" if files[path][0] == "100644" else "100644"
            files[path] = (other, files[path][1])

    def binary(self, files: Files) -> None:
        """Write something that is not text."""
        self._put(files, self.random.choice(PATHS), ("100644", b"\0" + self.word().encode()))

    def link(self, files: Files) -> None:
        """Put a link in the place of a file."""
        path = self._pick(files)
        if path and self.links:
            files[path] = ("120000", self.word().encode())

    def folder(self, files: Files) -> None:
        """Put a folder in the place of a file."""
        path = self._pick(files)
        if path:
            del files[path]
            files[f"{path}/dentro.md"] = ("100644", f"{self.word()}\n".encode())

    @staticmethod
    def _put(files: Files, path: str, value: tuple[str, bytes]) -> None:
        above = {str(parent) for parent in Path(path).parents}
        for other in [p for p in files if p in above or p.startswith(path + "/")]:
            del files[other]
        files[path] = value


def first() -> Files:
    """The files that both sides begin with."""
    files: Files = {path: ("100644", lines(f"B {path}", 20).encode()) for path in PATHS[::2]}
    return files | {".gitattributes": ("100644", ATTRIBUTES)}


def entries(objects: Objects, files: Files) -> Entries:
    """Write files as Git keeps them."""
    return {path: Entry(mode, objects.write_blob(data)) for path, (mode, data) in files.items()}


@contextmanager
def storage() -> Iterator[Objects]:
    """A place for objects."""
    with tempfile.TemporaryDirectory() as folder:
        yield Objects.create(Path(folder, "objects"))


def merged(objects: Objects, base: Files, ours: Files, theirs: Files) -> Resolution:
    """What an update makes of three versions."""
    trees = [objects.write_tree(entries(objects, files)) for files in (base, ours, theirs)]
    change = compare(objects, trees[0], trees[2])
    mine = entries(objects, ours)
    made = merge(objects, change, trees[1], mine, LABEL)
    return resolve(objects, change, mine, made)


def words(files: Mapping[str, tuple[str, bytes]], who: str) -> dict[str, set[str]]:
    """By each word of one side, the files that it is in."""
    found: dict[str, set[str]] = {}
    for path, (_, data) in files.items():
        for line in data.decode("utf-8", "replace").replace("\0", " ").split():
            for word in line.split(","):
                if word.startswith(who) and word.endswith("."):
                    found.setdefault(word, set()).add(path)
    return found


def unexplained(
    objects: Objects, outcome: Resolution, side: Files, own: Files, who: str, fine: set[Kind]
) -> dict[str, set[str]]:
    """The words of one side that are nowhere, and that no note or conflict accounts for."""
    everything = set(outcome.entries.values())
    everything |= {entry for found in outcome.conflicts.values() for entry in found.values()}
    contents = objects.read(entry.id for entry in everything)
    text = b"\n".join(contents.values()).decode("utf-8", "replace")
    told = {
        path
        for note in outcome.notes
        if note.kind in fine or note.kind.startswith("conflict")
        for path in (note.path, note.other)
    }
    moved = {note.path: note.other for note in outcome.notes if note.kind is Kind.MOVED}
    told |= {old for old, new in moved.items() if new in told}
    told |= set(outcome.conflicts)
    renamed = any(path and path not in first() for path in told)
    gone = first().keys() - own.keys() if renamed else set()  # told by its new name
    return {
        word: paths
        for word, paths in words(side, who).items()
        if word not in text and not paths & (told | gone)
    }


LEARNER_MAY_LOSE = {Kind.TEMPLATE_LINES, Kind.MOVED}
TEMPLATE_MAY_LOSE = {Kind.LEARNER_LINES, Kind.LEFT_OUT, Kind.KEPT}
BRISK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
SEEDS = st.integers(0, 2**32)


@given(seed=SEEDS, mine=st.integers(0, 6), its=st.integers(0, 6))
@BRISK
def test_no_word_of_either_side_is_lost_in_silence(seed: int, mine: int, its: int) -> None:
    """It is in a file, in an open conflict, or its file is named with who won."""
    base = first()
    ours, theirs = dict(base), dict(base)
    Editor(seed, "M").work(ours, mine)
    Editor(seed + 1, "T").work(theirs, its)
    theirs[".gitattributes"] = base[".gitattributes"]
    with storage() as objects:
        outcome = merged(objects, base, ours, theirs)
        event(f"conflicts: {min(len(outcome.conflicts), 3)}")
        assert unexplained(objects, outcome, ours, ours, "M", LEARNER_MAY_LOSE) == {}
        assert unexplained(objects, outcome, theirs, ours, "T", TEMPLATE_MAY_LOSE) == {}
        tree = objects.write_tree(outcome.entries)  # refuses a file that is also a folder
        assert Objects.entries(objects, tree) == outcome.entries


@given(seed=SEEDS, steps=st.integers(0, 6))
@BRISK
def test_one_side_alone_is_taken_as_it_is(seed: int, steps: int) -> None:
    """Nothing to merge: the result is the side that changed, without a note or a conflict."""
    base, changed = first(), first()
    Editor(seed, "X").work(changed, steps)
    changed[".gitattributes"] = base[".gitattributes"]
    with storage() as objects:
        wanted = entries(objects, changed)
        by_template = merged(objects, base, base, changed)
        assert (by_template.entries, dict(by_template.conflicts)) == (wanted, {})
        by_learner = merged(objects, base, changed, base)
        assert (by_learner.entries, dict(by_learner.conflicts)) == (wanted, {})
        assert by_learner.notes == ()
        both = merged(objects, base, changed, changed)
        assert (both.entries, dict(both.conflicts)) == (wanted, {})


def files_of(repo: Path) -> Files:
    """The files of a work tree."""
    found: Files = {}
    for path, (mode, data) in disk(repo).items():
        kind = "120000" if mode & 0o170000 == 0o120000 else "100755" if mode & 0o100 else "100644"
        found[path] = (kind, data)
    return found


def put(folder: Path, old: Files, new: Files) -> None:
    """Make a folder's files be others."""
    for path in old.keys() - new.keys():
        (folder / path).unlink()
        for parent in (folder / path).parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
    for path, (mode, data) in new.items():
        if old.get(path) == (mode, data):
            continue
        file = folder / path
        if file.is_symlink() or file.is_file():
            file.unlink()
        file.parent.mkdir(parents=True, exist_ok=True)
        if mode == "120000":
            file.symlink_to(data.decode())
        else:
            file.write_bytes(data)
            file.chmod(0o755 if mode == "100755" else 0o644)


def change(folder: Path, editor: Editor, steps: int) -> None:
    """Let an editor work in a folder, but for the files that make it a project."""
    before = files_of(folder)
    kept = {p: v for p, v in before.items() if p.startswith(".") or p.endswith(".jinja")}
    after = {p: v for p, v in before.items() if p not in kept}
    editor.work(after, steps)
    put(folder, before, after | kept)


def refresh(repo: Path, template_repo: TemplateRepo) -> Result:
    """One update, as the command runs it."""
    [result] = update([repo], Request(where=str(template_repo.root)))
    assert result.error is None, result.error
    return result


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> tuple[TemplateRepo, Path]:
    """A plain folder of templates, and a repository of it."""
    folder = tmp_path_factory.mktemp("ground")
    template_repo = build_mini(folder / "template_repo")
    shutil.rmtree(template_repo.root / ".git")
    return template_repo, template_repo.new(folder / "repo")


FEW = settings(BRISK, max_examples=10)


@given(seed=SEEDS, rounds=st.integers(1, 3))
@FEW
def test_walks_of_both_through_the_whole_command(
    ground: tuple[TemplateRepo, Path], seed: int, rounds: int
) -> None:
    """After every update: nothing lost in silence, history kept, a repeat is idle."""
    learner, author = Editor(seed, "M"), Editor(seed + 1, "T", links=False)
    with tempfile.TemporaryDirectory() as name:
        template_repo = ground[0].copy(Path(name, "template_repo"))
        repo = Path(shutil.copytree(ground[1], Path(name, "repo"), symlinks=True))
        for _ in range(rounds):
            change(repo, learner, 3)
            commit(repo)
            change(template_repo.starter, author, 3)
            before, head = files_of(repo), git(repo, "rev-parse", "HEAD")
            result = refresh(repo, template_repo)
            if result.status is Status.REFUSED:  # a link or the like stands in the way
                event("refused")
                assert files_of(repo) == before
                return
            event(result.status.value)
            check_walk(repo, result, before)
            if result.status is Status.CONFLICTS:
                git(repo, "add", "--all")
                git(repo, "commit", "-q", "--no-edit")
            git(repo, "merge-base", "--is-ancestor", head, "HEAD")
            assert git(repo, "status", "--porcelain") == ""
            after = snapshot(repo)
            assert refresh(repo, template_repo).status is Status.UP_TO_DATE
            assert snapshot(repo) == after


def check_walk(repo: Path, result: Result, before: Files) -> None:
    """Every word of the learner's is there, in a conflict, or its file is named."""
    text = "\n".join(data.decode("utf-8", "replace") for _, data in files_of(repo).values())
    text += unmerged_text(repo)
    told = {path for note in result.notes for path in (note.path, note.other)}
    told |= set(result.conflicts)
    lost = {
        word: paths
        for word, paths in words(before, "M").items()
        if word not in text and not paths & told
    }
    assert lost == {}


@given(seed=SEEDS, rounds=st.integers(1, 4))
@FEW
def test_an_untouched_repository_equals_a_fresh_one(
    ground: tuple[TemplateRepo, Path], seed: int, rounds: int
) -> None:
    """After any number of updates, byte for byte, modes and all."""
    author = Editor(seed, "T", links=False)
    with tempfile.TemporaryDirectory() as name:
        template_repo = ground[0].copy(Path(name, "template_repo"))
        repo = Path(shutil.copytree(ground[1], Path(name, "repo"), symlinks=True))
        for _ in range(rounds):
            change(template_repo.starter, author, 4)
            result = refresh(repo, template_repo)
            assert result.status in {Status.UPDATED, Status.UP_TO_DATE}
            fresh = template_repo.new(Path(name, f"fresh-{rounds}"))
            assert files_of(repo) == files_of(fresh)
            assert git(repo, "rev-parse", "HEAD^{tree}") == git(fresh, "rev-parse", "HEAD^{tree}")
            shutil.rmtree(fresh)
