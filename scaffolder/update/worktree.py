"""Whether an update may be written into a work tree: nothing of the learner's is in its way."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.console.output import typed
from scaffolder.errors import Refusal
from scaffolder.git.object_format import SUBMODULE, decoded
from scaffolder.starter import checklist

if TYPE_CHECKING:
    from scaffolder.git.repository import Repository
    from scaffolder.update.plan import Touched
    from scaffolder.update.project import GeneratedProject

_SHOWN = 5


def check(project: GeneratedProject, touched: Touched) -> dict[str, os.stat_result]:
    """See that an update may be written.

    Args:
        project: the project.
        touched: what the update changes.

    Returns:
        Fingerprints of the files that will be replaced, so that a change in the last moment
        is noticed.

    Raises:
        Refusal: something of the learner's is not saved, or stands where a file would go.
    """
    repo = project.repo
    _check_kind(repo, touched)
    fingerprints = {
        path: os.lstat(repo.top / path)
        for path, (old, _) in touched.items()
        if old is not None and os.path.lexists(repo.top / path)
    }
    boxes = f"{project.path}/{checklist.FILE}" if project.path else checklist.FILE
    refuse_if_dirty(repo, boxes)
    _check_flags(repo, touched)
    in_the_way = sorted(set(obstacles(repo, touched)))
    if in_the_way:
        raise Refusal(
            f"La plantilla trae archivos nuevos donde tú ya tienes otros que Git no guarda: "
            f"{shown(in_the_way)}.",
            "No los piso: cámbiales el nombre, o guárdalos (git add -f ARCHIVO, y git commit).",
        )
    return fingerprints


def refuse_if_dirty(repo: Repository, boxes: str) -> None:
    """See that the work tree has no changes that are not committed, boxes excepted.

    Args:
        repo: the repository.
        boxes: the path of REQUISITOS.md in it.

    Raises:
        Refusal: it has some.
    """
    command = ("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames")
    listing = repo.git(*command, "--ignore-submodules=dirty").stdout
    changed = [decoded(line[3:]) for line in listing.split(b"\0")[:-1]]
    if boxes in changed and _only_boxes(repo, boxes):
        changed.remove(boxes)
    if changed:
        raise Refusal(
            f"Tienes cambios sin guardar en Git: {shown(changed)}.",
            'Guárdalos antes: git add -A, y git commit -m "Mi avance"',
        )


def obstacles(repo: Repository, touched: Touched) -> Iterator[str]:
    """What stands where new files would go, ignored files and folders too."""
    leaving = {path for path, (_, new) in touched.items() if new is None}
    fold = _fold if repo.ignores_case else _exact
    gone = {fold(path) for path in leaving}
    for path, (old, new) in touched.items():
        if old is not None or new is None:
            continue
        parts = path.split("/")
        for count in range(1, len(parts) + 1):
            part = "/".join(parts[:count])
            for name in _standing(repo.top, part, fold=repo.ignores_case):
                there = repo.top / name
                is_folder = there.is_dir() and not there.is_symlink()
                if fold(name) in gone:
                    continue
                if not is_folder:
                    yield name
                elif count == len(parts):
                    yield from _left_in(repo.top, name, gone, fold)


def shown(paths: Iterable[str]) -> str:
    """A few paths for a sentence, and how many more there are."""
    names = [path.encode("utf-8", "replace").decode("utf-8") for path in paths]
    more = f" y {len(names) - _SHOWN} más" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _check_kind(repo: Repository, touched: Touched) -> None:
    if repo.config.get("core.sparsecheckout", "").lower() == "true":
        raise Refusal(
            f"«{repo.top}» no tiene todos sus archivos en el disco (sparse-checkout).",
            "Recupéralos (git sparse-checkout disable), o usa scaffold update --branch",
        )
    for path, sides in touched.items():
        if any(side and side.mode == SUBMODULE for side in sides):
            raise Refusal(
                f"«{path}» es un submódulo, y la plantilla trae algo en su lugar.",
                "Muévelo a otra carpeta (git mv) y vuelve a intentarlo.",
            )
    if repo.ignores_case:
        names: dict[str, str] = {}
        for path, (_, new) in touched.items():
            if new is not None:
                other = names.setdefault(_fold(path), path)
                if other != path:
                    _refuse_twins(path, other)
        kept = repo.git("ls-files", "-z").stdout.split(b"\0")[:-1]
        for path in map(decoded, kept):
            mine = names.get(_fold(path), path)
            if mine != path and touched.get(path, (None, True))[1] is not None:
                _refuse_twins(mine, path)


def _refuse_twins(path: str, other: str) -> None:
    raise Refusal(
        f"«{path}» y «{other}» solo se distinguen en las mayúsculas, y en este disco son el mismo.",
        f"Cámbiale el nombre al tuyo: git mv {typed(other)} OTRO-NOMBRE, y git commit",
    )


def _check_flags(repo: Repository, touched: Touched) -> None:
    """Files that Git was told not to look at may hide changes."""
    listing = repo.git("ls-files", "-v", "-z").stdout.split(b"\0")[:-1]
    hidden = [
        path
        for tag, path in ((line[:1], decoded(line[2:])) for line in listing)
        if path in touched and (tag.islower() or tag == b"S")
    ]
    if hidden:
        raise Refusal(
            f"Git tiene orden de no mirar los cambios de {shown(hidden)}, y la plantilla los trae.",
            "Quita la marca: git update-index --no-assume-unchanged --no-skip-worktree ARCHIVO",
        )


def _only_boxes(repo: Repository, path: str) -> bool:
    """Whether a REQUISITOS.md differs from the committed one in its boxes alone."""
    sides = [repo.git("cat-file", "blob", f"{rev}:{path}", check=False) for rev in (repo.head, "")]
    try:
        texts = [side.stdout.decode("utf-8") for side in sides]
        texts.append((repo.top / path).read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError):
        return False
    if any(side.returncode for side in sides):
        return False
    return all(checklist.ticked_otherwise(texts[0], text) is not None for text in texts[1:])


def _standing(top: Path, path: str, *, fold: bool) -> list[str]:
    """The names under which something stands at a path."""
    if not fold:
        return [path] if os.path.lexists(top / path) else []
    found = [""]
    for part in path.split("/"):
        deeper = []
        for folder in found:
            try:
                names = [entry.name for entry in (top / folder).iterdir()]
            except OSError:
                continue
            deeper += [f"{folder}/{n}".lstrip("/") for n in names if _fold(n) == _fold(part)]
        found = deeper
    return found


def _left_in(top: Path, folder: str, gone: set[str], fold: Callable[[str], str]) -> Iterator[str]:
    """What stays in a folder once an update has taken its files away."""
    for parent, folders, names in os.walk(top / folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for name in [*names, *links]:
            path = Path(parent, name).relative_to(top).as_posix()
            if fold(path) not in gone:
                yield path


def _fold(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _exact(path: str) -> str:
    return path
