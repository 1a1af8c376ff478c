"""Git's smart HTTP on a local port: a bridge to `git http-backend`, with faults to order."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.helpers import git

USER, PASSWORD = "profe", "secreto"
_LOGIN = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class HttpGit:
    """A server of the repositories in a folder; who pushes must log in.

    Args:
        root: the folder.
        port: where it listens.
        creates: a push makes the repository, as on a forge that allows it.
        down: repositories that hang up without an answer.
        forbidden: repositories that are nobody's to write.
        cut: repositories whose next push is cut in the middle.
        slow: seconds before every answer.
        requests: what was asked for, by the path's first name.
    """

    root: Path
    port: int = 0
    creates: bool = False
    down: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    slow: float = 0.0
    requests: list[str] = field(default_factory=list)

    @property
    def pattern(self) -> str:
        """The address of its repositories, as `course.toml` names it."""
        return f"http://127.0.0.1:{self.port}/{{id}}.git"

    def make(self, *names: str) -> None:
        """Make empty repositories."""
        for name in names:
            git(self.root, "init", "-q", "--bare", "-b", "main", str(self.root / f"{name}.git"))


@contextmanager
def serve(root: Path) -> Iterator[HttpGit]:
    """Serve a folder until the context ends."""
    about = HttpGit(root)

    class Handler(_Handler):
        rules = about

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    about.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield about
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    rules: HttpGit

    def do_GET(self) -> None:
        """Answer a request, unless a fault is ordered."""
        path, _, query = self.path.partition("?")
        name = path.split("/")[1].removesuffix(".git")
        self.rules.requests.append(f"{self.command} {self.path}")
        time.sleep(self.rules.slow)
        if name in self.rules.down:
            self.close_connection = True
            return
        writes = "git-receive-pack" in self.path
        logged_in = self.headers.get("Authorization") == _LOGIN
        if writes and not logged_in:
            self._refuse(401, {"WWW-Authenticate": 'Basic realm="git"'})
            return
        if writes and name in self.rules.forbidden:
            self._refuse(403, {})
            return
        if writes and self.rules.creates and not (self.rules.root / f"{name}.git").exists():
            self.rules.make(name)
        self._pass_on(path, query, name, cuts=writes and self.command == "POST")

    do_POST = do_GET  # noqa: N815 - the base's name

    def _pass_on(self, path: str, query: str, name: str, *, cuts: bool) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.rules.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": self.headers.get("Content-Length", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_USER": USER,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
        }
        body = b"".join(self._body())
        # The first POST of a large push is a probe of four bytes.
        if cuts and len(body) > 4 and name in self.rules.cut:
            self.rules.cut.discard(name)
            body = body[: len(body) // 2]
            environment["CONTENT_LENGTH"] = str(len(body))
            self._run(environment, body)
            self.send_response(200)  # and then nothing: an answer that has begun isn't asked again
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.close_connection = True
            return
        head, _, content = self._run(environment, body).partition(b"\r\n\r\n")
        pairs = [line.split(": ", 1) for line in head.decode().splitlines()]
        headers = dict(pair for pair in pairs if len(pair) > 1)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _run(self, environment: dict[str, str], body: bytes) -> bytes:
        done = subprocess.run(
            ["git", "http-backend"], env=environment, input=body, capture_output=True, check=False
        )
        return done.stdout

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _refuse(self, status: int, headers: dict[str, str]) -> None:
        for _ in self._body():
            pass
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing on the screen."""
