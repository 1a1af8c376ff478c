"""Copier, held by its safe end: a template root and answers in, a folder of files out."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from scaffolder.errors import Refusal
from scaffolder.roadmap import catalogue
from scaffolder.starter.answers import ANSWERS_FILE, PROJECT_KEY, Answers, read_answers

if TYPE_CHECKING:
    from scaffolder.templating.source import Source

_HIDDEN = {"scaffold_source", "scaffold_version"}
_VALIDATION = re.compile(r"Validation error for question '(?P<key>[^']+)': (?P<why>.*)", re.DOTALL)
_CHOICE = re.compile(r"Invalid choice for '(?P<key>[^']+)': ")
_REQUIRED = re.compile(r'Question "(?P<key>[^"]+)" is required')


def render(  # noqa: PLR0913 - what to render, where, with what
    source: Source,
    project: str,
    into: Path,
    data: Mapping[str, Any],
    *,
    recorded: Mapping[str, Any] | None = None,
    ask: bool = False,
    suggested: Mapping[str, str] | None = None,
) -> Answers:
    """Render a project's template, offline and without running anything of its author's.

    Args:
        into: the folder to fill; it is made, or is empty.
        data: answers to its questions, by key.
        recorded: answers of an earlier version; what is not asked any more is left out.
        ask: ask the person at the terminal for the answers that `data` does not give.
        suggested: what is offered as the answer when asking.

    Returns:
        The answers that the folder records.

    Raises:
        Refusal: an answer is not valid, or the template can't be rendered.
        KeyboardInterrupt: the person at the terminal gave up.
    """
    import copier  # noqa: PLC0415 - slow to import

    hidden = {"scaffold_source": source.recorded, "scaffold_version": source.version}
    with warnings.catch_warnings(), _told(source), _kept_apart(copier._main, ask=ask):  # noqa: SLF001
        warnings.simplefilter("ignore")
        known = {}
        if data or recorded:
            open_keys = _open_keys(source.root)
            _check_keys(data, open_keys)
            known = {k: v for k, v in (recorded or {}).items() if k in open_keys}
        worker = copier.run_copy(
            str(source.root),
            into,
            data={PROJECT_KEY: project, **known, **data, **hidden},
            settings=copier.Settings(),
            defaults=not ask,
            user_defaults=dict(suggested or {}) if ask else {},
            overwrite=True,
            quiet=True,
        )
    answers = Answers(
        project,
        source.recorded,
        source.version,
        {
            key: worker.answers.combined[key]
            for key, question in worker.template.questions_data.items()
            if key != PROJECT_KEY
            and key not in worker.answers.hidden
            and not question.get("secret")
            and key in worker.answers.combined
        },
        _needs(source, project),
    )
    _record(into, answers)
    return answers


def choices(root: Path) -> dict[str, list[str]]:
    """The answers that a template root offers, by key, where it offers some."""
    offered = {key: question.get("choices") for key, question in _open_questions(root).items()}
    lists = {key: c.values() if isinstance(c, dict) else c for key, c in offered.items()}
    return {
        key: [value for value in values if isinstance(value, str)]
        for key, values in lists.items()
        if values and not isinstance(values, str)
    }


def render_plain(root: Path, into: Path, data: Mapping[str, Any]) -> None:
    """Render a template of the toolkit's own that asks nothing and belongs to no project.

    Args:
        into: the folder to fill.
        data: what its files are made of.
    """
    import copier  # noqa: PLC0415 - slow to import

    with _kept_apart(copier._main, ask=False):  # noqa: SLF001
        copier.run_copy(
            str(root), into, data=dict(data), settings=copier.Settings(), defaults=True, quiet=True
        )


def _open_keys(root: Path) -> list[str]:
    """The keys that a template root asks for, the project's and hidden ones left out."""
    return list(_open_questions(root))


def _open_questions(root: Path) -> dict[str, dict[str, Any]]:
    from copier._template import filter_config, load_template_config  # noqa: PLC0415 - slow to import

    _, questions = filter_config(load_template_config(root / "copier.yml", quiet=True))
    return {
        key: question
        for key, question in questions.items()
        if key not in {PROJECT_KEY, *_HIDDEN} and str(question.get("when", True)).lower() != "false"
    }


def _check_keys(data: Mapping[str, Any], open_keys: list[str]) -> None:
    for key in data:
        if key == PROJECT_KEY:
            raise Refusal("El proyecto no se dice con --data.", "Escribe: scaffold new PROYECTO")
        if key not in open_keys:
            known = ", ".join(open_keys) or "ninguna"
            raise Refusal(f"No hay ninguna pregunta «{key}».", f"Las preguntas son: {known}.")


