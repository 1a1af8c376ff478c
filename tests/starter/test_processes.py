"""Programs of several processes, and the resources beside them, played for real.

A small starter (a counter over HTTP with a worker that empties a queue) is laid out with
the shared engine, and its own requirement tests kill, stop and start what it is made of.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import build_file_tree, engine_files

pytestmark = pytest.mark.proof  # they take long

REDIS = shutil.which("redis-server")
WEB = '''
    """A web process: POST puts a word into the queue, GET says what the worker did."""

    import os
    import sys
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from orders import ordenar

    URL = os.environ["REDIS_URL"]


    class Handler(BaseHTTPRequestHandler):
        def answer(self, what):
            try:
                status, body = 200, what()
            except (OSError, ValueError):
                status, body = 503, "no redis"
            self.send_response(status)
            self.end_headers()
            self.wfile.write(f"{os.getpid()} {body}".encode())

        def do_POST(self):
            self.answer(lambda: ordenar(URL, "LPUSH", "queue", self.path))

        def do_GET(self):
            self.answer(lambda: ordenar(URL, "GET", "done"))

        def log_message(self, *args):
            pass


    if __name__ == "__main__":
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    '''
WORKER = '''
    """Takes words from the queue and counts them, for ever, whatever happens to Redis."""

    import os
    import time

    from orders import ordenar

    URL = os.environ["REDIS_URL"]
    print("working", flush=True)
    while True:
        try:
            if ordenar(URL, "RPOP", "queue") not in ("-1", ""):
                ordenar(URL, "INCR", "done")
        except (OSError, ValueError):
            pass
        time.sleep(0.01)
    '''
CONFTEST = """
    import sys
    from pathlib import Path

    import pytest
    from motor.fixtures import servicio, servicios
    from motor.redis import Redis
    from motor.servicios import Programa, Trabajador

    PYTHON = sys.executable


    @pytest.fixture(scope="session")
    def programa():
        return Programa(
            paquete="web",
            orden=lambda ajustes, puerto: [PYTHON, "-m", "web", str(puerto)],
            recursos=[Redis()],
            trabajadores={
                "worker": Trabajador(lambda _: [PYTHON, "-m", "worker"], listo="working")
            },
        )
    """
HELPER = """
    import time
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen


    def call(service, method="GET", path="/"):
        request = Request(service.direccion + path, method=method)
        try:
            with urlopen(request, timeout=5) as response:
                return response.status, *response.read().decode().split()
        except HTTPError as error:
            return error.code, *error.read().decode().split()


    def eventually(check, seconds=10):
        end = time.monotonic() + seconds
        while not (found := check()):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)
        return found
    """
INI = """
    [pytest]
    testpaths = tests
    pythonpath = src tests
    addopts = --import-mode=importlib --disable-plugin-autoload
    markers =
        aislada: x
        a_peticion: x
    """
Play = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """The small starter, without tests."""
    engine = engine_files("fixtures", "redis", "bases")
    return build_file_tree(
        tmp_path,
        engine
        | {
            "REQUISITOS.md": "- [x] **R1 · Colas**\n",
            "pytest.ini": INI,
            "src/web.py": WEB,
            "src/worker.py": WORKER,
            "src/orders.py": engine["tests/motor/ordenes_redis.py"],
            "tests/requisitos/conftest.py": CONFTEST,
            "tests/requisitos/apoyo.py": HELPER,
        },
    )


@pytest.fixture
def play(starter: Path) -> Play:
    """Runs these requirement tests in the small starter."""

    def go(tests: str, **env: str) -> subprocess.CompletedProcess[str]:
        path = "tests/requisitos/test_r1_colas.py"
        head = "import os, signal, time\nimport pytest\n"
        head += "from requisitos.apoyo import call, eventually\n"
        build_file_tree(starter, {path: tests})
        file = starter / path
        file.write_text(head + file.read_text("utf-8"), "utf-8")
        clean = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "DATABASE_URL"}}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=starter,
            env=clean | {"REQUISITOS_PLAZO": "10"} | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return go


def alive(folder: Path) -> list[str]:
    """The processes that work in a folder or with files in it, by their command lines."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            here = os.path.realpath(entry / "cwd").startswith(str(folder))
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if here and command:
            found.append(command)
    return found


needs_redis = pytest.mark.skipif(REDIS is None, reason="redis-server is not on this machine")


