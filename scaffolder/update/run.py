"""Updates of one or many repositories: rendered once for equal answers, then Git alone."""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scaffolder.errors import Refusal
from scaffolder.git.objects import Known, Objects
from scaffolder.git.repository import check_git
from scaffolder.starter.answers import ANSWERS_FILE, PROJECT_KEY
from scaffolder.update.apply import apply, make_branch, recover
from scaffolder.update.faults import tried
from scaffolder.update.history import find_revert, is_news
from scaffolder.update.merge import TemplateChange, compare
from scaffolder.update.plan import Template, make_plan
from scaffolder.update.project import Project, locate, recorded_answers
from scaffolder.update.result import Result, Status
from scaffolder.update.sources import Templates, refuse_if_older
from scaffolder.update.summary import review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_WORKERS = min(4, os.cpu_count() or 1)
_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Mode(StrEnum):
    """What is done with an update once it is computed."""

    APPLY = "apply"
    LOOK = "look"
    BRANCH = "branch"
    ADOPT = "adopt"


@dataclass(frozen=True)
class Request:
    """What the user asks for.

    Args:
        mode: what to do with an update.
        data: answers that change.
        where: the source, if another than the recorded one.
        ref: its version, if another than the newest.
        diff: make the patch, too.
        sure: adopt a repository even with a version that it did not begin with.
    """

    mode: Mode = Mode.APPLY
    data: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    ref: str | None = None
    diff: bool = False
    sure: bool = False


@dataclass(frozen=True)
class _Job:
    """One repository on its way."""

    folder: Path
    project: Project
    kept: list[str] | None

    @property
    def about(self) -> Result:
        """What is known of it before anything is done."""
        project = self.project
        return Result(self.folder, Status.FAILED, project=project.name, path=project.path)


class Run:
    """One call of `scaffold update`.

    Args:
        request: what the user asks for.
        folder: an empty folder to work in.
        stack: closes what is opened.
    """

    def __init__(self, request: Request, folder: Path, stack: ExitStack) -> None:
        self.request = request
        self.folder = folder
        self.templates = Templates(stack, folder, request.where, request.ref)
        self._known = Known()
        self._changes: dict[tuple[str, str], TemplateChange] = {}
        self._lock = threading.Lock()
        self._count = itertools.count()

    def prepare(self, folder: Path) -> _Job | Result:
        """Look at a repository, and put in order what a killed run left there."""
        return tried(Result(folder, Status.FAILED), lambda: self._prepare(folder))

    def render(self, job: _Job) -> Template | Result | None:
        """Get the template version that a repository shall have; None if it is to be adopted."""
        if self.request.mode is Mode.ADOPT:
            return None
        return tried(job.about, lambda: self._render(job.project))

    def finish(self, job: _Job, template: Template | None) -> Result:
        """Do what was asked for, in one repository."""
        result = tried(job.about, lambda: self._finish(job.project, template))
        return replace(
            result,
            folder=job.folder,
            recovered=job.kept is not None,
            kept=tuple(job.kept or ()),
            home=job.project.folder,
            nameless=job.project.repo.is_nameless,
        )

    def _prepare(self, folder: Path) -> _Job:
        project = locate(folder)
        kept = recover(project.repo)
        if kept is not None:
            project = locate(folder)
        if self.request.mode is not Mode.LOOK:
            project.repo.refuse_if_busy()
        return _Job(folder, project, kept)

    def _render(self, project: Project) -> Template:
        if PROJECT_KEY in self.request.data:
            raise Refusal(
                "Una actualización no puede cambiar de proyecto.",
                "Para empezar otro: scaffold new PROYECTO",
            )
        if project.base is None:
            raise _lost(project)
        claim = project.base.claim
        found = self.templates.having(self.templates.find(claim.source), claim.template)
        refuse_if_older(found, claim.source, claim.version)
        answers = recorded_answers(self._objects(project), project.base).values
        given = self.request.data
        return self.templates.render(found, claim.template, answers, given, project.repo.kind)

    def _finish(self, project: Project, template: Template | None) -> Result:
        objects = self._objects(project)
        if template is not None:
            return self._update(project, template, objects)
        from scaffolder.update.adopt import adopt  # noqa: PLC0415 - seldom needed

        data = self.request.data
        return adopt(project, self.templates, objects, data, sure=self.request.sure)

    def _update(self, project: Project, template: Template, objects: Objects) -> Result:
        base = project.base
        if base is None:
            raise _lost(project)
        request = self.request
        result = Result(
            project.folder,
            Status.UP_TO_DATE,
            project=base.claim.template,
            path=project.path,
            source=template.source,
            old=base.claim.version,
            new=template.version,
        )
        reverted = find_revert(objects, project, base)
        result = replace(result, reverted=(reverted or "?") if reverted is not None else "")
        change = self._change(objects, base.claim.tree, template.tree)
        if not is_news(objects, change) and template.source == base.claim.source:
            return result
        with_ticks = request.mode is Mode.APPLY
        plan = make_plan(project, base, template, objects, change, with_ticks=with_ticks)
        result = replace(result, **review(plan, diff=request.diff))
        conflicts = bool(plan.outcome.conflicts)
        if request.mode is Mode.LOOK:
            return replace(result, status=Status.WAITING)
        if request.mode is Mode.BRANCH:
            name = _branch(project, template)
            if conflicts:
                return replace(result, status=Status.CONFLICTS, branch=name)
            commit = make_branch(plan, name)
            return replace(result, status=Status.BRANCH, branch=name, commit=commit)
        commit = apply(plan)
        status = Status.CONFLICTS if conflicts else Status.UPDATED
        return replace(result, status=status, commit=commit)

    def _objects(self, project: Project) -> Objects:
        repo = project.repo
        own = Objects.create(self.folder / f"repository-{next(self._count)}", repo.kind)
        shallow = repo.common_dir / "shallow" if repo.shallow else None
        with self._lock:
            shared = self.templates.shared(repo.kind)
        own = replace(own, known=self._known)
        return own.over(repo.objects, shared.folder / "objects", shallow=shallow)

    def _change(self, objects: Objects, old: str, new: str) -> TemplateChange:
        if (old, new) not in self._changes:
            self._changes[old, new] = compare(objects, old, new)
        return self._changes[old, new]


