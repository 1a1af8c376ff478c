"""Grade what was collected: every submission in its pod, each result kept once it is there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import __version__
from scaffolder.check.report import Test
from scaffolder.classroom import mirror, store
from scaffolder.classroom.files import write_whole
from scaffolder.classroom.grading import environment, submission
from scaffolder.classroom.grading.judge import Job, Verdict, fill_cache, judge, tests_of
from scaffolder.classroom.grading.results import (
    Result,
    State,
    of_json,
    score_requirements,
)
from scaffolder.classroom.lock import read_lock, write_lock
from scaffolder.classroom.sandbox.limits import Limits, bytes_of
from scaffolder.errors import GitError, Refusal, refusal_of
from scaffolder.git.lineage import find_bases
from scaffolder.git.objects import Objects
from scaffolder.starter import checklist

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.classroom.grading.collect import Collected
    from scaffolder.git.object_format import Entries

RESULTS = "results"
HIDDEN = "hidden"


@dataclass(frozen=True)
class Rules:
    """By what a class is graded: the same for everyone, and for every regrade.

    Args:
        tree: the id of the template's tree, by variant.
        titles: of the requirements, by id.
        tests: those that there are, the hidden ones too.
        hidden: their files' contents, by name.
        environment: as `environment.resolve` gave it.
        tests_sha256: of all that judges.
    """

    tree: Mapping[str, str]
    titles: Mapping[str, str]
    tests: tuple[Test, ...]
    hidden: Mapping[str, bytes]
    environment: Mapping[str, str]
    tests_sha256: str

    @property
    def hidden_files(self) -> tuple[str, ...]:
        """The hidden tests, as paths in the repository."""
        return tuple(f"{submission.TESTS}/{name}" for name in sorted(self.hidden))


def results_folder(course: Course) -> Path:
    """Where results are, one file each."""
    return course.store.parent / RESULTS


def environments(course: Course) -> Path:
    """Where the course's environments are."""
    return course.store.parent / "env"


def read_rules(course: Course) -> Rules:
    """By what the class is graded; what is missing in `course.lock` is resolved and written.

    Raises:
        Refusal: nothing was handed out, or a hidden test has no reason.
    """
    lock = read_lock(course)
    if not lock.lineage:
        raise Refusal("Todavía no has repartido nada.", "Escribe: scaffold class distribute")
    bases = {v: store.read_version(course.store, lock.newest(v)) for v in lock.lineage[-1].commits}
    objects = Objects(course.store)
    trees = {variant: base.claim.tree for variant, base in bases.items()}
    files = _files(objects, objects.entries(next(iter(trees.values()))))
    hidden = _hidden(course)
    boxes = checklist.parse(checklist.decode(files[checklist.FILE]))
    judging = {p: c for p, c in files.items() if p.startswith("tests/") or p == "conftest.py"}
    digest = _digest(judging | {f"{HIDDEN}/{name}": content for name, content in hidden.items()})
    known = lock.rest.get("grading", {})
    if known.get("tests_sha256") != digest:
        resolved = environment.resolve(files)
        python = environment.prepare(resolved, environments(course))
        found, said = tests_of(_template_archive(objects, trees, hidden), python)
        if not found:
            raise Refusal(f"No encuentro las pruebas de la plantilla: {said[-500:]}")
        known = {
            "tests_sha256": digest,
            environment.KEY: resolved,
            "tests": [[t.test, t.requirement, t.criterion, t.advisory] for t in found],
        }
        write_lock(course, replace(lock, rest={**lock.rest, "grading": known}))
    tests = tuple(Test(*row) for row in known["tests"])
    titles = {box.id: box.title for box in boxes}
    return Rules(trees, titles, tests, hidden, known[environment.KEY], digest)


def _template_archive(
    objects: Objects, trees: Mapping[str, str], hidden: Mapping[str, bytes]
) -> bytes:
    tree = next(iter(trees.values()))
    return submission.compose(objects, tree, tree, tree, hidden).archive


def _files(objects: Objects, entries: Entries) -> dict[str, bytes]:
    contents = objects.read(entry.id for entry in entries.values())
    return {path: contents[entry.id] for path, entry in entries.items()}


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
    return digest.hexdigest()


def _hidden(course: Course) -> dict[str, bytes]:
    """The hidden tests, by file name; each requirement that has some says why."""
    folder = course.folder / HIDDEN
    found: dict[str, bytes] = {}
    for file in sorted(folder.glob("test_r*_*.py")) if folder.is_dir() else ():
        requirement = "R" + file.name.removeprefix("test_r").split("_")[0]
        if requirement not in course.hidden:
            raise Refusal(
                f"«{file.name}» es una prueba oculta de {requirement}: course.toml no dice por qué.",
                f'Añade en [hidden]: {requirement} = "el motivo, que lo leerá tu clase"',
            )
        found[f"{file.stem}_oculta.py"] = file.read_bytes()
    return found


