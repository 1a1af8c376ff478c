"""Grade what was collected: every submission in its pod, each result kept once it is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from scaffolder import __version__
from scaffolder.classroom import mirror
from scaffolder.classroom.grading import environment, result_files, submission
from scaffolder.classroom.grading.judge import Job, Verdict, judge
from scaffolder.classroom.grading.results import Result, State, score
from scaffolder.classroom.grading.rules import Rules, read_rules
from scaffolder.classroom.sandbox.limits import Limits, bytes_of
from scaffolder.classroom.sandbox.probe import check_machine
from scaffolder.errors import GitError, Refusal, refusal_of
from scaffolder.git.lineage import find_bases
from scaffolder.git.objects import Objects

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.grading.collect import Collected


@dataclass(frozen=True, slots=True)
class Plan:
    """What to grade.

    Args:
        collected: the submissions.
        sections: by repository, the section of its students.
        again: those, too, that have a result of the same commit by the same rules.
        keep: write the results; otherwise they are only looked at.
    """

    collected: Sequence[Collected]
    sections: Mapping[str, str]
    again: bool = False
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Judges:
    """Where submissions are judged, and by what."""

    rules: Rules
    executor: Executor
    judging: Callable[[Job], Verdict]


@contextmanager
def judges(course: Course, cluster: str | None = None) -> Iterator[Judges]:
    """Threads of this machine, or the workers of a Dask cluster.

    Args:
        cluster: the address of its scheduler.

    Raises:
        Refusal: this machine can't lock a submission up; or the cluster doesn't answer.
    """
    if cluster is None:
        check_machine()
    rules = read_rules(course)
    if cluster is not None:
        from scaffolder.classroom.grading.cluster import executor_of  # noqa: PLC0415 - an extra

        with executor_of(cluster) as there:
            yield Judges(rules, there, partial(judge, kit=rules.kit(None)))
        return
    here = ThreadPoolExecutor(max(1, os.cpu_count() or 1))
    try:
        yield Judges(rules, here, partial(judge, kit=rules.kit(course.store.parent)))
    finally:
        here.shutdown(cancel_futures=True)


def grade(
    course: Course,
    plan: Plan,
    where: Judges,
    progress: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """Grade submissions; a result is written as soon as it is known.

    Returns:
        The results, in the order of the plan.

    Raises:
        Refusal: this machine can't grade.
    """
    found: dict[str, Result] = {}

    def done(result: Result) -> None:
        if plan.keep:
            result_files.write(course, result)
        found[result.student] = result
        progress(result)

    waiting = {}
    for entry in plan.collected:
        kept = None if plan.again else _kept(course, entry, where.rules)
        section = plan.sections.get(entry.id, "")
        result, job = (kept, None) if kept else _prepared(course, where.rules, entry, section)
        if job is None:
            done(result)
        else:
            waiting[where.executor.submit(where.judging, job)] = result
    for future in as_completed(waiting):
        done(_graded(course, where.rules, waiting[future], future.result))
    return [found[entry.id] for entry in plan.collected]


def _kept(course: Course, entry: Collected, rules: Rules) -> Result | None:
    """The result that there is already, if it is of the same commit by the same rules."""
    found = result_files.read(course, entry.id)
    if found is None or found.state is State.INFRASTRUCTURE_ERROR:
        return None
    blank = _blank(course, rules, entry)
    same = (
        found.submission.get("commit") == entry.commit
        and all(found.provenance.get(k) == v for k, v in blank.provenance.items())
        and [(r.id, r.max) for r in found.requirements]
        == [(r.id, r.max) for r in blank.requirements]
    )
    return found if same else None


def _prepared(
    course: Course, rules: Rules, entry: Collected, section: str
) -> tuple[Result, Job | None]:
    """The result as far as it is known, and what is to be judged, if anything is."""
    blank = _blank(course, rules, entry)
    if not entry.commit:
        return replace(
            blank, state=State.MISSING, reason=entry.reason, next_step=entry.next_step
        ), None
    try:
        made = _compose(course, rules, entry, course.variant(section))
    except submission.TooLargeError:
        size = submission.MOST // 2**20
        reason = f"la entrega pesa más de {size} MiB"
        return replace(blank, state=State.NOT_STARTED, reason=reason), None
    except (GitError, OSError, Refusal) as error:
        return _fault(blank, error), None
    scored = score(rules.scheme(course.points), (), made.claimed)
    known = replace(blank, requirements=scored, tamper=made.tamper)
    if made.untouched:
        return replace(known, state=State.NOT_STARTED), None
    limits = Limits(
        bytes_of(course.sandbox.memory), course.sandbox.pids, float(course.sandbox.seconds)
    )
    return known, Job(entry.id, made.archive, rules.tests, rules.hidden_files, limits)


def _compose(course: Course, rules: Rules, entry: Collected, variant: str) -> submission.Submission:
    folder = mirror.open_mirror(course, entry.id)
    objects = Objects(course.store).with_alternates(folder / "objects")
    bases = [b for b in find_bases(objects, entry.commit) if not b.flattened]
    template = rules.tree.get(variant) or next(iter(rules.tree.values()))
    given = bases[0].claim.tree if bases else template
    tree = objects.git("rev-parse", f"{entry.commit}^{{tree}}").stdout.decode().strip()
    return submission.compose(objects, template, given, tree, rules.hidden)


def _graded(
    course: Course, rules: Rules, known: Result, verdict_of: Callable[[], Verdict]
) -> Result:
    try:
        verdict = verdict_of()
    except Exception as error:
        if isinstance(error, Refusal) or refusal_of(error) is None:
            raise  # this machine can't grade anyone
        return _fault(known, error)
    if verdict.fault:
        last = verdict.fault.splitlines()[-1]
        step = "Repite «scaffold class grade»: solo vuelve a esta."
        return replace(known, state=State.INFRASTRUCTURE_ERROR, reason=last, next_step=step)
    claimed = [r.id for r in known.requirements if r.claimed]
    scored = score(rules.scheme(course.points), verdict.outcomes, claimed)
    about = {
        "graded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(verdict.seconds, 2),
        "timed_out": verdict.timed_out,
    }
    return replace(
        known,
        state=State.GRADED,
        requirements=scored,
        provenance={**known.provenance, **about},
    )


def _blank(course: Course, rules: Rules, entry: Collected) -> Result:
    return Result(
        course.name,
        course.template.project,
        entry.id,
        State.GRADED,
        {"commit": entry.commit, "collected_at": entry.collected_at, "late_s": entry.late_s},
        {
            "toolkit": __version__,
            "template": next(iter(rules.tree.values())),
            "tests_sha256": rules.tests_sha256,
            "env": environment.key_of(rules.environment),
            "engine": course.sandbox.engine,
        },
        score(rules.scheme(course.points), (), ()),
    )


def _fault(known: Result, error: BaseException) -> Result:
    refusal = refusal_of(error) or Refusal(str(error))
    return replace(
        known,
        state=State.INFRASTRUCTURE_ERROR,
        reason=refusal.reason,
        next_step=refusal.next_step,
    )