def update(
    folders: Sequence[Path],
    request: Request,
    progress: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """Update some repositories; one that can't be updated doesn't stop the others.

    Args:
        folders: their folders.
        request: what to do.
        progress: is told of each as it is done, perhaps from another thread.

    Returns:
        A result for each, in the order of the folders.

    Raises:
        Refusal: Git is missing or too old, so that nothing can be done anywhere.
    """
    check_git()
    with ExitStack() as stack:
        scratch = tempfile.TemporaryDirectory(prefix="scaffold-update-")
        run = Run(request, Path(stack.enter_context(scratch)), stack)
        results: dict[int, Result] = {}
        jobs: dict[int, _Job] = {}
        rendered: dict[int, Template | None] = {}

        def end(number: int, result: Result) -> None:
            results[number] = result
            progress(result)

        for number, job in enumerate(_in_parallel(run.prepare, folders)):
            if isinstance(job, Result):
                end(number, job)
                continue
            template = run.render(job)
            if isinstance(template, Result):
                end(number, template)
            else:
                jobs[number], rendered[number] = job, template

        def finish(numbers: list[int]) -> None:
            for position, number in enumerate(numbers):
                job: _Job | Result = jobs[number]
                if position:  # the one before has changed this repository
                    job = run.prepare(folders[number])
                done = job if isinstance(job, Result) else run.finish(job, rendered[number])
                end(number, done)

        together: dict[Path, list[int]] = {}
        for number, job in jobs.items():
            together.setdefault(job.project.repo.common_dir, []).append(number)
        list(_in_parallel(finish, list(together.values())))
        return [results[number] for number in range(len(folders))]


def _in_parallel(function: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
    """Map over items; in several threads if there are several items."""
    if len(items) < 2:  # noqa: PLR2004 - one alone needs no thread
        yield from map(function, items)
        return
    pool = ThreadPoolExecutor(_WORKERS)
    try:
        yield from pool.map(function, items)
    finally:
        pool.shutdown(cancel_futures=True)


def _branch(project: Project, template: Template) -> str:
    """The name of the branch that `--branch` makes."""
    return f"{template.label}-{project.name}" if project.path else template.label


def _lost(project: Project) -> Refusal:
    if project.repo.shallow:
        return Refusal(
            "Este clon no tiene la historia entera, y ahí está el commit de la plantilla.",
            "Tráela: git fetch --unshallow",
        )
    if project.answers is None and not (project.folder / ANSWERS_FILE).exists():
        return Refusal(
            f"«{project.folder}» no es un proyecto hecho por scaffold.",
            "Entra en la carpeta de uno de tus proyectos.",
        )
    return Refusal(
        "En la historia de este repositorio no está el commit de la plantilla del que partir.",
        "Vuelve a unirlo a su plantilla, sin cambiar nada tuyo: scaffold update --adopt",
    )
