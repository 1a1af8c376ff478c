"""An update written into a repository: all of it, or nothing.

The order is what makes it safe. Objects go in first, which changes nothing that anybody
sees. Then the files are exchanged, then the branch moves, then the index is published: up to
the branch everything is taken back on failure, the objects too; from there on the next run
would finish it.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.console import signals
from scaffolder.errors import GitError, Refusal
from scaffolder.git.index import NewIndex, break_index_lock, index_lock
from scaffolder.git.object_format import Entry, encoded
from scaffolder.git.objects import take_back
from scaffolder.starter import checklist
from scaffolder.update import worktree
from scaffolder.update.transaction import ChangedMeanwhileError, FileJournal, FileTransaction

if TYPE_CHECKING:
    from scaffolder.git.repository import Repository
    from scaffolder.update.plan import Plan, Touched
    from scaffolder.update.project import GeneratedProject

_NO_ROOM = 1 << 20


@dataclass(frozen=True)
class Rewrite:
    """What is to happen to a repository.

    Args:
        before: the tree that it starts from.
        after: the tree that it ends in.
        tip: the commit that one goes back to.
        end: the commit that the branch goes to.
        reason: what Git's log of the branch says.
        wanted: ids of the objects that the repository needs.
        known: ids of some that it has.
        committed: new index entries of the tip, which the index doesn't have yet.
        conflicts: open conflicts as Git's index holds them.
        texts: files to write into the Git directory.
    """

    project: GeneratedProject
    touched: Touched
    before: str
    after: str
    tip: str
    end: str
    reason: str
    wanted: Sequence[str]
    known: Sequence[str]
    committed: Mapping[str, Entry] = field(default_factory=dict)
    conflicts: Mapping[str, Mapping[int, Entry]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


def apply(plan: Plan) -> str:
    """Write an update into its repository.

    With open conflicts, Git is left in the middle of a merge, as after a `git merge` of
    one's own; without any, the merge is committed.

    Returns:
        The commit that the branch is at now.

    Raises:
        Refusal: something of the learner's is in the way; nothing was touched.
        GitError: Git could not do its part; the repository is as before.
        OSError: likewise the operating system.
    """
    repo = plan.project.repo
    tip = plan.commit_ticks()
    clean = not plan.resolution.conflicts
    end = plan.commit_merge(tip) if clean else tip
    rewrite(
        Rewrite(
            project=plan.project,
            touched=plan.touched,
            before=plan.before,
            after=plan.after,
            tip=tip,
            end=end,
            reason=f"scaffold update: {plan.base.claim.template} {plan.template.version}",
            wanted=[end, plan.template_commit, plan.after],
            known=[repo.head, plan.base.claim.tree],
            committed={plan.start + checklist.FILE: plan.ours[checklist.FILE]}
            if plan.ticks
            else {},
            conflicts={
                plan.start + path: stages for path, stages in plan.resolution.conflicts.items()
            },
            texts={} if clean else _merge_files(plan),
        )
    )
    return end


def rewrite(change: Rewrite) -> None:
    """Change a repository's files, branch and index: all, or nothing. Errors as in `apply`."""
    repo = change.project.repo
    transaction = FileTransaction(repo.top, repo.git_dir)
    transaction.begin()
    packs: list[Path] = []
    moved = published = False
    try:
        fingerprints = worktree.check(change.project, change.touched)
        packs = _hand_over(change.project, change.wanted, change.known)
        with signals.ignored(), index_lock(repo, transaction.folder / "index-lock"):
            index = NewIndex(repo, transaction.folder / "index")
            index.prepare(change.committed, change.before, change.after)
            _stage(change, transaction)
            index.open_conflicts(change.conflicts)
            journal = transaction.record(_journal(change))
            try:
                transaction.move(journal, fingerprints)
                index.refresh()
                move_branch(repo, change.tip, change.end, change.reason)
            except BaseException:
                transaction.undo(journal)
                raise
            moved = True
            transaction.mark_done()
            _publish(repo, transaction, journal)
            published = True
    except ChangedMeanwhileError as error:
        raise Refusal(
            f"«{error.path}» ha cambiado mientras se actualizaba; todo sigue como estaba.",
            "Cierra lo que lo esté escribiendo y vuelve a intentarlo.",
        ) from None
    finally:
        if not moved:
            take_back(packs)
        transaction.end(keep=moved and not published)


@contextmanager
def handed_over(
    project: GeneratedProject, wanted: Sequence[str], known: Sequence[str]
) -> Iterator[None]:
    """Give a repository objects that it needs; they go again if what is done with them fails."""
    packs = _hand_over(project, wanted, known)
    try:
        yield
    except BaseException:
        take_back(packs)
        raise


