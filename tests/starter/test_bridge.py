"""The bridge between a program and a service: it can be cut, or hang, while both go on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest


class Echo(StreamRequestHandler):
    """Gives each line back."""

    def handle(self) -> None:
        """Until the client hangs up."""
        for line in self.rfile:
            self.wfile.write(line)


@pytest.fixture
def bridge(engine: Callable[[str], ModuleType]) -> Iterator[Any]:
    """One to a server that echoes lines."""
    with ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        port = server.server_address[1]
        made = engine("puente").Puente(f"redis://user:word@127.0.0.1:{port}/3")
        yield made
        made.cerrar()
        server.shutdown()


def connect(bridge: Any) -> socket.socket:
    """A connection to the bridge."""
    parts = urlsplit(bridge.url)
    return socket.create_connection((parts.hostname, parts.port), 0.5)


def echo(connection: socket.socket, text: bytes) -> bytes:
    """What comes back of a line."""
    connection.sendall(text + b"\n")
    return connection.recv(100)


def test_it_passes_everything(bridge: Any) -> None:
    """And its address keeps what stands around the host."""
    parts = urlsplit(bridge.url)
    assert (parts.scheme, parts.username, parts.password, parts.path) == (
        "redis",
        "user",
        "word",
        "/3",
    )
    with connect(bridge) as one, connect(bridge) as two:
        assert echo(one, b"a") == b"a\n"
        assert echo(two, b"b") == b"b\n"
        assert echo(one, b"c") == b"c\n"


def test_cut(bridge: Any) -> None:
    """What was open is hung up, nobody listens; and then the same address works again."""
    with connect(bridge) as old:
        assert echo(old, b"a") == b"a\n"
        with bridge.cortado():
            with pytest.raises(OSError):  # noqa: PT011 - refused or reset, as it happens
                connect(bridge)
            with suppress(OSError):
                assert echo(old, b"b") == b""
    with connect(bridge) as new:
        assert echo(new, b"c") == b"c\n"


def test_hung(bridge: Any) -> None:
    """Connections are taken and nothing comes back, until it goes on."""
    with connect(bridge) as connection:
        with bridge.colgado(), pytest.raises(TimeoutError):
            echo(connection, b"a")
        assert connection.recv(100) == b"a\n"
        assert echo(connection, b"b") == b"b\n"
