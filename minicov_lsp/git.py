"""What git knows of a folder: which of its files differ from a commit, and what they were there.

Git is asked as a program. Nothing is written, no index is refreshed, and what a repository's own configuration would
start (a file system monitor, an external diff) is not started.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from minicov_lsp.errors import SourceError
from minicov_tracer import sources

HEAD = "HEAD"

_GIT = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.quotepath=off")
_PATIENCE = 60
"""Seconds after which git is given up."""


class Place(NamedTuple):
    """Where a repository is; absolute, without symbolic links."""

    top: Path
    """The folder that its files' names start from."""
    own: Path
    """Its own folder (`.git`), which all its worktrees share."""


def find_repository(folder: Path) -> Place | None:
    """The repository that a folder lies in, without starting git; None where there is none that can be read.

    The layout is git's (gitrepository-layout): `.git` is the folder, or a file that says `gitdir: FOLDER`; that of a
    worktree says in `commondir` where the shared one is.
    """
    folder = folder.resolve()
    for top in (folder, *folder.parents):
        try:
            own = top / ".git"
            if own.is_file():
                own = top / own.read_text("utf-8").removeprefix("gitdir:").strip()
            if (own / "HEAD").is_file():
                shared = own / "commondir"
                common = own / shared.read_text("utf-8").strip() if shared.is_file() else own
                return Place(top, common.resolve())
        except (OSError, ValueError):
            return None
    return None


class Repository:
    """The repository that a folder lies in; paths are relative to the folder, with `/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def commit(self, reference: str = HEAD) -> str:
        """The full name of the commit that a reference stands for. Raises SourceError."""
        inside = self._run("rev-parse", "--is-inside-work-tree")
        if inside.returncode:
            raise SourceError(f"{self.folder} is in no git repository: {_words(inside)}; nothing tells what changed")
        found = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
        if found.returncode:
            problem = "nothing is committed yet" if reference == HEAD else "git knows no such commit, branch or tag"
            raise SourceError(f"{reference}: {problem} in {self.folder}")
        return found.stdout.decode().strip()

    def branch(self) -> str:
        """The branch that is checked out; the commit's short name where there is none. Raises SourceError."""
        found = self._run("symbolic-ref", "--quiet", "--short", HEAD)
        return self._answer("rev-parse", "--short", HEAD) if found.returncode else _line(found.stdout)

    def changed_files(self, commit: str) -> tuple[str, ...]:
        """The files below the folder that differ on disk from a commit: changed, new, untracked and gone; sorted.

        What .gitignore names is left out. Raises SourceError.
        """
        listed = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", commit, "--")
        untracked = ("ls-files", "--others", "--exclude-standard", "-z")
        found = {name for command in (listed, untracked) for name in self._output(command).split(b"\0") if name}
        return tuple(sorted(name.decode("utf-8", "surrogateescape") for name in found))

    def texts(self, commit: str, paths: Iterable[str]) -> dict[str, str]:
        """{path: its text in a commit}, as `sources.read` gives a file's; without those that it doesn't have.

        Raises SourceError.
        """
        contents = self.contents(commit, (f"./{path}" for path in paths))
        return {path.removeprefix("./"): sources.normalize(sources.decode(data)) for path, data in contents.items()}

    def contents(self, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
        """{path: its content in a commit}; paths are from the top folder, or begin with `./` and are from this one.

        Those that the commit doesn't have are left out. Raises SourceError.
        """
        wanted = [path for path in paths if "\n" not in path]
        if not wanted:
            return {}
        asked = "".join(f"{commit}:{path}\n" for path in wanted)
        return dict(_blobs(wanted, self._output(("cat-file", "--batch"), asked.encode("utf-8", "surrogateescape"))))

    def _answer(self, *arguments: str) -> str:
        """What git answers in one line."""
        return _line(self._output(arguments))

    def _output(self, command: Sequence[str], given: bytes = b"") -> bytes:
        ran = self._run(*command, given=given)
        if ran.returncode:
            raise SourceError(f"git {command[0]} failed in {self.folder}: {_words(ran)}")
        return ran.stdout

    def _run(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [*_GIT, *arguments]
        try:
            return subprocess.run(  # noqa: S603  # a reference can't be taken for an option, see `commit`
                command, cwd=self.folder, input=given, capture_output=True, timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"git {arguments[0]} gave no answer in {_PATIENCE} s in {self.folder}") from error
        except OSError as error:
            raise SourceError(f"git can't be started ({error.strerror}): install it, or name the tests") from error


def _blobs(paths: Sequence[str], answer: bytes) -> Iterable[tuple[str, bytes]]:
    """(path, content) from what `git cat-file --batch` says, an object after another in the order of the questions.

    <name of the object> blob 5<LF>
    x = 1<LF>
    <what was asked> missing<LF>
    """
    at = 0
    for path in paths:
        end = answer.index(b"\n", at)
        words = answer[at:end].split()
        at = end + 1
        if len(words) == 3 and words[2].isdigit() and not answer[:end].endswith(b" missing"):
            size = int(words[2])
            if words[1] == b"blob":
                yield path, answer[at : at + size]
            at += size + 1


def _line(answer: bytes) -> str:
    return answer.decode("utf-8", "surrogateescape").removesuffix("\n")


def _words(ran: subprocess.CompletedProcess[bytes]) -> str:
    """Why git failed, in its own words."""
    lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ")[:300] if lines else f"status {ran.returncode}"
