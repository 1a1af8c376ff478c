"""A repository that lost its template commit (a zip, a fresh history) is given one.

Which version it began with is what its answers file says, or else the version whose files it
has. What a zip or an upload left out (hidden files, above all) comes back with the merge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from scaffolder.errors import Refusal
from scaffolder.git.lineage import is_version, version_key
from scaffolder.git.template_commits import TemplateCommit, write_template_commit
from scaffolder.roadmap import catalogue
from scaffolder.starter import checklist
from scaffolder.starter.answers import ANSWERS_FILE, PROJECT_KEY
from scaffolder.templating.render import choices
from scaffolder.templating.source import EMBEDDED, Source
from scaffolder.update.apply import Rewrite, handed_over, move_branch, rewrite
from scaffolder.update.ownership import Owner, owners
from scaffolder.update.plan import Template, own_trees, touched, write_merge
from scaffolder.update.result import Request, Result, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffolder.git.object_format import Entries
    from scaffolder.update.project import GeneratedProject
    from scaffolder.update.sources import Templates


@dataclass(frozen=True)
class _Candidate:
    """A version that a repository may have begun with.

    Args:
        found: the source at that version.
        template: the version, rendered.
        files: its files.
        equal: how many of them the repository has, unchanged.
    """

    found: Source
    template: Template
    files: Entries
    equal: int


def adopt(
    project: GeneratedProject, templates: Templates, request: Request, about: Result
) -> Result:
    """Join a repository to its template with a merge commit that changes no file of its own.

    Args:
        project: the project.
        templates: where templates come from.
        request: names the project, the answers or the version where the repository doesn't.
        about: what is known of the repository.

    Raises:
        Refusal: it has a template commit, or nothing tells what it was made of.
    """
    if project.base is not None:
        raise Refusal(
            f"Este repositorio ya está unido a su plantilla ({project.base.claim.version}).",
            "Para traer lo nuevo: scaffold update",
        )
    known = project.answers
    name = request.data.get(PROJECT_KEY) or (known.project if known else "")
    if not name:
        what = "No entiendo" if (project.folder / ANSWERS_FILE).exists() else "No encuentro"
        again = request.again(data={PROJECT_KEY: "PROYECTO", **request.data})
        raise Refusal(
            f"{what} {ANSWERS_FILE}, que dice de qué proyecto se trata.", f"Dilo tú: {again}"
        )
    began = request.ref or (known.version if known else "")
    adoption = _Adoption(project, templates, request)
    name, chosen = adoption.choose(name, began)
    template = chosen.template
    back = adoption.coming_back(chosen)
    ours = adoption.ours
    differs = sorted(
        path for path, entry in chosen.files.items() if ours.get(path) != entry and path not in back
    )
    result = replace(
        about,
        status=Status.UNSURE,
        project=name,
        source=template.source,
        old=began,
        new=template.version,
        differs=tuple(differs),
    )
    if not (request.sure or request.ref or adoption.is_certain(chosen, began)):
        return result
    root, end, files = adoption.join(name, template, back)
    return replace(result, status=Status.ADOPTED, template=root, commit=end, files=files)


class _Adoption:
    """A repository beside the versions that it may have begun with."""

    def __init__(self, project: GeneratedProject, templates: Templates, request: Request) -> None:
        self.project = project
        self.templates = templates
        self.head_tree, ours_tree = own_trees(project)
        self.ours = project.objects.entries(ours_tree)
        self.recorded = project.answers.source if project.answers else EMBEDDED
        self.values = project.answers.values if project.answers else {}
        self.given = {key: value for key, value in request.data.items() if key != PROJECT_KEY}

    def choose(self, name: str, began: str) -> tuple[str, _Candidate]:
        """The version to take: the one that it is said to have begun with, or the likest.

        Args:
            name: the project; its number serves, too.
            began: the version, if anything tells.

        Returns:
            The project's id, and the version.
        """
        project, found = self._named(name, began)
        at_hand = self.templates.every_version(self.recorded) if found is None else [found]
        candidates = [
            self._candidate(version, project, self.given)
            for version in at_hand
            if version.has(project)
        ]
        if not candidates:
            self.templates.having(self.templates.find(self.recorded), project)
        # Of equals the oldest: what the template changed since is then merged, and not taken
        # for the learner's work.
        best = max(reversed(candidates), key=lambda candidate: candidate.equal)
        return project, best if self.project.answers else self._with_answers(best, project)

    def coming_back(self, chosen: _Candidate) -> dict[str, Any]:
        """The files that the repository lacks and can't do without, or would not have dropped.

        Those are the answers, what the template owns, and hidden files, which file managers
        and uploads leave out; others the learner may have deleted.
        """
        lacking = [path for path in chosen.files if path not in self.ours]
        whose = owners(self.project.objects, chosen.template.tree, lacking)
        back = {
            path
            for path in lacking
            if whose[path] is Owner.TEMPLATE
            or path == checklist.FILE
            or any(part.startswith(".") for part in PurePosixPath(path).parts)
        }
        if self.project.answers is None:  # there is none, or none that can be read
            back.add(ANSWERS_FILE)
        return {path: chosen.files[path] for path in sorted(back) if path in chosen.files}

    def is_certain(self, chosen: _Candidate, began: str) -> bool:
        """Whether there is no doubt about a version.

        It is the one that the repository names; or, where it names none, what belongs to the
        template is there as that version has it.
        """
        if began:
            return version_key(chosen.found.version) == version_key(began)
        there = [path for path in chosen.files if path in self.ours and path != ANSWERS_FILE]
        whose = owners(self.project.objects, chosen.template.tree, there)
        owned = [path for path in there if whose[path] is Owner.TEMPLATE]
        return bool(owned) and all(self.ours[path] == chosen.files[path] for path in owned)

    def join(self, name: str, template: Template, back: Entries) -> tuple[str, str, dict[str, str]]:
        """Write the template commit and its merge, and bring back what is missing.

        Returns:
            The template commit, the merge, and the files that come back.
        """
        project, repo = self.project, self.project.repo
        objects, path = project.objects, project.path
        claim = TemplateCommit("", name, template.version, template.source, template.tree, path)
        root = write_template_commit(objects, claim, template.moment)
        after = self.head_tree
        if back:
            whole = objects.write_tree({**self.ours, **back})
            after = objects.graft(self.head_tree, path, whole)
        text = f"Une {name} a su plantilla {template.version}\n"
        end = write_merge(project, after, [repo.head, root], text)
        start, reason = f"{path}/" if path else "", "scaffold update --adopt"
        changed = touched(start, self.ours, {**self.ours, **back})
        if not changed:
            with handed_over(project, [end, root], [repo.head]):
                move_branch(repo, repo.head, end, reason)
            return root, end, {}
        change = Rewrite(
            project=project,
            touched=changed,
            before=self.head_tree,
            after=after,
            tip=repo.head,
            end=end,
            reason=reason,
            wanted=[end, root],
            known=[repo.head],
        )
        rewrite(change)
        return (
            root,
            end,
            {name: "changed" if old else "added" for name, (old, _) in changed.items()},
        )

    def _named(self, name: str, began: str) -> tuple[str, Source | None]:
        """The project's id in its source, and the source at the version that is named."""
        templates = self.templates
        tags: list[str | None] = [began, f"v{began}"] if is_version(began) else []
        if began and (templates.where(self.recorded) is None or not tags):
            tags = [None]
        for tag in tags:
            try:
                found = templates.find(self.recorded, tag)
            except Refusal:
                if tag is None:
                    raise
                continue
            project = catalogue.load(found.root).find(name).id
            if found.has(project) and version_key(found.version) == version_key(began):
                return project, found
        return catalogue.load(templates.find(self.recorded).root).find(name).id, None

    def _candidate(self, found: Source, project: str, given: Mapping[str, str]) -> _Candidate:
        kind = self.project.repo.kind
        template = self.templates.render(found, project, self.values, given, kind)
        files = self.project.objects.entries(template.tree)
        equal = sum(self.ours.get(path) == entry for path, entry in files.items())
        return _Candidate(found, template, files, equal)

    def _with_answers(self, best: _Candidate, project: str) -> _Candidate:
        """The same version with the answers, of those to choose from, that fit the files best."""
        given = dict(self.given)
        for key, value in _open_choices(best.found, given):
            other = self._candidate(best.found, project, {**given, key: value})
            if other.equal > best.equal:
                best, given = other, {**given, key: value}
        return best


def _open_choices(found: Source, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, values in choices(found.root).items():
        if key not in given:
            for value in values:
                yield key, value
