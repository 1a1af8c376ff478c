"""What was planned, carried out: merges and branches pushed, requests opened.

`main` gets a child of what it was at, or nothing. A branch of ours is moved as long as nobody
else has put anything on it. Whoever was quicker wins: the repository is then planned again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.classroom.mirror import OURS
from scaffolder.classroom.plan import MERGES, Done, RepoPlan, State
from scaffolder.classroom.push import Move, Outcome, push
from scaffolder.classroom.remote import BRANCH
from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from scaffolder.classroom.hosts import Host
    from scaffolder.classroom.journal import Journal
    from scaffolder.classroom.mirror import Mirror
    from scaffolder.classroom.roster import Repo

_WHO = f"{git.NAME} <{git.EMAIL}> "
_NO_MERGE = "Mira qué pide ese servidor (ramas protegidas, ganchos), o usa --branch."
_RESOLVE = "Fusiona o cierra esa rama, y repite."
_TEXT = """\
La plantilla tiene una versión nueva ({old} → {new}).

{what}

Fusiónala con «merge commit»: con «squash» o «rebase», la próxima actualización no sabría de
dónde partir.
"""


@dataclass(frozen=True)
class Courier:
    """Carries plans out.

    Args:
        branch: as branches, whose merge is asked for; else into `main`.
    """

    host: Host
    journal: Journal
    branch: bool

    def deliver(self, repo: Repo, mirror: Mirror, plan: RepoPlan, objects: Path) -> RepoPlan | None:
        """Carry out the plan of a repository, if there is anything to do.

        Args:
            objects: the folder with the new objects.

        Returns:
            The plan with what was done; None where somebody was quicker.
        """
        try:
            # What changes no file needs nobody's consent, and a squash would undo it again.
            if plan.state in MERGES and (plan.anchored or not self.branch):
                return self._merge(repo, mirror, plan, objects)
            if self.branch and (plan.state in MERGES or plan.state is State.CONFLICT):
                return self._publish(repo, mirror, plan, objects)
        except Refusal as refusal:
            reason, next_step = refusal.reason, refusal.next_step
            return replace(plan, state=State.UNREACHABLE, reason=reason, next_step=next_step)
        return plan

    def _merge(self, repo: Repo, mirror: Mirror, plan: RepoPlan, objects: Path) -> RepoPlan | None:
        move = Move(BRANCH, plan.head, plan.commit)
        pushed = push(self.host, mirror.folder, self.host.url(repo), move, objects=objects)
        if pushed.outcome is Outcome.MOVED:
            return None
        if pushed.outcome is Outcome.REFUSED:
            return _refused(plan, f"el servidor lo rechaza: {pushed.reason}", _NO_MERGE)
        self.journal.add("update", repo.id, plan.commit)
        return replace(plan, done=Done.PUSHED)

    def _publish(
        self, repo: Repo, mirror: Mirror, plan: RepoPlan, objects: Path
    ) -> RepoPlan | None:
        """Push the branch: the merge, or the template alone, whose merge shows the conflict."""
        ref, tip = f"{OURS}{plan.new}", plan.commit or plan.template
        name = ref.removeprefix("refs/heads/")
        old = mirror.tip(ref)
        plan = replace(plan, branch=name)
        title = f"Plantilla {plan.new}"
        if old == tip:
            return self._ask(repo, replace(plan, done=Done.PUBLISHED), title)
        if old and not _is_ours(mirror.folder, old):
            return _refused(plan, f"en la rama {name} hay commits de alguien", _RESOLVE)
        options = () if old else self.host.push_options(name, title)
        move = Move(ref, old, tip)
        url = self.host.url(repo)
        pushed = push(self.host, mirror.folder, url, move, objects=objects, options=options)
        if pushed.outcome is Outcome.MOVED:
            return None
        if pushed.outcome is Outcome.REFUSED:
            return _refused(plan, f"el servidor lo rechaza: {pushed.reason}", "Pregunta por qué.")
        self.journal.add("branch", repo.id, tip)
        return self._ask(repo, replace(plan, done=Done.BRANCH), title)

    def _ask(self, repo: Repo, plan: RepoPlan, title: str) -> RepoPlan:
        """Open the request for a branch, once."""
        if self.journal.has("request", repo.id, plan.branch):
            return plan
        what = "Se fusiona sin conflictos."
        if plan.conflicts:
            listed = "\n".join(f"- `{path}`" for path in plan.conflicts)
            what = f"Chocan con lo vuestro, y tenéis que decidir:\n\n{listed}"
        text = _TEXT.format(old=plan.old, new=plan.new, what=what)
        try:
            address = self.host.open_pr(repo, plan.branch, title, text)
        except Refusal as refusal:
            reason = f"la rama está, pero no la petición: {refusal.reason}"
            return _refused(plan, reason, refusal.next_step)
        self.journal.add("request", repo.id, plan.branch)
        return replace(plan, request=address)


def _refused(plan: RepoPlan, reason: str, next_step: str) -> RepoPlan:
    return replace(plan, done=Done.REFUSED, reason=reason, next_step=next_step)


def _is_ours(mirror: Path, commit: str) -> bool:
    """Whether a commit was made here: a template commit, or the merge of one."""
    env = {"GIT_DIR": str(mirror)}
    told = git.text(git.isolated("cat-file", "commit", commit, env=env, check=False))
    lines = told.partition("\n\n")[0].splitlines()
    people = [
        line.partition(" ")[2] for line in lines if line.startswith(("author ", "committer "))
    ]
    return len(people) > 1 and all(who.startswith(_WHO) for who in people)
