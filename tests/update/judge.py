"""The same scenarios for `scaffold update` and for `copier update`, judged alike.

A word of the learner's is lost if it is neither in the work tree, conflict markers and
files beside included, nor in Git's list of conflicts, nor in a file that the tool names. A
word of the template's is missed likewise.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import copier

from scaffolder.errors import Refusal
from scaffolder.update.result import Request
from scaffolder.update.run import update
from tests.helpers import git
from tests.update.sandbox import PROJECT, TemplateRepo, build, commit, text_of, unmerged_text
from tests.update.scenarios import Scenario

_STANDARD_ANSWERS = "{{ _copier_answers | to_nice_yaml }}"


@dataclass(frozen=True)
class Verdict:
    """What became of both sides' words.

    Args:
        lost: words of the learner's.
        missed: words of the template's.
        asks: a conflict is left to the learner.
        refused: nothing was done.
        error: what the tool died of.
    """

    lost: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    asks: bool = False
    refused: bool = False
    error: str = ""

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        if self.error:
            return "error"
        if self.lost or self.missed:
            return " + ".join(["LOST"] * bool(self.lost) + ["MISSED"] * bool(self.missed))
        return "refused" if self.refused else "asks" if self.asks else "done"


def build_for_copier(folder: Path) -> TemplateRepo:
    """Make the scenarios' template root so that plain Copier can update from it.

    Args:
        folder: where.
    """
    template_repo = build(folder)
    answers = template_repo.starter / ".copier-answers.yml.jinja"
    answers.write_text(_STANDARD_ANSWERS, encoding="utf-8")
    git(folder, "commit", "-q", "--all", "--amend", "--no-edit")
    git(folder, "tag", "--force", "v0.1.0")
    return template_repo


def judge_scaffold(scenario: Scenario, template_repo: TemplateRepo, repo: Path) -> Verdict:
    """Play a scenario with `scaffold update`.

    Args:
        scenario: what both sides do.
        template_repo: a template root at 0.1.0, which is changed.
        repo: where the repository goes.
    """
    template_repo.new(repo)
    _play(scenario, template_repo, repo)
    [result] = update([repo], Request(where=str(template_repo.root)))
    named = {path for note in result.notes for path in (note.path, note.other)}
    refused = result.status == "refused"
    return _look(scenario, repo, named, asks=bool(result.conflicts), refused=refused)


def judge_copier(scenario: Scenario, template_repo: TemplateRepo, repo: Path) -> Verdict:
    """Play a scenario with `copier update`; arguments as in `judge_scaffold`."""
    with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        root, data = str(template_repo.root), {"proyecto": PROJECT}
        copier.run_copy(root, repo, data=data, vcs_ref="v0.1.0", defaults=True, quiet=True)
        git(repo, "init", "-q", "-b", "main")
        commit(repo, "Plantilla")
        _play(scenario, template_repo, repo)
        before = text_of(repo)
        try:
            with redirect_stdout(io.StringIO()):
                copier.run_update(repo, defaults=True, overwrite=True, quiet=True)
        except (copier.errors.UserMessageError, Refusal) as error:
            unchanged = text_of(repo) == before
            return Verdict(refused=unchanged, error="" if unchanged else str(error))
        except Exception as error:  # noqa: BLE001 - whatever it dies of is its verdict
            return Verdict(error=f"{type(error).__name__}: {error}")
    text = text_of(repo)
    asks = "<<<<<<<" in text or ".rej" in text or bool(git(repo, "ls-files", "--unmerged"))
    return _look(scenario, repo, (), asks=asks)


def _play(scenario: Scenario, template_repo: TemplateRepo, repo: Path) -> None:
    scenario.learner(repo)
    if not scenario.untracked:
        commit(repo)
    template_repo.release("0.2.0", scenario.template)


def _look(
    scenario: Scenario,
    repo: Path,
    named: Collection[str],
    *,
    asks: bool,
    refused: bool = False,
) -> Verdict:
    text = text_of(repo) + unmerged_text(repo)
    gone = tuple(word for word in scenario.keeps if word.strip() not in text)
    absent = () if refused else tuple(w for w in scenario.brings if w.strip() not in text)
    # What a scenario expects to be left out has its file named in the text that it tells.
    told = any(name and name in scenario.told for name in named)
    return (
        Verdict((), (), asks, refused)
        if told and not gone
        else Verdict(gone, absent, asks, refused)
    )
