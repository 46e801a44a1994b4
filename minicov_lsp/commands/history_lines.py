"""`minicov diff`, `diff-hits`, `regress`, `show`, `missed`, `get`: lines of builds, and how they changed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from minicov_lsp.commands.command import UsageError
from minicov_lsp.commands.history import Asked, History, asked, described, open_history, selected_figures
from minicov_lsp.errors import DataError
from minicov_lsp.history.build import IRRELEVANT, FileCoverage, LineState, figures_of
from minicov_lsp.history.comparison import ComparedLine, Fold, Interest, compare, folded, with_folds
from minicov_lsp.history.references import is_reference
from minicov_lsp.reporters.console import is_terminal
from minicov_lsp.reporters.reporter import printable

_CONTEXT = 3
_SIGNS = {"same": " ", "added": "+", "removed": "-"}


class Comparing:
    """Shows which lines of files changed in their coverage between two builds."""

    takes_program = False

    def __init__(self, name: str, help_text: str, interest: Interest) -> None:
        self.name = name
        self.help = help_text
        self._interest: Interest = interest

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add which builds and files."""
        parser.add_argument(
            "words",
            nargs="*",
            metavar="[@OLD [@NEW]] [PATH]",
            help="the builds to compare (the latest and the one before it); a file or folder",
        )

    def run(self, options: argparse.Namespace) -> int:
        """Write the lines, file by file; nothing where nothing changed."""
        history = open_history(Path.cwd())
        wanted = asked(history, options.words, first_is_old=True)
        old, new = selected_figures(history, wanted)
        for path in sorted(old.keys() | new.keys()):
            before = history.archive.file(wanted.old, path) if wanted.old is not None else None
            after = history.archive.file(wanted.new, path)
            lines = folded(list(compare(before, after)), self._interest, _CONTEXT)
            if lines:
                _write_heading(path, before, after)
                _write(_compared(line, self._interest) for line in lines)
        return 0


class Showing:
    """Shows the files of a build with how often each line ran."""

    takes_program = False

    def __init__(self, name: str, help_text: str, *, only_missed: bool) -> None:
        self.name = name
        self.help = help_text
        self._only_missed = only_missed

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add which build and files."""
        parser.add_argument(
            "words", nargs="*", metavar="[@BUILD] [PATH]", help="the build (the latest); a file or folder"
        )

    def run(self, options: argparse.Namespace) -> int:
        """Write the files one after another."""
        history = open_history(Path.cwd())
        wanted = asked(history, options.words)
        if sum(map(is_reference, options.words[:2])) > 1 and not wanted.path:
            raise UsageError("one build can be named: @N, @@, @-N or @BRANCH")
        _, figures = selected_figures(history, wanted)
        for path, each in figures.items():
            if self._only_missed and not each.missed:
                continue
            found = history.archive.file(wanted.new, path)
            lines = list(compare(found, found))
            shown = _around_missed(lines) if self._only_missed else set(range(len(lines)))
            _write_heading(path, None, found)
            _write(_shown(line) for line in with_folds(lines, shown))
        return 0


class Get:
    """Gives one file's line states to a program."""

    name = "get"
    help = "print the commit of a build, then the state of each line of a file: hits, 0 missed, -1 not relevant"
    takes_program = False

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add which build and file."""
        parser.add_argument("build", metavar="@BUILD", help="the build")
        parser.add_argument("path", metavar="FILE", help="the file")

    def run(self, options: argparse.Namespace) -> int:
        """Write a number a line."""
        history = open_history(Path.cwd())
        wanted = asked(history, [options.build, options.path])
        found = _file(history, wanted)
        sys.stdout.writelines(f"{line}\n" for line in (wanted.new.commit, *found.states))
        return 0


def _file(history: History, wanted: Asked) -> FileCoverage:
    found = history.archive.file(wanted.new, wanted.path) if wanted.path else None
    if found is None:
        raise DataError(f"{wanted.path or '.'}: {described(wanted.new)} has no such file")
    return found


def _around_missed(lines: list[ComparedLine]) -> set[int]:
    """Indices of missed lines."""
    return {index for index, line in enumerate(lines) if line.new_state == 0}


def _compared(line: ComparedLine | Fold, interest: Interest) -> tuple[str, str]:
    """A line of a comparison as text, and its style."""
    if isinstance(line, Fold):
        return _fold(line), "dim"
    numbers = f"{line.old_number or '':>5} {line.new_number or '':>5}"
    old, new = _state(line.old_state), _state(line.new_state)
    state = f"{old}→{new}" if line.change == "same" and line.is_of(interest) else new or old
    text = f"{numbers} {_SIGNS[line.change]} {state:>7}  {_text(line.text)}"
    return text, _style(line.new_state if line.change != "removed" else IRRELEVANT) if line.is_of(interest) else "dim"


def _shown(line: ComparedLine | Fold) -> tuple[str, str]:
    """A line of a file as text, and its style."""
    if isinstance(line, Fold):
        return _fold(line), "dim"
    return f"{line.new_number:>5} {_state(line.new_state):>7}  {_text(line.text)}", _style(line.new_state)


def _fold(fold: Fold) -> str:
    return f"      ⋯ {fold.lines} {'line' if fold.lines == 1 else 'lines'}"


def _state(state: LineState) -> str:
    return "" if state == IRRELEVANT else str(state)


def _style(state: LineState) -> str:
    return {IRRELEVANT: "", 0: "red"}.get(state, "green")


def _text(text: str) -> str:
    return printable(text.expandtabs(4))


def _write_heading(path: str, old: FileCoverage | None, new: FileCoverage | None) -> None:
    sides = [figures_of(side.states) for side in (old, new) if side is not None]
    figures = " → ".join(f"{each.rate:.2f}% ({each.covered}/{each.relevant})" for each in sides)
    gone = "" if new is not None else ", gone"
    _write([(f"{printable(path)}  {figures}{gone}", "bold")])


def _write(lines: Iterable[tuple[str, str]]) -> None:
    """Write lines, in their styles on a terminal."""
    if not is_terminal(sys.stdout):
        sys.stdout.writelines(f"{text.rstrip()}\n" for text, _ in lines)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout)
    for text, style in lines:
        console.print(Text(text, style=style), soft_wrap=True)


DIFF = Comparing("diff", "show the lines whose state changed between builds: covered, missed, not relevant", "state")
DIFF_HITS = Comparing("diff-hits", "as diff, but a change of how often a line ran counts, too", "hits")
REGRESS = Comparing("regress", "show the lines that were covered or not there, and are missed now", "regressed")
SHOW = Showing("show", "show the files of a build with how often each line ran", only_missed=False)
MISSED = Showing("missed", "show the missed lines of a build", only_missed=True)
