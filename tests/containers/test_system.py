"""Every composed system starts, answers, keeps its data, and stops without losing anything."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.containers.projects import WITH_CONTAINERS, System, particulars
from tests.containers.stopping import stop_with_endless_request, stop_with_request_in_flight
from tests.containers.traffic import Upload, answers
from tests.helpers import build_file_tree
from tests.proof.starters import SOLUTIONS, Starter, judge, requirements

if TYPE_CHECKING:
    from tests.containers.builder import Builder

pytestmark = [pytest.mark.containers, pytest.mark.proof]
each_project = pytest.mark.parametrize("project", WITH_CONTAINERS)
MIGRATED = re.compile(r"Running upgrade|Applying \w+\.\d{4}")


@each_project
def test_it_works_on_the_first_day_and_on_the_next(
    project: str,
    builder: Builder,
    compose: Callable[[str, Path], System],
    measured: Callable[[str], None],
) -> None:
    """As generated, without settings, it is healthy, migrated and answers; then code changes.

    The same command takes the new code, and its migrations, to the data already there.
    """
    folder = builder.fresh(project)
    start = time.monotonic()
    system = compose(project, folder)
    measured(f"{project} up and healthy, layers cached: {time.monotonic() - start:.1f} s")
    assert_healthy(system)
    migrates = "migraciones" in system.model()["services"]
    at_first = tables(system) if migrates else {}
    if migrates:
        assert MIGRATED.search(system.compose("logs", "--no-color", "migraciones"))
        assert len(at_first) >= 2, f"the migrations have made no tables but {at_first}"

    shutil.copytree(SOLUTIONS / project / "overlay", folder, dirs_exist_ok=True)
    system.up()
    assert_healthy(system)
    if migrates:
        assert set(at_first) < set(tables(system)), "the new migrations have not been applied"
        again = system.compose("run", "--rm", "--no-TTY", "migraciones")
        assert not MIGRATED.search(again), f"migrations were left to do:\n{again}"


def assert_healthy(system: System) -> None:
    """Every service runs in health, or has done its job; the application answers."""
    for name, service in system.model()["services"].items():
        state = system.inspect(name)["State"]
        if service.get("healthcheck", {}).get("disable"):
            assert (state["Status"], state["ExitCode"]) == ("exited", 0), f"{name}: {state}"
        else:
            assert state["Health"]["Status"] == "healthy", f"{name}: {state}"
    assert answers(system.health_page()) == HTTPStatus.OK


def tables(system: System) -> dict[str, int]:
    """How many rows each table of the database holds."""
    names = psql(system, "SELECT relname FROM pg_stat_user_tables ORDER BY 1").split()
    counts = [f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names]  # noqa: S608
    rows = psql(system, " UNION ALL ".join(counts)) if counts else ""
    return {name: int(count) for name, count in (row.split("|") for row in rows.splitlines())}


def stored(project: str, system: System) -> dict[str, int]:
    """The rows of each table, or, of a project without a database, the keys it must keep."""
    patterns = particulars(project).get("redis")
    if not patterns:
        return tables(system)
    found = [
        key
        for pattern in patterns
        for key in system.execute("redis", "redis-cli", "--scan", "--pattern", pattern).splitlines()
    ]
    return dict.fromkeys(found, 1)


def psql(system: System, query: str) -> str:
    """The rows that a query gives, one a line."""
    return system.execute("db", "psql", "-U", "app", "-d", "app", "-qAt", "-c", query)


def files(system: System) -> list[str]:
    """What stands in the application's own volume."""
    script = "find /app/datos -type f | sort"
    return system.execute(system.published(), "sh", "-c", script).splitlines()


