"""Versions for whoever answered the template's questions otherwise than the class.

A student may have updated alone, with `scaffold update --data`. The class's own version would
turn their answers back, so they get one that was rendered with theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffolder.git.lineage import Base
from scaffolder.starter.answers import ANSWERS_FILE, parse_answers
from scaffolder.update.plan import follow
from scaffolder.update.project import recorded_answers
from scaffolder.update.result import Request
from scaffolder.update.sources import Templates

if TYPE_CHECKING:
    from scaffolder.classroom.course import Course
    from scaffolder.git.objects import Objects


class OwnAnswers:
    """Finds them, and renders for them, once for equal answers.

    Args:
        lineage: the ids of the class's own template commits.
        stack: closes what is opened.
        folder: a folder to work in, which it makes.
    """

    def __init__(
        self, course: Course, lineage: Collection[str], stack: ExitStack, folder: Path
    ) -> None:
        folder.mkdir()
        request = Request(where=course.source, ref=course.template.ref)
        self._templates = Templates(stack, folder, request)
        self._lineage = lineage
        self._known: list[Mapping[str, Any]] = []

    def target(self, objects: Objects, base: Base, target: Base) -> Base:
        """What a history is to get: the class's version, or that one with its own answers.

        Args:
            objects: where a new template commit goes.
            base: the version that the history has.
            target: the class's.

        Raises:
            Refusal: its answers are not valid, or not any more.
        """
        if base.claim.id in self._lineage or base.claim.tree == target.claim.tree:
            return target
        own = recorded_answers(objects, base).values
        if own in self._of_class(objects, target):
            return target
        found = self._templates.find(target.claim.source)
        name, kind = target.claim.template, objects.kind
        template = self._templates.render(found, name, own, {}, kind)
        rendered = self._templates.shared(kind).folder / "objects"
        alternates = objects.folder / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_text(f"{rendered}\n", encoding="utf-8")
        commit = follow(objects, base, template, "")
        claim = replace(
            target.claim,
            id=commit,
            version=template.version,
            source=template.source,
            tree=template.tree,
        )
        return Base(claim, flattened=False, moment=template.moment)

    def _of_class(self, objects: Objects, target: Base) -> list[Mapping[str, Any]]:
        """The answers of all of the class's versions, of old ones too."""
        if not self._known:
            names = [*self._lineage, target.claim.id]
            asked = "".join(f"{name}:{ANSWERS_FILE}\n" for name in names).encode("ascii")
            told = objects.git("cat-file", "--batch-check=%(objectname)", input=asked).stdout
            ids = [line for line in told.decode("utf-8", "replace").splitlines() if " " not in line]
            contents = objects.read(ids)
            self._known = [parse_answers(content).values for content in contents.values()]
        return self._known
