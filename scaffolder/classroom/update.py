"""Template changes for a whole class: fetched, merged on this machine, pushed.

The remote is the truth: whatever was killed, whoever was quicker, the next run looks at what
is there and goes on. A merge is dated by the template, so that made twice it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.classroom import mirror, versions
from scaffolder.classroom.alone import alone
from scaffolder.classroom.deliver import Courier
from scaffolder.classroom.hosts import host_of
from scaffolder.classroom.journal import Journal
from scaffolder.classroom.lock import read_lock
from scaffolder.classroom.merges import Copy, failed, raise_if_ours
from scaffolder.classroom.mirror import Mirror
from scaffolder.classroom.own_answers import OwnAnswers
from scaffolder.classroom.parallel import for_each
from scaffolder.classroom.plan import MERGES, Done, Promise, RepoPlan, SavedPlan, State
from scaffolder.classroom.planner import AT_ONCE, Planner
from scaffolder.classroom.remote import BrokenError
from scaffolder.errors import Refusal
from scaffolder.git.repository import check_git

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.roster import Repo
    from scaffolder.git.lineage import Base

_BUSY = "alguien está subiendo a la vez", "Espera un poco y repite."
_AGAIN = "Haz otro plan: scaffold class update --check --json > plan.json"


@dataclass(frozen=True)
class Request:
    """What the instructor asks for.

    Args:
        check: only look.
        branch: push a branch, and ask for its merge, instead of merging.
        plan: carry out what was planned before, and nothing else.
    """

    check: bool = False
    branch: bool = False
    plan: SavedPlan | None = None


@dataclass(frozen=True)
class ClassUpdate:
    """What it came to.

    Args:
        templates: by variant, the template commit that it went to.
        repos: a result for each repository.
    """

    templates: Mapping[str, str]
    repos: Sequence[RepoPlan]


Progress = Callable[[RepoPlan], None]


def update(
    course: Course,
    repos: Sequence[Repo],
    request: Request,
    progress: Progress = lambda _: None,
) -> ClassUpdate:
    """Bring the newest template into every repository; one failure doesn't stop the rest.

    Args:
        progress: is told of each as it is done, perhaps from another thread.

    Returns:
        What it came to, in the order of the repositories.

    Raises:
        Refusal: nothing can be done for anybody (no template, a full disk, another run).
    """
    check_git()
    if request.plan is not None:
        repos = _planned(repos, request.plan.repos)
    with alone(course) as scratch, ExitStack() as stack:
        journal = Journal(course.journal)
        host = host_of(course, journal)
        targets = _find_targets(course, request, repos, host)
        lineage = {c for version in read_lock(course).lineage for c in version.commits.values()}
        own = OwnAnswers(course, lineage, stack, scratch / "own")
        planner = Planner(course.store / "objects", own, scratch)
        courier = Courier(host, journal, request.branch)
        run = _Run(course, request, host, targets, planner, courier, progress)
        run.bring_all([repos[n : n + AT_ONCE] for n in range(0, len(repos), AT_ONCE)])
    templates = {variant: base.claim.id for variant, base in targets.items()}
    return ClassUpdate(templates, [run.results[repo.id] for repo in repos])


@dataclass
class _Run:
    """One update of a class; `results` are those of the repositories that are done, by id."""

    course: Course
    request: Request
    host: Host
    targets: Mapping[str, Base]
    planner: Planner
    courier: Courier
    progress: Progress
    results: dict[str, RepoPlan] = field(default_factory=dict)
    stopped: bool = False

    def bring_all(self, batches: Sequence[Sequence[Repo]]) -> None:
        """Bring batch after batch up to date; while one is merged, the next is fetched."""
        with ThreadPoolExecutor(1) as ahead:
            try:
                coming = [ahead.submit(self._fetch_all, batch) for batch in batches[:1]]
                for number, batch in enumerate(batches):
                    fetched = coming.pop().result()
                    coming = [ahead.submit(self._fetch_all, b) for b in batches[number + 1 :][:1]]
                    # Whoever pushed since we fetched is planned again, once.
                    moved = self._bring(batch, fetched)
                    self._bring(moved, self._fetch_all(moved), last=True)
            except BaseException:
                self.stopped = True
                raise

    def _fetch_all(self, repos: Sequence[Repo]) -> list[Mirror | RepoPlan]:
        return for_each(self._fetch, repos)

    def _bring(
        self, repos: Sequence[Repo], there: Sequence[Mirror | RepoPlan], *, last: bool = False
    ) -> list[Repo]:
        """Plan some repositories that were fetched, and carry the plans out.

        Args:
            there: their copies, or why there is none.
            last: there is no other attempt.

        Returns:
            Those where somebody was quicker, if there is another attempt.
        """
        fetched = dict(zip(repos, there, strict=True))
        copies = [
            Copy(repo.id, there, self._target(repo))
            for repo, there in fetched.items()
            if isinstance(there, Mirror)
        ]
        moved = []
        with self.planner.plans(copies) as (plans, objects):
            found = {plan.id: plan for plan in plans}

            def one(repo: Repo) -> RepoPlan | None:
                there = fetched[repo]
                if isinstance(there, Mirror):
                    plan = self._held_against_promise(found[repo.id], again=last)
                    done = self._carry_out(repo, there, plan, objects)
                else:
                    done = there
                if done is None and last:
                    done = _too_busy(found[repo.id])
                if done is not None:
                    self.progress(done)
                return done

            for repo, done in zip(repos, for_each(one, repos), strict=True):
                if done is None:
                    moved.append(repo)
                else:
                    self.results[repo.id] = done
        return moved

    def _carry_out(
        self, repo: Repo, there: Mirror, plan: RepoPlan, objects: Path
    ) -> RepoPlan | None:
        """Do what a plan says, unless it was only asked for; None where somebody was quicker."""
        if self.request.check or plan.done is Done.REFUSED:
            return plan
        try:
            return self.courier.deliver(repo, there, plan, objects)
        except Exception as error:  # noqa: BLE001 - one repository must not stop the rest
            raise_if_ours(error)
            return failed(repo.id, there, error)

    def _fetch(self, repo: Repo) -> Mirror | RepoPlan:
        if self.stopped:
            return RepoPlan(repo.id, State.UNREACHABLE)
        try:
            return mirror.fetch(self.course, repo, self.host)
        except Refusal as error:
            refusal = error
        state = State.BROKEN if isinstance(refusal, BrokenError) else State.UNREACHABLE
        return RepoPlan(repo.id, state, reason=refusal.reason, next_step=refusal.next_step)

    def _target(self, repo: Repo) -> Base:
        return self.targets[self.course.variant(repo.section)]

    def _held_against_promise(self, plan: RepoPlan, *, again: bool) -> RepoPlan:
        """A plan beside the one that was made before.

        Whoever has pushed since is planned again; for whom nothing changed, another outcome
        means another Git or another scaffold, and is not what the instructor has seen.
        """
        if self.request.plan is None:
            return replace(plan, again=again)
        promise = self.request.plan.repos[plan.id]
        if promise.head != plan.head:
            return replace(plan, again=True)
        if (promise.state, promise.commit) == (plan.state, plan.commit):
            return plan
        if plan.state in MERGES and promise.head:
            reason = "aquí sale otra fusión que en el plan"
            return replace(plan, done=Done.REFUSED, reason=reason, next_step=_AGAIN)
        return plan


def _find_targets(
    course: Course, request: Request, repos: Sequence[Repo], host: Host
) -> dict[str, Base]:
    """The version that each variant of the class is to get."""
    variants = list(dict.fromkeys(course.variant(repo.section) for repo in repos))
    if request.plan is not None:
        return versions.again(course, request.plan.templates, variants, repos, host)
    return versions.newest(course, variants, repos, host, write=not request.check)


def _too_busy(plan: RepoPlan) -> RepoPlan:
    reason, next_step = _BUSY
    return replace(plan, again=True, done=Done.REFUSED, reason=reason, next_step=next_step)


def _planned(repos: Sequence[Repo], plan: Mapping[str, Promise]) -> list[Repo]:
    """The repositories that a plan is about.

    Raises:
        Refusal: one of them is not in the class.
    """
    unknown = sorted(plan.keys() - {repo.id for repo in repos})
    if unknown:
        raise Refusal(
            f"El plan nombra a quien no está en roster.csv: {', '.join(unknown)}.", _AGAIN
        )
    return [repo for repo in repos if repo.id in plan]