def judge_composed(solution: Starter, system: System) -> tuple[int, int]:
    """Run the requirement tests against the composed system; returns passed and skipped."""
    options = ("-m", "not a_peticion", "--direccion", system.address)
    verdict = judge(solution, "tests/requisitos", *options)
    outcomes = [test.outcome for test in verdict.tests]
    if verdict.exit_code or not set(outcomes) <= {"passed", "skipped"}:
        log = system.compose("logs", "--no-color", "--tail=40", check=False)
        pytest.fail(f"{verdict.output}\n--- log ---\n{log}")
    return outcomes.count("passed"), outcomes.count("skipped")


@each_project
def test_the_requirements_hold_and_their_data_survive(
    project: str,
    solved: Callable[[str], tuple[Starter, System]],
    measured: Callable[[str], None],
) -> None:
    """The tests that can run against an address pass against real servers.

    What they wrote stands in volumes, and is there after the containers were removed.
    """
    solution, system = solved(project)
    passed, skipped = judge_composed(solution, system)
    assert passed > len(requirements(project)), f"only {passed} tests ran"
    measured(f"{project} requirement tests by address: {passed} passed, {skipped} skipped")
    container = system.container(system.published())
    changes = system.engine.ask("diff", container).splitlines()
    lost = [line for line in changes if re.match(r"A (?!/tmp/)", line)]
    assert not lost, f"written outside the volumes: {lost}"
    before = stored(project, system), files(system)
    assert sum(before[0].values()) > 10, f"hardly any data to lose: {before[0]}"
    assert before[1] or not particulars(project).get("files"), "no file to lose"
    system.down()
    system.up()
    assert (stored(project, system), files(system)) == before


@each_project
def test_a_request_in_flight_is_answered_before_it_stops(
    project: str,
    solved: Callable[[str], tuple[Starter, System]],
    measured: Callable[[str], None],
) -> None:
    """SIGTERM comes while a body is arriving: it is answered, and then all ends in time."""
    _, system = solved(project)
    upload, twin = (Upload.out_of(system.address, particulars(project)) for _ in range(2))
    seconds = stop_with_request_in_flight(system, upload, twin)
    measured(f"{project} ends after SIGTERM, a request in flight: {seconds:.1f} s")
    system.up()


@each_project
def test_a_client_that_never_finishes_does_not_keep_it(
    project: str,
    solved: Callable[[str], tuple[Starter, System]],
    measured: Callable[[str], None],
) -> None:
    """It ends by itself within its time although a body never arrives."""
    _, system = solved(project)
    upload = Upload.out_of(system.address, particulars(project))
    seconds = stop_with_endless_request(system, upload)
    measured(f"{project} ends after SIGTERM, an endless request: {seconds:.1f} s")
    system.up()


CARELESS = {
    "Dockerfile": """\
        FROM python:3.11-slim
        COPY server.py .
        HEALTHCHECK --interval=1s CMD ["python", "-c", \
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/')"]
        """,
    "compose.yaml": """\
        services:
          app:
            build: .
            command: %s
            ports: ["127.0.0.1:${PUERTO}:8000"]
        """,
    "server.py": """\
        import os, signal, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

        if "brusco" in sys.argv:
            signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        ThreadingHTTPServer(("", 8000), Handler).serve_forever()
        """,
}
"""A service that loses what it has in hand («brusco»), or does not hear SIGTERM at all."""


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ('["python", "server.py", "brusco"]', "it ended without waiting|the request was lost"),
        ('["sh", "-c", "python server.py; true"]', "it was killed"),
    ],
)
def test_a_service_that_stops_badly_is_found_out(
    command: str, told: str, compose: Callable[[str, Path], System], tmp_path: Path
) -> None:
    """The check for a graceful end can fail: by losing the request, or by not ending."""
    compose_file = CARELESS["compose.yaml"] % command
    build_file_tree(tmp_path, CARELESS | {"compose.yaml": compose_file})
    system = compose("careless", tmp_path)
    upload = Upload("/", "x" * 100)
    with pytest.raises(AssertionError, match=told):
        stop_with_request_in_flight(system, upload, upload)
