"""A repository that lost its template commit (a zip, a fresh history) is given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaffolder.errors import Refusal
from scaffolder.git.lineage import version_key
from scaffolder.git.template_commits import TemplateCommit, write_template_commit
from scaffolder.roadmap import catalogue
from scaffolder.starter.answers import ANSWERS_FILE, PROJECT_KEY
from scaffolder.templating.source import EMBEDDED, Source
from scaffolder.update.apply import who
from scaffolder.update.plan import own_trees, write_merge
from scaffolder.update.result import Result, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaffolder.git.objects import Objects
    from scaffolder.update.project import Project
    from scaffolder.update.sources import Templates


def adopt(
    project: Project,
    templates: Templates,
    objects: Objects,
    data: Mapping[str, str],
    *,
    sure: bool,
) -> Result:
    """Join a repository to its template with a merge commit that changes no file.

    Args:
        project: the project.
        templates: where templates come from.
        objects: where new objects go.
        data: answers that the repository doesn't tell.
        sure: take another version than the one it began with, if that isn't at hand.

    Raises:
        Refusal: it has a template commit, or nothing tells what it was made of.
    """
    if project.base is not None:
        raise Refusal(
            f"Este repositorio ya está unido a su plantilla ({project.base.claim.version}).",
            "Para traer lo nuevo: scaffold update",
        )
    known = project.answers
    name = data.get(PROJECT_KEY) or (known.project if known else "")
    if not name:
        what = "No entiendo" if (project.folder / ANSWERS_FILE).exists() else "No encuentro"
        raise Refusal(
            f"{what} {ANSWERS_FILE}, que dice de qué proyecto se trata.",
            "Dilo tú: scaffold update --adopt --data proyecto=PROYECTO",
        )
    recorded = known.source if known else EMBEDDED
    wanted = templates.ref or (known.version if known else "")
    found, name = _find(templates, recorded, name, wanted)
    recorded_values = known.values if known else {}
    given = {key: value for key, value in data.items() if key != PROJECT_KEY}
    template = templates.render(found, name, recorded_values, given, project.repo.kind)
    exact = version_key(found.version) == version_key(wanted) if wanted else False
    head_tree, ours_tree = own_trees(objects, project)
    ours, theirs = objects.entries(ours_tree), objects.entries(template.tree)
    differs = sorted(path for path, entry in theirs.items() if ours.get(path) != entry)
    result = Result(
        project.folder,
        Status.UNSURE,
        project=name,
        path=project.path,
        old=wanted,
        new=found.version,
        differs=tuple(differs),
    )
    if not exact and not templates.ref and not sure:
        return result
    claim = TemplateCommit("", name, template.version, template.source, template.tree, project.path)
    root = write_template_commit(objects, claim, template.moment)
    text = f"Une {name} a su plantilla {template.version}\n"
    end = write_merge(objects, project.repo, head_tree, [project.repo.head, root], text)
    repo = project.repo
    objects.hand_over(repo, [end, root], [repo.head])
    lines = f"update ORIG_HEAD {repo.head}\nupdate HEAD {end} {repo.head}\n"
    command = ("update-ref", "-m", "scaffold update --adopt", "--stdin")
    repo.git(*command, input=lines.encode("ascii"), env=who(repo))
    return Result(
        project.folder,
        Status.ADOPTED,
        project=name,
        path=project.path,
        old=wanted,
        new=found.version,
        differs=tuple(differs),
        template=root,
        commit=end,
    )


def _find(templates: Templates, recorded: str, name: str, wanted: str) -> tuple[Source, str]:
    """The source at the version that a repository began with, or else at its newest.

    Returns:
        The source, and the project's id in it: a learner may give its number.
    """
    embedded = recorded == EMBEDDED and templates.where is None
    refs: list[str | None] = [None]
    if not templates.ref and not embedded and version_key(wanted)[0]:
        refs = [wanted, f"v{wanted}", None]
    for ref in refs:
        try:
            found = templates.find(recorded, ref)
        except Refusal:
            if ref is None:
                raise
            continue
        project = catalogue.load(found.root).find(name).id
        if found.has(project) or ref is None:
            return templates.having(found, project), project
    raise AssertionError(refs)
