"""Requests that take their time, to see what a stopping server does with them."""

from __future__ import annotations

import http.client
import json
import socket
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.request import urlopen

PATIENCE = 20.0
"""Seconds that an answer may take."""


@dataclass(frozen=True)
class Upload:
    """A request with a body, to be sent in two halves."""

    path: str
    body: str
    type: str = "application/json"
    method: str = "POST"

    @classmethod
    def out_of(cls, address: str, particulars: dict[str, Any]) -> Upload:
        """The one that a project names, or else the first with a body in its OpenAPI document."""
        if named := particulars.get("upload"):
            body = named["body"].replace("{unique}", uuid.uuid4().hex[:8])
            return cls(**{**named, "body": body})
        with urlopen(f"{address}/openapi.json", timeout=PATIENCE) as answer:  # noqa: S310 - http
            document = json.load(answer)
        path = next(
            path
            for path, methods in document["paths"].items()
            if "requestBody" in methods.get("post", {}) and "{" not in path
        )
        return cls(path, json.dumps({"nada": "x" * 200}))

    def send(self, port: int) -> int:
        """Send it in one piece and return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        headers = {"Content-Type": self.type}
        connection.request(self.method, self.path, self.body.encode(), headers)
        status = connection.getresponse().status
        connection.close()
        return status


class InFlight:
    """A request whose body has arrived by half, and which the application is reading."""

    def __init__(self, upload: Upload, port: int) -> None:
        """Send the first half, once the application itself has asked for the body.

        A server that knows «Expect: 100-continue» says «100 Continue» when the application
        starts to read: from then on the request is certainly in flight.
        """
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        body = upload.body.encode()
        head = (
            f"{upload.method} {upload.path} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: {upload.type}\r\nContent-Length: {len(body)}\r\n"
            "Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        reply = b""
        while b"\r\n\r\n" not in reply:
            data = self._socket.recv(1000)
            assert data, f"the server hung up: {reply!r}"
            reply += data
        assert b" 100 " in reply, reply
        self._rest = body[len(body) // 2 :]
        self._socket.sendall(body[: len(body) // 2])

    def finish(self) -> int:
        """Send the second half and return the status of the whole answer.

        Raises:
            ConnectionError: the server hung up without an answer.
        """
        self._socket.sendall(self._rest)
        answer = http.client.HTTPResponse(self._socket)
        answer.begin()
        answer.read()
        self.drop()
        return answer.status

    def drop(self) -> None:
        """Hang up."""
        self._socket.close()


def answers(address: str) -> int | None:
    """The status with which a page answers now; None if nobody does."""
    try:
        with urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310 - http
            status: int = answer.status
            return status
    except (http.client.HTTPException, OSError):
        return None


def wait_until_refused(address: str) -> None:
    """Wait until a server takes no new requests."""
    deadline = time.monotonic() + PATIENCE
    while answers(address) == HTTPStatus.OK:
        assert time.monotonic() < deadline, "it goes on answering after being told to stop"
        time.sleep(0.02)