def move_branch(repo: Repository, tip: str, end: str, reason: str) -> None:
    """Move the current branch to `end`; `ORIG_HEAD` leads back to `tip`.

    Raises:
        GitError: somebody else has moved it.
    """
    lines = f"update ORIG_HEAD {tip}\n"
    if end != repo.head:
        lines += f"update HEAD {end} {repo.head}\n"
    command = ("update-ref", "-m", reason, "--stdin")
    repo.git(*command, input=lines.encode("ascii"), env=_who(repo))


def recover(repo: Repository) -> list[str] | None:
    """Finish or take back what a run that was killed left behind.

    Returns:
        None where there was nothing. Else the repository must be looked at anew; and the
        files that keep, beside the old ones, what somebody has edited since.

    Raises:
        Refusal: it is not left behind: another run is at it right now.
    """
    transaction = FileTransaction(repo.top, repo.git_dir)
    if not transaction.is_left_over:
        return None
    kept: list[str] = []
    journal = transaction.begin()
    with signals.ignored():
        break_index_lock(repo)
        if journal is not None and repo.head == journal.tip:
            if transaction.is_done or journal.tip != journal.head:
                with index_lock(repo, transaction.folder / "index-lock"):
                    _publish(repo, transaction, journal)
            else:
                kept = transaction.undo(journal)
        elif journal is not None and repo.head == journal.head:
            kept = transaction.undo(journal)
        transaction.end()
    return kept


def make_branch(plan: Plan, name: str) -> str:
    """Leave an update on a branch of its own and touch nothing else.

    Args:
        plan: the update; it has no open conflict.
        name: the branch.

    Returns:
        The commit that the branch is at.

    Raises:
        Refusal: there is such a branch already, with something else on it.
    """
    repo = plan.project.repo
    ref = f"refs/heads/{name}"
    known = repo.git("rev-parse", "--quiet", "--verify", f"{ref}^{{commit}}", check=False)
    if known.returncode == 0:
        tip = known.stdout.decode("ascii").strip()
        asked = repo.git("rev-parse", f"{tip}^1", f"{tip}^2", f"{tip}^{{tree}}", check=False)
        if asked.stdout.decode("ascii").split() == [repo.head, plan.template_commit, plan.after]:
            return tip
        raise Refusal(
            f"La rama «{name}» ya existe, y tiene otra cosa.",
            f"Fusiónala, o bórrala con: git branch -D {name}",
        )
    end = plan.commit_merge(repo.head)
    with handed_over(plan.project, [end, plan.template_commit], [repo.head, plan.base.claim.tree]):
        command = ("update-ref", "-m", "scaffold update --branch", ref, end, _nothing(end))
        repo.git(*command, env=_who(repo))
    return end


def _who(repo: Repository) -> dict[str, str]:
    """Who moves a branch, for Git's log of it."""
    name, mail = repo.identity
    return {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail}


def _hand_over(
    project: GeneratedProject, wanted: Sequence[str], known: Sequence[str]
) -> list[Path]:
    repo = project.repo
    shared = repo.config.get("core.sharedrepository", "false")
    return project.objects.hand_over(repo.objects, wanted, known, shared)


def _journal(change: Rewrite) -> FileJournal:
    return FileJournal(
        head=change.project.repo.head,
        tip=change.end,
        removed=[path for path, (old, _) in change.touched.items() if old],
        placed=[path for path, (_, new) in change.touched.items() if new],
        texts=dict(change.texts),
    )


def _merge_files(plan: Plan) -> dict[str, str]:
    """What Git keeps of a merge that waits for its conflicts to be resolved."""
    return {
        "MERGE_MSG": plan.message,
        "MERGE_MODE": "",
        "MERGE_HEAD": f"{plan.template_commit}\n",
    }


def _stage(change: Rewrite, transaction: FileTransaction) -> None:
    """Write the new files into the staging folder, with line ends as the work tree has them."""
    transaction.new.mkdir(parents=True)
    new = [path for path, (_, entry) in change.touched.items() if entry]
    env = {
        "GIT_WORK_TREE": str(transaction.new),
        "GIT_INDEX_FILE": str(transaction.folder / "index"),
    }
    names = b"".join(encoded(path) + b"\0" for path in new)
    command = ("checkout-index", "--stdin", "-z", "--force")
    done = change.project.repo.git(*command, input=names, env=env, check=False)
    missing = [path for path in new if not os.path.lexists(transaction.new / path)]
    if done.returncode or missing:
        # Git doesn't say why it can't write.
        if shutil.disk_usage(transaction.staging).free < _NO_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise GitError(["checkout-index"], done.returncode, done.stderr.decode("utf-8", "replace"))


def _publish(repo: Repository, transaction: FileTransaction, journal: FileJournal) -> None:
    """The last steps, which may be taken again and again."""
    index = transaction.folder / "index"
    if index.exists():
        index.replace(repo.git_dir / "index")
    for name, content in journal.texts.items():
        (repo.git_dir / name).write_text(content, encoding="utf-8", newline="\n")


def _nothing(like: str) -> str:
    return "0" * len(like)
