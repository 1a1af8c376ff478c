"""The command lines of bubblewrap: the tester's, and that of each program in its pod.

Both begin with nothing and are shown what they need, all of it read-only but `/entrega`, which is
in memory and of bounded size. The tester's sandbox is what makes the pod: its network
namespace, in which every program then runs. A program has user, process, IPC and mount
namespaces of its own within, and can make no further ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

REPO = "/repo"
WORK = "/entrega"
CACHE = "/cache"
PYTHON = "/pod/python"
FILES = 512 * 2**20
"""Bytes that a submission's tests and programs may leave in `/entrega`."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "nsswitch.conf"),
    *("hosts", "host.conf", "mime.types", "passwd", "group", "ssl/openssl.cnf", "protocols"),
)
"""Of `/etc`: what names libraries, the time zone and this machine."""
_LIMIT_DOORS = "/pod/groups"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a pod is made of.

    Args:
        repo: the folder that is shown as `/repo`.
        python: of the course's environment, in its `bin`.
        hidden: files of the repository that programs don't see, with `/`.
        cache: a folder of byte code of the tests, shown to the tester; None without.
        doors: the files through which a program enters its control group.
    """

    repo: Path
    python: Path
    hidden: Sequence[str] = ()
    cache: Path | None = None
    doors: Sequence[Path] = ()


def write_inside(layout: Layout, folder: Path) -> None:
    """Write what a pod shows its tester below `/pod`.

    Args:
        folder: an empty one, for this pod.
    """
    inside = files(__package__) / "inside"
    first = f"#!{_base_python(layout.python)} -IS\n"
    launcher = folder / "python"
    launcher.write_text(first + (inside / "launcher.py").read_text("utf-8"), encoding="utf-8")
    launcher.chmod(0o755)
    program = folder / "program"
    program.write_text(f'#!/bin/sh\nexec "{layout.python}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (folder / "pod_tester.py").write_text((inside / "tester.py").read_text("utf-8"), "utf-8")
    (folder / "groups").mkdir()
    for number, _ in enumerate(layout.doors):
        (folder / "groups" / str(number)).touch()
    settings = {
        "doors": [f"{_LIMIT_DOORS}/{number}" for number, _ in enumerate(layout.doors)],
        "sandbox": _program(layout),
    }
    (folder / "program.json").write_text(json.dumps(settings), encoding="utf-8")


def tester_command(
    layout: Layout, folder: Path, arguments: Sequence[str], *, fill: bool
) -> list[str]:
    """The command that runs pytest as the tester of a new pod.

    Args:
        folder: what `write_inside` wrote.
        arguments: pytest's.
        fill: its byte code is written into the cache, and not only read.
    """
    doors = _flat(
        ("--bind", str(door), f"{_LIMIT_DOORS}/{number}")
        for number, door in enumerate(layout.doors)
    )
    cache = (
        []
        if layout.cache is None
        else _bind(layout.cache, CACHE, "--bind" if fill else "--ro-bind")
    )
    variables = {
        "PATH": f"{layout.python.parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": WORK,
        "TMPDIR": WORK,
        "LANG": "C.UTF-8",
        "USER": "entrega",
        "PYTHONPATH": "/pod",
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "MALLOC_ARENA_MAX": "4",
        "REQUISITOS_APARTE": "1",
        **({"PYTHONPYCACHEPREFIX": CACHE} if layout.cache else {"PYTHONDONTWRITEBYTECODE": "1"}),
    }
    return [
        *("bwrap", "--unshare-user", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--uid", "1000", "--gid", "1000", "--die-with-parent", "--new-session"),
        *("--tmpfs", "/tmp", *_system(layout), "--ro-bind", "/etc", "/etc"),  # noqa: S108
        # Programs mount a /proc of their own, which the kernel allows where none is masked.
        *("--dev-bind", "/proc", "/proc", "--dev", "/dev"),
        *("--size", str(FILES), "--tmpfs", WORK),
        *_bind(folder, "/pod"),
        *doors,
        *_bind(layout.repo, REPO),
        *cache,
        *("--chdir", REPO, "--clearenv"),
        *_flat(("--setenv", name, value) for name, value in variables.items()),
        *("--", str(layout.python), "-P", "-m", "pytest", "-p", "pod_tester"),
        # Named, so that no settings of the student's are looked for.
        *("-c", f"{REPO}/pytest.ini", "--rootdir", REPO, "-p", "no:cacheprovider"),
        *("-o", "pythonpath=tests", *arguments),
    ]


def _program(layout: Layout) -> list[str]:
    """Bubblewrap's arguments for a program, as the launcher starts it inside the pod."""
    return [
        *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--disable-userns", "--die-with-parent"),
        *("--tmpfs", "/tmp", *_system(layout)),  # noqa: S108
        *_flat(("--ro-bind-try", f"/etc/{name}", f"/etc/{name}") for name in _SETTINGS),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--bind", WORK, WORK, "--ro-bind", REPO, REPO),
        *_flat(("--ro-bind", "/dev/null", f"{REPO}/{path}") for path in layout.hidden),
        *("--ro-bind", "/pod/program", PYTHON),
    ]


def _system(layout: Layout) -> list[str]:
    """The system's programs and libraries, and the course's Python."""
    found: list[str] = []
    for name in _SYSTEM:
        path = Path(name)
        if path.is_symlink():
            found += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            found += ["--ro-bind", name, name]
    environment = layout.python.parents[1]
    base = _base_python(layout.python).parents[1]
    places = [place for place in (base, environment) if not place.is_relative_to("/usr")]
    return found + _flat(_bind(place, str(place)) for place in places)


def _base_python(python: Path) -> Path:
    return python.resolve() if python.exists() else Path(sys.executable).resolve()


def _bind(source: Path, target: str, how: str = "--ro-bind") -> list[str]:
    return [how, str(source), target]


def _flat(parts: Iterable[Sequence[str]]) -> list[str]:
    return [word for part in parts for word in part]
