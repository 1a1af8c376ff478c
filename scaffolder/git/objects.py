"""Git objects, read and written through a throw-away Git directory.

An update computes everything here before it touches a repository: the directory has no
configuration, attributes, hooks or work tree, so nothing that a repository defines can run,
and what is written stays outside the repository until it is handed over as one pack.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.git.object_format import TREE, Entries, Entry, decoded, encoded, tree_content

if TYPE_CHECKING:
    import subprocess

_SMALL = 100_000


@dataclass(frozen=True)
class ObjectCache:
    """What was read of objects, for all repositories of a run.

    Each was held against its id: a repository whose files lie deceives itself alone.
    """

    trees: dict[str, Entries] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    attributes: dict[tuple[str, str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Objects:
    """The objects of some repositories, and new ones over them.

    Args:
        folder: the throw-away Git directory (`create` makes one).
        alternates: object folders that are read and never written.
        kind: `sha1` or `sha256`.
        shallow: the list of commits whose parents were cut off, if there is one.
        cache: what was read before, of this repository or of others.
        store: where new objects go; the directory's own object folder if None.
    """

    folder: Path
    alternates: tuple[Path, ...] = ()
    kind: str = "sha1"
    shallow: Path | None = None
    cache: ObjectCache = field(default_factory=ObjectCache, repr=False, compare=False)
    store: Path | None = None

    @classmethod
    def create(cls, folder: Path, kind: str = "sha1", store: Path | None = None) -> Objects:
        """Make the throw-away Git directory.

        Args:
            folder: where; it must not exist.
            kind: the format of object ids.
            store: the object folder that new objects go to, if it is another repository's.
        """
        for name in ("objects", "refs/tags"):
            (folder / name).mkdir(parents=True)
        (folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
        version, extra = (
            ("0", "") if kind == "sha1" else ("1", f"[extensions]\n\tobjectFormat={kind}\n")
        )
        config = f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extra}"
        (folder / "config").write_text(config, encoding="ascii")
        return cls(folder, (), kind, store=store)

    def with_alternates(self, *object_folders: Path, shallow: Path | None = None) -> Objects:
        """The same directory, reading other objects too.

        Args:
            object_folders: the object folders of repositories.
            shallow: where one of them lists the commits whose parents were cut off.
        """
        return replace(self, alternates=object_folders, shallow=shallow)

    def git(
        self,
        *args: str,
        cwd: Path | None = None,
        input: bytes | None = None,  # noqa: A002 - subprocess's own name
        check: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run Git on these objects; arguments, result and errors as in `git.isolated`."""
        own = {
            "GIT_DIR": str(self.folder),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _listed(self.alternates),
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "",
        }
        if self.shallow is not None:
            own["GIT_SHALLOW_FILE"] = str(self.shallow)
        if self.store is not None:
            own["GIT_OBJECT_DIRECTORY"] = str(self.store)
        return git.isolated(
            *args, cwd=cwd or self.folder, input=input, check=check, env=own | dict(env or {})
        )

    def entries(self, tree: str) -> Entries:
        """All files of a tree.

        Raises:
            GitError: there is no such tree, or a part of it is missing.
        """
        if tree in self.cache.trees:
            return self.cache.trees[tree]
        listing = self.git("ls-tree", "-r", "-z", "--full-tree", tree).stdout
        found = {}
        for line in listing.split(b"\0")[:-1]:
            about, path = line.split(b"\t", 1)
            mode, _, name = about.decode("ascii").split(" ")
            found[decoded(path)] = Entry(mode, name)
        if self._folder_id(found, self.id_of) == tree:
            self.cache.trees[tree] = found
        return found

    def read(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The contents of some objects.

        Raises:
            GitError: one of them is missing.
        """
        wanted = list(dict.fromkeys(ids))
        unknown = [name for name in wanted if name not in self.cache.blobs]
        found = self._read(unknown) if unknown else {}
        for name, content in found.items():
            if len(content) <= _SMALL and self.id_of("blob", content) == name:
                self.cache.blobs[name] = content
        return {name: found.get(name) or self.cache.blobs.get(name, b"") for name in wanted}

    def _read(self, wanted: Sequence[str]) -> dict[str, bytes]:
        stream = self.git("cat-file", "--batch", input="\n".join(wanted).encode() + b"\n").stdout
        found: dict[str, bytes] = {}
        at = 0
        for name in wanted:
            end = stream.index(b"\n", at)
            header = stream[at:end].decode("ascii", "replace").split(" ")
            if header[-1] == "missing":
                raise git.GitError(["cat-file"], 1, f"missing object {name}")
            size = int(header[2])
            found[name] = stream[end + 1 : end + 1 + size]
            at = end + size + 2
        return found

    def attributes(self, tree: str, name: str, paths: Iterable[str]) -> dict[str, str]:
        """An attribute of some paths, by the `.gitattributes` of a tree; no work tree is needed.

        Args:
            tree: the id of the tree.
            name: the attribute.
        """
        wanted = list(dict.fromkeys(paths))
        known = self.cache.attributes
        unknown = [path for path in wanted if (tree, name, path) not in known]
        if unknown:
            env = {"GIT_INDEX_FILE": str(self.folder / "attributes-index")}
            self.git("read-tree", tree, env=env)
            stream = b"".join(encoded(path) + b"\0" for path in unknown)
            command = ("check-attr", "--cached", "-z", "--stdin", name)
            fields = self.git(*command, input=stream, env=env).stdout.split(b"\0")
            for path, value in zip(fields[0::3], fields[2::3], strict=False):
                known[tree, name, decoded(path)] = value.decode("utf-8", "replace")
        return {path: known[tree, name, path] for path in wanted}

    def write_blob(self, content: bytes) -> str:
        """Write a file's content and return its id."""
        return self._write("blob", content)

    def id_of(self, kind: str, content: bytes) -> str:
        """The id that an object has, or would have.

        Args:
            kind: `blob`, `tree` or `commit`.
            content: what is in it.
        """
        data = f"{kind} {len(content)}\0".encode("ascii") + content
        return hashlib.new(self.kind, data, usedforsecurity=False).hexdigest()

    def write_tree(self, entries: Entries) -> str:
        """Write a tree with all its folders and return its id.

        Args:
            entries: the files; no path may be a folder of another.
        """
        return self._folder_id(entries, self._write)

    def graft(self, tree: str, path: str, subtree: str) -> str:
        """Replace a folder inside a tree.

        Args:
            tree: the id of the whole tree; empty for an empty one.
            path: the folder, with `/`; empty for the whole.
            subtree: the id of the folder's new tree.

        Returns:
            The id of the new whole tree.
        """
        if not path:
            return subtree
        name, _, rest = path.partition("/")
        listing = self.git("ls-tree", "-z", tree).stdout if tree else b""
        rows = {}
        for line in listing.split(b"\0")[:-1]:
            about, row = line.split(b"\t", 1)
            mode, _, child = about.decode("ascii").split(" ")
            rows[decoded(row)] = Entry(mode, child)
        below = rows.get(name)
        inner = below.id if below is not None and below.mode == TREE else ""
        rows[name] = Entry(TREE, self.graft(inner, rest, subtree))
        return self._write("tree", tree_content(rows))

    def write_commit(
        self, tree: str, parents: Sequence[str], author: str, committer: str, message: str
    ) -> str:
        """Write a commit and return its id.

        Args:
            tree: the id of its tree.
            parents: the ids of its parents.
            author: `Name <mail> seconds zone` (`signature` makes one).
            committer: the same, of who commits.
            message: its text, which ends with a line end.
        """
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author}", f"committer {committer}", "", message]
        return self._write("commit", "\n".join(lines).encode("utf-8", "surrogateescape"))

    def name(self, label: str, commit: str) -> None:
        """Give a commit a name, so that Git's conflict markers show the name and not an id.

        Args:
            label: a valid reference name.
            commit: the commit's id.
        """
        (self.folder / "refs" / "tags" / label).write_text(commit + "\n", encoding="ascii")

    def hand_over(
        self, folder: Path, wanted: Iterable[str], known: Iterable[str], shared: str = "false"
    ) -> list[Path]:
        """Give a repository the objects that it lacks, as one pack; nothing else changes there.

        The pack is made aside, in a folder that Git's own `gc` clears away should we be
        killed, and moved into place once it is whole.

        Args:
            folder: the repository's object folder; a bare repository's serves as well.
            wanted: commits and trees that it shall have.
            known: commits and trees that it has.
            shared: its `core.sharedRepository`.

        Returns:
            The files that are new there. Until something refers to what is in them, whoever
            goes back may remove them (`take_back`).
        """
        lines = [*wanted, *(f"^{name}" for name in known)]
        made: list[Path] = []
        with tempfile.TemporaryDirectory(prefix="tmp_objdir-scaffold-", dir=folder) as quarantine:
            packs = Path(quarantine, "pack")
            packs.mkdir()
            env = {
                "GIT_OBJECT_DIRECTORY": quarantine,
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": _listed(
                    (self.folder / "objects", folder, *self.alternates)
                ),
            }
            self.git(
                *("-c", f"core.sharedRepository={shared}", "pack-objects", "--revs", "-q"),
                *("--threads=1", str(packs / "pack")),
                input="\n".join(lines).encode() + b"\n",
                env=env,
            )
            try:
                # Git takes a pack for whole once it sees the index: that one goes last.
                for file in sorted(packs.iterdir(), key=lambda file: file.suffix == ".idx"):
                    target = folder / "pack" / file.name
                    if not target.exists():
                        target.parent.mkdir(exist_ok=True)
                        file.replace(target)
                        made.append(target)
            except BaseException:
                take_back(made)
                raise
        return made

    def _write(self, kind: str, content: bytes) -> str:
        name = self.id_of(kind, content)
        target = (self.store or self.folder / "objects") / name[:2] / name[2:]
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            partial = target.with_name(f"tmp_{os.getpid()}_{id(content)}_{name[2:]}")
            data = f"{kind} {len(content)}\0".encode("ascii") + content
            partial.write_bytes(zlib.compress(data, 1))
            partial.replace(target)
        return name

    def _folder_id(self, entries: Entries, put: Callable[[str, bytes], str]) -> str:
        """The id of a folder, once each folder in it was put where it belongs."""
        rows: dict[str, Entry] = {}
        folders: dict[str, dict[str, Entry]] = {}
        for path, entry in entries.items():
            name, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(name, {})[rest] = entry
            else:
                rows[name] = entry
        for name, inside in folders.items():
            if name in rows:
                raise ValueError(f"{name} is a file and a folder")
            rows[name] = Entry(TREE, self._folder_id(inside, put))
        return put("tree", tree_content(rows))


def take_back(files: Iterable[Path]) -> None:
    """Remove what `hand_over` made, the index of a pack first; what can't be removed is harmless.

    Args:
        files: what it returned.
    """
    for file in sorted(files, key=lambda file: file.suffix != ".idx"):
        with suppress(OSError):
            file.chmod(0o600)  # Windows removes nothing that is read-only
        with suppress(OSError):
            file.unlink()


def _listed(folders: Iterable[Path]) -> str:
    return os.pathsep.join(map(_quoted, folders))


def _quoted(folder: Path) -> str:
    text = str(folder)
    if os.pathsep in text or text.startswith('"'):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text