@needs_redis
def test_a_worker_is_killed_and_started_again(play: Play, starter: Path) -> None:
    """By SIGKILL: what waits in the queue is done by the next one."""
    done = play("""
        def test_kill(servicio):
            worker = servicio.trabajador("worker")
            call(servicio, "POST", "/a")
            eventually(lambda: call(servicio)[2] == "1")
            worker.matar()
            assert not worker.vivo()
            call(servicio, "POST", "/b")
            time.sleep(0.2)
            assert call(servicio)[2] == "1"
            again = servicio.trabajador("worker")
            assert again.pid != worker.pid
            eventually(lambda: call(servicio)[2] == "2")
            again.matar()

        def test_the_next_test_has_a_living_worker(servicio):
            call(servicio, "POST", "/c")
            eventually(lambda: call(servicio)[2] == "3")
        """)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert alive(starter) == []


@needs_redis
def test_a_worker_starts_before_it_is_asked_for(play: Play, starter: Path) -> None:
    """Once: whoever asks for it later waits for that one, and gets it."""
    done = play("""
        def test_early(servicios):
            early = servicios.nuevo()
            early.adelantar("worker")
            before = early._trabajadores["worker"].pid
            assert early.trabajador("worker").pid == before
            call(early, "POST", "/a")
            eventually(lambda: call(early)[2] == "1")
            early.cerrar()
        """)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert alive(starter) == []


@needs_redis
def test_redis_stops_and_comes_back(play: Play) -> None:
    """On the same port and with what it had, while the program goes on."""
    done = play("""
        def test_outage(servicio):
            call(servicio, "POST", "/a")
            eventually(lambda: call(servicio)[2] == "1")
            url, pid = servicio.ajustes["REDIS_URL"], call(servicio)[1]
            with servicio.recurso("Redis").parado():
                assert call(servicio)[0] == 503
                assert call(servicio, "POST", "/b")[0] == 503
            assert servicio.ajustes["REDIS_URL"] == url
            assert call(servicio) == (200, pid, "1")
            call(servicio, "POST", "/c")
            eventually(lambda: call(servicio)[2] == "2")
        """)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@needs_redis
def test_a_second_web_process_shares_the_data(play: Play) -> None:
    """Another process, another port, the same settings; it ends with its test."""
    done = play("""
        other = []

        def test_two(servicio):
            call(servicio, "POST", "/a")
            eventually(lambda: call(servicio)[2] == "1")
            second = servicio.otro()
            other.append(second)
            assert second.direccion != servicio.direccion
            first, again = call(servicio), call(second)
            assert first[1] != again[1] and first[2] == again[2]

        def test_gone(servicio):
            assert other[0].proceso is None
        """)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


@needs_redis
def test_resources_are_shared_apart_and_emptied(play: Play) -> None:
    """One server for all; a corner for each program; emptied on demand, nobody else's data."""
    done = play("""
        seen = {}

        def test_first(servicio):
            call(servicio, "POST", "/a")
            eventually(lambda: call(servicio)[2] == "1")
            seen["shared"] = servicio.ajustes["REDIS_URL"]

        @pytest.mark.aislada
        def test_apart(servicio):
            assert call(servicio)[2] == "-1"
            server, number = servicio.ajustes["REDIS_URL"].rsplit("/", 1)
            assert seen["shared"].startswith(server + "/")
            assert not seen["shared"].endswith("/" + number)

        def test_still_there(servicio):
            assert call(servicio)[2] == "1"

        @pytest.mark.aislada("vacia")
        def test_emptied(servicio):
            assert servicio.ajustes["REDIS_URL"] == seen["shared"]
            assert call(servicio)[2] == "-1"
        """)
    assert "4 passed" in done.stdout, done.stdout + done.stderr


@needs_redis
def test_a_given_redis_is_used_and_left_as_it_was(play: Play, tmp_path: Path) -> None:
    """By its URL: an empty database of its own, and what was there stays."""
    own = tmp_path / "redis"
    own.mkdir()
    port = 40000 + os.getpid() % 20000
    options = ["--port", str(port), "--save", "", "--dir", str(own), "--bind", "127.0.0.1"]
    with subprocess.Popen([str(REDIS), *options], stdout=subprocess.DEVNULL) as server:
        try:
            time.sleep(0.5)
            cli = ["redis-cli", "-p", str(port)]
            subprocess.run([*cli, "SET", "mine", "1"], check=True, capture_output=True)
            done = play(
                """
                def test_given(servicio):
                    call(servicio, "POST", "/a")
                    assert servicio.ajustes["REDIS_URL"].endswith("/1")
                    eventually(lambda: call(servicio)[2] == "1")

                def test_cannot_be_stopped(servicio):
                    call(servicio)
                    with servicio.recurso("Redis").parado():
                        raise AssertionError("stopped somebody else's Redis")
                """,
                REDIS_URL=f"redis://127.0.0.1:{port}/0",
            )
            kept = subprocess.run(
                [*cli, "INFO", "keyspace"], check=True, capture_output=True, text=True
            ).stdout
        finally:
            server.terminate()
    assert "1 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert "db0:keys=1" in kept
    assert "db1" not in kept


