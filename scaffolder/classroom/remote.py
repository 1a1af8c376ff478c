"""Git over whatever wire: what stands in a student's repository, and what is pushed there.

Whatever a server answers, and however it fails, becomes one sentence and its repair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scaffolder import git
from scaffolder.errors import GitError, Refusal

if TYPE_CHECKING:
    from subprocess import CompletedProcess

BRANCH = "refs/heads/main"

LOOK_SECONDS = 30.0
MOVE_SECONDS = 300.0
# A server that sends nothing for half a minute has gone, whatever the whole time is.
_PATIENCE = ("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=30")

_GONE = re.compile(
    r"repository '.*' not found|[Rr]epository not found|does not appear to be a git repository"
    r"|not found: did you run git update-server-info|project you were looking for could not be"
    r"|No such file or directory|error: 404"
)
_AGAIN = "Comprueba que responde y vuelve a intentarlo: sigue donde se quedó."
_LOG_IN = "Entra con tu cuenta (git, gh o glab) o revisa tus permisos, y vuelve a intentarlo."
# What Git, ssh or curl says, what it means, and what to do; the first that fits counts.
_WORDS = {
    r"[Cc]ould not resolve host(name)?:? (?P<w>[^\s:;']+)": (
        "no encuentro el servidor {w}",
        _AGAIN,
    ),
    r"Connection refused|Failed to connect|onnection timed out|Network is unreachable"
    r"|Could not connect|timed out|[Nn]o route to host": ("el servidor no responde", _AGAIN),
    r"could not read (Username|Password)|Authentication failed|Permission denied \("
    r"|Host key verification failed|error: 40[13]|Permission to .* denied|HTTP Basic": (
        "el servidor no te deja entrar",
        _LOG_IN,
    ),
    r"No space left|[Dd]isk quota|quota exceeded": (
        "no queda espacio en el disco",
        "Libera un poco y vuelve a intentarlo: sigue donde se quedó.",
    ),
    r"hook declined|protected branch": (
        "el servidor lo rechaza ({w})",
        "Mira qué pide ese servidor (ramas protegidas, ganchos) y vuelve a intentarlo.",
    ),
    r"RPC failed|hung up|early EOF|unexpected disconnect|Connection reset|error: 5\d\d"
    r"|Operation too slow|closed by remote|[Bb]roken pipe|Empty reply": (
        "la conexión se ha cortado",
        _AGAIN,
    ),
    r"dubious ownership": (
        "el repositorio es de otra persona de este equipo, y Git no se fía",
        "Si te fías: git config --global --add safe.directory '*'",
    ),
    r"[Pp]ermission denied|Read-only file system|[Oo]peration not permitted": (
        "falta permiso para escribir ahí",
        "Revisa los permisos de la carpeta y vuelve a intentarlo.",
    ),
    r"couldn't write|failed to write|write error": (  # Git doesn't say why
        "no se puede escribir en ese disco: está lleno, o falta permiso",
        "Mira su espacio y sus permisos y vuelve a intentarlo: sigue donde se quedó.",
    ),
}


_HARMLESS = (
    "git -c core.hooksPath=/dev/null -c core.alternateRefsCommand=true -c core.fsmonitor=false"
    " -c receive.denyCurrentBranch=refuse -c receive.autogc=false"
    # A first commit as one file and not as a hundred: a quarter of the time, a third of the disk.
    " -c receive.unpackLimit=1"
)
_CUT = re.compile(
    r"RPC failed|hung up|early EOF|unexpected disconnect|Could not read from remote"
    r"|unable to access|closed by remote"
)
_BROKEN = re.compile(
    r"not a git repository: |fsck error|bad object|missing|corrupt|inflate|\.lock'|index-pack"
    r"|did not send all|cannot lock ref|unable to (read|resolve)|[Ss]hallow|not our ref"
)


class BrokenError(Refusal):
    """A repository answers, and what it has can't be used."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at an address.

    Args:
        exists: there is a repository.
        commit: of its `main`; empty where it has none.
        others: it has other branches or tags.
    """

    exists: bool
    commit: str = ""
    others: bool = False


def look(url: str, options: Sequence[str] = ()) -> Head:
    """Ask what stands at an address.

    Raises:
        Refusal: nobody answers there, or not to us.
    """
    if is_folder(url) and not Path(folder_of(url), "HEAD").exists():
        return Head(exists=False)
    asked = ("ls-remote", *careful(url, "upload-pack"), "--", url)
    done = run(options, *asked, seconds=LOOK_SECONDS)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        if _GONE.search(said):
            return Head(exists=False)
        raise refusal(GitError(["ls-remote"], done.returncode, said))
    refs = dict(line.split("\t")[::-1] for line in git.text(done).splitlines() if "\t" in line)
    names = {name for name in refs if name.startswith(("refs/heads/", "refs/tags/"))}
    return Head(exists=True, commit=refs.get(BRANCH, ""), others=bool(names - {BRANCH}))


def run(
    options: Sequence[str],
    *args: str,
    seconds: float,
    git_dir: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> CompletedProcess[bytes]:
    """Run Git towards a server, with the person's own way to it, for no longer than that."""
    own = {"GIT_DIR": str(git_dir)} if git_dir else {}
    words = (*_PATIENCE, *options, *args)
    return git.run(*words, env={**own, **(env or {})}, check=False, timeout=seconds)