def _needs(source: Source, project: str) -> dict[str, tuple[str, ...]]:
    """What the requirements lean on, where `check` can't look it up in the embedded catalogue."""
    if source.recorded == "embedded":
        return {}
    found = catalogue.load(source.root).get(project)
    requirements = found.requirements if found else ()
    return {entry.id: entry.needs for entry in requirements if entry.needs}


def _record(folder: Path, answers: Answers) -> None:
    """Leave the answers file as it must be, even where the template doesn't write it so.

    A template of an instructor's may have none, or Copier's usual one, which would hold a
    path of this machine.
    """
    try:
        written = read_answers(folder)
    except Refusal:
        written = None
    if written != answers:
        (folder / ANSWERS_FILE).write_text(answers.dump(), encoding="utf-8", newline="\n")


@contextmanager
def _told(source: Source) -> Iterator[None]:
    """Turn what Copier and Jinja raise into a refusal that a person can act on."""
    from copier.errors import (  # noqa: PLC0415 - slow to import
        CopierError,
        InvalidConfigFileError,
        UnsafeTemplateError,
    )
    from jinja2 import TemplateError  # noqa: PLC0415 - slow to import
    from yaml import YAMLError  # noqa: PLC0415 - slow to import

    try:
        yield
    except UnsafeTemplateError:
        raise Refusal(
            "Esa plantilla pide ejecutar tareas o extensiones, y scaffold nunca lo permite.",
            "Pide a quien la escribió que las quite de copier.yml.",
        ) from None
    except InvalidConfigFileError:
        raise Refusal(
            "El copier.yml de esa fuente no se entiende.",
            "Es un error de la plantilla: avisa a quien la escribió.",
        ) from None
    except (CopierError, TemplateError, YAMLError, ValueError) as error:
        refused = _refused_answer(str(error))
        if refused:
            raise refused from None
        if isinstance(error, KeyboardInterrupt) or source.recorded == "embedded":
            raise
        told = " ".join(str(error).split()) or type(error).__name__
        place = f" (línea {error.lineno})" if hasattr(error, "lineno") else ""
        raise Refusal(
            f"La plantilla no se puede generar{place}: {told}",
            "Es un error de la plantilla: avisa a quien la escribió.",
        ) from error


def _refused_answer(error: str) -> Refusal | None:
    """The refusal of an answer, out of the words that Copier finds for it."""
    if match := _VALIDATION.fullmatch(error):
        return Refusal(f"«{match['key']}» no vale: {match['why']}", "Cambia esa respuesta.")
    if match := _CHOICE.match(error):
        choices = re.search(r"is not in \[(.*)\]$", error)
        known = choices[1].replace("'", "") if choices else "las que ofrece la pregunta"
        return Refusal(f"«{match['key']}» no admite esa respuesta.", f"Elige entre: {known}.")
    if match := _REQUIRED.fullmatch(error):
        key = match["key"]
        return Refusal(f"Falta la respuesta a «{key}».", f"Añade --data {key}=…")
    return None


@contextmanager
def _kept_apart(copier_main: ModuleType, *, ask: bool) -> Iterator[None]:
    """Keep Copier from two things that it does on its own account.

    It asks Git about the template and about every file that it writes, to set modes in an
    index: there is none yet, unless a variable of the environment names somebody else's.
    And some words around its questions are English.
    """
    import copier._template as copier_template  # noqa: PLC0415 - slow to import

    ours: list[tuple[ModuleType, str, Callable[..., Any]]] = [
        (copier_main, "is_git_available", lambda: False),
        (copier_template, "is_git_available", lambda: False),
    ]
    if ask:
        original = getattr(copier_main, "unsafe_prompt", None)
        ours.append((copier_main, "unsafe_prompt", _spanish(original)))
    theirs = [
        (module, name, getattr(module, name)) for module, name, _ in ours if hasattr(module, name)
    ]
    for module, name, value in ours:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in theirs:
            setattr(module, name, value)


def _spanish(original: Any) -> Callable[..., Any]:  # noqa: ANN401 - questionary's own
    def prompt(questions: list[dict[str, Any]], **kwargs: Any) -> Any:  # noqa: ANN401
        for question in questions:
            question["qmark"] = "?"
            if question["type"] == "select":
                question["instruction"] = "(elige con las flechas)"
            if validate := question.get("validate"):
                question["validate"] = lambda answer, check=validate: _said(check(answer))
        return original(questions, **kwargs)

    return prompt


def _said(verdict: str | bool) -> str | bool:  # noqa: FBT001 - questionary's own
    if not isinstance(verdict, str):
        return verdict
    match = _VALIDATION.fullmatch(verdict)
    return match["why"].strip() if match else "Esa respuesta no vale."