def test_a_database_of_its_own_is_emptied_and_stopped(play: Play) -> None:
    """SQLite and PostgreSQL alike: migrated once, copied, emptied to what migrations left."""
    done = play("""
        from contextlib import closing
        import sqlite3
        from motor.bases import BaseDeDatos, archivo_de

        MADE = []
        TABLES = "CREATE TABLE kinds (name TEXT); CREATE TABLE posts (title TEXT)"

        def open_at(url):
            if url.startswith("sqlite"):
                return closing(sqlite3.connect(archivo_de(url), isolation_level=None))
            from motor.postgres import conectar
            return conectar(url)

        def migrate(url):
            MADE.append(url)
            with open_at(url) as base:
                for order in TABLES.split("; "):
                    base.execute(order)
                base.execute("INSERT INTO kinds VALUES ('note')")

        def rows(base, table):
            return base.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

        @pytest.mark.parametrize("sqlite", [True, False])
        def test_base(sqlite, tmp_path):
            if not sqlite:
                pytest.importorskip("psycopg")
            MADE.clear()
            bases = BaseDeDatos(migrate, sqlite=sqlite)
            folders = [tmp_path / name for name in "ab"]
            for folder in folders:
                folder.mkdir()
            try:
                with bases.rincon(folders[0]) as one, bases.rincon(folders[1]) as two:
                    assert len(MADE) == 1 and one != two
                    with open_at(one["DATABASE_URL"]) as base:
                        base.execute("INSERT INTO posts VALUES ('x')")
                        base.execute("INSERT INTO kinds VALUES ('mine')")
                        bases.vaciar(one)
                        assert (rows(base, "posts"), rows(base, "kinds")) == (0, 1)
                        if sqlite:
                            return
                        with bases.parado():
                            with pytest.raises(Exception):
                                rows(base, "posts")
                    with open_at(one["DATABASE_URL"]) as base:
                        assert rows(base, "kinds") == 1
            finally:
                bases.cerrar()
        """)
    assert "2 passed" in done.stdout or "1 passed, 1 skipped" in done.stdout, done.stdout


def test_a_missing_program_fails_the_test_and_says_what_to_do(play: Play) -> None:
    """By assertion in each test (so an open box stays pending), in Spanish, at once."""
    missing = (
        "def test_a(servicio):\n    call(servicio)\ndef test_b(servicio):\n    call(servicio)\n"
    )
    done = play(missing, PATH=str(Path(sys.executable).parent))
    assert "2 failed" in done.stdout, done.stdout + done.stderr
    assert "Esta prueba necesita Redis, y no está en este ordenador" in done.stdout
    assert "REDIS_URL=redis://localhost:6379" in done.stdout


def test_a_worker_that_ends_is_told_with_what_it_wrote(play: Play, starter: Path) -> None:
    """Its command, its last words, and no waiting for it."""
    (starter / "src" / "worker.py").write_text("raise SystemExit('no arranca')\n", "utf-8")
    (starter / "tests" / "requisitos" / "conftest.py").write_text(
        (starter / "tests" / "requisitos" / "conftest.py")
        .read_text("utf-8")
        .replace("recursos=[Redis()]", "ajustes=lambda _: {'REDIS_URL': 'redis://127.0.0.1:1'}"),
        "utf-8",
    )
    done = play("def test_a(servicio):\n    call(servicio)\n")
    assert "1 failed" in done.stdout, done.stdout + done.stderr
    assert "Se esperaba que «worker» dijera «working» al arrancar" in done.stdout
    assert "no arranca" in done.stdout


@needs_redis
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_nothing_is_left_when_pytest_is_killed(play: Play, starter: Path) -> None:
    """SIGKILL to pytest: web, worker and Redis end as well."""
    del play
    build_file_tree(
        starter,
        {
            "tests/requisitos/test_r1_colas.py": """
            import time
            from pathlib import Path

            def test_waits(servicio):
                servicio.trabajador("worker")
                Path("ready").touch()
                time.sleep(60)
            """
        },
    )
    env = {k: v for k, v in os.environ.items() if k != "REDIS_URL"} | {"TMPDIR": str(starter)}
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=starter,
        env=env | {"REQUISITOS_PLAZO": "10"},
        stdout=subprocess.DEVNULL,
    ) as run:
        end = time.monotonic() + 60
        while not (starter / "ready").exists():
            assert time.monotonic() < end
            assert run.poll() is None
            time.sleep(0.05)
        assert len(alive(starter)) >= 4
        run.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while left := alive(starter):
        assert time.monotonic() < end, left
        time.sleep(0.05)