def grade(
    course: Course,
    collected: Sequence[Collected],
    sections: Mapping[str, str],
    *,
    again: bool,
    executor: Executor | None = None,
    judging: Callable[[Job], Verdict] | None = None,
    progress: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """Grade submissions; a result is written as soon as it is known.

    Args:
        collected: those to grade.
        sections: by repository, the section of its students.
        again: grade those anew, too, that have a result for the same commit and tests.
        executor: where they are judged; threads of this machine if None.
        judging: what is sent there; a pod of this machine if None.

    Returns:
        The results, in the order of `collected`.

    Raises:
        Refusal: this machine can't grade.
    """
    rules = read_rules(course)
    if judging is None:
        python = environment.prepare(rules.environment, environments(course))
        caches = course.store.parent / "cache"
        archive = _template_archive(Objects(course.store), rules.tree, rules.hidden)
        judging = partial(judge, python=python, cache=fill_cache(archive, python, caches))
    found: dict[str, Result] = {}
    own = executor or ThreadPoolExecutor(_workers())
    try:
        waiting = {}
        for entry in collected:
            kept = None if again else _kept(course, entry, rules)
            result, job = (kept, None) if kept else _prepared(course, rules, entry, sections)
            if job is None:
                found[entry.id] = _done(course, result, progress)
            else:
                waiting[own.submit(judging, job)] = (result, job)
        for future in as_completed(waiting):
            result, job = waiting[future]
            graded = _graded(course, rules, result, future.result)
            found[result.student] = _done(course, graded, progress)
    finally:
        if executor is None:
            own.shutdown(cancel_futures=True)
    return [found[entry.id] for entry in collected]


def _workers() -> int:
    import os  # noqa: PLC0415 - for this alone

    return max(1, os.cpu_count() or 1)


def _prepared(
    course: Course, rules: Rules, entry: Collected, sections: Mapping[str, str]
) -> tuple[Result, Job | None]:
    """The result as far as it is known, and what is to be judged, if anything is."""
    blank = _blank(course, rules, entry)
    if not entry.commit:
        return replace(
            blank, state=State.MISSING, reason=entry.reason, next_step=entry.next_step
        ), None
    try:
        made = _compose(course, rules, entry, course.variant(sections.get(entry.id, "")))
    except submission.TooLargeError:
        size = submission.MOST // 2**20
        reason = f"la entrega pesa más de {size} MiB"
        return replace(blank, state=State.NOT_STARTED, reason=reason), None
    except (GitError, OSError, Refusal) as error:
        return _fault(blank, error), None
    scored = score_requirements(rules.titles, rules.tests, (), course.points, made.claimed)
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
    scored = score_requirements(
        rules.titles, rules.tests, verdict.outcomes, course.points, claimed, rules.hidden_files
    )
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
        score_requirements(rules.titles, rules.tests, (), course.points, ()),
    )


def _fault(known: Result, error: BaseException) -> Result:
    refusal = refusal_of(error) or Refusal(str(error))
    return replace(
        known,
        state=State.INFRASTRUCTURE_ERROR,
        reason=refusal.reason,
        next_step=refusal.next_step,
    )


def _kept(course: Course, entry: Collected, rules: Rules) -> Result | None:
    """The result that there is already, if it is of the same commit and the same rules."""
    found = read_result(course, entry.id)
    same = (
        found is not None
        and found.state is not State.INFRASTRUCTURE_ERROR
        and found.submission.get("commit") == entry.commit
        and found.provenance.get("tests_sha256") == rules.tests_sha256
        and {r.id: r.max for r in found.requirements}
        == {
            r.id: r.max
            for r in score_requirements(rules.titles, rules.tests, (), course.points, ())
        }
    )
    return found if same else None


def read_result(course: Course, student: str) -> Result | None:
    """A submission's result, if there is one that can be read."""
    try:
        return of_json(json.loads((results_folder(course) / f"{student}.json").read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_results(course: Course) -> Iterator[Result]:
    """All results that there are, by the name of their repository."""
    folder = results_folder(course)
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        if found := read_result(course, file.stem):
            yield found


def _done(course: Course, result: Result, progress: Callable[[Result], None]) -> Result:
    folder = results_folder(course)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result.as_json(), indent=1, ensure_ascii=False)
    write_whole(folder / f"{result.student}.json", text.encode() + b"\n")
    progress(result)
    return result
