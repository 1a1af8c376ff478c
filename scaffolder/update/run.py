"""Updates of one or many repositories: rendered once for equal answers, then Git alone."""

from __future__ import annotations

import itertools
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder.errors import Refusal, refusal_of
from scaffolder.git.objects import ObjectCache, Objects
from scaffolder.git.repository import check_git, work_tree_around
from scaffolder.starter.answers import ANSWERS_FILE, PROJECT_KEY
from scaffolder.update.apply import apply, make_branch, recover
from scaffolder.update.history import find_missing, find_revert, is_news
from scaffolder.update.merge import TemplateChange, compare
from scaffolder.update.plan import Template, make_plan
from scaffolder.update.project import GeneratedProject, locate, recorded_answers
from scaffolder.update.result import Mode, Request, Result, Status
from scaffolder.update.sources import LockedCache, Templates, refuse_if_older
from scaffolder.update.summary import summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scaffolder.git.lineage import Base
    from scaffolder.git.repository import Repository

# Most of a thread's time goes into waiting for Git, and some into waiting for a render.
_WORKERS = min(8, 2 * (os.cpu_count() or 1))


class Session:
    """What the repositories of one call share; threads may use it at once.

    Args:
        request: what the user asks for.
        folder: an empty folder to work in.
        stack: closes what is opened.
    """

    def __init__(self, request: Request, folder: Path, stack: ExitStack) -> None:
        self.request = request
        self.templates = Templates(stack, folder, request)
        self._folder = folder
        self._cache = ObjectCache()
        self._changes: LockedCache[TemplateChange] = LockedCache()
        self._count = itertools.count()

    def objects(self, repo: Repository) -> Objects:
        """Objects over a repository's, which are only read, and over what is rendered."""
        own = Objects.create(self._folder / f"repository-{next(self._count)}", repo.kind)
        own = replace(own, cache=self._cache)
        shared = self.templates.shared(repo.kind).folder / "objects"
        shallow = repo.common_dir / "shallow" if repo.shallow else None
        return own.with_alternates(repo.objects, shared, shallow=shallow)

    def change(self, objects: Objects, old: str, new: str) -> TemplateChange:
        """What a template changed between two trees, found out once."""
        return self._changes.get((old, new), lambda: compare(objects, old, new))


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
    results: dict[int, Result] = {}
    # What shares a Git directory goes one after the other, in the order in which it was named.
    together: dict[str, list[int]] = {}
    for number, folder in enumerate(folders):
        together.setdefault(_git_dir_of(folder), []).append(number)
    with ExitStack() as stack:
        scratch = tempfile.TemporaryDirectory(prefix="scaffold-update-")
        session = Session(request, Path(stack.enter_context(scratch)), stack)

        def run(numbers: list[int]) -> None:
            for number in numbers:
                results[number] = update_one(folders[number], session)
                progress(results[number])

        _in_parallel(run, list(together.values()))
    return [results[number] for number in range(len(folders))]


def update_one(folder: Path, session: Session) -> Result:
    """Do what was asked for, in one repository; whatever happens there is its result."""
    about = Result(folder, Status.FAILED)
    try:
        project, kept = _find(folder, session)
        about = replace(
            about,
            project=project.name,
            path=project.path,
            home=project.folder,
            nameless=project.repo.is_nameless,
            recovered=kept is not None,
            kept=tuple(kept or ()),
        )
        if session.request.mode is Mode.ADOPT:
            from scaffolder.update.adopt import adopt  # noqa: PLC0415 - seldom needed

            return adopt(project, session.templates, session.request, about)
        return _bring(project, _base(project, session.request), session, about)
    except Exception as error:  # noqa: BLE001 - one repository must not stop the rest
        refusal = refusal_of(error)
        if refusal is None:
            return replace(about, status=Status.FAILED, error=error)
        return replace(
            about, status=Status.REFUSED, reason=refusal.reason, next_step=refusal.next_step
        )


def _find(folder: Path, session: Session) -> tuple[GeneratedProject, list[str] | None]:
    """The project, once what a killed run left there is put in order; and what that kept."""
    looking = session.request.mode is Mode.LOOK
    project = locate(folder, session.objects)
    kept = None
    # Who only looks needs no work tree: neither another run nor a disk is in the way.
    with suppress(*(Refusal, OSError) if looking else ()):
        kept = recover(project.repo)
    if kept is not None:
        project = locate(folder, session.objects)
    if not looking:
        project.repo.refuse_if_busy()
    return project, kept


