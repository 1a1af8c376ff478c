"""One source under several names: a copy at hand, an address, the same with a slash."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Scaffold
from tests.helpers import git

URL = "https://plantillas.example/curso"


@pytest.fixture
def source(root: Path, home: Path) -> Path:
    """A repository of templates that has an address, with one version."""
    git(root, "init", "-q", "-b", "main")
    release(root, "v1.0.0")
    settings = f'[url "{root.as_uri()}"]\ninsteadOf = {URL}/\ninsteadOf = {URL}\n'
    (home / ".gitconfig").write_text(settings)
    return root


def release(root: Path, version: str) -> None:
    """A version that changes README."""
    readme = root / "proyecto-18-recetas/repo/README.md.jinja"
    readme.write_text(f"# {version}\n")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", version)
    git(root, "tag", version)


def test_going_from_one_name_to_another_is_no_news(
    scaffold: Scaffold, here: Path, source: Path
) -> None:
    """No template commit for each; the address stays, and a new version comes by any of them."""
    repo = here / "recetas"
    assert scaffold("new", "18", repo, "--source", f"{URL}/").code == 0
    assert f'_src_path: "{URL}"\n' in (repo / ".copier-answers.yml").read_text("utf-8")
    head = git(repo, "rev-parse", "HEAD")
    for name in (source, URL, f"{URL}/"):
        assert scaffold("update", repo, "--source", name).code == 0
        assert git(repo, "rev-parse", "HEAD") == head
    release(source, "v1.1.0")
    assert scaffold("update", repo, "--source", source).code == 0
    assert f'_src_path: "{URL}"\n' in (repo / ".copier-answers.yml").read_text("utf-8")
    assert (repo / "README.md").read_text("utf-8") == "# v1.1.0\n"
    head = git(repo, "rev-parse", "HEAD")
    assert scaffold("update", repo, "--source", URL).code == 0
    assert git(repo, "rev-parse", "HEAD") == head


def test_settings_with_a_byte_order_mark_are_read(
    scaffold: Scaffold,
    here: Path,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As Windows' editors leave them; a slash more or less is the same address."""
    assert source.is_dir()
    repo = here / "recetas"
    assert scaffold("new", "18", repo, "--source", URL).code == 0
    folder = tmp_path / "settings" / "scaffold"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(f'sources = ["{URL}/"]\n', "utf-8-sig")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent))
    done = scaffold("update", repo, "--check")
    assert (done.code, done.err) == (0, "")


def test_a_catalogue_with_a_byte_order_mark_is_read(scaffold: Scaffold, root: Path) -> None:
    """Likewise."""
    file = root / "roadmap.toml"
    file.write_text(file.read_text("utf-8"), "utf-8-sig")
    assert scaffold("list", "--source", root).code == 0
