"""Template changes for a whole class: fetched, merged on this machine, pushed.

The remote is the truth: whatever was killed, whoever was quicker, the next run looks at what
is there and goes on. A merge is dated by the template, so that made twice it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.classroom import mirror, versions
from scaffolder.classroom.alone import alone
from scaffolder.classroom.deliver import Courier
from scaffolder.classroom.hosts import host_of
from scaffolder.classroom.journal import Journal
from scaffolder.classroom.mirror import Mirror
from scaffolder.classroom.parallel import for_each
from scaffolder.classroom.plan import MERGES, Done, Promise, RepoPlan, State
from scaffolder.classroom.planner import AT_ONCE, Copy, Planner
from scaffolder.classroom.remote import BrokenError
from scaffolder.errors import Refusal
from scaffolder.git.repository import check_git

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
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
    plan: Mapping[str, Promise] | None = None


Progress = Callable[[RepoPlan], None]


def update(
    course: Course,
    repos: Sequence[Repo],
    request: Request,
    progress: Progress = lambda _: None,
) -> list[RepoPlan]:
    """Bring the newest template into every repository; one failure doesn't stop the rest.

    Args:
        progress: is told of each as it is done, perhaps from another thread.

    Returns:
        A result for each, in the order of the repositories.

    Raises:
        Refusal: nothing can be done for anybody (no template, a full disk, another run).
    """
    check_git()
    if request.plan is not None:
        repos = _planned(repos, request.plan)
    with alone(course) as scratch:
        run = _Run(course, request, repos, scratch, progress)
        for start in range(0, len(repos), AT_ONCE):
            some = repos[start : start + AT_ONCE]
            # Whoever pushed since we fetched is planned again, once.
            run.bring(run.bring(some), last=True)
    return [run.results[repo.id] for repo in repos]


class _Run:
    """One update of a class.

    Args:
        scratch: an empty folder to work in.
    """

    def __init__(
        self,
        course: Course,
        request: Request,
        repos: Sequence[Repo],
        scratch: Path,
        progress: Progress,
    ) -> None:
        journal = Journal(course.journal)
        self._course = course
        self._request = request
        self._scratch = scratch
        self._progress = progress
        self._host = host_of(course, journal)
        self._courier = Courier(self._host, journal, request.branch)
        self._planner = Planner(course.store / "objects")
        self._targets = self._find_targets(repos)
        self.results: dict[str, RepoPlan] = {}

    def bring(self, repos: Sequence[Repo], *, last: bool = False) -> list[Repo]:
        """Fetch some repositories, plan them and carry the plans out.

        Args:
            last: there is no other attempt.

        Returns:
            Those where somebody was quicker, if there is another attempt.
        """
        fetched = dict(zip(repos, for_each(self._fetch, repos), strict=True))
        copies = [
            Copy(repo.id, there, self._target(repo))
            for repo, there in fetched.items()
            if isinstance(there, Mirror)
        ]
        moved = []
        with self._planner.plans(copies, self._scratch) as (plans, objects):
            found = {plan.id: plan for plan in plans}

            def one(repo: Repo) -> RepoPlan | None:
                there = fetched[repo]
                if isinstance(there, RepoPlan):
                    return there
                plan = self._held_against_promise(found[repo.id], again=last)
                if self._request.check or plan.done is Done.REFUSED:
                    return plan
                return self._courier.deliver(repo, there, plan, objects)

            for repo, done in zip(repos, for_each(one, repos), strict=True):
                if done is None and not last:
                    moved.append(repo)
                    continue
                plan = done or _too_busy(found[repo.id])
                self.results[repo.id] = plan
                self._progress(plan)
        return moved

    def _fetch(self, repo: Repo) -> Mirror | RepoPlan:
        try:
            return mirror.fetch(self._course, repo, self._host)
        except Refusal as error:
            refusal = error
        state = State.BROKEN if isinstance(refusal, BrokenError) else State.UNREACHABLE
        return RepoPlan(repo.id, state, reason=refusal.reason, next_step=refusal.next_step)

    def _target(self, repo: Repo) -> Base:
        return self._targets[self._course.variant(repo.section)]

    def _find_targets(self, repos: Sequence[Repo]) -> dict[str, Base]:
        """The version that each variant of the class is to get."""
        variants = list(dict.fromkeys(self._course.variant(repo.section) for repo in repos))
        write = not self._request.check
        if self._request.plan is None:
            return versions.newest(self._course, variants, repos, self._host, write=write)
        named = {
            variant: sorted(
                {
                    promise.template
                    for repo in repos
                    if self._course.variant(repo.section) == variant
                    and (promise := self._request.plan[repo.id]).template
                }
            )
            for variant in variants
        }
        if any(len(commits) > 1 for commits in named.values()):
            raise Refusal("Ese plan no es de una sola versión de la plantilla.", _AGAIN)
        commits = {variant: found[0] for variant, found in named.items() if found}
        return versions.again(self._course, commits, variants, repos, self._host)

    def _held_against_promise(self, plan: RepoPlan, *, again: bool) -> RepoPlan:
        """A plan beside the one that was made before.

        Whoever has pushed since is planned again; for whom nothing changed, another outcome
        means another Git or another scaffold, and is not what the instructor has seen.
        """
        if self._request.plan is None:
            return replace(plan, again=again)
        promise = self._request.plan[plan.id]
        if promise.head != plan.head:
            return replace(plan, again=True)
        if (promise.state, promise.commit) == (plan.state, plan.commit):
            return plan
        if plan.state in MERGES and promise.head:
            reason = "aquí sale otra fusión que en el plan"
            return replace(plan, done=Done.REFUSED, reason=reason, next_step=_AGAIN)
        return plan


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
