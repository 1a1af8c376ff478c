"""The report of a bug: all that a maintainer needs, and nothing that is private."""

from __future__ import annotations

import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scaffolder import __version__, git

_PACKAGES = ("click", "copier", "questionary", "rich")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")


def write_report(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write the report of an unexpected error.

    Returns:
        Its file, or None where it could not be written anywhere.
    """
    from platformdirs import user_log_dir  # noqa: PLC0415 - slow to import

    now = datetime.now(UTC)
    text = _report(error, arguments, now)
    for folder in (Path(user_log_dir("scaffold", appauthor=False)), Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"scaffold-{now:%Y%m%d-%H%M%S}.log"
            file.write_text(text, encoding="utf-8")
            return file
    return None


def _report(error: BaseException, arguments: Sequence[str], now: datetime) -> str:
    versions = [
        f"scaffold {__version__}",
        f"Python {sys.version.split()[0]} · {platform.platform()}",
        _git_version(),
        *(f"{name} {_version(name)}" for name in _PACKAGES),
    ]
    trace = "".join(traceback.format_exception(error))
    parts = [
        f"{now:%Y-%m-%d %H:%M:%S} UTC",
        *versions,
        "",
        f"$ scaffold {' '.join(arguments)}",
        "",
        trace,
    ]
    text = _USERINFO.sub("", "\n".join(parts))
    with suppress(RuntimeError):  # somebody without a home
        text = text.replace(str(Path.home()), "~")
    return text


def _git_version() -> str:
    with suppress(Exception):
        return git.text(git.isolated("--version"))
    return "git ?"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"
