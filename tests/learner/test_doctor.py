"""`scaffold doctor`: it looks, says and changes nothing."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from scaffolder.learner import doctor
from tests.conftest import Scaffold

SHAPE = {"id", "title", "state", "seen", "needed", "fix"}


def program(folder: Path, name: str, says: str) -> None:
    """Put a program on PATH that only says its version."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{says}\n", "utf-8")
    file.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def found(scaffold: Scaffold) -> dict[str, dict[str, object]]:
    """What `doctor --json` says, by id."""
    data = scaffold("doctor", "--json").json()
    assert all(set(check) == SHAPE for check in data["checks"])
    return {check["id"]: check for check in data["checks"]}


def test_a_machine_with_git_is_enough(scaffold: Scaffold) -> None:
    """This machine runs the tests, so the route can begin on it."""
    done = scaffold("doctor")
    assert done.code == 0
    assert "Git: " in done.out
    assert done.err == ""


def test_without_git_the_answer_is_no(scaffold: Scaffold, path: Path) -> None:
    """It says what is missing, and one command that mends it."""
    assert not list(path.iterdir())
    done = scaffold("doctor")
    assert done.code == 1
    assert "Git: no está" in done.out
    assert "apt install git" in done.out or "brew" in done.out or "winget" in done.out
    assert "Falta algo imprescindible" in done.out


@pytest.mark.skipif(os.name == "nt", reason="shell scripts as programs")
@pytest.mark.parametrize(("version", "state"), [("2.37.9", "old"), ("2.38.0", "ok"), ("3.0", "ok")])
def test_git_must_be_new_enough(scaffold: Scaffold, path: Path, version: str, state: str) -> None:
    """Below 2.38 it can't merge without a work tree, which updates need."""
    program(path, "git", f"echo git version {version}")
    assert found(scaffold)["git"]["state"] == state
    assert scaffold("doctor").code == (1 if state == "old" else 0)


@pytest.mark.skipif(os.name == "nt", reason="shell scripts as programs")
def test_a_stopped_docker_is_not_a_missing_one(scaffold: Scaffold, path: Path) -> None:
    """The client alone is told from nothing at all, and neither stops the route."""
    program(path, "git", "echo git version 2.45.1")
    assert found(scaffold)["docker"]["state"] == "missing"
    program(path, "docker", "exit 1")
    assert found(scaffold)["docker"]["state"] == "notice"
    assert scaffold("doctor").code == 0


def test_the_identity_is_asked_of_git(scaffold: Scaffold, home: Path) -> None:
    """Name and address, each with the command that sets it."""
    assert 'user.name "Tu nombre"' in str(found(scaffold)["identity"]["fix"])
    (home / ".gitconfig").write_text("[user]\n\tname = Una alumna\n", "utf-8")
    assert "user.email" in str(found(scaffold)["identity"]["fix"])
    (home / ".gitconfig").write_text("[user]\n\tname = Una\n\temail = u@example.org\n", "utf-8")
    assert found(scaffold)["identity"]["seen"] == "Una <u@example.org>"


def test_a_taken_port_is_told(scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever listens already is no fault, but the starter's program will not start."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        number = server.getsockname()[1]
        monkeypatch.setattr(doctor, "_PORTS", {number: "tu programa"})
        assert found(scaffold)[f"port-{number}"]["state"] == "notice"
    assert found(scaffold)[f"port-{number}"]["state"] == "ok"


def test_it_changes_nothing(scaffold: Scaffold, here: Path, home: Path) -> None:
    """Neither the folder nor the home has anything new after it."""
    scaffold("doctor")
    assert list(here.iterdir()) == []
    assert [entry for entry in home.rglob("*") if entry.is_file()] == []
