"""The template commit that an update starts from.

A commit counts only if its own tree, at its path, is the one that its trailer names. Squash,
rebase and amend copy the trailers onto a commit with the learner's tree: taking that for the
template would delete the learner's work without a conflict. Such a flattened commit still
tells which tree the template had, and often the tree is still there.

Nothing here needs a work tree: objects (`Objects`, over a repository's own) and the id of a
commit are enough, so that a bare mirror of a learner's repository serves as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.errors import Refusal
from scaffolder.git.template_commits import TemplateCommit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scaffolder.git.objects import Objects

# Squashing indents the joined messages, or makes a list of them.
_TRAILER = re.compile(r"[\s>*-]*Scaffold-(?P<key>[A-Z][a-z]+): (?P<value>.*\S)\s*")
_KEYS = {"Template", "Version", "Source", "Tree"}
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SEPARATOR = "\x1e"


@dataclass(frozen=True)
class Base:
    """A template version that a history holds.

    Args:
        claim: what its trailers say; `claim.id` is the commit that carries them.
        flattened: that commit has the learner's tree; the template's is another object.
        moment: when it was written, in seconds since 1970.
        older: the commit before it; empty for the first.
    """

    claim: TemplateCommit
    flattened: bool
    moment: int
    older: str = ""


def find_bases(objects: Objects, head: str) -> list[Base]:
    """All template versions in the history of a commit, newest first.

    Args:
        objects: where its history is; of a shallow clone, with its list of cut-off commits.
        head: the id of the commit.

    Raises:
        Refusal: its history can't be read.
        GitError: likewise.
    """
    return verified(objects, list(claims(objects, head)))


def choose_base(objects: Objects, bases: Sequence[Base]) -> Base | None:
    """The version to start from: an ancestor of no other, and the highest of those.

    Args:
        objects: where their history is.
        bases: the candidates, of one project and path.
    """
    commits = list(dict.fromkeys(base.claim.id for base in bases))
    if len(commits) > 1:
        asked = objects.git("merge-base", "--independent", *commits)
        tips = set(git.text(asked).split())
        bases = [base for base in bases if base.claim.id in tips]
    return highest(bases)


def highest(bases: Iterable[Base]) -> Base | None:
    """Of some versions that don't follow one another, the highest; None where there is none.

    Of equals, a true template commit goes before what only has its words.
    """

    def order(base: Base) -> tuple[object, ...]:
        return version_key(base.claim.version), not base.flattened, base.moment

    return max(bases, key=order, default=None)


def version_key(version: str) -> tuple[int, object]:
    """A version, as PEP 440 writes it, to be compared; what is no version comes before all."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - slow to import

    try:
        return 1, Version(version)
    except InvalidVersion:
        return 0, version


def is_version(text: str) -> bool:
    """Whether a text is a version, as PEP 440 writes it."""
    return version_key(text)[0] > 0


def claims(objects: Objects, *heads: str) -> Iterator[Base]:
    """What commits in some histories say of template versions, true or not, newest first."""
    log = objects.git(
        *("log", "-z", "--no-show-signature", "--no-mailmap", "--encoding=UTF-8"),
        f"--format=%H{_SEPARATOR}%T{_SEPARATOR}%P{_SEPARATOR}%at{_SEPARATOR}%B",
        *("--fixed-strings", "--grep=Scaffold-Tree: ", "--end-of-options", *heads),
    )
    for entry in log.stdout.decode("utf-8", "replace").split("\0"):
        if entry.count(_SEPARATOR) < 4:  # noqa: PLR2004 - the end of the list
            continue
        commit, tree, parents, moment, text = entry.split(_SEPARATOR, 4)
        for found in _blocks(text):
            path = found.get("Path", "")
            if found.keys() >= _KEYS and _ID.fullmatch(found["Tree"]) and _is_inside(path):
                claim = TemplateCommit(
                    commit,
                    found["Template"],
                    found["Version"],
                    found["Source"],
                    found["Tree"],
                    path,
                )
                older = parents.split(" ")[0]
                flattened = bool(path) or tree != claim.tree  # until it is looked at
                yield Base(claim, flattened, int(moment), older)


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """The groups of trailers in a message: a squash joins several."""
    block: dict[str, str] = {}
    for line in text.splitlines():
        match = _TRAILER.fullmatch(line)
        if match is None:
            continue
        if match["key"] in block:
            yield block
            block = {}
        block[match["key"]] = match["value"]
    yield block


def _is_inside(path: str) -> bool:
    """Whether a recorded path is one that can only lead to a folder of the repository."""
    parts = PurePosixPath(path).parts
    clean = not path or (path == PurePosixPath(path).as_posix() and path != ".")
    return clean and not path.startswith("/") and not {"..", ".git"} & {p.lower() for p in parts}


def verified(objects: Objects, bases: Sequence[Base]) -> list[Base]:
    """The true ones of some claims, and those whose tree is at least at hand."""
    if not any(base.flattened for base in bases):
        return list(bases)
    said = [base.claim for base in bases]
    asked = "".join(f"{claim.id}:{claim.path}\n{claim.tree}\n" for claim in said)
    command = ("cat-file", "--batch-check=%(objectname) %(objecttype)")
    answers = objects.git(*command, input=asked.encode("utf-8", "surrogateescape"))
    lines = answers.stdout.decode("utf-8", "replace").splitlines()
    if len(lines) != 2 * len(said):
        raise Refusal("Git no puede leer la historia de este repositorio.", "Prueba: git fsck")
    found = []
    for base, own, recorded in zip(bases, lines[0::2], lines[1::2], strict=True):
        tree = f"{base.claim.tree} tree"
        if tree in {own, recorded}:
            found.append(replace(base, flattened=own != tree))
    return found
