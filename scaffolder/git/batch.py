"""Many repositories asked at once: what each process costs, hundreds of them share.

All work on one throw-away Git directory (`Objects`) that reads the objects of all: they are
named by their content, so that nothing of one repository can be taken for another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scaffolder.git.lineage import Base, claims, highest, verified
from scaffolder.git.object_format import Entry, decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from scaffolder.git.objects import Objects

_GONE = "000000"


@dataclass(frozen=True, slots=True)
class Line:
    """Where a history stands.

    Args:
        tree: the id of its last commit's tree.
        base: the template version to start from, if there is one.
    """

    tree: str
    base: Base | None


def find_lines(
    objects: Objects, heads: Sequence[str], wanted: Callable[[Base], bool]
) -> Mapping[str, Line]:
    """For many commits, what `lineage.find_bases` and `choose_base` find for one.

    It takes two processes, or three where histories were flattened, however many there are.

    Args:
        heads: the ids of the commits.
        wanted: tells whether a version is one of the project that it is about.

    Raises:
        Refusal: a history can't be read.
        GitError: likewise.
    """
    found = [base for base in verified(objects, list(claims(objects, *heads))) if wanted(base)]
    trees, behind = _history(objects, heads, {base.claim.id for base in found})
    lines = {}
    for head in heads:
        bases = [base for base in found if base.claim.id in behind.get(head, ())]
        names = {base.claim.id for base in bases}
        tips = {one for one in names if not any(one in behind[by] for by in names - {one})}
        base = highest(base for base in bases if base.claim.id in tips)
        lines[head] = Line(trees.get(head, ""), base)
    return lines


def _history(
    objects: Objects, heads: Sequence[str], marked: set[str]
) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """The trees of some commits; and for these and the marked ones, the marked in their history."""
    names = sorted({*heads, *marked})
    lines = [f"{name} refs/tags/commit-{name}\n" for name in names]
    header = "# pack-refs with: peeled fully-peeled sorted \n"
    (objects.folder / "packed-refs").write_text(header + "".join(lines), encoding="ascii")
    log = objects.git(
        *("log", "--simplify-by-decoration", "--no-show-signature", "--format=%H %T %P"),
        *("--end-of-options", *dict.fromkeys(heads)),
    )
    trees: dict[str, str] = {}
    behind: dict[str, frozenset[str]] = {}
    for line in reversed(log.stdout.decode("ascii").splitlines()):  # parents first
        commit, tree, *parents = line.split(" ")
        own = frozenset({commit} & marked)
        behind[commit] = own.union(*(behind.get(parent, frozenset()) for parent in parents))
        trees[commit] = tree
    return trees, behind


def learn_trees(objects: Objects, pairs: Iterable[tuple[str, str]]) -> None:
    """Read many trees in one process, so that `Objects.entries` has them at hand.

    Args:
        pairs: a tree that is at hand, and one to be read by what it has otherwise.

    Raises:
        GitError: a tree is missing, or a part of it.
    """
    cache = objects.cache.trees
    asked = [pair for pair in dict.fromkeys(pairs) if pair[1] not in cache]
    if not asked:
        return
    command = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-abbrev", "--no-renames")
    stream = "".join(f"{old} {new}\n" for old, new in asked).encode()
    rows: dict[str, Entry] = {}
    fields = iter(objects.git(*command, input=stream).stdout.split(b"\0"))
    for field in fields:
        about = field
        if about[:1] not in {b":", b""}:  # the next pair begins: two ids, and the line's end
            ids, _, about = field.partition(b"\n")
            old, new = ids.decode("ascii").split(" ")
            while about and not about.startswith(b":"):  # pairs without a difference
                cache[new] = cache[old]
                ids, _, about = about.partition(b"\n")
                old, new = ids.decode("ascii").split(" ")
            rows = dict(cache[old])
            cache[new] = rows
        if not about:
            continue
        _, mode, _, name, _ = about.decode("ascii").split(" ")
        path = decoded(next(fields))
        if mode == _GONE:
            rows.pop(path, None)
        else:
            rows[path] = Entry(mode, name)
