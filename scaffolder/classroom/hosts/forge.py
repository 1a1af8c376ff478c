"""A forge's API, through the forge's own program: it holds the login, and we never see it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scaffolder.errors import Refusal

if TYPE_CHECKING:
    from scaffolder.classroom.hosts.budget import Budget

_SECONDS = 120.0
_ATTEMPTS = 6
_NOT_LOGGED_IN = 4
_SHORTEST_PAUSE = 60.0
"""Seconds, doubled each time: what GitHub asks of whoever is not told how long."""
_HURT = 500
_STATUS = re.compile(r"HTTP/[\d.]+ (?P<status>\d{3})")
_AGAIN = "Espera un poco y vuelve a intentarlo: sigue donde se quedó."


@dataclass(frozen=True, slots=True)
class Response:
    """What a forge answered.

    Args:
        headers: their names in lower case.
        body: read from JSON; None where it is empty or none.
    """

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def message(self) -> str:
        """What it says is wrong, in its own words."""
        body = self.body if isinstance(self.body, dict) else {}
        errors = body.get("errors")
        more = [
            str(error.get("message", "")) if isinstance(error, dict) else str(error)
            for error in (errors if isinstance(errors, list) else [])
        ]
        told = [str(body.get("message") or body.get("error") or ""), *more]
        return "; ".join(dict.fromkeys(filter(None, told))) or f"HTTP {self.status}"


@dataclass(frozen=True, slots=True)
class Program:
    """What speaks to a forge.

    Args:
        name: as `gh` or `glab`.
        home: where it is to be had.
        site: the server that it shall speak to.
    """

    name: str
    home: str
    site: str


class Forge:
    """The API of a forge.

    Args:
        budget: what it allows; waiting for it is done here.
        spent: is told of each call that changes something, before it is made.
        clock: the time in seconds since 1970.
    """

    def __init__(
        self,
        program: Program,
        budget: Budget,
        spent: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        if shutil.which(program.name) is None:
            raise Refusal(
                f"Falta {program.name}, el programa con el que entras en tu cuenta.",
                f"Instálalo ({program.home}) y entra: {program.name} auth login",
            )
        self._program = program
        self._budget = budget
        self._spent = spent
        self._clock = clock

    def get(self, path: str) -> Response:
        """Ask for something."""
        return self._call("GET", path, {})

    def change(self, method: str, path: str, fields: Mapping[str, str | bool | int]) -> Response:
        """Change something; it waits until the forge allows one more."""
        return self._call(method, path, fields)

    def _call(self, method: str, path: str, fields: Mapping[str, str | bool | int]) -> Response:
        pause = _SHORTEST_PAUSE
        for attempt in range(_ATTEMPTS):
            if method == "GET":
                self._budget.wait()
            else:
                self._budget.spend()
                self._spent(f"{method} {path}")
            response = self._once(method, path, fields)
            told = self._told_to_wait(response)
            if told is None and response.status < _HURT:
                return response
            if attempt < _ATTEMPTS - 1:
                self._budget.pause(told if told is not None else min(2.0**attempt, 30.0))
                if told == 0:
                    self._budget.pause(pause)
                    pause *= 2
        if response.status >= _HURT:
            raise Refusal(f"el servidor falla (HTTP {response.status})", _AGAIN)
        raise Refusal("el servidor pide ir más despacio, y ya he esperado bastante", _AGAIN)

    def _told_to_wait(self, response: Response) -> float | None:
        """Seconds that the forge asks to wait; 0 where it doesn't say how many; else None."""
        if response.status not in {403, 429}:
            return None
        after = response.headers.get("retry-after", "")
        if after.isdecimal():
            return float(after) + 1
        if response.headers.get("x-ratelimit-remaining") == "0":
            reset = response.headers.get("x-ratelimit-reset", "")
            return max(1.0, float(reset) - self._clock() + 1) if reset.isdecimal() else 0
        limited = response.status == 429 or "rate limit" in response.message.lower()  # noqa: PLR2004 - «too many requests»
        return 0 if limited else None

    def _once(self, method: str, path: str, fields: Mapping[str, str | bool | int]) -> Response:
        command = [self._program.name, "api", "--hostname", self._program.site, "--include"]
        command += ["--method", method, path]
        for key, value in fields.items():
            typed = isinstance(value, (bool, int))
            text = str(value).lower() if isinstance(value, bool) else str(value)
            command += ["--field" if typed else "--raw-field", f"{key}={text}"]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Refusal("el servidor tarda demasiado", _AGAIN) from None
        said = done.stdout.decode("utf-8", "replace")
        match = _STATUS.match(said)
        if match is None:
            raise self._speechless(done)
        head, _, body = said.replace("\r\n", "\n").partition("\n\n")
        pairs = (line.partition(":") for line in head.splitlines()[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return Response(int(match["status"]), headers, _read(body))

    def _speechless(self, done: subprocess.CompletedProcess[bytes]) -> Refusal:
        """Why the program didn't get as far as an answer."""
        said = done.stderr.decode("utf-8", "replace")
        login = f"Entra en tu cuenta: {self._program.name} auth login"
        if done.returncode == _NOT_LOGGED_IN or "auth login" in said:
            return Refusal(f"{self._program.name} no ha entrado en ninguna cuenta", login)
        first = next(
            (line.strip() for line in said.splitlines() if line.strip()), "no dice por qué"
        )
        return Refusal(f"{self._program.name} falla ({first[:200]})", _AGAIN)


def _read(body: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(body)
    except ValueError:
        return None