def careful(url: str, service: str) -> list[str]:
    """What `git fetch` and `git push` must be told where the other side is a folder of ours.

    Its students may write there, its configuration and hooks too, and this machine would run
    them. A server does so under its own account.

    Args:
        service: `upload-pack` to fetch from there, `receive-pack` to push.
    """
    return [f"--{service}={_HARMLESS} {service}"] if is_folder(url) else []


def is_broken(done: CompletedProcess[bytes]) -> bool:
    """Whether an error is about what a repository holds, and not about the way to it."""
    said = done.stderr.decode("utf-8", "replace")
    return _BROKEN.search(said) is not None and _CUT.search(said) is None


def is_folder(url: str) -> bool:
    """Whether an address is a folder of this machine."""
    return url.startswith("file://") or ("://" not in url and not _is_short(url))


def folder_of(url: str) -> str:
    """The folder that an address is (see `is_folder`)."""
    if not url.startswith("file://"):
        return url
    from urllib.parse import unquote  # noqa: PLC0415 - seldom needed

    return unquote(url.removeprefix("file://"))


def rejected(reason: str) -> Refusal:
    """What it means that a server refuses a push, and its repair."""
    for pattern, (meaning, repair) in _WORDS.items():
        if "{w}" not in meaning and re.search(pattern, reason):
            return Refusal(meaning, repair)
    return Refusal(
        f"el servidor lo rechaza: {reason}",
        "Mira qué pide ese servidor (ramas protegidas, ganchos) y vuelve a intentarlo.",
    )


def refusal(error: GitError) -> Refusal:
    """What an error of Git's on its way to a server means, and its repair."""
    if error.code == git.TIMED_OUT:
        return Refusal("el servidor tarda demasiado", _AGAIN)
    if _GONE.search(error.stderr):
        return Refusal(
            "ahí no hay ningún repositorio, y el servidor no lo crea al subir",
            "Crea uno vacío en esa dirección, o corrige «host» en course.toml.",
        )
    for pattern, (reason, repair) in _WORDS.items():
        match = re.search(pattern, error.stderr)
        if match:
            told = match.groupdict().get("w") or _first_line(error.stderr)
            return Refusal(reason.format(w=told), repair)
    if _BROKEN.search(error.stderr):
        return BrokenError(
            f"lo que tiene no se puede usar ({_first_line(error.stderr)})",
            "Mira qué le pasa: git clone DIRECCIÓN, y dentro git fsck",
        )
    return Refusal(f"Git no ha podido ({_first_line(error.stderr)})", _AGAIN)


def reason(stderr: str, otherwise: str) -> str:
    """Why a server refused: its own first words, if it said any, and Git's."""
    told = [line for line in stderr.splitlines() if re.match(r"remote: *\S", line)]
    known = [line for line in told if any(re.search(pattern, line) for pattern in _WORDS)]
    return f"{_first_line((known or told)[0])} ({otherwise})" if told else otherwise


def _first_line(stderr: str) -> str:
    """What Git, or the server through it, says in one line: without passwords or odd characters."""
    lines = [re.sub(r"^(fatal|error|warning|remote): *", "", line) for line in stderr.splitlines()]
    told = next((line.strip() for line in lines if line.strip()), "no dice por qué")
    told = re.sub(r"(?<=://)[^/\s@]+@", "", told)
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", told)[:200]


def _is_short(url: str) -> bool:
    """Whether an address is `[user@]server:path`, of ssh."""
    before, colon, _ = url.partition(":")
    return bool(colon) and "/" not in before and len(before) > 1
