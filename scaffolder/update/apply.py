"""An update written into a repository: all of it, or nothing.

The order is what makes it safe. Objects go in first, which changes nothing that anybody
sees. Then the files are exchanged, then the branch moves, then the index is published: up to
the branch everything is taken back on failure; from there on the next run would finish it.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from scaffolder.console import signals
from scaffolder.errors import GitError, Refusal
from scaffolder.git.objects import Entry, encoded
from scaffolder.starter import checklist
from scaffolder.update import worktree
from scaffolder.update.transaction import ChangedMeanwhileError, Exchange, Journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffolder.git.repository import Repository
    from scaffolder.update.plan import Plan

_OUR_LOCK = b"scaffold update\n"
_NO_ROOM = 1 << 20


def apply(plan: Plan) -> str:
    """Write an update into its repository.

    With open conflicts, Git is left in the middle of a merge, as after a `git merge` of
    one's own; without any, the merge is committed.

    Args:
        plan: the update.

    Returns:
        The commit that the branch is at now.

    Raises:
        Refusal: something of the learner's is in the way; nothing was touched.
        GitError: Git could not do its part; the repository is as before.
        OSError: likewise the operating system.
    """
    repo = plan.project.repo
    exchange = Exchange(repo.top, repo.git_dir)
    exchange.begin()
    settled = True
    try:
        looks = worktree.check(plan)
        tip = plan.commit_ticks()
        clean = not plan.outcome.conflicts
        end = plan.commit_merge(tip) if clean else tip
        _hand_over(plan, [end, plan.template_commit, plan.after])
        touched = plan.touched
        journal = Journal(
            head=repo.head,
            tip=end,
            removed=[path for path, (old, _) in touched.items() if old],
            placed=[path for path, (_, new) in touched.items() if new],
            texts={} if clean else _merge_files(plan),
        )
        with signals.ignored(), _index_lock(repo, exchange):
            _prepare_index(plan, exchange)
            _stage(plan, exchange)
            _open_conflicts(plan, exchange)
            exchange.record(journal)
            try:
                exchange.move(journal, looks)
                _refresh(repo, exchange)
                _move_branch(plan, tip, end)
            except BaseException:
                exchange.undo(journal)
                raise
            settled = False
            exchange.mark_done()
            _publish(repo, exchange, journal)
            settled = True
    except ChangedMeanwhileError as error:
        raise Refusal(
            f"«{error.path}» ha cambiado mientras se actualizaba; todo sigue como estaba.",
            "Cierra lo que lo esté escribiendo y vuelve a intentarlo.",
        ) from None
    finally:
        exchange.end(keep=not settled)
    return end


def recover(repo: Repository) -> list[str] | None:
    """Finish or take back what a run that was killed left behind.

    Args:
        repo: the repository.

    Returns:
        None where there was nothing. Else the repository must be looked at anew; and the
        files that keep, beside the old ones, what somebody has edited since.

    Raises:
        Refusal: it is not left behind: another run is at it right now.
    """
    exchange = Exchange(repo.top, repo.git_dir)
    if not exchange.is_left_over:
        return None
    kept: list[str] = []
    journal = exchange.begin()
    with signals.ignored():
        _break_index_lock(repo)
        if journal is not None and repo.head == journal.tip:
            if exchange.is_done or journal.tip != journal.head:
                with _index_lock(repo, exchange):
                    _publish(repo, exchange, journal)
            else:
                kept = exchange.undo(journal)
        elif journal is not None and repo.head == journal.head:
            kept = exchange.undo(journal)
        exchange.end()
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
    _hand_over(plan, [end, plan.template_commit])
    command = ("update-ref", "-m", "scaffold update --branch", ref, end, _nothing(end))
    repo.git(*command, env=who(repo))
    return end


def who(repo: Repository) -> dict[str, str]:
    """Who moves a branch, for Git's log of it.

    Args:
        repo: the repository.

    Returns:
        Environment variables for Git.
    """
    name, mail = repo.identity
    return {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail}


def _hand_over(plan: Plan, wanted: list[str]) -> None:
    repo = plan.project.repo
    plan.objects.hand_over(repo, wanted, [repo.head, plan.base.claim.tree])


def _merge_files(plan: Plan) -> dict[str, str]:
    """What Git keeps of a merge that waits for its conflicts to be resolved."""
    return {
        "MERGE_MSG": plan.message,
        "MERGE_MODE": "",
        "MERGE_HEAD": f"{plan.template_commit}\n",
    }


def _prepare_index(plan: Plan, exchange: Exchange) -> None:
    """Make the new index, without conflicts yet, beside the old one."""
    repo = plan.project.repo
    shutil.copyfile(repo.git_dir / "index", exchange.home / "index")
    env = {"GIT_INDEX_FILE": str(exchange.home / "index")}
    if plan.ticks:
        name = checklist.FILE
        _feed_index(repo, [_index_line(plan.start + name, plan.ours[name])], env)
    whole = ("-c", "core.splitIndex=false")
    repo.git(*whole, "read-tree", "-i", "-m", plan.before, plan.after, env=env)


def _stage(plan: Plan, exchange: Exchange) -> None:
    """Write the new files into the waiting room, with line ends as the work tree has them."""
    exchange.new.mkdir(parents=True)
    new = [path for path, (_, entry) in plan.touched.items() if entry]
    env = {
        "GIT_WORK_TREE": str(exchange.new),
        "GIT_INDEX_FILE": str(exchange.home / "index"),
    }
    names = b"".join(encoded(path) + b"\0" for path in new)
    command = ("checkout-index", "--stdin", "-z", "--force")
    done = plan.project.repo.git(*command, input=names, env=env, check=False)
    missing = [path for path in new if not os.path.lexists(exchange.new / path)]
    if done.returncode or missing:
        if shutil.disk_usage(exchange.room).free < _NO_ROOM:  # Git doesn't say why it can't write
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise GitError(["checkout-index"], done.returncode, done.stderr.decode("utf-8", "replace"))


def _open_conflicts(plan: Plan, exchange: Exchange) -> None:
    """Put the open conflicts into the new index, as Git leaves them."""
    lines = []
    for path, stages in plan.outcome.conflicts.items():
        lines.append(_index_line(plan.start + path, Entry("0", _nothing(plan.after))))
        lines += [_index_line(plan.start + path, entry, n) for n, entry in sorted(stages.items())]
    _feed_index(plan.project.repo, lines, {"GIT_INDEX_FILE": str(exchange.home / "index")})


def _index_line(path: str, entry: Entry, stage: int = 0) -> bytes:
    return f"{entry.mode} {entry.id} {stage}\t".encode() + encoded(path)


def _feed_index(repo: Repository, lines: list[bytes], env: Mapping[str, str]) -> None:
    if lines:
        command = ("-c", "core.splitIndex=false", "update-index", "-z", "--index-info")
        repo.git(*command, input=b"\0".join(lines) + b"\0", env=env)


def _refresh(repo: Repository, exchange: Exchange) -> None:
    """Let the new index know the files as they are on the disk."""
    env = {"GIT_INDEX_FILE": str(exchange.home / "index")}
    done = repo.git("update-index", "-q", "--refresh", env=env, check=False)
    if done.returncode not in (0, 1):
        raise GitError(["update-index"], done.returncode, done.stderr.decode("utf-8", "replace"))


def _move_branch(plan: Plan, tip: str, end: str) -> None:
    repo = plan.project.repo
    lines = f"update ORIG_HEAD {tip}\n"
    if end != repo.head:
        lines += f"update HEAD {end} {repo.head}\n"
    reason = f"scaffold update: {plan.base.claim.template} {plan.template.version}"
    command = ("update-ref", "-m", reason, "--stdin")
    repo.git(*command, input=lines.encode("ascii"), env=who(repo))


def _publish(repo: Repository, exchange: Exchange, journal: Journal) -> None:
    """The last steps, which may be taken again and again."""
    index = exchange.home / "index"
    if index.exists():
        index.replace(repo.git_dir / "index")
    for name, content in journal.texts.items():
        (repo.git_dir / name).write_text(content, encoding="utf-8", newline="\n")


@contextmanager
def _index_lock(repo: Repository, exchange: Exchange) -> Iterator[None]:
    """Keep every other Git away from the index, as Git itself does."""
    lock = repo.git_dir / "index.lock"
    draft = exchange.home / "index-lock"
    draft.write_bytes(_OUR_LOCK)
    try:
        try:
            os.link(draft, lock)
        except FileExistsError:
            raise
        except OSError:  # a disk without hard links
            with lock.open("xb") as file:
                file.write(_OUR_LOCK)
    except FileExistsError:
        raise Refusal(
            f"Otro programa está usando Git en «{repo.top}».",
            f"Espera a que acabe; si no hay ninguno, borra «{lock}».",
        ) from None
    try:
        yield
    finally:
        _break_index_lock(repo)


def _break_index_lock(repo: Repository) -> None:
    lock = repo.git_dir / "index.lock"
    with suppress(FileNotFoundError):
        if lock.read_bytes() == _OUR_LOCK:
            lock.unlink()


def _nothing(like: str) -> str:
    return "0" * len(like)