def _template(project: GeneratedProject, base: Base, session: Session) -> Template:
    """The template version that a repository shall have."""
    if PROJECT_KEY in session.request.data:
        raise Refusal(
            "Una actualización no puede cambiar de proyecto.",
            "Para empezar otro: scaffold new PROYECTO",
        )
    claim, templates = base.claim, session.templates
    found = templates.having(templates.find(claim.source), claim.template)
    refuse_if_older(found, claim.source, claim.version)
    answers = recorded_answers(project.objects, base).values
    given = session.request.data
    return templates.render(found, claim.template, answers, given, project.repo.kind)


def _bring(project: GeneratedProject, base: Base, session: Session, about: Result) -> Result:
    """Bring the template's version into a repository, as far as it was asked for."""
    request, objects = session.request, project.objects
    template = _template(project, base, session)
    reverted = find_revert(project, base)
    result = replace(
        about,
        status=Status.UP_TO_DATE,
        project=base.claim.template,
        source=template.source,
        old=base.claim.version,
        new=template.version,
        reverted=(reverted or "?") if reverted is not None else "",
    )
    change = session.change(objects, base.claim.tree, template.tree)
    if not is_news(objects, change) and template.source == base.claim.source:
        known = result.reverted or base.flattened  # what is gone was taken back, or may be
        missing = () if known else find_missing(project, base)
        return replace(result, missing=missing, template=base.claim.id if missing else "")
    plan = make_plan(project, base, template, change, with_ticks=request.mode is Mode.APPLY)
    result = replace(result, **summarize(plan, diff=request.diff))
    conflicts = bool(plan.resolution.conflicts)
    if request.mode is Mode.LOOK:
        return replace(result, status=Status.WAITING)
    if request.mode is Mode.BRANCH:
        name = f"{template.label}-{project.name}" if project.path else template.label
        if conflicts:
            return replace(result, status=Status.CONFLICTS, branch=name)
        return replace(result, status=Status.BRANCH, branch=name, commit=make_branch(plan, name))
    status = Status.CONFLICTS if conflicts else Status.UPDATED
    return replace(result, status=status, commit=apply(plan))


def _git_dir_of(folder: Path) -> str:
    """The Git directory that a folder's work tree shares with others, as the disk tells."""
    folder = Path(os.path.realpath(folder))
    top = work_tree_around(folder)
    if top is None:
        return str(folder)
    mark = top / ".git"
    with suppress(OSError, UnicodeDecodeError):
        if mark.is_file():  # a linked work tree
            own = top / mark.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
            mark = own / (own / "commondir").read_text(encoding="utf-8").strip()
    return os.path.realpath(mark)


def _in_parallel(function: Callable[[list[int]], None], items: Sequence[list[int]]) -> None:
    """Call a function for each item; in several threads if there are several items."""
    if len(items) < 2:  # noqa: PLR2004 - one alone needs no thread
        for item in items:
            function(item)
        return
    pool = ThreadPoolExecutor(_WORKERS)
    try:
        for _ in pool.map(function, items):
            pass
    finally:
        pool.shutdown(cancel_futures=True)


def _base(project: GeneratedProject, request: Request) -> Base:
    """The template version to start from, or the way to get one."""
    if project.base is not None:
        return project.base
    if project.repo.shallow:
        raise Refusal(
            "Este clon no tiene la historia entera, y ahí está el commit de la plantilla.",
            "Tráela: git fetch --unshallow",
        )
    named = {PROJECT_KEY: "PROYECTO", **request.data}
    if project.answers is None and not (project.folder / ANSWERS_FILE).exists():
        raise Refusal(
            f"«{project.folder}» no es un proyecto hecho por scaffold, o le falta {ANSWERS_FILE}.",
            "Entra en la carpeta de uno de tus proyectos. Si es uno de ellos, únelo a su "
            f"plantilla: {request.again(mode=Mode.ADOPT, data=named)}",
        )
    raise Refusal(
        "En la historia de este repositorio no está el commit de la plantilla del que partir.",
        f"Vuelve a unirlo a su plantilla, sin cambiar nada tuyo: {request.again(mode=Mode.ADOPT)}",
    )
