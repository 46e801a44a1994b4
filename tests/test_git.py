"""Git's view of a folder, asked of the real git."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from minicov_lsp.errors import SourceError
from minicov_lsp.git import Place, Repository, find_repository

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., None]:
    """Runs git in tmp_path/repo, which is a repository, whatever the user's own configuration says."""
    (tmp_path / "repo").mkdir()
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def run(*arguments: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=e")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path / "repo", env=environment, check=True)

    run("init", "-q", "-b", "main")
    return run


@pytest.fixture
def folder(tmp_path: Path, git: Callable[..., None]) -> Path:
    """A project in a folder of a repository, with one commit, and then changed in every way."""
    project = tmp_path / "repo" / "pro ject"
    project.mkdir()
    (project.parent / "outside.py").write_text("x = 1\n")
    for name in ("same.py", "changed.py", "gone.py", "naïve.py", "staged.py", "crlf.py"):
        (project / name).write_text(f"name = {name!r}\n")
    (project / "crlf.py").write_bytes(b"a = 1\r\nb = 2\r\n")
    (project / ".gitignore").write_text("ignored.py\n")
    git("add", "-A")
    git("commit", "-qm", "first")
    (project.parent / "outside.py").write_text("x = 2\n")
    for name in ("changed.py", "naïve.py", "staged.py", "new.py", "ignored.py"):
        (project / name).write_text("other\n")
    git("add", "pro ject/staged.py")
    (project / "gone.py").unlink()
    return project


def test_files_that_differ_from_a_commit(folder):
    """Changed, staged, untracked and gone ones below the folder; ignored ones and others' are left out."""
    repository = Repository(folder)
    changed = repository.changed_files(repository.commit())
    assert changed == ("changed.py", "gone.py", "naïve.py", "new.py", "staged.py")


def test_texts_as_they_were(folder):
    """With line feeds, in any order; a file that was not there has none."""
    repository = Repository(folder)
    commit = repository.commit("main")
    found = repository.texts(commit, ["naïve.py", "new.py", "gone.py", "crlf.py", "no such thing.py"])
    assert found == {"naïve.py": "name = 'naïve.py'\n", "gone.py": "name = 'gone.py'\n", "crlf.py": "a = 1\nb = 2\n"}
    assert repository.texts(commit, []) == {}


@pytest.mark.parametrize("reference", ["no-such-branch", "--output=x", "HEAD:pro ject"])
def test_a_reference_that_is_no_commit(folder, reference):
    """It is named, and never taken for an option."""
    with pytest.raises(SourceError, match="git knows no such commit"):
        Repository(folder).commit(reference)


def test_a_folder_without_git_or_commits(tmp_path, git, monkeypatch):
    """Each is told in a sentence."""
    with pytest.raises(SourceError, match="nothing is committed yet"):
        Repository(tmp_path / "repo").commit()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SourceError, match="in no git repository"):
        Repository(tmp_path).commit()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="git can't be started"):
        Repository(tmp_path).commit()


def test_a_repository_is_found_without_git(folder, tmp_path):
    """From any folder in it; the worktrees of one share its own folder, and a submodule has one elsewhere."""
    top = tmp_path / "repo"
    assert find_repository(folder) == Place(top, top / ".git")
    subprocess.run(["git", "worktree", "add", "-q", tmp_path / "tree"], cwd=top, check=True)
    assert find_repository(tmp_path / "tree" / "pro ject") == Place(tmp_path / "tree", top / ".git")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / ".git").write_text("gitdir: ../nowhere\n")
    assert find_repository(tmp_path / "odd") is None
    assert find_repository(tmp_path) is None
