"""`.copier-answers.yml`: what a generated repository remembers of its making."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from scaffolder.errors import Refusal

ANSWERS_FILE = ".copier-answers.yml"
PROJECT_KEY = "proyecto"

_HEADER = "# Lo escribe scaffold y lo lee «scaffold update»: no lo edites a mano.\n"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a generated repository remembers of its making.

    Args:
        source: what was recorded of the source.
        values: the answers to the questions, without the project.
        needs: by requirement, those that its tests lean on; of a catalogue of somebody else's,
            which is not at hand later (the embedded one is).
    """

    project: str
    source: str
    version: str
    values: Mapping[str, Any]
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def dump(self) -> str:
        """The answers file's text: YAML whose every value is JSON on one line."""
        known: dict[str, Any] = {
            "_src_path": self.source,
            "_commit": self.version,
            PROJECT_KEY: self.project,
        }
        if self.needs:
            known["_needs"] = {key: list(needs) for key, needs in self.needs.items()}
        lines = [
            f"{key}: {json.dumps(value, ensure_ascii=False)}\n"
            for key, value in (known | dict(self.values)).items()
        ]
        return _HEADER + "".join(lines)


def read_answers(repo: Path) -> Answers | None:
    """The answers of a generated repository.

    Returns:
        The answers, or None where there is no answers file.

    Raises:
        Refusal: there is one, and it makes no sense.
    """
    file = repo / ANSWERS_FILE
    try:
        return parse_answers(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise Refusal(
            f"No entiendo {file}.",
            f"Recupéralo con «git checkout HEAD -- {ANSWERS_FILE}».",
        ) from None


@cache
def parse_answers(content: bytes) -> Answers:
    """Read the content of an answers file.

    Args:
        content: what is in it; whoever had the repository may have written it.

    Raises:
        ValueError: it makes no sense.
    """
    import yaml  # noqa: PLC0415 - slow to import

    class Loader(yaml.SafeLoader):
        """Reads plain values: a few aliases of aliases would fill the memory."""

        def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - yaml's own
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("an alias")
            return super().compose_node(parent, index)

    try:
        data = yaml.load(content.decode("utf-8-sig"), Loader)  # noqa: S506 - it is a safe one
        values = {str(key): value for key, value in data.items()}
        project, source, version = (
            values.pop(key) for key in (PROJECT_KEY, "_src_path", "_commit")
        )
    except (yaml.YAMLError, AttributeError, KeyError, RecursionError) as error:
        raise ValueError(str(error)) from None
    needs = _needs(values.get("_needs"))
    values = {key: value for key, value in values.items() if not key.startswith("_")}
    return Answers(str(project), str(source), str(version), values, needs)


def _needs(data: object) -> dict[str, tuple[str, ...]]:
    """What requirements lean on, of whatever stands there; what makes no sense is left out."""
    found = data.items() if isinstance(data, dict) else ()
    return {
        str(key): tuple(needs)
        for key, needs in found
        if isinstance(needs, list) and all(isinstance(need, str) for need in needs)
    }
