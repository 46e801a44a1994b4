"""How builds are named on the command line, as uncov has it: `@3`, `@@` the latest, `@-1` the one before, `@main`."""

from __future__ import annotations

from collections.abc import Sequence

from minicov_lsp.errors import DataError
from minicov_lsp.history.build import Build

LATEST = "@@"


def is_reference(word: str) -> bool:
    """Whether a word on the command line names a build."""
    return word.startswith("@")


def build_named(word: str, builds: Sequence[Build]) -> Build:
    """The build that a word stands for; `builds` are all of them, oldest first.

    A number counts from 1; `@0` and `@@` are the latest build, `@-N` the Nth before it, and `@NAME` the latest of a
    branch. Raises DataError where there is no such build.
    """
    if not builds:
        raise DataError("no build was recorded yet; `minicov new` records one")
    name = word.removeprefix("@")
    if name in ("@", "0"):
        return builds[-1]
    found: Build | None
    if name.removeprefix("-").isdecimal():
        number = int(name)
        index = len(builds) - 1 + number
        found = next((b for b in builds if b.number == number), None) if number > 0 else None
        if number < 0 and index >= 0:
            found = builds[index]
    else:
        found = next((b for b in reversed(builds) if b.branch == name), None)
    if found is None:
        raise DataError(f"{word}: there is no such build; `minicov builds` lists them (@1 to @{builds[-1].number})")
    return found


def before(build: Build, builds: Sequence[Build]) -> Build | None:
    """The build that was recorded before another; None for the first."""
    return next((b for b in reversed(builds) if b.number < build.number), None)
